//! The one error of plain money arithmetic: the exact result does not fit.
//!
//! Invariant: raised instead of wrapping, saturating or losing a digit; never recovered from by guessing.

use core::fmt;

/// An exact result does not fit the integer that has to hold it. Nothing was computed.
///
/// ```
/// use fenrun_money::{ExactSum, Rounding};
///
/// let mut sum = ExactSum::ZERO;
/// sum.add(i64::MAX)?;
/// sum.add(1)?; // held exactly …
/// let overflow = sum.round(Rounding::Floor).unwrap_err(); // … but not as an amount
/// assert_eq!(overflow.to_string(), "the result is too large for an amount");
/// # Ok::<(), fenrun_money::Overflow>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Overflow;

impl fmt::Display for Overflow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the result is too large for an amount")
    }
}

impl core::error::Error for Overflow {}
