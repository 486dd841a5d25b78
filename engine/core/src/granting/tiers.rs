//! The changes of tier that policies ask for.
//!
//! Invariant: one party has one tier at the end: two policies that ask for two different ones are a violation.

use fenrun_abi::host::TierAsked;

use crate::{
    admission::printable::printable,
    decision::{PartyRef, TierChange},
    guard::Violation,
};

/// The changes of tier among some parties.
pub(crate) struct Tiers<'a> {
    parties: &'a [PartyRef],
    changes: Vec<TierChange>,
}

impl<'a> Tiers<'a> {
    pub(crate) fn new(parties: &'a [PartyRef]) -> Self {
        Self { parties, changes: Vec::new() }
    }

    /// Takes what a policy asks for.
    pub(crate) fn ask(&mut self, policy: &str, asked: &TierAsked) -> Result<(), Violation> {
        let violation = |rule, message: String| Err(Violation::new(rule, Some(policy), message));
        if asked.reason.trim().is_empty() {
            return violation("no_reason", "a change of tier says no reason".into());
        }
        if asked.tier.trim().is_empty() {
            return violation("no_name", "a change to a tier without a name".into());
        }
        // The index was checked when it was asked for.
        let Some(party) = self.parties.get(asked.party) else { return Ok(()) };
        match self.changes.iter().find(|change| change.party.id == party.id) {
            None => {
                self.changes.push(TierChange {
                    policy: policy.into(),
                    party: party.clone(),
                    tier: asked.tier.clone(),
                    reason: asked.reason.to_string(),
                });
                Ok(())
            }
            Some(change) if change.tier == asked.tier => Ok(()),
            Some(change) => violation(
                "two_tiers",
                format!(
                    "`{}` would get the tier `{}`, policy `{}` gives `{}`",
                    party.id,
                    printable(&asked.tier),
                    change.policy,
                    printable(&change.tier)
                ),
            ),
        }
    }

    pub(crate) fn into_changes(self) -> Vec<TierChange> {
        self.changes
    }
}
