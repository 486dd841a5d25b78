//! The tables of a ledger in SQLite, as numbered steps forward.
//!
//! Invariant: a step that was released is never edited; a change is a new step at the end.

use rusqlite::Connection;

/// `fenr`: what tells a ledger from any other SQLite file.
pub(super) const APPLICATION_ID: i32 = 0x6665_6e72;

/// Step 1 makes version 1 of an empty file, step 2 makes version 2 of that, and so on.
pub(super) const STEPS: [&str; 2] = [
    "
    -- One row: how far the log and the list of accounts go.
    CREATE TABLE head (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        entries INTEGER NOT NULL,
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        accounts INTEGER NOT NULL
    ) STRICT;
    INSERT INTO head VALUES (1, 0, zeroblob(32), 0);

    -- The log. `transactions` is the part of the canonical encoding that is hashed.
    CREATE TABLE entries (
        seq INTEGER PRIMARY KEY,
        fact TEXT NOT NULL,
        kind TEXT NOT NULL,
        time TEXT NOT NULL,
        payload BLOB NOT NULL CHECK (length(payload) = 32),
        code TEXT NOT NULL,
        because TEXT,
        cause TEXT,
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        transactions BLOB NOT NULL,
        event TEXT NOT NULL,
        receipt TEXT
    ) STRICT;
    CREATE INDEX entries_by_fact ON entries (fact);

    -- An account here holds one asset.
    CREATE TABLE accounts (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        owner TEXT NOT NULL,
        lot TEXT NOT NULL,
        asset TEXT NOT NULL,
        balance INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX accounts_by_owner ON accounts (owner, kind, lot, asset);

    -- Lines of accounts; `number` is the transaction of the entry, from 1.
    CREATE TABLE postings (
        account INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        number INTEGER NOT NULL,
        amount INTEGER NOT NULL,
        PRIMARY KEY (account, seq, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE correlations (
        correlation TEXT NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (correlation, seq)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE documents (
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (kind, key)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE modules (digest BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
    ",
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

/// Brings a file of a version to another, inside the transaction that is open.
pub(super) fn step(connection: &Connection, from: u32, to: u32) -> rusqlite::Result<()> {
    for (number, step) in (1..).zip(STEPS) {
        if number > from && number <= to {
            connection.execute_batch(step)?;
        }
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", to)
}
