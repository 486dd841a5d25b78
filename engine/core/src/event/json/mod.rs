//! Events as JSON: reading, writing, and the schema.
//!
//! Invariant: what is written is read back as the same event, and nothing is read before its size is checked.

mod diagnosis;
mod path;
mod read;
mod scalar;
mod schema;
mod wire;
mod write;

use std::fmt;

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use self::diagnosis::{event_error, read_object};
use self::scalar::Text;
use super::error::{EventError, EventErrorKind as Kind};
use super::nearest::nearest;
use super::place::Place;
use super::shown::kept;
use super::{Event, Expectations};

pub use schema::schema;
pub(super) use write::write;

/// The kinds this version handles.
const KINDS: [&str; 3] = ["order.priced", "order.paid", "relation.bound"];

/// The kinds of the design that this version does not handle, by their beginning, and what they come with.
const LATER_KINDS: [(&str, &str); 12] = [
    ("order.refund", "refunds come with the ledger"),
    ("order.cancel", "cancellations come with the ledger"),
    ("order.complet", "completion and release come with the ledger"),
    ("order.dispute", "disputes come with the ledger"),
    ("refund.", "refunds come with the ledger"),
    ("coupon.", "issued coupons come with the ledger"),
    ("payout.", "payouts come with the ledger"),
    ("receivable.", "receivables come with the ledger"),
    ("period.closed", "periods come with the ledger"),
    ("day.closed", "days come with the ledger"),
    ("relation.unbound", "unbinding comes with the ledger; bind the member to somebody else meanwhile"),
    ("relation.transferred", "transfers come with the ledger; bind each member meanwhile"),
];

/// Reads one event: its size, its kind, then everything else in one pass.
pub(super) fn parse(json: &str, expect: &Expectations) -> Result<Event, EventError> {
    let bytes_max = expect.event_limits().line_bytes_max;
    if json.len() > bytes_max {
        return Err(EventError::whole(Kind::TooLong { bytes_max }));
    }
    let kind = find_kind(json)?;
    match kind.as_str() {
        "order.paid" => read_object(json).and_then(|wire| read::order_paid(wire, expect)),
        "order.priced" => read_object(json).and_then(|wire| read::order_priced(wire, expect)),
        "relation.bound" => read_object(json).and_then(|wire| read::relation_bound(wire, expect)),
        _ => Err(unknown_kind(kind)),
    }
}

fn unknown_kind(found: String) -> EventError {
    let later =
        LATER_KINDS.iter().find(|(beginning, _)| found.starts_with(beginning)).map(|(_, reason)| *reason);
    let nearest = nearest(&found, KINDS).map(str::to_owned);
    EventError::at(&Place::Root.field("kind"), Kind::UnknownKind { found: kept(&found), later, nearest })
}

/// The event's kind, found without reading further than it stands.
fn find_kind(json: &str) -> Result<String, EventError> {
    let mut found = None;
    let mut deserializer = serde_json::Deserializer::from_str(json);
    match deserializer.deserialize_map(KindVisitor { found: &mut found }) {
        _ if found.is_some() => Ok(found.unwrap_or_default()),
        Ok(()) => Err(EventError::whole(Kind::MissingField { field: "kind".to_owned() })),
        Err(error) => Err(event_error(json, &error)),
    }
}

/// Looks for `kind` and stops there; the rest of the text is checked when it is read.
struct KindVisitor<'found> {
    found: &'found mut Option<String>,
}

impl<'de> Visitor<'de> for KindVisitor<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Text<'de>>()? {
            if key.0 == "kind" {
                *self.found = Some(map.next_value::<Text<'de>>()?.0.into_owned());
                return Err(A::Error::custom("found"));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}
