//! The place of an error in a text: line, column, and the line itself with the spot marked.
//!
//! Invariant: one bounded, harmless line, whatever the text holds.

use std::fmt;
use std::ops::Range;

use crate::admission::printable::is_hidden;

/// Characters of a line that are shown. Longer lines are cut around the spot.
const LINE_CHARACTERS_MAX: usize = 100;

/// Characters shown before the spot when a line is cut.
const LEAD_CHARACTERS: usize = 40;

/// A spot in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snippet {
    /// Counted from 1.
    pub(crate) line: usize,
    /// In characters, counted from 1.
    pub(crate) column: usize,
    shown: String,
    indent_cells: usize,
    mark_cells: usize,
}

impl Snippet {
    /// The spot at a range of bytes; a range outside the text points at its end.
    pub(crate) fn of(text: &str, span: Range<usize>) -> Snippet {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.matches('\n').count().saturating_add(1);
        let line_start = before.rfind('\n').map_or(0, |newline| newline.saturating_add(1));
        let lead = before.get(line_start..).unwrap_or_default().chars().count();
        let marked =
            text.get(span).unwrap_or_default().lines().next().unwrap_or_default().chars().count().max(1);
        let whole = text.get(line_start..).unwrap_or_default().lines().next().unwrap_or_default();
        let cut = whole.chars().count() > LINE_CHARACTERS_MAX && lead > LEAD_CHARACTERS;
        let skipped = if cut { lead.saturating_sub(LEAD_CHARACTERS) } else { 0 };
        let mut spot = Snippet {
            line,
            column: lead.saturating_add(1),
            shown: if cut { "…".to_owned() } else { String::new() },
            indent_cells: usize::from(cut),
            mark_cells: 0,
        };
        let mut characters = whole.chars().enumerate().skip(skipped);
        for (place, character) in characters.by_ref().take(LINE_CHARACTERS_MAX) {
            let character = visible(character);
            spot.shown.push(character);
            if place < lead {
                spot.indent_cells = spot.indent_cells.saturating_add(cells(character));
            } else if place < lead.saturating_add(marked) {
                spot.mark_cells = spot.mark_cells.saturating_add(cells(character));
            }
        }
        if characters.next().is_some() {
            spot.shown.push('…');
        }
        spot.mark_cells = spot.mark_cells.max(1);
        spot
    }
}

/// The line under its number, with carets under the spot.
impl fmt::Display for Snippet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(formatter, "{margin} |")?;
        writeln!(formatter, "{number} | {}", self.shown.trim_end())?;
        write!(formatter, "{margin} | {}{}", " ".repeat(self.indent_cells), "^".repeat(self.mark_cells))
    }
}

/// A character that takes its place without moving the cursor elsewhere.
fn visible(character: char) -> char {
    match character {
        '\t' => ' ',
        other if is_hidden(other) => '\u{FFFD}',
        other => other,
    }
}

/// How many cells of a terminal a character fills: two for the wide blocks of East Asian scripts and pictures.
fn cells(character: char) -> usize {
    match character {
        '\u{1100}'..='\u{115F}'
        | '\u{2E80}'..='\u{303E}'
        | '\u{3041}'..='\u{A4CF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FE30}'..='\u{FE6F}'
        | '\u{FF00}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}'
        | '\u{1F300}'..='\u{1FAFF}'
        | '\u{20000}'..='\u{3FFFD}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::Snippet;

    fn shown(text: &str, mark: &str) -> String {
        let start = text.find(mark).unwrap();
        Snippet::of(text, start..start.saturating_add(mark.len())).to_string()
    }

    #[test]
    fn wide_letters_take_two_cells_and_tabs_one() {
        assert_eq!(shown("a = 1\n\t酒 = 二锅头", "二锅头"), "  |\n2 |  酒 = 二锅头\n  |       ^^^^^^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_spot() {
        let text = format!("{}X{}", "a".repeat(300), "b".repeat(300));
        let expected = format!("  |\n1 | …{}X{}…\n  | {}^", "a".repeat(40), "b".repeat(59), " ".repeat(41));
        assert_eq!(shown(&text, "X"), expected);
    }

    #[test]
    fn a_mark_stays_on_its_line_and_controls_are_replaced() {
        assert_eq!(shown("x = [\n1]", "[\n1]"), "  |\n1 | x = [\n  |     ^");
        assert_eq!(shown("\u{1b}[31m!", "!"), "  |\n1 | \u{FFFD}[31m!\n  |      ^");
    }

    #[test]
    fn the_end_of_the_text_can_be_marked() {
        let spot = Snippet::of("a = ", 4..4);
        assert_eq!((spot.line, spot.column), (1, 5));
        let spot = Snippet::of("a = 1\n", 6..6);
        assert_eq!((spot.line, spot.column), (2, 1));
        assert_eq!(Snippet::of("酒", 1..2).column, 2, "a range inside a letter points at the end");
    }
}
