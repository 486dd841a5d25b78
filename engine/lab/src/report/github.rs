//! Annotations of GitHub Actions: a mark at the line of each case that fails.
//!
//! Invariant: one line for each; what would end a command early is escaped.

use std::fmt::Write as _;

use super::junit::told;
use super::{PolicyProblem, Run};
use crate::flaw::Flaw;
use crate::verdict::Verdict;

pub(super) fn write(run: &Run) -> String {
    let mut text = String::new();
    for policy in &run.policies {
        for case in &policy.cases {
            match &case.verdict {
                Verdict::Passed => {}
                Verdict::Failed(failing) => {
                    let lines: Vec<String> = failing.differences.iter().map(told).collect();
                    let title = format!("{} {}", policy.name, case.it);
                    annotate(&mut text, Some((&case.origin, case.line)), &title, &lines.join("\n"));
                }
                Verdict::Unusable(flaw) => flawed(&mut text, &policy.name, flaw),
            }
        }
        for problem in &policy.problems {
            match problem {
                PolicyProblem::Flaw(flaw) => flawed(&mut text, &policy.name, flaw),
                PolicyProblem::Other(told) => annotate(&mut text, None, &policy.name, told.trim_end()),
            }
        }
    }
    text
}

fn flawed(text: &mut String, policy: &str, flaw: &Flaw) {
    let title = format!("{policy}: the case cannot be run");
    annotate(text, Some((&flaw.origin, flaw.line)), &title, &flaw.to_string());
}

fn annotate(text: &mut String, place: Option<(&str, usize)>, title: &str, message: &str) {
    let place = place.map(|(file, line)| format!("file={},line={line},", property(file))).unwrap_or_default();
    let _ = writeln!(text, "::error {place}title={}::{}", property(title), data(message));
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
