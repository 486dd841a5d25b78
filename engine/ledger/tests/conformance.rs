//! One suite for every backend: each must answer every call alike.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

mod common;

use common::{delete, entry, points, put, transaction};
use fenrun_ledger::{
    Account, AccountKind, Asset, Code, Entry, HandedOver, Hash, Head, KEY_BYTES_MAX, Ledger, LedgerError,
    verify_chain,
};

fn wallet(owner: &str) -> Account {
    Account::new(AccountKind::Wallet, owner, "")
}

fn asset() -> Asset {
    Asset::new("points")
}

fn batch(ledger: &mut dyn Ledger, entries: impl IntoIterator<Item = Entry>) -> Head {
    ledger.begin().unwrap();
    for entry in entries {
        ledger.append(entry).unwrap();
    }
    ledger.commit().unwrap()
}

fn is_empty_at_first(ledger: &mut dyn Ledger) {
    assert_eq!(ledger.head().unwrap(), Head { entries: 0, hash: Hash::ZERO });
    assert_eq!(ledger.stored("order.paid/A1").unwrap(), None);
    assert_eq!(ledger.document("note", "a").unwrap(), None);
    assert_eq!(ledger.scan("note", "", None, 10).unwrap(), []);
    assert_eq!(ledger.balance(&wallet("b1"), &asset()).unwrap(), 0);
    assert_eq!(ledger.balances(None, None).unwrap(), []);
    assert_eq!(ledger.entries(0, 10).unwrap(), []);
    assert_eq!(ledger.entries_about("A1").unwrap(), []);
    assert_eq!(ledger.entries_of("").unwrap(), []);
    assert_eq!(ledger.module([1; 32]).unwrap(), None);
    assert_eq!(verify_chain(ledger).unwrap(), Head::EMPTY);
}

fn reads_back_what_was_appended(ledger: &mut dyn Ledger) {
    let mut full = entry("order.paid/A1", Code::Created);
    full.because = Some("first".into());
    full.cause = Some("order.priced/A1".into());
    full.receipt = Some("{\"fuel\":487}".into());
    full.payload = std::array::from_fn(|at| u8::try_from(at).unwrap());
    full.event = "{\"buyer\":\"张三\u{1f377}\"}".into();
    full.time = "-009999-01-02T01:59:59Z".parse().unwrap();
    full.transactions = vec![
        transaction(
            "A1",
            &[
                (AccountKind::Payments, "", "A1", "CNY", -999),
                (AccountKind::Held, "s1", "A1", "CNY", 199),
                (AccountKind::Merchant, "", "A1", "CNY", 800),
            ],
        ),
        transaction(
            "B1",
            &[(AccountKind::Wallet, "s1", "", "points", 9), (AccountKind::Issuance, "", "", "points", -9)],
        ),
    ];
    full.changes = vec![put("a", "1"), put("b", "2")];
    let small = entry("order.paid/A2", Code::Noted);
    let head = batch(ledger, [full.clone(), small.clone()]);

    full.changes.clear();
    let entries = ledger.entries(0, 10).unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!((entries[0].seq, entries[0].previous, &entries[0].entry), (1, Hash::ZERO, &full));
    assert_eq!((entries[1].seq, entries[1].previous, &entries[1].entry), (2, entries[0].hash, &small));
    assert_eq!(head, Head { entries: 2, hash: entries[1].hash });
    assert_eq!(
        head.hash.to_string(),
        "7c4174977cff64d802dd8ee6129f787b8ffecadf17bc69270d0061b6b4cc5b5d",
        "the hash is the same in every backend and version"
    );
    assert_eq!(ledger.entries(1, 10).unwrap(), entries[1..]);
    assert_eq!(ledger.entries(0, 1).unwrap(), entries[..1]);
    assert_eq!(ledger.entries(2, 10).unwrap(), []);
    assert_eq!(ledger.entries(u64::MAX, usize::MAX).unwrap(), []);
    assert_eq!(ledger.entries(0, 0).unwrap(), []);
    for correlation in ["A1", "B1"] {
        assert_eq!(ledger.entries_about(correlation).unwrap(), entries[..1]);
    }
    assert_eq!(ledger.entries_about("A2").unwrap(), []);
    assert_eq!(ledger.entries_of("s1").unwrap(), entries[..1]);
    assert_eq!(ledger.entries_of("").unwrap(), entries[..1]);
    assert_eq!(ledger.entries_of("s2").unwrap(), []);

    let stored = ledger.stored("order.paid/A1").unwrap().unwrap();
    assert_eq!((stored.seq, stored.payload, stored.code), (1, full.payload, Code::Created));
    assert_eq!(stored.because.as_deref(), Some("first"));
    assert_eq!(ledger.document("note", "b").unwrap(), Some(b"2".to_vec()));
    assert_eq!(verify_chain(ledger).unwrap(), head);
}

fn balances_are_listed_in_order(ledger: &mut dyn Ledger) {
    let mut paid = entry("order.paid/A1", Code::Created);
    paid.transactions = vec![transaction(
        "A1",
        &[
            (AccountKind::Payments, "", "A1", "CNY", -1000),
            (AccountKind::Held, "s2", "A1", "CNY", 10),
            (AccountKind::Held, "s1", "A1", "CNY", 20),
            (AccountKind::Held, "s1", "A1", "EUR", 5),
            (AccountKind::Funding, "s1", "", "EUR", -5),
            (AccountKind::Merchant, "", "A1", "CNY", 970),
        ],
    )];
    let mut released = entry("order.completed/A1", Code::Created);
    released.transactions = vec![transaction(
        "A1",
        &[(AccountKind::Held, "s2", "A1", "CNY", -10), (AccountKind::Available, "s2", "", "CNY", 10)],
    )];
    batch(ledger, [paid, released]);

    let list = |ledger: &mut dyn Ledger, owner, kind| -> Vec<String> {
        let balances = ledger.balances(owner, kind).unwrap();
        balances.iter().map(|one| format!("{} {} {}", one.account, one.asset, one.balance_minor)).collect()
    };
    assert_eq!(
        list(ledger, None, None),
        [
            "payments::A1 CNY -1000",
            "merchant::A1 CNY 970",
            "held:s1:A1 CNY 20",
            "held:s1:A1 EUR 5",
            "available:s2 CNY 10",
            "funding:s1 EUR -5",
        ]
    );
    assert_eq!(list(ledger, Some("s1"), None).len(), 3);
    assert_eq!(list(ledger, Some(""), None).len(), 2);
    assert_eq!(list(ledger, Some("s1"), Some(AccountKind::Funding)), ["funding:s1 EUR -5"]);
    assert_eq!(list(ledger, None, Some(AccountKind::Held)).len(), 2);
    assert_eq!(list(ledger, Some("s3"), None).len(), 0);
}

fn a_rolled_back_batch_leaves_nothing(ledger: &mut dyn Ledger) {
    let mut first = points("p/1", "b1", 100);
    first.changes = vec![put("a", "1"), put("b", "2")];
    let before = batch(ledger, [first]);
    let answers = |ledger: &mut dyn Ledger| {
        (
            ledger.head().unwrap(),
            ledger.entries(0, 100).unwrap(),
            ledger.scan("note", "", None, 100).unwrap(),
            ledger.balances(None, None).unwrap(),
            ledger.balance(&wallet("b1"), &asset()).unwrap(),
            ledger.balance(&wallet("b2"), &asset()).unwrap(),
            ledger.stored("p/2").unwrap(),
            ledger.document("note", "a").unwrap(),
            ledger.entries_of("b2").unwrap(),
            ledger.entries_about("p/2").unwrap(),
        )
    };
    let expected = answers(ledger);
    assert_eq!(expected.0, before);
    let bytes = b"\0asm";
    let digest = {
        use sha2::Digest as _;
        sha2::Sha256::digest(bytes).into()
    };
    for written_in_between in [false, true] {
        ledger.begin().unwrap();
        let mut second = points("p/2", "b2", 5);
        second.changes = vec![put("a", "changed"), delete("b"), put("c", "3"), put("c", "4")];
        assert_eq!(ledger.append(second).unwrap(), 2);
        assert_eq!(ledger.append(points("p/3", "b1", -100)).unwrap(), 3);
        ledger.put_module(digest, bytes).unwrap();
        assert_eq!(ledger.head().unwrap().entries, 3);
        assert_eq!(ledger.stored("p/2").unwrap().unwrap().seq, 2);
        assert_eq!(ledger.document("note", "a").unwrap(), Some(b"changed".to_vec()));
        assert_eq!(ledger.document("note", "b").unwrap(), None);
        assert_eq!(ledger.document("note", "c").unwrap(), Some(b"4".to_vec()));
        assert_eq!(ledger.balance(&wallet("b1"), &asset()).unwrap(), 0);
        assert_eq!(ledger.balance(&wallet("b2"), &asset()).unwrap(), 5);
        assert_eq!(ledger.module(digest).unwrap().as_deref(), Some(&bytes[..]));
        if written_in_between {
            assert_eq!(ledger.entries(1, 10).unwrap().len(), 2);
            assert_eq!(ledger.entries_of("b2").unwrap().len(), 1);
            assert_eq!(ledger.balances(Some("b1"), None).unwrap(), []);
        }
        ledger.rollback().unwrap();
        assert_eq!(answers(ledger), expected);
        assert_eq!(ledger.module(digest).unwrap(), None);
    }
    batch(ledger, [points("p/2", "b2", 7)]);
    assert_eq!(ledger.balance(&wallet("b2"), &asset()).unwrap(), 7);
    verify_chain(ledger).unwrap();
}

fn final_entries_are_remembered_and_others_may_be_followed(ledger: &mut dyn Ledger) {
    let mut held = entry("order.paid/A1", Code::Held);
    held.because = Some("cap".into());
    batch(ledger, [held, entry("order.paid/A1", Code::Parked)]);
    assert_eq!(ledger.stored("order.paid/A1").unwrap().unwrap().code, Code::Parked);
    ledger.begin().unwrap();
    assert_eq!(ledger.stored("order.paid/A1").unwrap().unwrap().seq, 2);
    ledger.append(entry("order.paid/A1", Code::Created)).unwrap();
    for code in [Code::Created, Code::Noted, Code::Refused, Code::Held, Code::Parked] {
        let error = ledger.append(entry("order.paid/A1", code)).unwrap_err();
        assert_eq!(error.to_string(), "`order.paid/A1` has its final outcome already");
    }
    ledger.commit().unwrap();
    for code in [Code::Noted, Code::Refused] {
        batch(ledger, [entry(code.name(), code)]);
    }
    ledger.begin().unwrap();
    for fact in ["order.paid/A1", "noted", "refused"] {
        assert!(matches!(ledger.append(entry(fact, Code::Held)), Err(LedgerError::Known { .. })), "{fact}");
    }
    for code in [Code::Duplicate, Code::Conflict] {
        let error = ledger.append(entry("order.paid/A9", code)).unwrap_err().to_string();
        assert_eq!(error, format!("an entry must not carry the code `{code}`, which is only answered"));
    }
    assert_eq!(ledger.commit().unwrap().entries, 5);
}

fn signs_are_kept_after_the_whole_entry(ledger: &mut dyn Ledger) {
    let before = batch(ledger, [points("p/1", "b1", 100)]);
    ledger.begin().unwrap();
    let mut over = points("p/2", "b1", -101);
    over.changes.push(put("a", "1"));
    assert_eq!(
        ledger.append(over).unwrap_err().to_string(),
        "`wallet:b1` would hold -1 `points`, which its kind must not"
    );
    assert_eq!(ledger.head().unwrap(), before);
    assert_eq!(ledger.stored("p/2").unwrap(), None);
    assert_eq!(ledger.document("note", "a").unwrap(), None);

    // Below zero in between is allowed: only what it comes to counts.
    let mut both = points("p/2", "b1", -150);
    both.transactions.extend(points("p/2", "b1", 60).transactions);
    assert_eq!(ledger.append(both).unwrap(), 2);
    assert_eq!(ledger.balance(&wallet("b1"), &asset()).unwrap(), 10);

    let mut several = entry("p/3", Code::Created);
    several.transactions = vec![transaction(
        "p/3",
        &[
            (AccountKind::Wallet, "b1", "", "points", -11),
            (AccountKind::Receivable, "b1", "", "points", 1),
            (AccountKind::Issuance, "", "", "points", 10),
        ],
    )];
    assert_eq!(
        ledger.append(several).unwrap_err().to_string(),
        "`receivable:b1` would hold 1 `points`, which its kind must not"
    );
    assert_eq!(ledger.append(points("p/4", "b1", -10)).unwrap(), 3);
    ledger.commit().unwrap();
    assert_eq!(ledger.balances(None, None).unwrap(), []);

    let most = batch(ledger, [points("p/5", "b1", i64::MAX)]);
    ledger.begin().unwrap();
    assert_eq!(
        ledger.append(points("p/6", "b1", 1)).unwrap_err().to_string(),
        "the balance of `points` on `wallet:b1` would not fit 64 bits"
    );
    assert_eq!(ledger.commit().unwrap(), most);
    verify_chain(ledger).unwrap();
}

fn writing_needs_a_batch_and_only_one(ledger: &mut dyn Ledger) {
    let outside = "no batch is open; hint: call `begin` first";
    assert_eq!(ledger.append(points("p/1", "b1", 1)).unwrap_err().to_string(), outside);
    assert_eq!(ledger.commit().unwrap_err().to_string(), outside);
    ledger.rollback().unwrap();
    ledger.begin().unwrap();
    assert_eq!(
        ledger.begin().unwrap_err().to_string(),
        "a batch is open; hint: call `commit` or `rollback` first"
    );
    ledger.append(points("p/1", "b1", 1)).unwrap();
    assert_eq!(ledger.commit().unwrap().entries, 1);
    assert_eq!(ledger.commit().unwrap_err().to_string(), outside);
    // An empty batch is one.
    ledger.begin().unwrap();
    assert_eq!(ledger.commit().unwrap().entries, 1);
}

fn documents_are_scanned_in_byte_order(ledger: &mut dyn Ledger) {
    let keys =
        ["a", "a b", "a-b", "a/1", "a/10", "a/2", "aB", "ab", "B", "Ä", "é", "店", "\u{1f377}", "~", ""];
    let mut one = entry("n/1", Code::Noted);
    one.changes = keys.iter().map(|key| put(key, key)).collect();
    one.changes.push(fenrun_ledger::Change::Put { kind: "other", key: "a".into(), value: vec![] });
    batch(ledger, [one]);
    let mut sorted = keys;
    sorted.sort_unstable();
    let scan = |ledger: &mut dyn Ledger, from: &str, before: Option<&str>, limit| -> Vec<String> {
        let found = ledger.scan("note", from, before, limit).unwrap();
        found.into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(scan(ledger, "", None, usize::MAX), sorted);
    assert_eq!(scan(ledger, "a/", Some("a0"), 10), ["a/1", "a/10", "a/2"]);
    assert_eq!(scan(ledger, "a/1\0", Some("a0"), 10), ["a/10", "a/2"]);
    assert_eq!(scan(ledger, "a/", Some("a/2\0x"), 10), ["a/1", "a/10", "a/2"]);
    assert_eq!(scan(ledger, "a/", Some("a/2"), 10), ["a/1", "a/10"]);
    assert_eq!(scan(ledger, "a/", None, 2), ["a/1", "a/10"]);
    assert_eq!(scan(ledger, "a", Some("a"), 2), [""; 0]);
    assert_eq!(scan(ledger, "b", Some("a"), 2), [""; 0]);
    assert_eq!(scan(ledger, "", None, 0), [""; 0]);
    assert_eq!(ledger.scan("other", "", None, 9).unwrap(), [("a".to_owned(), vec![])]);
    assert_eq!(ledger.scan("nothing", "", None, 9).unwrap(), []);
    assert_eq!(ledger.document("note\0", "a\0").unwrap(), None);

    // Inside a batch, what changed in it is merged with what is stored.
    ledger.begin().unwrap();
    let mut two = entry("n/2", Code::Noted);
    two.changes =
        vec![delete("a/1"), put("a/11", "new"), put("a/2", "changed"), put("a/3", "new"), delete("x")];
    ledger.append(two).unwrap();
    for _ in 0..2 {
        assert_eq!(scan(ledger, "a/", Some("a0"), 10), ["a/10", "a/11", "a/2", "a/3"]);
        assert_eq!(scan(ledger, "a/", Some("a0"), 1), ["a/10"]);
        assert_eq!(scan(ledger, "a/", Some("a0"), 2), ["a/10", "a/11"]);
        assert_eq!(scan(ledger, "a/", Some("a0"), 3), ["a/10", "a/11", "a/2"]);
        assert_eq!(ledger.scan("note", "a/2", None, 1).unwrap(), [("a/2".into(), b"changed".to_vec())]);
        // Written into the open transaction, and the same again.
        ledger.entries(0, 1).unwrap();
    }
    ledger.commit().unwrap();
    assert_eq!(scan(ledger, "a/", Some("a0"), 10), ["a/10", "a/11", "a/2", "a/3"]);
    assert_eq!(ledger.document("note", "a/1").unwrap(), None);
}

fn what_cannot_be_stored_everywhere_is_stored_nowhere(ledger: &mut dyn Ledger) {
    ledger.begin().unwrap();
    let mut refused = |change: &dyn Fn(&mut Entry)| {
        let mut entry = points("p/1", "b1", 1);
        change(&mut entry);
        ledger.append(entry).unwrap_err().to_string()
    };
    let zero = |what: &str, limit: usize| {
        format!(
            "the {what} is not storable: expected at most {limit} bytes and no zero byte, found a zero byte"
        )
    };
    assert_eq!(refused(&|entry| entry.fact.push('\0')), zero("fact", 768));
    assert_eq!(refused(&|entry| entry.kind.push('\0')), zero("kind of event", 64));
    assert_eq!(refused(&|entry| entry.event.push('\0')), zero("event", 16_777_216));
    assert_eq!(refused(&|entry| entry.because = Some("\0".into())), zero("reason", 16_777_216));
    assert_eq!(refused(&|entry| entry.cause = Some("\0".into())), zero("cause", 768));
    assert_eq!(refused(&|entry| entry.receipt = Some("\0".into())), zero("receipt", 16_777_216));
    assert_eq!(refused(&|entry| entry.changes.push(put("a\0", ""))), zero("key of a document", 768));
    assert_eq!(
        refused(&|entry| entry.fact = "x".repeat(KEY_BYTES_MAX + 1)),
        "the fact is not storable: expected at most 768 bytes and no zero byte, found 769 bytes"
    );
    let mut longest = entry(&"f".repeat(KEY_BYTES_MAX), Code::Created);
    // What does not compress, so that an index cannot make it short.
    let key: String = (0_u32..)
        .map(|n| char::from(33 + u8::try_from(n.wrapping_mul(2_654_435_761) >> 25).unwrap() % 94))
        .take(KEY_BYTES_MAX)
        .collect();
    longest.kind = "k".repeat(64);
    longest.transactions = vec![transaction(
        &key,
        &[(AccountKind::WrittenOff, &key, &key, &key, 1), (AccountKind::Opening, &key, &key, &key, -1)],
    )];
    longest.changes = vec![put(&key, "")];
    ledger.append(longest.clone()).unwrap();
    ledger.commit().unwrap();
    longest.changes.clear();
    assert_eq!(ledger.entries_of(&key).unwrap()[0].entry, longest);
    assert_eq!(ledger.entries_about(&key).unwrap()[0].entry, longest);
}

fn modules_are_kept_under_their_digest(ledger: &mut dyn Ledger) {
    use sha2::Digest as _;
    let bytes = vec![0x5a; 300_000];
    let digest: [u8; 32] = sha2::Sha256::digest(&bytes).into();
    ledger.put_module(digest, &bytes).unwrap();
    ledger.put_module(digest, &bytes).unwrap();
    assert_eq!(ledger.module(digest).unwrap(), Some(bytes));
    let error = ledger.put_module([1; 32], b"other").unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("module `{}` comes with other bytes than its digest says", "01".repeat(32))
    );
    assert_eq!(ledger.module([1; 32]).unwrap(), None);
}

fn long_batches_are_written_as_they_grow(ledger: &mut dyn Ledger) {
    ledger.begin().unwrap();
    for number in 0..40 {
        let mut long = points(&format!("p/{number}"), &format!("b{}", number % 7), 1);
        long.event = "x".repeat(500_000);
        long.changes = vec![put(&format!("{}", number % 5), &number.to_string())];
        ledger.append(long).unwrap();
    }
    assert_eq!(ledger.balance(&wallet("b0"), &asset()).unwrap(), 6);
    assert_eq!(ledger.document("note", "4").unwrap(), Some(b"39".to_vec()));
    let head = ledger.commit().unwrap();
    assert_eq!(verify_chain(ledger).unwrap(), head);
    assert_eq!(ledger.entries_of("b6").unwrap().len(), 5);
}

fn what_is_handed_over_is_read_and_built_upon(ledger: &mut dyn Ledger) {
    let error = ledger.hand_over().unwrap_err().to_string();
    assert_eq!(error, "no batch is open; hint: call `begin` first");
    ledger.settle().unwrap();
    for number in 1..=4_u32 {
        ledger.begin().unwrap();
        for place in 0..3 {
            let mut points = points(&format!("p/{number}/{place}"), "b1", 1);
            points.changes =
                vec![put(&format!("a/{place}"), &number.to_string()), put("b", &place.to_string())];
            if number == 3 && place == 1 {
                points.changes = vec![delete("a/0"), put(&format!("a/{place}"), "3")];
            }
            ledger.append(points).unwrap();
            let known = ledger.append(entry(&format!("p/{}/0", number.max(2) - 1), Code::Created));
            assert!(matches!(known, Err(LedgerError::Known { .. })), "{number}/{place}: {known:?}");
        }
        let head = ledger.hand_over().unwrap().head;
        // Outside a batch it is read as well.
        assert_eq!(ledger.head().unwrap(), head);
        assert_eq!(head.entries, u64::from(number) * 3);
        assert_eq!(ledger.balance(&wallet("b1"), &asset()).unwrap(), i64::from(number) * 3);
        assert_eq!(ledger.document("note", "b").unwrap().unwrap(), b"2");
        let values = |documents: Vec<(String, Vec<u8>)>| {
            documents
                .into_iter()
                .map(|(key, value)| format!("{key}={}", String::from_utf8(value).unwrap()))
                .collect::<Vec<_>>()
        };
        let expected: &[&str] = match number {
            3 => &["a/1=3", "a/2=3", "b=2"],
            1 => &["a/0=1", "a/1=1", "a/2=1", "b=2"],
            2 => &["a/0=2", "a/1=2", "a/2=2", "b=2"],
            _ => &["a/0=4", "a/1=4", "a/2=4", "b=2"],
        };
        assert_eq!(values(ledger.scan("note", "", None, 10).unwrap()), expected);
        let first = expected.iter().take(2).copied().collect::<Vec<_>>();
        assert_eq!(values(ledger.scan("note", "", None, 2).unwrap()), first);
        let seq = ledger.stored(&format!("p/{number}/2")).unwrap().unwrap().seq;
        assert_eq!(seq, head.entries);
    }
    // Only the open batch is undone.
    ledger.begin().unwrap();
    let mut last = points("p/5", "b1", 1);
    last.changes = vec![delete("b")];
    ledger.append(last).unwrap();
    assert_eq!(ledger.document("note", "b").unwrap(), None);
    ledger.rollback().unwrap();
    assert_eq!(ledger.document("note", "b").unwrap().unwrap(), b"2");
    assert_eq!(ledger.balance(&wallet("b1"), &asset()).unwrap(), 12);
    let head = ledger.head().unwrap();
    assert_eq!(verify_chain(ledger).unwrap(), head);
    assert_eq!(head.entries, 12);
    // A batch in which nothing was appended, and modules of one.
    ledger.begin().unwrap();
    assert_eq!(ledger.hand_over().unwrap(), HandedOver { head, is_durable: true });
    ledger.begin().unwrap();
    ledger.append(points("p/6", "b1", 1)).unwrap();
    ledger.hand_over().unwrap();
    use sha2::Digest as _;
    let digest: [u8; 32] = sha2::Sha256::digest(b"module").into();
    ledger.put_module(digest, b"module").unwrap();
    ledger.settle().unwrap();
    assert_eq!(ledger.module(digest).unwrap().unwrap(), b"module");
    assert_eq!(ledger.entries(12, 10).unwrap().len(), 1);
}

/// Reading the log or all balances writes what was gathered so far into the open transaction.
fn what_was_written_before_it_was_handed_over_is_read(ledger: &mut dyn Ledger) {
    use sha2::Digest as _;
    ledger.begin().unwrap();
    let mut first = points("p/1", "b1", 1);
    first.changes = vec![put("a", "1"), put("b", "1")];
    ledger.append(first).unwrap();
    assert_eq!(ledger.balances(Some("b1"), None).unwrap().len(), 1);
    let digest: [u8; 32] = sha2::Sha256::digest(b"module").into();
    ledger.put_module(digest, b"module").unwrap();
    let mut second = points("p/2", "b1", 1);
    second.changes = vec![put("b", "2")];
    ledger.append(second).unwrap();
    ledger.hand_over().unwrap();
    ledger.begin().unwrap();
    let documents = ledger.scan("note", "", None, 10).unwrap();
    assert_eq!(documents, [("a".into(), b"1".to_vec()), ("b".into(), b"2".to_vec())]);
    assert_eq!(ledger.module(digest).unwrap().unwrap(), b"module");
    assert!(matches!(ledger.append(points("p/1", "b1", 1)), Err(LedgerError::Known { .. })));
    assert_eq!(ledger.balance(&wallet("b1"), &asset()).unwrap(), 2);
    ledger.append(points("p/3", "b1", -2)).unwrap();
    let head = ledger.commit().unwrap();
    assert_eq!(verify_chain(ledger).unwrap(), head);
}

macro_rules! suite {
    ($($test:ident),+ $(,)?) => {
        mod memory {
            $(#[test] fn $test() { super::$test(&mut *super::common::memory().ledger); })+
        }
        mod sqlite {
            $(#[test] fn $test() { super::$test(&mut *super::common::sqlite().ledger); })+
        }
        mod postgres {
            $(#[test] fn $test() {
                if let Some(mut kept) = super::common::postgres() {
                    super::$test(&mut *kept.ledger);
                }
            })+
        }
    };
}

suite![
    is_empty_at_first,
    reads_back_what_was_appended,
    balances_are_listed_in_order,
    a_rolled_back_batch_leaves_nothing,
    final_entries_are_remembered_and_others_may_be_followed,
    signs_are_kept_after_the_whole_entry,
    writing_needs_a_batch_and_only_one,
    documents_are_scanned_in_byte_order,
    what_cannot_be_stored_everywhere_is_stored_nowhere,
    modules_are_kept_under_their_digest,
    long_batches_are_written_as_they_grow,
    what_is_handed_over_is_read_and_built_upon,
    what_was_written_before_it_was_handed_over_is_read,
];
