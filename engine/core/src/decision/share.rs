//! Shares and discounts with the way each amount was made.
//!
//! Invariant: the allocation of an effect adds up to its amount (I3).

use fenrun_abi::code::Base;
use fenrun_money::{ExactSum, Rate, Rounding};
use serde::{Deserialize, Serialize};

use super::LineRange;

/// A party as a decision names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartyRef {
    /// Its id.
    pub id: Box<str>,
    /// Its role.
    pub role: Box<str>,
    /// Its place in the seller's chain.
    pub depth: Option<u32>,
    /// Whether it is the buyer.
    pub is_buyer: bool,
    /// Whether it may be paid.
    pub eligible: bool,
}

/// What falls on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocated {
    /// The line, by its place in [`Decision::lines`](super::Decision::lines).
    pub line: usize,
    /// Minor units.
    pub amount_minor: i64,
}

/// One part of a share's exact sum. Amounts are minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Term {
    /// A rate of a base.
    Rate {
        /// Which lines.
        lines: LineRange,
        /// Which base.
        base: Base,
        /// The base of these lines.
        base_minor: i64,
        /// The band of the base that counts, where there is one: above the first, not above the second.
        band: Option<(i64, i64)>,
        /// The part of the base that counts.
        counted_minor: i64,
        /// The exact rate.
        rate: Rate,
        /// What each line brings to the base, as it was decided: a refund runs the formula on what remains of these.
        bases: Vec<Allocated>,
    },
    /// A fixed amount.
    Fixed {
        /// Which lines it belongs to.
        lines: LineRange,
        /// The amount.
        amount_minor: i64,
    },
}

/// A share: who gets how much, made up of what, and why.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Share {
    /// The policy that asked for it.
    pub policy: String,
    /// Who gets it.
    pub party: PartyRef,
    /// What it is made up of.
    pub terms: Vec<Term>,
    /// It is at least this, in minor units.
    pub minimum_minor: Option<i64>,
    /// It is at most this, in minor units.
    pub maximum_minor: Option<i64>,
    /// The exact sum before it was rounded, in minor units.
    pub exact: ExactSum,
    /// The amount, in minor units.
    pub amount_minor: i64,
    /// What the guard took off to keep a cap, in minor units.
    pub trimmed_minor: i64,
    /// Why, as the policy gave it.
    pub reason: String,
    /// What falls on each line.
    pub allocation: Vec<Allocated>,
    /// Who carries parts of it; the merchant carries the rest.
    pub funders: Vec<ShareFunder>,
    /// The coupons it uses up, if it comes to more than nothing.
    pub coupons: Vec<String>,
}

/// Who carries a part of a share.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShareFunder {
    /// Who carries it.
    pub party: PartyRef,
    /// Which part, at most 100 %.
    pub rate: Rate,
}

impl ShareFunder {
    /// What of a share's amount it carries, in minor units: floored.
    #[must_use]
    pub fn of(&self, amount_minor: i64) -> i64 {
        // A part of at most 100 % of an amount that fits does fit.
        self.rate.of(amount_minor, Rounding::Floor).unwrap_or(0)
    }
}

/// How a discount is reckoned. Amounts are minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum DiscountKind {
    /// An exact part of the price that is left.
    Percent(#[serde(with = "super::frozen_rate")] Rate),
    /// An amount.
    Amount(i64),
    /// The price of one unit.
    Price(i64),
}

/// Why a discount is smaller than it was reckoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Clamp {
    /// The price that was left was smaller.
    Price,
    /// A line may not be sold below its floor.
    Floor,
    /// The policy's budget allowed no more.
    Budget,
}

/// A part of a discount that somebody else than the merchant carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FunderPart {
    /// Who carries it.
    pub party: PartyRef,
    /// Which part.
    #[serde(with = "super::frozen_rate")]
    pub rate: Rate,
    /// How much, in minor units: floored on each line.
    pub amount_minor: i64,
    /// What falls on each line.
    pub lines: Vec<Allocated>,
}

/// A discount: on what, how much, who carries it, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Discount {
    /// The policy that asked for it.
    pub policy: String,
    /// Which lines.
    pub lines: LineRange,
    /// How it is reckoned.
    pub kind: DiscountKind,
    /// It applies to so many units.
    pub units: Option<i64>,
    /// The price that was left, of these lines, in minor units.
    pub base_minor: i64,
    /// What it was reckoned as, rounded, in minor units.
    pub asked_minor: i64,
    /// The amount, in minor units.
    pub amount_minor: i64,
    /// Why it is smaller than it was reckoned.
    pub clamp: Option<Clamp>,
    /// Why, as the policy gave it.
    pub reason: String,
    /// What falls on each line.
    pub allocation: Vec<Allocated>,
    /// Who carries parts of it.
    pub funders: Vec<FunderPart>,
    /// The coupons it uses up, if it comes to more than nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<String>,
}
