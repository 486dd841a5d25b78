//! A stream of order events: paid orders of 40 sellers in three levels, a tenth of them completed, a twentieth refunded.
//!
//! Invariant: the same numbers make the same events; an order's number grows with its time.

use std::fmt::Write as _;
use std::ops::Range;

/// Who is bound to whom, before the first order.
#[must_use]
pub fn relations() -> Vec<String> {
    let bound = |member: String, to: String| {
        format!(
            r#"{{"kind":"relation.bound","relation":"upline","member":"{member}","to":"{to}","time":"2026-01-01T00:00:00Z"}}"#
        )
    };
    let sellers = (0..40).map(|seller| bound(format!("s{seller}"), format!("u{}", seller % 8)));
    let uplines = (0..8).map(|upline| bound(format!("u{upline}"), format!("t{}", upline % 3)));
    sellers.chain(uplines).collect()
}

/// The events of these orders.
#[must_use]
pub fn of(orders: Range<u64>) -> Vec<String> {
    orders.flat_map(order).collect()
}

fn order(number: u64) -> Vec<String> {
    // A minute after the other, each day of a year in turn; within a day the numbers grow.
    let (day, minute) = (number / 1_440, number % 1_440);
    let (year, month, day) = (2026 + day / 336, 1 + day / 28 % 12, 1 + day % 28);
    let time = format!("{year}-{month:02}-{day:02}T{:02}:{:02}:00Z", minute / 60, minute % 60);
    let price = 100 + number * 7_919 % 49_900;
    let mut lines = String::new();
    for line in 0..=number % 4 {
        let (comma, item, quantity) = (if line > 0 { "," } else { "" }, (number + line) % 500, 1 + line % 3);
        let (whole, cents) = (price / 100, price % 100);
        let _ = write!(
            lines,
            r#"{comma}{{"id":"{line}","item":"SKU{item}","quantity":{quantity},"price":"{whole}.{cents:02}"}}"#
        );
    }
    let (buyer, seller) = (number * 31 % 50_000, number % 40);
    let mut events = vec![format!(
        r#"{{"kind":"order.paid","order":"A{number}","time":"{time}","currency":"CNY","buyer":{{"id":"b{buyer}"}},"seller":"s{seller}","lines":[{lines}]}}"#
    )];
    if number % 10 == 7 {
        events.push(format!(r#"{{"kind":"order.completed","order":"A{number}","time":"{time}"}}"#));
    }
    if number % 20 == 13 {
        events.push(format!(
            r#"{{"kind":"order.refunded","refund":"R{number}","order":"A{number}","time":"{time}","currency":"CNY","lines":[{{"id":"1","quantity":1}}]}}"#
        ));
    }
    events
}
