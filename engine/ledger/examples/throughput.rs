//! How many entries a second each ledger takes, beside the same rows written by hand into SQLite.
//!
//! Invariant: every figure is of the same entries, durable after each batch where there is something to be durable in.
//!
//! `cargo run --release -p fenrun-ledger --example throughput --features sqlite,postgres -- [entries] [folder]`
//!
//! Each entry has an event of 1 KiB, one transaction of 6 postings (two on accounts of its order, two on a seller's, two
//! that all share) and 2 documents (one of its order, one of its seller). Batches are of 1,000. PostgreSQL is left out
//! unless `FENRUN_POSTGRES` names a server.

#![allow(clippy::unwrap_used, clippy::float_arithmetic, reason = "a measurement, not the engine")]
#![allow(clippy::arithmetic_side_effects, reason = "small numbers")]

use std::{
    error::Error,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use fenrun_ledger::{
    Account, AccountKind, Asset, Change, Code, Entry, Ledger, MemoryLedger, PostgresLedger, Posting,
    SqliteLedger, Transaction, verify_chain,
};
use rusqlite::{Connection, params};

const BATCH: u64 = 1_000;
const SELLERS: u64 = 5_000;

fn entry(number: u64) -> Entry {
    let order = format!("A{number:08}");
    // Sellers come in no order, as they do.
    let seller = format!("s{}", number.wrapping_mul(2_654_435_761) % SELLERS);
    let asset = Asset::new("CNY");
    let posting = |kind, owner: &str, lot: &str, amount_minor| Posting {
        account: Account::new(kind, owner, lot),
        asset: asset.clone(),
        amount_minor,
    };
    let postings = vec![
        posting(AccountKind::Payments, "", &order, -10_000),
        posting(AccountKind::Merchant, "", &order, 7_000),
        posting(AccountKind::Held, &seller, "", 2_000),
        posting(AccountKind::Available, &seller, "", 500),
        posting(AccountKind::Held, "platform", "", 300),
        posting(AccountKind::Held, "brand", "", 200),
    ];
    Entry {
        fact: format!("order.paid/{order}"),
        kind: "order.paid".into(),
        time: "2026-03-01T10:00:00Z".parse().unwrap(),
        payload: [7; 32],
        event: "x".repeat(1024),
        code: Code::Created,
        because: None,
        cause: None,
        receipt: None,
        transactions: Transaction::balanced("accrual", order.as_str(), postings)
            .unwrap()
            .into_iter()
            .collect(),
        changes: vec![
            Change::Put { kind: "order", key: order, value: vec![b'o'; 400] },
            Change::Put { kind: "party", key: seller, value: vec![b'p'; 200] },
        ],
    }
}

/// Appends all entries in batches and answers how long that took, making them not counted.
fn fill(ledger: &mut dyn Ledger, entries: u64) -> Result<Duration, Box<dyn Error>> {
    let mut taken = Duration::ZERO;
    let mut number = 0;
    while number < entries {
        let batch: Vec<_> = (number..entries.min(number + BATCH)).map(entry).collect();
        number += BATCH;
        let start = Instant::now();
        ledger.begin()?;
        for entry in batch {
            // What a host asks of every event: was it seen, and what is known of its order and its seller.
            ledger.stored(&entry.fact)?;
            for change in &entry.changes {
                ledger.document(change.kind(), change.key())?;
            }
            ledger.append(entry)?;
        }
        ledger.commit()?;
        taken += start.elapsed();
    }
    Ok(taken)
}

/// The same rows by hand: no chain, no check of a balance, no question asked; the least that SQLite needs for them.
fn by_hand(path: &Path, entries: u64) -> Result<Duration, Box<dyn Error>> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 8192; PRAGMA cache_size = -65536;
         CREATE TABLE entries (seq INTEGER PRIMARY KEY, fact TEXT NOT NULL UNIQUE, kind TEXT, time TEXT, payload BLOB,
            code TEXT, hash BLOB, event TEXT) STRICT;
         CREATE TABLE accounts (id INTEGER PRIMARY KEY, kind TEXT, owner TEXT, lot TEXT, asset TEXT, balance INTEGER,
            UNIQUE (owner, kind, lot, asset)) STRICT;
         CREATE TABLE postings (account INTEGER, seq INTEGER, number INTEGER, amount INTEGER,
            PRIMARY KEY (account, seq, number)) STRICT, WITHOUT ROWID;
         CREATE TABLE correlations (correlation TEXT, seq INTEGER, PRIMARY KEY (correlation, seq)) STRICT, WITHOUT ROWID;
         CREATE TABLE documents (kind TEXT, key TEXT, value BLOB, PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID;",
    )?;
    connection.set_prepared_statement_cache_capacity(32);
    let mut taken = Duration::ZERO;
    let mut seq = 0_i64;
    while u64::try_from(seq)? < entries {
        let first = u64::try_from(seq)?;
        let batch: Vec<_> = (first..entries.min(first + BATCH)).map(entry).collect();
        let start = Instant::now();
        let transaction = connection.transaction()?;
        for entry in batch {
            seq += 1;
            transaction
                .prepare_cached("INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
                .execute(params![
                    seq,
                    entry.fact,
                    entry.kind,
                    entry.time.to_string(),
                    entry.payload,
                    entry.code.name(),
                    [0_u8; 32],
                    entry.event
                ])?;
            for moved in &entry.transactions {
                for posting in moved.postings() {
                    let account = &posting.account;
                    let id: i64 = transaction
                        .prepare_cached(
                            "INSERT INTO accounts (kind, owner, lot, asset, balance) VALUES (?1, ?2, ?3, ?4, ?5)
                                ON CONFLICT DO UPDATE SET balance = balance + excluded.balance RETURNING id",
                        )?
                        .query_row(
                            params![
                                account.kind().name(),
                                account.owner(),
                                account.lot(),
                                posting.asset.as_str(),
                                posting.amount_minor
                            ],
                            |row| row.get(0),
                        )?;
                    transaction
                        .prepare_cached("INSERT INTO postings VALUES (?1, ?2, 1, ?3)")?
                        .execute(params![id, seq, posting.amount_minor])?;
                }
                transaction
                    .prepare_cached("INSERT INTO correlations VALUES (?1, ?2)")?
                    .execute(params![moved.correlation(), seq])?;
            }
            for change in &entry.changes {
                if let Change::Put { kind, key, value } = change {
                    transaction
                        .prepare_cached(
                            "INSERT INTO documents VALUES (?1, ?2, ?3)
                                ON CONFLICT DO UPDATE SET value = excluded.value",
                        )?
                        .execute(params![kind, key, value])?;
                }
            }
        }
        transaction.commit()?;
        taken += start.elapsed();
    }
    Ok(taken)
}

fn report(name: &str, entries: u64, taken: Duration) {
    let rate = u128::from(entries) * 1_000_000 / taken.as_micros().max(1);
    println!("{name:<24} {rate:>9} entries/s   {taken:.2?}");
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let entries = arguments.next().map_or(Ok(200_000), |entries| entries.parse())?;
    let folder = tempfile::tempdir_in(arguments.next().map_or_else(std::env::temp_dir, PathBuf::from))?;

    let mut ledger = MemoryLedger::new();
    report("memory", entries, fill(&mut ledger, entries)?);
    let head = ledger.head()?;
    drop(ledger);

    let mut ledger = SqliteLedger::open(&folder.path().join("shop.ledger"))?;
    report("sqlite", entries, fill(&mut ledger, entries)?);
    let start = Instant::now();
    assert_eq!(verify_chain(&mut ledger)?, head, "the same entries have the same hash");
    report("sqlite, verify_chain", entries, start.elapsed());
    drop(ledger);

    report("sqlite by hand", entries, by_hand(&folder.path().join("by-hand.sqlite"), entries)?);

    let Ok(url) = std::env::var("FENRUN_POSTGRES") else {
        eprintln!("postgres left out; hint: set FENRUN_POSTGRES");
        return Ok(());
    };
    let fewer = entries.min(50_000);
    let schema = format!("fenrun_throughput_{}", std::process::id());
    let mut ledger = PostgresLedger::connect(&url, &schema)?;
    let taken = fill(&mut ledger, fewer);
    let verified = verify_chain(&mut ledger);
    postgres::Client::connect(&url, postgres::NoTls)?
        .batch_execute(&format!("SET client_min_messages = warning; DROP SCHEMA {schema} CASCADE"))?;
    report("postgres", fewer, taken?);
    assert_eq!(verified?.entries, fewer);
    Ok(())
}
