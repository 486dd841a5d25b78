//! What a ledger's file goes through: opened again, opened twice, not a ledger, damaged, newer, not writable.

#![cfg(feature = "sqlite")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use common::{points, put};
use fenrun_ledger::{
    Account, AccountKind, Asset, ChainError, Ledger, LedgerError, SqliteLedger, verify_chain,
};
use rusqlite::Connection;
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.ledger");
    (folder, path)
}

/// A ledger of some entries, closed.
fn filled(path: &Path, entries: u32) {
    let mut ledger = SqliteLedger::open(path).unwrap();
    ledger.begin().unwrap();
    for number in 1..=entries {
        let mut entry = points(&format!("p/{number}"), &format!("b{}", number % 3), 1);
        entry.changes.push(put(&format!("{number}"), &"x".repeat(500)));
        ledger.append(entry).unwrap();
    }
    ledger.commit().unwrap();
}

fn error_of(opened: Result<SqliteLedger, LedgerError>) -> String {
    opened.unwrap_err().to_string()
}

fn said(path: &Path, what: &str) -> String {
    format!("`{}`{what}", path.display())
}

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let (_folder, path) = place();
    let (head, entries, balances) = {
        let mut ledger = SqliteLedger::open(&path).unwrap();
        for batch in 0..3 {
            ledger.begin().unwrap();
            for number in 0..5 {
                let mut entry = points(&format!("p/{batch}/{number}"), "b1", 1);
                entry.changes.push(put(&number.to_string(), &batch.to_string()));
                ledger.append(entry).unwrap();
            }
            ledger.commit().unwrap();
        }
        // A batch that is open when the ledger goes away was not kept.
        let kept =
            (ledger.head().unwrap(), ledger.entries(0, 100).unwrap(), ledger.balances(None, None).unwrap());
        ledger.begin().unwrap();
        ledger.append(points("p/lost", "b1", 1)).unwrap();
        ledger.entries(0, 1).unwrap();
        kept
    };
    for read_only in [false, true, false] {
        let open = if read_only { SqliteLedger::open_read_only } else { SqliteLedger::open };
        let mut ledger = open(&path).unwrap();
        assert_eq!(ledger.head().unwrap(), head);
        assert_eq!(ledger.entries(0, 100).unwrap(), entries);
        assert_eq!(ledger.balances(None, None).unwrap(), balances);
        assert_eq!(ledger.document("note", "4").unwrap(), Some(b"2".to_vec()));
        assert_eq!(verify_chain(&mut ledger).unwrap(), head);
    }
    // The log goes on where it ended, and accounts keep their numbers.
    let mut ledger = SqliteLedger::open(&path).unwrap();
    ledger.begin().unwrap();
    assert_eq!(ledger.append(points("p/next", "b1", -15)).unwrap(), 16);
    assert_eq!(ledger.append(points("p/other", "b2", 2)).unwrap(), 17);
    assert!(matches!(ledger.append(points("p/0/0", "b1", 1)), Err(LedgerError::Known { .. })));
    ledger.commit().unwrap();
    drop(ledger);
    let mut ledger = SqliteLedger::open(&path).unwrap();
    let wallet = |owner| Account::new(AccountKind::Wallet, owner, "");
    assert_eq!(ledger.balance(&wallet("b1"), &Asset::new("points")).unwrap(), 0);
    assert_eq!(ledger.balance(&wallet("b2"), &Asset::new("points")).unwrap(), 2);
    assert_eq!(verify_chain(&mut ledger).unwrap().entries, 17);
}

#[test]
fn a_second_holder_is_turned_away_and_the_first_goes_on() {
    let (_folder, path) = place();
    filled(&path, 1);
    let mut first = SqliteLedger::open(&path).unwrap();
    let in_use = said(&path, ": ledger is in use by another process; hint: stop that one or wait for it");
    assert_eq!(error_of(SqliteLedger::open(&path)), in_use);
    assert_eq!(error_of(SqliteLedger::open_read_only(&path)), in_use);
    // Another process too, although this one tried to open the file twice: its lock must have outlived that.
    let other = other_process(&path);
    assert!(other.contains("is locked"), "{other}");
    first.begin().unwrap();
    first.append(points("p/2", "b1", 1)).unwrap();
    assert_eq!(first.commit().unwrap().entries, 2);
    drop(first);

    // Readers do not turn each other away, only the writer.
    let mut readers =
        [SqliteLedger::open_read_only(&path).unwrap(), SqliteLedger::open_read_only(&path).unwrap()];
    for reader in &mut readers {
        assert_eq!(reader.head().unwrap().entries, 2);
    }
}

/// What another process hears that reads the file: this test program, run again.
fn other_process(path: &Path) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "reads_for_another_process", "--ignored", "--nocapture"])
        .env("FENRUN_TEST_FILE", path)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "run by the test of a second holder, in a process of its own"]
fn reads_for_another_process() {
    let path = std::env::var_os("FENRUN_TEST_FILE").unwrap();
    let connection = Connection::open(path).unwrap();
    let read = connection.query_row("SELECT count(*) FROM entries", [], |row| row.get::<_, i64>(0));
    println!("{read:?}");
}

#[test]
fn what_is_not_a_ledger_is_left_as_it_is() {
    let (folder, path) = place();
    let not = |why: &str| said(&path, &format!(" is not a ledger: {why}"));
    for text in ["a,b\n", &"date,amount\n".repeat(1000)] {
        fs::write(&path, text).unwrap();
        assert_eq!(error_of(SqliteLedger::open(&path)), not("it is no SQLite file"));
        assert_eq!(error_of(SqliteLedger::open_read_only(&path)), not("it is no SQLite file"));
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
    let before = fs::read(&path).unwrap();
    let other = not("expected application id 1717923442, found 0");
    assert_eq!(error_of(SqliteLedger::open(&path)), other);
    assert_eq!(error_of(SqliteLedger::open_read_only(&path)), other);
    assert_eq!(fs::read(&path).unwrap(), before);

    let inside = folder.path().to_path_buf();
    assert_eq!(error_of(SqliteLedger::open(&inside)), said(&inside, " is not a ledger: it is a folder"));
}

#[test]
fn what_is_missing_is_named() {
    let (folder, path) = place();
    assert_eq!(error_of(SqliteLedger::open_read_only(&path)), said(&path, " does not exist"));
    assert!(!path.exists());
    let nowhere = folder.path().join("no/shop.ledger");
    assert_eq!(error_of(SqliteLedger::open(&nowhere)), said(&folder.path().join("no"), " does not exist"));
}

#[test]
fn a_newer_ledger_is_not_touched() {
    let (_folder, path) = place();
    filled(&path, 1);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 9).unwrap();
    let newer = said(&path, " is a ledger of version 9, expected at most 2; hint: use a newer fenrun");
    assert_eq!(error_of(SqliteLedger::open(&path)), newer);
    assert_eq!(error_of(SqliteLedger::open_read_only(&path)), newer);
}

#[test]
fn a_file_cut_short_is_damaged_wherever_it_is_cut() {
    let (_folder, path) = place();
    filled(&path, 100);
    let whole = fs::read(&path).unwrap();
    for kept in [1, 50, 99, 100, 511, 512, 4096, 8192, 8193, 16_384, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..kept]).unwrap();
        let error = SqliteLedger::open(&path).expect_err(&format!("{kept} bytes"));
        let known = matches!(error, LedgerError::Corrupt { .. } | LedgerError::NotALedger { .. });
        assert!(known, "{kept} of {} bytes: {error}", whole.len());
        assert_eq!(fs::read(&path).unwrap().len(), kept);
    }
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(
        error_of(SqliteLedger::open(&path)),
        said(&path, " is damaged: database disk image is malformed; hint: restore it from a copy")
    );
}

#[test]
fn a_log_that_does_not_end_at_its_head_is_damaged() {
    let (_folder, path) = place();
    filled(&path, 3);
    Connection::open(&path).unwrap().execute("DELETE FROM entries WHERE seq = 3", []).unwrap();
    let damaged =
        said(&path, " is damaged: its head names entry 3, its log ends at 2; hint: restore it from a copy");
    assert_eq!(error_of(SqliteLedger::open(&path)), damaged);
    assert_eq!(error_of(SqliteLedger::open_read_only(&path)), damaged);
}

/// The chain of a ledger after a change by hand.
fn after(sql: &str) -> ChainError {
    let (_folder, path) = place();
    filled(&path, 3);
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    verify_chain(&mut SqliteLedger::open(&path).unwrap()).unwrap_err()
}

#[test]
fn every_change_by_hand_is_found() {
    let changed = after("UPDATE entries SET event = '{}' WHERE seq = 2").to_string();
    assert!(changed.starts_with("entry 2 was changed: its hash is `"), "{changed}");
    let changed = after("UPDATE entries SET hash = randomblob(32) WHERE seq = 2").to_string();
    assert!(changed.starts_with("entry 2 was changed: its hash is `"), "{changed}");
    assert_eq!(
        after("DELETE FROM entries WHERE seq = 2").to_string(),
        "entry 2 is missing: 3 comes in its place"
    );
    assert_eq!(
        after("UPDATE accounts SET balance = balance + 1 WHERE kind = 'wallet' AND owner = 'b2'").to_string(),
        "`wallet:b2` holds 2 `points`, its postings sum to 1"
    );
    for sql in [
        "UPDATE entries SET transactions = x'00000001' WHERE seq = 2",
        "UPDATE entries SET time = 'yesterday' WHERE seq = 2",
    ] {
        let ChainError::Ledger(error) = after(sql) else { panic!("{sql}") };
        let said = error.to_string();
        assert!(said.ends_with("is damaged: entry 2 cannot be read; hint: restore it from a copy"), "{said}");
    }
    assert!(matches!(
        after("UPDATE entries SET code = 'maybe' WHERE seq = 2"),
        ChainError::Ledger(LedgerError::Corrupt { .. })
    ));
}

#[test]
fn what_is_opened_for_reading_is_not_written() {
    let (_folder, path) = place();
    filled(&path, 1);
    let mut ledger = SqliteLedger::open_read_only(&path).unwrap();
    let read_only = said(&path, " cannot be written; hint: give the folder and the file write permission");
    assert_eq!(ledger.begin().unwrap_err().to_string(), read_only);
    assert_eq!(
        ledger.append(points("p/2", "b1", 1)).unwrap_err().to_string(),
        "no batch is open; hint: call `begin` first"
    );
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(b"module").into();
    assert_eq!(ledger.put_module(digest, b"module").unwrap_err().to_string(), read_only);
    assert_eq!(ledger.head().unwrap().entries, 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_file_is_named() {
    // Nobody, the administrator included, makes a file here.
    let path = Path::new("/proc/shop.ledger");
    assert_eq!(
        error_of(SqliteLedger::open(path)),
        "`/proc/shop.ledger` cannot be written; hint: give the folder and the file write permission"
    );
}
