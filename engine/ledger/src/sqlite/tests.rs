//! What only shows from inside: a disk that is full, a file of an earlier version.

use super::*;
use crate::{
    Asset, Code, Ledger as _, Posting, Transaction,
    chain::verify_chain,
    entry::{Change, Hash},
};

fn entry(number: u32, bytes: usize) -> Entry {
    let posting = |kind, owner: &str, amount_minor| Posting {
        account: Account::new(kind, owner, ""),
        asset: Asset::new("points"),
        amount_minor,
    };
    let postings = vec![posting(AccountKind::Wallet, "b1", 1), posting(AccountKind::Issuance, "", -1)];
    let fact = format!("p/{number}");
    Entry {
        kind: "points.given".into(),
        time: "2026-03-01T10:00:00Z".parse().unwrap(),
        payload: [7; 32],
        event: "x".repeat(bytes),
        code: Code::Created,
        because: None,
        cause: None,
        receipt: None,
        transactions: vec![Transaction::balanced("gift", fact.as_str(), postings).unwrap().unwrap()],
        changes: vec![Change::Put { kind: "note", key: fact.clone(), value: vec![1] }],
        fact,
    }
}

fn wallet() -> (Account, Asset) {
    (Account::new(AccountKind::Wallet, "b1", ""), Asset::new("points"))
}

/// Lets the file have no more than so many pages.
fn limit(ledger: &mut SqliteLedger, pages: i64) {
    let connection = ledger.0.store().writer.here().unwrap();
    connection
        .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get::<_, i64>(0))
        .unwrap();
}

const BROKEN: &str = "the batch is broken by an error before this; hint: call `rollback` and do it again";

/// A ledger with one entry and little room for more, and what it says where there is none.
fn almost_full(path: &Path) -> (SqliteLedger, Head, String) {
    let mut ledger = SqliteLedger::open(path).unwrap();
    ledger.begin().unwrap();
    ledger.append(entry(1, 10)).unwrap();
    let head = ledger.commit().unwrap();
    limit(&mut ledger, 40);
    let full =
        format!("`{}` has no room left; hint: free some space and send the batch again", path.display());
    (ledger, head, full)
}

#[test]
fn what_was_handed_over_and_finds_no_room_is_undone_with_what_builds_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.ledger");
    let (mut ledger, head, full) = almost_full(&path);
    let (account, asset) = wallet();
    type Way = fn(&mut SqliteLedger) -> Result<(), LedgerError>;
    let ways: [(&str, Way); 6] = [
        ("settle", |ledger| ledger.settle()),
        ("hand over", |ledger| ledger.hand_over().map(drop)),
        ("commit", |ledger| ledger.commit().map(drop)),
        ("rollback", |ledger| ledger.rollback()),
        ("read", |ledger| ledger.entries(0, 1).map(drop)),
        ("read, then settle", |ledger| ledger.entries(0, 1).map(drop)),
    ];
    for (name, way) in ways {
        ledger.begin().unwrap();
        ledger.append(entry(2, 1_000_000)).unwrap();
        // It is on its way, and read as if it were kept.
        assert_eq!(ledger.hand_over().unwrap().head.entries, 2, "{name}");
        ledger.begin().unwrap();
        assert_eq!(ledger.append(entry(3, 1)).unwrap(), 3, "{name}");
        assert_eq!(ledger.balance(&account, &asset).unwrap(), 3, "{name}");
        assert_eq!(way(&mut ledger).unwrap_err().to_string(), full, "{name}");
        if name.starts_with("read") {
            assert_eq!(ledger.append(entry(4, 1)).unwrap_err().to_string(), BROKEN);
        }
        match name {
            "read" => ledger.rollback().unwrap(),
            "read, then settle" => assert_eq!(ledger.settle().unwrap_err().to_string(), BROKEN),
            _ => ledger.settle().unwrap(),
        }
        // Both are gone, nothing else, and no batch is open.
        assert_eq!(ledger.head().unwrap(), head, "{name}");
        assert_eq!(ledger.stored("p/2").unwrap(), None, "{name}");
        assert_eq!(ledger.document("note", "p/3").unwrap(), None, "{name}");
        assert_eq!(ledger.balance(&account, &asset).unwrap(), 1, "{name}");
        assert!(matches!(ledger.commit(), Err(LedgerError::NoBatch)), "{name}");
    }
    limit(&mut ledger, 1_000_000);
    for number in [2, 3] {
        ledger.begin().unwrap();
        ledger.append(entry(number, 1_000_000)).unwrap();
        ledger.hand_over().unwrap();
    }
    // Whoever closes it waits for what is on its way.
    drop(ledger);
    let mut ledger = SqliteLedger::open(&path).unwrap();
    assert_eq!(verify_chain(&mut ledger).unwrap().entries, 3);
    assert_eq!(ledger.balance(&account, &asset).unwrap(), 3);
}

/// More facts than are remembered inside a batch: the first of them are asked for again.
#[test]
fn a_long_batch_that_is_handed_over_is_known_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = SqliteLedger::open(&folder.path().join("shop.ledger")).unwrap();
    ledger.begin().unwrap();
    ledger.append(entry(1, 1)).unwrap();
    for number in 0..66_000 {
        assert_eq!(ledger.stored(&format!("q/{number}")).unwrap(), None);
    }
    ledger.append(entry(2, 1)).unwrap();
    ledger.hand_over().unwrap();
    ledger.begin().unwrap();
    for number in [1, 2] {
        assert!(matches!(ledger.append(entry(number, 1)), Err(LedgerError::Known { .. })), "{number}");
    }
    assert_eq!(ledger.append(entry(3, 1)).unwrap(), 3);
    ledger.commit().unwrap();
}

#[test]
fn a_writer_that_breaks_down_is_told_and_the_file_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.ledger");
    let mut ledger = SqliteLedger::open(&path).unwrap();
    ledger.begin().unwrap();
    ledger.append(entry(1, 1)).unwrap();
    ledger.hand_over().unwrap();
    ledger.begin().unwrap();
    ledger.append(entry(2, 1)).unwrap();
    let store = ledger.0.store();
    store.settle().unwrap();
    store.writer = Writer::Away(std::thread::spawn(|| panic!("a test breaks it")));
    let broken =
        format!("`{}`: the thread that writes has broken down; hint: open the ledger again", path.display());
    assert_eq!(ledger.hand_over().unwrap_err().to_string(), broken);
    assert_eq!(ledger.begin().unwrap_err().to_string(), broken);
    // What is stored can still be read.
    assert_eq!(ledger.head().unwrap().entries, 1);
    drop(ledger);
    let mut ledger = SqliteLedger::open(&path).unwrap();
    assert_eq!(verify_chain(&mut ledger).unwrap().entries, 1);
    ledger.begin().unwrap();
    assert_eq!(ledger.append(entry(2, 1)).unwrap(), 2);
    ledger.commit().unwrap();
}

#[test]
fn a_long_write_ahead_log_begins_anew_while_batches_are_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.ledger");
    let mut ledger = SqliteLedger::open(&path).unwrap();
    // Two hundred batches of 1 MB: three times what the log may hold.
    for number in 1..=200 {
        ledger.begin().unwrap();
        ledger.append(entry(number, 1_000_000)).unwrap();
        ledger.hand_over().unwrap();
    }
    ledger.settle().unwrap();
    let log = std::fs::metadata(folder.path().join("shop.ledger-wal")).unwrap().len();
    assert!(log < 80_000_000, "{log}");
    assert_eq!(verify_chain(&mut ledger).unwrap().entries, 200);
}

#[test]
fn a_batch_that_finds_no_room_leaves_nothing_and_the_ledger_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.ledger");
    let (mut ledger, head, full) = almost_full(&path);
    let (account, asset) = wallet();
    for is_long in [false, true] {
        ledger.begin().unwrap();
        if is_long {
            // So much that it is written before it is committed.
            let error = (2..100).find_map(|number| ledger.append(entry(number, 1_000_000)).err()).unwrap();
            assert_eq!(error.to_string(), full);
            assert_eq!(ledger.append(entry(2, 1)).unwrap_err().to_string(), BROKEN);
            assert_eq!(ledger.head().unwrap_err().to_string(), BROKEN);
            assert_eq!(ledger.document("note", "p/1").unwrap_err().to_string(), BROKEN);
            assert_eq!(ledger.balance(&account, &asset).unwrap_err().to_string(), BROKEN);
            assert_eq!(ledger.commit().unwrap_err().to_string(), BROKEN);
        } else {
            ledger.append(entry(2, 1_000_000)).unwrap();
            assert_eq!(ledger.commit().unwrap_err().to_string(), full);
        }
        assert_eq!(ledger.head().unwrap(), head);
        assert_eq!(ledger.stored("p/2").unwrap(), None);
        assert_eq!(ledger.document("note", "p/2").unwrap(), None);
        assert_eq!(ledger.balance(&account, &asset).unwrap(), 1);
    }
    limit(&mut ledger, 1_000_000);
    ledger.begin().unwrap();
    assert_eq!(ledger.append(entry(2, 1_000_000)).unwrap(), 2);
    let head = ledger.commit().unwrap();
    drop(ledger);
    let mut ledger = SqliteLedger::open(&path).unwrap();
    assert_eq!(verify_chain(&mut ledger).unwrap(), head);
    assert_eq!(ledger.balance(&account, &asset).unwrap(), 2);
}

#[test]
fn a_file_of_an_earlier_version_is_brought_up_to_date_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let [old, new] = ["old.ledger", "new.ledger"].map(|name| folder.path().join(name));
    let connection = Connection::open(&old).unwrap();
    schema::step(&connection, 0, 1).unwrap();
    let first = entry(1, 10);
    let (hash, transactions) = crate::encoding::seal(Hash::ZERO, 1, &first);
    connection
        .execute(
            "INSERT INTO entries (seq, fact, kind, time, payload, code, hash, transactions, event)
                VALUES (1, ?1, ?2, ?3, ?4, 'created', ?5, ?6, ?7)",
            params![
                first.fact,
                first.kind,
                first.time.to_string(),
                first.payload,
                hash.0,
                transactions,
                first.event
            ],
        )
        .unwrap();
    connection
        .execute_batch(
            "INSERT INTO accounts VALUES (1, 'issuance', '', '', 'points', -1), (2, 'wallet', 'b1', '', 'points', 1);
             INSERT INTO postings VALUES (1, 1, 1, -1), (2, 1, 1, 1);
             INSERT INTO correlations VALUES ('p/1', 1);",
        )
        .unwrap();
    connection.execute("UPDATE head SET entries = 1, accounts = 2, hash = ?1", [hash.0]).unwrap();
    drop(connection);

    assert_eq!(
        SqliteLedger::open_read_only(&old).unwrap_err().to_string(),
        format!("`{}` is a ledger of version 1, expected 2; hint: open it for writing once", old.display())
    );
    let mut ledger = SqliteLedger::open(&old).unwrap();
    assert_eq!(verify_chain(&mut ledger).unwrap(), Head { entries: 1, hash });
    ledger.begin().unwrap();
    assert_eq!(ledger.append(entry(2, 10)).unwrap(), 2);
    ledger.commit().unwrap();
    drop(ledger);
    drop(SqliteLedger::open_read_only(&old).unwrap());

    // It came to the same tables as one that was made today.
    drop(SqliteLedger::open(&new).unwrap());
    let tables = |path: &Path| -> Vec<(String, String)> {
        let connection = Connection::open(path).unwrap();
        let mut select = connection
            .prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .unwrap();
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let mut tables: Vec<_> = rows.map(Result::unwrap).collect();
        let version =
            |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
        tables.push(("version".into(), version("user_version").unwrap().to_string()));
        tables.push(("application".into(), version("application_id").unwrap().to_string()));
        tables
    };
    assert_eq!(tables(&old), tables(&new));
    assert!(tables(&old).iter().any(|(name, _)| name == "entries_waiting"));
}
