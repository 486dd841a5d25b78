//! Something that happened beside orders and is worth points or stars: a check-in, a birthday.
//!
//! Invariant: says who did what; what it is worth is the program's business, and it is never money.

use jiff::Timestamp;

use super::define::life_event;
use crate::event::Expectations;
use crate::event::error::{EventError, EventErrorKind as Kind};
use crate::event::json::kinds;
use crate::event::place::Place;
use crate::event::shown::Shown;

life_event! {
    /// A buyer did something that is no order, such as a check-in: grants are decided.
    OccasionNoted = "occasion.noted", key(occasion), wire OccasionNotedWire;
    /// This occasion. It is told once: the id is the key by which a repeated event is recognised.
    "occasion" occasion: String => &str;
    /// The buyer.
    "of" of: String => &str;
    /// When.
    "time" time: Timestamp => Timestamp;
    /// What happened, in a word that policies know, such as `check_in`.
    "what" what: String => &str;
    /// The party it concerns, such as the store of a check-in.
    "party" party: Option<String> => Option<&str>, optional;
    check no_other_event;
}

/// A policy told `order.paid` believes it.
fn no_other_event(noted: &OccasionNoted, _: &Expectations) -> Result<(), EventError> {
    if kinds().all(|kind| kind != noted.what) {
        return Ok(());
    }
    let problem = format!("`{}` is an event of its own", Shown(&noted.what));
    let remedy = "send that event, or use another word, such as `check_in`";
    Err(EventError::at(&Place::Root.field("what"), Kind::Contradiction { problem, remedy }))
}
