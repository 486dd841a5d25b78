//! The order's moment in the program's time zone.
//!
//! Invariant: comes from the event; a policy has no clock.

use fenrun_abi::field::OrderField;

use crate::sys;

/// The local calendar fields of the order's moment; each is read when it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct LocalTime(pub(crate) ());

fn read(field: OrderField) -> u32 {
    u32::try_from(sys::order(field.id())).unwrap_or(0)
}

impl LocalTime {
    /// Seconds since 1970-01-01T00:00Z.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        sys::order(OrderField::Time.id())
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> u32 {
        read(OrderField::Year)
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u32 {
        read(OrderField::Month)
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> u32 {
        read(OrderField::Day)
    }

    /// The local day as a number: days since 1970-01-01.
    #[must_use]
    pub fn day_number(self) -> i64 {
        day_number(i64::from(self.year()), i64::from(self.month()), i64::from(self.day()))
    }

    /// Whole days since the calendar last showed this month and day: 0 on the day itself. The 29th of February counts as
    /// the 1st of March in years that have none.
    #[must_use]
    pub fn days_since_last(self, month: u32, day: u32) -> i64 {
        let (today, year) = (self.day_number(), i64::from(self.year()));
        let of = |year| today.wrapping_sub(day_number(year, i64::from(month), i64::from(day)));
        let this_year = of(year);
        if this_year >= 0 { this_year } else { of(year.wrapping_sub(1)) }
    }

    /// The day of the week, 1 (Monday) to 7.
    #[must_use]
    pub fn weekday(self) -> u32 {
        read(OrderField::Weekday)
    }

    /// The hour, 0 to 23.
    #[must_use]
    pub fn hour(self) -> u32 {
        read(OrderField::Hour)
    }

    /// The minute, 0 to 59.
    #[must_use]
    pub fn minute(self) -> u32 {
        read(OrderField::Minute)
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar, by months that are counted from March.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a calendar date: every number is far below what 64 bits hold"
)]
const fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
        - 719_469
}

#[cfg(test)]
mod tests {
    use super::day_number;

    #[test]
    fn days_are_counted_from_1970_on() {
        assert_eq!(day_number(1970, 1, 1), 0);
        assert_eq!(day_number(2000, 2, 29), 11_016);
        assert_eq!(day_number(2026, 3, 1), 20_513);
        assert_eq!(day_number(2027, 1, 1) - day_number(2026, 12, 31), 1);
        assert_eq!(day_number(2026, 2, 29), day_number(2026, 3, 1));
    }
}
