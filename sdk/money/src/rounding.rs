//! The named ways from an exact amount to whole minor units.
//!
//! Invariant: rounding is always an argument with a name (DESIGN §6.3); nothing in this crate rounds by
//! itself.

use core::fmt;
use core::str::FromStr;

use crate::fraction;

/// How an exact amount becomes whole minor units.
///
/// `Floor` and `Ceiling` follow the number line. The three halves are symmetric: a negative amount rounds to
/// the mirror image of its positive twin, so a correction undoes exactly what it corrects (case D09).
///
/// | exact | `floor` | `half_up` | `half_down` | `half_even` | `ceiling` |
/// | ---: | ---: | ---: | ---: | ---: | ---: |
/// | 2.5 | 2 | 3 | 2 | 2 | 3 |
/// | 3.5 | 3 | 4 | 3 | 4 | 4 |
/// | −2.5 | −3 | −3 | −2 | −2 | −2 |
/// | −2.4 | −3 | −2 | −2 | −2 | −2 |
///
/// ```
/// use fenrun_money::{Rate, Rounding};
///
/// let rate: Rate = "2.9%".parse()?;
/// assert_eq!(rate.of(500, Rounding::HalfUp)?, 15); // 14.5; a float gives 14 (case C15)
/// assert_eq!("half_up".parse::<Rounding>()?, Rounding::HalfUp);
/// assert_eq!(
///     "nearest".parse::<Rounding>().unwrap_err().to_string(),
///     "expected `floor`, `half_up`, `half_down`, `half_even` or `ceiling`",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// Toward negative infinity. The default for shares: no cap can break.
    Floor,
    /// To the nearest; a tie goes away from zero. The default for discounts.
    HalfUp,
    /// To the nearest; a tie goes toward zero.
    HalfDown,
    /// To the nearest; a tie goes to the even number.
    HalfEven,
    /// Toward positive infinity.
    Ceiling,
}

/// The text names no rounding. The message lists the names there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnknownRounding;

impl Rounding {
    /// Every rounding, in the order of the documentation.
    pub const ALL: [Rounding; 5] =
        [Rounding::Floor, Rounding::HalfUp, Rounding::HalfDown, Rounding::HalfEven, Rounding::Ceiling];

    /// The name used in configuration and traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Rounding::Floor => "floor",
            Rounding::HalfUp => "half_up",
            Rounding::HalfDown => "half_down",
            Rounding::HalfEven => "half_even",
            Rounding::Ceiling => "ceiling",
        }
    }

    /// `numerator / denominator` in whole units; `None` when the denominator is not positive or the result
    /// does not fit.
    pub(crate) fn divide(self, numerator: i128, denominator: i128) -> Option<i128> {
        let (floor, above_floor) = fraction::split(numerator, denominator)?;
        if above_floor == 0 {
            return Some(floor);
        }
        let below_ceiling = denominator.checked_sub(above_floor)?;
        let tie = above_floor == below_ceiling;
        let upward = match self {
            Rounding::Floor => false,
            Rounding::Ceiling => true,
            Rounding::HalfUp => above_floor > below_ceiling || (tie && numerator > 0),
            Rounding::HalfDown => above_floor > below_ceiling || (tie && numerator < 0),
            Rounding::HalfEven => above_floor > below_ceiling || (tie && floor & 1 == 1),
        };
        if upward { floor.checked_add(1) } else { Some(floor) }
    }
}

impl FromStr for Rounding {
    type Err = UnknownRounding;

    fn from_str(text: &str) -> Result<Rounding, UnknownRounding> {
        Rounding::ALL.into_iter().find(|rounding| rounding.name() == text).ok_or(UnknownRounding)
    }
}

impl fmt::Display for Rounding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl fmt::Display for UnknownRounding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("expected `floor`, `half_up`, `half_down`, `half_even` or `ceiling`")
    }
}

impl core::error::Error for UnknownRounding {}

#[cfg(test)]
mod tests {
    use super::Rounding;

    /// Rows: numerator over 10, then the five results in the order of [`Rounding::ALL`].
    const TABLE: [(i128, [i128; 5]); 13] = [
        (0, [0, 0, 0, 0, 0]),
        (4, [0, 0, 0, 0, 1]),
        (5, [0, 1, 0, 0, 1]),
        (6, [0, 1, 1, 1, 1]),
        (15, [1, 2, 1, 2, 2]),
        (25, [2, 3, 2, 2, 3]),
        (30, [3, 3, 3, 3, 3]),
        (-4, [-1, 0, 0, 0, 0]),
        (-5, [-1, -1, 0, 0, 0]),
        (-6, [-1, -1, -1, -1, 0]),
        (-15, [-2, -2, -1, -2, -1]),
        (-25, [-3, -3, -2, -2, -2]),
        (-30, [-3, -3, -3, -3, -3]),
    ];

    #[test]
    fn every_rounding_on_both_sides_of_zero() {
        for (tenths, expected) in TABLE {
            for (rounding, expected) in Rounding::ALL.into_iter().zip(expected) {
                assert_eq!(rounding.divide(tenths, 10), Some(expected), "{tenths}/10 {rounding}");
            }
        }
    }

    #[test]
    fn the_largest_denominator_does_not_overflow() {
        assert_eq!(Rounding::HalfUp.divide(i128::MAX - 1, i128::MAX), Some(1));
        assert_eq!(Rounding::HalfUp.divide(1, 0), None);
    }
}
