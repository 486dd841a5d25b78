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
