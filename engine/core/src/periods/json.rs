//! The close of a period as JSON: every amount as decimal text in the currency, every rate exact.
//!
//! Invariant: enough to recompute every amount from nothing but this text.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Serialize;

use super::{Bonus, BonusTerm, PeriodDecision};
use crate::{
    decision::json::{self, Amount, PartyWire, PolicyWire, shown},
    granting::json::{TierWire, tier},
};

/// What the close of a period comes to for one party.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Close", inline)]
struct Wire<'a> {
    /// Always `closed`.
    outcome: &'static str,
    /// `day`, `month`, `quarter`, `year` or `all`.
    window: &'static str,
    /// Its first moment, in UTC.
    start: String,
    /// The first moment after it, in UTC.
    end: String,
    /// The currency of every amount.
    currency: &'a str,
    /// The digest of the program that decided.
    program: String,
    /// Who was considered.
    party: PartyWire<'a>,
    /// The bonuses, in the order of the policies.
    bonuses: Vec<BonusWire<'a>>,
    /// All bonuses.
    total: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// The tier that the party is to have from now on.
    tier: Option<TierWire<'a>>,
    /// What each policy was asked and answered.
    policies: Vec<PolicyWire<'a>>,
}

/// A bonus: made up of what, and why.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Bonus")]
struct BonusWire<'a> {
    policy: &'a str,
    /// The parts of the exact sum.
    terms: Vec<TermWire>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<Amount>,
    /// The exact sum in minor units, after minimum and maximum, before it was floored.
    exact_minor: String,
    amount: Amount,
    /// Why, in the policy's words.
    reason: String,
}

/// One part of a bonus's exact sum.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "BonusTerm")]
enum TermWire {
    /// `rate` of `counted`, which is the base `of`, or the band of it.
    Rate {
        /// `volume`, `direct_volume`, `group_volume`, `total_volume`, `accrued` or `accrued_here`.
        base: &'static str,
        /// The base.
        of: Amount,
        #[serde(skip_serializing_if = "Option::is_none")]
        /// The part above the first and not above the second counts.
        band: Option<(Amount, Option<Amount>)>,
        /// The part of the base that counts.
        counted: Amount,
        /// The exact rate, such as `20%` or `1/3`.
        rate: String,
        /// Taken off, not added.
        #[serde(skip_serializing_if = "is_false")]
        less: bool,
    },
    /// A fixed amount.
    Fixed { fixed: Amount },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that the serializer asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}

struct Writer<'a> {
    decision: &'a PeriodDecision,
}

impl<'a> Writer<'a> {
    fn amount(&self, minor: i64) -> Amount {
        Amount::of(minor, self.decision.currency)
    }

    fn term(&self, term: &BonusTerm) -> TermWire {
        match term {
            BonusTerm::Fixed { amount_minor } => TermWire::Fixed { fixed: self.amount(*amount_minor) },
            BonusTerm::Rate { base, base_minor, band, counted_minor, rate, less } => TermWire::Rate {
                base: base.name(),
                of: self.amount(*base_minor),
                band: band.map(|(from, to)| (self.amount(from), (to != i64::MAX).then(|| self.amount(to)))),
                counted: self.amount(*counted_minor),
                rate: rate.to_string(),
                less: *less,
            },
        }
    }

    fn bonus(&self, bonus: &'a Bonus) -> BonusWire<'a> {
        BonusWire {
            policy: &bonus.policy,
            terms: bonus.terms.iter().map(|term| self.term(term)).collect(),
            minimum: bonus.minimum_minor.map(|minor| self.amount(minor)),
            maximum: bonus.maximum_minor.map(|minor| self.amount(minor)),
            exact_minor: bonus.exact.to_string(),
            amount: self.amount(bonus.amount_minor),
            reason: shown(&bonus.reason),
        }
    }
}

/// The JSON Schema of [`PeriodDecision::to_json`].
#[must_use]
pub fn schema() -> serde_json::Value {
    let settings = SchemaSettings::default().for_serialize();
    settings.into_generator().into_root_schema_for::<Wire<'_>>().to_value()
}

/// The decision as one line of JSON.
pub(super) fn write(decision: &PeriodDecision) -> String {
    let writer = Writer { decision };
    let wire = Wire {
        outcome: "closed",
        window: decision.window.name(),
        start: decision.start.to_string(),
        end: decision.end.to_string(),
        currency: decision.currency.code(),
        program: decision.program.to_string(),
        party: json::party(&decision.party),
        bonuses: decision.bonuses.iter().map(|bonus| writer.bonus(bonus)).collect(),
        total: writer.amount(decision.bonus_minor()),
        tier: decision.tier.as_ref().map(tier),
        policies: decision.policies.iter().map(json::policy).collect(),
    };
    // Strings and numbers only: this cannot fail.
    serde_json::to_string(&wire).unwrap_or_default()
}
