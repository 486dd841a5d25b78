//! Texts that are longer than an id: a program file, a fact key.
//!
//! Invariant: bounded, and kept exactly as written.

use std::borrow::Cow;

use fenrun_money::Currency;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::field::Field;
use super::shown::Shown;
use crate::event::Expectations;
use crate::event::error::{EventError, EventErrorKind as Kind, TextProblem};
use crate::event::place::Place;
use crate::event::shown::kept;

/// The most bytes of a program file in an event; the program's own limit.
const FILE_BYTES_MAX: usize = crate::program::limits::PROGRAM_BYTES_MAX;

/// The most bytes of a fact key: a kind and a few ids.
const FACT_BYTES_MAX: usize = 1_024;

macro_rules! long_text {
    ($(#[doc = $doc:literal])* $name:ident, $bytes_max:ident) => {
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

        impl Shown for $name {
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
                let problem = match self.0.len() {
                    0 => TextProblem::Empty,
                    bytes if bytes > $bytes_max => TextProblem::TooLong { bytes, bytes_max: $bytes_max },
                    _ => return Ok(()),
                };
                Err(EventError::at(place, Kind::BadText { found: kept(&self.0), problem }))
            }

            fn write(&self, _: Currency) -> LongText<'_> {
                LongText(Cow::Borrowed(&self.0))
            }
        }
    };
}

long_text! {
    /// A program file's text.
    ProgramText, FILE_BYTES_MAX
}

long_text! {
    /// A fact key, as [`FactKey`](crate::event::FactKey) writes it.
    FactText, FACT_BYTES_MAX
}

/// A long text, borrowed where no escape stands in the way.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "LongText")]
pub(in crate::event) struct LongText<'a>(#[serde(borrow)] Cow<'a, str>);
