//! A bonus at the close of a period: how it is made up, and why.
//!
//! Invariant: one exact sum, which the host floors once and never takes below zero; it goes to the party that the period
//! is closed for.

use fenrun_abi::{NO_LINES, code::Limit};

use crate::{
    PeriodBase, Rate, Tier, Tiers,
    decided::{Effect, Sealed},
    sys,
};

/// Begins a bonus of the party that the period is closed for.
///
/// `bonus().of(PeriodBase::Volume).at(rate).because("…")` is one. A true-up takes off what was accrued:
/// `bonus().of(PeriodBase::Volume).at(rate).less(PeriodBase::AccruedHere).because("…")`.
#[must_use = "a bonus counts only with a reason, and when the hook returns it"]
pub fn bonus() -> BonusStart {
    BonusStart { effect: sys::share(0) }
}

/// A bonus that has nothing yet.
#[must_use = "a bonus counts only with a reason, and when the hook returns it"]
#[derive(Debug)]
pub struct BonusStart {
    effect: i32,
}

impl BonusStart {
    /// Names what a rate applies to; `at` gives the rate.
    pub const fn of(self, base: PeriodBase) -> BonusOf {
        BonusOf { effect: self.effect, base }
    }

    /// A fixed amount in minor units.
    pub fn fixed(self, amount_minor: i64) -> BonusTerms {
        BonusTerms { effect: self.effect }.plus_fixed(amount_minor)
    }
}

/// A bonus that waits for the rate of its newest term.
#[must_use = "a bonus counts only with a reason, and when the hook returns it"]
#[derive(Debug)]
pub struct BonusOf {
    effect: i32,
    base: PeriodBase,
}

impl BonusOf {
    /// The exact rate of this base.
    pub fn at(self, rate: Rate) -> BonusTerms {
        let Self { effect, base } = self;
        sys::share_term(effect, NO_LINES, base.id(), rate.numerator(), rate.denominator());
        BonusTerms { effect }
    }

    /// The exact rate of the part of this base that lies above `from_minor` and not above `to_minor`.
    pub fn between(self, from_minor: i64, to_minor: i64, rate: Rate) -> BonusTerms {
        let Self { effect, base } = self;
        let (numerator, denominator) = (rate.numerator(), rate.denominator());
        sys::share_band(effect, NO_LINES, base.id(), from_minor, to_minor, numerator, denominator);
        BonusTerms { effect }
    }

    /// Each part of this base at the rate of the tier it lies in: the marginal rule. `base_minor` is the base, as
    /// [`crate::Period::volume`] tells it: tiers that it does not reach are left out.
    pub fn by<const N: usize>(self, tiers: &Tiers<N>, base_minor: i64) -> BonusTerms {
        let Self { effect, base } = self;
        let mut rest = tiers.iter();
        let mut next = rest.next();
        while let Some(Tier { from_minor, rate }) = next {
            next = rest.next();
            let to_minor = next.map_or(i64::MAX, |above| above.from_minor);
            let (numerator, denominator) = (rate.numerator(), rate.denominator());
            sys::share_band(effect, NO_LINES, base.id(), from_minor, to_minor, numerator, denominator);
            if to_minor >= base_minor {
                break;
            }
        }
        BonusTerms { effect }
    }
}

/// A bonus with at least one term.
#[must_use = "a bonus counts only with a reason, and when the hook returns it"]
#[derive(Debug)]
pub struct BonusTerms {
    effect: i32,
}

impl BonusTerms {
    /// Names the base of one more term.
    pub const fn plus(self, base: PeriodBase) -> BonusOf {
        BonusOf { effect: self.effect, base }
    }

    /// Adds a fixed amount in minor units.
    pub fn plus_fixed(self, amount_minor: i64) -> Self {
        sys::share_fixed(self.effect, NO_LINES, amount_minor);
        self
    }

    /// Takes all of a base off. What comes out below zero is zero.
    pub fn less(self, base: PeriodBase) -> Self {
        sys::share_term(self.effect, NO_LINES, base.id(), -1, 1);
        self
    }

    /// Takes a part of a base off. What comes out below zero is zero.
    pub fn less_part(self, base: PeriodBase, rate: Rate) -> Self {
        let numerator = rate.numerator().wrapping_neg();
        sys::share_term(self.effect, NO_LINES, base.id(), numerator, rate.denominator());
        self
    }

    /// The bonus is at least this, in minor units.
    pub fn at_least(self, amount_minor: i64) -> Self {
        sys::share_limit(self.effect, Limit::Minimum.id(), amount_minor);
        self
    }

    /// The bonus is at most this, in minor units.
    pub fn at_most(self, amount_minor: i64) -> Self {
        sys::share_limit(self.effect, Limit::Maximum.id(), amount_minor);
        self
    }

    /// Why, for people (at most 200 bytes).
    pub fn because(self, reason: &str) -> Bonus {
        sys::reason(self.effect, reason.as_bytes());
        Bonus { effect: self.effect }
    }
}

/// A finished bonus. It is asked for when the hook returns it.
#[must_use = "a bonus counts only when the hook returns it"]
#[derive(Debug)]
pub struct Bonus {
    effect: i32,
}

impl Sealed for Bonus {}

impl Effect for Bonus {
    fn end(self) {
        sys::end(self.effect);
    }
}
