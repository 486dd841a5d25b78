//! The events of the ledger, as a host application meets them: one text for one fact, exact values, exact messages.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

mod bad;
mod good;
mod limits;
mod schema;

use fenrun::event::{Event, EventError, Expectations};
use fenrun_money::Currency;

fn expect() -> Expectations {
    Expectations::new(Currency::CNY)
}

fn parse(json: &str) -> Result<Event, EventError> {
    Event::parse(json, &expect())
}

fn message(json: &str) -> String {
    parse(json).map_or_else(|error| error.to_string(), |_| format!("no error for {json}"))
}

/// A good event of a kind, one row of [`good::EVENTS`].
fn event(kind: &str) -> &'static str {
    let found = good::EVENTS.iter().find(|(json, _)| json.starts_with(&format!(r#"{{"kind":"{kind}""#)));
    found.map_or_else(|| panic!("no good event of the kind {kind}"), |(json, _)| *json)
}
