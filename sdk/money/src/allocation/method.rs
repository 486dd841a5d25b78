//! The named ways to hand out the minor units that rounding leaves over.
//!
//! Invariant: a name always means the same cents; names are only ever added.

use core::fmt;
use core::str::FromStr;

/// How exact parts become whole minor units (DESIGN §6.3).
///
/// The three methods that round each part by itself may hand out less or more than the whole; the four
/// others, the *joint* ones, hand out exactly the whole. Example: 100 over 60 / 35.5 / 4.5 (case A05).
///
/// | name | parts | rule |
/// | --- | --- | --- |
/// | `floor_residual_to` | 60, 35, 4 | each part floored; what is left stays with the merchant |
/// | `half_up_each` | 60, 36, 5 | each part to the nearest, ties up: one too many |
/// | `half_even_each` | 60, 36, 4 | each part to the nearest, ties to even |
/// | `largest_remainder` | 60, 36, 4 | floored, then one each by largest fraction, ties by position |
/// | `first_takes_rest` | 61, 35, 4 | floored, then one each from the first |
/// | `half_down_first` | 61, 35, 4 | nearest, ties down, then one each from the first until the sum fits |
/// | `last_takes_rest` | 60, 35, 5 | floored, the last takes all that is left |
///
/// ```
/// use fenrun_money::Allocation;
///
/// assert_eq!("half_down_first".parse::<Allocation>()?, Allocation::HalfDownFirst);
/// assert_eq!("floor_to_payee".parse::<Allocation>()?.name(), "floor_residual_to");
/// assert_eq!(
///     "round_robin".parse::<Allocation>().unwrap_err().to_string(),
///     "expected `floor_residual_to`, `half_up_each`, `half_even_each`, `largest_remainder`, `first_takes_rest`, \
///      `half_down_first` or `last_takes_rest`",
/// );
/// # Ok::<(), fenrun_money::UnknownAllocation>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Allocation {
    /// Each part floored; the residual stays with the merchant. The default for shares: only this keeps every
    /// cap.
    FloorResidual,
    /// Each part to the nearest, ties up.
    HalfUpEach,
    /// Each part to the nearest, ties to the even number.
    HalfEvenEach,
    /// Floored, then one unit each by largest fraction, ties by position. The default for splitting over
    /// lines.
    LargestRemainder,
    /// Floored, then one unit each from the first.
    FirstTakesRest,
    /// Each part to the nearest, ties down; the difference goes or comes by one unit each from the first.
    HalfDownFirst,
    /// Floored; the last part with a weight takes all that is left.
    LastTakesRest,
}

/// The text names no allocation method. The message lists the names there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnknownAllocation;

impl Allocation {
    /// Every method, in the order of the documentation.
    pub const ALL: [Allocation; 7] = [
        Allocation::FloorResidual,
        Allocation::HalfUpEach,
        Allocation::HalfEvenEach,
        Allocation::LargestRemainder,
        Allocation::FirstTakesRest,
        Allocation::HalfDownFirst,
        Allocation::LastTakesRest,
    ];

    /// The name used in configuration and traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Allocation::FloorResidual => "floor_residual_to",
            Allocation::HalfUpEach => "half_up_each",
            Allocation::HalfEvenEach => "half_even_each",
            Allocation::LargestRemainder => "largest_remainder",
            Allocation::FirstTakesRest => "first_takes_rest",
            Allocation::HalfDownFirst => "half_down_first",
            Allocation::LastTakesRest => "last_takes_rest",
        }
    }

    /// Whether the parts are rounded together, so that they add up to the whole.
    #[must_use]
    pub const fn is_joint(self) -> bool {
        match self {
            Allocation::FloorResidual | Allocation::HalfUpEach | Allocation::HalfEvenEach => false,
            Allocation::LargestRemainder
            | Allocation::FirstTakesRest
            | Allocation::HalfDownFirst
            | Allocation::LastTakesRest => true,
        }
    }
}

impl FromStr for Allocation {
    type Err = UnknownAllocation;

    /// Reads a name as printed; `floor_to_payee` and `floor_residual` are other names of `floor_residual_to`.
    fn from_str(text: &str) -> Result<Allocation, UnknownAllocation> {
        if matches!(text, "floor_to_payee" | "floor_residual") {
            return Ok(Allocation::FloorResidual);
        }
        Allocation::ALL.into_iter().find(|method| method.name() == text).ok_or(UnknownAllocation)
    }
}

impl fmt::Display for Allocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl fmt::Display for UnknownAllocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "expected `floor_residual_to`, `half_up_each`, `half_even_each`, `largest_remainder`, \
             `first_takes_rest`, `half_down_first` or `last_takes_rest`",
        )
    }
}

impl core::error::Error for UnknownAllocation {}
