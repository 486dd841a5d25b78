//! The reader's complaints in words a person can use.
//!
//! Invariant: line and key are those of the file, also where only a part of it was read; no type of ours is named.

use serde::Deserialize;
use serde_json::error::Category;

use super::Place;
use crate::flaw::{Flaw, nearest};
use crate::spot::{Spot, offset_of};

/// A case file's text.
pub(super) struct Text<'a> {
    pub(super) origin: &'a str,
    pub(super) json: &'a str,
}

impl<'a> Text<'a> {
    /// Reads a part of the text.
    pub(super) fn part<T: Deserialize<'a>>(&self, part: &'a str) -> Result<T, Flaw> {
        serde_json::from_str(part).map_err(|error| self.flaw(part, &error))
    }

    /// Where a part of the text stands.
    pub(super) fn place_of(&self, part: &str) -> Place {
        let spot = Spot::at(self.json, offset_of(self.json, part));
        Place { line: spot.line, key: spot.key() }
    }

    fn flaw(&self, part: &str, error: &serde_json::Error) -> Flaw {
        let before = part.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len);
        let inside = before.fold(error.column(), usize::saturating_add);
        let mut spot = Spot::at(self.json, offset_of(self.json, part).saturating_add(inside));
        let said = error.to_string();
        let words = said.rsplit_once(" at line ").map_or(said.as_str(), |(words, _)| words);
        let (message, hint) = match error.classify() {
            Category::Data => data(words, &mut spot),
            _ => (format!("not JSON: {}", words.replacen("EOF", "the text ends", 1)), None),
        };
        Flaw { origin: self.origin.to_owned(), line: spot.line, key: spot.key(), message, hint }
    }
}

fn data(words: &str, spot: &mut Spot) -> (String, Option<String>) {
    if words.starts_with("unknown field `") {
        let found = words.split('`').nth(1).unwrap_or_default();
        let known: Vec<&str> = words.split('`').skip(3).step_by(2).filter(|key| *key != "$schema").collect();
        let hint = match nearest(found, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("the keys here are {}", listed(&known)),
        };
        return ("unknown key".to_owned(), Some(hint));
    }
    if words.starts_with("unknown variant `") {
        let found = words.split('`').nth(1).unwrap_or_default();
        let known: Vec<&str> = words.split('`').skip(3).step_by(2).collect();
        let hint = match nearest(found, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("write one of {}", listed(&known)),
        };
        return (format!("unknown word `{found}`"), Some(hint));
    }
    if words.starts_with("duplicate field `") {
        return ("the key stands twice".to_owned(), Some("keep one of the two".to_owned()));
    }
    if let Some(field) = words.strip_prefix("missing field ") {
        spot.pop_key();
        return (format!("missing key {field}"), None);
    }
    let shape = words.strip_prefix("invalid type: ").or_else(|| words.strip_prefix("invalid value: "));
    match shape.and_then(|shape| shape.rsplit_once(", expected ")) {
        Some((found, expected)) => {
            (format!("expected {}, found {}", expected_words(expected), found_words(found)), None)
        }
        None => (words.to_owned(), None),
    }
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn expected_words(expected: &str) -> &str {
    match expected {
        "a sequence" => "a list",
        "a map" => "an object",
        "a string" => "a text",
        "i64" | "u64" | "u32" => "a whole number",
        other => other,
    }
}

fn found_words(found: &str) -> String {
    match found.split_once(' ') {
        None if found == "map" => "an object".to_owned(),
        None if found == "sequence" => "a list".to_owned(),
        None => format!("`{found}`"),
        Some(("string", rest)) => format!("the text {}", rest.replace('"', "`")),
        Some((_, rest)) => rest.to_owned(),
    }
}
