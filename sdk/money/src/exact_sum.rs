//! An exact sum of parts of amounts, rounded once at the end.
//!
//! Invariant: a fraction of two `i128`, never rounded before [`ExactSum::round`] is called with a named
//! rounding.

use core::cmp::Ordering;
use core::fmt::{self, Write as _};

use crate::rounding::Rounding;
use crate::text_buffer::TextBuffer;
use crate::{Overflow, Rate, fraction};

/// What a share is made up of, added up exactly (DESIGN §5: "one exact sum, rounded once").
///
/// It holds sums far beyond any amount as long as the denominators of the rates stay related (percentages
/// always do); what it cannot hold exactly is an [`Overflow`], never an approximation.
///
/// ```
/// use fenrun_money::{ExactSum, Rate, Rounding};
///
/// // 20 % of 0.33 and 5 % of 0.33: rounded one by one upwards that would be 9 fen.
/// let mut sum = ExactSum::ZERO;
/// sum.add_product(33, Rate::percent(20))?;
/// sum.add_product(33, Rate::percent(5))?;
/// assert_eq!(sum.to_string(), "33/4");
/// assert_eq!(sum.round(Rounding::Floor)?, 8);
///
/// let error = sum.add_fraction(1, 0).unwrap_err();
/// assert_eq!(error.to_string(), "expected a positive denominator");
/// # Ok::<(), fenrun_money::Overflow>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ExactSum {
    numerator: i128,
    denominator: i128,
}

/// Why a fraction could not be added to an exact sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FractionError {
    /// The denominator is zero or negative.
    DenominatorNotPositive,
    /// The exact sum does not fit.
    Overflow,
}

impl ExactSum {
    /// Nothing.
    pub const ZERO: ExactSum = ExactSum { numerator: 0, denominator: 1 };

    /// Nothing; the same as [`ExactSum::ZERO`].
    #[must_use]
    pub const fn zero() -> ExactSum {
        ExactSum::ZERO
    }

    /// Exactly `amount` minor units.
    #[must_use]
    pub fn whole(amount: i64) -> ExactSum {
        ExactSum { numerator: i128::from(amount), denominator: 1 }
    }

    /// Adds `rate` of `amount` minor units.
    ///
    /// # Errors
    ///
    /// [`Overflow`] when the exact sum does not fit; the sum is then unchanged.
    pub fn add_product(&mut self, amount: i64, rate: Rate) -> Result<(), Overflow> {
        let (numerator, denominator) = rate.as_fraction();
        self.accumulate(i128::from(amount).checked_mul(numerator).ok_or(Overflow)?, denominator)
    }

    /// Adds `amount` minor units.
    ///
    /// # Errors
    ///
    /// [`Overflow`] when the exact sum does not fit; the sum is then unchanged.
    pub fn add(&mut self, amount: i64) -> Result<(), Overflow> {
        self.accumulate(i128::from(amount), 1)
    }

    /// Adds `numerator / denominator` minor units, as for a fixed part that scales by the units that remain.
    ///
    /// # Errors
    ///
    /// [`FractionError`] when the denominator is not positive or the exact sum does not fit; the sum is then
    /// unchanged.
    pub fn add_fraction(&mut self, numerator: i128, denominator: i128) -> Result<(), FractionError> {
        if denominator <= 0 {
            return Err(FractionError::DenominatorNotPositive);
        }
        Ok(self.accumulate(numerator, denominator)?)
    }

    /// Adds another exact sum.
    ///
    /// # Errors
    ///
    /// [`Overflow`] when the exact sum does not fit; the sum is then unchanged.
    pub fn add_sum(&mut self, other: ExactSum) -> Result<(), Overflow> {
        self.accumulate(other.numerator, other.denominator)
    }

    /// This rate of the whole sum, exactly: a part of a part.
    ///
    /// # Errors
    ///
    /// [`Overflow`] when the exact product does not fit.
    pub fn checked_mul(self, rate: Rate) -> Result<ExactSum, Overflow> {
        let (numerator, denominator) = fraction::lowest_terms(self.numerator, self.denominator);
        let (factor, divisor) = rate.as_fraction();
        // Cancelling crosswise first keeps every product as small as the result allows.
        let (numerator, divisor) = fraction::lowest_terms(numerator, divisor);
        let (factor, denominator) = fraction::lowest_terms(factor, denominator);
        Ok(ExactSum {
            numerator: numerator.checked_mul(factor).ok_or(Overflow)?,
            denominator: denominator.checked_mul(divisor).ok_or(Overflow)?,
        })
    }

    /// Raises the sum to at least `minimum` minor units.
    pub fn clamp_min(&mut self, minimum: i64) {
        if *self < minimum {
            *self = ExactSum::whole(minimum);
        }
    }

    /// Lowers the sum to at most `maximum` minor units.
    pub fn clamp_max(&mut self, maximum: i64) {
        if *self > maximum {
            *self = ExactSum::whole(maximum);
        }
    }

    /// Whole minor units, rounded as named.
    ///
    /// # Errors
    ///
    /// [`Overflow`] when the result is no `i64`.
    pub fn round(&self, rounding: Rounding) -> Result<i64, Overflow> {
        let minor = rounding.divide(self.numerator, self.denominator).ok_or(Overflow)?;
        i64::try_from(minor).map_err(|_| Overflow)
    }

    /// Whole minor units toward negative infinity: the rule for shares (DESIGN §6.3).
    ///
    /// # Errors
    ///
    /// [`Overflow`] when the result is no `i64`.
    pub fn floor(&self) -> Result<i64, Overflow> {
        self.round(Rounding::Floor)
    }

    /// The upper number of the exact value, in lowest terms.
    #[must_use]
    pub fn numerator(&self) -> i128 {
        fraction::lowest_terms(self.numerator, self.denominator).0
    }

    /// The lower number of the exact value, in lowest terms. Always positive.
    #[must_use]
    pub fn denominator(&self) -> i128 {
        fraction::lowest_terms(self.numerator, self.denominator).1
    }

    /// Whether the sum is exactly zero.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.numerator == 0
    }

    /// Whether the sum is below zero.
    #[must_use]
    pub const fn is_negative(&self) -> bool {
        self.numerator < 0
    }

    /// The sum as kept, over a denominator that need not be the smallest.
    pub(crate) const fn as_fraction(&self) -> (i128, i128) {
        (self.numerator, self.denominator)
    }

    fn accumulate(&mut self, numerator: i128, denominator: i128) -> Result<(), Overflow> {
        let sum = fraction::sum(self.as_fraction(), (numerator, denominator)).ok_or(Overflow)?;
        (self.numerator, self.denominator) = sum;
        Ok(())
    }
}

impl Default for ExactSum {
    fn default() -> ExactSum {
        ExactSum::ZERO
    }
}

impl PartialEq for ExactSum {
    fn eq(&self, other: &ExactSum) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for ExactSum {}

impl Ord for ExactSum {
    fn cmp(&self, other: &ExactSum) -> Ordering {
        fraction::compare(self.as_fraction(), other.as_fraction())
    }
}

impl PartialOrd for ExactSum {
    fn partial_cmp(&self, other: &ExactSum) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq<i64> for ExactSum {
    fn eq(&self, amount: &i64) -> bool {
        *self == ExactSum::whole(*amount)
    }
}

impl PartialOrd<i64> for ExactSum {
    fn partial_cmp(&self, amount: &i64) -> Option<Ordering> {
        Some(self.cmp(&ExactSum::whole(*amount)))
    }
}

/// The exact value as a whole number or a fraction in lowest terms: `8` or `33/4`, in minor units.
impl fmt::Display for ExactSum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = TextBuffer::new();
        match fraction::lowest_terms(self.numerator, self.denominator) {
            (numerator, 1) => write!(text, "{numerator}")?,
            (numerator, denominator) => return write!(formatter, "{numerator}/{denominator}"),
        }
        formatter.pad(text.as_str()?)
    }
}

impl From<Overflow> for FractionError {
    fn from(_: Overflow) -> FractionError {
        FractionError::Overflow
    }
}

impl fmt::Display for FractionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FractionError::DenominatorNotPositive => formatter.write_str("expected a positive denominator"),
            FractionError::Overflow => fmt::Display::fmt(&Overflow, formatter),
        }
    }
}

impl core::error::Error for FractionError {}
