//! The report for a person: a line for each case; of those that fail what was given, what came of it, and what differs.
//!
//! Invariant: money stands in columns, with who, how much and why; never a dump of a value.

use std::fmt::Write as _;

use super::Run;
use crate::verdict::{CaseReport, Difference, Failing, Verdict};

/// Characters of one given line that are shown.
const GIVEN_MAX: usize = 400;

pub(super) fn write(run: &Run) -> String {
    let mut text = String::new();
    for policy in &run.policies {
        let _ = writeln!(text, "{}", policy.name);
        for case in &policy.cases {
            one(&mut text, case);
        }
        for problem in &policy.problems {
            let told = problem.told();
            let mut lines = told.lines();
            let _ = writeln!(text, "  ! {}", lines.next().unwrap_or_default());
            for line in lines {
                let _ = writeln!(text, "    {line}");
            }
        }
        if let Some(reached) = &policy.coverage {
            text.push_str(&reached.report());
        }
    }
    let count = run.count();
    let mut parts = vec![format!("{} passed", count.passed)];
    for (number, word) in [(count.failed, "failed"), (count.unusable, "could not be run")] {
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    let _ = writeln!(text, "\n{}", parts.join(", "));
    text
}

fn one(text: &mut String, case: &CaseReport) {
    let mark = match case.verdict {
        Verdict::Passed => "✓",
        Verdict::Failed(_) => "✗",
        Verdict::Unusable(_) => "!",
    };
    let fuel = case.fuel.map(|fuel| format!("  ({fuel} fuel)")).unwrap_or_default();
    let _ = writeln!(text, "  {mark} {}{fuel}", case.it);
    for line in &case.trace {
        let _ = writeln!(text, "      {line}");
    }
    match &case.verdict {
        Verdict::Passed => {}
        Verdict::Unusable(flaw) => {
            for line in flaw.to_string().lines() {
                let _ = writeln!(text, "    {line}");
            }
        }
        Verdict::Failed(failing) => {
            let _ = writeln!(text, "    {}:{}", case.origin, case.line);
            failed(text, failing);
        }
    }
}

fn failed(text: &mut String, failing: &Failing) {
    let parts = [("GIVEN", &failing.given), ("GOT  ", &failing.got)];
    for (heading, lines) in parts {
        for (place, line) in lines.iter().enumerate() {
            let heading = if place == 0 { heading } else { "     " };
            let _ = writeln!(text, "    {heading} {}", cut(line));
        }
    }
    let rows: Vec<[String; 4]> = failing.differences.iter().map(row).collect();
    let (short, long): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|[_, expected, got, _]| fits(expected) && fits(got));
    let heading = ["DIFF", "expected", "got", ""].map(str::to_owned);
    let width = |column: usize| {
        let cells = short.iter().chain([&heading]).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    let headed = if short.is_empty() { &[][..] } else { std::slice::from_ref(&heading) };
    for [what, expected, got, why] in headed.iter().chain(&short) {
        let [first, second, third] = widths;
        let line = format!("{what:first$}  {expected:>second$}  {got:>third$}  {why}");
        let _ = writeln!(text, "    {}", line.trim_end());
    }
    // Texts do not fit columns.
    for [what, expected, got, why] in long {
        let _ = writeln!(text, "    DIFF {what}\n      expected  {expected}\n      got       {got}");
        if !why.is_empty() && !got.contains(&why) {
            let _ = writeln!(text, "      why       {why}");
        }
    }
}

/// Characters of a cell in a column.
const CELL_MAX: usize = 28;

fn fits(cell: &str) -> bool {
    cell.chars().count() <= CELL_MAX
}

fn row(difference: &Difference) -> [String; 4] {
    let Difference { at, what, expected, got, why } = difference;
    let what = if at.is_empty() { what.clone() } else { format!("{at} {what}") };
    [what, expected.clone(), got.clone(), why.clone()]
}

fn cut(line: &str) -> String {
    if line.chars().count() <= GIVEN_MAX {
        return line.to_owned();
    }
    line.chars().take(GIVEN_MAX).chain(['…']).collect()
}
