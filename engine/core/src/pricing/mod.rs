//! Decides discounts: asks the policies in their order, and does the arithmetic.
//!
//! Invariant: half up, once for each discount; never below zero, never below a floor; parts add up to the whole.

mod arithmetic;
mod combine;

pub(crate) use combine::{PricingFailure, Spending, price};
