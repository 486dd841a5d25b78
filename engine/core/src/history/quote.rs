//! A quote that was given: the cart and what each line was to cost.
//!
//! Invariant: frozen; paying it uses these numbers, whatever the rules say by then.

use jiff::Timestamp;

use crate::{decision::Discount, event::Order};

/// A priced cart, kept until it is paid or expires. Amounts are minor units of the order's currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedQuote {
    /// The quote's id.
    pub quote: String,
    /// The cart as it was priced.
    pub order: Order,
    /// What each line is to cost after discounts, by line id, minor units.
    pub lines_paid_minor: Vec<(String, i64)>,
    /// The discounts behind those prices, as they were decided: who funds them, and why.
    pub discounts: Vec<Discount>,
    /// What is due in total, minor units.
    pub total_minor: i64,
    /// When the quote expires, if it does.
    pub expires: Option<Timestamp>,
}
