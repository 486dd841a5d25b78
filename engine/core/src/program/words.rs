//! What names, sentences and paths may look like.
//!
//! Invariant: what passes is short, on one line, and shows what it is.

use super::document::Flaw;
use super::limits::{PATH_BYTES_MAX, TEXT_BYTES_MAX};
use crate::admission::printable::{is_hidden, printable};

/// A name: of a merchant, a policy, a role, a profile. Letters of every script are welcome.
pub(crate) fn identifier(text: &str) -> Result<(), Flaw> {
    let inner = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.');
    let begins = text.chars().next().is_some_and(char::is_alphanumeric);
    if !begins || !text.chars().all(inner) {
        let message =
            format!("expected a name of letters, digits, `-`, `_` and `.`, found `{}`", printable(text));
        return Err(Flaw::new(message).hint("begin with a letter or a digit, such as `old-cellar`"));
    }
    bounded(text, TEXT_BYTES_MAX)
}

/// A sentence for people.
pub(crate) fn sentence(text: &str) -> Result<(), Flaw> {
    if text.trim().is_empty() || text.chars().any(is_hidden) {
        return Err(Flaw::new(format!("expected one line of text, found `{}`", printable(text))));
    }
    bounded(text, TEXT_BYTES_MAX)
}

/// A path to a file or a folder.
pub(crate) fn path(text: &str) -> Result<(), Flaw> {
    if text.is_empty() || text.chars().any(is_hidden) {
        return Err(Flaw::new(format!("expected a path, found `{}`", printable(text))));
    }
    bounded(text, PATH_BYTES_MAX)
}

/// Whether a text is meant as a path rather than a name.
pub(crate) fn is_path(text: &str) -> bool {
    text.contains(['/', '\\']) || text.starts_with('.')
}

fn bounded(text: &str, bytes_max: usize) -> Result<(), Flaw> {
    if text.len() > bytes_max {
        return Err(Flaw::new(format!("expected at most {bytes_max} bytes, found {}", text.len())));
    }
    Ok(())
}
