//! Text from a module, a manifest or an event, made safe to show.
//!
//! Invariant: what comes out is bounded, is one line, holds no control, ANSI or bidi character and no backtick, so it
//! can stand in backticks in a message, a log or a terminal.

use std::fmt::{self, Write as _};

/// Characters shown of one untrusted string. Stops a name of 100,000 bytes from filling a log.
pub(crate) const SHOWN_CHARACTERS_MAX: usize = 80;

/// An untrusted text that prints escaped and cut. Made by [`printable`].
#[derive(Clone, Copy, Debug)]
pub struct Printable<'text> {
    text: &'text str,
    characters_max: usize,
}

/// The text as it may be shown: at most 80 characters, hidden ones as `\u{202e}`.
#[must_use]
pub fn printable(text: &str) -> Printable<'_> {
    Printable { text, characters_max: SHOWN_CHARACTERS_MAX }
}

impl Printable<'_> {
    /// The same with another bound, in characters.
    #[must_use]
    pub fn at_most(self, characters_max: usize) -> Self {
        Self { characters_max, ..self }
    }
}

impl fmt::Display for Printable<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.text.chars();
        for character in characters.by_ref().take(self.characters_max) {
            match character {
                '\n' => out.write_str("\\n")?,
                '\t' => out.write_str("\\t")?,
                '\r' => out.write_str("\\r")?,
                '\\' => out.write_str("\\\\")?,
                '`' => write!(out, "{}", character.escape_unicode())?,
                _ if is_hidden(character) => write!(out, "{}", character.escape_unicode())?,
                _ => out.write_char(character)?,
            }
        }
        if characters.next().is_some() { out.write_char('…') } else { Ok(()) }
    }
}

/// Whether a character is invisible or changes how its neighbours are shown: controls (ANSI escapes begin with one),
/// bidirectional marks and overrides, zero-width characters, line separators, tags.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// The first character that has no place in a sentence written for people. Unlike [`is_hidden`] it lets the joiners
/// pass that some scripts and emoji are written with.
pub(crate) fn hidden_in_prose(text: &str) -> Option<char> {
    text.chars().find(|character| is_hidden(*character) && !matches!(character, '\u{200c}' | '\u{200d}'))
}

#[cfg(test)]
mod tests {
    use super::{hidden_in_prose, printable};

    #[test]
    fn hostile_text_is_shown_escaped_and_cut() {
        for (text, shown) in [
            ("three-level", "three-level"),
            ("分润 é ๆ", "分润 é ๆ"),
            ("a\u{1b}[31mred", "a\\u{1b}[31mred"),
            ("pay\u{202e}lla", "pay\\u{202e}lla"),
            ("a`b\\c\nd", "a\\u{60}b\\\\c\\nd"),
            ("zero\u{200b}width", "zero\\u{200b}width"),
        ] {
            assert_eq!(printable(text).to_string(), shown);
        }
        assert_eq!(printable("abcdef").at_most(3).to_string(), "abc…");
        assert_eq!(printable("abc").at_most(3).to_string(), "abc");
    }

    #[test]
    fn prose_may_join_characters_but_not_turn_them() {
        assert_eq!(hidden_in_prose("👨\u{200d}👩\u{200d}👧 family"), None);
        assert_eq!(hidden_in_prose("left\u{202e}right"), Some('\u{202e}'));
    }
}
