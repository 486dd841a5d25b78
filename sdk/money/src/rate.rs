//! An exact ratio, such as 20 %: what a share, a discount or a tax is computed with.
//!
//! Invariant: never an approximation. A rate is not negative, is kept in lowest terms, and prints as text
//! that reads back as the same rate.

mod error;
mod text;

use core::cmp::Ordering;

pub use self::error::RateError;
use crate::rounding::Rounding;
use crate::{Overflow, fraction};

/// An exact, non-negative ratio (DESIGN §6.2): `2.1739130434782608%` is that ratio, not a nearby one.
///
/// ```
/// use fenrun_money::{Rate, Rounding};
///
/// let rate: Rate = "2.1739130434782608%".parse()?;
/// assert_eq!((rate.numerator(), rate.denominator()), (1358695652173913, 62500000000000000));
/// assert_eq!(rate.to_string(), "2.1739130434782608%");
/// assert_eq!(Rate::percent(20).of(33, Rounding::Floor)?, 6);
///
/// let error = "20".parse::<Rate>().unwrap_err();
/// assert_eq!(error.to_string(), "a plain number above 1 may mean two things, hint: write `20%` or `20/1`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    numerator: i64,
    denominator: i64,
}

impl Rate {
    /// 0 %. Not the same as a missing rate (DESIGN §6.6).
    pub const ZERO: Rate = Rate { numerator: 0, denominator: 1 };

    /// 100 %.
    pub const ONE: Rate = Rate { numerator: 1, denominator: 1 };

    /// The ratio `numerator / denominator`.
    ///
    /// # Errors
    ///
    /// [`RateError::Negative`] when either number is below zero, [`RateError::ZeroDenominator`].
    ///
    /// ```
    /// use fenrun_money::Rate;
    ///
    /// assert_eq!(Rate::new(2, 6)?, Rate::new(1, 3)?);
    /// assert_eq!(Rate::new(-1, 3).unwrap_err().to_string(), "a rate cannot be negative");
    /// assert_eq!(Rate::new(1, 0).unwrap_err().to_string(), "a rate cannot be divided by zero");
    /// # Ok::<(), fenrun_money::RateError>(())
    /// ```
    pub const fn new(numerator: i64, denominator: i64) -> Result<Rate, RateError> {
        if numerator < 0 || denominator < 0 {
            return Err(RateError::Negative);
        }
        if denominator == 0 {
            return Err(RateError::ZeroDenominator);
        }
        Ok(Rate::reduced(numerator, denominator))
    }

    /// So many hundredths: `percent(20)` is 20 %.
    #[must_use]
    pub const fn percent(hundredths: u32) -> Rate {
        Rate::reduced(hundredths as i64, 100)
    }

    /// So many thousandths: `permille(6)` is 0.6 %.
    #[must_use]
    pub const fn permille(thousandths: u32) -> Rate {
        Rate::reduced(thousandths as i64, 1_000)
    }

    /// So many ten-thousandths: `basis_points(19)` is 0.19 % (case A13).
    #[must_use]
    pub const fn basis_points(ten_thousandths: u32) -> Rate {
        Rate::reduced(ten_thousandths as i64, 10_000)
    }

    /// The upper number, in lowest terms. Never negative.
    #[must_use]
    pub const fn numerator(&self) -> i64 {
        self.numerator
    }

    /// The lower number, in lowest terms. Always positive.
    #[must_use]
    pub const fn denominator(&self) -> i64 {
        self.denominator
    }

    /// Whether this is 0 %.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.numerator == 0
    }

    /// Whether this is more than 100 %. For a discount that is a violation (DESIGN §6.3).
    #[must_use]
    pub const fn exceeds_one(&self) -> bool {
        self.numerator > self.denominator
    }

    /// What is missing to 100 %: the complement of 20 % is 80 %.
    ///
    /// # Errors
    ///
    /// [`RateError::Negative`] when the rate exceeds 100 %.
    pub const fn complement(self) -> Result<Rate, RateError> {
        match self.denominator.checked_sub(self.numerator) {
            Some(numerator) => Rate::new(numerator, self.denominator),
            None => Err(RateError::Negative),
        }
    }

    /// The sum of two rates, as for a cap over several shares.
    ///
    /// # Errors
    ///
    /// [`RateError::TooFine`] or [`RateError::TooLarge`] when the exact sum does not fit.
    pub fn checked_add(self, other: Rate) -> Result<Rate, RateError> {
        // Both products are below 2^126, so their sum fits 128 bits; only the reduced result may not fit 64.
        let (numerator, denominator) =
            fraction::sum(self.as_fraction(), other.as_fraction()).ok_or(RateError::TooFine)?;
        Rate::from_fraction(numerator.unsigned_abs(), denominator.unsigned_abs())
    }

    /// The product of two rates: 20 % of 15 % is 3 %.
    ///
    /// # Errors
    ///
    /// [`RateError::TooFine`] or [`RateError::TooLarge`] when the exact product does not fit.
    pub fn checked_mul(self, other: Rate) -> Result<Rate, RateError> {
        let numerator = u128::from(self.numerator.unsigned_abs())
            .checked_mul(u128::from(other.numerator.unsigned_abs()))
            .ok_or(RateError::TooLarge)?;
        let denominator = u128::from(self.denominator.unsigned_abs())
            .checked_mul(u128::from(other.denominator.unsigned_abs()))
            .ok_or(RateError::TooFine)?;
        Rate::from_fraction(numerator, denominator)
    }

    /// This rate of `amount` minor units, rounded once.
    ///
    /// # Errors
    ///
    /// [`Overflow`] when the rate is above 100 % and the result does not fit.
    pub fn of(self, amount: i64, rounding: Rounding) -> Result<i64, Overflow> {
        i128::from(amount)
            .checked_mul(i128::from(self.numerator))
            .and_then(|product| rounding.divide(product, i128::from(self.denominator)))
            .and_then(|minor| i64::try_from(minor).ok())
            .ok_or(Overflow)
    }

    /// Lowest terms of two numbers known to be in range.
    const fn reduced(numerator: i64, denominator: i64) -> Rate {
        let divisor = fraction::gcd(numerator.unsigned_abs() as u128, denominator.unsigned_abs() as u128);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the divisor is at most the denominator, which is a positive i64"
        )]
        let divisor = divisor as i64;
        match (numerator.checked_div(divisor), denominator.checked_div(divisor)) {
            (Some(numerator), Some(denominator)) => Rate { numerator, denominator },
            _ => Rate { numerator, denominator },
        }
    }

    /// Any exact fraction, if its lowest terms fit.
    fn from_fraction(numerator: u128, denominator: u128) -> Result<Rate, RateError> {
        let divisor = fraction::gcd(numerator, denominator);
        let numerator = numerator.checked_div(divisor).ok_or(RateError::ZeroDenominator)?;
        let denominator = denominator.checked_div(divisor).ok_or(RateError::ZeroDenominator)?;
        let denominator = i64::try_from(denominator).map_err(|_| RateError::TooFine)?;
        Rate::new(i64::try_from(numerator).map_err(|_| RateError::TooLarge)?, denominator)
    }

    pub(crate) fn as_fraction(self) -> (i128, i128) {
        (i128::from(self.numerator), i128::from(self.denominator))
    }
}

impl Ord for Rate {
    fn cmp(&self, other: &Rate) -> Ordering {
        fraction::compare(self.as_fraction(), other.as_fraction())
    }
}

impl PartialOrd for Rate {
    fn partial_cmp(&self, other: &Rate) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
