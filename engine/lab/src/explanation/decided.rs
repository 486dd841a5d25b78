//! A decision in an explanation: lines, discounts, shares, sums, checks.
//!
//! Invariant: products and sums of what the decision says are exact; what was left of a line before a discount is its price
//! less the discounts before.

use fenrun::decision::{
    Allocated, Clamp, Discount as DecidedDiscount, DiscountKind, FunderPart, LineRange,
    Share as DecidedShare, Term as DecidedTerm,
};
use fenrun::event::{LineKind, Pricing};
use fenrun::{Decision, GuardCheck, Program};
use fenrun_abi::code::Base;
use fenrun_money::{Allocation, ExactSum, Rate, decimal::format_minor};

use super::shown;
use super::wire::{
    Amount, Check, Decided, Discount, Funder, Line, Part, Rounding, Share, ShareFunder, Taken, Term, Totals,
};

pub(super) fn of(decision: &Decision, program: &Program) -> Decided {
    let writer = Writer { decision, program };
    let amount = |minor| writer.amount(minor);
    let totals = &decision.totals;
    Decided {
        order: decision.order.clone(),
        buyer: decision.buyer.clone(),
        time: decision.time.to_string(),
        currency: decision.currency.code().to_owned(),
        exponent: decision.currency.exponent(),
        pricing: match &decision.pricing {
            Pricing::Given => "given".to_owned(),
            Pricing::Engine => "engine".to_owned(),
            Pricing::Quote(quote) => format!("quote {quote}"),
        },
        program: decision.program.to_string(),
        guard: decision.guard.clone(),
        lines: writer.lines(),
        discounts: writer.discounts(),
        shares: writer.shares(),
        totals: Totals {
            list: amount(totals.list),
            discounts: amount(totals.discounts),
            due: amount(totals.due),
            goods_paid: amount(totals.goods_paid),
            shares: amount(totals.shares),
            merchant_net: amount(totals.merchant_net),
            funded: amount(totals.funded),
        },
        guard_checks: decision
            .checks(program.guard())
            .iter()
            .chain(&decision.rail_checks(program.rail()))
            .map(|check| writer.check(check))
            .collect(),
    }
}

struct Writer<'a> {
    decision: &'a Decision,
    program: &'a Program,
}

impl Writer<'_> {
    fn amount(&self, minor: i64) -> Amount {
        format_minor(minor, self.decision.currency.exponent()).to_string()
    }

    fn line_id(&self, line: usize) -> String {
        self.decision.lines.get(line).map(|line| line.id.to_string()).unwrap_or_default()
    }

    fn parts(&self, parts: &[Allocated]) -> Vec<Part> {
        let part =
            |part: &Allocated| Part { line: self.line_id(part.line), amount: self.amount(part.amount_minor) };
        parts.iter().map(part).collect()
    }

    /// The lines of a range, by their places.
    fn members(&self, range: &LineRange) -> Vec<usize> {
        let of = |kind: LineKind| {
            let lines = self.decision.lines.iter().enumerate();
            lines.filter(|(_, line)| line.kind == kind).map(|(place, _)| place).collect()
        };
        match range {
            LineRange::AllGoods => of(LineKind::Goods),
            LineRange::Shipping => of(LineKind::Shipping),
            LineRange::Lines(lines) => lines.clone(),
            _ => Vec::new(),
        }
    }

    fn lines(&self) -> Vec<Line> {
        let line = |line: &fenrun::decision::LineOutcome| Line {
            id: line.id.to_string(),
            kind: line.kind.name(),
            quantity: line.quantity,
            unit_price: self.amount(line.unit_price_minor),
            list: self.amount(line.list_minor),
            discount: self.amount(line.discount_minor),
            due: self.amount(line.due_minor),
            paid: self.amount(line.bases.paid),
            tax: self.amount(line.tax_minor),
            tax_in_paid: self.amount(line.bases.tax),
            ex_tax: self.amount(line.bases.ex_tax),
            cost: line.cost_minor.map(|minor| self.amount(minor)),
            margin: line.bases.margin.map(|minor| self.amount(minor)),
            net: self.amount(line.bases.net),
            floor: line.floor_minor.map(|minor| self.amount(minor)),
        };
        self.decision.lines.iter().map(line).collect()
    }

    fn discounts(&self) -> Vec<Discount> {
        let mut left: Vec<i64> = self.decision.lines.iter().map(|line| line.list_minor).collect();
        let mut told = Vec::with_capacity(self.decision.discounts.len());
        for discount in &self.decision.discounts {
            told.push(self.discount(discount, &left));
            for part in &discount.allocation {
                if let Some(left) = left.get_mut(part.line) {
                    *left = left.saturating_sub(part.amount_minor);
                }
            }
        }
        told
    }

    fn discount(&self, discount: &DecidedDiscount, left: &[i64]) -> Discount {
        let members = self.members(&discount.lines);
        let (percent, off, unit_price) = match discount.kind {
            DiscountKind::Percent(rate) => (Some(rate), None, None),
            DiscountKind::Amount(minor) => (None, Some(self.amount(minor)), None),
            DiscountKind::Price(minor) => (None, None, Some(self.amount(minor))),
            _ => (None, None, None),
        };
        let quantity =
            members.first().and_then(|line| self.decision.lines.get(*line)).map(|line| line.quantity);
        let exact = percent.and_then(|rate| {
            let exact = product(discount.base_minor, rate);
            match discount.units {
                Some(units) => exact.checked_mul(Rate::new(units, quantity?).ok()?).ok(),
                None => Some(exact),
            }
        });
        let on = members.iter().map(|place| {
            let left = left.get(*place).copied().unwrap_or(0);
            let line = self.decision.lines.get(*place);
            let floor = line.and_then(|line| Some(line.floor_minor?.min(line.list_minor))).unwrap_or(0);
            let taken = discount.allocation.iter().filter(|part| part.line == *place);
            Taken {
                line: self.line_id(*place),
                left: self.amount(left),
                room: self.amount(left.saturating_sub(floor).max(0)),
                amount: self.amount(taken.map(|part| part.amount_minor).fold(0, i64::saturating_add)),
            }
        });
        let by_budget = discount.clamp == Some(Clamp::Budget);
        Discount {
            policy: discount.policy.clone(),
            lines: range_name(&discount.lines),
            percent: percent.map(|rate| rate.to_string()),
            off,
            unit_price,
            units: discount.units,
            of: self.amount(discount.base_minor),
            exact_minor: exact.map(|exact| exact.to_string()),
            rounding: "half_up",
            asked: self.amount(discount.asked_minor),
            clamped_by: discount.clamp.map(clamp_name),
            allowed_by_budget: by_budget.then(|| self.amount(discount.amount_minor)),
            amount: self.amount(discount.amount_minor),
            on: on.collect(),
            funders: discount.funders.iter().map(|funder| self.funder(funder)).collect(),
            reason: shown(&discount.reason),
        }
    }

    fn funder(&self, funder: &FunderPart) -> Funder {
        Funder {
            party: funder.party.id.to_string(),
            role: funder.party.role.to_string(),
            rate: funder.rate.to_string(),
            amount: self.amount(funder.amount_minor),
            on: self.parts(&funder.lines),
        }
    }

    fn shares(&self) -> Vec<Share> {
        let sums: Vec<ExactSum> = self.decision.shares.iter().map(sum).collect();
        let shares = self.decision.shares.iter().enumerate();
        shares.map(|(place, share)| self.share(place, share, &sums)).collect()
    }

    fn share(&self, place: usize, share: &DecidedShare, sums: &[ExactSum]) -> Share {
        let sum = sums.get(place).copied().unwrap_or(ExactSum::ZERO);
        let trimmed = share.trimmed_minor;
        Share {
            policy: share.policy.clone(),
            party: share.party.id.to_string(),
            role: share.party.role.to_string(),
            depth: share.party.depth,
            class: self.program.guard().class(&share.party.role).name(),
            terms: share.terms.iter().map(|term| self.term(term)).collect(),
            sum_minor: sum.to_string(),
            minimum: share.minimum_minor.map(|minor| self.amount(minor)),
            maximum: share.maximum_minor.map(|minor| self.amount(minor)),
            exact_minor: share.exact.to_string(),
            rounding: self.rounding(place, share, sums),
            rounded: self.amount(share.amount_minor.saturating_add(trimmed)),
            trimmed: (trimmed != 0).then(|| self.amount(trimmed)),
            amount: self.amount(share.amount_minor),
            allocation: self.parts(&share.allocation),
            funders: share
                .funders
                .iter()
                .map(|funder| ShareFunder {
                    party: funder.party.id.to_string(),
                    role: funder.party.role.to_string(),
                    rate: funder.rate.to_string(),
                    amount: self.amount(funder.of(share.amount_minor)),
                })
                .collect(),
            reason: shown(&share.reason),
        }
    }

    /// How a share was rounded: what is fixed, or what a limit has set, is whole; the others by the policy's rounding,
    /// together where that is joint, one by one where a share is of what earlier ones left.
    fn rounding(&self, place: usize, share: &DecidedShare, sums: &[ExactSum]) -> Rounding {
        let entries = self.program.policies().iter();
        let by = entries
            .filter(|policy| policy.name() == share.policy)
            .find_map(|policy| policy.entry().rounding())
            .unwrap_or(Allocation::FloorResidual);
        let is_set = |place: usize, share: &DecidedShare| {
            let is_fixed = share.terms.iter().all(|term| matches!(term, DecidedTerm::Fixed { .. }));
            is_fixed || sums.get(place).is_none_or(|sum| *sum != share.exact)
        };
        if by == Allocation::FloorResidual || is_set(place, share) {
            return Rounding { by: "floor", with: Vec::new() };
        }
        let own = || {
            let shares = self.decision.shares.iter().enumerate();
            shares.filter(|(_, other)| other.policy == share.policy)
        };
        let uses_left = own().flat_map(|(_, share)| &share.terms).any(|term| match term {
            DecidedTerm::Rate { base, .. } => *base == Base::Left,
            _ => false,
        });
        let with = match by.is_joint() {
            true if uses_left => vec![place],
            true => own().filter(|(place, other)| !is_set(*place, other)).map(|(place, _)| place).collect(),
            false => Vec::new(),
        };
        Rounding { by: by.name(), with }
    }

    fn term(&self, term: &DecidedTerm) -> Term {
        match term {
            DecidedTerm::Rate { base, base_minor, band, counted_minor, rate, bases, .. } => Term::Rate {
                base: base.name(),
                on: self.parts(bases),
                of: self.amount(*base_minor),
                band: band.map(|(from, to)| (self.amount(from), (to != i64::MAX).then(|| self.amount(to)))),
                counted: self.amount(*counted_minor),
                rate: rate.to_string(),
                product_minor: product(*counted_minor, *rate).to_string(),
            },
            DecidedTerm::Fixed { lines, amount_minor } => {
                let members = self.members(lines);
                let lines = members.iter().filter_map(|place| self.decision.lines.get(*place));
                Term::Fixed {
                    units: lines.map(|line| (line.id.to_string(), line.quantity)).collect(),
                    fixed: self.amount(*amount_minor),
                }
            }
            _ => Term::Fixed { units: std::collections::BTreeMap::new(), fixed: self.amount(0) },
        }
    }

    fn check(&self, check: &GuardCheck) -> Check {
        let figure = |value: i64| if check.is_money { self.amount(value) } else { value.to_string() };
        Check {
            rule: check.rule,
            line: check.line.map(|line| self.line_id(line)),
            found: figure(check.found),
            must_be: check.relation.name(),
            bound: check.bound.map(figure),
            rate: check.part_of.map(|(_, rate)| rate.to_string()),
            of: check.part_of.map(|(of, _)| self.amount(of)),
            holds: check.holds(),
        }
    }
}

/// An amount times a rate; it fitted when it was decided.
fn product(amount: i64, rate: Rate) -> ExactSum {
    let mut exact = ExactSum::ZERO;
    let _ = exact.add_product(amount, rate);
    exact
}

/// The terms of a share added up, before its limits.
fn sum(share: &DecidedShare) -> ExactSum {
    let mut sum = ExactSum::ZERO;
    for term in &share.terms {
        let _ = match term {
            DecidedTerm::Rate { counted_minor, rate, .. } => sum.add_product(*counted_minor, *rate),
            DecidedTerm::Fixed { amount_minor, .. } => sum.add(*amount_minor),
            _ => Ok(()),
        };
    }
    sum
}

fn range_name(range: &LineRange) -> &'static str {
    match range {
        LineRange::AllGoods => "all_goods",
        LineRange::Shipping => "shipping",
        _ => "lines",
    }
}

fn clamp_name(clamp: Clamp) -> &'static str {
    match clamp {
        Clamp::Price => "price",
        Clamp::Floor => "floor",
        Clamp::Budget => "budget",
        _ => "limit",
    }
}
