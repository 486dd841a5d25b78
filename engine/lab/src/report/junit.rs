//! The report as JUnit XML, which build servers read.
//!
//! Invariant: a failed case is a failure, a case that cannot be run an error; texts are escaped.

use std::fmt::Write as _;

use super::Run;
use crate::verdict::{Difference, Verdict};

pub(super) fn write(run: &Run) -> String {
    let count = run.count();
    let all = count.passed.saturating_add(count.failed).saturating_add(count.unusable);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"fenrun\" tests=\"{all}\" failures=\"{}\" \
         errors=\"{}\">\n",
        count.failed, count.unusable
    );
    for policy in &run.policies {
        let name = escaped(&policy.name);
        let _ = writeln!(text, "  <testsuite name=\"{name}\">");
        for case in &policy.cases {
            let (it, file, line) = (escaped(&case.it), escaped(&case.origin), case.line);
            let head =
                format!("    <testcase classname=\"{name}\" name=\"{it}\" file=\"{file}\" line=\"{line}\"");
            let _ = match &case.verdict {
                Verdict::Passed => writeln!(text, "{head}/>"),
                Verdict::Failed(failing) => {
                    let lines: Vec<String> = failing.differences.iter().map(told).collect();
                    let first = lines.first().map(|line| escaped(line)).unwrap_or_default();
                    let all = escaped(&lines.join("\n"));
                    writeln!(
                        text,
                        "{head}>\n      <failure message=\"{first}\">{all}</failure>\n    </testcase>"
                    )
                }
                Verdict::Unusable(flaw) => {
                    let (message, all) = (escaped(&flaw.message), escaped(&flaw.to_string()));
                    writeln!(
                        text,
                        "{head}>\n      <error message=\"{message}\">{all}</error>\n    </testcase>"
                    )
                }
            };
        }
        for problem in &policy.problems {
            let told = escaped(&problem.told());
            let head = format!("    <testcase classname=\"{name}\" name=\"can be run\">");
            let _ = writeln!(text, "{head}\n      <error>{told}</error>\n    </testcase>");
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

/// One difference in a line.
pub(super) fn told(difference: &Difference) -> String {
    let Difference { at, what, expected, got, why } = difference;
    let at = if at.is_empty() { String::new() } else { format!("{at} ") };
    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
    format!("{at}{what}: expected {expected}, got {got}{why}")
}

fn escaped(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\n' => shown.push_str("&#10;"),
            character if character.is_control() => shown.push('\u{fffd}'),
            character => shown.push(character),
        }
    }
    shown
}
