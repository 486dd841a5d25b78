//! The order as it is being priced: its lines by id, and what is left of their prices.
//!
//! Invariant: no line falls below zero or below its floor; list price = discount + what is left, always.

mod bases;

use fenrun_money::Overflow;

use crate::event::{Line, LineKind, Order, Pricing};

pub(crate) use bases::Bases;

/// One line while it is priced. Amounts are minor units of the whole line.
#[derive(Clone, Debug)]
pub(crate) struct CartLine {
    pub(crate) id: Box<str>,
    pub(crate) kind: LineKind,
    pub(crate) quantity: i64,
    pub(crate) unit_price: i64,
    pub(crate) list: i64,
    pub(crate) discount: i64,
    pub(crate) floor: Option<i64>,
    pub(crate) cost: Option<i64>,
    pub(crate) tax: i64,
}

impl CartLine {
    fn new(line: &Line) -> Option<Self> {
        let quantity = i64::from(line.quantity);
        let whole = |unit: Option<i64>| match unit {
            None => Some(None),
            Some(unit) => unit.checked_mul(quantity).map(Some),
        };
        Some(Self {
            id: line.id.as_str().into(),
            kind: line.kind,
            quantity,
            unit_price: line.price_minor,
            list: line.list_minor()?,
            discount: 0,
            floor: whole(line.floor_minor)?,
            cost: whole(line.cost_minor)?,
            tax: line.tax_minor.unwrap_or(0),
        })
    }

    /// What is left of the price.
    pub(crate) fn left(&self) -> i64 {
        self.list.saturating_sub(self.discount)
    }

    /// What a discount may still take: down to the floor, or to zero.
    pub(crate) fn room(&self) -> i64 {
        self.left().saturating_sub(self.floor.unwrap_or(0).min(self.list)).max(0)
    }

    pub(crate) fn is_goods(&self) -> bool {
        self.kind == LineKind::Goods
    }
}

/// An order while it is priced; its lines are sorted by id.
#[derive(Clone, Debug)]
pub(crate) struct Cart {
    pub(crate) lines: Vec<CartLine>,
}

impl Cart {
    /// The cart of these lines at list price.
    pub(crate) fn new(lines: &[Line]) -> Result<Self, Overflow> {
        let mut sorted = Vec::with_capacity(lines.len());
        for line in lines {
            sorted.push(CartLine::new(line).ok_or(Overflow)?);
        }
        sorted.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(Self { lines: sorted })
    }

    /// Takes what the lines say was paid: what is missing from the list price counts as a discount given elsewhere.
    pub(crate) fn pay_as_given(&mut self, order: &Order) {
        if order.pricing != Pricing::Given {
            return;
        }
        for line in &order.lines {
            if let Some(paid) = line.paid_minor {
                self.pay(&line.id, paid);
            }
        }
    }

    /// Takes what a line is to cost.
    pub(crate) fn pay(&mut self, id: &str, paid: i64) {
        let place = self.lines.binary_search_by(|line| (*line.id).cmp(id)).ok();
        if let Some(line) = place.and_then(|place| self.lines.get_mut(place)) {
            line.discount = line.list.saturating_sub(paid);
        }
    }

    /// Sums an amount of every line.
    pub(crate) fn sum(&self, amount: impl Fn(&CartLine) -> i64) -> Result<i64, Overflow> {
        self.lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(amount(line))).ok_or(Overflow)
    }
}
