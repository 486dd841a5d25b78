//! Time that has passed: a day is closed, a period is closed.
//!
//! Invariant: time is an event; a period's window follows from how it is written.

use jiff::{Timestamp, ToSpan, civil::Date};

use super::define::life_event;
use super::moment::end_of;
use crate::event::Expectations;
use crate::event::error::{EventError, EventErrorKind as Kind};
use crate::event::place::Place;
use crate::event::shown::Shown;
use crate::history::VolumeWindow;

life_event! {
    /// A day is over: what is due is released, what has passed expires.
    DayClosed = "day.closed", key(date), wire DayClosedWire;
    /// The day, in the program's time zone.
    "date" date: Date => Date;
    /// When it was closed; left out, midnight UTC at its end.
    "time" time: Option<Timestamp> => Option<Timestamp>, optional;
    normal end_of_day_unsaid;
}

life_event! {
    /// A period is over: bonuses, true-ups and tiers are decided.
    PeriodClosed = "period.closed", key(period), wire PeriodClosedWire;
    /// The period, in the program's time zone: `2026`, `2026-Q1`, `2026-03` or `2026-03-01`.
    "period" period: String => &str;
    /// When it was closed; left out, midnight UTC at its end.
    "time" time: Option<Timestamp> => Option<Timestamp>, optional;
    check a_period;
    normal end_of_period_unsaid;
}

/// What is so by default is left out.
fn end_of_day_unsaid(mut closed: DayClosed) -> DayClosed {
    closed.time = closed.time.filter(|time| *time != end_of(closed.date));
    closed
}

/// What is so by default is left out.
fn end_of_period_unsaid(mut closed: PeriodClosed) -> PeriodClosed {
    let end = end_of(closed.last_day());
    closed.time = closed.time.filter(|time| *time != end);
    closed
}

fn a_period(closed: &PeriodClosed, _: &Expectations) -> Result<(), EventError> {
    if read(&closed.period).is_some() {
        return Ok(());
    }
    let problem = format!("`{}` is not a period", Shown(&closed.period));
    let remedy =
        "write a year as `2026`, a quarter as `2026-Q1`, a month as `2026-03`, a day as `2026-03-01`";
    Err(EventError::at(&Place::Root.field("period"), Kind::Contradiction { problem, remedy }))
}

/// The window a period's text names, and its first day.
fn read(period: &str) -> Option<(VolumeWindow, Date)> {
    let number = |text: &str, digits: usize| {
        let well_formed = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        well_formed.then(|| text.parse::<i16>().ok()).flatten()
    };
    let mut parts = period.split('-');
    let year = number(parts.next()?, 4)?;
    let (second, third) = (parts.next(), parts.next());
    if parts.next().is_some() {
        return None;
    }
    let small = |value: i16| i8::try_from(value).ok();
    let (window, month, day) = match (second, third) {
        (None, None) => (VolumeWindow::Year, 1, 1),
        (Some("Q1"), None) => (VolumeWindow::Quarter, 1, 1),
        (Some("Q2"), None) => (VolumeWindow::Quarter, 4, 1),
        (Some("Q3"), None) => (VolumeWindow::Quarter, 7, 1),
        (Some("Q4"), None) => (VolumeWindow::Quarter, 10, 1),
        (Some(month), None) => (VolumeWindow::Month, small(number(month, 2)?)?, 1),
        (Some(month), Some(day)) => (VolumeWindow::Day, small(number(month, 2)?)?, small(number(day, 2)?)?),
        (None, Some(_)) => return None,
    };
    Some((window, Date::new(year, month, day).ok()?))
}

impl PeriodClosed {
    /// The window that the period's form names.
    #[must_use]
    pub fn window(&self) -> VolumeWindow {
        read(&self.period).map_or(VolumeWindow::Month, |(window, _)| window)
    }

    /// The first day of the period.
    #[must_use]
    pub fn first_day(&self) -> Date {
        read(&self.period).map_or(Date::ZERO, |(_, day)| day)
    }

    pub(super) fn last_day(&self) -> Date {
        let first = self.first_day();
        let after = match self.window() {
            VolumeWindow::Day | VolumeWindow::All => first.checked_add(1.day()),
            VolumeWindow::Month => first.checked_add(1.month()),
            VolumeWindow::Quarter => first.checked_add(3.months()),
            VolumeWindow::Year => first.checked_add(1.year()),
        };
        after.and_then(|after| after.checked_sub(1.day())).unwrap_or(first)
    }
}
