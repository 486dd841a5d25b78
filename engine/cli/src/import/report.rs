//! What an import says: every row that became no order, and the counts by reason.
//!
//! Invariant: words only; the orders go elsewhere.

use std::collections::BTreeMap;
use std::io::{self, Write};

use fenrun::event::Event;

use super::refusal::Refusal;
use super::shown::Shown;

/// What became of a row that is not part of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It is a fact that cannot be imported: it has to be mended, or waits for a later version.
    Refused,
    /// The mapping says that it is no sale.
    Skipped,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Verdict::Refused => "refused",
            Verdict::Skipped => "skipped",
        }
    }
}

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows read, the header apart.
    pub rows: u64,
    /// Orders imported.
    pub orders: u64,
    /// Their lines.
    pub lines: u64,
    /// Rows that are in no order, by verdict and reason.
    pub left_out: BTreeMap<(Verdict, String), u64>,
}

impl Summary {
    /// How many rows were refused, or skipped.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> u64 {
        let counts = self.left_out.iter().filter(|((found, _), _)| *found == verdict);
        counts.map(|(_, count)| *count).fold(0, u64::saturating_add)
    }

    /// How many rows were left out for a reason.
    #[must_use]
    pub fn count_of(&self, reason: &str) -> u64 {
        let counts = self.left_out.iter().filter(|((_, found), _)| found == reason);
        counts.map(|(_, count)| *count).fold(0, u64::saturating_add)
    }

    /// The counts as text: one sentence, then a row for each reason, most frequent first.
    #[must_use]
    pub fn to_text(&self, origin: &str) -> String {
        let mut text = format!(
            "{}: {} with {} from {}",
            Shown(origin),
            counted(self.orders, "order"),
            counted(self.lines, "line"),
            counted(self.rows, "row"),
        );
        let mut reasons: Vec<_> = self.left_out.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let width = reasons.first().map_or(0, |(_, count)| grouped(**count).len());
        for ((verdict, reason), count) in reasons {
            text.push_str(&format!("\n  {:>width$} {}: {}", grouped(*count), verdict.name(), Shown(reason)));
        }
        text
    }
}

/// Writes every row that is left out, and counts.
pub(super) struct Report<'words> {
    origin: String,
    words: &'words mut dyn Write,
    failed: Option<io::Error>,
    summary: Summary,
}

impl<'words> Report<'words> {
    pub(super) fn new(origin: &str, words: &'words mut dyn Write) -> Report<'words> {
        Report { origin: Shown(origin).to_string(), words, failed: None, summary: Summary::default() }
    }

    /// Counts a row that was read.
    pub(super) fn row(&mut self) {
        self.summary.rows = self.summary.rows.saturating_add(1);
    }

    /// Counts what was imported.
    pub(super) fn imported(&mut self, events: &[Event]) {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let lines = events.iter().filter_map(Event::order).map(|order| count(order.lines.len()));
        self.summary.orders = count(events.len());
        self.summary.lines = lines.fold(0, u64::saturating_add);
    }

    /// Reports a row that is in no order.
    pub(super) fn left_out(&mut self, line: u64, verdict: Verdict, refusal: &Refusal) {
        let key = (verdict, refusal.reason().to_owned());
        let count = self.summary.left_out.entry(key).or_default();
        *count = count.saturating_add(1);
        if self.failed.is_none() {
            let written = writeln!(self.words, "{}:{line}: {}: {refusal}", self.origin, verdict.name());
            self.failed = written.err();
        }
    }

    /// The counts.
    ///
    /// # Errors
    ///
    /// When a row that was left out could not be reported: then nobody knows of it.
    pub(super) fn finish(self) -> io::Result<Summary> {
        self.failed.map_or(Ok(self.summary), Err)
    }
}

fn counted(count: u64, word: &str) -> String {
    format!("{} {word}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A number with its thousands set apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len().saturating_sub(index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
