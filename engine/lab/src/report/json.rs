//! The report for a program: one JSON object.
//!
//! Invariant: amounts as text, as everywhere.

use serde_json::{Value, json};

use super::{PolicyReport, Run};
use crate::verdict::{CaseReport, Verdict};

pub(super) fn write(run: &Run) -> String {
    let count = run.count();
    let policies: Vec<Value> = run.policies.iter().map(policy).collect();
    let counts = json!({ "passed": count.passed, "failed": count.failed, "unusable": count.unusable });
    format!("{:#}\n", json!({ "counts": counts, "policies": policies }))
}

fn policy(policy: &PolicyReport) -> Value {
    let mut value = json!({
        "policy": policy.name,
        "problems": policy.problems.iter().map(super::PolicyProblem::told).collect::<Vec<_>>(),
        "cases": policy.cases.iter().map(case).collect::<Vec<_>>(),
    });
    if let (Value::Object(fields), Some(reached)) = (&mut value, &policy.coverage) {
        fields.insert("coverage".into(), reached.to_json());
    }
    value
}

fn case(case: &CaseReport) -> Value {
    let mut value = json!({ "it": case.it, "file": case.origin, "line": case.line, "fuel": case.fuel });
    let Value::Object(fields) = &mut value else { return value };
    let verdict = match &case.verdict {
        Verdict::Passed => "passed",
        Verdict::Failed(failing) => {
            let differences = failing.differences.iter().map(|difference| {
                json!({
                    "at": difference.at,
                    "what": difference.what,
                    "expected": difference.expected,
                    "got": difference.got,
                    "why": difference.why,
                })
            });
            fields.insert("given".into(), failing.given.clone().into());
            fields.insert("got".into(), failing.got.clone().into());
            fields.insert("differences".into(), differences.collect());
            "failed"
        }
        Verdict::Unusable(flaw) => {
            fields.insert("problem".into(), flaw.to_string().into());
            "unusable"
        }
    };
    if !case.trace.is_empty() {
        fields.insert("trace".into(), case.trace.clone().into());
    }
    fields.insert("verdict".into(), verdict.into());
    value
}
