//! What became of each line, and how a set of lines is named.
//!
//! Invariant: list = discount + due for every line.

use serde::{Deserialize, Serialize};

use crate::event::LineKind;

/// A line after the decision. Amounts are minor units of the whole line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineOutcome {
    /// The line's id.
    pub id: Box<str>,
    /// What it is for.
    pub kind: LineKind,
    /// Units.
    pub quantity: i64,
    /// The list price of one unit.
    pub unit_price_minor: i64,
    /// Unit price × quantity.
    pub list_minor: i64,
    /// What came off.
    pub discount_minor: i64,
    /// What the buyer pays.
    pub due_minor: i64,
    /// What was paid with tenders that count.
    pub paid_minor: i64,
    /// The lowest it may be sold for.
    pub floor_minor: Option<i64>,
    /// What all units cost the merchant, where that is known.
    pub cost_minor: Option<i64>,
    /// The tax that is contained in the list price.
    pub tax_minor: i64,
    /// What rates apply to.
    pub bases: LineBases,
}

/// What rates apply to, of one line; minor units. A rate of what is below zero is a rate of zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineBases {
    /// The list price.
    pub list: i64,
    /// What was paid with tenders that count.
    pub paid: i64,
    /// The same without the tax it contains.
    pub ex_tax: i64,
    /// The same without tax and cost, where the cost is known.
    pub margin: Option<i64>,
    /// What was paid less the line's part of the payment fees.
    pub net: i64,
    /// The tax contained in what was paid.
    pub tax: i64,
}

/// A set of lines, as effects name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum LineRange {
    /// All goods of the order.
    AllGoods,
    /// What is paid for shipping.
    Shipping,
    /// These lines, by their place in [`Decision::lines`](super::Decision::lines).
    Lines(Vec<usize>),
}
