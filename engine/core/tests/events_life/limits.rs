//! How large an event of the ledger may be; the same whether it is read or made in code.

use std::collections::BTreeMap;

use fenrun::event::{
    BalanceOpened, CouponIssued, DayClosed, Event, EventLimits, EventRetried, GrantGiven, OrderRefunded,
    PartyChanged, PeriodClosed, ProgramActivated, RefundLine, RefundPart, RelationMoved,
};
use fenrun_money::Currency;
use jiff::{Timestamp, civil::date};

use super::{event, expect, message, parse};

fn time() -> Timestamp {
    "2026-03-01T02:00:00Z".parse().unwrap()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("n{number}")).collect()
}

#[test]
fn lists_are_bounded() {
    let lines = |count: usize| {
        let line = |id: String| RefundLine { id, what: RefundPart::Units(1) };
        let lines = names(count).into_iter().map(line).collect();
        OrderRefunded::new("R".into(), "A".into(), time(), Currency::CNY, lines, None, None, &expect())
    };
    assert_eq!(lines(1_000).unwrap().lines().len(), 1_000);
    assert_eq!(lines(1_001).unwrap_err().to_string(), "lines: expected at most 1000 lines, found 1001");

    let tags =
        |count| PartyChanged::new("s1".into(), time(), None, None, None, Some(names(count)), None, &expect());
    assert_eq!(tags(32).unwrap().tags().map(<[_]>::len), Some(32));
    assert_eq!(tags(33).unwrap_err().to_string(), "tags: expected at most 32 tags, found 33");

    let members = |count| {
        let members = Some(names(count));
        RelationMoved::new("guide".into(), "g1".into(), "g2".into(), time(), members, &expect())
    };
    assert_eq!(members(10_000).unwrap().members().map(<[_]>::len), Some(10_000));
    assert_eq!(
        members(10_001).unwrap_err().to_string(),
        "members: expected at most 10000 texts, found 10001"
    );

    let digest = "0".repeat(64);
    let modules = |count| {
        let modules = names(count).into_iter().map(|name| (name, digest.clone())).collect();
        ProgramActivated::new(digest.clone(), time(), "x".into(), modules, &expect())
    };
    assert_eq!(modules(65).unwrap().modules().len(), 65);
    assert_eq!(modules(66).unwrap_err().to_string(), "modules: expected at most 65 modules, found 66");
}

#[test]
fn texts_are_bounded() {
    let good = event("order.completed");
    parse(&good.replace("A1", &"a".repeat(128))).unwrap();
    assert_eq!(
        message(&good.replace("A1", &"a".repeat(129))),
        format!("order: expected at most 128 bytes, found 129 in `{}…`", "a".repeat(64))
    );
    let fact = |bytes: usize| format!("order.paid/{}", "a".repeat(bytes.saturating_sub(11)));
    EventRetried::new(fact(1_024).into(), time(), &expect()).unwrap();
    assert_eq!(
        EventRetried::new(fact(1_025).into(), time(), &expect()).unwrap_err().to_string(),
        format!("fact: expected at most 1024 bytes, found 1025 in `order.paid/{}…`", "a".repeat(53))
    );
    let digest = "0".repeat(64);
    let program = |file: usize, name: usize| {
        let modules = BTreeMap::from([("n".repeat(name), digest.clone())]);
        ProgramActivated::new(digest.clone(), time(), "x".repeat(file).into(), modules, &expect())
    };
    let largest = Event::from(program(262_144, 1_024).unwrap());
    assert_eq!(parse(&largest.to_json()).unwrap(), largest);
    assert_eq!(
        program(262_145, 1).unwrap_err().to_string(),
        format!("file: expected at most 262144 bytes, found 262145 in `{}…`", "x".repeat(64))
    );
    assert_eq!(
        program(1, 1_025).unwrap_err().to_string(),
        format!("modules: expected at most 1024 bytes, found 1025 in `{}…`", "n".repeat(64))
    );
}

#[test]
fn what_cannot_be_read_cannot_be_made_either() {
    let units = |units| {
        let (grant, to, asset) = ("G".to_owned(), "b".to_owned(), "points".to_owned());
        GrantGiven::new(grant, to, asset, units, time(), None, "why".into(), &expect())
    };
    let most = Event::from(units(1_000_000_000).unwrap());
    assert_eq!(parse(&most.to_json()).unwrap(), most);
    for bad in [0, 1_000_000_001, u32::MAX] {
        let expected = format!("units: expected a whole number from 1 to 1000000000, found `{bad}`");
        assert_eq!(units(bad).unwrap_err().to_string(), expected);
    }
    let few = expect().limits(EventLimits { quantity_max: 5, ..EventLimits::default() });
    let issued =
        |count| CouponIssued::new("I".into(), "C".into(), "b".into(), time(), Some(count), None, None, &few);
    assert_eq!(issued(5).unwrap().count(), Some(5));
    assert_eq!(issued(6).unwrap_err().to_string(), "count: expected a whole number from 1 to 5, found `6`");
    let opened = BalanceOpened::new("s1".into(), time(), Currency::CNY, Some(-1), None, &expect());
    assert_eq!(
        opened.unwrap_err().to_string(),
        "available: expected an amount of more than zero, found `-0.01`"
    );
    let jpy = Currency::of("JPY").unwrap();
    let opened = BalanceOpened::new("s1".into(), time(), jpy, Some(1), None, &expect());
    assert_eq!(
        opened.unwrap_err().to_string(),
        "currency: expected `CNY`, found `JPY`; hint: a program decides events of one currency"
    );
    assert_eq!(
        PeriodClosed::new("\u{1b}[2J".into(), None, &expect()).unwrap_err().to_string(),
        r"period: `\u{1b}[2J` holds the character U+001B; hint: control and direction characters are not allowed in texts"
    );
}

/// A last day is over once it has ended in the last time zone of the earth.
#[test]
fn a_last_day_is_good_wherever_it_is_not_over() {
    for (time, good, over) in [
        ("2026-03-01T11:59:59Z", date(2026, 2, 28), date(2026, 2, 27)),
        ("2026-03-01T12:00:00Z", date(2026, 3, 1), date(2026, 2, 28)),
    ] {
        let time: Timestamp = time.parse().unwrap();
        let issued = |expires| {
            CouponIssued::new("I".into(), "C".into(), "b".into(), time, None, Some(expires), None, &expect())
        };
        assert_eq!(issued(good).unwrap().expires(), Some(good));
        assert_eq!(
            issued(over).unwrap_err().to_string(),
            format!(
                "expires: {over} is over at {time}; hint: name a day that is not over yet, or leave `expires` out"
            )
        );
    }
}

/// The ends of the calendar break nothing.
#[test]
fn the_last_days_of_the_calendar_close() {
    for (last, end) in [
        (date(0, 1, 1), "0000-01-02T00:00:00Z"),
        (date(9999, 12, 29), "9999-12-30T00:00:00Z"),
        (date(9999, 12, 31), "9999-12-30T22:00:00.999999999Z"),
    ] {
        let closed = Event::from(DayClosed::new(last, None, &expect()).unwrap());
        assert_eq!(closed.fact_key().as_str(), format!("day.closed/{last}"));
        assert_eq!(closed.time().to_string(), end);
        assert_eq!(parse(&closed.to_json()).unwrap(), closed);
    }
    assert_eq!(
        DayClosed::new(date(-1, 1, 1), None, &expect()).unwrap_err().to_string(),
        "date: `-000001-01-01` is not a date; hint: write it as `2026-03-01`"
    );
    let closed = Event::from(PeriodClosed::new("9999".into(), None, &expect()).unwrap());
    assert_eq!(parse(&closed.to_json()).unwrap(), closed);
}
