//! The shares one policy asks for: what each comes to, and on which lines.
//!
//! Invariant: pure; the allocation of a share adds up to its amount.

use std::collections::BTreeMap;

use fenrun_abi::{
    code::Base,
    host::{Asked, ShareAsked, SharePart},
    limit::TERM_LINES_MAX,
};
use fenrun_money::{Allocation, ExactSum, Overflow, Rate, allocate, allocate_exact, decimal::format_minor};

use crate::{
    cart::{Bases, Cart},
    decision::{Allocated, LineBases, PartyRef, Share, ShareFunder, Term},
    event::LineKind,
    guard::{Violation, resolve},
    in_play::InPlay,
};

/// What shares are decided among.
pub(crate) struct Setting<'a> {
    pub(crate) policy: &'a str,
    pub(crate) parties: &'a [PartyRef],
    pub(crate) cart: &'a Cart,
    pub(crate) bases: &'a Bases,
    pub(crate) exponent: u8,
    pub(crate) rounding: Allocation,
    pub(crate) pay_from_fees: bool,
    /// The coupons that shares may use up.
    pub(crate) play: &'a InPlay,
}

/// A share with its exact sum, before it is rounded.
struct Reckoned<'a> {
    asked: &'a ShareAsked,
    party: PartyRef,
    terms: Vec<Term>,
    /// What each line contributes before limits: the weights of the allocation.
    contributions: Contributions,
    unlimited: ExactSum,
    exact: ExactSum,
}

/// What lines contribute to a share: whole numbers in the proportion of the exact contributions.
enum Contributions {
    /// One term: its base amounts by line.
    Amounts(Vec<(usize, i64)>),
    /// Several terms: each term's sum, finely scaled, allocated by its base amounts, and added up by line.
    Sums(BTreeMap<usize, i64>),
}

/// Parts of a minor unit in which the terms of a share are weighed against each other.
const SCALE_BITS: u32 = 20;

impl Contributions {
    /// Adds a term: what it comes to exactly, and the base amounts it comes from.
    fn add(&mut self, exact: ExactSum, amounts: Vec<(usize, i64)>) -> Result<(), Overflow> {
        let sums = match self {
            Self::Amounts(only) => {
                *only = amounts;
                return Ok(());
            }
            Self::Sums(sums) => sums,
        };
        let scaled = exact
            .numerator()
            .checked_mul(1 << SCALE_BITS)
            .and_then(|numerator| numerator.checked_div(exact.denominator()))
            .and_then(|scaled| i64::try_from(scaled).ok());
        let total = scaled.ok_or(Overflow)?;
        let weights: Vec<i64> = amounts.iter().map(|(_, amount)| *amount).collect();
        let mut parts = vec![0; weights.len()];
        if total > 0 && weights.iter().any(|weight| *weight > 0) {
            allocate(total, &weights, Allocation::LargestRemainder, &mut parts).map_err(|_| Overflow)?;
        }
        for ((line, _), part) in amounts.iter().zip(parts) {
            let sum = sums.entry(*line).or_insert(0);
            *sum = sum.checked_add(part).ok_or(Overflow)?;
        }
        Ok(())
    }
}

impl Setting<'_> {
    fn violation(&self, rule: &'static str, message: String) -> Violation {
        Violation::new(rule, Some(self.policy), message)
    }

    fn overflow(&self, _: Overflow) -> Violation {
        self.violation("overflow", "the amounts of a share do not fit".into())
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

    fn rate(&self, numerator: i64, denominator: i64) -> Result<Rate, Violation> {
        let rate = Rate::new(numerator, denominator).map_err(|error| {
            self.violation("malformed_ratio", format!("a share of {numerator}/{denominator}: {error}"))
        })?;
        if rate.exceeds_one() {
            return Err(
                self.violation("rate_above_100", format!("a share of {rate}, at most 100% is allowed"))
            );
        }
        Ok(rate)
    }

    /// Who carries parts of a share: each once, together no more than the whole.
    fn funders(&self, asked: &ShareAsked) -> Result<Vec<ShareFunder>, Violation> {
        let mut carried = ExactSum::zero();
        let mut funders: Vec<ShareFunder> = Vec::new();
        for funder in &asked.funders {
            let Some(party) = self.parties.get(funder.party) else { continue };
            let rate = self.rate(funder.funding.numerator, funder.funding.denominator)?;
            if funders.iter().any(|other| other.party == *party) {
                return Err(self.violation("funder_twice", format!("`{}` funds one share twice", party.id)));
            }
            carried.add_product(1, rate).map_err(|error| self.overflow(error))?;
            funders.push(ShareFunder { party: party.clone(), rate });
        }
        if carried > 1 {
            let message = "the funders carry more than the whole share".into();
            return Err(self.violation("funding_above_100", message));
        }
        Ok(funders)
    }

    fn base(&self, code: i32) -> Result<Base, Violation> {
        Base::from_id(code).ok_or_else(|| {
            self.violation("unknown_base", format!("a share of the base {code}, which does not exist"))
        })
    }

    /// The base of one line, with what earlier shares took off it where the base is what is left.
    fn line_base(&self, base: Base, index: usize, taken: &[i64]) -> Result<i64, Violation> {
        let row: &LineBases = self.bases.lines.get(index).ok_or_else(|| self.overflow(Overflow))?;
        let Some(amount) = row.amount(base) else {
            let id = self.cart.lines.get(index).map_or("?", |line| &*line.id);
            let message = format!("line `{id}` has no cost, which its margin needs");
            return Err(self.violation("no_margin", message));
        };
        Ok(match base {
            Base::Left => amount.saturating_sub(taken.get(index).copied().unwrap_or(0)).max(0),
            _ => amount,
        })
    }

    fn may_be_shared(&self, lines: &[usize]) -> Result<(), Violation> {
        for line in lines.iter().filter_map(|index| self.cart.lines.get(*index)) {
            let (rule, what) = match line.kind {
                LineKind::Goods => continue,
                LineKind::Fee | LineKind::Deposit if self.pay_from_fees => continue,
                LineKind::Fee | LineKind::Deposit => {
                    ("pay_from_fees", "fees and deposits are not a base for shares")
                }
                LineKind::Shipping => ("pay_from_shipping", "shipping is not a base for shares"),
            };
            let message = format!("a share of line `{}`, which is a {}: {what}", line.id, line.kind.name());
            return Err(self.violation(rule, message));
        }
        Ok(())
    }

    fn reckon<'a>(
        &self,
        all: &Asked,
        asked: &'a ShareAsked,
        taken: &[i64],
    ) -> Result<Reckoned<'a>, Violation> {
        if asked.reason.trim().is_empty() {
            return Err(self.violation("no_reason", "a share says no reason".into()));
        }
        if asked.parts.is_empty() {
            return Err(self.violation("empty_share", "a share has no term".into()));
        }
        let party = self.parties.get(asked.party).ok_or_else(|| self.overflow(Overflow))?.clone();
        let mut reckoned = Reckoned {
            asked,
            party,
            terms: Vec::with_capacity(asked.parts.len()),
            contributions: match asked.parts.len() {
                1 => Contributions::Amounts(Vec::new()),
                _ => Contributions::Sums(BTreeMap::new()),
            },
            unlimited: ExactSum::zero(),
            exact: ExactSum::zero(),
        };
        for part in asked.parts.iter() {
            self.add(&mut reckoned, all, *part, taken)?;
        }
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
        reckoned.exact = reckoned.unlimited;
        if let Some(minimum) = minimum {
            reckoned.exact.clamp_min(minimum);
        }
        if let Some(maximum) = maximum {
            reckoned.exact.clamp_max(maximum);
        }
        Ok(reckoned)
    }

    fn add(
        &self,
        reckoned: &mut Reckoned<'_>,
        all: &Asked,
        part: SharePart,
        taken: &[i64],
    ) -> Result<(), Violation> {
        let overflow = |error| self.overflow(error);
        match part {
            SharePart::Fixed { lines, amount } => {
                let (range, members) = resolve(self.policy, all, lines, self.cart)?;
                self.may_be_shared(&members)?;
                let amount_minor = self.not_negative("a fixed share", amount)?;
                if amount_minor > 0 && members.is_empty() {
                    let message = format!("a fixed share of {} of no line", self.show(amount_minor));
                    return Err(self.violation("share_of_nothing", message));
                }
                let weights: Vec<i64> = members
                    .iter()
                    .map(|index| self.cart.lines.get(*index).map_or(0, |line| line.quantity))
                    .collect();
                let mut parts = vec![0; members.len()];
                if amount_minor > 0 {
                    allocate(amount_minor, &weights, Allocation::LargestRemainder, &mut parts)
                        .map_err(|_| self.overflow(Overflow))?;
                }
                let exact = ExactSum::whole(amount_minor);
                let amounts = members.iter().copied().zip(parts).collect();
                reckoned.contributions.add(exact, amounts).map_err(overflow)?;
                reckoned.unlimited.add(amount_minor).map_err(overflow)?;
                reckoned.terms.push(Term::Fixed { lines: range, amount_minor });
            }
            SharePart::Rate { lines, base, from, to, numerator, denominator } => {
                let (range, members) = resolve(self.policy, all, lines, self.cart)?;
                self.may_be_shared(&members)?;
                let base = self.base(base)?;
                let rate = self.rate(numerator, denominator)?;
                let mut amounts = Vec::with_capacity(members.len());
                for index in members {
                    amounts.push((index, self.line_base(base, index, taken)?));
                }
                let sum = amounts.iter().try_fold(0_i64, |sum, (_, amount)| sum.checked_add(*amount));
                let base_minor = sum.ok_or(Overflow).map_err(overflow)?;
                let band = (from, to) != (i64::MIN, i64::MAX);
                let counted_minor = if band { self.banded(base_minor, from, to)? } else { base_minor };
                let mut exact = ExactSum::zero();
                exact.add_product(counted_minor, rate).map_err(overflow)?;
                reckoned.unlimited.add_sum(exact).map_err(overflow)?;
                let bases =
                    amounts.iter().map(|(line, amount)| Allocated { line: *line, amount_minor: *amount });
                let bases = bases.collect();
                reckoned.contributions.add(exact, amounts).map_err(overflow)?;
                let band = band.then_some((from, to));
                reckoned.terms.push(Term::Rate {
                    lines: range,
                    base,
                    base_minor,
                    band,
                    counted_minor,
                    rate,
                    bases,
                });
            }
        }
        Ok(())
    }

    /// The part of a base that lies above `from` and not above `to`.
    fn banded(&self, base: i64, from: i64, to: i64) -> Result<i64, Violation> {
        if from < 0 || to < from {
            let message = format!("a band from {} to {}", self.show(from), self.show(to));
            return Err(self.violation("malformed_band", message));
        }
        Ok(base.min(to).saturating_sub(from).max(0))
    }

    /// Shares the amount out over the lines, in proportion to what each contributed, by largest remainder; ties by line
    /// id.
    fn allocate(&self, reckoned: &Reckoned<'_>, amount: i64) -> Result<Vec<Allocated>, Violation> {
        let (lines, mut weights): (Vec<usize>, Vec<i64>) = match &reckoned.contributions {
            Contributions::Amounts(amounts) => amounts.iter().copied().unzip(),
            Contributions::Sums(sums) => sums.iter().map(|(line, weight)| (*line, *weight)).unzip(),
        };
        if lines.is_empty() && amount > 0 {
            let message = format!("a share of {} of no line", self.show(amount));
            return Err(self.violation("share_of_nothing", message));
        }
        if weights.iter().all(|weight| *weight == 0) {
            // A minimum lifted a share of nothing: the lines carry it alike.
            weights.fill(1);
        }
        let mut parts = vec![0; lines.len()];
        if amount > 0 {
            allocate(amount, &weights, Allocation::LargestRemainder, &mut parts)
                .map_err(|_| self.overflow(Overflow))?;
        }
        let mut allocation = Vec::with_capacity(lines.len());
        let taken = lines.into_iter().zip(parts).filter(|(_, part)| *part != 0);
        allocation.extend(taken.map(|(line, amount_minor)| Allocated { line, amount_minor }));
        Ok(allocation)
    }
}

/// Reckons, rounds and allocates every share that one policy asks for. `taken` is what earlier shares took off each line;
/// it grows by the shares that are returned.
pub(crate) fn reckon(
    setting: &Setting<'_>,
    all: &Asked,
    asked: &[&ShareAsked],
    taken: &mut [i64],
) -> Result<Vec<Share>, Vec<Violation>> {
    let touched = asked.iter().map(|share| share.parts.len()).fold(0, usize::saturating_add);
    if touched.saturating_mul(setting.cart.lines.len()) > TERM_LINES_MAX {
        let message = format!(
            "{touched} terms over {} lines, at most {TERM_LINES_MAX} together are allowed; hint: name a set of lines once",
            setting.cart.lines.len()
        );
        return Err(vec![setting.violation("too_many_terms", message)]);
    }
    // A part of what is left needs the rounded shares before it, so a policy that uses it goes share by share.
    let uses_left = asked
        .iter()
        .flat_map(|share| share.parts.iter())
        .any(|part| matches!(part, SharePart::Rate { base, .. } if *base == Base::Left.id()));
    let mut shares = Vec::with_capacity(asked.len());
    let mut violations = Vec::new();
    let groups: Vec<&[&ShareAsked]> = if uses_left { asked.chunks(1).collect() } else { vec![asked] };
    for group in groups {
        match reckon_together(setting, all, group, taken) {
            Ok(mut more) => shares.append(&mut more),
            Err(mut more) => violations.append(&mut more),
        }
    }
    if violations.is_empty() { Ok(shares) } else { Err(violations) }
}

/// Rounds the shares of one policy by the program's rounding. A share that is fixed, or that a limit has set, is whole
/// already: no remainder of another share may touch it (I12), and no joint rounding may lift a share over its maximum.
fn round(setting: &Setting<'_>, reckoned: &[Reckoned<'_>]) -> Result<Vec<i64>, Violation> {
    let overflow = || setting.overflow(Overflow);
    let is_set = |share: &Reckoned<'_>| {
        share.exact != share.unlimited || share.terms.iter().all(|term| matches!(term, Term::Fixed { .. }))
    };
    let joint: Vec<ExactSum> =
        reckoned.iter().filter(|share| !is_set(share)).map(|share| share.exact).collect();
    let mut rounded = vec![0; joint.len()];
    if !joint.is_empty() {
        allocate_exact(&joint, setting.rounding, &mut rounded).map_err(|_| overflow())?;
    }
    let mut rounded = rounded.into_iter();
    reckoned
        .iter()
        .map(|share| {
            if is_set(share) {
                return share.exact.floor().map_err(|_| overflow());
            }
            let amount = rounded.next().ok_or_else(overflow)?;
            Ok(amount.max(share.asked.minimum.unwrap_or(amount)).min(share.asked.maximum.unwrap_or(amount)))
        })
        .collect()
}

fn reckon_together(
    setting: &Setting<'_>,
    all: &Asked,
    asked: &[&ShareAsked],
    taken: &mut [i64],
) -> Result<Vec<Share>, Vec<Violation>> {
    let mut reckoned = Vec::with_capacity(asked.len());
    let mut violations = Vec::new();
    for share in asked {
        match setting.reckon(all, share, taken) {
            Ok(share) => reckoned.push(share),
            Err(violation) => violations.push(violation),
        }
    }
    if !violations.is_empty() {
        return Err(violations);
    }
    let amounts = round(setting, &reckoned).map_err(|violation| vec![violation])?;
    let mut shares = Vec::with_capacity(reckoned.len());
    for (share, amount_minor) in reckoned.into_iter().zip(amounts) {
        let allocation = setting.allocate(&share, amount_minor).map_err(|violation| vec![violation])?;
        for part in &allocation {
            if let Some(taken) = taken.get_mut(part.line) {
                *taken = taken.saturating_add(part.amount_minor);
            }
        }
        shares.push(Share {
            policy: setting.policy.into(),
            party: share.party,
            terms: share.terms,
            minimum_minor: share.asked.minimum,
            maximum_minor: share.asked.maximum,
            exact: share.exact,
            amount_minor,
            trimmed_minor: 0,
            reason: share.asked.reason.to_string(),
            allocation,
            funders: setting.funders(share.asked).map_err(|violation| vec![violation])?,
            coupons: setting.play.named(&share.asked.coupons),
        });
    }
    Ok(shares)
}
