//! An amount of money: whole minor units of one currency.
//!
//! Invariant: arithmetic is checked and stays in one currency; nothing here rounds or converts.

use core::fmt::{self, Write as _};

use crate::decimal::{self, DecimalError};
use crate::text_buffer::TextBuffer;
use crate::{Currency, Overflow};

/// A number of minor units (fen, cents, yen) with its currency (DESIGN §6.1).
///
/// ```
/// use fenrun_money::{Amount, Currency};
///
/// let price = Amount::parse("49.90", Currency::CNY)?;
/// assert_eq!(price.minor(), 49_90);
/// assert_eq!(price.to_string(), "49.90 CNY");
///
/// let dollars = Amount::new(1_00, Currency::USD);
/// assert_eq!(price.checked_add(dollars).unwrap_err().to_string(), "expected an amount in CNY, found USD");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Amount {
    minor: i64,
    currency: Currency,
}

/// Why two amounts cannot be combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AmountError {
    /// The amounts are in different currencies; the same number in another currency is other money (bug B31).
    CurrencyMismatch {
        /// The currency of the left amount.
        expected: Currency,
        /// The currency of the right amount.
        found: Currency,
    },
    /// The result does not fit.
    Overflow,
}

impl Amount {
    /// `minor` minor units of `currency`.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Amount {
        Amount { minor, currency }
    }

    /// Nothing, in `currency`.
    #[must_use]
    pub const fn zero(currency: Currency) -> Amount {
        Amount::new(0, currency)
    }

    /// Reads decimal text such as `49.90` exactly; see [`decimal::parse_minor`] for the grammar.
    ///
    /// # Errors
    ///
    /// A [`DecimalError`] when the text is no number, or has more decimals than the currency.
    ///
    /// ```
    /// use fenrun_money::{Amount, Currency};
    ///
    /// assert_eq!(Amount::parse("1.250", Currency::KWD)?.minor(), 1250);
    /// let error = Amount::parse("1.5", Currency::JPY).unwrap_err();
    /// assert_eq!(error.to_string(), "expected no decimals, found 1");
    /// # Ok::<(), fenrun_money::DecimalError>(())
    /// ```
    pub fn parse(text: &str, currency: Currency) -> Result<Amount, DecimalError> {
        decimal::parse_minor(text, currency.exponent()).map(|minor| Amount::new(minor, currency))
    }

    /// The number of minor units.
    #[must_use]
    pub const fn minor(&self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Whether there is no money at all.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.minor == 0
    }

    /// The sum.
    ///
    /// # Errors
    ///
    /// [`AmountError::CurrencyMismatch`] or [`AmountError::Overflow`].
    pub fn checked_add(self, other: Amount) -> Result<Amount, AmountError> {
        self.same_currency(other)?;
        self.minor.checked_add(other.minor).map(|minor| Amount { minor, ..self }).ok_or(AmountError::Overflow)
    }

    /// The difference.
    ///
    /// # Errors
    ///
    /// [`AmountError::CurrencyMismatch`] or [`AmountError::Overflow`].
    pub fn checked_sub(self, other: Amount) -> Result<Amount, AmountError> {
        self.same_currency(other)?;
        self.minor.checked_sub(other.minor).map(|minor| Amount { minor, ..self }).ok_or(AmountError::Overflow)
    }

    /// The same amount with the other sign.
    ///
    /// # Errors
    ///
    /// [`AmountError::Overflow`] for the one amount that has no mirror image, `i64::MIN`.
    pub fn checked_neg(self) -> Result<Amount, AmountError> {
        self.minor.checked_neg().map(|minor| Amount { minor, ..self }).ok_or(AmountError::Overflow)
    }

    fn same_currency(self, other: Amount) -> Result<(), AmountError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(AmountError::CurrencyMismatch { expected: self.currency, found: other.currency })
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = TextBuffer::new();
        write!(text, "{} {}", decimal::format_minor(self.minor, self.currency.exponent()), self.currency)?;
        formatter.pad(text.as_str()?)
    }
}

impl From<Overflow> for AmountError {
    fn from(_: Overflow) -> AmountError {
        AmountError::Overflow
    }
}

impl fmt::Display for AmountError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AmountError::CurrencyMismatch { expected, found } => {
                write!(formatter, "expected an amount in {expected}, found {found}")
            }
            AmountError::Overflow => fmt::Display::fmt(&Overflow, formatter),
        }
    }
}

impl core::error::Error for AmountError {}
