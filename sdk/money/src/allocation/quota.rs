//! What each part would get exactly, and the seven ways to make whole units of it.
//!
//! Invariant: quotas are zero or more. Parts are written as negative magnitudes (see `finish` in the parent),
//! and a joint method hands out exactly the target, never a unit to a part whose quota is zero.

use core::cmp::Ordering;

use super::Allocation;
use crate::rounding::Rounding;
use crate::{ExactSum, FractionError, Overflow, fraction};

/// One exact part, split into whole units and a fraction of one more.
#[derive(Clone, Copy)]
pub(super) struct Quota {
    /// The exact part is `numerator / denominator`.
    numerator: i128,
    denominator: i128,
    whole: i128,
    /// What is above the whole, over `denominator`.
    rest: i128,
}

/// The quota of the part at a position; the same every time it is asked.
pub(super) type QuotaOf<'a> = &'a dyn Fn(usize) -> Result<Quota, Overflow>;

impl Quota {
    /// `numerator / denominator`, with `numerator ≥ 0` and `denominator > 0`.
    pub(super) fn of(numerator: i128, denominator: i128) -> Result<Quota, Overflow> {
        let (whole, rest) = fraction::split(numerator, denominator).ok_or(Overflow)?;
        Ok(Quota { numerator, denominator, whole, rest })
    }

    pub(super) fn is_zero(self) -> bool {
        self.numerator == 0
    }

    pub(super) fn rounded(self, rounding: Rounding) -> Result<i128, Overflow> {
        rounding.divide(self.numerator, self.denominator).ok_or(Overflow)
    }

    fn compare_rest(self, other: Quota) -> Ordering {
        fraction::compare((self.rest, self.denominator), (other.rest, other.denominator))
    }
}

/// The whole units in the exact sum of all quotas.
pub(super) fn floor_of_sum(quota_of: QuotaOf<'_>, count: usize) -> Result<i128, Overflow> {
    let mut whole = 0_i128;
    let mut rests = ExactSum::ZERO;
    for index in 0..count {
        let quota = quota_of(index)?;
        whole = whole.checked_add(quota.whole).ok_or(Overflow)?;
        rests.add_fraction(quota.rest, quota.denominator).map_err(|_: FractionError| Overflow)?;
    }
    whole.checked_add(i128::from(rests.floor()?)).ok_or(Overflow)
}

/// Rounds every quota by `method`. The joint methods hand out `target`, which is the sum of all quotas or its
/// floor.
pub(super) fn apportion(
    quota_of: QuotaOf<'_>,
    target: impl FnOnce() -> Result<i128, Overflow>,
    method: Allocation,
    out: &mut [i64],
) -> Result<(), Overflow> {
    match method {
        Allocation::FloorResidual => round_each(quota_of, Rounding::Floor, out).map(|_| ()),
        Allocation::HalfUpEach => round_each(quota_of, Rounding::HalfUp, out).map(|_| ()),
        Allocation::HalfEvenEach => round_each(quota_of, Rounding::HalfEven, out).map(|_| ()),
        Allocation::LargestRemainder => largest_remainder(quota_of, target()?, out),
        Allocation::FirstTakesRest => {
            let missing = missing_after(round_each(quota_of, Rounding::Floor, out)?, target()?)?;
            move_units(quota_of, missing, out)
        }
        Allocation::HalfDownFirst => {
            let missing = missing_after(round_each(quota_of, Rounding::HalfDown, out)?, target()?)?;
            move_units(quota_of, missing, out)
        }
        Allocation::LastTakesRest => {
            let missing = missing_after(round_each(quota_of, Rounding::Floor, out)?, target()?)?;
            last_takes(quota_of, missing, out)
        }
    }
}

/// A magnitude as it is kept in `out`.
pub(super) fn stored(magnitude: i128) -> Result<i64, Overflow> {
    magnitude.checked_neg().and_then(|negative| i64::try_from(negative).ok()).ok_or(Overflow)
}

fn missing_after(handed_out: i128, target: i128) -> Result<i128, Overflow> {
    target.checked_sub(handed_out).ok_or(Overflow)
}

/// Rounds each part by itself and returns the sum.
fn round_each(quota_of: QuotaOf<'_>, rounding: Rounding, out: &mut [i64]) -> Result<i128, Overflow> {
    let mut sum = 0_i128;
    for (index, part) in out.iter_mut().enumerate() {
        let magnitude = quota_of(index)?.rounded(rounding)?;
        *part = stored(magnitude)?;
        sum = sum.checked_add(magnitude).ok_or(Overflow)?;
    }
    Ok(sum)
}

/// Gives one unit each from the first part on, or takes one each while `missing` is negative.
///
/// Only parts with a quota get a unit, only parts that have one lose it. One pass is enough: rounding down
/// leaves less than one unit per part with a fraction, rounding up takes at most half a unit from each part
/// rounded up.
fn move_units(quota_of: QuotaOf<'_>, mut missing: i128, out: &mut [i64]) -> Result<(), Overflow> {
    for (index, part) in out.iter_mut().enumerate() {
        if missing > 0 && !quota_of(index)?.is_zero() {
            *part = part.checked_sub(1).ok_or(Overflow)?;
            missing = missing.checked_sub(1).ok_or(Overflow)?;
        } else if missing < 0 && *part < 0 {
            *part = part.checked_add(1).ok_or(Overflow)?;
            missing = missing.checked_add(1).ok_or(Overflow)?;
        }
    }
    Ok(())
}

/// Gives all that is missing to the last part with a quota.
fn last_takes(quota_of: QuotaOf<'_>, missing: i128, out: &mut [i64]) -> Result<(), Overflow> {
    for (index, part) in out.iter_mut().enumerate().rev() {
        if !quota_of(index)?.is_zero() {
            let missing = i64::try_from(missing).map_err(|_| Overflow)?;
            *part = part.checked_sub(missing).ok_or(Overflow)?;
            return Ok(());
        }
    }
    Ok(())
}

/// Floors, then one unit each to the largest fractions, ties to the earlier position.
fn largest_remainder(quota_of: QuotaOf<'_>, target: i128, out: &mut [i64]) -> Result<(), Overflow> {
    let missing = missing_after(round_each(quota_of, Rounding::Floor, out)?, target)?;
    let winners = usize::try_from(missing).map_err(|_| Overflow)?;
    if winners == 0 {
        return Ok(());
    }
    if same_denominator(quota_of, out)? {
        by_smallest_winner(quota_of, winners, out)
    } else {
        by_rank(quota_of, winners, out)
    }
}

/// Puts the rests into `out` where all quotas have one denominator; whether that is so.
fn same_denominator(quota_of: QuotaOf<'_>, out: &mut [i64]) -> Result<bool, Overflow> {
    let mut denominator = None;
    for (index, place) in out.iter_mut().enumerate() {
        let quota = quota_of(index)?;
        let Ok(rest) = i64::try_from(quota.rest) else { return Ok(false) };
        if *denominator.get_or_insert(quota.denominator) != quota.denominator {
            return Ok(false);
        }
        *place = rest;
    }
    Ok(true)
}

/// With one denominator the rests compare as numbers: what is above the smallest winner wins, and of those equal to it
/// the earlier ones.
fn by_smallest_winner(quota_of: QuotaOf<'_>, winners: usize, out: &mut [i64]) -> Result<(), Overflow> {
    let last = winners.checked_sub(1).filter(|last| *last < out.len()).ok_or(Overflow)?;
    let (above, smallest, _) = out.select_nth_unstable_by(last, |one, other| other.cmp(one));
    let smallest = i128::from(*smallest);
    let larger = above.iter().filter(|rest| i128::from(**rest) > smallest).count();
    let mut ties = winners.saturating_sub(larger);
    for (index, part) in out.iter_mut().enumerate() {
        let quota = quota_of(index)?;
        let tied = quota.rest == smallest && ties > 0;
        ties = ties.saturating_sub(usize::from(tied));
        let wins = tied || quota.rest > smallest;
        *part = stored(quota.whole.checked_add(i128::from(wins)).ok_or(Overflow)?)?;
    }
    Ok(())
}

/// There is no allocator here, so `out` first holds positions: they are ranked, the winners sorted, and the
/// amounts then written from the back. Winner `k` is at position `k` or later, so no winner is overwritten
/// before it is read.
fn by_rank(quota_of: QuotaOf<'_>, mut winners: usize, out: &mut [i64]) -> Result<(), Overflow> {
    for (index, place) in out.iter_mut().enumerate() {
        *place = i64::try_from(index).map_err(|_| Overflow)?;
    }
    out.sort_unstable_by(|first, second| by_remainder(quota_of, *first, *second));
    out.get_mut(..winners).ok_or(Overflow)?.sort_unstable();
    for index in (0..out.len()).rev() {
        let last_winner = winners.checked_sub(1).and_then(|last| out.get(last)).copied();
        let wins = last_winner.is_some_and(|winner| usize::try_from(winner) == Ok(index));
        if wins {
            winners = winners.saturating_sub(1);
        }
        let magnitude = quota_of(index)?.whole.checked_add(i128::from(wins)).ok_or(Overflow)?;
        *out.get_mut(index).ok_or(Overflow)? = stored(magnitude)?;
    }
    Ok(())
}

/// Larger fraction first, then the earlier position.
fn by_remainder(quota_of: QuotaOf<'_>, first: i64, second: i64) -> Ordering {
    let quota_at = |place: i64| usize::try_from(place).ok().and_then(|index| quota_of(index).ok());
    match (quota_at(first), quota_at(second)) {
        (Some(one), Some(other)) => other.compare_rest(one).then(first.cmp(&second)),
        // Every quota has been computed once already, so this cannot happen; the order stays total all the
        // same.
        _ => first.cmp(&second),
    }
}

#[cfg(test)]
mod tests {
    use super::{Quota, by_rank, by_smallest_winner, same_denominator};
    use crate::Overflow;

    /// Both ways hand out the same units, for every number of winners that can occur.
    #[test]
    fn the_short_way_agrees_with_the_ranking() {
        let mut state = 1_u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for round in 0..20_000 {
            let denominator = i128::from(next(if round % 2 == 0 { 6 } else { 1 << 30 }) + 1);
            let count = usize::try_from(next(9) + 1).unwrap();
            let mut numerators = [0_i128; 9];
            numerators.iter_mut().for_each(|slot| *slot = i128::from(next(1 << 31)));
            let quota_of = |index: usize| Quota::of(*numerators.get(index).ok_or(Overflow)?, denominator);
            let fractions = (0..count).filter(|index| quota_of(*index).unwrap().rest > 0).count();
            for winners in 1..fractions {
                let (mut short, mut ranked) = ([0; 9], [0; 9]);
                assert_eq!(same_denominator(&quota_of, &mut short[..count]), Ok(true));
                by_smallest_winner(&quota_of, winners, &mut short[..count]).unwrap();
                by_rank(&quota_of, winners, &mut ranked[..count]).unwrap();
                assert_eq!(short, ranked, "{winners} of {:?} / {denominator}", &numerators[..count]);
            }
        }
    }
}
