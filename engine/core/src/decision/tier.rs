//! A change of a party's tier.
//!
//! Invariant: says what a policy asked for; whether it is a change at all, the ledger knows.

use super::PartyRef;

/// A tier that a party is to have from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TierChange {
    /// The policy that asked for it.
    pub policy: String,
    /// Whose tier.
    pub party: PartyRef,
    /// The tier.
    pub tier: String,
    /// Why, as the policy gave it.
    pub reason: String,
}
