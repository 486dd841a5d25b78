//! Events as JSON: reading, writing, and the schema.
//!
//! Invariant: what is written is read back as the same event, and nothing is read before its size is checked.

pub(super) mod diagnosis;
mod path;
mod read;
pub(super) mod scalar;
mod schema;
pub(super) mod wire;
mod write;

use std::fmt;

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use self::diagnosis::{event_error, read_object};
use self::scalar::Text;
use super::error::{EventError, EventErrorKind as Kind};
use super::nearest::nearest;
use super::place::Place;
use super::shown::kept;
use super::{Event, Expectations, life};

/// How single values are read.
pub(super) mod values {
    pub(in crate::event) use super::read::{amount, how_many, time_at};
}

pub use schema::schema;
pub(super) use write::write;

/// The kinds that need no ledger.
const KINDS: [&str; 3] = ["order.priced", "order.paid", "relation.bound"];

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
        _ => match life::KINDS.iter().find(|(known, _)| *known == kind) {
            Some((_, parse)) => parse(json, expect),
            None => Err(unknown_kind(&kind)),
        },
    }
}

/// Every kind of event.
pub(super) fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.into_iter().chain(life::KINDS.map(|(kind, _)| kind))
}

fn unknown_kind(found: &str) -> EventError {
    let nearest = nearest(found, kinds()).map(str::to_owned);
    EventError::at(&Place::Root.field("kind"), Kind::UnknownKind { found: kept(found), nearest })
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
