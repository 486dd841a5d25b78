//! A discount: on what, how much, who funds it, and why.
//!
//! Invariant: the host rounds it once and never takes a line below zero or its floor.

use crate::{
    Coupon, Goods, Party, Rate,
    decided::{Effect, Sealed},
    sys,
};

/// Begins a discount on a line or a set of lines.
#[must_use = "a discount counts only with a reason, and when the hook returns it"]
pub fn discount(goods: impl Into<Goods>) -> DiscountStart {
    DiscountStart { effect: sys::discount(goods.into().handle()) }
}

/// A discount that does not say yet how it is reckoned.
#[must_use = "a discount counts only with a reason, and when the hook returns it"]
#[derive(Debug)]
pub struct DiscountStart {
    effect: i32,
}

impl DiscountStart {
    /// Applies to so many units of the one line it names.
    pub fn units(self, units: i64) -> Self {
        sys::discount_units(self.effect, units);
        self
    }

    /// Takes an exact part off the price that is left.
    pub fn percent(self, rate: Rate) -> DiscountTerms {
        sys::discount_percent(self.effect, rate.numerator(), rate.denominator());
        DiscountTerms { effect: self.effect }
    }

    /// Takes an exact part off a price of `price_minor` that is left, but at most `maximum_minor`.
    ///
    /// The price is that of the goods the discount names, such as [`crate::Order::amount`] of
    /// [`crate::BaseKind::Paid`] for all goods.
    pub fn percent_at_most(self, rate: Rate, price_minor: i64, maximum_minor: i64) -> DiscountTerms {
        let product = |amount: i64, factor: i64| i128::from(amount).wrapping_mul(i128::from(factor));
        if product(price_minor, rate.numerator()) > product(maximum_minor, rate.denominator()) {
            self.amount(maximum_minor)
        } else {
            self.percent(rate)
        }
    }

    /// Takes an amount off, in minor units, shared out over the lines by what is left of their price.
    pub fn amount(self, amount_minor: i64) -> DiscountTerms {
        sys::discount_amount(self.effect, amount_minor);
        DiscountTerms { effect: self.effect }
    }

    /// Makes each unit cost this much, in minor units, where it costs more.
    pub fn price(self, unit_price_minor: i64) -> DiscountTerms {
        sys::discount_price(self.effect, unit_price_minor);
        DiscountTerms { effect: self.effect }
    }

    /// Gives so many units of the one line away.
    pub fn free_units(self, units: i64) -> DiscountTerms {
        self.units(units).percent(Rate::ONE)
    }
}

/// A discount that says how it is reckoned.
#[must_use = "a discount counts only with a reason, and when the hook returns it"]
#[derive(Debug)]
pub struct DiscountTerms {
    effect: i32,
}

impl DiscountTerms {
    /// This party carries a part; the merchant carries the rest.
    pub fn funded_by(self, party: Party, part: Rate) -> Self {
        sys::discount_funder(self.effect, party.index(), part.numerator(), part.denominator());
        self
    }

    /// Why, for people (at most 200 bytes).
    pub fn because(self, reason: &str) -> Discount {
        sys::reason(self.effect, reason.as_bytes());
        Discount { effect: self.effect }
    }
}

/// A finished discount. It is asked for when the hook returns it.
#[must_use = "a discount counts only when the hook returns it"]
#[derive(Debug)]
pub struct Discount {
    effect: i32,
}

impl Discount {
    /// Uses the coupon up, if it comes to more than nothing: once for an order, however many effects name it.
    pub fn using(self, coupon: Coupon) -> Self {
        sys::redeem(self.effect, coupon.index());
        self
    }
}

impl Sealed for Discount {}

impl Effect for Discount {
    fn end(self) {
        sys::end(self.effect);
    }
}
