//! A currency: its ISO 4217 code and how many decimals its minor unit has.
//!
//! Invariant: only the table makes one, so a currency in hand always exists and its exponent is right.

mod iso4217;

use core::fmt;
use core::str::FromStr;

/// A currency of ISO 4217.
///
/// The exponent says how many decimals the minor unit stands for: 2 for the fen of `CNY`, 0 for `JPY`, 3 for
/// `KWD` (and 4 for two accounting units, `CLF` and `UYW`). Every active code is a constant, such as
/// [`Currency::CNY`].
///
/// ```
/// use fenrun_money::Currency;
///
/// let dinar = Currency::of("KWD")?;
/// assert_eq!((dinar.code(), dinar.exponent()), ("KWD", 3));
/// assert_eq!(dinar, Currency::KWD);
///
/// assert_eq!(Currency::of("RMB").unwrap_err().to_string(), "no active ISO 4217 currency has this code");
/// assert_eq!(Currency::of("cny").unwrap_err().to_string(), "expected three capital letters");
/// # Ok::<(), fenrun_money::CurrencyError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

/// Why a text names no currency. The message is a fragment; the caller quotes the input before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CurrencyError {
    /// The text is not three capital letters.
    Malformed,
    /// Three capital letters, but not an active currency with a minor unit.
    Unknown,
}

impl Currency {
    /// The currency with this ISO 4217 code, capital letters only.
    ///
    /// # Errors
    ///
    /// [`CurrencyError::Malformed`] when the text is not three capital letters, [`CurrencyError::Unknown`]
    /// when the table has no such code. An unknown currency is never taken for another one (DESIGN §6.6).
    pub fn of(code: &str) -> Result<Currency, CurrencyError> {
        if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(CurrencyError::Malformed);
        }
        let place = Currency::TABLE.binary_search_by(|row| row.code.as_slice().cmp(code.as_bytes()));
        place.ok().and_then(|index| Currency::TABLE.get(index)).copied().ok_or(CurrencyError::Unknown)
    }

    /// The three capital letters.
    #[must_use]
    pub fn code(&self) -> &str {
        // Every row is made of ASCII letters, so the fallback is never taken; a test walks the whole table.
        core::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// How many decimals one minor unit has: 0, 2, 3 or (accounting units only) 4.
    #[must_use]
    pub const fn exponent(&self) -> u8 {
        self.exponent
    }

    /// One row of the table. A malformed row would show as `???`, which a test forbids.
    const fn row(code: &str, exponent: u8) -> Currency {
        let code = match code.as_bytes() {
            [first, second, third] => [*first, *second, *third],
            _ => *b"???",
        };
        Currency { code, exponent }
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Currency, CurrencyError> {
        Currency::of(text)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl fmt::Display for CurrencyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            CurrencyError::Malformed => "expected three capital letters",
            CurrencyError::Unknown => "no active ISO 4217 currency has this code",
        })
    }
}

impl core::error::Error for CurrencyError {}

#[cfg(test)]
mod tests {
    use super::{Currency, CurrencyError};

    #[test]
    fn the_table_is_sorted_and_every_row_finds_itself() {
        assert!(Currency::TABLE.windows(2).all(|pair| pair[0].code() < pair[1].code()));
        for currency in Currency::TABLE {
            assert_eq!(Currency::of(currency.code()), Ok(*currency));
            assert!(matches!(currency.exponent(), 0 | 2 | 3 | 4));
        }
    }

    #[test]
    fn exponents_are_those_of_the_standard() {
        for (exponent, codes) in [
            (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
            (3, "BHD IQD JOD KWD LYD OMR TND"),
            (4, "CLF UYW"),
        ] {
            let rows = Currency::TABLE.iter().filter(|row| row.exponent() == exponent);
            assert!(rows.map(Currency::code).eq(codes.split(' ')), "{exponent} decimals");
        }
        // Withdrawn, without a minor unit, or never there.
        for code in ["BGN", "HRK", "XAU", "XTS", "XXX", "RMB"] {
            assert_eq!(Currency::of(code), Err(CurrencyError::Unknown), "{code}");
        }
    }
}
