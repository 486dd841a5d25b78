//! What the close of a period comes to for one party.
//!
//! Invariant: every amount says how it was made.

use fenrun_abi::code::PeriodBase;
use fenrun_money::{Currency, ExactSum, Rate};
use jiff::Timestamp;

use crate::{
    admission::Digest,
    decision::{PartyRef, PolicyRun, TierChange},
    history::VolumeWindow,
};

/// What the close of a period comes to for one party. Amounts are minor units of [`PeriodDecision::currency`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PeriodDecision {
    /// The calendar window of the period.
    pub window: VolumeWindow,
    /// Its first moment.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
    /// The currency of every amount.
    pub currency: Currency,
    /// The digest of the program that decided.
    pub program: Digest,
    /// Who was considered.
    pub party: PartyRef,
    /// The bonuses, in the order of the policies.
    pub bonuses: Vec<Bonus>,
    /// The tier that the party is to have from now on, where a policy says so.
    pub tier: Option<TierChange>,
    /// What each policy was asked and answered.
    pub policies: Vec<PolicyRun>,
}

/// A bonus: made up of what, and why.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Bonus {
    /// The policy that asked for it.
    pub policy: String,
    /// What it is made up of.
    pub terms: Vec<BonusTerm>,
    /// It is at least this, in minor units.
    pub minimum_minor: Option<i64>,
    /// It is at most this, in minor units.
    pub maximum_minor: Option<i64>,
    /// The exact sum before it was floored, in minor units: after minimum and maximum, never below zero.
    pub exact: ExactSum,
    /// The amount, in minor units.
    pub amount_minor: i64,
    /// Why, as the policy gave it.
    pub reason: String,
}

/// One part of a bonus's exact sum. Amounts are minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BonusTerm {
    /// A rate of a base.
    Rate {
        /// Which base.
        base: PeriodBase,
        /// The base.
        base_minor: i64,
        /// The band of the base that counts, where there is one: above the first, not above the second.
        band: Option<(i64, i64)>,
        /// The part of the base that counts.
        counted_minor: i64,
        /// The exact rate.
        rate: Rate,
        /// Whether it is taken off, not added.
        less: bool,
    },
    /// A fixed amount.
    Fixed {
        /// The amount.
        amount_minor: i64,
    },
}

impl PeriodDecision {
    /// All bonuses, in minor units.
    #[must_use]
    pub fn bonus_minor(&self) -> i64 {
        self.bonuses.iter().map(|bonus| bonus.amount_minor).fold(0, i64::saturating_add)
    }

    /// The decision as one line of JSON, amounts as decimal text.
    #[must_use]
    pub fn to_json(&self) -> String {
        super::json::write(self)
    }
}
