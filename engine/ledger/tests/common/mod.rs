//! What the tests share: entries in few words, and a ledger of each backend.

#![allow(dead_code, unreachable_pub, reason = "each test takes what it needs")]

use fenrun_ledger::{
    Account, AccountKind, Asset, Change, Code, Entry, Ledger, MemoryLedger, Posting, SqliteLedger,
    Transaction,
};

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
