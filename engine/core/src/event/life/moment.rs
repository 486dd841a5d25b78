//! When an event of the ledger happened.
//!
//! Invariant: from the event alone, never from a clock; the close of a day or period is the end of it where the event
//! does not say.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use super::{DayClosed, PeriodClosed};

/// The moment of an event.
pub(in crate::event) trait Moment {
    fn moment(&self) -> Timestamp;
}

macro_rules! at_its_time {
    ($($name:ident),* $(,)?) => {
        $(
            impl Moment for super::$name {
                fn moment(&self) -> Timestamp {
                    self.time
                }
            }
        )*
    };
}

at_its_time!(
    OrderCompleted,
    OrderCancelled,
    RefundRequested,
    RefundDeclined,
    OrderRefunded,
    DisputeOpened,
    DisputeWon,
    DisputeLost,
    RelationUnbound,
    RelationMoved,
    PartyChanged,
    BuyerMerged,
    CouponCreated,
    CouponIssued,
    CouponRevoked,
    GrantGiven,
    GrantRedeemed,
    PayoutRequested,
    PayoutSucceeded,
    PayoutFailed,
    PayoutReturned,
    PayoutUnknown,
    ReceivableWrittenOff,
    BalanceOpened,
    AdjustmentMade,
    OccasionNoted,
    ProgramActivated,
    OrdersRestated,
    EventRetried,
    PolicyResumed,
);

/// Midnight UTC at the end of a day.
pub(super) fn end_of(day: Date) -> Timestamp {
    let next = day.checked_add(1.day()).unwrap_or(day);
    next.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

impl Moment for DayClosed {
    fn moment(&self) -> Timestamp {
        self.time.unwrap_or_else(|| end_of(self.date))
    }
}

impl Moment for PeriodClosed {
    fn moment(&self) -> Timestamp {
        self.time.unwrap_or_else(|| end_of(self.last_day()))
    }
}
