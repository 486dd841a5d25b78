//! What an event tries, and a stream of them.

use fenrun::Engine;
use fenrun::EngineOptions;
use fenrun::books::{Books, BooksError, Code, Posted, suspended, verify, waiting};
use fenrun::event::{Event, Expectations};
use fenrun::program::PolicySource;
use fenrun_ledger::{Account, AccountKind, Asset, MemoryLedger};
use fenrun_money::Currency;

use crate::host::{HONEST, every_row_is_a_test, shares};

const ROWS: &[(&str, &[&str])] = &[
    (
        "an event with a million lines, 10 MB strings, 10,000 levels of JSON, duplicate keys, NaN, 1e308 …",
        &["malformed_events_are_refused_with_path_and_reason", "the_stream_goes_on"],
    ),
    (
        "the same event twice; other content; refund before payment; of more; of an unknown line; racing",
        &["no_money_moves_twice", "two_refunds_race"],
    ),
    (
        "a relation that would close a circle; a party bound to itself; two bindings racing",
        &["no_relation_closes_a_circle", "two_bindings_race"],
    ),
];

#[test]
fn every_row_of_the_table_is_a_test() {
    every_row_is_a_test(include_str!("data.rs"), ROWS, 3);
}

const PAID: &str = r#"{"kind":"order.paid","order":"A1","time":"2026-03-01T10:00:00+08:00","currency":"CNY","buyer":{"id":"b1"},"seller":"s1","lines":[{"id":"1","quantity":1,"price":"9.99"}]}"#;
const BACK: &str = r#"{"kind":"order.refunded","refund":"R1","order":"A1","time":"2026-03-02T10:00:00+08:00","currency":"CNY","lines":[{"id":"1","amount":"9.90"}]}"#;

const PROGRAM: &str = "merchant = 'shop'\ncurrency = 'CNY'\ntime_zone = 'Asia/Shanghai'\nguard = 'open'\n\
                       [[policy]]\nname = 'seller'\nuse = 'seller'";

/// Books over a ledger in memory, in an open batch, with one policy.
fn books(module: Vec<u8>) -> Books {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let mut books = Books::open(engine, Box::new(MemoryLedger::new())).unwrap();
    prepare(&mut books, module);
    books.begin().unwrap();
    books
}

fn prepare(books: &mut Books, module: Vec<u8>) -> bool {
    books.prepare(PROGRAM, "shop.toml", &move |_: &PolicySource| Ok(module.clone())).unwrap()
}

fn held_by(books: &mut Books, party: &str, order: &str) -> i64 {
    books.ledger().balance(&Account::new(AccountKind::Held, party, order), &Asset::new("CNY")).unwrap()
}

fn refused(json: &str) -> String {
    Event::parse(json, &Expectations::new(Currency::CNY)).unwrap_err().to_string()
}

#[test]
fn malformed_events_are_refused_with_path_and_reason() {
    let line = r#"{"id":"1","quantity":1,"price":"9.99"}"#;
    let with = |from: &str, to: &str| {
        assert!(PAID.contains(from));
        refused(&PAID.replace(from, to))
    };
    let too_long = "expected an event of at most 1048576 bytes; hint: send one event per line and split very long orders";
    assert_eq!(with(line, &vec![line; 1_000_000].join(",")), too_long);
    assert_eq!(with("b1", &"b".repeat(10_000_000)), too_long);
    assert_eq!(with(line, &format!("{}{}", "[".repeat(2_000_000), "]".repeat(2_000_000))), too_long);
    // Within the bytes of an event.
    let lines = |count: u32| {
        let lines: Vec<String> = (0..count).map(|id| line.replace(r#""1""#, &format!("\"{id}\""))).collect();
        PAID.replace(line, &lines.join(","))
    };
    assert!(Event::parse(&lines(1_000), &Expectations::new(Currency::CNY)).is_ok());
    assert_eq!(refused(&lines(1_001)), "lines: expected at most 1000 lines, found 1001");
    let nested = with(r#""9.99""#, &format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)));
    assert_eq!(nested, "lines[0].price: expected an amount as text or number, found a list");
    let nested = with(r#"{"id":"b1"}"#, &format!("{}{}", r#"{"id":"#.repeat(10_000), "}".repeat(10_000)));
    assert_eq!(nested, "buyer.id: expected a text, found an object");
    for (from, to, expected) in [
        (
            r#""quantity":1"#,
            r#""quantity":1,"quantity":1"#,
            "field `quantity` appears twice in lines[0]; hint: keep one of the two",
        ),
        (r#""order""#, r#""order":"A1","order""#, "field `order` appears twice; hint: keep one of the two"),
        (r#""9.99""#, "NaN", "lines[0].price: not JSON at column 161: expected value"),
        (r#""9.99""#, "-NaN", "lines[0].price: not JSON at column 162: invalid number"),
        (
            r#""9.99""#,
            r#""NaN""#,
            "lines[0].price: `NaN` is not an amount in CNY: expected a digit, found `N`; hint: write it like `49.90`",
        ),
        (r#""9.99""#, "1e308", "lines[0].price: `1e308` is not an amount in CNY: too large for an amount"),
        (
            r#""9.99""#,
            "1e-308",
            "lines[0].price: `1e-308` is not an amount in CNY: expected at most 2 decimals, found 308; hint: round before sending, the engine never rounds what it reads",
        ),
        (
            r#""9.99""#,
            "12345678901234567890",
            "lines[0].price: `12345678901234567890` is not an amount in CNY: too large for an amount",
        ),
        (
            r#""9.99""#,
            "9.990001",
            "lines[0].price: `9.990001` is not an amount in CNY: expected at most 2 decimals, found 6; hint: round before sending, the engine never rounds what it reads",
        ),
        (r#""9.99""#, "-9.99", "lines[0].price: expected an amount that is not negative, found `-9.99`"),
        (
            r#""A1""#,
            r#""\u0000""#,
            r"order: `\u{0}` holds the character U+0000; hint: control and direction characters are not allowed in texts",
        ),
    ] {
        assert_eq!(with(from, to), expected, "{to}");
    }
    let long = with(r#""b1""#, &format!("\"{}\"", "b".repeat(129)));
    assert!(long.starts_with("buyer.id: ") && long.contains("128") && long.len() < 400, "{long}");
}

#[test]
fn the_stream_goes_on() {
    let mut books = books(shares(HONEST));
    for (place, bad) in
        ["", "{", "[]", "null", &"[".repeat(100_000), "{\"kind\":\"order.paid\"}", "\u{0}"].iter().enumerate()
    {
        assert!(matches!(books.take_json(bad), Err(BooksError::Event(_))), "{bad:.40}");
        let order = format!("G{place}");
        let good = books.take_json(&PAID.replace("A1", &order)).unwrap();
        assert_eq!(good.code, Code::Created);
        assert_eq!(held_by(&mut books, "s1", &order), 199);
    }
    books.commit().unwrap();
}

#[test]
fn no_money_moves_twice() {
    let mut books = books(shares(HONEST));
    let mut take = |json: &str| {
        let posted = books.take_json(json).unwrap();
        (
            posted.code,
            posted.because.unwrap_or_default(),
            held_by(&mut books, "s1", "A1"),
            posted.taken_up.len(),
        )
    };
    let none = String::new;
    // The refund is first: it waits for its payment, and is taken up with it.
    assert_eq!(take(BACK), (Code::Parked, "it waits for `order.paid/A1`".into(), 0, 0));
    assert_eq!(take(PAID), (Code::Created, none(), 1, 1));
    // Both again, and with another content.
    assert_eq!(take(PAID), (Code::Duplicate, none(), 1, 0));
    assert_eq!(take(BACK), (Code::Duplicate, none(), 1, 0));
    let conflict =
        "the fact was told before with another content; hint: a fact is told once, correct it by a new one";
    assert_eq!(take(&PAID.replace("9.99", "9.98")), (Code::Conflict, conflict.into(), 1, 0));
    assert_eq!(take(&BACK.replace("9.90", "0.01")), (Code::Conflict, conflict.into(), 1, 0));
    // More than was paid; a line that is not there; an order that is not there.
    let more = BACK.replace("R1", "R2");
    assert_eq!(
        take(&more),
        (Code::Refused, "0.09 is left of what was paid for line `1`, 9.90 is to go back".into(), 1, 0)
    );
    let (code, because, held, _) = take(&BACK.replace("R1", "R3").replace(r#""id":"1""#, r#""id":"9""#));
    assert_eq!((code, held), (Code::Refused, 1));
    assert!(because.contains("line `9`"), "{because}");
    let (code, because, held, _) = take(&BACK.replace("R1", "R4").replace("A1", "B1"));
    assert_eq!((code, because.as_str(), held), (Code::Parked, "it waits for `order.paid/B1`", 1));
    books.commit().unwrap();
}

#[test]
fn two_refunds_race() {
    // Each is the whole of what is left; whichever is first is paid, the other is refused.
    for order in [["R1", "R2"], ["R2", "R1"]] {
        let mut books = books(shares(HONEST));
        books.take_json(PAID).unwrap();
        let whole = |refund: &str| BACK.replace("R1", refund).replace("9.90", "9.99");
        let codes = order.map(|refund| books.take_json(&whole(refund)).unwrap().code);
        assert_eq!(codes, [Code::Created, Code::Refused]);
        assert_eq!(held_by(&mut books, "s1", "A1"), 0);
        books.commit().unwrap();
    }
}

fn bound(member: &str, to: &str, minute: u32) -> String {
    format!(
        r#"{{"kind":"relation.bound","relation":"upline","member":"{member}","to":"{to}","time":"2026-03-01T10:{minute:02}:00+08:00"}}"#
    )
}

#[test]
fn no_relation_closes_a_circle() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    for length in [1, 2, 3, 10, 300] {
        let mut books = Books::open(engine.clone(), Box::new(MemoryLedger::new())).unwrap();
        prepare(&mut books, shares(HONEST));
        books.begin().unwrap();
        for member in 1..length {
            let posted =
                books.take_json(&bound(&format!("m{}", member - 1), &format!("m{member}"), 0)).unwrap();
            assert_ne!(posted.code, Code::Refused, "{:?}", posted.because);
        }
        let posted = books.take_json(&bound(&format!("m{}", length - 1), "m0", 1)).unwrap();
        assert_eq!(posted.code, Code::Refused, "a circle of {length}");
        assert!(posted.because.unwrap().contains("m0"));
        books.commit().unwrap();
    }
}

#[test]
fn two_bindings_race() {
    // Each is allowed by itself, both would be a circle: whichever is first stands.
    for [first, second] in [[("a", "b"), ("b", "a")], [("b", "a"), ("a", "b")]] {
        let mut books = books(shares(HONEST));
        let first = books.take_json(&bound(first.0, first.1, 0)).unwrap();
        let second = books.take_json(&bound(second.0, second.1, 0)).unwrap();
        assert_ne!(first.code, Code::Refused);
        assert_eq!(second.code, Code::Refused);
        books.commit().unwrap();
    }
}

fn sale(number: usize, price: &str) -> String {
    PAID.replace("A1", &format!("A{number}")).replace("9.99", price)
}

/// A policy that breaks at odd prices.
fn breaks_at_odd_prices() -> Vec<u8> {
    shares(&format!(
        "(if (i64.ne (i64.rem_s (call $order (i32.const 4)) (i64.const 2)) (i64.const 0)) (then unreachable)) {HONEST}"
    ))
}

fn retried(books: &mut Books, fact: &str, minute: u32) -> Posted {
    let json =
        format!(r#"{{"kind":"event.retried","fact":"{fact}","time":"2026-03-05T10:{minute:02}:00+08:00"}}"#);
    books.take_json(&json).unwrap()
}

/// The suspension is in the ledger: it survives the process, replay finds the same, and nothing is lost.
#[test]
fn a_suspended_policy_holds_its_events_in_the_books() {
    let mut books = books(breaks_at_odd_prices());
    for number in 0..15 {
        let posted = books.take_json(&sale(number, "9.99")).unwrap();
        assert_eq!((posted.code, posted.suspended.len()), (Code::Held, 0));
    }
    let posted = books.take_json(&sale(15, "9.99")).unwrap();
    assert_eq!(
        posted.because.unwrap(),
        "policy `seller` failed: it stopped itself (`unreachable`); hint: a panic or an overflow in the policy"
    );
    assert_eq!(
        posted.suspended.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "policy `seller` is suspended after 16 failures in a row; hint: bring a mended version into force, or resume \
          it once its cause is gone"
        ]
    );
    // A good order waits as well, and says why.
    let posted = books.take_json(&sale(16, "10.00")).unwrap();
    assert_eq!(posted.code, Code::Held);
    assert_eq!(
        posted.because.unwrap(),
        "policy `seller` failed: it is suspended after 16 failures in a row; hint: bring a mended version into force, \
         or resume it once its cause is gone"
    );
    assert_eq!(suspended(books.ledger()).unwrap().len(), 1);
    assert_eq!(waiting(books.ledger()).unwrap().len(), 17);

    // Trying a bad one again changes nothing; a good one shows that the policy is well, and lifts it.
    assert_eq!(retried(&mut books, "order.paid/A0", 0).taken_up[0].code, Code::Held);
    assert_eq!(suspended(books.ledger()).unwrap().len(), 1);
    assert_eq!(retried(&mut books, "order.paid/A16", 1).taken_up[0].code, Code::Created);
    assert_eq!(held_by(&mut books, "s1", "A16"), 200);
    assert_eq!(suspended(books.ledger()).unwrap(), []);
    assert_eq!(books.take_json(&sale(17, "20.00")).unwrap().code, Code::Created);

    // Suspended once more; a mended version comes into force and is asked.
    for number in 18..34 {
        books.take_json(&sale(number, "9.99")).unwrap();
    }
    assert_eq!(suspended(books.ledger()).unwrap().len(), 1);
    assert!(prepare(&mut books, shares(HONEST)));
    assert_eq!(books.take_json(&sale(34, "9.99")).unwrap().code, Code::Created);
    assert_eq!(suspended(books.ledger()).unwrap(), []);
    for (minute, number) in (0..16).chain(18..34).enumerate() {
        let posted =
            retried(&mut books, &format!("order.paid/A{number}"), 10 + u32::try_from(minute).unwrap());
        assert_eq!(posted.taken_up[0].code, Code::Created, "nothing was lost");
    }
    assert_eq!(waiting(books.ledger()).unwrap(), []);
    books.commit().unwrap();

    // The log alone leads to the same ledger, hash by hash and document by document.
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let verified = verify(&engine, books.ledger()).unwrap();
    assert_eq!(verified.decided, 35);
}
