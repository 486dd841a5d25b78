//! Which units are the second ones, when units are counted from the dearest to the cheapest.
//!
//! Invariant: the answer does not depend on how the lines were sent: equal prices go by line id.

use fenrun_abi::field::LineField;

use crate::{Line, List, Order, sys};

/// The most lines whose units can be paired with each other.
pub const PAIR_LINES_MAX: usize = 128;

/// A line with how many of its units are second ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds {
    /// The line.
    pub line: Line,
    /// How many of its units; at least 1.
    pub units: i64,
}

fn column(field: LineField) -> [i64; PAIR_LINES_MAX] {
    let mut values = [0; PAIR_LINES_MAX];
    sys::lines(field.id(), 0, &mut values);
    values
}

/// Pairs the units of the lines for which the test is true, from the dearest to the cheapest: the second of each pair
/// is the cheaper one.
///
/// # Errors
///
/// A reason to refuse with, where the order has more than [`PAIR_LINES_MAX`] lines.
pub fn pairs(
    order: &Order,
    mut member: impl FnMut(Line) -> bool,
) -> Result<List<Seconds, PAIR_LINES_MAX>, &'static str> {
    if order.lines().nth(PAIR_LINES_MAX).is_some() {
        return Err("the order has more lines than can be paired");
    }
    let prices = column(LineField::UnitPrice);
    let quantities = column(LineField::Quantity);
    let mut seconds = List::new();
    let mut counted: i64 = 0;
    let mut last: Option<(i64, i32)> = None;
    let mut belongs = [false; PAIR_LINES_MAX];
    for (line, slot) in order.lines().zip(belongs.iter_mut()) {
        *slot = member(line);
    }
    loop {
        let rows = prices.iter().zip(&quantities).zip(&belongs).zip(0_i32..);
        let next = rows
            .filter(|(((_, _), belongs), _)| **belongs)
            .map(|(((price, quantity), _), index)| (*price, index, *quantity))
            .filter(|(price, index, _)| {
                last.is_none_or(|(last_price, last_index)| {
                    *price < last_price || (*price == last_price && *index > last_index)
                })
            })
            .reduce(|best, row| if row.0 > best.0 { row } else { best });
        let Some((price, index, quantity)) = next else { return Ok(seconds) };
        let before = counted;
        counted = counted.saturating_add(quantity);
        let units = (counted / 2).saturating_sub(before / 2);
        if units > 0 && seconds.push(Seconds { line: Line::at(index), units }).is_err() {
            return Ok(seconds);
        }
        last = Some((price, index));
    }
}
