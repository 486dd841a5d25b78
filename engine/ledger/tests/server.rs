//! What a ledger on a server goes through: several writers, lost connections, schemas that are something else.

#![cfg(feature = "postgres")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

mod common;

use std::thread;

use common::{Schema, points, put, schema};
use fenrun_ledger::{Account, AccountKind, Asset, Ledger, LedgerError, PostgresLedger, verify_chain};

fn balance(ledger: &mut dyn Ledger, owner: &str) -> i64 {
    ledger.balance(&Account::new(AccountKind::Wallet, owner, ""), &Asset::new("points")).unwrap()
}

fn error_of(schema: &Schema) -> String {
    PostgresLedger::connect(&schema.url, &schema.name).unwrap_err().to_string()
}

#[test]
fn exactly_as_much_is_spent_as_there_is_however_many_spend() {
    const WRITERS: usize = 8;
    const ATTEMPTS: usize = 40;
    const THERE_IS: usize = 100;
    let Some(schema) = schema() else { return };
    // All eight meet an empty server: one makes the tables, the others find them.
    let spent: Vec<usize> = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let schema = &schema;
                scope.spawn(move || {
                    let mut ledger = schema.open();
                    ledger.begin().unwrap();
                    match ledger.append(points("gift", "b1", i64::try_from(THERE_IS).unwrap())) {
                        Ok(_) | Err(LedgerError::Known { .. }) => ledger.commit().unwrap(),
                        Err(error) => panic!("{error}"),
                    };
                    let mut spent = 0;
                    for attempt in 0..ATTEMPTS {
                        ledger.begin().unwrap();
                        match ledger.append(points(&format!("spend/{writer}/{attempt}"), "b1", -1)) {
                            Ok(_) => spent += 1,
                            Err(LedgerError::Overdrawn { balance_minor: -1, .. }) => {}
                            Err(error) => panic!("{error}"),
                        }
                        ledger.commit().unwrap();
                    }
                    spent
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(spent.iter().sum::<usize>(), THERE_IS);
    let mut ledger = schema.open();
    assert_eq!(balance(&mut ledger, "b1"), 0);
    assert_eq!(verify_chain(&mut ledger).unwrap().entries, u64::try_from(THERE_IS).unwrap() + 1);
}

#[test]
fn what_another_wrote_is_seen_by_the_next_batch() {
    let Some(schema) = schema() else { return };
    let (mut one, mut two) = (schema.open(), schema.open());
    for number in 0..6 {
        let (writer, reader) = if number % 2 == 0 { (&mut one, &mut two) } else { (&mut two, &mut one) };
        writer.begin().unwrap();
        let before = writer.document("note", "a").unwrap();
        assert_eq!(before, (number > 0).then(|| (number - 1).to_string().into_bytes()));
        assert_eq!(balance(writer, "b1"), number);
        let mut entry = points(&format!("p/{number}"), "b1", 1);
        entry.changes.push(put("a", &number.to_string()));
        writer.append(entry).unwrap();
        let head = writer.commit().unwrap();
        assert_eq!(reader.head().unwrap(), head);
        assert_eq!(balance(reader, "b1"), number + 1);
        assert_eq!(reader.document("note", "a").unwrap(), Some(number.to_string().into_bytes()));
    }
}

/// Ends every session that has a batch open on the schema's tables.
fn cut(schema: &Schema) {
    schema
        .client()
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_class ON pg_class.oid = relation
                JOIN pg_namespace AS n ON n.oid = relnamespace WHERE nspname = $1 AND pid <> pg_backend_pid()",
            &[&schema.name],
        )
        .unwrap();
}

#[test]
fn a_lost_connection_loses_its_batch_and_the_next_goes_on() {
    let Some(schema) = schema() else { return };
    let mut ledger = schema.open();
    ledger.begin().unwrap();
    ledger.append(points("p/1", "b1", 1)).unwrap();
    let head = ledger.commit().unwrap();

    ledger.begin().unwrap();
    ledger.append(points("p/2", "b1", 1)).unwrap();
    cut(&schema);
    let error = ledger.commit().unwrap_err().to_string();
    assert!(error.starts_with("the ledger's server cannot be reached: "), "{error}");
    assert!(error.ends_with("; hint: begin again when it is back"), "{error}");
    assert_eq!(ledger.head().unwrap(), head);
    assert_eq!(balance(&mut ledger, "b1"), 1);

    ledger.begin().unwrap();
    cut(&schema);
    assert!(matches!(ledger.append(points("p/2", "b1", 1)), Err(LedgerError::Unreachable { .. })));
    assert!(matches!(ledger.append(points("p/2", "b1", 1)), Err(LedgerError::BatchBroken)));
    ledger.rollback().unwrap();

    ledger.begin().unwrap();
    assert_eq!(ledger.append(points("p/2", "b1", 1)).unwrap(), 2);
    let head = ledger.commit().unwrap();
    assert_eq!(verify_chain(&mut ledger).unwrap(), head);
}

#[test]
fn no_server_is_said() {
    let said = PostgresLedger::connect("host=127.0.0.1 port=1 user=nobody", "shop").unwrap_err().to_string();
    assert!(said.starts_with("the ledger's server cannot be reached: "), "{said}");
}

#[test]
fn a_schema_that_is_not_a_ledger_is_left_as_it_is() {
    let Some(schema) = schema() else { return };
    let create = format!("CREATE SCHEMA \"{}\"; CREATE TABLE notes (text text)", schema.name);
    schema.client().batch_execute(&create).unwrap();
    assert_eq!(
        error_of(&schema),
        format!("`{}` is not a ledger: the schema has other tables in it", schema.name)
    );
    let count = "SELECT count(*) FROM pg_tables WHERE schemaname = $1";
    assert_eq!(schema.client().query_one(count, &[&schema.name]).unwrap().get::<_, i64>(0), 1);
    for name in ["", "pg_ledger", &"x".repeat(64)] {
        let error = PostgresLedger::connect(&schema.url, name).unwrap_err().to_string();
        let why = "a schema has a name of 1 to 63 bytes that does not begin with `pg_`";
        assert_eq!(error, format!("`{name}` is not a ledger: {why}"));
    }
}

#[test]
fn versions_are_told_apart_and_brought_up_to_date() {
    let Some(schema) = schema() else { return };
    {
        let mut ledger = schema.open();
        ledger.begin().unwrap();
        ledger.append(points("p/1", "b1", 1)).unwrap();
        ledger.commit().unwrap();
    }
    let indexes = || -> i64 {
        let count = "SELECT count(*) FROM pg_indexes WHERE schemaname = $1 AND indexname = 'entries_waiting'";
        schema.client().query_one(count, &[&schema.name]).unwrap().get(0)
    };
    assert_eq!(indexes(), 1);
    // As version 1 was.
    let earlier = "DROP INDEX entries_waiting; DROP VIEW statements; UPDATE fenrun_ledger SET version = 1";
    schema.client().batch_execute(earlier).unwrap();
    let mut ledger = schema.open();
    assert_eq!(indexes(), 1);
    assert_eq!(verify_chain(&mut ledger).unwrap().entries, 1);

    schema.client().batch_execute("UPDATE fenrun_ledger SET version = 9").unwrap();
    assert_eq!(
        error_of(&schema),
        format!("`{}` is a ledger of version 9, expected at most 2; hint: use a newer fenrun", schema.name)
    );
    schema.client().batch_execute("DELETE FROM fenrun_ledger").unwrap();
    assert_eq!(
        error_of(&schema),
        format!("`{}` is damaged: it does not say its version; hint: restore it from a copy", schema.name)
    );
}

#[test]
fn who_may_only_read_is_told_so() {
    let Some(schema) = schema() else { return };
    let read_only = PostgresLedger::connect(
        &format!("{} options='-c default_transaction_read_only=on'", schema.url),
        &format!("{}_x", schema.name),
    );
    assert_eq!(
        read_only.unwrap_err().to_string(),
        format!("`{}_x` cannot be written; hint: give the folder and the file write permission", schema.name)
    );
}
