//! The window a volume is counted in.
//!
//! Invariant: a window is a calendar period of a time zone; it is found from a moment, never from a clock.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A calendar period in a program's time zone, or all time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VolumeWindow {
    /// The calendar day.
    Day,
    /// The calendar month.
    Month,
    /// The calendar quarter, which begins in January, April, July or October.
    Quarter,
    /// The calendar year.
    Year,
    /// From the first order on.
    All,
}

impl VolumeWindow {
    /// Every window, from the shortest on.
    pub const ALL: [VolumeWindow; 5] = [
        VolumeWindow::Day,
        VolumeWindow::Month,
        VolumeWindow::Quarter,
        VolumeWindow::Year,
        VolumeWindow::All,
    ];

    /// The name used in program files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            VolumeWindow::Day => "day",
            VolumeWindow::Month => "month",
            VolumeWindow::Quarter => "quarter",
            VolumeWindow::Year => "year",
            VolumeWindow::All => "all",
        }
    }

    /// The window that holds a moment: its first instant and the first one after it. `None`: no bound on that side,
    /// which is so for [`VolumeWindow::All`] and at the ends of the calendar (the years −9999 and 9999).
    ///
    /// ```
    /// use fenrun::history::VolumeWindow;
    /// use jiff::tz::TimeZone;
    ///
    /// let shanghai = TimeZone::get("Asia/Shanghai")?;
    /// let (start, end) = VolumeWindow::Quarter.bounds(&shanghai, "2026-03-31T15:59:59Z".parse()?);
    /// assert_eq!(start, Some("2025-12-31T16:00:00Z".parse()?));
    /// assert_eq!(end, Some("2026-03-31T16:00:00Z".parse()?));
    /// assert_eq!(VolumeWindow::All.bounds(&shanghai, "2026-03-31T15:59:59Z".parse()?), (None, None));
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn bounds(self, zone: &TimeZone, at: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        let day = zone.to_datetime(at).date();
        let (first, length) = match self {
            VolumeWindow::Day => (Some(day), 1.day()),
            VolumeWindow::Month => (Some(day.first_of_month()), 1.month()),
            VolumeWindow::Quarter => (first_of_quarter(day), 3.months()),
            VolumeWindow::Year => (Some(day.first_of_year()), 1.year()),
            VolumeWindow::All => return (None, None),
        };
        let midnight = |date: Date| date.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp());
        let after = first.and_then(|first| first.checked_add(length).ok());
        (first.and_then(midnight), after.and_then(midnight))
    }
}

fn first_of_quarter(day: Date) -> Option<Date> {
    let month = match day.month() {
        ..=3 => 1,
        4..=6 => 4,
        7..=9 => 7,
        _ => 10,
    };
    Date::new(day.year(), month, 1).ok()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::VolumeWindow;

    #[test]
    fn windows_follow_the_local_calendar() {
        let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (window, zone, at, start, end) in [
            (
                VolumeWindow::Day,
                &shanghai,
                "2026-03-01T15:59:59Z",
                "2026-02-28T16:00:00Z",
                "2026-03-01T16:00:00Z",
            ),
            (
                VolumeWindow::Day,
                &shanghai,
                "2026-03-01T16:00:00Z",
                "2026-03-01T16:00:00Z",
                "2026-03-02T16:00:00Z",
            ),
            // The day the clocks go forward has 23 hours.
            (
                VolumeWindow::Day,
                &berlin,
                "2026-03-29T12:00:00Z",
                "2026-03-28T23:00:00Z",
                "2026-03-29T22:00:00Z",
            ),
            (
                VolumeWindow::Month,
                &berlin,
                "2026-03-01T00:00:00Z",
                "2026-02-28T23:00:00Z",
                "2026-03-31T22:00:00Z",
            ),
            (
                VolumeWindow::Month,
                &shanghai,
                "2024-02-29T00:00:00Z",
                "2024-01-31T16:00:00Z",
                "2024-02-29T16:00:00Z",
            ),
            (
                VolumeWindow::Quarter,
                &shanghai,
                "2026-12-31T15:00:00Z",
                "2026-09-30T16:00:00Z",
                "2026-12-31T16:00:00Z",
            ),
            (
                VolumeWindow::Year,
                &shanghai,
                "2026-12-31T16:00:00Z",
                "2026-12-31T16:00:00Z",
                "2027-12-31T16:00:00Z",
            ),
        ] {
            let expected = (Some(start.parse().unwrap()), Some(end.parse().unwrap()));
            assert_eq!(window.bounds(zone, at.parse().unwrap()), expected, "{window:?} of {at}");
        }
    }

    #[test]
    fn the_ends_of_the_calendar_have_no_bound() {
        let zone = TimeZone::UTC;
        let (start, end) = VolumeWindow::Year.bounds(&zone, jiff::Timestamp::MAX);
        assert!(start.is_some() && end.is_none());
        let (start, end) = VolumeWindow::Day.bounds(&zone, jiff::Timestamp::MIN);
        assert!(start.is_none() || end.is_some());
    }
}
