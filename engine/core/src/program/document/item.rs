//! A value of a document.
//!
//! Invariant: read as one kind or refused with what was found; numbers are handed on as their decimal text.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeFloat, DeInteger, DeValue};

use super::{Complaint, Flaw, Source, Table, choices};
use crate::admission::printable::printable;
use crate::manifest::word::nearest;

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Item<'document> {
    source: &'document Source,
    path: String,
    value: &'document Spanned<DeValue<'document>>,
}

impl<'document> Item<'document> {
    pub(crate) fn new(
        source: &'document Source,
        path: String,
        value: &'document Spanned<DeValue<'document>>,
    ) -> Item<'document> {
        Item { source, path, value }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn span(&self) -> Range<usize> {
        self.value.span()
    }

    pub(crate) fn value(&self) -> &'document DeValue<'document> {
        self.value.get_ref()
    }

    /// The same flaw, at this place.
    pub(crate) fn complain(&self, flaw: Flaw) -> Complaint {
        self.source.complain(&self.path, Some(self.span()), flaw)
    }

    /// A flaw of something inside this value.
    pub(crate) fn complain_at(&self, path: &str, span: Range<usize>, flaw: Flaw) -> Complaint {
        self.source.complain(path, Some(span), flaw)
    }

    /// A result, whose flaw is put at this place.
    pub(crate) fn check<T>(&self, checked: Result<T, Flaw>) -> Result<T, Complaint> {
        checked.map_err(|flaw| self.complain(flaw))
    }

    pub(crate) fn text(&self) -> Result<&'document str, Complaint> {
        match self.value() {
            DeValue::String(text) => Ok(text.as_ref()),
            _ => Err(self.expected("a text in quotes")),
        }
    }

    pub(crate) fn boolean(&self) -> Result<bool, Complaint> {
        match self.value() {
            DeValue::Boolean(truth) => Ok(*truth),
            _ => Err(self.expected("`true` or `false`")),
        }
    }

    /// A whole number from 0 to `max`.
    pub(crate) fn count(&self, max: u64) -> Result<u64, Complaint> {
        let number = match self.value() {
            DeValue::Integer(number) => integer_value(number),
            _ => None,
        };
        let number = number.and_then(|number| u64::try_from(number).ok()).filter(|number| *number <= max);
        number.ok_or_else(|| self.expected(&format!("a whole number from 0 to {max}")))
    }

    /// A text, or the exact decimal text of a number: nothing passes through a float.
    pub(crate) fn text_or_number(&self, expected: &str) -> Result<Cow<'document, str>, Complaint> {
        match self.value() {
            DeValue::String(text) => Ok(Cow::Borrowed(text.as_ref())),
            DeValue::Integer(number) => Ok(Cow::Owned(integer_text(number))),
            DeValue::Float(number) => Ok(Cow::Borrowed(decimal_text(number))),
            _ => Err(self.expected(expected)),
        }
    }

    pub(crate) fn is_table(&self) -> bool {
        matches!(self.value(), DeValue::Table(_))
    }

    pub(crate) fn table(&self) -> Result<Table<'document>, Complaint> {
        match self.value() {
            DeValue::Table(entries) => {
                Ok(Table::new(self.source, self.path.clone(), Some(self.span()), entries))
            }
            _ => Err(self.expected("a table")),
        }
    }

    /// The items of a list, at most `max`.
    pub(crate) fn list(&self, max: usize) -> Result<Vec<Item<'document>>, Complaint> {
        let DeValue::Array(items) = self.value() else {
            return Err(self.expected("a list"));
        };
        if items.len() > max {
            let message = format!("expected at most {max} items, found {}", items.len());
            return Err(self.complain(Flaw::new(message)));
        }
        let item = |(index, value)| Item::new(self.source, format!("{}[{index}]", self.path), value);
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// One of several words.
    pub(crate) fn choice<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, Complaint> {
        let names = || words.iter().map(|(word, _)| *word);
        let text = match self.value() {
            DeValue::String(text) => text.as_ref(),
            _ => return Err(self.expected(&choices(names(), "or"))),
        };
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
        found.ok_or_else(|| {
            let message = format!("expected {}, found `{}`", choices(names(), "or"), printable(text));
            let flaw = Flaw::new(message);
            self.complain(match nearest(text, names()) {
                Some(word) => flaw.hint(format!("did you mean `{word}`?")),
                None => flaw,
            })
        })
    }

    /// The complaint that something else was expected here.
    pub(crate) fn expected(&self, expected: &str) -> Complaint {
        self.complain(Flaw::new(format!("expected {expected}, found {}", self.found())))
    }

    /// The value as a message shows it.
    fn found(&self) -> String {
        match self.value() {
            DeValue::String(text) => format!("the text `{}`", printable(text)),
            DeValue::Integer(number) => format!("`{}`", printable(&integer_text(number))),
            DeValue::Float(number) => format!("`{}`", printable(number.as_str())),
            DeValue::Boolean(truth) => format!("`{truth}`"),
            DeValue::Datetime(date) => format!("the date `{date}`"),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        }
    }
}

/// The exact value of a whole number in any radix; `None` beyond 128 bits.
pub(crate) fn integer_value(number: &DeInteger<'_>) -> Option<i128> {
    i128::from_str_radix(number.as_str(), number.radix()).ok()
}

/// The decimal text of a whole number; one beyond 128 bits stays as it was written.
pub(crate) fn integer_text(number: &DeInteger<'_>) -> String {
    integer_value(number).map_or_else(|| number.to_string(), |value| value.to_string())
}

/// The text of a number with a point or an exponent, without the plus sign and the underscores that TOML allows.
pub(crate) fn decimal_text<'number>(number: &'number DeFloat<'_>) -> &'number str {
    let text = number.as_str();
    text.strip_prefix('+').unwrap_or(text)
}
