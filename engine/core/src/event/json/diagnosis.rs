//! Reading an object, and explaining why it could not be read: where, what was expected, what was found.
//!
//! Invariant: the reader's own words for types never reach a message.

use serde::Deserialize;
use serde_json::error::Category;

use super::path::Position;
use crate::event::error::{EventError, EventErrorKind as Kind};
use crate::event::nearest::nearest;
use crate::event::shown::kept;

/// Reads a JSON text as `T`, with nothing behind it.
pub(in crate::event) fn read_object<'de, T: Deserialize<'de>>(json: &'de str) -> Result<T, EventError> {
    serde_json::from_str(json).map_err(|error| event_error(json, &error))
}

/// The error in the words of events, with its path.
pub(super) fn event_error(json: &str, error: &serde_json::Error) -> EventError {
    let text = error.to_string();
    let words = text.rsplit_once(" at line ").map_or(text.as_str(), |(words, _)| words);
    let (line, column) = (error.line(), error.column());
    let mut position = Position::after(json, offset(json, line, column));
    let kind = match error.classify() {
        Category::Data => data(words, &mut position),
        Category::Syntax => Kind::NotJson { reason: words.to_owned(), line, column },
        Category::Eof | Category::Io => {
            let reason = words.replacen("EOF", "the text ends", 1);
            return EventError::whole(Kind::NotJson { reason, line, column });
        }
    };
    EventError { path: position.path(), kind }
}

/// How many bytes of `json` stand before the end of this line and column.
fn offset(json: &str, line: usize, column: usize) -> usize {
    let before = json.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len);
    before.fold(column, usize::saturating_add)
}

/// The reader's message about well-formed JSON of the wrong shape. Tests pin each of these forms.
fn data(words: &str, position: &mut Position) -> Kind {
    if words.starts_with("unknown field ") {
        let field = position.pop_key().map(|field| kept(&field)).unwrap_or_default();
        let known = words.rsplit_once("`, expected ").map_or("", |(_, known)| known);
        let known = || known.split('`').skip(1).step_by(2);
        let nearest = nearest(&field, known()).map(str::to_owned);
        return Kind::UnknownField {
            field,
            nearest,
            has_attributes: known().any(|name| name == "attributes"),
        };
    }
    if words.starts_with("duplicate field ") {
        return Kind::RepeatedField {
            field: position.pop_key().map(|field| kept(&field)).unwrap_or_default(),
        };
    }
    if let Some(field) = words.strip_prefix("missing field ") {
        return Kind::MissingField { field: field.trim_matches('`').to_owned() };
    }
    let shape = words.strip_prefix("invalid type: ").or_else(|| words.strip_prefix("invalid length "));
    match shape.and_then(|shape| shape.rsplit_once(", expected ")) {
        Some((found, expected)) => {
            Kind::WrongType { expected: expected_words(expected), found: found_words(found) }
        }
        None => Kind::WrongType { expected: "another value".to_owned(), found: kept(words) },
    }
}

fn expected_words(expected: &str) -> String {
    match expected {
        "a sequence" => "a list",
        "a boolean" => "true or false",
        other => other,
    }
    .to_owned()
}

fn found_words(found: &str) -> String {
    let value = |rest: &str| format!("`{rest}`");
    match found.split_once(' ') {
        None if found == "map" => "an object".to_owned(),
        None if found == "sequence" => "a list".to_owned(),
        None if found == "null" => "`null`".to_owned(),
        Some(("string", _)) => "a text".to_owned(),
        Some(("boolean", rest)) => value(rest.trim_matches('`')),
        _ => "a number".to_owned(),
    }
}
