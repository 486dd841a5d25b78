//! Dividing an amount among parts that cannot take more than they have room for.
//!
//! Invariant: no part exceeds its room, and nothing is left over while a part with a weight has room.

use super::quota::{self, Quota};
use super::{Allocation, AllocationError, finish, magnitude_of, same_length, total_weight};
use crate::Overflow;
use crate::rounding::Rounding;

/// Divides `total` in proportion to `weights`, but part `i` never gets more than `room[i]`; what it cannot
/// take goes to those with room left (cases D11 and D13).
///
/// Weights and rooms are minor units of zero or more, also when `total` is negative. Which parts are full is
/// decided exactly; the others share what is then left in proportion, rounded once by `method`. Only
/// [`Allocation::HalfDownFirst`] goes round by round, each one rounded, because the system it has to match
/// does.
///
/// Returns what found no room; for [`Allocation::FloorResidual`] with what flooring left over, and for the
/// `_each` methods less what they handed out too much.
///
/// # Errors
///
/// An [`AllocationError`] when the slices differ in length or a weight or room is negative. That nobody has a
/// weight is no error here: everything found no room.
///
/// ```
/// use fenrun_money::{Allocation, allocate_within};
///
/// // Case D11: 12.00 off four lines whose floors leave room for 10.00, 1.00, nothing and 4.00.
/// let (prices, room) = ([10_00, 20_00, 50_00, 30_00], [10_00, 1_00, 0, 4_00]);
/// let mut parts = [0; 4];
/// let left = allocate_within(-12_00, &prices, &room, Allocation::LargestRemainder, &mut parts)?;
/// assert_eq!((parts, left), ([-7_00, -1_00, 0, -4_00], 0));
///
/// // A fixed discount above the price takes it to zero (case D07).
/// let mut parts = [0];
/// assert_eq!(allocate_within(200_00, &[100_00], &[100_00], Allocation::LargestRemainder, &mut parts)?, 100_00);
/// assert_eq!(parts, [100_00]);
///
/// let error = allocate_within(1, &[1], &[-1], Allocation::LargestRemainder, &mut parts).unwrap_err();
/// assert_eq!(error.to_string(), "expected room for zero or more, found a negative one at position 0");
/// # Ok::<(), fenrun_money::AllocationError>(())
/// ```
pub fn allocate_within(
    total: i64,
    weights: &[i64],
    room: &[i64],
    method: Allocation,
    out: &mut [i64],
) -> Result<i64, AllocationError> {
    same_length(weights.len(), room.len())?;
    same_length(weights.len(), out.len())?;
    total_weight(weights)?;
    if let Some(index) = room.iter().position(|room| *room < 0) {
        return Err(AllocationError::NegativeRoom { index });
    }
    let parts = Parts { weights, room };
    if method == Allocation::HalfDownFirst {
        round_by_round(magnitude_of(total), &parts, out)?;
    } else {
        level_then_round(magnitude_of(total), &parts, method, out)?;
    }
    finish(total, out)
}

/// The parts, by position.
struct Parts<'a> {
    weights: &'a [i64],
    room: &'a [i64],
}

/// How much each unit of weight gets: `amount / weight`. A part is full when its room is no more than that.
#[derive(Clone, Copy, PartialEq)]
struct Level {
    amount: i128,
    weight: i128,
}

impl Parts<'_> {
    fn weight(&self, index: usize) -> i128 {
        self.weights.get(index).copied().map_or(0, i128::from)
    }

    fn room(&self, index: usize) -> i128 {
        self.room.get(index).copied().map_or(0, i128::from)
    }

    fn is_full(&self, index: usize, level: Level) -> Result<bool, Overflow> {
        let exact = level.amount.checked_mul(self.weight(index)).ok_or(Overflow)?;
        Ok(self.room(index).checked_mul(level.weight).ok_or(Overflow)? <= exact)
    }

    /// The level once every part that `level` fills has taken its room and nothing else.
    fn raised(&self, total: i128, level: Level) -> Result<Level, Overflow> {
        let mut raised = Level { amount: total, weight: 0 };
        for index in 0..self.weights.len() {
            if self.weight(index) == 0 {
                continue;
            }
            if self.is_full(index, level)? {
                raised.amount = raised.amount.checked_sub(self.room(index)).ok_or(Overflow)?;
            } else {
                raised.weight = raised.weight.checked_add(self.weight(index)).ok_or(Overflow)?;
            }
        }
        Ok(raised)
    }
}

/// Raises the level until it fills nobody more, then rounds the shares of the parts that are not full.
///
/// A full part takes no more than its share, so the level never falls and a full part stays full; an open
/// part has an exact share below its whole room, so no single unit of rounding can exceed it.
fn level_then_round(
    total: i128,
    parts: &Parts<'_>,
    method: Allocation,
    out: &mut [i64],
) -> Result<(), AllocationError> {
    let mut level = Level { amount: total, weight: total_weight(parts.weights)? };
    while level.weight > 0 {
        let raised = parts.raised(total, level)?;
        if raised == level {
            break;
        }
        level = raised;
    }
    let open_weight = level.weight;
    let quota_of = |index: usize| {
        if open_weight == 0 || parts.is_full(index, level)? {
            return Quota::of(0, 1);
        }
        Quota::of(level.amount.checked_mul(parts.weight(index)).ok_or(Overflow)?, open_weight)
    };
    let target = if open_weight == 0 { 0 } else { level.amount };
    quota::apportion(&quota_of, || Ok(target), method, out)?;
    for (index, part) in out.iter_mut().enumerate() {
        if parts.weight(index) > 0 && (open_weight == 0 || parts.is_full(index, level)?) {
            *part = quota::stored(parts.room(index))?;
        }
    }
    if method == Allocation::LastTakesRest {
        spill_backwards(parts, out)?
    }
    Ok(())
}

/// Moves what the last part cannot hold to the parts before it. Only `last_takes_rest` gives one part several
/// units.
fn spill_backwards(parts: &Parts<'_>, out: &mut [i64]) -> Result<(), Overflow> {
    let mut excess = 0_i128;
    for (index, part) in out.iter_mut().enumerate().rev() {
        if parts.weight(index) == 0 {
            continue;
        }
        let wanted = excess.checked_sub(i128::from(*part)).ok_or(Overflow)?;
        let taken = wanted.min(parts.room(index));
        excess = wanted.checked_sub(taken).ok_or(Overflow)?;
        *part = quota::stored(taken)?;
    }
    Ok(())
}

/// Sylius' way: each round rounds half down, gives the difference from the first, cuts at the room, and hands
/// what was cut off to the next round.
fn round_by_round(total: i128, parts: &Parts<'_>, out: &mut [i64]) -> Result<(), Overflow> {
    out.fill(0);
    let mut left = total;
    while left > 0 {
        let placed = one_round(left, parts, out)?;
        if placed == 0 {
            break;
        }
        left = left.checked_sub(placed).ok_or(Overflow)?;
    }
    Ok(())
}

/// Offers `amount` to every part with room and returns how much was taken.
fn one_round(amount: i128, parts: &Parts<'_>, out: &mut [i64]) -> Result<i128, Overflow> {
    let left_in = |index: usize, part: i64| parts.room(index).checked_add(i128::from(part)).ok_or(Overflow);
    let mut weight = 0_i128;
    for (index, part) in out.iter().enumerate() {
        if left_in(index, *part)? > 0 {
            weight = weight.checked_add(parts.weight(index)).ok_or(Overflow)?;
        }
    }
    if weight == 0 {
        return Ok(0);
    }
    let share_of = |index: usize| {
        let exact = amount.checked_mul(parts.weight(index)).ok_or(Overflow)?;
        Rounding::HalfDown.divide(exact, weight).ok_or(Overflow)
    };
    let mut missing = amount;
    for (index, part) in out.iter().enumerate() {
        if left_in(index, *part)? > 0 {
            missing = missing.checked_sub(share_of(index)?).ok_or(Overflow)?;
        }
    }
    let mut placed = 0_i128;
    for (index, part) in out.iter_mut().enumerate() {
        let room = left_in(index, *part)?;
        if room <= 0 || parts.weight(index) == 0 {
            continue;
        }
        let share = share_of(index)?;
        let step = if share == 0 { missing.clamp(0, 1) } else { missing.clamp(-1, 1) };
        missing = missing.checked_sub(step).ok_or(Overflow)?;
        let taken = share.checked_add(step).ok_or(Overflow)?.min(room);
        placed = placed.checked_add(taken).ok_or(Overflow)?;
        *part = part.checked_sub(i64::try_from(taken).map_err(|_| Overflow)?).ok_or(Overflow)?;
    }
    Ok(placed)
}
