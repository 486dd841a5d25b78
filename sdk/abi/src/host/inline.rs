//! A share's parts and an effect's reason, kept in place while they are short: most shares have one part and a few words
//! of reason, and asking the allocator for each costs more than recording it.
//!
//! Invariant: reads like the list and the text it stands for. By hand because this crate has no dependencies, so that a
//! policy builds without a registry.

use alloc::{boxed::Box, vec, vec::Vec};
use core::{fmt, ops::Deref, slice, str};

use super::SharePart;

/// The parts of a share: the first in place.
#[derive(Clone, Default)]
pub struct Parts(Kept);

#[derive(Clone, Default)]
enum Kept {
    #[default]
    None,
    One(SharePart),
    Many(Vec<SharePart>),
}

impl Parts {
    pub(super) fn push(&mut self, part: SharePart) {
        match &mut self.0 {
            Kept::None => self.0 = Kept::One(part),
            Kept::One(first) => self.0 = Kept::Many(vec![*first, part]),
            Kept::Many(parts) => parts.push(part),
        }
    }

    /// All of them, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [SharePart] {
        match &mut self.0 {
            Kept::None => &mut [],
            Kept::One(part) => slice::from_mut(part),
            Kept::Many(parts) => parts,
        }
    }
}

impl Deref for Parts {
    type Target = [SharePart];

    fn deref(&self) -> &[SharePart] {
        match &self.0 {
            Kept::None => &[],
            Kept::One(part) => slice::from_ref(part),
            Kept::Many(parts) => parts,
        }
    }
}

impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Parts {}

impl fmt::Debug for Parts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(out)
    }
}

/// Bytes of a reason that are kept in place. "is the upline's upline" has 22.
const SHORT_BYTES: usize = 30;

/// Why an effect is asked for, in the policy's words.
#[derive(Clone)]
pub struct Reason(Text);

#[derive(Clone)]
enum Text {
    Short(u8, [u8; SHORT_BYTES]),
    Long(Box<str>),
}

impl Default for Reason {
    fn default() -> Self {
        Self(Text::Short(0, [0; SHORT_BYTES]))
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        let mut bytes = [0; SHORT_BYTES];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(text.as_bytes());
                Self(Text::Short(length, bytes))
            }
            _ => Self(Text::Long(text.into())),
        }
    }
}

impl Deref for Reason {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Text::Short(length, bytes) => {
                let bytes = bytes.get(..usize::from(*length)).unwrap_or_default();
                // It was made of a text.
                str::from_utf8(bytes).unwrap_or_default()
            }
            Text::Long(text) => text,
        }
    }
}

impl PartialEq for Reason {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Reason {}

impl fmt::Debug for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(out)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::{super::LineSet, Parts, Reason, SHORT_BYTES, SharePart};

    #[test]
    fn a_reason_reads_as_it_was_written_whatever_its_length() {
        for length in [0, 1, SHORT_BYTES - 1, SHORT_BYTES, SHORT_BYTES + 1, 200] {
            let text = "a".repeat(length);
            assert_eq!(&*Reason::from(text.as_str()), text);
            assert_eq!(Reason::from(text.as_str()).to_string(), text);
            assert_eq!(format!("{:?}", Reason::from(text.as_str())), format!("{text:?}"));
        }
        // A character of three bytes at the border.
        for text in ["aaaaaaaaaaaaaaaaaaaaaaaaaaa分", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa分"] {
            assert_eq!(&*Reason::from(text), text);
        }
        assert_eq!(Reason::default(), Reason::from(""));
        assert_ne!(Reason::from("a"), Reason::from("b"));
    }

    #[test]
    fn parts_keep_their_order() {
        let part = |amount| SharePart::Fixed { lines: LineSet::AllGoods, amount };
        let mut parts = Parts::default();
        for count in 0..5_usize {
            assert_eq!(parts.len(), count);
            assert!(parts.iter().zip(0..).all(|(found, amount)| *found == part(amount)));
            let (before, amount) = (parts.clone(), i64::try_from(count).unwrap_or(0));
            parts.push(part(amount));
            assert_ne!(parts, before);
        }
        for found in parts.as_mut_slice() {
            *found = part(7);
        }
        assert!(parts.iter().all(|found| *found == part(7)));
    }
}
