//! Texts that are longer than an id: a program file, a fact key.
//!
//! Invariant: bounded, and kept exactly as written.

use std::borrow::Cow;

use fenrun_money::Currency;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::field::Field;
use crate::event::error::{EventError, EventErrorKind as Kind, TextProblem};
use crate::event::json::kinds;
use crate::event::place::Place;
use crate::event::shown::{Shown, kept};
use crate::event::{Expectations, check};

/// The most bytes of a program file in an event; the program's own limit.
const FILE_BYTES_MAX: usize = crate::program::limits::PROGRAM_BYTES_MAX;

/// The most bytes of a fact key: a kind and a few ids.
const FACT_BYTES_MAX: usize = 1_024;

macro_rules! long_text {
    ($(#[doc = $doc:literal])* $name:ident, $check:path) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(String);

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl super::shown::Shown for $name {
            type As<'a> = &'a str;

            fn shown(&self) -> &str {
                &self.0
            }

            fn key_part(&self) -> String {
                self.0.clone()
            }
        }

        impl Field for $name {
            type Wire<'a> = LongText<'a>;

            fn read(wire: LongText<'_>, _: &Place<'_>, _: &Expectations) -> Result<Self, EventError> {
                Ok(Self(wire.0.into_owned()))
            }

            fn check(&self, place: &Place<'_>, _: &Expectations) -> Result<(), EventError> {
                $check(&self.0, place)
            }

            fn write(&self, _: Currency) -> LongText<'_> {
                LongText(Cow::Borrowed(&self.0))
            }
        }
    };
}

long_text! {
    /// A program file's text.
    ProgramText, program_file
}

long_text! {
    /// A fact key, as [`FactKey`](crate::event::FactKey) writes it.
    FactText, fact_key
}

/// A program file has lines; what else it may hold is for its own reader to say.
fn program_file(text: &str, place: &Place<'_>) -> Result<(), EventError> {
    let problem = match text.len() {
        0 => TextProblem::Empty,
        bytes if bytes > FILE_BYTES_MAX => TextProblem::TooLong { bytes, bytes_max: FILE_BYTES_MAX },
        _ => return Ok(()),
    };
    Err(EventError::at(place, Kind::BadText { found: kept(text), problem }))
}

/// A fact key is a known kind of event and what identifies the fact.
fn fact_key(text: &str, place: &Place<'_>) -> Result<(), EventError> {
    check::text_of(text, FACT_BYTES_MAX, place)?;
    let is_key = text.split_once('/').is_some_and(|(kind, parts)| {
        kinds().any(|known| known == kind) && parts.split('/').all(|part| !part.is_empty())
    });
    if is_key {
        return Ok(());
    }
    let problem = format!("`{}` is not the key of a fact", Shown(text));
    let remedy = "write its kind and its id, as in `order.paid/A1001`";
    Err(EventError::at(place, Kind::Contradiction { problem, remedy }))
}

/// A text that may be longer than an id; kept exactly as written.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "LongText")]
pub(in crate::event) struct LongText<'a>(#[serde(borrow)] Cow<'a, str>);
