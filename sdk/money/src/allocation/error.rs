//! What can be wrong with an allocation.
//!
//! Invariant: one variant per reason; an allocation that cannot be exact hands out nothing that counts.

use core::fmt;

use crate::Overflow;

/// Why an amount could not be allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AllocationError {
    /// There is an amount, but every weight is zero (or there is no part at all).
    NoWeight,
    /// A weight is below zero.
    NegativeWeight {
        /// Its position, from 0.
        index: usize,
    },
    /// A part has room for less than nothing.
    NegativeRoom {
        /// Its position, from 0.
        index: usize,
    },
    /// The slices do not belong together.
    LengthMismatch {
        /// How many parts the first slice has.
        expected: usize,
        /// How many the other one has.
        found: usize,
    },
    /// Exact parts of both signs; it would be open which way to round.
    MixedSigns,
    /// A result does not fit.
    Overflow,
}

impl From<Overflow> for AllocationError {
    fn from(_: Overflow) -> AllocationError {
        AllocationError::Overflow
    }
}

impl fmt::Display for AllocationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AllocationError::NoWeight => {
                formatter.write_str("there is an amount to allocate, but every weight is zero")
            }
            AllocationError::NegativeWeight { index } => {
                write!(
                    formatter,
                    "expected weights of zero or more, found a negative one at position {index}"
                )
            }
            AllocationError::NegativeRoom { index } => {
                write!(formatter, "expected room for zero or more, found a negative one at position {index}")
            }
            AllocationError::LengthMismatch { expected, found } => {
                write!(formatter, "expected room for {expected} parts, found {found}")
            }
            AllocationError::MixedSigns => {
                formatter.write_str("positive and negative parts cannot be rounded together")
            }
            AllocationError::Overflow => fmt::Display::fmt(&Overflow, formatter),
        }
    }
}

impl core::error::Error for AllocationError {}
