//! One binding: who is bound to whom, in which relation, since when.
//!
//! Invariant: an answer, not a store; changing it changes nothing.

use jiff::Timestamp;

/// A binding that is valid at the moment it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Binding {
    /// `upline`, or a role such as `guide`.
    pub relation: String,
    /// Who is bound.
    pub member: String,
    /// Whom the member is bound to.
    pub to: String,
    /// From when on.
    pub since: Timestamp,
}
