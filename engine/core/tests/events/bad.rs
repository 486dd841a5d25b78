//! What is no event, with the whole message.

use super::*;

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
