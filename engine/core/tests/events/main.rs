//! Order events and history, as a host application meets them: exact messages for bad input, exact round trips, and
//! relations that stay without circles at every moment.
#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first surprise"
)]

mod bad;
mod histories;
mod random;
mod stream;

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
