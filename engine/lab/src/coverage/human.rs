//! Coverage as a person reads it: a table of functions, then the lines that no case reaches.
//!
//! Invariant: the author's code only; what is left out is said.

use std::fmt::Write as _;

use super::{FunctionReached, Part, Reached};

impl Reached {
    /// The report, each line indented by two.
    #[must_use]
    pub fn report(&self) -> String {
        let mut text = String::new();
        let lines = self.lines().map(|lines| format!(", {}", told(lines, "lines"))).unwrap_or_default();
        let _ = writeln!(text, "  coverage {}{lines}", told(self.blocks, "blocks"));
        let rows: Vec<[String; 5]> = self.functions.iter().map(row).collect();
        let heading = ["blocks", "%", "calls", "function", ""].map(str::to_owned);
        let width = |column: usize| {
            let cells = rows.iter().chain([&heading]).filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths = [width(0), width(1), width(2), width(3)];
        for [blocks, percent, calls, name, place] in std::iter::once(&heading).chain(&rows) {
            let [first, second, third, fourth] = widths;
            let line =
                format!("{blocks:>first$}  {percent:>second$}  {calls:>third$}  {name:fourth$}  {place}");
            let _ = writeln!(text, "    {}", line.trim_end());
        }
        for file in self.files.iter().filter(|file| !file.missed().is_empty()) {
            let ranges = file.missed().into_iter().map(|(first, last)| {
                if first == last { first.to_string() } else { format!("{first}-{last}") }
            });
            let _ =
                writeln!(text, "    not reached: {}:{}", file.path, ranges.collect::<Vec<_>>().join(", "));
        }
        if self.library.all > 0 {
            let _ = writeln!(text, "    not counted: {} of libraries", told(self.library, "blocks"));
        }
        for (mark, words) in [("note", &self.notes), ("!", &self.faults)] {
            for word in words {
                let _ = writeln!(text, "    {mark}: {}", word.replace("; hint: ", "\n    hint: "));
            }
        }
        text
    }
}

fn told(part: Part, what: &str) -> String {
    let Part { reached, all } = part;
    format!("{reached} of {all} {what} ({part} %)")
}

fn row(function: &FunctionReached) -> [String; 5] {
    let FunctionReached { name, place, calls, blocks } = function;
    let place = place.as_ref().map(|(file, line)| format!("{file}:{line}")).unwrap_or_default();
    let part = format!("{}/{}", blocks.reached, blocks.all);
    [part, blocks.to_string(), calls.to_string(), short(name).to_owned(), place]
}

/// Characters of a name that are shown.
const NAME_MAX: usize = 72;

fn short(name: &str) -> &str {
    match name.char_indices().nth(NAME_MAX) {
        Some((end, _)) => name.get(..end).unwrap_or(name),
        None => name,
    }
}
