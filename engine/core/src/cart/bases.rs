//! What rates apply to, line by line, once the prices are known.
//!
//! Invariant: bases of one order are computed once, from the final prices, and every policy sees the same ones.

use fenrun_abi::code::Base;
use fenrun_money::{Allocation, ExactSum, Overflow, Rounding, allocate_within};

use super::{Cart, CartLine};
use crate::decision::LineBases;

/// The bases of every line, in the order of the cart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bases {
    pub(crate) lines: Vec<LineBases>,
}

fn share_out(amount: i64, cart: &Cart) -> Result<Vec<i64>, Overflow> {
    let mut parts = vec![0; cart.lines.len()];
    if amount > 0 {
        let left: Vec<i64> = cart.lines.iter().map(CartLine::left).collect();
        allocate_within(amount, &left, &left, Allocation::LargestRemainder, &mut parts)
            .map_err(|_| Overflow)?;
    }
    Ok(parts)
}

/// The tax that is contained in what was paid: the line's tax, in proportion to its price, half up.
fn tax_of(line: &CartLine, paid: i64) -> Result<i64, Overflow> {
    if line.tax == 0 || line.list == 0 || paid == line.list {
        return Ok(if line.list == 0 { 0 } else { line.tax });
    }
    let mut exact = ExactSum::zero();
    let product = i128::from(line.tax).checked_mul(i128::from(paid)).ok_or(Overflow)?;
    exact.add_fraction(product, i128::from(line.list)).map_err(|_| Overflow)?;
    exact.round(Rounding::HalfUp)
}

impl Bases {
    /// The bases while the order is priced: nothing is paid yet.
    pub(crate) fn while_pricing(cart: &Cart) -> Result<Self, Overflow> {
        Self::new(cart, 0, 0)
    }

    /// The bases of a paid order: `not_commissionable` is what was paid with tenders that earn nothing, `fees` what the
    /// payment cost. Both are spread over all lines in proportion to their price.
    pub(crate) fn new(cart: &Cart, not_commissionable: i64, fees: i64) -> Result<Self, Overflow> {
        let without = share_out(not_commissionable, cart)?;
        let fees = share_out(fees, cart)?;
        let mut lines = Vec::with_capacity(cart.lines.len());
        for ((line, without), fee) in cart.lines.iter().zip(without).zip(fees) {
            let paid = line.left().checked_sub(without).ok_or(Overflow)?;
            let tax = tax_of(line, paid)?;
            let ex_tax = paid.checked_sub(tax).ok_or(Overflow)?;
            let margin = match line.cost {
                None => None,
                Some(cost) => Some(ex_tax.checked_sub(cost).ok_or(Overflow)?),
            };
            let net = paid.checked_sub(fee).ok_or(Overflow)?;
            lines.push(LineBases { list: line.list, paid, ex_tax, margin, net, tax });
        }
        Ok(Self { lines })
    }
}

impl LineBases {
    /// One base of the line: never below zero, for a line that was sold at a loss takes nothing from another.
    /// `None` where it is not known, as a margin without a cost. `left` is paid; the caller takes earlier shares off.
    pub(crate) fn amount(&self, base: Base) -> Option<i64> {
        let amount = match base {
            Base::List => self.list,
            Base::Paid | Base::Left => self.paid,
            Base::ExTax => self.ex_tax,
            Base::Margin => self.margin?,
            Base::Net => self.net,
        };
        Some(amount.max(0))
    }
}
