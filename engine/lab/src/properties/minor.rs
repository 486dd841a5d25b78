//! An amount of a generated order: minor units, written as decimal text.
//!
//! Invariant: whole minor units; the text is the amount, to the last digit.

use fenrun_money::Currency;
use fenrun_money::decimal::format_minor;
use serde::{Serialize, Serializer};

/// The currency of every generated order: it has two decimals, as most have.
pub(super) const CURRENCY: Currency = Currency::CNY;

/// Minor units of [`CURRENCY`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Minor(pub(super) i64);

impl std::fmt::Display for Minor {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", format_minor(self.0, CURRENCY.exponent()))
    }
}

impl Serialize for Minor {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}
