//! What a shop would write: the same postings into the same kind of file by plain SQL, with no engine at all.
//!
//! Invariant: as durable as the ledger, as many postings for each commit; no log, no hash, no receipt, no check.

use std::path::Path;

use fenrun_ledger::{Ledger, Transaction};
use rusqlite::{Connection, params};

use crate::BATCH;

/// One posting: kind of account, owner, lot, asset, amount in minor units.
pub type Row = (&'static str, String, String, String, i64);

/// The postings of a ledger, by entry.
///
/// # Panics
///
/// Where the ledger cannot be read.
#[must_use]
pub fn postings(ledger: &mut dyn Ledger) -> Vec<Vec<Row>> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let entries = ledger.entries(after, BATCH).expect("the log is read");
        let Some(last) = entries.last() else { return all };
        after = last.seq;
        for stored in &entries {
            let rows = stored.entry.transactions.iter().flat_map(Transaction::postings).map(|posting| {
                let (account, asset) = (&posting.account, posting.asset.as_str().to_owned());
                let (owner, lot) = (account.owner().to_owned(), account.lot().to_owned());
                (account.kind().name(), owner, lot, asset, posting.amount_minor)
            });
            all.push(rows.collect());
        }
    }
}

/// A file with accounts and postings, opened as the ledger opens its own.
///
/// # Panics
///
/// Where it cannot be made.
#[must_use]
pub fn open(path: &Path) -> Connection {
    let shop = Connection::open(path).expect("the file opens");
    shop.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE;
         PRAGMA page_size = 8192;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 8192;
         PRAGMA cache_size = -65536;
         CREATE TABLE accounts (
            id INTEGER PRIMARY KEY, kind TEXT, owner TEXT, lot TEXT, asset TEXT, balance INTEGER,
            UNIQUE (owner, kind, lot, asset)
         ) STRICT;
         CREATE TABLE postings (
            entry INTEGER, account INTEGER, amount INTEGER, PRIMARY KEY (account, entry)
         ) STRICT, WITHOUT ROWID;",
    )
    .expect("the tables are made");
    shop
}

/// Writes the postings of all entries, a commit for each [`BATCH`] of them.
///
/// # Panics
///
/// Where one cannot be written.
pub fn write(shop: &Connection, entries: &[Vec<Row>]) {
    let mut number = 0_i64;
    for batch in entries.chunks(BATCH) {
        shop.execute_batch("BEGIN IMMEDIATE").expect("a transaction opens");
        for rows in batch {
            number += 1;
            for (kind, owner, lot, asset, amount) in rows {
                let account: i64 = shop
                    .prepare_cached(
                        "INSERT INTO accounts (kind, owner, lot, asset, balance) VALUES (?1, ?2, ?3, ?4, ?5)
                         ON CONFLICT (owner, kind, lot, asset) DO UPDATE SET balance = balance + excluded.balance
                         RETURNING id",
                    )
                    .and_then(|mut upsert| {
                        upsert.query_row(params![kind, owner, lot, asset, amount], |row| row.get(0))
                    })
                    .expect("the balance is written");
                shop.prepare_cached(
                    "INSERT INTO postings VALUES (?1, ?2, ?3)
                     ON CONFLICT (account, entry) DO UPDATE SET amount = amount + excluded.amount",
                )
                .and_then(|mut insert| insert.execute(params![number, account, amount]))
                .expect("the posting is written");
            }
        }
        shop.execute_batch("COMMIT").expect("it is durable");
    }
}
