//! Which units are the second ones, or every nth, when units are counted from the dearest to the cheapest.
//!
//! Invariant: the answer does not depend on how the lines were sent: equal prices go by line id.

use crate::{Decided, Line, List, Order, decided::Effect};

/// The most lines whose units can be counted in one call. It keeps them in 5 KiB of the stack.
pub const COUNTED_LINES_MAX: usize = 128;

/// A line with how many of its units are among those looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// The line.
    pub line: Line,
    /// How many of its units; at least 1.
    pub units: i64,
}

#[derive(Clone, Copy)]
struct Row<Group> {
    line: Line,
    group: Group,
    price_minor: i64,
    quantity: i64,
}

/// Pairs the units of the lines for which the test is true, from the dearest to the cheapest, and asks for an effect on
/// the second units: the cheaper one of each pair.
///
/// It refuses where the test is true for more than [`COUNTED_LINES_MAX`] lines.
pub fn pairs<E: Effect>(
    order: &Order,
    mut member: impl FnMut(Line) -> bool,
    effect: impl FnMut(Units) -> E,
) -> Decided<E> {
    nth_units(order, 2, |line| member(line).then_some(()), effect)
}

/// Counts the units of each group from the dearest to the cheapest, and asks for an effect on every nth, line by line.
///
/// The closure `group` says which group a line counts with; lines without a group do not count. For `every` below 1
/// there are no such units. It refuses where more than [`COUNTED_LINES_MAX`] lines count.
pub fn nth_units<E: Effect, Group: Copy + PartialEq>(
    order: &Order,
    every: i64,
    mut group: impl FnMut(Line) -> Option<Group>,
    mut effect: impl FnMut(Units) -> E,
) -> Decided<E> {
    let mut rows: List<Row<Group>, COUNTED_LINES_MAX> = List::new();
    for line in order.lines() {
        if let Some(group) = group(line) {
            let row = Row { line, group, price_minor: line.unit_price(), quantity: line.quantity() };
            if rows.push(row).is_err() {
                return Decided::refuse("the order has more lines than can be counted together");
            }
        }
    }
    for row in &rows {
        let before = units_before(row, rows.as_slice());
        let reached = |units: i64| units.checked_div(every.max(0)).unwrap_or(0);
        let units = reached(before.saturating_add(row.quantity)).saturating_sub(reached(before));
        if units > 0 {
            effect(Units { line: row.line, units }).end();
        }
    }
    Decided::none()
}

/// How many units of its group come before those of a row.
fn units_before<Group: Copy + PartialEq>(row: Row<Group>, rows: &[Row<Group>]) -> i64 {
    let comes_before = |other: &Row<Group>| {
        other.group == row.group
            && (other.price_minor > row.price_minor
                || (other.price_minor == row.price_minor && other.line.index() < row.line.index()))
    };
    let before = rows.iter().filter(|other| comes_before(other));
    before.fold(0, |units: i64, other| units.saturating_add(other.quantity))
}
