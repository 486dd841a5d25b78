//! Templates: how a mapping makes a text from the columns of a row.
//!
//! Invariant: a template in hand names only columns that the file has; filling one cannot fail.

use std::borrow::Cow;

use super::document::{Flaw, Item, MappingError, listed};
use super::rows::Row;
use super::shown::Shown;

/// Stands in a template for the number of the file's line in which the row begins.
const ROW: &str = "row";

/// The columns of a file: their names, where it has a header, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    names: Vec<String>,
    count: usize,
}

/// A text with places for columns, such as `{customer}-{date}-{row}`.
///
/// `{name}` is the column of that name, `{2}` the second column, `{row}` the number of the file's line; `{{` and `}}`
/// are braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// Counted from 0.
    Column(usize),
    Row,
}

impl Columns {
    /// The columns of a file with a header.
    pub(super) fn named(names: impl IntoIterator<Item = impl Into<String>>) -> Columns {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        Columns { count: names.len(), names }
    }

    /// The columns of a file without a header.
    pub(super) fn numbered(count: usize) -> Columns {
        Columns { names: Vec::new(), count }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    fn find(&self, name: &str) -> Result<Part, Flaw> {
        if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
            let index = name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let index = index.filter(|index| *index < self.count);
            let flaw =
                || Flaw::new(format!("there is no column {}, the file has {}", Shown(name), self.count));
            return index.map(Part::Column).ok_or_else(flaw);
        }
        let mut places = self.names.iter().enumerate().filter(|(_, column)| *column == name);
        let by_number =
            |index: usize| format!("name a column by its number, such as `{{{}}}`", index.saturating_add(1));
        match (places.next(), places.next()) {
            (None, _) if name == ROW => Ok(Part::Row),
            (None, _) => Err(self.unknown(name)),
            (Some((index, _)), _) if name == ROW => {
                let flaw =
                    Flaw::new("`{row}` is the number of the row, and the file has a column of this name");
                Err(flaw.hint(by_number(index)))
            }
            (Some((index, _)), None) => Ok(Part::Column(index)),
            (Some(_), Some((index, _))) => {
                let flaw = Flaw::new(format!("the file has several columns named `{}`", Shown(name)));
                Err(flaw.hint(by_number(index)))
            }
        }
    }

    fn unknown(&self, name: &str) -> Flaw {
        let flaw = Flaw::new(format!("the file has no column `{}`", Shown(name)));
        if self.names.is_empty() {
            return flaw.hint("the mapping says `header = false`: name columns by number, such as `{1}`");
        }
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        flaw.did_you_mean(name, names.iter().copied(), || format!("its columns are {}", listed(&names)))
    }
}

impl Template {
    /// Reads the template that an item of the mapping holds.
    pub(super) fn of(item: &Item<'_>, columns: &Columns) -> Result<Template, MappingError> {
        Template::read(item.text()?, columns).map_err(|flaw| item.complain(flaw))
    }

    /// The template that is always this text.
    pub(super) fn constant(text: &str) -> Template {
        Template { parts: vec![Part::Text(text.to_owned())] }
    }

    fn read(text: &str, columns: &Columns) -> Result<Template, Flaw> {
        let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            plain.push_str(before);
            if let Some(after) = from.strip_prefix("{{") {
                plain.push('{');
                rest = after;
            } else if let Some(after) = from.strip_prefix("}}") {
                plain.push('}');
                rest = after;
            } else if let Some((name, after)) =
                from.strip_prefix('{').and_then(|inside| inside.split_once('}'))
            {
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(columns.find(name)?);
                rest = after;
            } else {
                let flaw = Flaw::new("a brace that has no partner");
                return Err(flaw.hint("write a column as `{name}`, and a brace as `{{` or `}}`"));
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Template { parts })
    }

    /// The text it gives for a row.
    pub(super) fn fill<'row>(&'row self, row: &'row Row) -> Cow<'row, str> {
        match self.parts.as_slice() {
            [Part::Text(text)] => Cow::Borrowed(text),
            [Part::Column(index)] => Cow::Borrowed(row.field(*index)),
            parts => {
                let mut filled = String::new();
                for part in parts {
                    match part {
                        Part::Text(text) => filled.push_str(text),
                        Part::Column(index) => filled.push_str(row.field(*index)),
                        Part::Row => filled.push_str(&row.line().to_string()),
                    }
                }
                Cow::Owned(filled)
            }
        }
    }

    /// The text it gives for a row, unless that is empty.
    pub(super) fn fill_some(&self, row: &Row) -> Option<String> {
        Some(self.fill(row)).filter(|text| !text.is_empty()).map(Cow::into_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::{Columns, Template};
    use crate::import::rows::Row;

    #[test]
    fn columns_the_row_and_braces_are_filled_in() {
        let columns = Columns::named(["customer", "date"]);
        let row = Row::new(7, ["00002", "19970112"]);
        for (text, expected) in [
            ("{customer}-{date}-{row}", "00002-19970112-7"),
            ("{2}/{1}", "19970112/00002"),
            ("CD", "CD"),
            ("", ""),
            ("{{{customer}}}", "{00002}"),
        ] {
            assert_eq!(Template::read(text, &columns).unwrap().fill(&row), expected, "{text}");
        }
    }
}
