//! What is wrong with a case file: file, line, key, what to do.
//!
//! Invariant: a case is only blamed on a policy when nothing of this is found.

use std::fmt;

/// What is wrong with a case file, or why a case cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The file, as it was named.
    pub origin: String,
    /// The line, from 1.
    pub line: usize,
    /// The key, such as `cases[0].expect.shares`; empty for the file as a whole.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for Flaw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: ", self.origin, self.line)?;
        if !self.key.is_empty() {
            write!(out, "{}: ", self.key)?;
        }
        out.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(out, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Flaw {}

/// An error's own message and its remedy, where its words hold one.
pub(crate) fn split_hint(message: &str) -> (String, Option<String>) {
    let split = |mark| message.split_once(mark);
    match split("\nhint: ").or_else(|| split("; hint: ")) {
        Some((message, hint)) => (message.to_owned(), Some(hint.to_owned())),
        None => (message.to_owned(), None),
    }
}

/// The known word nearest to one that is not known.
pub(crate) fn nearest<'known>(found: &str, known: impl Iterator<Item = &'known str>) -> Option<&'known str> {
    let edits = |known: &str| strsim::damerau_levenshtein(known, found);
    let near = |known: &&str| edits(known).saturating_mul(3) <= found.chars().count().max(3);
    known.filter(near).min_by_key(|known| edits(known))
}
