//! What can be wrong with a rate.
//!
//! Invariant: one variant per reason; a rate is never rounded, clamped or guessed to avoid an error.

use core::fmt;

use crate::decimal::DecimalError;

/// Why something is not an exact rate. The message is a fragment; the caller quotes the input before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RateError {
    /// The text is not a decimal number, alone or before its unit.
    Malformed(DecimalError),
    /// One side of a fraction such as `1/3` is not a whole number.
    NotWhole,
    /// The rate is below zero.
    Negative,
    /// A fraction with the lower number zero.
    ZeroDenominator,
    /// A number above 1 without a unit: `20` may mean 20 % or twenty times (bug B37).
    NoUnit,
    /// The exact ratio needs a denominator beyond 64 bits (more than about 16 decimals of a percent).
    TooFine,
    /// The exact ratio needs a numerator beyond 64 bits.
    TooLarge,
}

impl fmt::Display for RateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            RateError::Malformed(reason) => return fmt::Display::fmt(reason, formatter),
            RateError::NotWhole => "expected whole numbers on both sides of `/`",
            RateError::Negative => "a rate cannot be negative",
            RateError::ZeroDenominator => "a rate cannot be divided by zero",
            RateError::NoUnit => "a plain number above 1 may mean two things, hint: write `20%` or `20/1`",
            RateError::TooFine => {
                "has more digits than an exact rate can hold, hint: write a fraction such as `1/3`"
            }
            RateError::TooLarge => "too large for a rate",
        })
    }
}

impl core::error::Error for RateError {}
