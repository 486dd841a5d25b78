//! What one program gave whom, and what its policies said no to.
//!
//! Invariant: sums are exact, in 128 bits of minor units; the number of different reasons that are kept is bounded.

use std::collections::{BTreeMap, HashMap};

use fenrun::HoldCause;
use fenrun::decision::{PolicyAnswer, PolicyRun};

/// Different reasons that are counted apart; what comes after them is counted together.
const REASONS_MAX: usize = 1_000;

/// Who or what a sum belongs to.
pub type Key = (String, String);

/// Money by name, by role and party, by policy, and by month. Amounts are minor units.
#[derive(Clone, Debug, Default)]
pub struct Earned {
    /// Role → party → what the party keeps.
    parties: HashMap<Box<str>, HashMap<Box<str>, i128>>,
    /// Policy → its discounts and shares.
    policies: HashMap<Box<str>, [i128; 2]>,
    /// Year and month of the order, local → what the merchant keeps.
    months: BTreeMap<(i16, i8), i128>,
    /// What was said no to, and how often.
    stops: BTreeMap<Stop, u64>,
}

/// What kind of no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopKind {
    /// The guard forbids the decision: the order is held.
    Violation,
    /// A policy broke: the order is held.
    Failure,
    /// A policy said no; the order goes on.
    Refusal,
    /// A policy broke or asked for what is forbidden, and the order goes on without it.
    LeftOut,
}

impl StopKind {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            StopKind::Violation => "violation",
            StopKind::Failure => "failure",
            StopKind::Refusal => "refusal",
            StopKind::LeftOut => "left out",
        }
    }
}

/// Something that was said no to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stop {
    /// What kind of no.
    pub kind: StopKind,
    /// The policy; empty where all of them together are meant.
    pub policy: String,
    /// The rule, or the reason.
    pub what: String,
}

impl Earned {
    pub(super) fn party(&mut self, role: &str, party: &str, minor: i128) {
        if !self.parties.contains_key(role) {
            self.parties.insert(role.into(), HashMap::new());
        }
        let Some(parties) = self.parties.get_mut(role) else { return };
        match parties.get_mut(party) {
            Some(sum) => *sum = sum.saturating_add(minor),
            None => drop(parties.insert(party.into(), minor)),
        }
    }

    pub(super) fn policy(&mut self, policy: &str, is_share: bool, minor: i128) {
        if !self.policies.contains_key(policy) {
            self.policies.insert(policy.into(), [0; 2]);
        }
        let Some([discounts, shares]) = self.policies.get_mut(policy) else { return };
        let sum = if is_share { shares } else { discounts };
        *sum = sum.saturating_add(minor);
    }

    pub(super) fn month(&mut self, month: (i16, i8), minor: i128) {
        let sum = self.months.entry(month).or_default();
        *sum = sum.saturating_add(minor);
    }

    pub(super) fn held(&mut self, cause: &HoldCause) {
        match cause {
            HoldCause::Failure { policy, failure } => {
                self.stop(StopKind::Failure, policy, failure.to_string());
            }
            HoldCause::Violations(violations) => {
                for violation in violations {
                    let policy = violation.policy.clone().unwrap_or_default();
                    self.stop(StopKind::Violation, &policy, violation.rule.to_owned());
                }
            }
            _ => {}
        }
    }

    pub(super) fn answered(&mut self, run: &PolicyRun) {
        match &run.answer {
            PolicyAnswer::Refused { reason } => self.stop(StopKind::Refusal, &run.policy, reason.clone()),
            PolicyAnswer::Failed { failure } => {
                self.stop(StopKind::LeftOut, &run.policy, failure.to_string())
            }
            PolicyAnswer::Forbidden { violations } => {
                for violation in violations {
                    self.stop(StopKind::LeftOut, &run.policy, violation.rule.to_owned());
                }
            }
            _ => {}
        }
    }

    fn stop(&mut self, kind: StopKind, policy: &str, what: String) {
        let mut stop = Stop { kind, policy: policy.to_owned(), what };
        if self.stops.len() >= REASONS_MAX && !self.stops.contains_key(&stop) {
            stop.what = "other reasons".to_owned();
        }
        let count = self.stops.entry(stop).or_default();
        *count = count.saturating_add(1);
    }

    /// Every party in its role, and what it keeps.
    pub(super) fn into_parts(self) -> Parts {
        Parts { parties: self.parties, policies: self.policies, months: self.months, stops: self.stops }
    }
}

/// The sums of one program.
pub(super) struct Parts {
    pub(super) parties: HashMap<Box<str>, HashMap<Box<str>, i128>>,
    pub(super) policies: HashMap<Box<str>, [i128; 2]>,
    pub(super) months: BTreeMap<(i16, i8), i128>,
    pub(super) stops: BTreeMap<Stop, u64>,
}
