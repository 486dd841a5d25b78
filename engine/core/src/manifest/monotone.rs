//! What a policy promises to grow with: the words behind `monotone` in its manifest.
//!
//! Invariant: a promise only. Nothing is decided by it; `fenrun check --properties` looks for orders that break it.

use std::fmt;

use fenrun_abi::code::Hook;

/// A promise about two orders that differ in one number. Everything else is the same in both: facts, history,
/// configuration. Amounts are compared after rounding, to the minor unit.
///
/// ```
/// use fenrun::manifest::{Manifest, Monotone};
///
/// let manifest = Manifest::parse(
///     br#"{"name": "seller", "version": "1.0.0", "abi": 1, "hooks": ["shares"], "monotone": ["paid"]}"#,
/// )?;
/// assert_eq!(manifest.monotone(), [Monotone::Paid]);
/// # Ok::<(), fenrun::manifest::ManifestError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Monotone {
    /// More paid never pays anyone less: where the price of one line of goods is higher, nobody's shares of the order and
    /// nobody's granted units are fewer.
    Paid,
    /// More taken off never pays anyone more: where less was paid for one line of goods at the same price, nobody's
    /// shares of the order and nobody's granted units are more.
    Discount,
    /// A dearer line never has less taken off: where the price of one line of goods is higher, the policy's discounts of
    /// the order come to no less. Said of orders whose lines have no floor: whether a floor has room for a rounded cent is
    /// the host's arithmetic.
    Price,
}

impl Monotone {
    /// Every promise, in the order of the documentation.
    pub const ALL: [Monotone; 3] = [Monotone::Paid, Monotone::Discount, Monotone::Price];

    /// Its word in a manifest.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Discount => "discount",
            Self::Price => "price",
        }
    }

    /// The hooks about which it says something.
    pub(super) const fn hooks(self) -> &'static [Hook] {
        match self {
            Self::Paid | Self::Discount => &[Hook::Shares, Hook::Grants],
            Self::Price => &[Hook::Discounts],
        }
    }
}

impl fmt::Display for Monotone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
