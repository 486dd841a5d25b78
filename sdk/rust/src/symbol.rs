//! Strings the policy knows, as numbers.
//!
//! Invariant: two different strings that the policy does not know are not told apart; compare with a known one.

use fenrun_abi::{
    ABSENT,
    code::{Scope, TextField},
    word,
};

use crate::sys;

/// A string by its number. Get those to compare with from the configuration or with [`crate::Config::word`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Symbol(i32);

impl Symbol {
    /// A string that this policy does not know, or none at all.
    pub const UNKNOWN: Self = Self(word::UNKNOWN);

    pub(crate) const fn new(number: i32) -> Self {
        Self(number)
    }

    pub(crate) fn read(value: i64) -> Self {
        // What is absent is no 32-bit number either.
        i32::try_from(value).map_or(Self::UNKNOWN, Self)
    }

    pub(crate) const fn number(self) -> i32 {
        self.0
    }

    /// Whether the policy knows the string.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.0 != word::UNKNOWN
    }
}

/// Tells strings apart that the policy does not know: the same string has the same key, and two different strings
/// share one only by a chance of 1 in 2⁶⁴.
///
/// A symbol is cheaper, and compares with the words of the configuration; a key only compares with another key of the
/// same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TextKey(u64);

impl TextKey {
    /// The key of a string that stands at the start of the buffer, with zeros behind it: FNV-1a, eight bytes at a time.
    #[inline(never)]
    fn of(buffer: &[u8], length: usize) -> Self {
        let words = buffer.as_chunks::<8>().0.iter().take(length.div_ceil(8));
        let start = 0xcbf2_9ce4_8422_2325 ^ u64::try_from(length).unwrap_or(0);
        Self(words.fold(start, |key, word| {
            let mixed = (key ^ u64::from_le_bytes(*word)).wrapping_mul(0x0000_0100_0000_01b3);
            mixed ^ (mixed >> 32)
        }))
    }

    /// A key that no other line has.
    pub(crate) fn of_line(index: i32) -> Self {
        Self(u64::from(index.unsigned_abs()))
    }
}

/// Bytes of most stock codes. Clearing more room than a string needs would cost more than reading it.
const SHORT_BYTES: usize = 32;

/// Bytes of the longest id that an event may have.
const LONG_BYTES: usize = 128;

/// The key of a string of the facts; `None` where there is no such string.
#[inline(never)]
pub(crate) fn key_of(scope: Scope, index: i32, field: TextField) -> Option<TextKey> {
    let mut short = [0; SHORT_BYTES];
    let length = usize::try_from(sys::text(scope.id(), index, field.id(), &mut short)).ok()?;
    if length <= SHORT_BYTES {
        return Some(TextKey::of(&short, length));
    }
    let mut long = [0; LONG_BYTES];
    sys::text(scope.id(), index, field.id(), &mut long);
    Some(TextKey::of(&long, length))
}

/// A custom attribute's value: read it as what the policy expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute(pub(crate) i64);

impl Attribute {
    /// The number; 1 and 0 for true and false. `None` where there is no such attribute.
    #[must_use]
    pub const fn number(self) -> Option<i64> {
        if self.0 == ABSENT { None } else { Some(self.0) }
    }

    /// Whether it is set and not 0.
    #[must_use]
    pub const fn is_true(self) -> bool {
        self.0 != ABSENT && self.0 != 0
    }

    /// The string, for attributes that are strings.
    #[must_use]
    pub fn symbol(self) -> Symbol {
        Symbol::read(self.0)
    }
}

pub(crate) fn present(value: i64) -> Option<i64> {
    (value != ABSENT).then_some(value)
}

/// The bytes of a string of the facts, copied into the buffer; `None` where there is no such string, or where it does
/// not fit. For the rare policy that must look into a string: comparing is what symbols are for.
pub(crate) fn bytes_of(scope: Scope, index: i32, field: TextField, buffer: &mut [u8]) -> Option<&[u8]> {
    let length = sys::text(scope.id(), index, field.id(), buffer);
    buffer.get(..usize::try_from(length).ok()?)
}
