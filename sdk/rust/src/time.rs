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
