//! One discount: what it comes to, on which lines, and who carries it.
//!
//! Invariant: pure; the cart is changed only by the amounts that are returned.

use fenrun_abi::host::{Asked, DiscountAsked, How};
use fenrun_money::{
    Allocation, ExactSum, Overflow, Rate, Rounding, allocate, allocate_within, decimal::format_minor,
};

use crate::{
    cart::{Cart, CartLine},
    decision::{Allocated, Clamp, Discount, DiscountKind, FunderPart, PartyRef},
    event::LineKind,
    guard::{Violation, resolve},
    in_play::InPlay,
};

/// What a discount is decided among.
pub(crate) struct Setting<'a> {
    pub(crate) policy: &'a str,
    pub(crate) parties: &'a [PartyRef],
    pub(crate) exponent: u8,
    pub(crate) floors_reject: bool,
    /// The coupons that discounts may use up.
    pub(crate) play: &'a InPlay,
}

impl Setting<'_> {
    fn violation(&self, rule: &'static str, message: String) -> Violation {
        Violation::new(rule, Some(self.policy), message)
    }

    fn overflow(&self, _: Overflow) -> Violation {
        self.violation("overflow", "the amounts of a discount do not fit 64 bits".into())
    }

    fn rate(&self, what: &str, numerator: i64, denominator: i64) -> Result<Rate, Violation> {
        let rate = Rate::new(numerator, denominator).map_err(|error| {
            self.violation("malformed_ratio", format!("{what} of {numerator}/{denominator}: {error}"))
        })?;
        if rate.exceeds_one() {
            return Err(
                self.violation("percent_above_100", format!("{what} of {rate}, at most 100% is allowed"))
            );
        }
        Ok(rate)
    }

    fn not_negative(&self, what: &str, amount: i64) -> Result<i64, Violation> {
        if amount < 0 {
            let found = format_minor(amount, self.exponent);
            return Err(
                self.violation("negative_amount", format!("{what} of {found}, at least 0 is allowed"))
            );
        }
        Ok(amount)
    }
}

/// Applies one discount to the cart.
///
/// # Errors
///
/// Everything the policy asked for that the guard forbids; the cart is then unchanged.
pub(crate) fn apply(
    setting: &Setting<'_>,
    cart: &mut Cart,
    all: &Asked,
    asked: &DiscountAsked,
) -> Result<Discount, Violation> {
    if asked.reason.trim().is_empty() {
        return Err(setting.violation("no_reason", "a discount says no reason".into()));
    }
    let (range, members) = resolve(setting.policy, all, asked.lines, cart)?;
    let lines: Vec<usize> = members;
    if let Some(line) = picked(cart, &lines).find(|line| line.kind == LineKind::Deposit) {
        let id = &line.id;
        return Err(setting
            .violation("deposit_discounted", format!("line `{id}` is a deposit, which is the buyer's")));
    }
    let kind = kind_of(setting, asked)?;
    let units = units_of(setting, cart, &lines, asked.units)?;
    let reckoned = reckon(setting, cart, &lines, kind, units)?;
    let Placed { parts, stopped } = place(setting, cart, &lines, &reckoned)?;
    let asked_minor = reckoned.total;
    let amount_minor = parts.iter().try_fold(0_i64, |sum, part| sum.checked_add(*part));
    let amount_minor = amount_minor.ok_or(Overflow).map_err(|error| setting.overflow(error))?;
    if stopped == Some(Clamp::Floor) && setting.floors_reject {
        let show = |amount| format_minor(amount, setting.exponent);
        let message = format!(
            "a discount of {} takes a line below its floor, at most {} is allowed there",
            show(asked_minor),
            show(amount_minor)
        );
        return Err(setting.violation("line_floor", message));
    }
    let clamp = stopped.filter(|_| amount_minor < asked_minor);
    let mut allocation = Vec::with_capacity(lines.len());
    let taken = lines.iter().zip(&parts).filter(|(_, part)| **part != 0);
    allocation.extend(taken.map(|(line, part)| Allocated { line: *line, amount_minor: *part }));
    let funders = funders(setting, asked, &allocation)?;
    let discount = Discount {
        policy: setting.policy.into(),
        lines: range,
        kind,
        units,
        base_minor: reckoned.base,
        asked_minor,
        amount_minor,
        clamp,
        reason: asked.reason.to_string(),
        allocation,
        funders,
        coupons: setting.play.named(&asked.coupons),
    };
    for part in &discount.allocation {
        if let Some(line) = cart.lines.get_mut(part.line) {
            line.discount = line.discount.saturating_add(part.amount_minor);
        }
    }
    Ok(discount)
}

fn picked<'a>(cart: &'a Cart, lines: &'a [usize]) -> impl Iterator<Item = &'a CartLine> {
    lines.iter().filter_map(|index| cart.lines.get(*index))
}

fn kind_of(setting: &Setting<'_>, asked: &DiscountAsked) -> Result<DiscountKind, Violation> {
    match asked.how {
        None => {
            Err(setting
                .violation("unreckoned_discount", "a discount gives no percent, amount or price".into()))
        }
        Some(How::Percent { numerator, denominator }) => {
            Ok(DiscountKind::Percent(setting.rate("a discount", numerator, denominator)?))
        }
        Some(How::Amount(amount)) => Ok(DiscountKind::Amount(setting.not_negative("a discount", amount)?)),
        Some(How::Price(price)) => Ok(DiscountKind::Price(setting.not_negative("a unit price", price)?)),
    }
}

fn units_of(
    setting: &Setting<'_>,
    cart: &Cart,
    lines: &[usize],
    units: Option<i64>,
) -> Result<Option<i64>, Violation> {
    let Some(units) = units else { return Ok(None) };
    let mut members = picked(cart, lines);
    let (Some(line), None) = (members.next(), members.next()) else {
        let message = format!("a discount of {units} units names {} lines, expected one", lines.len());
        return Err(setting.violation("units_of_many_lines", message));
    };
    if units < 1 || units > line.quantity {
        let message =
            format!("a discount of {units} units on line `{}`, which has {}", line.id, line.quantity);
        return Err(setting.violation("unknown_units", message));
    }
    Ok(Some(units))
}

/// What a discount comes to before prices and floors bound it.
struct Reckoned {
    base: i64,
    total: i64,
    spread: Spread,
}

/// How a discount falls on its lines.
enum Spread {
    /// Each line has an amount of its own.
    Each(Vec<i64>),
    /// Each line carries its proportion, or less where it has no room.
    Proportional,
    /// One sum, in proportion; what has no room on one line goes to the others.
    Sum,
}

fn reckon(
    setting: &Setting<'_>,
    cart: &Cart,
    lines: &[usize],
    kind: DiscountKind,
    units: Option<i64>,
) -> Result<Reckoned, Violation> {
    let overflow = |error| setting.overflow(error);
    let left = picked(cart, lines).try_fold(0_i64, |sum, line| sum.checked_add(line.left()));
    let base = left.ok_or(Overflow).map_err(overflow)?;
    let quantity = picked(cart, lines).next().map_or(1, |line| line.quantity.max(1));
    match kind {
        DiscountKind::Percent(rate) => {
            let mut exact = ExactSum::zero();
            exact.add_product(base, rate).map_err(overflow)?;
            if let Some(units) = units {
                let part = Rate::new(units, quantity).map_err(|_| overflow(Overflow))?;
                exact = exact.checked_mul(part).map_err(overflow)?;
            }
            let total = exact.round(Rounding::HalfUp).map_err(overflow)?;
            Ok(Reckoned { base, total, spread: Spread::Proportional })
        }
        DiscountKind::Amount(amount) => Ok(Reckoned { base, total: amount, spread: Spread::Sum }),
        DiscountKind::Price(price) => {
            let parts = picked(cart, lines).map(|line| match units {
                None => {
                    Ok(line.left().saturating_sub(price.checked_mul(line.quantity).ok_or(Overflow)?).max(0))
                }
                Some(units) => {
                    let wanted = price.checked_mul(units).ok_or(Overflow)?;
                    let part = Rate::new(units, line.quantity.max(1)).map_err(|_| Overflow)?;
                    let price_of_units = part.of(line.left(), Rounding::HalfUp)?;
                    Ok(price_of_units.saturating_sub(wanted).max(0))
                }
            });
            let parts = parts.collect::<Result<Vec<i64>, Overflow>>().map_err(overflow)?;
            let total = parts.iter().try_fold(0_i64, |sum, part| sum.checked_add(*part));
            let total = total.ok_or(Overflow).map_err(overflow)?;
            Ok(Reckoned { base, total, spread: Spread::Each(parts) })
        }
    }
}

/// What falls on each line, and what stopped a line from taking its part.
struct Placed {
    parts: Vec<i64>,
    stopped: Option<Clamp>,
}

/// Places the amount on the lines: by what is left of their price, ties by line id, no line beyond its room.
///
/// A part of the price that finds no room on its line is not given: twenty percent of one line is not taken from another.
/// An amount is one sum: what one line has no room for goes to the others.
fn place(
    setting: &Setting<'_>,
    cart: &Cart,
    lines: &[usize],
    reckoned: &Reckoned,
) -> Result<Placed, Violation> {
    let overflow = || setting.overflow(Overflow);
    let room: Vec<i64> = picked(cart, lines).map(CartLine::room).collect();
    let weights: Vec<i64> = picked(cart, lines).map(CartLine::left).collect();
    let wanted = match &reckoned.spread {
        Spread::Each(parts) => parts.clone(),
        Spread::Proportional | Spread::Sum => {
            let mut parts = vec![0; lines.len()];
            if reckoned.total > 0 && weights.iter().any(|weight| *weight > 0) {
                allocate(reckoned.total, &weights, Allocation::LargestRemainder, &mut parts)
                    .map_err(|_| overflow())?;
            }
            parts
        }
    };
    let rows = picked(cart, lines).zip(&wanted).zip(&room);
    let stopped = rows.filter(|((_, wanted), room)| wanted > room).fold(None, |stopped, ((line, _), _)| {
        let floor = line.floor.is_some_and(|floor| floor > 0);
        if floor || stopped == Some(Clamp::Floor) { Some(Clamp::Floor) } else { Some(Clamp::Price) }
    });
    let none_left = reckoned.total > 0 && weights.iter().all(|weight| *weight <= 0);
    let stopped = stopped.or_else(|| none_left.then_some(Clamp::Price));
    let parts = match (&reckoned.spread, stopped) {
        (_, None) => wanted,
        (Spread::Each(_) | Spread::Proportional, _) => {
            wanted.iter().zip(&room).map(|(wanted, room)| *wanted.min(room)).collect()
        }
        (Spread::Sum, _) => {
            let mut parts = vec![0; lines.len()];
            allocate_within(reckoned.total, &weights, &room, Allocation::LargestRemainder, &mut parts)
                .map_err(|_| overflow())?;
            parts
        }
    };
    Ok(Placed { parts, stopped })
}

/// Floor for each funder and line; the merchant carries the rest.
fn funders(
    setting: &Setting<'_>,
    asked: &DiscountAsked,
    allocation: &[Allocated],
) -> Result<Vec<FunderPart>, Violation> {
    let mut carried = ExactSum::zero();
    let mut parts: Vec<FunderPart> = Vec::new();
    for funder in &asked.funders {
        let Some(party) = setting.parties.get(funder.party) else { continue };
        let rate = setting.rate("a funder's part", funder.funding.numerator, funder.funding.denominator)?;
        if parts.iter().any(|part| part.party == *party) {
            let message = format!("`{}` funds one discount twice", party.id);
            return Err(setting.violation("funder_twice", message));
        }
        carried.add_product(1, rate).map_err(|error| setting.overflow(error))?;
        let mut lines = Vec::with_capacity(allocation.len());
        let mut amount_minor = 0_i64;
        for part in allocation {
            let carried =
                rate.of(part.amount_minor, Rounding::Floor).map_err(|error| setting.overflow(error))?;
            let sum = amount_minor.checked_add(carried).ok_or(Overflow);
            amount_minor = sum.map_err(|error| setting.overflow(error))?;
            if carried != 0 {
                lines.push(Allocated { line: part.line, amount_minor: carried });
            }
        }
        parts.push(FunderPart { party: party.clone(), rate, amount_minor, lines });
    }
    if carried > 1 {
        return Err(
            setting.violation("funding_above_100", "the funders carry more than the whole discount".into())
        );
    }
    Ok(parts)
}

/// Reduces a discount to an amount that its policy may still spend; the lines get back what they no longer give.
pub(super) fn cut(cart: &mut Cart, discount: &mut Discount, amount: i64) {
    let before: Vec<i64> = discount.allocation.iter().map(|part| part.amount_minor).collect();
    let mut parts = vec![0; before.len()];
    if amount > 0 && allocate(amount, &before, Allocation::LargestRemainder, &mut parts).is_err() {
        parts.fill(0);
    }
    for ((part, before), after) in discount.allocation.iter_mut().zip(before).zip(parts) {
        part.amount_minor = after;
        if let Some(line) = cart.lines.get_mut(part.line) {
            line.discount = line.discount.saturating_sub(before).saturating_add(after);
        }
    }
    discount.allocation.retain(|part| part.amount_minor != 0);
    discount.amount_minor =
        discount.allocation.iter().map(|part| part.amount_minor).fold(0, i64::saturating_add);
    discount.clamp = Some(Clamp::Budget);
    for funder in &mut discount.funders {
        funder.lines.clear();
        for part in &discount.allocation {
            // The rate was checked when the discount was reckoned; a part of a smaller amount fits as well.
            let carried = funder.rate.of(part.amount_minor, Rounding::Floor).unwrap_or(0);
            if carried != 0 {
                funder.lines.push(Allocated { line: part.line, amount_minor: carried });
            }
        }
        funder.amount_minor = funder.lines.iter().map(|part| part.amount_minor).fold(0, i64::saturating_add);
    }
}
