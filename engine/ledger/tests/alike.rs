//! Random batches sent to every backend at once: every answer must be the same, the hash of the head included.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

mod common;

use common::{delete, entry, put, transaction};
use fenrun_ledger::{
    Account, AccountKind, Asset, Code, Entry, Ledger, MemoryLedger, SqliteLedger, verify_chain,
};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Begin,
    Commit,
    HandOver,
    Settle,
    Rollback,
    Append(Entry),
    Stored(String),
    Document(String),
    Scan(String, Option<String>, usize),
    Balance(AccountKind, String),
    Balances(Option<String>, Option<AccountKind>),
    Entries(u64, usize),
    About(String),
    Of(String),
}

const KINDS: [AccountKind; 4] =
    [AccountKind::Wallet, AccountKind::Issuance, AccountKind::Receivable, AccountKind::Held];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[ab]{0,2}",
        1 => "[a店B/ ]{1,3}",
        1 => Just("a\0".to_owned()),
    ]
}

fn kind() -> impl Strategy<Value = AccountKind> {
    proptest::sample::select(&KINDS[..])
}

fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![12 => -20_i64..40, 1 => Just(i64::MAX)]
}

prop_compose! {
    fn an_entry()(
        fact in text(),
        code in proptest::sample::select(&Code::ALL[..]),
        because in proptest::option::of(text()),
        movements in proptest::collection::vec((kind(), text(), text(), kind(), text(), amount()), 0..3),
        changes in proptest::collection::vec((text(), proptest::option::weighted(0.7, text())), 0..3),
    ) -> Entry {
        let mut made = entry(&fact, code);
        made.because = because;
        for (from, owner, correlation, to, other, amount) in movements {
            let lines = [(from, owner.as_str(), "", "points", amount), (to, other.as_str(), "", "points", -amount)];
            if amount != 0 && (from, &owner) != (to, &other) {
                made.transactions.push(transaction(&correlation, &lines));
            }
        }
        made.changes = changes
            .iter()
            .map(|(key, value)| value.as_ref().map_or_else(|| delete(key), |value| put(key, value)))
            .collect();
        made
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Begin),
        2 => Just(Step::Commit),
        3 => Just(Step::HandOver),
        1 => Just(Step::Settle),
        1 => Just(Step::Rollback),
        12 => an_entry().prop_map(Step::Append),
        2 => text().prop_map(Step::Stored),
        2 => text().prop_map(Step::Document),
        3 => (text(), proptest::option::of(text()), 0_usize..6)
            .prop_map(|(from, before, limit)| Step::Scan(from, before, limit)),
        2 => (kind(), text()).prop_map(|(kind, owner)| Step::Balance(kind, owner)),
        1 => (proptest::option::of(text()), proptest::option::of(kind()))
            .prop_map(|(owner, kind)| Step::Balances(owner, kind)),
        1 => (0_u64..5, 0_usize..5).prop_map(|(after, limit)| Step::Entries(after, limit)),
        1 => text().prop_map(Step::About),
        1 => text().prop_map(Step::Of),
    ]
}

/// The answer to one step, as it is printed.
fn answer(ledger: &mut dyn Ledger, step: &Step) -> String {
    fn said<T: std::fmt::Debug>(answer: Result<T, fenrun_ledger::LedgerError>) -> String {
        match answer {
            Ok(answer) => format!("{answer:?}"),
            Err(error) => error.to_string(),
        }
    }
    match step {
        Step::Begin => said(ledger.begin()),
        Step::Commit => said(ledger.commit()),
        Step::HandOver => said(ledger.hand_over().map(|ended| ended.head)),
        Step::Settle => said(ledger.settle()),
        Step::Rollback => said(ledger.rollback()),
        Step::Append(entry) => said(ledger.append(entry.clone())),
        Step::Stored(fact) => said(ledger.stored(fact)),
        Step::Document(key) => said(ledger.document("note", key)),
        Step::Scan(from, before, limit) => said(ledger.scan("note", from, before.as_deref(), *limit)),
        Step::Balance(kind, owner) => {
            said(ledger.balance(&Account::new(*kind, owner.as_str(), ""), &Asset::new("points")))
        }
        Step::Balances(owner, kind) => said(ledger.balances(owner.as_deref(), *kind)),
        Step::Entries(after, limit) => said(ledger.entries(*after, *limit)),
        Step::About(correlation) => said(ledger.entries_about(correlation)),
        Step::Of(owner) => said(ledger.entries_of(owner)),
    }
}

/// Everything there is to read, once no batch is open.
fn all(ledger: &mut dyn Ledger) -> [String; 5] {
    [
        format!("{:?}", ledger.head().unwrap()),
        format!("{:?}", ledger.entries(0, usize::MAX).unwrap()),
        format!("{:?}", ledger.balances(None, None).unwrap()),
        format!("{:?}", ledger.scan("note", "", None, usize::MAX).unwrap()),
        format!("{:?}", verify_chain(ledger).unwrap()),
    ]
}

fn apply(steps: &[Step], others: &mut [(&str, Box<dyn Ledger>)], oracle: &mut MemoryLedger) {
    for step in steps {
        let expected = answer(oracle, step);
        for (name, ledger) in &mut *others {
            assert_eq!(answer(&mut **ledger, step), expected, "{name}: {step:?}");
        }
        let head = oracle.head().unwrap();
        for (name, ledger) in &mut *others {
            assert_eq!(ledger.head().unwrap(), head, "{name}: {step:?}");
        }
    }
    oracle.rollback().unwrap();
    let expected = all(oracle);
    for (name, ledger) in others {
        ledger.rollback().unwrap();
        assert_eq!(all(&mut **ledger), expected, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_answers_like_memory(steps in proptest::collection::vec(step(), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.ledger");
        let mut oracle = MemoryLedger::new();
        let mut others: [(&str, Box<dyn Ledger>); 1] = [("sqlite", Box::new(SqliteLedger::open(&path).unwrap()))];
        apply(&steps, &mut others, &mut oracle);
        drop(others);
        // And the same once more on what is read from the file.
        let mut others: [(&str, Box<dyn Ledger>); 1] = [("sqlite", Box::new(SqliteLedger::open(&path).unwrap()))];
        apply(&steps, &mut others, &mut oracle);
    }
}

#[test]
fn postgres_answers_like_memory() {
    let Some(schema) = common::schema() else { return };
    let strategy = proptest::collection::vec(step(), 1..60);
    let config = ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let outcome = runner.run(&strategy, |steps| {
        let empty =
            format!("SET client_min_messages = warning; DROP SCHEMA IF EXISTS {} CASCADE", schema.name);
        schema.client().batch_execute(&empty).unwrap();
        let mut oracle = MemoryLedger::new();
        // Two sessions of one schema: what one wrote, the other must see.
        for _ in 0..2 {
            let mut others: [(&str, Box<dyn Ledger>); 1] = [("postgres", Box::new(schema.open()))];
            apply(&steps, &mut others, &mut oracle);
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
