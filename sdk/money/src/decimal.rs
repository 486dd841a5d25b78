//! Decimal text, read and printed exactly as minor units.
//!
//! Invariant: no float and no rounding. A text that is not exactly a whole number of minor units is an error.

use core::fmt::{self, Write as _};

use crate::text_buffer::TextBuffer;

/// The largest exponent whose minor units are printed digit by digit; above it the text is
/// `{minor}e-{exponent}`.
const EXPONENT_PLAIN_MAX: u8 = 18;

/// Reads a decimal as minor units of a currency with `exponent` decimals: `49.9` with exponent 2 is 4990.
///
/// The grammar is that of a JSON number: an optional `-`, digits without a needless leading zero, optionally
/// a point and digits, optionally an exponent (`1.5E1` is 15). More decimals than the currency has is an
/// error even if they are zeros, never a rounding (DESIGN §6.1).
///
/// # Errors
///
/// A [`DecimalError`] that says what is wrong; its message is a fragment to follow the quoted input.
///
/// ```
/// use fenrun_money::decimal::parse_minor;
///
/// assert_eq!(parse_minor("49.9", 2), Ok(49_90));
/// assert_eq!(parse_minor("-0.05", 2), Ok(-5));
/// assert_eq!(parse_minor("1e2", 0), Ok(100));
///
/// let error = parse_minor("49.901", 2).unwrap_err();
/// assert_eq!(format!("`49.901`: {error}"), "`49.901`: expected at most 2 decimals, found 3");
/// ```
pub fn parse_minor(text: &str, exponent: u8) -> Result<i64, DecimalError> {
    let scanned = scan(text)?;
    let missing = i64::from(exponent).saturating_sub(scanned.decimals);
    let Ok(missing) = u64::try_from(missing) else {
        let found = u32::try_from(scanned.decimals).unwrap_or(u32::MAX);
        return Err(DecimalError::TooManyDecimals { found, expected_max: exponent });
    };
    let magnitude = scanned.scaled(missing).and_then(|magnitude| i128::try_from(magnitude).ok());
    let signed = if scanned.negative { magnitude.and_then(i128::checked_neg) } else { magnitude };
    signed.and_then(|minor| i64::try_from(minor).ok()).ok_or(DecimalError::Overflow)
}

/// Minor units as exact decimal text; the reverse of [`parse_minor`].
///
/// ```
/// use fenrun_money::decimal::format_minor;
///
/// assert_eq!(format_minor(-5, 2).to_string(), "-0.05");
/// assert_eq!(format_minor(1200, 0).to_string(), "1200");
/// assert_eq!(format_minor(1250, 3).to_string(), "1.250");
/// assert_eq!(format!("{:>8}", format_minor(49_90, 2)), "   49.90");
/// ```
#[must_use]
pub const fn format_minor(minor: i64, exponent: u8) -> Decimal {
    Decimal { minor, exponent }
}

/// A whole number of minor units that prints as a decimal. Made by [`format_minor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    minor: i64,
    exponent: u8,
}

/// Why a text is not an exact amount. The message is a fragment; the caller quotes the input before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecimalError {
    /// There is no text.
    Empty,
    /// A character that no decimal number has here: a space, `+`, `_`, a letter …
    UnexpectedCharacter(char),
    /// The text ends where a digit has to follow, as in `-`, `1.` or `1e`.
    MissingDigit,
    /// A zero in front of another digit, as in `01`.
    LeadingZero,
    /// More decimals than the currency has.
    TooManyDecimals {
        /// How many decimals the text has, after its exponent is applied.
        found: u32,
        /// How many the currency has.
        expected_max: u8,
    },
    /// The number does not fit an amount.
    Overflow,
}

/// What a decimal text says, before anyone asks for a scale: `mantissa / 10^decimals`.
pub(crate) struct Scanned {
    pub(crate) negative: bool,
    /// All digits without the point; `None` when they exceed 128 bits.
    pub(crate) mantissa: Option<u128>,
    /// How many digits stand after the point; negative when zeros are to be appended.
    pub(crate) decimals: i64,
}

impl Scanned {
    /// The mantissa with `zeros` zeros appended; `None` when that does not fit.
    pub(crate) fn scaled(&self, zeros: u64) -> Option<u128> {
        let mantissa = self.mantissa?;
        if mantissa == 0 {
            return Some(0);
        }
        10_u128.checked_pow(u32::try_from(zeros).ok()?).and_then(|factor| mantissa.checked_mul(factor))
    }
}

/// Reads the grammar of a JSON number and nothing else.
pub(crate) fn scan(text: &str) -> Result<Scanned, DecimalError> {
    if text.is_empty() {
        return Err(DecimalError::Empty);
    }
    let mut reader = Reader { rest: text, mantissa: Some(0) };
    let negative = reader.accept('-');
    let leading_zero = reader.rest.starts_with('0');
    let whole_digits = reader.digits()?;
    if leading_zero && whole_digits > 1 {
        return Err(DecimalError::LeadingZero);
    }
    let decimals = if reader.accept('.') { reader.digits()? } else { 0 };
    let shift = if reader.accept('e') || reader.accept('E') { reader.exponent()? } else { 0 };
    match reader.rest.chars().next() {
        Some(character) => Err(DecimalError::UnexpectedCharacter(character)),
        None => Ok(Scanned { negative, mantissa: reader.mantissa, decimals: decimals.saturating_sub(shift) }),
    }
}

/// A cursor over the text that gathers the digits it passes.
struct Reader<'text> {
    rest: &'text str,
    mantissa: Option<u128>,
}

impl Reader<'_> {
    fn accept(&mut self, expected: char) -> bool {
        let rest = self.rest.strip_prefix(expected);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn digit(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.as_bytes().split_first()?;
        let digit = first.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        self.rest = self.rest.get(self.rest.len().checked_sub(rest.len())?..)?;
        Some(digit)
    }

    /// At least one digit, appended to the mantissa; how many there were.
    fn digits(&mut self) -> Result<i64, DecimalError> {
        let mut count = 0_i64;
        while let Some(digit) = self.digit() {
            count = count.saturating_add(1);
            self.mantissa =
                self.mantissa.and_then(|value| value.checked_mul(10)?.checked_add(u128::from(digit)));
        }
        if count == 0 { Err(self.expected_digit()) } else { Ok(count) }
    }

    /// The digits after `e`, with their sign. Beyond any number that could fit, the exact value no longer
    /// matters.
    fn exponent(&mut self) -> Result<i64, DecimalError> {
        let negative = self.accept('-');
        if !negative {
            self.accept('+');
        }
        let mut value = i64::from(self.digit().ok_or_else(|| self.expected_digit())?);
        while let Some(digit) = self.digit() {
            value = value.saturating_mul(10).saturating_add(i64::from(digit));
        }
        Ok(if negative { value.saturating_neg() } else { value })
    }

    fn expected_digit(&self) -> DecimalError {
        self.rest.chars().next().map_or(DecimalError::MissingDigit, DecimalError::UnexpectedCharacter)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = TextBuffer::new();
        let magnitude = self.minor.unsigned_abs();
        let scale =
            10_u64.checked_pow(u32::from(self.exponent)).filter(|_| self.exponent <= EXPONENT_PLAIN_MAX);
        match scale.and_then(|scale| Some((magnitude.checked_div(scale)?, magnitude.checked_rem(scale)?))) {
            Some((whole, _)) if self.exponent == 0 => write!(text, "{whole}")?,
            Some((whole, rest)) => {
                write!(text, "{whole}.{rest:0width$}", width = usize::from(self.exponent))?
            }
            None => write!(text, "{magnitude}e-{}", self.exponent)?,
        }
        formatter.pad_integral(self.minor >= 0, "", text.as_str()?)
    }
}

impl fmt::Display for DecimalError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecimalError::Empty => formatter.write_str("expected a number, found nothing"),
            DecimalError::UnexpectedCharacter(character) => {
                write!(formatter, "expected a digit, found `{}`", character.escape_debug())
            }
            DecimalError::MissingDigit => formatter.write_str("expected a digit, found the end"),
            DecimalError::LeadingZero => formatter.write_str("expected no zero in front of other digits"),
            DecimalError::TooManyDecimals { found, expected_max: 0 } => {
                write!(formatter, "expected no decimals, found {found}")
            }
            DecimalError::TooManyDecimals { found, expected_max: 1 } => {
                write!(formatter, "expected at most 1 decimal, found {found}")
            }
            DecimalError::TooManyDecimals { found, expected_max } => {
                write!(formatter, "expected at most {expected_max} decimals, found {found}")
            }
            DecimalError::Overflow => formatter.write_str("too large for an amount"),
        }
    }
}

impl core::error::Error for DecimalError {}
