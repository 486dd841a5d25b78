//! Text from a file, made safe to show in a message.
//!
//! Invariant: bounded, on one line, and without a character that could steer a terminal.

use std::fmt;

/// Characters of foreign text a message shows.
const SHOWN_CHARACTERS_MAX: usize = 64;

/// Foreign text that prints cut, with control and direction characters escaped.
pub(super) struct Shown<'text>(pub(super) &'text str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        let mut characters = self.0.chars();
        for character in characters.by_ref().take(SHOWN_CHARACTERS_MAX) {
            match character {
                '"' | '\'' | '\\' => formatter.write_char(character)?,
                other => write!(formatter, "{}", other.escape_debug())?,
            }
        }
        if characters.next().is_some() { formatter.write_char('…') } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::Shown;

    #[test]
    fn foreign_text_is_cut_and_escaped() {
        assert_eq!(Shown("日本 \"x\" £").to_string(), "日本 \"x\" £");
        assert_eq!(Shown("a\u{1b}[31m\u{202e}b\n").to_string(), "a\\u{1b}[31m\\u{202e}b\\n");
        assert_eq!(Shown(&"x".repeat(65)).to_string(), format!("{}…", "x".repeat(64)));
    }
}
