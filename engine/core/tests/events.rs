//! Order events and history, as a host application meets them: exact messages for bad input, exact round trips, and
//! relations that stay without circles at every moment.
#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first surprise"
)]

use std::io::{self, BufReader, Read};

use fenrun::event::{
    AttributeValue, Attributes, Buyer, Event, EventError, EventErrorKind, EventLimits, EventReader,
    Expectations, Line, LineKind, Order, Party, Pricing, RelationBound, Tender, TenderKind,
};
use fenrun::history::{
    Binding, History, LearnError, Learned, Lesson, MemoryHistory, NoHistory, PricedQuote, RelationError,
    VolumeWindow,
};
use fenrun_money::Currency;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

/// The order that the rows below break in one place each. Its one line lists at 10.00.
const ORDER: &str = r#"{"kind":"order.paid","order":"A1","time":"2026-03-01T10:00:00+08:00","currency":"CNY","buyer":{"id":"b1"},"seller":"s1","lines":[{"id":"1","item":"SKU1","quantity":2,"price":"5.00"}]}"#;

/// What is replaced, by what, and the whole message.
#[rustfmt::skip]
const BAD_ORDERS: &[(&str, &str, &str)] = &[
    // The kind.
    ("order.paid", "order.payed", "unknown kind `order.payed`; hint: did you mean `order.paid`?"),
    ("order.paid", "order.refundd", "unknown kind `order.refundd`; hint: did you mean `order.refunded`?"),
    ("order.paid", "x", "unknown kind `x`; hint: use `order.priced`, `order.paid`, `relation.bound` or another kind of `fenrun schema event`"),
    (r#""kind":"order.paid","#, "", "missing field `kind`"),
    (r#""order.paid""#, "5", "kind: expected a text, found a number"),
    (r#"{"kind""#, r#"{"kind":"order.paid","kind""#, "field `kind` appears twice; hint: keep one of the two"),
    // Fields.
    (r#""order""#, r#""odrer""#, "unknown field `odrer`; hint: did you mean `order`?"),
    (r#""quantity""#, r#""qty""#, "unknown field `qty` in lines[0]; hint: did you mean `quantity`?"),
    (r#""id":"b1""#, r#""id":"b1","colour":1"#, "unknown field `colour` in buyer; hint: free values belong in `attributes`"),
    (r#""order":"A1","#, "", "missing field `order`"),
    (r#""quantity":2,"#, "", "missing field `quantity` in lines[0]"),
    (r#""A1""#, r#""A1","order":"A2""#, "field `order` appears twice; hint: keep one of the two"),
    (r#""quantity":2"#, r#""quantity":2,"quantity":2"#, "field `quantity` appears twice in lines[0]; hint: keep one of the two"),
    (r#"{"id":"b1"}"#, r#""b1""#, "buyer: expected an object, found a text"),
    // Texts.
    (r#""A1""#, "7", "order: expected a text, found a number"),
    (r#""A1""#, "null", "order: expected a text, found `null`"),
    (r#""A1""#, r#""""#, "order: expected a text, found an empty one"),
    ("A1", r"a\u0007b", r"order: `a\u{7}b` holds the character U+0007; hint: control and direction characters are not allowed in texts"),
    ("b1", "b\u{202e}1", r"buyer.id: `b\u{202e}1` holds the character U+202E; hint: control and direction characters are not allowed in texts"),
    ("A1", "\u{1b}", r"order: not JSON at column 31: control character (\u0000-\u001F) found while parsing a string"),
    (r#""A1""#, r#""\ud800""#, "order: not JSON at column 37: unexpected end of hex escape"),
    // Times.
    ("T10:00:00+08:00", "", "time: `2026-03-01` is not a time with an offset; hint: write it like `2026-03-01T10:00:00+08:00`"),
    ("+08:00", "", "time: `2026-03-01T10:00:00` is not a time with an offset; hint: write it like `2026-03-01T10:00:00+08:00`"),
    ("03-01T10:00:00+08:00", "02-30T10:00:00Z", "time: `2026-02-30T10:00:00Z` is not a time with an offset; hint: write it like `2026-03-01T10:00:00+08:00`"),
    ("+08:00", "[Nowhere/Land]", "time: `2026-03-01T10:00:00[Nowhere/Land]` is not a time with an offset; hint: write it like `2026-03-01T10:00:00+08:00`"),
    ("+08:00", "+08:00[Europe/Berlin]", "time: `2026-03-01T10:00:00+08:00[Europe/Berlin]` is not a time with an offset; hint: write it like `2026-03-01T10:00:00+08:00`"),
    // Currency and amounts.
    ("CNY", "USD", "currency: expected `CNY`, found `USD`; hint: a program decides events of one currency"),
    ("5.00", "5.005", "lines[0].price: `5.005` is not an amount in CNY: expected at most 2 decimals, found 3; hint: round before sending, the engine never rounds what it reads"),
    (r#""5.00""#, "5.005", "lines[0].price: `5.005` is not an amount in CNY: expected at most 2 decimals, found 3; hint: round before sending, the engine never rounds what it reads"),
    (r#""5.00""#, "5e-3", "lines[0].price: `5e-3` is not an amount in CNY: expected at most 2 decimals, found 3; hint: round before sending, the engine never rounds what it reads"),
    ("5.00", "5,00", "lines[0].price: `5,00` is not an amount in CNY: expected a digit, found `,`; hint: write it like `49.90`"),
    ("5.00", " 5.00", "lines[0].price: ` 5.00` is not an amount in CNY: expected a digit, found ` `; hint: write it like `49.90`"),
    ("5.00", "", "lines[0].price: `` is not an amount in CNY: expected a number, found nothing; hint: write it like `49.90`"),
    ("5.00", "NaN", "lines[0].price: `NaN` is not an amount in CNY: expected a digit, found `N`; hint: write it like `49.90`"),
    (r#""5.00""#, "NaN", "lines[0].price: not JSON at column 175: expected value"),
    (r#""5.00""#, "1e308", "lines[0].price: `1e308` is not an amount in CNY: too large for an amount"),
    (r#""5.00""#, "12345678901234567890", "lines[0].price: `12345678901234567890` is not an amount in CNY: too large for an amount"),
    (r#""5.00""#, "92233720368547758.07", "lines[0]: price × quantity is too large for an amount"),
    (r#""5.00""#, "-0.01", "lines[0].price: expected an amount that is not negative, found `-0.01`"),
    (r#""5.00""#, "true", "lines[0].price: expected an amount as text or number, found `true`"),
    (r#""5.00""#, "null", "lines[0].price: expected an amount as text or number, found `null`"),
    (r#""5.00""#, "[[5]]", "lines[0].price: expected an amount as text or number, found a list"),
    (r#""item""#, r#""paid":"10.01","item""#, "lines[0].paid: expected at most the line's list amount `10.00`, found `10.01`"),
    (r#""item""#, r#""paid":"-1.00","item""#, "lines[0].paid: expected an amount that is not negative, found `-1.00`"),
    (r#""item""#, r#""tax":"10.01","item""#, "lines[0].tax: expected at most the line's list amount `10.00`, found `10.01`"),
    (r#""item""#, r#""cost":"46116860184273879.04","item""#, "lines[0]: the order's total cost is too large for an amount"),
    ("}]}", r#"},{"id":"2","quantity":1,"price":92233720368547758.07}]}"#, "lines[1]: the order's total is too large for an amount"),
    ("}]}", r#"}],"fees":"-0.01"}"#, "fees: expected an amount that is not negative, found `-0.01`"),
    // Whole numbers.
    (r#""quantity":2"#, r#""quantity":-2"#, "lines[0].quantity: expected a whole number from 1 to 1000000000, found `-2`; hint: tell what came back by `order.refunded`"),
    (r#""quantity":2"#, r#""quantity":0"#, "lines[0].quantity: expected a whole number from 1 to 1000000000, found `0`"),
    (r#""quantity":2"#, r#""quantity":2.5"#, "lines[0].quantity: expected a whole number from 1 to 1000000000, found `2.5`"),
    (r#""quantity":2"#, r#""quantity":1000000001"#, "lines[0].quantity: expected a whole number from 1 to 1000000000, found `1000000001`"),
    (r#""quantity":2"#, r#""quantity":"2""#, "lines[0].quantity: expected a whole number from 1 to 1000000000, found a text"),
    (r#""b1""#, r#""b1","order_number":0"#, "buyer.order_number: expected a whole number from 1 to 1000000000, found `0`"),
    // Attributes and tags.
    (r#""b1""#, r#""b1","attributes":{"a":1.5}"#, "buyer.attributes.a: expected a whole number of 64 bits, found `1.5`; hint: write amounts in minor units and other fractions as text"),
    (r#""b1""#, r#""b1","attributes":{"a":9223372036854775808}"#, "buyer.attributes.a: expected a whole number of 64 bits, found `9223372036854775808`; hint: write amounts in minor units and other fractions as text"),
    (r#""b1""#, r#""b1","attributes":{"a":[1]}"#, "buyer.attributes.a: expected a text, a whole number, true or false, found a list"),
    (r#""b1""#, r#""b1","attributes":{"a":1,"a":1}"#, "field `a` appears twice in buyer.attributes; hint: keep one of the two"),
    (r#""b1""#, r#""b1","attributes":[]"#, "buyer.attributes: expected an object, found a list"),
    (r#""b1""#, r#""b1","tags":"vip""#, "buyer.tags: expected a list, found a text"),
    (r#""b1""#, r#""b1","tags":["a",2]"#, "buyer.tags[1]: expected a text, found a number"),
    // Lines, tenders, pricing.
    ("}]}", r#"},{"id":"1","quantity":1,"price":1}]}"#, "lines[1].id: line `1` is already lines[0]; hint: give every line of an order its own id"),
    ("}]}", "},5]}", "lines[1]: expected an object, found a number"),
    (r#""item""#, r#""kind":"good","item""#, "lines[0].kind: unknown kind of line `good`; hint: did you mean `goods`?"),
    ("}]}", r#"}],"tenders":[{"kind":"cash","amount":1}]}"#, "tenders[0].kind: unknown kind of tender `cash`; hint: use `money`, `gift_card`, `points`, `balance` or `earnings`"),
    ("}]}", r#"}],"tenders":[{"kind":"money"}]}"#, "missing field `amount` in tenders[0]"),
    ("}]}", r#"}],"tenders":[{"kind":"money","amount":1,"commissionable":"yes"}]}"#, "tenders[0].commissionable: expected true or false, found a text"),
    (r#"{"id":"1","item":"SKU1","quantity":2,"price":"5.00"}"#, "", "lines: an order without a quote needs at least one line; hint: send the lines, or name the quote that has them"),
    (r#""seller""#, r#""pricing":"engin","seller""#, "pricing: unknown pricing `engin`; hint: did you mean `engine`?"),
    (r#""seller""#, r#""pricing":"both","seller""#, "pricing: unknown pricing `both`; hint: use `given`, `engine`, or an object that names a quote"),
    (r#""seller""#, r#""pricing":5,"seller""#, "pricing: expected `given`, `engine`, or an object that names a quote, found a number"),
    (r#""seller""#, r#""pricing":{"quot":"Q"},"seller""#, "unknown field `quot` in pricing; hint: did you mean `quote`?"),
    (r#""seller""#, r#""pricing":{"quote":1},"seller""#, "pricing.quote: expected a text, found a number"),
    (r#""lines":[{"#, r#""pricing":"engine","lines":[{"paid":"9.00","#, "lines[0].paid: the engine decides what each line costs, so a line cannot say it; hint: leave `paid` out, or use `\"pricing\":\"given\"`"),
    (r#""lines":[{"#, r#""pricing":{"quote":"Q1"},"lines":[{"paid":"9.00","#, "lines[0].paid: the quote says what each line costs, so a line cannot say it too; hint: leave `paid` out, or use `\"pricing\":\"given\"`"),
    // Not JSON at all.
    (ORDER, "", "not JSON at column 0: the text ends while parsing a value"),
    (ORDER, "[]", "expected an object, found a list"),
    ("]}", "]", "not JSON at column 182: the text ends while parsing an object"),
    ("]}", "]} x", "not JSON at column 185: trailing characters"),
    (r#","lines""#, r#""lines""#, "seller: not JSON at column 120: expected `,` or `}`"),
];

/// The parties of an order whose seller is `s1`, and the whole message.
#[rustfmt::skip]
const BAD_PARTIES: &[(&str, &str)] = &[
    (r#"{"id":"s1","role":"seler"}"#, "parties[0].role: unknown role `seler`; hint: did you mean `seller`?"),
    (r#"{"id":"g1","role":"wizard"}"#, "parties[0].role: unknown role `wizard`; hint: name the role in the program, or use a well-known one"),
    (r#"{"id":"s2","role":"seller"}"#, "parties[0].id: the seller is `s2` here and `s1` in `seller`; hint: name one seller of record"),
    (r#"{"id":"s1","role":"seller","depth":1}"#, "parties[0].depth: the seller stands at depth 0; hint: leave `depth` out, or use the role `upline`"),
    (r#"{"id":"s2","role":"upline"}"#, "parties[0].depth: an upline needs its depth; hint: 1 is the seller's direct upline, 2 that one's upline"),
    (r#"{"id":"s2","role":"upline","depth":0}"#, "parties[0].depth: depth 0 is the seller's place; hint: an upline's depth starts at 1"),
    (r#"{"id":"s2","role":"upline","depth":2}"#, "parties[0].depth: the chain has nobody at depth 1, but `upline` at 2; hint: name everybody up to the last one; who may not be paid has `\"eligible\":false`"),
    (r#"{"id":"g1","role":"guide","depth":1}"#, "parties[0].depth: only `seller` and `upline` have a depth; hint: leave `depth` out"),
    (r#"{"id":"s2","role":"upline","depth":1},{"id":"s3","role":"upline","depth":1}"#, "parties[1].depth: depth 1 of the chain is already parties[0]; hint: one party stands at each depth; a second seller needs an order of its own"),
    (r#"{"id":"s1","role":"seller"},{"id":"s1","role":"upline","depth":1}"#, "parties[1].id: `s1` is already in the chain at parties[0]; hint: nobody is their own upline"),
    (r#"{"id":"s1","role":"upline","depth":1}"#, "parties[0].id: the seller of record is also an upline; hint: nobody is their own upline"),
    (r#"{"id":"g1","role":"guide"},{"id":"g1","role":"guide"}"#, "parties[1]: `g1` as guide is already parties[0]; hint: name a party once per role"),
    (r#"{"id":"s1","role":"seller","volume":"-1"}"#, "parties[0].volume: expected an amount that is not negative, found `-1.00`"),
    (r#"{"id":"s1","role":"seller","volumes":"1"}"#, "unknown field `volumes` in parties[0]; hint: did you mean `volume`?"),
];

/// Other kinds of event, whole, and the whole message.
#[rustfmt::skip]
const BAD_EVENTS: &[(&str, &str)] = &[
    (r#"{"kind":"order.priced","quote":"Q1","time":"2026-03-01T10:00:00Z","currency":"CNY","buyer":{"id":"b1"},"lines":[{"id":"1","quantity":1,"price":1,"paid":1}]}"#, "lines[0].paid: the engine decides what each line costs, so a line cannot say it; hint: leave `paid` out, or use `\"pricing\":\"given\"`"),
    (r#"{"kind":"order.priced","quote":"Q1","time":"2026-03-01T10:00:00Z","currency":"CNY","buyer":{"id":"b1"},"lines":[],"tenders":[]}"#, "unknown field `tenders`; hint: free values belong in `attributes`"),
    (r#"{"kind":"relation.bound","relation":"uplink","member":"s1","to":"s2","time":"2026-03-01T10:00:00Z"}"#, "relation: unknown relation `uplink`; hint: did you mean `upline`?"),
    (r#"{"kind":"relation.bound","relation":"upline","member":"s1","upline":"s2","time":"2026-03-01T10:00:00Z"}"#, "unknown field `upline`"),
    (r#"{"kind":"relation.bound","relation":"upline","member":"s1","time":"2026-03-01T10:00:00Z"}"#, "missing field `to`"),
];

fn expect() -> Expectations {
    Expectations::new(Currency::CNY)
}

fn parse(json: &str) -> Result<Event, EventError> {
    Event::parse(json, &expect())
}

fn message(json: &str) -> String {
    parse(json).map_or_else(|error| error.to_string(), |_| format!("no error for {json}"))
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn day(day: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + day * 86_400).unwrap()
}

#[test]
fn every_bad_event_has_its_message() {
    parse(ORDER).unwrap();
    for (from, to, expected) in BAD_ORDERS {
        assert!(ORDER.contains(from), "`{from}` is not in the order");
        assert_eq!(message(&ORDER.replacen(from, to, 1)), *expected, "`{from}` → `{to}`");
    }
    for (parties, expected) in BAD_PARTIES {
        let json = ORDER.replace(r#""lines""#, &format!(r#""parties":[{parties}],"lines""#));
        assert_eq!(message(&json), *expected, "{parties}");
    }
    for (json, expected) in BAD_EVENTS {
        assert_eq!(message(json), *expected, "{json}");
    }
}

#[test]
fn what_is_too_large_is_refused_with_path_and_reason() {
    let list = |name: &str, count: usize, element: &dyn Fn(usize) -> String| {
        let elements: Vec<String> = (0..count).map(element).collect();
        ORDER.replacen(r#""seller""#, &format!(r#""{name}":[{}],"seller""#, elements.join(",")), 1)
    };
    let lines = |count: usize| {
        let lines: Vec<String> =
            (0..count).map(|index| format!(r#"{{"id":"{index}","quantity":1,"price":1}}"#)).collect();
        ORDER.replace(r#"{"id":"1","item":"SKU1","quantity":2,"price":"5.00"}"#, &lines.join(","))
    };
    parse(&lines(1_000)).unwrap();
    assert_eq!(message(&lines(1_001)), "lines: expected at most 1000 lines, found 1001");
    assert_eq!(
        message(&lines(1_000_000)),
        "expected an event of at most 1048576 bytes; hint: send one event per line and split very long orders"
    );
    let guide = |index: usize| format!(r#"{{"id":"g{index}","role":"guide"}}"#);
    assert_eq!(message(&list("parties", 65, &guide)), "parties: expected at most 64 parties, found 65");
    let tender = |_: usize| r#"{"kind":"money","amount":1}"#.to_owned();
    assert_eq!(message(&list("tenders", 33, &tender)), "tenders: expected at most 32 tenders, found 33");
    let tags = format!(r#""b1","tags":[{}]"#, vec![r#""t""#; 33].join(","));
    assert_eq!(message(&ORDER.replace(r#""b1""#, &tags)), "buyer.tags: expected at most 32 tags, found 33");
    let attributes: Vec<String> = (0..33).map(|index| format!(r#""k{index}":1"#)).collect();
    let attributes = format!(r#""b1","attributes":{{{}}}"#, attributes.join(","));
    assert_eq!(
        message(&ORDER.replace(r#""b1""#, &attributes)),
        "buyer.attributes: expected at most 32 attributes, found 33"
    );
    parse(&ORDER.replace("A1", &"a".repeat(128))).unwrap();
    assert_eq!(
        message(&ORDER.replace("A1", &"a".repeat(129))),
        format!("order: expected at most 128 bytes, found 129 in `{}…`", "a".repeat(64))
    );
    // Ten thousand levels of lists, closed or not, as a value or as the event itself.
    let deep = "[".repeat(10_000);
    let closed = deep.clone() + &"]".repeat(10_000);
    assert_eq!(
        message(&ORDER.replace(r#""5.00""#, &closed)),
        "lines[0].price: expected an amount as text or number, found a list"
    );
    assert!(message(&ORDER.replace(r#""5.00""#, &deep)).contains("not JSON"));
    assert_eq!(message(&closed), "expected an object, found a list");
    assert_eq!(
        message(&r#"{"a":"#.repeat(10_000)),
        "not JSON at column 50000: the text ends while parsing a value"
    );
    // A long foreign text is neither shown nor kept whole.
    let error = parse(&ORDER.replace("A1", &"a".repeat(500_000))).unwrap_err();
    assert!(matches!(&error.kind, EventErrorKind::BadText { found, .. } if found.len() == 65));
}

#[test]
fn amounts_are_read_exactly_in_every_form() {
    for (text, minor) in [
        (r#""119.60""#, 11_960),
        ("119.60", 11_960),
        ("119.6", 11_960),
        ("119", 11_900),
        ("1e2", 10_000),
        ("1.196E+2", 11_960),
        ("11960e-2", 11_960),
        (r#""0""#, 0),
        ("-0", 0),
        ("0.01", 1),
        (r#""\u0031.5""#, 150),
        ("45035996273704.97", 4_503_599_627_370_497),
    ] {
        let event = parse(&ORDER.replace(r#""5.00""#, text)).unwrap();
        assert_eq!(event.order().unwrap().lines[0].price_minor, minor, "{text}");
    }
    for (code, text, minor) in [("JPY", "500", 500), ("KWD", "1.250", 1_250)] {
        let json = ORDER.replace("CNY", code).replace("5.00", text);
        let event = Event::parse(&json, &Expectations::new(Currency::of(code).unwrap())).unwrap();
        assert_eq!(event.order().unwrap().lines[0].price_minor, minor);
        assert!(event.to_json().contains(&format!("\"{text}\"")), "{}", event.to_json());
    }
    let json = ORDER.replace("CNY", "JPY");
    assert_eq!(
        Event::parse(&json, &Expectations::new(Currency::JPY)).unwrap_err().to_string(),
        "lines[0].price: `5.00` is not an amount in JPY: expected no decimals, found 2; \
         hint: round before sending, the engine never rounds what it reads"
    );
}

#[test]
fn an_event_with_every_field_is_read_and_written_back() {
    let json = r#"{"lines":[
        {"id":"1","kind":"goods","item":"SKU1","category":"wine","quantity":2,"price":119.60,"paid":"200.00","cost":"60.00","tax":"10.00","floor":"90.00","tags":["new"],"attributes":{"year":2019}},
        {"id":"2","kind":"shipping","quantity":1,"price":"8"}],
      "kind":"order.paid","order":"A1001","time":"2026-03-01T10:00:00[Asia/Shanghai]","currency":"CNY","pricing":"given",
      "buyer":{"id":"b1","tags":["vip"],"attributes":{"city":"西安","first":true},"order_number":3,"days_since_last_order":12},
      "seller":"s1",
      "parties":[{"id":"s1","role":"seller","depth":0,"tier":"gold","volume":"1200.00","tags":["t"],"attributes":{"a":""},"eligible":true},
                 {"id":"s2","role":"upline","depth":1,"eligible":false},{"id":"w1","role":"sommelier"}],
      "tenders":[{"kind":"money","amount":"200.00"},{"kind":"points","amount":"8.00","commissionable":true},{"kind":"earnings","amount":0}],
      "fees":"1.20","source":"live","attributes":{"session":"live"}}"#;
    let expect = expect().role("sommelier");
    let event = Event::parse(json, &expect).unwrap();
    let order = Order::new(
        "A1001",
        Buyer::new("b1")
            .tag("vip")
            .attribute("city", "西安")
            .attribute("first", true)
            .order_number(3)
            .days_since_last_order(12),
        time("2026-03-01T02:00:00Z"),
        Currency::CNY,
    )
    .line(
        Line::goods("1", "SKU1", 2, 11_960)
            .category("wine")
            .paid(20_000)
            .cost(6_000)
            .tax(1_000)
            .floor(9_000)
            .tag("new")
            .attribute("year", 2019),
    )
    .line(Line::shipping("2", 800))
    .seller("s1")
    .party(Party::seller("s1").tier("gold").volume(120_000).tag("t").attribute("a", ""))
    .party(Party::upline("s2", 1).eligible(false))
    .party(Party::new("w1", "sommelier"))
    .tender(Tender::new(TenderKind::Money, 20_000))
    .tender(Tender::new(TenderKind::Points, 800).commissionable(true))
    .tender(Tender::new(TenderKind::Earnings, 0))
    .fees(120)
    .source("live")
    .attribute("session", "live");
    assert_eq!(event, Event::order_paid(order, &expect).unwrap());
    assert_eq!(
        event.to_json(),
        r#"{"kind":"order.paid","order":"A1001","time":"2026-03-01T02:00:00Z","currency":"CNY","buyer":{"id":"b1","tags":["vip"],"attributes":{"city":"西安","first":true},"order_number":3,"days_since_last_order":12},"seller":"s1","parties":[{"id":"s1","role":"seller","depth":0,"tier":"gold","volume":"1200.00","tags":["t"],"attributes":{"a":""}},{"id":"s2","role":"upline","depth":1,"eligible":false},{"id":"w1","role":"sommelier"}],"lines":[{"id":"1","item":"SKU1","category":"wine","quantity":2,"price":"119.60","paid":"200.00","cost":"60.00","tax":"10.00","floor":"90.00","tags":["new"],"attributes":{"year":2019}},{"id":"2","kind":"shipping","quantity":1,"price":"8.00"}],"tenders":[{"kind":"money","amount":"200.00"},{"kind":"points","amount":"8.00","commissionable":true},{"kind":"earnings","amount":"0.00"}],"fees":"1.20","source":"live","attributes":{"session":"live"}}"#
    );
    assert_eq!(Event::parse(&event.to_json(), &expect).unwrap(), event);
}

#[test]
fn null_is_absent_and_absent_parties_are_not_an_empty_list() {
    let nulls = r#""pricing":null,"fees":null,"parties":null,"tenders":null,"source":null,"attributes":null,"seller""#;
    assert_eq!(parse(&ORDER.replace(r#""seller""#, nulls)).unwrap(), parse(ORDER).unwrap());
    let empty = parse(&ORDER.replace(r#""seller""#, r#""parties":[],"seller""#)).unwrap();
    assert_eq!(empty.order().unwrap().parties, Some(Vec::new()));
    assert_eq!(parse(ORDER).unwrap().order().unwrap().parties, None);
    assert_eq!(parse(&empty.to_json()).unwrap(), empty);
}

#[test]
fn quotes_and_relations_are_read_and_have_their_keys() {
    let priced = parse(r#"{"kind":"order.priced","quote":"Q1","time":"2026-03-01T10:00:00Z","currency":"CNY","buyer":{"id":"b1"},"lines":[{"id":"1","quantity":1,"price":1}]}"#).unwrap();
    assert_eq!(priced.fact_key().as_str(), "order.priced/Q1");
    assert_eq!(priced.order().unwrap().pricing, Pricing::Engine);
    assert_eq!(parse(&priced.to_json()).unwrap(), priced);

    let paid = parse(r#"{"kind":"order.paid","order":"A1","pricing":{"quote":"Q1"},"time":"2026-03-01T10:00:00Z","currency":"CNY","buyer":{"id":"b1"}}"#).unwrap();
    assert_eq!(paid.fact_key().as_str(), "order.paid/A1");
    assert_eq!(paid.order().unwrap().pricing, Pricing::Quote("Q1".to_owned()));
    assert_eq!(parse(&paid.to_json()).unwrap(), paid);

    let bound = parse(r#"{"kind":"relation.bound","relation":"guide","member":"b/1","to":"g1","time":"2026-03-01T10:00:00.5+08:00"}"#).unwrap();
    assert_eq!(bound.fact_key().as_str(), "relation.bound/guide/b%2F1/2026-03-01T02:00:00.5Z");
    assert_eq!(parse(&bound.to_json()).unwrap(), bound);
}

#[test]
fn orders_built_in_code_are_checked_as_parsed_ones() {
    let order = || Order::new("A1", "b1", day(0), Currency::CNY).line(Line::goods("1", "SKU1", 2, 500));
    let error = |order: Order| Event::order_paid(order, &expect()).unwrap_err().to_string();
    for (bad, expected) in [
        (order().line(Line::fee("2", i64::MAX)), "lines[1]: the order's total is too large for an amount"),
        (
            order()
                .tender(Tender::new(TenderKind::Money, i64::MAX))
                .tender(Tender::new(TenderKind::Money, 1)),
            "tenders[1].amount: the sum of the tenders is too large for an amount",
        ),
        (
            order().line(Line::goods("2", "SKU1", 0, 1)),
            "lines[1].quantity: expected a whole number from 1 to 1000000000, found `0`",
        ),
        (order().seller(""), "seller: expected a text, found an empty one"),
        (
            order().pricing(Pricing::Quote("q".repeat(129))),
            &format!("pricing.quote: expected at most 128 bytes, found 129 in `{}…`", "q".repeat(64)),
        ),
        (
            Order::new("A1", "b1", day(0), Currency::USD).line(Line::goods("1", "SKU1", 1, 1)),
            "currency: expected `CNY`, found `USD`; hint: a program decides events of one currency",
        ),
    ] {
        assert_eq!(error(bad), expected);
    }
    let tendered = order().tender(Tender::new(TenderKind::Money, 1));
    assert_eq!(
        Event::order_priced(tendered, &expect()).unwrap_err().to_string(),
        "tenders: a cart to be priced has no tenders yet; hint: a cart is priced before it is paid; \
         send it with `order.paid`"
    );
}

#[test]
fn the_schema_knows_every_field_that_is_written() {
    let schema = fenrun::event::schema();
    let known = |of: &str| -> Vec<String> {
        schema["$defs"][of]["properties"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(
        known("Line"),
        [
            "attributes",
            "category",
            "cost",
            "floor",
            "id",
            "item",
            "kind",
            "paid",
            "price",
            "quantity",
            "tags",
            "tax"
        ]
    );
    assert_eq!(known("RelationBound"), ["kind", "member", "relation", "time", "to"]);
    for of in
        ["OrderPaid", "OrderPriced", "RelationBound", "Buyer", "Party", "Line", "Tender", "QuotePricing"]
    {
        assert_eq!(schema["$defs"][of]["additionalProperties"], false, "{of}");
        for (field, description) in schema["$defs"][of]["properties"].as_object().unwrap() {
            assert!(description["description"].is_string(), "{of}.{field} has no description");
        }
    }
    // The limits in the schema are the limits of the reader.
    assert_eq!(schema["$defs"]["OrderPaid"]["properties"]["lines"]["maxItems"], fenrun::event::LINES_MAX);
    assert_eq!(schema["$defs"]["OrderPaid"]["properties"]["parties"]["maxItems"], fenrun::event::PARTIES_MAX);
    assert_eq!(schema["$defs"]["OrderPaid"]["properties"]["tenders"]["maxItems"], fenrun::event::TENDERS_MAX);
    assert_eq!(schema["$defs"]["Line"]["properties"]["tags"]["maxItems"], fenrun::event::TAGS_MAX);
    assert_eq!(schema["$defs"]["Amount"]["type"], serde_json::json!(["string", "number"]));
}

// ---- The stream ----------------------------------------------------------------------------------------------------

/// An endless run of one byte, then what follows it; counts nothing and holds nothing.
fn flood(bytes: u64, then: &'static str) -> impl Read {
    io::repeat(b'x').take(bytes).chain(then.as_bytes())
}

#[test]
fn a_stream_goes_on_after_every_bad_line() {
    let input = b"\xef\xbb\xbf{\"a\":1}\r\n\n  \t\n{\"b\":2}\n\xff{}\n\xef\xbb\xbf{}\nlast".as_slice();
    let mut reader = EventReader::new(input, &EventLimits::default());
    let mut seen = Vec::new();
    while let Some((number, line)) = reader.next_line() {
        seen.push((number, line.map_or_else(|error| error.to_string(), str::to_owned)));
    }
    let expected = [
        (1, "{\"a\":1}"),
        (4, "{\"b\":2}"),
        (5, "byte 1 of the line is not UTF-8; hint: save the file as UTF-8"),
        (6, "\u{feff}{}"),
        (7, "last"),
    ];
    assert_eq!(seen, expected.map(|(number, line)| (number, line.to_owned())));
    assert_eq!(EventReader::new(b"".as_slice(), &EventLimits::default()).count(), 0);
}

#[test]
fn a_line_at_the_cap_is_read_and_one_byte_more_is_skipped() {
    let limits = EventLimits { line_bytes_max: 10, ..EventLimits::default() };
    for frame in ["\n", "\r\n", ""] {
        let read = |text: &str| -> Vec<(u64, bool)> {
            let input = format!("{text}{frame}");
            EventReader::new(input.as_bytes(), &limits).map(|(number, line)| (number, line.is_ok())).collect()
        };
        assert_eq!(read(&"x".repeat(10)), [(1, true)], "{frame:?}");
        assert_eq!(read(&format!("\u{feff}{}", "x".repeat(10))), [(1, true)], "{frame:?}");
        for length in [11, 12, 13, 14, 15, 16, 17, 100] {
            assert_eq!(read(&"x".repeat(length)), [(1, false)], "{length} {frame:?}");
            assert_eq!(
                read(&format!("{}\nok", "x".repeat(length))),
                [(1, false), (2, true)],
                "{length} {frame:?}"
            );
        }
    }
    let mut lines = EventReader::new(BufReader::new(flood(100 << 20, "\n{}\n")), &EventLimits::default());
    assert_eq!(lines.next().unwrap().1.unwrap_err().kind, EventErrorKind::TooLong { bytes_max: 1 << 20 });
    assert_eq!(lines.next(), Some((2, Ok("{}".to_owned()))));
    assert_eq!(lines.next(), None);
}

#[test]
fn an_input_that_breaks_off_is_reported_once() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let mut lines =
        EventReader::new(BufReader::new("{}\n".as_bytes().chain(Broken)), &EventLimits::default());
    assert_eq!(lines.next(), Some((1, Ok("{}".to_owned()))));
    let (number, error) = lines.next().unwrap();
    assert_eq!(
        (number, error.unwrap_err().to_string().as_str()),
        (2, "the events cannot be read: the disk is gone")
    );
    assert_eq!(lines.next(), None);
}

// ---- History -------------------------------------------------------------------------------------------------------

fn bind(
    history: &mut MemoryHistory,
    relation: &str,
    member: &str,
    to: &str,
    at: Timestamp,
) -> Result<Lesson, LearnError> {
    let bound = RelationBound::new(relation, member, to, at, &expect()).unwrap();
    history.learn(&bound.into(), &Learned::default())
}

fn pay(
    history: &mut MemoryHistory,
    order: &str,
    buyer: &str,
    seller: &str,
    at: Timestamp,
    goods_paid_minor: i64,
) -> Lesson {
    let order = Order::new(order, buyer, at, Currency::CNY)
        .line(Line::goods("1", "SKU1", 1, goods_paid_minor))
        .seller(seller);
    let event = Event::order_paid(order, &expect()).unwrap();
    history.learn(&event, &Learned { goods_paid_minor, quote: None }).unwrap()
}

fn names(chain: &[Binding]) -> Vec<&str> {
    chain.iter().map(|link| link.to.as_str()).collect()
}

#[test]
fn no_circle_closes_at_any_length() {
    let mut history = MemoryHistory::new();
    assert_eq!(
        bind(&mut history, "upline", "p0", "p0", day(0)).unwrap_err().to_string(),
        "`p0` cannot be bound to itself as upline; hint: relations must not close a circle"
    );
    for length in [2, 3, 50] {
        let mut history = MemoryHistory::new();
        let party = |index: usize| format!("p{index}");
        for index in 1..length {
            bind(&mut history, "upline", &party(index - 1), &party(index), day(0)).unwrap();
        }
        let last = party(length - 1);
        let error = bind(&mut history, "upline", &last, "p0", day(1)).unwrap_err();
        let LearnError::Relation(RelationError::Circle { path, .. }) = &error else { panic!("{error}") };
        assert_eq!(*path, (0..length).map(party).collect::<Vec<_>>());
        assert_eq!(history.upline(&last, day(2)), None, "a refused binding leaves no trace");
        assert_eq!(history.chain("p0", 100, day(2)).len(), length - 1);
        if length == 50 {
            assert_eq!(
                error.to_string(),
                "`p49` cannot have `p0` as upline: `p0` is below `p49` \
                 (`p0` → `p1` → `p2` → `p3` → … → `p46` → `p47` → `p48` → `p49`); \
                 hint: relations must not close a circle"
            );
        }
        // Another relation is another graph.
        bind(&mut history, "guide", &last, "p0", day(1)).unwrap();
    }
}

#[test]
fn a_circle_in_the_past_is_refused_as_well() {
    let mut history = MemoryHistory::new();
    bind(&mut history, "upline", "a", "b", day(10)).unwrap();
    bind(&mut history, "upline", "a", "c", day(20)).unwrap();
    // From day 20 on, a is no longer below b: then b may be bound to a, but not before.
    assert!(bind(&mut history, "upline", "b", "a", day(15)).is_err());
    bind(&mut history, "upline", "b", "a", day(20)).unwrap();
    assert_eq!(names(&history.chain("b", 9, day(20))), ["a", "c"]);
    // A binding told late is valid only until the next one, and only that stretch counts.
    assert!(bind(&mut history, "upline", "c", "b", day(12)).is_err(), "from day 20 on, c is above b");
    bind(&mut history, "upline", "c", "z", day(18)).unwrap();
    bind(&mut history, "upline", "c", "b", day(12)).unwrap();
    assert_eq!(names(&history.chain("c", 9, day(15))), ["b"]);
}

#[test]
fn the_last_touch_wins_and_every_moment_keeps_its_relations() {
    let mut history = MemoryHistory::new();
    assert_eq!(bind(&mut history, "guide", "b1", "g1", day(1)).unwrap(), Lesson::New);
    assert_eq!(bind(&mut history, "guide", "b1", "g3", day(9)).unwrap(), Lesson::New);
    // Told late: it takes its place in time.
    assert_eq!(bind(&mut history, "guide", "b1", "g2", day(5)).unwrap(), Lesson::New);
    assert_eq!(bind(&mut history, "guide", "b1", "g2", day(5)).unwrap(), Lesson::Duplicate);
    assert_eq!(
        bind(&mut history, "guide", "b1", "g4", day(5)).unwrap_err().to_string(),
        "`relation.bound/guide/b1/2026-01-06T00:00:00Z` was learned before with another content; \
         hint: a fact is told once, correct it by a new one"
    );
    bind(&mut history, "store", "b1", "store-7", day(5)).unwrap();
    bind(&mut history, "upline", "b1", "s9", day(0)).unwrap();
    for (at, expected) in [
        (0, vec![]),
        (1, vec!["g1"]),
        (4, vec!["g1"]),
        (5, vec!["g2", "store-7"]),
        (30, vec!["g3", "store-7"]),
    ] {
        assert_eq!(names(&history.bindings("b1", day(at))), expected, "day {at}");
    }
    let second_before = Timestamp::from_second(day(5).as_second() - 1).unwrap();
    assert_eq!(names(&history.bindings("b1", second_before)), ["g1"]);
    assert_eq!(
        history.bindings("b1", day(6))[0],
        Binding { relation: "guide".to_owned(), member: "b1".to_owned(), to: "g2".to_owned(), since: day(5) }
    );
    assert!(history.bindings("b2", day(6)).is_empty());
}

#[test]
fn orders_count_once_for_buyer_and_seller() {
    let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
    let mut history = MemoryHistory::new();
    assert_eq!((history.paid_orders("b1"), history.last_order_time("b1")), (0, None));
    let new_year = time("2025-12-31T16:00:00Z");
    let before = time("2025-12-31T15:59:59Z");
    for (order, buyer, at, minor, lesson) in [
        ("A1", "b1", before, 100, Lesson::New),
        ("A2", "b1", new_year, 200, Lesson::New),
        ("A2", "b1", new_year, 200, Lesson::Duplicate),
        ("A3", "b2", time("2026-02-10T00:00:00Z"), 400, Lesson::New),
        ("A4", "b2", time("2026-04-01T00:00:00+08:00"), 800, Lesson::New),
    ] {
        assert_eq!(pay(&mut history, order, buyer, "s1", at, minor), lesson, "{order}");
    }
    assert_eq!((history.paid_orders("b1"), history.last_order_time("b1")), (2, Some(new_year)));
    for (window, at, expected) in [
        (VolumeWindow::All, new_year, 1_500),
        (VolumeWindow::Year, new_year, 1_400),
        (VolumeWindow::Year, before, 100),
        (VolumeWindow::Quarter, new_year, 600),
        (VolumeWindow::Month, new_year, 200),
        (VolumeWindow::Day, before, 100),
        (VolumeWindow::Day, time("2026-03-31T15:59:59Z"), 0),
        (VolumeWindow::Day, time("2026-03-31T16:00:00Z"), 800),
    ] {
        assert_eq!(history.volume("s1", window, &shanghai, at), expected, "{window:?} of {at}");
    }
    assert_eq!(
        history.volume("s1", VolumeWindow::Day, &TimeZone::UTC, before),
        300,
        "one UTC day holds both"
    );
    assert_eq!(history.volume("nobody", VolumeWindow::All, &shanghai, before), 0);

    let order =
        Order::new("A5", "b1", new_year, Currency::CNY).line(Line::goods("1", "SKU1", 1, 1)).seller("s1");
    let event = Event::order_paid(order, &expect()).unwrap();
    let error = history.learn(&event, &Learned { goods_paid_minor: i64::MAX, quote: None }).unwrap_err();
    assert_eq!(error.to_string(), "the volume of `s1` is too large for an amount");
    assert_eq!((history.paid_orders("b1"), history.knows_order(&event.fact_key())), (2, false));
}

#[test]
fn a_quote_is_paid_once() {
    let cart =
        Order::new("Q1", "b1", day(0), Currency::CNY).line(Line::goods("1", "SKU1", 2, 500)).seller("s1");
    let priced = Event::order_priced(cart.clone(), &expect()).unwrap();
    let quote = PricedQuote {
        quote: "Q1".to_owned(),
        order: cart,
        lines_paid_minor: vec![("1".to_owned(), 800)],
        discounts: Vec::new(),
        total_minor: 800,
        expires: None,
    };
    let learned = Learned { goods_paid_minor: 0, quote: Some(quote.clone()) };
    let mut history = MemoryHistory::new();
    assert_eq!(history.learn(&priced, &learned).unwrap(), Lesson::New);
    assert_eq!(history.learn(&priced, &learned).unwrap(), Lesson::Duplicate);
    let other =
        Learned { goods_paid_minor: 0, quote: Some(PricedQuote { total_minor: 900, ..quote.clone() }) };
    assert!(matches!(history.learn(&priced, &other), Err(LearnError::Conflict { .. })));
    assert_eq!(history.quote("Q1").as_deref(), Some(&quote));
    assert_eq!(history.quote_paid_by("Q1"), None);

    let order = Order::new("A1", "b1", day(1), Currency::CNY).pricing(Pricing::Quote("Q1".to_owned()));
    let paid = Event::order_paid(order, &expect()).unwrap();
    history.learn(&paid, &Learned { goods_paid_minor: 800, quote: None }).unwrap();
    assert_eq!(history.quote("Q1"), None);
    assert_eq!(history.quote_paid_by("Q1").as_deref(), Some("A1"));
    assert_eq!(
        history.volume("s1", VolumeWindow::All, &TimeZone::UTC, day(1)),
        800,
        "the quote names the seller"
    );
    assert_eq!(
        history.learn(&priced, &learned).unwrap(),
        Lesson::Duplicate,
        "a paid quote is not opened again"
    );
}

#[test]
fn histories_are_objects_and_chains_end() {
    /// A store somebody else filled badly: everybody is above everybody.
    struct Circular;
    impl History for Circular {
        fn paid_orders(&self, _: &str) -> u64 {
            0
        }
        fn last_order_time(&self, _: &str) -> Option<Timestamp> {
            None
        }
        fn upline(&self, party: &str, at: Timestamp) -> Option<Binding> {
            let to = match party {
                "a" => "b",
                "b" => "c",
                _ => "b",
            };
            Some(Binding {
                relation: "upline".to_owned(),
                member: party.to_owned(),
                to: to.to_owned(),
                since: at,
            })
        }
        fn bindings(&self, _: &str, _: Timestamp) -> Vec<Binding> {
            Vec::new()
        }
        fn volume(&self, _: &str, _: VolumeWindow, _: &TimeZone, _: Timestamp) -> i64 {
            0
        }
        fn tier(&self, _: &str) -> Option<String> {
            None
        }
        fn quote(&self, _: &str) -> Option<std::sync::Arc<PricedQuote>> {
            None
        }
    }
    let mut memory = MemoryHistory::new();
    memory.set_tier("s1", "gold");
    let histories: [&dyn History; 3] = [&Circular, &memory, &NoHistory];
    assert_eq!(histories.map(|history| history.chain("a", 1_000, day(0)).len()), [2, 0, 0]);
    assert_eq!(histories.map(|history| history.tier("s1")), [None, Some("gold".to_owned()), None]);
    assert_eq!(Circular.chain("a", 1, day(0)).len(), 1);
}

// ---- Properties ----------------------------------------------------------------------------------------------------

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9_./%-]{1,12}",
        prop::collection::vec(prop::char::any(), 1..20).prop_map(|characters| {
            let allowed = |character: &char| {
                let code = u32::from(*character);
                !character.is_control()
                    && code != 0x61c
                    && !matches!(code, 0x200e | 0x200f | 0x2028..=0x202e | 0x2066..=0x2069)
            };
            format!("x{}", characters.iter().filter(|character| allowed(character)).collect::<String>())
        }),
    ]
}

fn any_attributes() -> impl Strategy<Value = Attributes> {
    let value = prop_oneof![
        any_text().prop_map(AttributeValue::Text),
        any::<i64>().prop_map(AttributeValue::Integer),
        any::<bool>().prop_map(AttributeValue::Boolean),
    ];
    prop::collection::btree_map(any_text(), value, 0..4)
}

prop_compose! {
    fn any_line()(
        kind in prop::sample::select(LineKind::ALL.to_vec()),
        item in prop::option::of(any_text()),
        category in prop::option::of(any_text()),
        quantity in prop_oneof![1_u32..10, 1_u32..=1_000_000_000],
        price_minor in 0_i64..1_000_000_000,
        paid in prop::option::of(0_u8..=100),
        cost_minor in prop::option::of(0_i64..1_000_000_000),
        tax in prop::option::of(0_u8..=100),
        floor_minor in prop::option::of(0_i64..1_000_000_000),
        tags in prop::collection::vec(any_text(), 0..3),
        attributes in any_attributes(),
    ) -> Line {
        let mut line = Line::goods("", "", quantity, price_minor);
        let part = |percent: u8| line.list_minor().unwrap() / 100 * i64::from(percent);
        (line.paid_minor, line.tax_minor) = (paid.map(part), tax.map(part));
        (line.kind, line.item, line.category) = (kind, item, category);
        (line.cost_minor, line.floor_minor) = (cost_minor, floor_minor);
        (line.tags, line.attributes) = (tags, attributes);
        line
    }
}

prop_compose! {
    fn any_order()(
        id in any_text(),
        buyer in any_text(),
        seller in any_text(),
        nanosecond in -2_000_000_000_000_000_000_i64..4_000_000_000_000_000_000,
        pricing in prop_oneof![
            Just(Pricing::Given), Just(Pricing::Engine), any_text().prop_map(Pricing::Quote),
        ],
        numbers in (prop::option::of(1_u32..1_000), prop::option::of(0_u32..1_000)),
        uplines in prop::option::of(0_u32..5),
        mut lines in prop::collection::vec(any_line(), 1..6),
        tenders in prop::collection::vec((prop::sample::select(TenderKind::ALL.to_vec()), 0_i64..1_000_000, any::<bool>()), 0..4),
        fees_minor in prop::option::of(0_i64..1_000_000),
        source in prop::option::of(any_text()),
        attributes in any_attributes(),
    ) -> Order {
        let time = Timestamp::from_nanosecond(nanosecond.into()).unwrap();
        let mut order = Order::new(id, buyer, time, Currency::CNY).pricing(pricing).seller(seller.clone());
        (order.buyer.order_number, order.buyer.days_since_last_order) = numbers;
        if let Some(uplines) = uplines {
            order = order.party(Party::seller(seller));
            for depth in 1..=uplines {
                order = order.party(Party::upline(format!("\"{depth}\\"), depth));
            }
        }
        for (index, line) in lines.iter_mut().enumerate() {
            line.id = index.to_string();
            line.paid_minor = line.paid_minor.filter(|_| order.pricing == Pricing::Given);
        }
        order.lines = lines;
        for (kind, amount_minor, commissionable) in tenders {
            order = order.tender(Tender::new(kind, amount_minor).commissionable(commissionable));
        }
        (order.fees_minor, order.source, order.attributes) = (fees_minor, source, attributes);
        order
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(order in any_order()) {
        let limits = EventLimits { text_bytes_max: 256, ..EventLimits::default() };
        let expect = expect().limits(limits);
        let paid = Event::order_paid(order.clone(), &expect).unwrap();
        prop_assert_eq!(Event::parse(&paid.to_json(), &expect).unwrap(), paid);
        let mut cart = order;
        (cart.tenders, cart.fees_minor) = (Vec::new(), None);
        cart.lines.iter_mut().for_each(|line| line.paid_minor = None);
        let priced = Event::order_priced(cart, &expect).unwrap();
        prop_assert_eq!(Event::parse(&priced.to_json(), &expect).unwrap(), priced);
    }

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&text).map_err(|error| error.to_string());
        for (_, line) in EventReader::new(bytes.as_slice(), &EventLimits { line_bytes_max: 20, ..EventLimits::default() }) {
            let _ = line.and_then(|line| parse(&line)).map_err(|error| error.to_string());
        }
    }

    #[test]
    fn broken_json_never_panics_and_messages_stay_on_one_line(
        order in any_order(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(
            vec!["", "\"", "{", "}", "[", "]", ",", ":", "null", "1e999", "-1", "\\", "\\u0000", "\u{202e}", "é", "\n", "0.001"],
        ), 0_usize..4), 1..4),
    ) {
        let mut json = Event::order_paid(order, &expect().limits(EventLimits { text_bytes_max: 256, ..EventLimits::default() }))
            .unwrap()
            .to_json();
        for (place, text, removed) in edits {
            let places: Vec<usize> = json.char_indices().map(|(index, _)| index).collect();
            let first = place.index(places.len());
            let last = (first + removed).min(places.len() - 1);
            json.replace_range(places[first]..places[last], text);
        }
        if let Err(error) = parse(&json) {
            let message = error.to_string();
            prop_assert!(!message.contains(['\n', '\u{202e}', '\u{1b}']), "{}", message);
            prop_assert!(message.len() < 1_500, "{}", message);
        }
    }

    #[test]
    fn at_no_moment_is_there_a_circle(bindings in prop::collection::vec((0_u8..6, 0_u8..6, 0_i64..12), 1..60)) {
        let mut history = MemoryHistory::new();
        let mut accepted: Vec<(u8, u8, i64)> = Vec::new();
        // The oracle: walk the accepted bindings at every moment, with and without the new one.
        let circular = |bindings: &[(u8, u8, i64)]| (0..12).any(|moment| (0..6).any(|start| {
            let up = |party: u8| bindings.iter()
                .filter(|(member, _, since)| *member == party && *since <= moment)
                .max_by_key(|(_, _, since)| *since)
                .map(|(_, to, _)| *to);
            let mut party = up(start);
            for _ in 0..6 {
                if party == Some(start) {
                    return true;
                }
                party = party.and_then(up);
            }
            false
        }));
        for (member, to, since) in bindings {
            let conflict = accepted.iter().any(|(other, _, at)| (*other, *at) == (member, since));
            let result = bind(&mut history, "upline", &member.to_string(), &to.to_string(), day(since));
            let mut extended = accepted.clone();
            extended.push((member, to, since));
            match result {
                Ok(Lesson::New) => {
                    prop_assert!(!conflict && !circular(&extended));
                    accepted = extended;
                }
                Ok(Lesson::Duplicate) => prop_assert!(accepted.contains(&(member, to, since))),
                Err(LearnError::Conflict { .. }) => prop_assert!(conflict),
                Err(_) => prop_assert!(circular(&extended)),
            }
        }
    }
}
