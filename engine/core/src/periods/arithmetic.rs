//! What a bonus comes to.
//!
//! Invariant: pure; nonsense is a violation with its numbers, never an amount.

use fenrun_abi::{
    code::PeriodBase,
    host::{LineSet, ShareAsked, SharePart},
};
use fenrun_money::{ExactSum, Overflow, Rate, decimal::format_minor};

use super::{Bonus, BonusTerm, PeriodFacts};
use crate::guard::Violation;

/// What the bonuses of one policy are reckoned with.
pub(super) struct Setting<'a> {
    pub(super) policy: &'a str,
    pub(super) period: &'a PeriodFacts,
    pub(super) exponent: u8,
}

impl Setting<'_> {
    fn violation(&self, rule: &'static str, message: String) -> Violation {
        Violation::new(rule, Some(self.policy), message)
    }

    fn overflow(&self, _: Overflow) -> Violation {
        self.violation("overflow", "the amounts of a bonus do not fit".into())
    }

    fn show(&self, amount: i64) -> String {
        format_minor(amount, self.exponent).to_string()
    }

    fn not_negative(&self, what: &str, amount: i64) -> Result<i64, Violation> {
        if amount < 0 {
            let message = format!("{what} of {}, at least 0 is allowed", self.show(amount));
            return Err(self.violation("negative_amount", message));
        }
        Ok(amount)
    }

    /// The rate, and whether it is taken off.
    fn rate(&self, numerator: i64, denominator: i64) -> Result<(Rate, bool), Violation> {
        let malformed = |error: &dyn std::fmt::Display| {
            self.violation("malformed_ratio", format!("a bonus of {numerator}/{denominator}: {error}"))
        };
        let less = numerator < 0;
        let size = numerator.checked_abs().ok_or_else(|| malformed(&"the number is too large"))?;
        let rate = Rate::new(size, denominator).map_err(|error| malformed(&error))?;
        if rate.exceeds_one() {
            let message = format!("a bonus of {rate}, at most 100% is allowed");
            return Err(self.violation("rate_above_100", message));
        }
        Ok((rate, less))
    }

    /// A base and its amount: never below zero, for refunds of an earlier period take nothing from this one.
    fn base(&self, code: i32) -> Result<(PeriodBase, i64), Violation> {
        let base = PeriodBase::from_id(code).ok_or_else(|| {
            let message = format!("a bonus of the base {code}, which a period does not have");
            self.violation("unknown_base", message)
        })?;
        let period = self.period;
        let amount = match base {
            PeriodBase::Volume => period.volume_minor,
            PeriodBase::DirectVolume => period.direct_volume_minor,
            PeriodBase::GroupVolume => period.group_volume_minor,
            PeriodBase::TotalVolume => period.total_volume_minor,
            PeriodBase::Accrued => period.accrued_minor,
            PeriodBase::AccruedHere => period.accrued_by(self.policy),
        };
        Ok((base, amount.max(0)))
    }

    fn of_no_lines(&self, lines: LineSet) -> Result<(), Violation> {
        match lines {
            LineSet::None => Ok(()),
            _ => Err(self.violation("unknown_lines", "a bonus names lines, a period has none".into())),
        }
    }

    /// The part of a base that lies above `from` and not above `to`.
    fn banded(&self, base: i64, from: i64, to: i64) -> Result<i64, Violation> {
        if from < 0 || to < from {
            let message = format!("a band from {} to {}", self.show(from), self.show(to));
            return Err(self.violation("malformed_band", message));
        }
        Ok(base.min(to).saturating_sub(from).max(0))
    }

    fn term(&self, exact: &mut ExactSum, part: SharePart) -> Result<BonusTerm, Violation> {
        let overflow = |error| self.overflow(error);
        match part {
            SharePart::Fixed { lines, amount } => {
                self.of_no_lines(lines)?;
                let amount_minor = self.not_negative("a fixed bonus", amount)?;
                exact.add(amount_minor).map_err(overflow)?;
                Ok(BonusTerm::Fixed { amount_minor })
            }
            SharePart::Rate { lines, base, from, to, numerator, denominator } => {
                self.of_no_lines(lines)?;
                let (base, base_minor) = self.base(base)?;
                let (rate, less) = self.rate(numerator, denominator)?;
                let band = (from, to) != (i64::MIN, i64::MAX);
                let counted_minor = if band { self.banded(base_minor, from, to)? } else { base_minor };
                let signed = if less { counted_minor.saturating_neg() } else { counted_minor };
                exact.add_product(signed, rate).map_err(overflow)?;
                let band = band.then_some((from, to));
                Ok(BonusTerm::Rate { base, base_minor, band, counted_minor, rate, less })
            }
        }
    }

    /// Reckons a bonus.
    pub(super) fn reckon(&self, asked: &ShareAsked) -> Result<Bonus, Violation> {
        if asked.reason.trim().is_empty() {
            return Err(self.violation("no_reason", "a bonus says no reason".into()));
        }
        if asked.parts.is_empty() {
            return Err(self.violation("empty_share", "a bonus has no term".into()));
        }
        if !asked.funders.is_empty() {
            let message = "a bonus names who funds it, which only a share of an order may".into();
            return Err(self.violation("bonus_funded", message));
        }
        let mut exact = ExactSum::zero();
        let terms = asked
            .parts
            .iter()
            .map(|part| self.term(&mut exact, *part))
            .collect::<Result<Vec<_>, Violation>>()?;
        let (minimum, maximum) = (asked.minimum, asked.maximum);
        for (what, limit) in [("a minimum", minimum), ("a maximum", maximum)] {
            if let Some(limit) = limit {
                self.not_negative(what, limit)?;
            }
        }
        if let (Some(minimum), Some(maximum)) = (minimum, maximum)
            && minimum > maximum
        {
            let message =
                format!("a minimum of {} above a maximum of {}", self.show(minimum), self.show(maximum));
            return Err(self.violation("limits_crossed", message));
        }
        exact.clamp_min(minimum.unwrap_or(0));
        if let Some(maximum) = maximum {
            exact.clamp_max(maximum);
        }
        Ok(Bonus {
            policy: self.policy.into(),
            terms,
            minimum_minor: minimum,
            maximum_minor: maximum,
            exact,
            amount_minor: exact.floor().map_err(|error| self.overflow(error))?,
            reason: asked.reason.to_string(),
        })
    }
}
