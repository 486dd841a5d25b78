//! The classes of roles that share a cap.
//!
//! Invariant: every role is in exactly one class.

use std::fmt;

use serde::Serialize;

/// Which cap a role counts in (DESIGN §7).
///
/// ```
/// use fenrun::profile::RoleClass;
///
/// assert_eq!(RoleClass::TradePartners.name(), "trade_partners");
/// assert_eq!(RoleClass::from_name("platform"), Some(RoleClass::Platform));
/// assert_eq!(RoleClass::from_name("partners"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleClass {
    /// People who are paid for promoting: seller, uplines, guides, hosts, leaders. The default for a role of a
    /// program's own, because it is the class that is bounded.
    Promoters,
    /// Businesses that divide the price by contract: brand, channel, store, licensor, supplier.
    TradePartners,
    /// Who runs the place where the sale happens.
    Platform,
}

impl RoleClass {
    /// Every class, in the order of the documentation.
    pub const ALL: [RoleClass; 3] = [RoleClass::Promoters, RoleClass::TradePartners, RoleClass::Platform];

    /// The name used in profiles and traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            RoleClass::Promoters => "promoters",
            RoleClass::TradePartners => "trade_partners",
            RoleClass::Platform => "platform",
        }
    }

    /// The class with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<RoleClass> {
        RoleClass::ALL.into_iter().find(|class| class.name() == name)
    }
}

impl fmt::Display for RoleClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
