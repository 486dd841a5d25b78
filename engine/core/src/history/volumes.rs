//! Volumes per seller, summed over any window of any time zone.
//!
//! Invariant: a sum is exact for every window that begins and ends where a slot does. Slots are quarters of an hour of
//! UTC, on which all local midnights lie since 1972, or the days of one time zone.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::VolumeWindow;

/// Seconds of one slot. All offsets from UTC in use since 1972 are multiples of a quarter of an hour, so a slot never
/// lies in two local days.
const SLOT_SECONDS: i64 = 15 * 60;

/// Goods paid per seller, in minor units.
#[derive(Clone, Debug, Default)]
pub(super) struct Volumes {
    by_party: HashMap<String, Vec<Slot>>,
    days: Option<Days>,
}

/// The days of one time zone, and the window that the latest order lies in.
#[derive(Clone, Debug)]
struct Days {
    window: VolumeWindow,
    zone: TimeZone,
    latest: Option<Stretch>,
}

/// A window, from its first instant until before its end, with the slots it begins and ends at. `None` is no bound.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    bounds: (Option<Timestamp>, Option<Timestamp>),
    slots: (Option<i64>, Option<i64>),
}

impl Stretch {
    fn holds(&self, at: Timestamp) -> bool {
        let (start, end) = self.bounds;
        start.is_none_or(|start| start <= at) && end.is_none_or(|end| at < end)
    }
}

/// The running sum of one seller up to and including a quarter of an hour.
#[derive(Clone, Copy, Debug)]
struct Slot {
    number: i64,
    sum_minor: i64,
}

impl Volumes {
    /// Volumes in slots of a local day, for windows of this time zone; quickest for `window`.
    pub(super) fn by_day(window: VolumeWindow, zone: TimeZone) -> Volumes {
        Volumes { by_party: HashMap::new(), days: Some(Days { window, zone, latest: None }) }
    }

    /// The number of the slot that a moment lies in; later slots have higher numbers.
    fn slot(&self, at: Timestamp) -> i64 {
        match &self.days {
            None => at.as_second().div_euclid(SLOT_SECONDS),
            Some(days) => {
                let date = days.zone.to_datetime(at).date();
                // Months have at most 31 days, so this grows with the calendar.
                let months = i64::from(date.year()).saturating_mul(12).saturating_add(date.month().into());
                months.saturating_mul(32).saturating_add(date.day().into())
            }
        }
    }

    fn stretch(&self, window: VolumeWindow, zone: &TimeZone, at: Timestamp) -> Stretch {
        let bounds = window.bounds(zone, at);
        let slots = (bounds.0.map(|start| self.slot(start)), bounds.1.map(|end| self.slot(end)));
        Stretch { bounds, slots }
    }

    /// The sum of the window that holds a moment.
    pub(super) fn of(&self, party: &str, window: VolumeWindow, zone: &TimeZone, at: Timestamp) -> i64 {
        let Some(slots) = self.by_party.get(party) else { return 0 };
        // Orders mostly come in the order of time, so the latest one's window is the one that is asked for.
        let latest = self.days.as_ref().filter(|days| days.window == window && days.zone == *zone);
        let latest = latest.and_then(|days| days.latest).filter(|stretch| stretch.holds(at));
        let (start, end) = latest.unwrap_or_else(|| self.stretch(window, zone, at)).slots;
        sum(slots, start, end)
    }

    /// Adds an amount at a moment; `None` and no change when a sum would not fit.
    ///
    /// Orders that come in the order of time cost one step; an older one moves what lies after it.
    pub(super) fn add(&mut self, party: &str, at: Timestamp, minor: i64) -> Option<()> {
        if minor == 0 {
            return Some(());
        }
        let latest = self.days.as_ref().map(|days| (days.window, days.latest));
        if let Some((window, latest)) = latest
            && latest.is_none_or(|stretch| !stretch.holds(at))
        {
            let zone = self.days.as_ref().map(|days| days.zone.clone()).unwrap_or(TimeZone::UTC);
            let stretch = self.stretch(window, &zone, at);
            if let Some(days) = &mut self.days {
                days.latest = Some(stretch);
            }
        }
        let number = self.slot(at);
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
}

/// The sum of the slots from `start` (included) to `end` (excluded); `None` is no bound on that side.
fn sum(slots: &[Slot], start: Option<i64>, end: Option<i64>) -> i64 {
    let before = |bound: i64| {
        let count = slots.partition_point(|candidate| candidate.number < bound);
        count.checked_sub(1).and_then(|index| slots.get(index)).map_or(0, |slot| slot.sum_minor)
    };
    let last_minor = slots.last().map_or(0, |slot| slot.sum_minor);
    let until_minor = end.map_or(last_minor, before);
    // Every sum of a seller fits, and none is negative, so the difference fits as well.
    until_minor.saturating_sub(start.map_or(0, before))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use jiff::tz::TimeZone;

    use super::{VolumeWindow, Volumes, sum};

    impl Volumes {
        fn sum(&self, party: &str, start: Option<Timestamp>, end: Option<Timestamp>) -> i64 {
            let slots = self.by_party.get(party).map(Vec::as_slice).unwrap_or_default();
            sum(slots, start.map(|start| self.slot(start)), end.map(|end| self.slot(end)))
        }
    }

    /// Days of one zone answer as quarters of an hour do, for every window and in whatever order orders arrive.
    #[test]
    fn slots_of_a_day_answer_alike() {
        for zone in ["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "UTC"] {
            let zone = TimeZone::get(zone).unwrap();
            for favourite in VolumeWindow::ALL {
                let mut fine = Volumes::default();
                let mut days = Volumes::by_day(favourite, zone.clone());
                let mut seed = 7_i64;
                for step in 0..600_i64 {
                    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
                    // Mostly forward in time, now and then far back.
                    let at = second(
                        1_700_000_000 + step * 90_000 - if step % 7 == 0 { seed % 9_000_000 } else { 0 },
                    );
                    fine.add("s1", at, 1 + seed % 100).unwrap();
                    days.add("s1", at, 1 + seed % 100).unwrap();
                    for window in VolumeWindow::ALL {
                        for asked in [at, second(1_700_000_000 + seed % 50_000_000)] {
                            let of = |volumes: &Volumes| volumes.of("s1", window, &zone, asked);
                            assert_eq!(of(&days), of(&fine), "{window:?} of {asked}");
                        }
                    }
                }
            }
        }
    }

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
