//! A share: who, how it is made up, and why.
//!
//! Invariant: one exact sum, which the host rounds once; a share without a reason cannot be returned.

use fenrun_abi::code::Limit;

use crate::{
    Base, Coupon, Goods, Party, Rate,
    decided::{Effect, Sealed},
    sys,
};

/// Begins a share of a party.
///
/// `share(party).of(order.paid()).at(rate).because("…")` is one; more terms, fixed amounts and limits may follow
/// before the reason. Only shares that the hook returns are asked for.
#[must_use = "a share counts only with a reason, and when the hook returns it"]
pub fn share(party: Party) -> ShareStart {
    ShareStart { effect: sys::share(party.index()) }
}

/// A share that has nothing yet.
#[must_use = "a share counts only with a reason, and when the hook returns it"]
#[derive(Debug)]
pub struct ShareStart {
    effect: i32,
}

impl ShareStart {
    /// Names what a rate applies to; `at` gives the rate.
    pub fn of(self, base: Base) -> ShareOf {
        ShareTerms { effect: self.effect }.plus(base)
    }

    /// A fixed amount in minor units, for all goods.
    pub fn fixed(self, amount_minor: i64) -> ShareTerms {
        ShareTerms { effect: self.effect }.plus_fixed(Goods::ALL, amount_minor)
    }
}

/// A share that waits for the rate of its newest term.
#[must_use = "a share counts only with a reason, and when the hook returns it"]
#[derive(Debug)]
pub struct ShareOf {
    effect: i32,
    base: Base,
}

impl ShareOf {
    /// The exact rate of this base.
    pub fn at(self, rate: Rate) -> ShareTerms {
        let Self { effect, base } = self;
        sys::share_term(effect, base.lines(), base.kind().id(), rate.numerator(), rate.denominator());
        ShareTerms { effect }
    }

    /// The exact rate of the part of this base that lies above `from_minor` and not above `to_minor`.
    pub fn between(self, from_minor: i64, to_minor: i64, rate: Rate) -> ShareTerms {
        let Self { effect, base } = self;
        sys::share_band(
            effect,
            base.lines(),
            base.kind().id(),
            from_minor,
            to_minor,
            rate.numerator(),
            rate.denominator(),
        );
        ShareTerms { effect }
    }

    pub(crate) const fn parts(self) -> (i32, Base) {
        (self.effect, self.base)
    }
}

/// A share with at least one term.
#[must_use = "a share counts only with a reason, and when the hook returns it"]
#[derive(Debug)]
pub struct ShareTerms {
    effect: i32,
}

impl ShareTerms {
    pub(crate) const fn of_effect(effect: i32) -> Self {
        Self { effect }
    }

    /// Names the base of one more term.
    pub const fn plus(self, base: Base) -> ShareOf {
        ShareOf { effect: self.effect, base }
    }

    /// Adds a fixed amount in minor units that belongs to these lines: after a refund it shrinks with their units.
    pub fn plus_fixed(self, goods: Goods, amount_minor: i64) -> Self {
        sys::share_fixed(self.effect, goods.handle(), amount_minor);
        self
    }

    /// The share is at least this, in minor units.
    pub fn at_least(self, amount_minor: i64) -> Self {
        sys::share_limit(self.effect, Limit::Minimum.id(), amount_minor);
        self
    }

    /// The share is at most this, in minor units.
    pub fn at_most(self, amount_minor: i64) -> Self {
        sys::share_limit(self.effect, Limit::Maximum.id(), amount_minor);
        self
    }

    /// This party carries a part; the merchant carries the rest.
    pub fn funded_by(self, party: Party, part: Rate) -> Self {
        sys::share_funder(self.effect, party.index(), part.numerator(), part.denominator());
        self
    }

    /// Why, for people (at most 200 bytes).
    pub fn because(self, reason: &str) -> Share {
        sys::reason(self.effect, reason.as_bytes());
        Share { effect: self.effect }
    }
}

/// A finished share. It is asked for when the hook returns it.
#[must_use = "a share counts only when the hook returns it"]
#[derive(Debug)]
pub struct Share {
    effect: i32,
}

impl Share {
    /// Uses the coupon up, if it comes to more than nothing: once for an order, however many effects name it.
    pub fn using(self, coupon: Coupon) -> Self {
        sys::redeem(self.effect, coupon.index());
        self
    }
}

impl Sealed for Share {}

impl Effect for Share {
    fn end(self) {
        sys::end(self.effect);
    }
}
