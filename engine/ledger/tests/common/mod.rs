//! What the tests share: entries in few words, and a ledger of each backend.

#![allow(dead_code, unreachable_pub, reason = "each test takes what it needs")]

use std::{
    env,
    hash::{BuildHasher, RandomState},
};

use fenrun_ledger::{
    Account, AccountKind, Asset, Change, Code, Entry, Ledger, MemoryLedger, PostgresLedger, Posting,
    SqliteLedger, Transaction,
};
use postgres::{Client, NoTls};

/// An entry that moves nothing.
pub fn entry(fact: &str, code: Code) -> Entry {
    Entry {
        fact: fact.into(),
        kind: "order.paid".into(),
        time: "2026-03-01T10:00:00.123456789Z".parse().unwrap(),
        payload: [7; 32],
        event: format!("{{\"fact\":\"{fact}\"}}"),
        code,
        because: None,
        cause: None,
        receipt: None,
        transactions: Vec::new(),
        changes: Vec::new(),
    }
}

/// A transaction from `kind:owner:lot asset amount` lines.
pub fn transaction(correlation: &str, lines: &[(AccountKind, &str, &str, &str, i64)]) -> Transaction {
    let postings = lines.iter().map(|&(kind, owner, lot, asset, amount_minor)| Posting {
        account: Account::new(kind, owner, lot),
        asset: Asset::new(asset),
        amount_minor,
    });
    Transaction::balanced("test", correlation, postings.collect()).unwrap().unwrap()
}

/// An entry that gives points to a wallet, or takes them.
pub fn points(fact: &str, owner: &str, amount: i64) -> Entry {
    let mut entry = entry(fact, Code::Created);
    entry.transactions.push(transaction(
        fact,
        &[
            (AccountKind::Wallet, owner, "", "points", amount),
            (AccountKind::Issuance, "", "", "points", -amount),
        ],
    ));
    entry
}

pub fn put(key: &str, value: &str) -> Change {
    Change::Put { kind: "note", key: key.into(), value: value.into() }
}

pub fn delete(key: &str) -> Change {
    Change::Delete { kind: "note", key: key.into() }
}

/// A ledger of a backend with what has to outlive it.
pub struct Kept {
    pub ledger: Box<dyn Ledger>,
    pub name: &'static str,
    _kept: Box<dyn std::any::Any>,
}

pub fn memory() -> Kept {
    Kept { ledger: Box::new(MemoryLedger::new()), name: "memory", _kept: Box::new(()) }
}

pub fn sqlite() -> Kept {
    let folder = tempfile::tempdir().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("test.ledger")).unwrap();
    Kept { ledger: Box::new(ledger), name: "sqlite", _kept: Box::new(folder) }
}

/// A schema of its own on the server, dropped with this.
pub struct Schema {
    pub url: String,
    pub name: String,
}

impl Schema {
    pub fn open(&self) -> PostgresLedger {
        PostgresLedger::connect(&self.url, &self.name).unwrap()
    }

    /// A connection that sees the schema's tables.
    pub fn client(&self) -> Client {
        let mut client = Client::connect(&self.url, NoTls).unwrap();
        client.batch_execute(&format!("SET search_path = \"{}\"", self.name)).unwrap();
        client
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if let Ok(mut client) = Client::connect(&self.url, NoTls) {
            let drop =
                format!("SET client_min_messages = warning; DROP SCHEMA IF EXISTS \"{}\" CASCADE", self.name);
            let _ = client.batch_execute(&drop);
        }
    }
}

/// A schema that is not there yet; `None`, and a word about it, where there is no server.
pub fn schema() -> Option<Schema> {
    let url = env::var("FENRUN_POSTGRES").unwrap_or_else(|_| {
        "host=127.0.0.1 port=5432 user=postgres dbname=test connect_timeout=5".to_owned()
    });
    if let Err(error) = Client::connect(&url, NoTls) {
        assert!(
            env::var_os("FENRUN_REQUIRE_POSTGRES").is_none_or(|value| value != "1"),
            "FENRUN_REQUIRE_POSTGRES=1, and there is no PostgreSQL server: {error}"
        );
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        // Past the capture of a passing test's output: what was not tested is said whether or not the rest passed.
        let said =
            format!("{test}: left out for PostgreSQL, no server: {error}; hint: set FENRUN_POSTGRES\n");
        let _ = std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes());
        return None;
    }
    let name = format!("fenrun_test_{:016x}", RandomState::new().hash_one(std::process::id()));
    Some(Schema { url, name })
}

pub fn postgres() -> Option<Kept> {
    let schema = schema()?;
    Some(Kept { ledger: Box::new(schema.open()), name: "postgres", _kept: Box::new(schema) })
}
