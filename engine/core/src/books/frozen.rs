//! A share as it was decided, so that its formula can be run again on what remains of the order.
//!
//! Invariant: what is kept depends only on what remains, never on the way there; less remaining never keeps more; where
//! nothing remains, nothing is kept.

use fenrun_money::{ExactSum, Overflow, Rate, Rounding};
use serde::{Deserialize, Serialize};

use super::lot::LotLine;
use crate::decision::{Decision, LineRange, Share, Term};
use crate::event::LineKind;

/// One share of an order with its frozen formula. Amounts are minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FrozenShare {
    pub(crate) policy: String,
    pub(crate) party: String,
    pub(crate) role: String,
    pub(crate) reason: String,
    pub(crate) terms: Vec<FrozenTerm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) minimum: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) maximum: Option<i64>,
    /// What was credited when the order was paid or its period closed.
    pub(crate) accrued: i64,
    /// What the formula alone came to; more than `accrued` where the guard trimmed it.
    pub(crate) full: i64,
    /// What is kept by now: `accrued` less all clawbacks.
    pub(crate) retained: i64,
    /// Who carries parts of it: the party, and the part's numerator and denominator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) funders: Vec<(String, i64, i64)>,
    /// The period at whose close it was given, where it is a bonus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) period: Option<String>,
    /// Whether it has left the order's lot.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) released: bool,
}

/// One part of a frozen formula.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FrozenTerm {
    /// A rate of what the lines were worth, each with its place in the order and its base.
    Rate { bases: Vec<(usize, i64)>, band: Option<(i64, i64)>, numerator: i64, denominator: i64 },
    /// A fixed amount that belongs to these lines.
    Fixed { lines: Vec<usize>, amount: i64 },
}

impl FrozenTerm {
    /// The lines it is of, by their place.
    fn lines(&self) -> Vec<usize> {
        match self {
            Self::Rate { bases, .. } => bases.iter().map(|(line, _)| *line).collect(),
            Self::Fixed { lines, .. } => lines.clone(),
        }
    }

    /// Adds what this part comes to on what remains of the lines.
    pub(crate) fn add_to(&self, sum: &mut ExactSum, lines: &[LotLine]) -> Result<(), Overflow> {
        match self {
            Self::Rate { bases, band, numerator, denominator } => {
                let mut base = 0_i64;
                for (line, amount) in bases {
                    let left = lines.get(*line).map_or(Ok(0), |line| line.scaled(*amount))?;
                    base = base.checked_add(left).ok_or(Overflow)?;
                }
                if let Some((from, to)) = band {
                    base = base.min(*to).saturating_sub(*from).max(0);
                }
                let rate = Rate::new(*numerator, *denominator).map_err(|_| Overflow)?;
                sum.add_product(base, rate)
            }
            Self::Fixed { lines: members, amount } => {
                let (left, all) = units(members, lines);
                let product = i128::from(*amount).checked_mul(left).ok_or(Overflow)?;
                sum.add_fraction(product, all.max(1)).map_err(|_| Overflow)
            }
        }
    }
}

/// The units that remain of some lines, and all their units. What was free counts only where all of it was: otherwise a
/// gift that stays would keep a part of a share alive whose money has all gone back.
fn units(members: &[usize], lines: &[LotLine]) -> (i128, i128) {
    let all = || members.iter().filter_map(|line| lines.get(*line));
    let some_paid = all().any(|line| line.due > 0);
    let found = all().filter(|line| !some_paid || line.due > 0);
    found.fold((0, 0), |(left, all), line| {
        let left = i128::saturating_add(left, line.units_left().into());
        (left, i128::saturating_add(all, line.quantity.into()))
    })
}

impl FrozenShare {
    /// Freezes a share of a decision.
    pub(crate) fn of(decision: &Decision, share: &Share) -> Result<Self, Overflow> {
        let terms = share.terms.iter().map(|term| freeze(decision, term)).collect();
        Ok(Self {
            policy: share.policy.clone(),
            party: share.party.id.to_string(),
            role: share.party.role.to_string(),
            reason: share.reason.clone(),
            terms,
            minimum: share.minimum_minor,
            maximum: share.maximum_minor,
            accrued: share.amount_minor,
            full: share.amount_minor.checked_add(share.trimmed_minor).ok_or(Overflow)?,
            retained: share.amount_minor,
            funders: share
                .funders
                .iter()
                .map(|funder| {
                    (funder.party.id.to_string(), funder.rate.numerator(), funder.rate.denominator())
                })
                .collect(),
            period: None,
            released: false,
        })
    }

    /// What a funder gets back where this much of the share is kept from now on: its part of before, less its part of now.
    pub(crate) fn funders_back(&self, kept: i64) -> Result<Vec<(String, i64)>, Overflow> {
        let mut back = Vec::new();
        for (party, numerator, denominator) in &self.funders {
            let rate = Rate::new(*numerator, *denominator).map_err(|_| Overflow)?;
            let part = |amount| rate.of(amount, Rounding::Floor);
            let amount = part(self.retained)?.checked_sub(part(kept)?).ok_or(Overflow)?;
            if amount > 0 {
                back.push((party.clone(), amount));
            }
        }
        Ok(back)
    }

    /// What is kept when this remains of the order's lines: the formula, floored, and never more than was credited.
    pub(crate) fn kept(&self, lines: &[LotLine]) -> Result<i64, Overflow> {
        let members: Vec<usize> = {
            let mut members: Vec<usize> = self.terms.iter().flat_map(FrozenTerm::lines).collect();
            members.sort_unstable();
            members.dedup();
            members
        };
        if members.iter().filter_map(|line| lines.get(*line)).all(LotLine::is_untouched) {
            return Ok(self.accrued);
        }
        let (left, all) = units(&members, lines);
        let mut sum = ExactSum::zero();
        for term in &self.terms {
            term.add_to(&mut sum, lines)?;
        }
        if let Some(minimum) = self.minimum {
            let product = i128::from(minimum).checked_mul(left).ok_or(Overflow)?;
            let mut scaled = ExactSum::zero();
            scaled.add_fraction(product, all.max(1)).map_err(|_| Overflow)?;
            sum = sum.max(scaled);
        }
        if let Some(maximum) = self.maximum {
            sum.clamp_max(maximum);
        }
        let formula = sum.floor()?.max(0);
        let formula = if self.accrued < self.full {
            // What the guard trimmed stays trimmed by the same part.
            let product = i128::from(formula).checked_mul(self.accrued.into()).ok_or(Overflow)?;
            i64::try_from(product.checked_div(self.full.into()).ok_or(Overflow)?).map_err(|_| Overflow)?
        } else {
            formula
        };
        Ok(formula.min(self.accrued))
    }
}

fn freeze(decision: &Decision, term: &Term) -> FrozenTerm {
    match term {
        Term::Rate { bases, band, rate, .. } => FrozenTerm::Rate {
            bases: bases.iter().map(|part| (part.line, part.amount_minor)).collect(),
            band: *band,
            numerator: rate.numerator(),
            denominator: rate.denominator(),
        },
        Term::Fixed { lines, amount_minor } => {
            let of_kind = |wanted: LineKind| {
                let lines = decision.lines.iter().enumerate();
                lines.filter(|(_, line)| line.kind == wanted).map(|(place, _)| place).collect()
            };
            let lines = match lines {
                LineRange::AllGoods => of_kind(LineKind::Goods),
                LineRange::Shipping => of_kind(LineKind::Shipping),
                LineRange::Lines(lines) => lines.clone(),
            };
            FrozenTerm::Fixed { lines, amount: *amount_minor }
        }
    }
}
