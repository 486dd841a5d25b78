//! What people hold of points, stars and coupons.
//!
//! Invariant: answers are as of the moment before the event; the same question has the same answer until it is decided.

/// Units that people hold and have earned, by asset. A host application implements it over its books.
///
/// ```
/// use fenrun::granting::{Holdings, NoHoldings};
///
/// assert_eq!(NoHoldings.held("b1", "stars"), 0);
/// ```
pub trait Holdings {
    /// Units of an asset that somebody holds now.
    fn held(&self, party: &str, asset: &str) -> i64;

    /// Units of an asset that somebody has earned in all, whatever was spent or has expired since.
    fn earned(&self, party: &str, asset: &str) -> i64;
}

/// Nobody holds anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoHoldings;

impl Holdings for NoHoldings {
    fn held(&self, _party: &str, _asset: &str) -> i64 {
        0
    }

    fn earned(&self, _party: &str, _asset: &str) -> i64 {
        0
    }
}
