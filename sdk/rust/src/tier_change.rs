//! A change of a party's tier, and why.
//!
//! Invariant: names a tier; what a tier earns is another policy's business.

use crate::{
    Party,
    decided::{Effect, Sealed},
    symbol::Symbol,
    sys,
};

/// Begins a change of tier: the party has this one from now on.
#[must_use = "a change of tier counts only with a reason, and when the hook returns it"]
pub fn tier(party: Party, tier: Symbol) -> TierStart {
    TierStart { effect: sys::tier(party.index(), tier.number()) }
}

/// A change of tier that waits for its reason.
#[must_use = "a change of tier counts only with a reason, and when the hook returns it"]
#[derive(Debug)]
pub struct TierStart {
    effect: i32,
}

impl TierStart {
    /// Why, for people (at most 200 bytes).
    pub fn because(self, reason: &str) -> TierChange {
        sys::reason(self.effect, reason.as_bytes());
        TierChange { effect: self.effect }
    }
}

/// A finished change of tier. It is asked for when the hook returns it.
#[must_use = "a change of tier counts only when the hook returns it"]
#[derive(Debug)]
pub struct TierChange {
    effect: i32,
}

impl Sealed for TierChange {}

impl Effect for TierChange {
    fn end(self) {
        sys::end(self.effect);
    }
}
