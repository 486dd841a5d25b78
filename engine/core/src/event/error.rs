//! Why something is not an event.
//!
//! Invariant: a message names the place, what was found and what was expected, and shows foreign text only escaped and cut.

use std::fmt;

use fenrun_money::{Currency, DecimalError};

use super::place::Place;
use super::shown::Shown;

/// Why something is not an event: where, and what is wrong there.
///
/// ```
/// use fenrun::event::{Event, Expectations};
/// use fenrun_money::Currency;
///
/// let json = r#"{"kind":"order.paid","order":"A1","time":"2026-03-01T10:00:00Z","currency":"CNY",
///                "buyer":{"id":"b1"},"lines":[{"id":"1","qty":2,"price":"5.00"}]}"#;
/// let error = Event::parse(json, &Expectations::new(Currency::CNY)).unwrap_err();
/// assert_eq!(error.path, "lines[0]");
/// assert_eq!(error.to_string(), "unknown field `qty` in lines[0]; hint: did you mean `quantity`?");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", Message(self))]
#[non_exhaustive]
pub struct EventError {
    /// Where in the event, such as `lines[2].price`; empty for the event as a whole.
    pub path: String,
    /// What is wrong there.
    pub kind: EventErrorKind,
}

/// What is wrong with an event. Texts from outside are kept as found, cut to 65 characters;
/// printing escapes them and shows 64.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventErrorKind {
    /// The event's text is longer than allowed, in bytes.
    TooLong {
        /// The most bytes allowed.
        bytes_max: usize,
    },
    /// The line is not UTF-8.
    NotUtf8 {
        /// The first byte that is not, counted from 1.
        byte: usize,
    },
    /// The input could not be read at all.
    Unreadable {
        /// What the operating system said.
        reason: String,
    },
    /// The text is not JSON.
    NotJson {
        /// What is wrong with it.
        reason: String,
        /// The line within the event's text, counted from 1.
        line: usize,
        /// The byte column, counted from 1.
        column: usize,
    },
    /// The event is of a kind this version does not handle.
    UnknownKind {
        /// The kind found.
        found: String,
        /// The handled kind it was probably meant to be.
        nearest: Option<String>,
    },
    /// A required field is missing.
    MissingField {
        /// The field's name.
        field: String,
    },
    /// A field that is not known here.
    UnknownField {
        /// The field's name as found.
        field: String,
        /// The known field it was probably meant to be.
        nearest: Option<String>,
        /// Whether free attributes have a place there.
        has_attributes: bool,
    },
    /// A field or key given twice in one object.
    RepeatedField {
        /// The field's name.
        field: String,
    },
    /// A value of the wrong type.
    WrongType {
        /// What belongs there.
        expected: String,
        /// What was found.
        found: String,
    },
    /// A word that is none of the known ones: a role, a kind of line or tender, a pricing.
    UnknownWord {
        /// What the word should name, such as `role`.
        what: &'static str,
        /// The word found.
        found: String,
        /// The known word it was probably meant to be.
        nearest: Option<String>,
        /// How to mend it when no known word is near.
        remedy: &'static str,
    },
    /// A text that is empty, too long, or holds control or direction characters.
    BadText {
        /// The text found.
        found: String,
        /// What is wrong with it.
        problem: TextProblem,
    },
    /// A time that cannot be placed on the time line.
    BadTime {
        /// The text found.
        found: String,
    },
    /// A currency that does not exist, or not the expected one.
    WrongCurrency {
        /// The code found.
        found: String,
        /// The currency the program is in.
        expected: Currency,
    },
    /// A text or number that is not an exact amount.
    BadAmount {
        /// The text found.
        found: String,
        /// The currency the amount is in.
        currency: Currency,
        /// What is wrong with it.
        reason: DecimalError,
    },
    /// An amount outside its bounds. All numbers are minor units of the currency.
    AmountOutOfRange {
        /// The amount found, as decimal text.
        found: String,
        /// The bounds, in words.
        expected: String,
    },
    /// A whole number that is not one or is outside its bounds.
    BadNumber {
        /// The text found.
        found: String,
        /// The bounds, in words.
        expected: String,
        /// How to mend it.
        remedy: Option<&'static str>,
    },
    /// A list with too many elements.
    TooMany {
        /// What the elements are, in the plural.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// The most allowed.
        count_max: usize,
    },
    /// Two elements that must differ share their identity.
    Repeated {
        /// The element, in words.
        what: String,
        /// The path of the first one.
        first: String,
        /// How to mend it.
        remedy: &'static str,
    },
    /// A product or sum that does not fit an amount (2⁶³ − 1 minor units).
    Overflow {
        /// What was to be computed, in words.
        what: &'static str,
    },
    /// Fields that are each right but contradict each other.
    Contradiction {
        /// The contradiction, in words.
        problem: String,
        /// How to mend it.
        remedy: &'static str,
    },
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextProblem {
    /// It is empty.
    Empty,
    /// It has more bytes than allowed.
    TooLong {
        /// How many it has.
        bytes: usize,
        /// The most allowed.
        bytes_max: usize,
    },
    /// It holds a control character or one that turns the reading direction.
    UnsafeCharacter {
        /// The first one.
        character: char,
    },
}

impl EventError {
    /// An error at a place.
    pub(super) fn at(place: &Place<'_>, kind: EventErrorKind) -> EventError {
        EventError { path: place.to_string(), kind }
    }

    /// An error of the event as a whole.
    pub(super) fn whole(kind: EventErrorKind) -> EventError {
        EventError { path: String::new(), kind }
    }

    /// The same error, seen from the object that holds `field`.
    pub(super) fn inside(mut self, field: &str) -> EventError {
        let joint = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{field}{joint}{}", self.path);
        self
    }
}

/// The whole message: fields are spoken of in their object, values at their place.
struct Message<'error>(&'error EventError);

impl fmt::Display for Message<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EventError { path, kind } = self.0;
        let within = |formatter: &mut fmt::Formatter<'_>| {
            if path.is_empty() { Ok(()) } else { write!(formatter, " in {path}") }
        };
        match kind {
            EventErrorKind::MissingField { field } => {
                write!(formatter, "missing field `{field}`")?;
                within(formatter)
            }
            EventErrorKind::RepeatedField { field } => {
                write!(formatter, "field `{}` appears twice", Shown(field))?;
                within(formatter)?;
                formatter.write_str("; hint: keep one of the two")
            }
            EventErrorKind::UnknownField { field, nearest, has_attributes } => {
                write!(formatter, "unknown field `{}`", Shown(field))?;
                within(formatter)?;
                match nearest {
                    Some(nearest) => write!(formatter, "; hint: did you mean `{nearest}`?"),
                    None if *has_attributes => {
                        formatter.write_str("; hint: free values belong in `attributes`")
                    }
                    None => Ok(()),
                }
            }
            EventErrorKind::UnknownKind { .. } => write!(formatter, "{kind}"),
            _ if path.is_empty() => write!(formatter, "{kind}"),
            _ => write!(formatter, "{path}: {kind}"),
        }
    }
}

impl fmt::Display for EventErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        use EventErrorKind as Kind;
        match self {
            Kind::TooLong { bytes_max } => write!(
                formatter,
                "expected an event of at most {bytes_max} bytes; hint: send one event per line and split very long \
                 orders"
            ),
            Kind::NotUtf8 { byte } => {
                write!(formatter, "byte {byte} of the line is not UTF-8; hint: save the file as UTF-8")
            }
            Kind::Unreadable { reason } => write!(formatter, "the events cannot be read: {}", Shown(reason)),
            Kind::NotJson { reason, line: 1, column } => {
                write!(formatter, "not JSON at column {column}: {reason}")
            }
            Kind::NotJson { reason, line, column } => {
                write!(formatter, "not JSON at line {line} column {column}: {reason}")
            }
            Kind::UnknownKind { found, nearest } => {
                write!(formatter, "unknown kind `{}`", Shown(found))?;
                hint_nearest(
                    formatter,
                    nearest.as_deref(),
                    "use `order.priced`, `order.paid`, `relation.bound` or another kind of `fenrun schema event`",
                )
            }
            Kind::MissingField { field } => write!(formatter, "missing field `{field}`"),
            Kind::UnknownField { field, .. } => write!(formatter, "unknown field `{}`", Shown(field)),
            Kind::RepeatedField { field } => write!(formatter, "field `{}` appears twice", Shown(field)),
            Kind::WrongType { expected, found } => {
                write!(formatter, "expected {expected}, found {}", Shown(found))
            }
            Kind::UnknownWord { what, found, nearest, remedy } => {
                write!(formatter, "unknown {what} `{}`", Shown(found))?;
                hint_nearest(formatter, nearest.as_deref(), remedy)
            }
            Kind::BadText { found, problem } => bad_text(formatter, found, *problem),
            Kind::BadTime { found } => write!(
                formatter,
                "`{}` is not a time with an offset; hint: write it like `2026-03-01T10:00:00+08:00`",
                Shown(found)
            ),
            Kind::WrongCurrency { found, expected } => write!(
                formatter,
                "expected `{expected}`, found `{}`; hint: a program decides events of one currency",
                Shown(found)
            ),
            Kind::BadAmount { found, currency, reason } => {
                write!(formatter, "`{}` is not an amount in {currency}: {reason}", Shown(found))?;
                match reason {
                    DecimalError::TooManyDecimals { .. } => formatter
                        .write_str("; hint: round before sending, the engine never rounds what it reads"),
                    DecimalError::Overflow => Ok(()),
                    _ => formatter.write_str("; hint: write it like `49.90`"),
                }
            }
            Kind::AmountOutOfRange { found, expected } => {
                write!(formatter, "expected {expected}, found `{found}`")
            }
            Kind::BadNumber { found, expected, remedy } => {
                write!(formatter, "expected {expected}, found `{}`", Shown(found))?;
                remedy.map_or(Ok(()), |remedy| write!(formatter, "; hint: {remedy}"))
            }
            Kind::TooMany { what, count, count_max } => {
                write!(formatter, "expected at most {count_max} {what}, found {count}")
            }
            Kind::Repeated { what, first, remedy } => {
                write!(formatter, "{what} is already {first}; hint: {remedy}")
            }
            Kind::Overflow { what } => write!(formatter, "{what} is too large for an amount"),
            Kind::Contradiction { problem, remedy } => write!(formatter, "{problem}; hint: {remedy}"),
        }
    }
}

fn hint_nearest(formatter: &mut fmt::Formatter<'_>, nearest: Option<&str>, remedy: &str) -> fmt::Result {
    match nearest {
        Some(nearest) => write!(formatter, "; hint: did you mean `{nearest}`?"),
        None => write!(formatter, "; hint: {remedy}"),
    }
}

fn bad_text(formatter: &mut fmt::Formatter<'_>, found: &str, problem: TextProblem) -> fmt::Result {
    match problem {
        TextProblem::Empty => formatter.write_str("expected a text, found an empty one"),
        TextProblem::TooLong { bytes, bytes_max } => {
            write!(formatter, "expected at most {bytes_max} bytes, found {bytes} in `{}`", Shown(found))
        }
        TextProblem::UnsafeCharacter { character } => write!(
            formatter,
            "`{}` holds the character U+{:04X}; hint: control and direction characters are not allowed in texts",
            Shown(found),
            u32::from(character)
        ),
    }
}
