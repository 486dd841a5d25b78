//! The identity of a module: the SHA-256 of its bytes as they were uploaded.
//!
//! Invariant: 32 bytes, written as 64 lower-case hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Bytes of a SHA-256.
const BYTES: usize = 32;

/// Digits of [`Digest::short`].
const SHORT_DIGITS: usize = 12;

/// The SHA-256 of some bytes.
///
/// ```
/// use fenrun::admission::Digest;
///
/// let digest = Digest::of(b"abc");
/// assert_eq!(digest.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
/// assert_eq!(digest.short(), "ba7816bf8f01");
/// assert_eq!(digest.to_string().parse(), Ok(digest));
///
/// let error = "ba7816".parse::<Digest>().unwrap_err();
/// assert_eq!(error.to_string(), "expected 64 lower-case hexadecimal digits, found 6 characters");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest([u8; BYTES]);

/// Why a text is not a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DigestError {
    /// Not 64 characters.
    #[error("expected 64 lower-case hexadecimal digits, found {characters} characters")]
    Length {
        /// How many there are.
        characters: usize,
    },
    /// A character other than `0` to `9` and `a` to `f`.
    #[error("expected 64 lower-case hexadecimal digits, found `{}`", .character.escape_default())]
    Character {
        /// The first such character.
        character: char,
    },
}

impl Digest {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; BYTES] {
        &self.0
    }

    /// The first 12 digits: enough for people to tell two modules apart, never for the engine.
    #[must_use]
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(SHORT_DIGITS);
        text
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut digits = [0; BYTES << 1];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            for (slot, half) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
                *slot = DIGITS.get(usize::from(half)).copied().unwrap_or(b'?');
            }
        }
        out.pad(str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let digit = |character: char| matches!(character, '0'..='9' | 'a'..='f');
        if let Some(character) = text.chars().find(|character| !digit(*character)) {
            return Err(DigestError::Character { character });
        }
        let wrong_length = DigestError::Length { characters: text.len() };
        let byte = |pair: &[u8]| {
            let pair = str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        };
        let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
        let bytes = bytes.filter(|_| text.len() == BYTES.saturating_mul(2)).ok_or(wrong_length)?;
        bytes.try_into().map(Self).map_err(|_| wrong_length)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::{Digest, DigestError};

    #[test]
    fn only_sixty_four_lower_case_digits_are_a_digest() {
        let digest = Digest::of(b"");
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
        let upper = digest.to_string().to_uppercase();
        assert!(matches!(upper.parse::<Digest>(), Err(DigestError::Character { character: 'E' })));
        assert!(matches!("é".parse::<Digest>(), Err(DigestError::Character { character: 'é' })));
        for length in [0, 1, 63, 65, 128] {
            let wrong = Err(DigestError::Length { characters: length });
            assert_eq!("0".repeat(length).parse::<Digest>(), wrong);
        }
    }
}
