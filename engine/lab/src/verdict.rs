//! What became of a case.
//!
//! Invariant: a difference names who or what, what was expected, what was got, and why where that is known.

use crate::flaw::Flaw;

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseReport {
    /// The file of the case, as it was named.
    pub origin: String,
    /// Its line there.
    pub line: usize,
    /// What the policy does, as the case says.
    pub it: String,
    /// Whether it does.
    pub verdict: Verdict,
    /// Fuel of all hook calls about the case's order; none where no policy was asked.
    pub fuel: Option<u64>,
    /// How each amount was made, line by line, where that was asked for.
    pub trace: Vec<String>,
    /// The same as explanations, one JSON object for the order and for each step.
    pub explanations: Vec<String>,
}

/// Whether a policy does what a case says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Passed,
    /// It does not.
    Failed(Failing),
    /// The case cannot be run: the case is at fault, not the policy.
    Unusable(Flaw),
}

/// Why a case failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failing {
    /// What was given, line by line.
    pub given: Vec<String>,
    /// What came of it, line by line.
    pub got: Vec<String>,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// One thing that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// At which step: empty for the order, else such as `then[0]`.
    pub at: String,
    /// Of what: `share of s1`, `merchant_net`, `refusal` …
    pub what: String,
    /// What the case says.
    pub expected: String,
    /// What was got.
    pub got: String,
    /// How the amount that was got is made up; empty where there is nothing to say.
    pub why: String,
}

impl CaseReport {
    /// Whether the case passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.verdict == Verdict::Passed
    }
}
