//! A relation between two people, bound at a moment.
//!
//! Invariant: the words are checked here; that the graph stays free of circles is the history's proof.

use jiff::Timestamp;

/// The relation that makes up the seller's chain.
pub const UPLINE_RELATION: &str = super::party::UPLINE;

/// `member` is bound to `to` from a moment on.
///
/// In the relation `upline`, `to` becomes the upline of the member, who sells. Every other relation is a role: the
/// member, who buys, is bound to the guide, store … `to`. The last touch wins.
///
/// ```
/// use fenrun::event::{Event, Expectations, RelationBound};
/// use fenrun_money::Currency;
///
/// let expect = Expectations::new(Currency::CNY);
/// let time = "2026-03-01T02:00:00Z".parse()?;
/// let bound = RelationBound::new("upline", "s1", "s2", time, &expect)?;
/// assert_eq!(Event::from(bound).fact_key().as_str(), "relation.bound/upline/s1/2026-03-01T02:00:00Z");
///
/// let error = RelationBound::new("uplink", "s1", "s2", time, &expect).unwrap_err();
/// assert_eq!(error.to_string(), "relation: unknown relation `uplink`; hint: did you mean `upline`?");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RelationBound {
    pub(super) relation: String,
    pub(super) member: String,
    pub(super) to: String,
    pub(super) time: Timestamp,
}

impl RelationBound {
    /// `upline` or a role.
    #[must_use]
    pub fn relation(&self) -> &str {
        &self.relation
    }

    /// Who is bound.
    #[must_use]
    pub fn member(&self) -> &str {
        &self.member
    }

    /// Whom the member is bound to.
    #[must_use]
    pub fn to(&self) -> &str {
        &self.to
    }

    /// From when on.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.time
    }
}
