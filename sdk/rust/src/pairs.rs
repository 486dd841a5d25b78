//! Which units are the second ones, or every nth, when units are counted from the dearest to the cheapest.
//!
//! Invariant: the answer does not depend on how the lines were sent: equal prices go by line id.

use fenrun_abi::field::{LineField, OrderField};

use crate::{Line, Order, sys};

/// The most lines of an order whose units can be counted together. It keeps the counts in 4 KiB of the stack.
pub const COUNTED_LINES_MAX: usize = 128;

/// A line with how many of its units are among those looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// The line.
    pub line: Line,
    /// How many of its units; at least 1.
    pub units: i64,
}

/// Pairs the units of the lines for which the test is true, from the dearest to the cheapest: the second of each pair
/// is the cheaper one.
///
/// # Errors
///
/// A reason to refuse with, where the order has more than [`COUNTED_LINES_MAX`] lines.
pub fn pairs(
    order: &Order,
    mut member: impl FnMut(Line) -> bool,
) -> Result<impl Iterator<Item = Units>, &'static str> {
    nth_units(order, 2, move |line| member(line).then_some(()))
}

/// Every nth unit of each group, counted from the dearest unit to the cheapest, by line.
///
/// The closure says which group a line counts with; lines without a group do not count. For `every` below 1 there are
/// no such units.
///
/// # Errors
///
/// A reason to refuse with, where the order has more than [`COUNTED_LINES_MAX`] lines.
pub fn nth_units<Group: Copy + PartialEq>(
    order: &Order,
    every: i64,
    group: impl FnMut(Line) -> Option<Group>,
) -> Result<impl Iterator<Item = Units>, &'static str> {
    let Some(lines) = usize::try_from(sys::order(OrderField::LineCount.id()))
        .ok()
        .filter(|lines| *lines <= COUNTED_LINES_MAX)
    else {
        return Err("the order has more lines than can be counted together");
    };
    let mut groups = [None; COUNTED_LINES_MAX];
    groups.iter_mut().zip(order.lines().map(group)).for_each(|(slot, group)| *slot = group);
    let (prices, quantities) = (column(LineField::UnitPrice), column(LineField::Quantity));
    let counted = (0..lines).filter_map(move |place| {
        let (row, price) = (groups.get(place).copied().flatten()?, *prices.get(place)?);
        let dearer = groups.iter().zip(&prices).zip(&quantities).take(lines).enumerate().filter(
            |(other, ((group, its_price), _))| {
                **group == Some(row) && (**its_price > price || (**its_price == price && *other < place))
            },
        );
        let before = dearer.fold(0_i64, |sum, (_, (_, quantity))| sum.saturating_add(*quantity));
        let until = before.saturating_add(*quantities.get(place)?);
        let units = until.checked_div(every)?.saturating_sub(before.checked_div(every)?);
        let line = Line::at(i32::try_from(place).ok()?);
        (units > 0).then_some(Units { line, units })
    });
    Ok(counted)
}

fn column(field: LineField) -> [i64; COUNTED_LINES_MAX] {
    let mut values = [0; COUNTED_LINES_MAX];
    sys::lines(field.id(), 0, &mut values);
    values
}
