//! Text from outside, made safe to show in a message.
//!
//! Invariant: bounded, on one line, and without a character that could steer a terminal or turn the reading direction.

use std::fmt;

/// Characters of foreign text a message shows; enough to recognise it, too few to flood a log.
const SHOWN_CHARACTERS_MAX: usize = 64;

/// Foreign text that prints cut to [`SHOWN_CHARACTERS_MAX`] characters, with unsafe ones escaped.
pub(super) struct Shown<'text>(pub(super) &'text str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        let mut characters = self.0.chars();
        for character in characters.by_ref().take(SHOWN_CHARACTERS_MAX) {
            if is_unsafe(character) {
                write!(formatter, "{}", character.escape_unicode())?;
            } else {
                formatter.write_char(character)?;
            }
        }
        if characters.next().is_some() { formatter.write_char('…') } else { Ok(()) }
    }
}

/// As much of a foreign text as an error keeps: what is shown and one character more, so that the cut is seen.
pub(super) fn kept(text: &str) -> String {
    text.chars().take(SHOWN_CHARACTERS_MAX.saturating_add(1)).collect()
}

/// Whether a character may steer a terminal (controls), break a line, or turn the reading direction (bidi marks,
/// embeddings, overrides and isolates of Unicode Annex 9).
pub(super) fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::{Shown, kept};

    #[test]
    fn foreign_text_is_cut_and_escaped() {
        assert_eq!(Shown("日本 \"x\"").to_string(), "日本 \"x\"");
        assert_eq!(Shown("a\u{1b}[31m\u{202e}b\n").to_string(), "a\\u{1b}[31m\\u{202e}b\\u{a}");
        assert_eq!(Shown(&"x".repeat(65)).to_string(), format!("{}…", "x".repeat(64)));
        assert_eq!(Shown(&kept(&"x".repeat(1_000))).to_string(), format!("{}…", "x".repeat(64)));
    }
}
