//! Why something cannot be learned.
//!
//! Invariant: what cannot be learned leaves the history as it was.

use crate::event::FactKey;

/// Longest path of a circle that a message shows, in parties.
const SHOWN_PARTIES_MAX: usize = 8;

/// Why an event cannot be learned. The history is unchanged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LearnError {
    /// A relation that must not be.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// A party's volume would leave 64 bits of minor units.
    #[error("the volume of `{party}` is too large for an amount")]
    VolumeTooLarge {
        /// The party, the seller of record.
        party: String,
    },
    /// The same fact key was learned before with another content; nothing can tell which is right.
    #[error(
        "`{key}` was learned before with another content; hint: a fact is told once, correct it by a new one"
    )]
    Conflict {
        /// The key both facts have.
        key: FactKey,
    },
}

/// Why a relation is refused (I8): the graph of each relation stays without circles.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RelationError {
    /// A party bound to itself.
    #[error("`{party}` cannot be bound to itself as {relation}; hint: relations must not close a circle")]
    Itself {
        /// The relation.
        relation: String,
        /// The party.
        party: String,
    },
    /// A binding that would close a circle.
    #[error(
        "`{member}` cannot have `{to}` as {relation}: `{to}` is below `{member}` ({}); \
         hint: relations must not close a circle",
        shown(path)
    )]
    Circle {
        /// The relation.
        relation: String,
        /// Who was to be bound.
        member: String,
        /// To whom.
        to: String,
        /// The way from `to` back to `member` that exists already, both ends included.
        path: Vec<String>,
    },
}

/// The path, with its middle left out when it is long. Ids are safe to print: an event holds no other.
fn shown(path: &[String]) -> String {
    let quoted = |party: &String| format!("`{party}`");
    let half = SHOWN_PARTIES_MAX.div_euclid(2);
    let parts: Vec<String> =
        match (path.get(..half), path.len().checked_sub(half).and_then(|from| path.get(from..))) {
            (Some(head), Some(tail)) if path.len() > SHOWN_PARTIES_MAX => {
                head.iter().map(quoted).chain(["…".to_owned()]).chain(tail.iter().map(quoted)).collect()
            }
            _ => path.iter().map(quoted).collect(),
        };
    parts.join(" → ")
}
