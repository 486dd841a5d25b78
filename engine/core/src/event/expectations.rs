//! What a program expects of its events: their currency, the roles it knows, and how large they may be.
//!
//! Invariant: an event that does not meet it never becomes an [`Event`](super::Event).

use std::collections::BTreeSet;

use fenrun_money::Currency;

use super::EventLimits;
use super::party::ROLES;

/// What a program expects of its events.
///
/// ```
/// use fenrun::event::Expectations;
/// use fenrun_money::Currency;
///
/// let expect = Expectations::new(Currency::CNY).role("sommelier");
/// assert!(expect.knows_role("sommelier") && expect.knows_role("guide"));
/// assert!(!expect.knows_role("guidee"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectations {
    currency: Currency,
    roles: BTreeSet<String>,
    limits: EventLimits,
}

impl Expectations {
    /// Events in `currency`, with the well-known [roles](ROLES) and the default limits.
    #[must_use]
    pub fn new(currency: Currency) -> Expectations {
        Expectations { currency, roles: BTreeSet::new(), limits: EventLimits::default() }
    }

    /// The same, with one more role known.
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Expectations {
        self.roles.insert(role.into());
        self
    }

    /// The same, with other limits.
    #[must_use]
    pub fn limits(mut self, limits: EventLimits) -> Expectations {
        self.limits = limits;
        self
    }

    /// The currency every event must be in.
    #[must_use]
    pub fn expected_currency(&self) -> Currency {
        self.currency
    }

    /// How large an event may be.
    #[must_use]
    pub fn event_limits(&self) -> &EventLimits {
        &self.limits
    }

    /// Whether a role is well known or one of the program's own.
    #[must_use]
    pub fn knows_role(&self, role: &str) -> bool {
        ROLES.contains(&role) || self.roles.contains(role)
    }

    /// Every known role: the well-known ones, then the program's own.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        ROLES.into_iter().chain(self.roles.iter().map(String::as_str))
    }
}
