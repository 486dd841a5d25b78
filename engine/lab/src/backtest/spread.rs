//! How the change of single orders is spread: how many gain how much.
//!
//! Invariant: whole numbers only; every order is in exactly one bucket.

use std::collections::BTreeMap;

/// How many orders change by how much, in steps of 1, 2 and 5 of each decade of minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// Signed number of the step → orders and the sum of their changes.
    steps: BTreeMap<i32, (u64, i128)>,
}

/// Orders that change by about as much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bucket {
    /// The smallest change, minor units.
    pub from: i128,
    /// The largest change, minor units.
    pub to: i128,
    /// How many orders.
    pub orders: u64,
    /// What they change by together, minor units.
    pub sum: i128,
}

impl Spread {
    /// Counts one order.
    pub(super) fn add(&mut self, change: i128) {
        let (orders, sum) = self.steps.entry(step(change)).or_default();
        *orders = orders.saturating_add(1);
        *sum = sum.saturating_add(change);
    }

    /// The buckets that hold orders, from the largest loss to the largest gain.
    #[must_use]
    pub fn buckets(&self) -> Vec<Bucket> {
        let each = self.steps.iter().map(|(step, (orders, sum))| {
            let (from, to) = bounds(*step);
            Bucket { from, to, orders: *orders, sum: *sum }
        });
        each.collect()
    }
}

/// The least amount of a step above zero: 1, 2, 5, 10, 20, 50 …
fn least(step: u32) -> i128 {
    let (decade, place) = (step.saturating_sub(1).div_euclid(3), step.saturating_sub(1).rem_euclid(3));
    let digit: i128 = match place {
        0 => 1,
        1 => 2,
        _ => 5,
    };
    10_i128.checked_pow(decade).and_then(|power| power.checked_mul(digit)).unwrap_or(i128::MAX)
}

fn step(change: i128) -> i32 {
    let magnitude = change.unsigned_abs();
    let mut step = 0_u32;
    while step < 110 && least(step.saturating_add(1)).unsigned_abs() <= magnitude {
        step = step.saturating_add(1);
    }
    let step = i32::try_from(step).unwrap_or(i32::MAX);
    if change < 0 { step.saturating_neg() } else { step }
}

fn bounds(step: i32) -> (i128, i128) {
    if step == 0 {
        return (0, 0);
    }
    let size = step.unsigned_abs();
    let (from, to) = (least(size), least(size.saturating_add(1)).saturating_sub(1));
    if step > 0 { (from, to) } else { (to.saturating_neg(), from.saturating_neg()) }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn every_change_is_within_its_bucket() {
        for change in (-12_345..12_345).chain([i64::MIN.into(), i64::MAX.into()]) {
            let mut spread = Spread::default();
            spread.add(change);
            let buckets = spread.buckets();
            let [bucket] = buckets.as_slice() else { panic!("{buckets:?}") };
            assert!(bucket.from <= change && change <= bucket.to, "{change} in {bucket:?}");
            assert_eq!((bucket.orders, bucket.sum), (1, change));
        }
    }

    #[test]
    fn buckets_follow_each_other() {
        let mut spread = Spread::default();
        for change in -600..=600 {
            spread.add(change);
        }
        let buckets = spread.buckets();
        for pair in buckets.windows(2) {
            assert_eq!(pair[0].to + 1, pair[1].from);
        }
        assert_eq!(buckets.iter().map(|bucket| bucket.orders).sum::<u64>(), 1_201);
        assert_eq!(buckets.iter().map(|bucket| bucket.sum).sum::<i128>(), 0);
    }
}
