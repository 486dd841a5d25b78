//! What became of an event.
//!
//! Invariant: refusal, failure, violation and error are four types and never one string.

use std::fmt;

use crate::{
    decision::Decision,
    guard::Violation,
    sandbox::{Failure, InstanceError},
};

/// What became of an event.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// A price or a payout was decided, and the guard verified it.
    Decided(Box<Decision>),
    /// The event needs no decision: it is for the history to learn.
    Noted,
    /// Nothing is paid: the event waits until its cause is mended. The sale stands.
    Held(Held),
    /// We broke; the event may be tried again.
    Error(EngineError),
}

/// An event that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Held {
    /// The fact that waits.
    pub fact_key: String,
    /// Why.
    pub cause: HoldCause,
}

/// Why an event waits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HoldCause {
    /// A policy broke.
    Failure {
        /// Its name in the program.
        policy: String,
        /// How it broke.
        failure: Failure,
    },
    /// A well-formed decision that the guard forbids: every broken rule.
    Violations(Vec<Violation>),
}

/// The rules about all shares together, which no single policy breaks.
const JOINT_RULES: [&str; 7] = [
    "promoters_cap",
    "trade_partners_cap",
    "platform_cap",
    "total_cap",
    "life_cap",
    "rail_ratio_exceeded",
    "rail_receivers",
];

impl HoldCause {
    /// Whether the event is held for what it says itself, such as tenders that do not come to what is due, rather than
    /// for what policies did. Whoever mends such an event may tell it again.
    #[must_use]
    pub fn is_the_events_own_fault(&self) -> bool {
        match self {
            Self::Failure { .. } => false,
            Self::Violations(violations) => !violations
                .iter()
                .any(|violation| violation.policy.is_some() || JOINT_RULES.contains(&violation.rule)),
        }
    }
}

impl fmt::Display for HoldCause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failure { policy, failure } => write!(out, "policy `{policy}` failed: {failure}"),
            Self::Violations(violations) => {
                for (place, violation) in violations.iter().enumerate() {
                    if place > 0 {
                        out.write_str("; ")?;
                    }
                    write!(out, "{violation}")?;
                }
                Ok(())
            }
        }
    }
}

/// We broke: neither the event nor the policy is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// No instance could be made.
    #[error(transparent)]
    Instance(#[from] InstanceError),
}

/// Why nothing was decided for a period or for what has happened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Undecided {
    /// A policy broke, or asked for what the guard forbids: nothing counts until that is mended.
    #[error("{0}")]
    Held(HoldCause),
    /// We broke; it may be tried again.
    #[error(transparent)]
    Error(#[from] EngineError),
}

impl Outcome {
    /// The decision, where there is one.
    #[must_use]
    pub fn decision(&self) -> Option<&Decision> {
        match self {
            Self::Decided(decision) => Some(decision),
            _ => None,
        }
    }
}
