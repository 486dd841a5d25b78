//! The business identity of an event; the idempotency key.
//!
//! Invariant: two facts share a key only if they are the same fact; no part of a key can imitate another.

use std::fmt;

/// The business identity of an event: `order.paid/A1001`, `order.priced/Q1`,
/// `relation.bound/upline/s1/2026-03-01T02:00:00Z`.
///
/// A `/` or `%` inside a part is written `%2F` or `%25`, so that no id can imitate another key.
///
/// ```
/// use fenrun::event::FactKey;
///
/// assert_eq!(FactKey::new("order.paid", &["A1001"]).as_str(), "order.paid/A1001");
/// assert_eq!(FactKey::new("order.paid", &["A/1"]).as_str(), "order.paid/A%2F1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactKey(String);

impl FactKey {
    /// The key of a fact of this kind, identified by these parts.
    #[must_use]
    pub fn new(kind: &str, parts: &[&str]) -> FactKey {
        let mut key = kind.to_owned();
        for part in parts {
            key.push('/');
            if part.contains(['/', '%']) {
                key.push_str(&part.replace('%', "%25").replace('/', "%2F"));
            } else {
                key.push_str(part);
            }
        }
        FactKey(key)
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FactKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}
