//! A grant of points, stars or coupons: of what, how many, to whom, for how long, and why.
//!
//! Invariant: whole units; never money.

use fenrun_abi::{BUYER, NO_EXPIRY};

use crate::{
    Party,
    decided::{Effect, Sealed},
    symbol::Symbol,
    sys,
};

/// Begins a grant of so many whole units of an asset, at least 1.
///
/// `grant(stars, 3).to_buyer().because("…")` is one; `expires_in` may come before the reason.
#[must_use = "a grant counts only with a receiver and a reason, and when the hook returns it"]
pub const fn grant(asset: Symbol, units: i64) -> GrantStart {
    GrantStart { asset, units }
}

/// A grant that waits for its receiver.
#[must_use = "a grant counts only with a receiver and a reason, and when the hook returns it"]
#[derive(Debug)]
pub struct GrantStart {
    asset: Symbol,
    units: i64,
}

impl GrantStart {
    /// The buyer gets them: whoever the event is about.
    pub const fn to_buyer(self) -> GrantTerms {
        GrantTerms { start: self, to: BUYER, days: NO_EXPIRY }
    }

    /// A party gets them.
    pub const fn to(self, party: Party) -> GrantTerms {
        GrantTerms { start: self, to: party.index(), days: NO_EXPIRY }
    }
}

/// A grant with a receiver.
#[must_use = "a grant counts only with a reason, and when the hook returns it"]
#[derive(Debug)]
pub struct GrantTerms {
    start: GrantStart,
    to: i32,
    days: i32,
}

impl GrantTerms {
    /// The units expire after so many days, at least 1.
    pub fn expires_in(self, days: u32) -> Self {
        Self { days: i32::try_from(days).unwrap_or(i32::MAX), ..self }
    }

    /// Why, for people (at most 200 bytes).
    pub fn because(self, reason: &str) -> Grant {
        let Self { start, to, days } = self;
        let effect = sys::grant(to, start.asset.number(), start.units, days);
        sys::reason(effect, reason.as_bytes());
        Grant { effect }
    }
}

/// A finished grant. It is asked for when the hook returns it.
#[must_use = "a grant counts only when the hook returns it"]
#[derive(Debug)]
pub struct Grant {
    effect: i32,
}

impl Sealed for Grant {}

impl Effect for Grant {
    fn end(self) {
        sys::end(self.effect);
    }
}
