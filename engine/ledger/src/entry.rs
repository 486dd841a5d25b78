//! What is appended and what is read back: entries with their codes and changes, the head of the log.
//!
//! Invariant: plain values; nothing here reads or writes a store.

use std::fmt;

use jiff::Timestamp;

use crate::transaction::Transaction;

/// What became of a fact. Ordered; numbers and names are stable.
///
/// | number | name | stored | final | a retry can change it |
/// | --- | --- | --- | --- | --- |
/// | 1 | `created` | yes | yes | no |
/// | 2 | `noted` | yes | yes | no |
/// | 3 | `refused` | yes | yes | no |
/// | 4 | `held` | yes | no | yes |
/// | 5 | `parked` | yes | no | yes |
/// | 6 | `duplicate` | no | no | no |
/// | 7 | `conflict` | no | no | no |
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The fact was taken up and something was decided or moved.
    Created,
    /// The fact was taken up; there was nothing to decide or to move.
    Noted,
    /// The fact can never be taken up; nothing was moved.
    Refused,
    /// Something forbids it for now (a violation, a sum that does not match); it can be driven again.
    Held,
    /// It depends on a fact that was not seen yet and is taken up when that arrives.
    Parked,
    /// Answered only: the same fact with the same payload had its final outcome before.
    Duplicate,
    /// Answered only: the same fact was seen before with another payload; nothing was moved.
    Conflict,
}

impl Code {
    /// Every code, in order.
    pub const ALL: [Self; 7] = [
        Self::Created,
        Self::Noted,
        Self::Refused,
        Self::Held,
        Self::Parked,
        Self::Duplicate,
        Self::Conflict,
    ];

    /// The stable number, from 1.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Created => 1,
            Self::Noted => 2,
            Self::Refused => 3,
            Self::Held => 4,
            Self::Parked => 5,
            Self::Duplicate => 6,
            Self::Conflict => 7,
        }
    }

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Noted => "noted",
            Self::Refused => "refused",
            Self::Held => "held",
            Self::Parked => "parked",
            Self::Duplicate => "duplicate",
            Self::Conflict => "conflict",
        }
    }

    /// The code of this name; `None` where there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }

    /// Whether an entry may carry it; the others are only answered.
    #[must_use]
    pub const fn is_stored(self) -> bool {
        !matches!(self, Self::Duplicate | Self::Conflict)
    }

    /// Whether it is remembered for ever under its fact key: no other entry follows under the same fact.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Created | Self::Noted | Self::Refused)
    }

    /// Whether sending the same fact again can come to something else.
    #[must_use]
    pub const fn retry_can_change(self) -> bool {
        matches!(self, Self::Held | Self::Parked)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One change of a keyed document, made together with its entry.
///
/// Documents are what the log led to. They are not hashed: replaying the log makes them again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Sets a document, whether or not there is one.
    Put {
        /// The kind of document, at most [`KIND_BYTES_MAX`](crate::KIND_BYTES_MAX) bytes.
        kind: &'static str,
        /// Its key, at most [`KEY_BYTES_MAX`](crate::KEY_BYTES_MAX) bytes.
        key: String,
        /// What it holds.
        value: Vec<u8>,
    },
    /// Takes a document away, where there is one.
    Delete {
        /// The kind of document.
        kind: &'static str,
        /// Its key.
        key: String,
    },
}

impl Change {
    /// The kind of document.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Put { kind, .. } | Self::Delete { kind, .. } => kind,
        }
    }

    /// The document's key.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Put { key, .. } | Self::Delete { key, .. } => key,
        }
    }
}

/// One line of the log: a fact, what became of it and what it moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The fact key: the business identity of the event (`order.paid/A1001`).
    pub fact: String,
    /// The kind of event (`order.paid`).
    pub kind: String,
    /// When it happened, as the event says.
    pub time: Timestamp,
    /// A digest of the event's payload; the same fact with another payload is a conflict.
    pub payload: [u8; 32],
    /// The event as text, as it can be replayed.
    pub event: String,
    /// What became of it.
    pub code: Code,
    /// Why, where the code alone does not say it.
    pub because: Option<String>,
    /// The fact of the entry that took this one up; `None` where it came from outside.
    pub cause: Option<String>,
    /// The record that lets anyone run the decision again.
    pub receipt: Option<String>,
    /// What was moved, in order.
    pub transactions: Vec<Transaction>,
    /// Documents that change with it, in order. Not hashed and not kept.
    pub changes: Vec<Change>,
}

/// What is remembered under a fact: its newest entry, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The entry's number in the log, from 1.
    pub seq: u64,
    /// The digest of the payload.
    pub payload: [u8; 32],
    /// What became of the fact.
    pub code: Code,
    /// Why.
    pub because: Option<String>,
}

/// A SHA-256 digest in the chain. It prints as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What comes before the first entry: 32 zero bytes.
    pub const ZERO: Self = Self([0; 32]);
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// An entry as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// The hash of the entry before it; [`Hash::ZERO`] for the first.
    pub previous: Hash,
    /// The hash of this entry, over `previous` and every field but the changes.
    pub hash: Hash,
    /// The entry. Its changes are not kept: they read as none.
    pub entry: Entry,
}

/// How far the log goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many entries there are.
    pub entries: u64,
    /// The hash of the last one; [`Hash::ZERO`] where there is none.
    pub hash: Hash,
}

impl Head {
    /// The head of an empty log.
    pub const EMPTY: Self = Self { entries: 0, hash: Hash::ZERO };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_what_the_documentation_says() {
        let table = Code::ALL.map(|code| {
            format!(
                "{} {code} {} {} {}",
                code.number(),
                code.is_stored(),
                code.is_final(),
                code.retry_can_change()
            )
        });
        assert_eq!(
            table,
            [
                "1 created true true false",
                "2 noted true true false",
                "3 refused true true false",
                "4 held true false true",
                "5 parked true false true",
                "6 duplicate false false false",
                "7 conflict false false false",
            ]
        );
        assert!(Code::ALL.is_sorted());
        assert!(Code::ALL.into_iter().all(|code| Code::named(code.name()) == Some(code)));
    }

    #[test]
    fn hashes_print_as_hexadecimal() {
        let mut hash = Hash::ZERO;
        hash.0[0] = 0xab;
        assert_eq!(hash.to_string(), format!("ab{}", "00".repeat(31)));
    }
}
