//! A rule that a decision broke.
//!
//! Invariant: names the rule and shows the numbers; it is not a failure of the policy and not an error of ours.

use std::fmt;

/// A rule of the guard that a well-formed decision breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The rule, such as `promoters_cap`.
    pub rule: &'static str,
    /// The policy that asked for it, where one policy did.
    pub policy: Option<String>,
    /// What was found against what is allowed, with the amounts.
    pub message: String,
}

impl Violation {
    pub(crate) fn new(rule: &'static str, policy: Option<&str>, message: String) -> Self {
        Self { rule, policy: policy.map(Into::into), message }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: ", self.rule)?;
        if let Some(policy) = &self.policy {
            write!(out, "policy `{policy}`: ")?;
        }
        out.write_str(&self.message)
    }
}

impl std::error::Error for Violation {}
