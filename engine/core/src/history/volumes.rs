//! Volumes per seller, summed over any window of any time zone.
//!
//! Invariant: a sum is exact for every window that begins and ends on a quarter of an hour of UTC, which all local
//! midnights do since 1972.

use std::collections::HashMap;

use jiff::Timestamp;

/// Seconds of one slot. All offsets from UTC in use since 1972 are multiples of a quarter of an hour, so a slot never
/// lies in two local days.
const SLOT_SECONDS: i64 = 15 * 60;

/// Goods paid per seller, in minor units.
#[derive(Clone, Debug, Default)]
pub(super) struct Volumes {
    by_party: HashMap<String, Vec<Slot>>,
}

/// The running sum of one seller up to and including a quarter of an hour.
#[derive(Clone, Copy, Debug)]
struct Slot {
    number: i64,
    sum_minor: i64,
}

impl Volumes {
    /// Adds an amount at a moment; `None` and no change when a sum would not fit.
    ///
    /// Orders that come in the order of time cost one step; an older one moves what lies after it.
    pub(super) fn add(&mut self, party: &str, at: Timestamp, minor: i64) -> Option<()> {
        if minor == 0 {
            return Some(());
        }
        let number = slot(at);
        let Some(slots) = self.by_party.get_mut(party) else {
            self.by_party.insert(party.to_owned(), vec![Slot { number, sum_minor: minor }]);
            return Some(());
        };
        let place = match slots.last() {
            Some(last) if last.number < number => slots.len(),
            Some(last) if last.number == number => slots.len().saturating_sub(1),
            _ => slots.partition_point(|slot| slot.number < number),
        };
        if slots.iter().skip(place).any(|slot| slot.sum_minor.checked_add(minor).is_none()) {
            return None;
        }
        if slots.get(place).is_none_or(|slot| slot.number != number) {
            let before_minor =
                place.checked_sub(1).and_then(|index| slots.get(index)).map_or(0, |slot| slot.sum_minor);
            before_minor.checked_add(minor)?;
            slots.insert(place, Slot { number, sum_minor: before_minor });
        }
        for slot in slots.iter_mut().skip(place) {
            slot.sum_minor = slot.sum_minor.checked_add(minor)?;
        }
        Some(())
    }

    /// The sum from `start` (included) to `end` (excluded); `None` is no bound on that side.
    pub(super) fn sum(&self, party: &str, start: Option<Timestamp>, end: Option<Timestamp>) -> i64 {
        let Some(slots) = self.by_party.get(party) else { return 0 };
        let before = |bound: Timestamp| {
            let count = slots.partition_point(|candidate| candidate.number < slot(bound));
            count.checked_sub(1).and_then(|index| slots.get(index)).map_or(0, |slot| slot.sum_minor)
        };
        let last_minor = slots.last().map_or(0, |slot| slot.sum_minor);
        let until_minor = end.map_or(last_minor, before);
        // Every sum of a seller fits, and none is negative, so the difference fits as well.
        until_minor.saturating_sub(start.map_or(0, before))
    }
}

fn slot(at: Timestamp) -> i64 {
    at.as_second().div_euclid(SLOT_SECONDS)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::Volumes;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn any_order_of_arrival_gives_the_same_sums() {
        let amounts = [(0, 5), (900, 7), (899, 11), (4_000, 13), (-1, 17), (-901, 19), (900, 23)];
        let mut reversed = amounts;
        reversed.reverse();
        for order in [amounts, reversed] {
            let mut volumes = Volumes::default();
            for (at, minor) in order {
                volumes.add("s1", second(at), minor).unwrap();
            }
            assert_eq!(volumes.sum("s1", None, None), 95);
            assert_eq!(volumes.sum("s1", Some(second(0)), None), 59);
            assert_eq!(volumes.sum("s1", Some(second(0)), Some(second(900))), 16);
            assert_eq!(volumes.sum("s1", Some(second(-900)), Some(second(0))), 17);
            assert_eq!(volumes.sum("s1", None, Some(second(1_800))), 82);
            assert_eq!(volumes.sum("s2", None, None), 0);
        }
    }

    #[test]
    fn a_sum_that_does_not_fit_changes_nothing() {
        let mut volumes = Volumes::default();
        volumes.add("s1", second(9_000), i64::MAX).unwrap();
        for at in [0, 9_000, 90_000] {
            assert_eq!(volumes.add("s1", second(at), 1), None);
            assert_eq!(volumes.sum("s1", None, None), i64::MAX);
            assert_eq!(volumes.sum("s1", None, Some(second(9_000))), 0);
        }
    }
}
