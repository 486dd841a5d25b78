//! The tables of a ledger in PostgreSQL, as numbered steps forward.
//!
//! Invariant: a step that was released is never edited; a change is a new step at the end.

use postgres::Transaction;

/// Step 1 makes version 1 in an empty schema, step 2 makes version 2 of that, and so on. Texts are compared byte by
/// byte, as everywhere else.
pub(super) const STEPS: [&str; 2] = [
    r#"
    -- One row: which version these tables have. It also tells a ledger from any other schema.
    CREATE TABLE fenrun_ledger (one integer PRIMARY KEY CHECK (one = 1), version integer NOT NULL);
    INSERT INTO fenrun_ledger VALUES (1, 0);

    -- One row: how far the log and the list of accounts go. Whoever writes holds its lock.
    CREATE TABLE head (
        one integer PRIMARY KEY CHECK (one = 1),
        entries bigint NOT NULL,
        hash bytea NOT NULL CHECK (octet_length(hash) = 32),
        accounts bigint NOT NULL
    ) WITH (fillfactor = 10);
    INSERT INTO head VALUES (1, 0, decode(repeat('00', 32), 'hex'), 0);

    -- The log. `transactions` is the part of the canonical encoding that is hashed.
    CREATE TABLE entries (
        seq bigint PRIMARY KEY,
        fact text COLLATE "C" NOT NULL,
        kind text COLLATE "C" NOT NULL,
        time text COLLATE "C" NOT NULL,
        payload bytea NOT NULL CHECK (octet_length(payload) = 32),
        code text COLLATE "C" NOT NULL,
        because text,
        cause text COLLATE "C",
        hash bytea NOT NULL CHECK (octet_length(hash) = 32),
        transactions bytea NOT NULL,
        event text NOT NULL,
        receipt text
    );
    CREATE INDEX entries_by_fact ON entries (fact, seq);

    -- An account here holds one asset.
    CREATE TABLE accounts (
        id bigint PRIMARY KEY,
        kind text COLLATE "C" NOT NULL,
        owner text COLLATE "C" NOT NULL,
        lot text COLLATE "C" NOT NULL,
        asset text COLLATE "C" NOT NULL,
        balance bigint NOT NULL
    ) WITH (fillfactor = 70);
    CREATE UNIQUE INDEX accounts_by_owner ON accounts (owner, kind, lot, asset);

    -- Lines of accounts; `number` is the transaction of the entry, from 1.
    CREATE TABLE postings (
        account bigint NOT NULL,
        seq bigint NOT NULL,
        number bigint NOT NULL,
        amount bigint NOT NULL,
        PRIMARY KEY (account, seq, number)
    );

    CREATE TABLE correlations (
        correlation text COLLATE "C" NOT NULL,
        seq bigint NOT NULL,
        PRIMARY KEY (correlation, seq)
    );

    CREATE TABLE documents (
        kind text COLLATE "C" NOT NULL,
        key text COLLATE "C" NOT NULL,
        value bytea NOT NULL,
        PRIMARY KEY (kind, key)
    ) WITH (fillfactor = 80);

    CREATE TABLE modules (digest bytea PRIMARY KEY, bytes bytea NOT NULL);
    "#,
    "
    -- For people with a SQL prompt: every line of every account with what it belongs to.
    CREATE VIEW statements AS
        SELECT a.kind AS account, a.owner, a.lot, a.asset, p.amount, e.time, e.fact, e.seq
        FROM postings AS p
        JOIN accounts AS a ON a.id = p.account
        JOIN entries AS e ON e.seq = p.seq;
    -- What waits to be driven again is found without reading the log.
    CREATE INDEX entries_waiting ON entries (seq) WHERE code IN ('held', 'parked');
    ",
];

/// The version this program writes.
pub(super) const VERSION: u32 = 2;

/// Brings a schema of a version to another, inside a transaction.
pub(super) fn step(transaction: &mut Transaction<'_>, from: u32, to: u32) -> Result<(), postgres::Error> {
    for (number, step) in (1..).zip(STEPS) {
        if number > from && number <= to {
            transaction.batch_execute(step)?;
        }
    }
    transaction.execute("UPDATE fenrun_ledger SET version = $1::bigint::integer", &[&i64::from(to)]).map(drop)
}
