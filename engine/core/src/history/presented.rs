//! What is known of a coupon that a buyer presents.
//!
//! Invariant: plain data; whether the coupon can be used is answered with it, not in it.

use fenrun_money::Rate;
use jiff::{Timestamp, civil::Date};

/// A coupon that a buyer presents and can use. Amounts are minor units. Without a ledger nothing of it is known but that it
/// is presented.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PresentedCoupon {
    /// Its kind, such as `welcome`.
    pub kind: Option<String>,
    /// Whose coupon it is.
    pub issuer: Option<String>,
    /// Who handed it out.
    pub giver: Option<String>,
    /// The amount it is worth.
    pub amount_minor: Option<i64>,
    /// The rate it is worth.
    pub rate: Option<Rate>,
    /// What the goods have to come to.
    pub minimum_minor: Option<i64>,
    /// How often the buyer can use it, this time included; `None` where nothing limits it.
    pub uses_left: Option<i64>,
    /// Its last day.
    pub expires: Option<Date>,
    /// When the buyer was issued it, or when it was created where anybody may present it.
    pub since: Option<Timestamp>,
}
