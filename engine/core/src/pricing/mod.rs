//! Decides discounts: asks the policies in their order, and does the arithmetic.
//!
//! Invariant: half up, once for each discount; never below zero, never below a floor; parts add up to the whole.

mod arithmetic;
mod asking;
mod combine;

pub(crate) use asking::{PricingFailure, Spending};
pub(crate) use combine::price;
