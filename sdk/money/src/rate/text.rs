//! The text of a rate: `20%`, `7‰`, `0.2` or `1/3`.
//!
//! Invariant: what is printed reads back as the same rate; what is read is exact or refused.

use core::fmt::{self, Write as _};
use core::str::FromStr;

use super::{Rate, RateError};
use crate::decimal::{self, Scanned};
use crate::fraction;
use crate::text_buffer::TextBuffer;

/// The most decimals a percentage is printed with. With two more for the percent sign, 10^18 is the largest
/// power of ten a denominator can hold, so everything printed can be read again.
const PERCENT_DECIMALS_MAX: u32 = 16;

impl Rate {
    /// Reads `20%`, `7‰`, a plain decimal from `0` to `1` such as `0.2`, or a fraction such as `1/3`.
    ///
    /// The number before a unit follows the grammar of [`parse_minor`](crate::decimal::parse_minor), with as
    /// many decimals as stay exact.
    ///
    /// # Errors
    ///
    /// A [`RateError`] that says what is wrong; its message is a fragment to follow the quoted input.
    ///
    /// ```
    /// use fenrun_money::Rate;
    ///
    /// assert_eq!(Rate::parse("20%")?, Rate::percent(20));
    /// assert_eq!(Rate::parse("7‰")?, Rate::permille(7));
    /// assert_eq!(Rate::parse("0.2")?, Rate::percent(20));
    /// assert_eq!(Rate::parse("1/3")?, Rate::new(1, 3)?);
    ///
    /// assert_eq!(Rate::parse("2O%").unwrap_err().to_string(), "expected a digit, found `O`");
    /// assert_eq!(Rate::parse("-5%").unwrap_err().to_string(), "a rate cannot be negative");
    /// # Ok::<(), fenrun_money::RateError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Rate, RateError> {
        if let Some((numerator, denominator)) = text.split_once('/') {
            return Rate::from_fraction(whole_number(numerator)?, whole_number(denominator)?);
        }
        if let Some(number) = text.strip_suffix('%') {
            return from_decimal(&scan(number)?, 2);
        }
        if let Some(number) = text.strip_suffix('‰') {
            return from_decimal(&scan(number)?, 3);
        }
        let rate = from_decimal(&scan(text)?, 0)?;
        if rate.exceeds_one() { Err(RateError::NoUnit) } else { Ok(rate) }
    }
}

fn scan(text: &str) -> Result<Scanned, RateError> {
    decimal::scan(text).map_err(RateError::Malformed)
}

/// A decimal divided by `10^unit_decimals`.
fn from_decimal(scanned: &Scanned, unit_decimals: i64) -> Result<Rate, RateError> {
    let mantissa = scanned.mantissa.ok_or(RateError::TooFine)?;
    if mantissa == 0 {
        return Ok(Rate::ZERO);
    }
    if scanned.negative {
        return Err(RateError::Negative);
    }
    let decimals = scanned.decimals.saturating_add(unit_decimals);
    let power = u32::try_from(decimals.unsigned_abs()).ok().and_then(|power| 10_u128.checked_pow(power));
    if decimals >= 0 {
        Rate::from_fraction(mantissa, power.ok_or(RateError::TooFine)?)
    } else {
        let numerator = power.and_then(|power| mantissa.checked_mul(power)).ok_or(RateError::TooLarge)?;
        Rate::from_fraction(numerator, 1)
    }
}

/// One side of a fraction.
fn whole_number(text: &str) -> Result<u128, RateError> {
    let scanned = scan(text)?;
    let mantissa = scanned.mantissa.ok_or(RateError::TooLarge)?;
    match scanned {
        Scanned { negative: true, .. } => Err(RateError::Negative),
        Scanned { decimals: 0, .. } => Ok(mantissa),
        Scanned { .. } => Err(RateError::NotWhole),
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Rate, RateError> {
        Rate::parse(text)
    }
}

/// Percent when that is a finite decimal of at most 16 places, else the fraction: `20%`,
/// `2.1739130434782608%`, `1/3`.
impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = TextBuffer::new();
        match percentage(*self) {
            Some((whole, _, 0)) => write!(text, "{whole}%")?,
            Some((whole, rest, decimals)) => {
                write!(
                    text,
                    "{whole}.{rest:0width$}%",
                    width = usize::try_from(decimals).map_err(|_| fmt::Error)?
                )?;
            }
            None => write!(text, "{}/{}", self.numerator(), self.denominator())?,
        }
        formatter.pad(text.as_str()?)
    }
}

/// The percentage as whole part, decimals as a number, and how many decimals; `None` when it is not a short
/// decimal.
fn percentage(rate: Rate) -> Option<(i128, i128, u32)> {
    let (numerator, denominator) = rate.as_fraction();
    let (numerator, denominator) = fraction::lowest_terms(numerator.checked_mul(100)?, denominator);
    let (whole, rest) = fraction::split(numerator, denominator)?;
    (0..=PERCENT_DECIMALS_MAX).find_map(|decimals| {
        let (digits, inexact) =
            fraction::split(rest.checked_mul(10_i128.checked_pow(decimals)?)?, denominator)?;
        (inexact == 0).then_some((whole, digits, decimals))
    })
}
