//! The close of a period as JSON: every amount as decimal text in the currency, every rate exact.
//!
//! Invariant: enough to recompute every amount from nothing but this text.

use fenrun_money::decimal::format_minor;
use serde::Serialize;

use super::{Bonus, BonusTerm, PeriodDecision};
use crate::{
    decision::json::{self, Amount, PartyWire, PolicyWire, shown},
    granting::json::{TierWire, tier},
};

#[derive(Serialize)]
struct Wire<'a> {
    outcome: &'static str,
    window: &'static str,
    start: String,
    end: String,
    currency: &'a str,
    program: String,
    party: PartyWire<'a>,
    bonuses: Vec<BonusWire<'a>>,
    /// All bonuses.
    total: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<TierWire<'a>>,
    policies: Vec<PolicyWire<'a>>,
}

#[derive(Serialize)]
struct BonusWire<'a> {
    policy: &'a str,
    terms: Vec<TermWire>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<Amount>,
    /// The exact sum in minor units, after minimum and maximum, before it was floored.
    exact_minor: String,
    amount: Amount,
    reason: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum TermWire {
    Rate {
        base: &'static str,
        of: Amount,
        #[serde(skip_serializing_if = "Option::is_none")]
        band: Option<(Amount, Option<Amount>)>,
        counted: Amount,
        rate: String,
        /// Taken off, not added.
        #[serde(skip_serializing_if = "is_false")]
        less: bool,
    },
    Fixed {
        fixed: Amount,
    },
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
        format_minor(minor, self.decision.currency.exponent()).to_string()
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
