//! A grant of points, stars or coupons: of what, how many, to whom, for how long, and why.
//!
//! Invariant: whole units; never money.

use fenrun_abi::{BUYER, NO_EXPIRY};

use crate::{
    Base, Party, Rate,
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

/// How many whole units a part of an amount is worth: one for each `unit_minor` of it, the rest is dropped. `None` where
/// that cannot be reckoned: an amount below zero, a unit of nothing, a product of more than 64 bits.
///
/// ```
/// use fenrun_sdk::{Rate, units_for};
///
/// assert_eq!(units_for(9_999, Rate::ONE, 5_000), Some(1));
/// assert_eq!(units_for(800, Rate::percent(50), 1), Some(400));
/// assert_eq!(units_for(-1, Rate::ONE, 5_000), None);
/// ```
#[must_use]
pub fn units_for(amount_minor: i64, rate: Rate, unit_minor: i64) -> Option<i64> {
    if amount_minor < 0 {
        return None;
    }
    let each = rate.denominator().checked_mul(unit_minor)?;
    amount_minor.checked_mul(rate.numerator())?.checked_div(each)
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

impl Grant {
    /// What the units came from: a rate of a base of the order, in units for each minor unit. A refund leaves no more of
    /// them than that is of what remains.
    pub fn earned_by(self, base: Base, rate: Rate) -> Self {
        sys::grant_term(self.effect, base.lines(), base.kind().id(), rate.numerator(), rate.denominator());
        self
    }

    /// The units are one for each `each` units of another asset that the receiver has earned in all: where a refund takes
    /// of those, what is too many over all is taken back.
    pub fn one_for_each(self, each: i64, asset: Symbol) -> Self {
        sys::grant_each(self.effect, asset.number(), each);
        self
    }
}

impl Sealed for Grant {}

impl Effect for Grant {
    fn end(self) {
        sys::end(self.effect);
    }
}
