//! The period that closes, seen from one party.
//!
//! Invariant: reads only; what it counts, the host has counted.

pub use fenrun_abi::code::{PeriodBase, Window};
use fenrun_abi::field::PeriodField;

use crate::{Party, symbol::present, sys};

/// The period that closes, seen from one party. Amounts are minor units of the program's currency.
#[derive(Debug)]
pub struct Period(());

fn read(field: PeriodField) -> i64 {
    sys::period(field.id())
}

fn small(field: PeriodField) -> u32 {
    u32::try_from(read(field)).unwrap_or(0)
}

impl Period {
    pub(crate) const fn current() -> Self {
        Self(())
    }

    /// The party that is considered.
    #[must_use]
    pub const fn party(&self) -> Party {
        Party::at(0)
    }

    /// The calendar window; `None` for one that this version of the SDK does not know.
    #[must_use]
    pub fn window(&self) -> Option<Window> {
        i32::try_from(read(PeriodField::Window)).ok().and_then(Window::from_id)
    }

    /// Its first moment, in seconds since 1970-01-01T00:00Z.
    #[must_use]
    pub fn start_unix_seconds(&self) -> i64 {
        read(PeriodField::Start)
    }

    /// The first moment after it, in seconds since 1970-01-01T00:00Z.
    #[must_use]
    pub fn end_unix_seconds(&self) -> i64 {
        read(PeriodField::End)
    }

    /// The local year of its first moment.
    #[must_use]
    pub fn year(&self) -> u32 {
        small(PeriodField::Year)
    }

    /// The local month of its first moment, 1 to 12.
    #[must_use]
    pub fn month(&self) -> u32 {
        small(PeriodField::Month)
    }

    /// The local day of the month of its first moment, 1 to 31.
    #[must_use]
    pub fn day(&self) -> u32 {
        small(PeriodField::Day)
    }

    /// Goods paid with the party as the seller of record.
    #[must_use]
    pub fn volume(&self) -> i64 {
        read(PeriodField::Volume)
    }

    /// How many paid orders that were.
    #[must_use]
    pub fn orders(&self) -> i64 {
        read(PeriodField::Orders)
    }

    /// Shares of the period's orders that the party has accrued, by every policy.
    #[must_use]
    pub fn accrued(&self) -> i64 {
        read(PeriodField::Accrued)
    }

    /// Shares of the period's orders that the party has accrued by this policy.
    #[must_use]
    pub fn accrued_here(&self) -> i64 {
        read(PeriodField::AccruedHere)
    }

    /// What the party's direct downlines sold.
    #[must_use]
    pub fn direct_volume(&self) -> i64 {
        read(PeriodField::DirectVolume)
    }

    /// What everybody below the party sold, and the party itself.
    #[must_use]
    pub fn group_volume(&self) -> i64 {
        read(PeriodField::GroupVolume)
    }

    /// What all parties sold.
    #[must_use]
    pub fn total_volume(&self) -> i64 {
        read(PeriodField::TotalVolume)
    }

    /// The party's place by volume, 1 the best; equal volumes share the better place. `None` where it has none.
    #[must_use]
    pub fn rank(&self) -> Option<i64> {
        present(read(PeriodField::Rank))
    }

    /// How many parties share the place, this one included; `None` where it has none.
    #[must_use]
    pub fn tied(&self) -> Option<i64> {
        present(read(PeriodField::Tied))
    }

    /// How many parties have a place.
    #[must_use]
    pub fn ranked(&self) -> i64 {
        read(PeriodField::Ranked)
    }

    /// How many members were newly bound to the party.
    #[must_use]
    pub fn newly_bound(&self) -> i64 {
        read(PeriodField::NewlyBound)
    }
}
