//! What the books keep of buyers, parties, quotes, coupons and payouts.
//!
//! Invariant: plain data; every field has a meaning when it is absent, so older records can be read.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::reprice::Repricing;
use crate::decision::Discount;

/// A buyer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BuyerRecord {
    /// Orders that were paid and not cancelled.
    #[serde(default)]
    pub(crate) paid: u64,
    /// Places in the count that open quotes have reserved.
    #[serde(default)]
    pub(crate) reserved: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last: Option<Timestamp>,
    /// Who this buyer turned out to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) merged_into: Option<String>,
}

impl BuyerRecord {
    /// The number that the buyer's next order has; `None` where it does not fit.
    pub(crate) fn next_number(&self) -> Option<u32> {
        u32::try_from(self.paid.saturating_add(self.reserved).saturating_add(1)).ok()
    }
}

/// A party.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartyRecord {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) eligible: Option<bool>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) frozen: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<String>,
}

/// As what a party belongs to the merchant, and since when: who is asked about at each close.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownRecord {
    pub(crate) role: String,
    pub(crate) since: Timestamp,
}

/// All bindings of one member: relation → touches, by time.
pub(crate) type Touches = BTreeMap<String, Vec<Touch>>;

/// From a moment on, a member is bound to somebody, or to nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Touch {
    pub(crate) since: Timestamp,
    pub(crate) to: Option<String>,
}

/// A quote that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct QuoteRecord {
    /// Who reserved, by the name the buyer had then.
    pub(crate) buyer: String,
    /// The priced cart, as its event, with the order number it reserved.
    pub(crate) event: String,
    pub(crate) lines_paid: Vec<(String, i64)>,
    pub(crate) discounts: Vec<Discount>,
    pub(crate) total: i64,
    pub(crate) expires: Timestamp,
    pub(crate) coupons: Vec<String>,
    pub(crate) budgets: Vec<(String, i64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) paid_by: Option<String>,
    /// Whether what it reserved was given back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) lapsed: bool,
    /// What the rest of its order is priced again from where units come back, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) repricing: Option<Box<Repricing>>,
}

impl QuoteRecord {
    /// Whether somebody else may have by now what it reserved of coupons and budgets: it lapsed and was not paid before.
    pub(crate) fn has_given_back(&self) -> bool {
        self.lapsed && self.paid_by.is_none() && !(self.coupons.is_empty() && self.budgets.is_empty())
    }
}

/// A coupon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CouponRecord {
    pub(crate) public: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) uses_max: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) uses_per_buyer_max: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<Date>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) revoked: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) issuer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) giver: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<i64>,
    /// Numerator and denominator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rate: Option<(i64, i64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) minimum: Option<i64>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<Timestamp>,
}

/// One issue of a coupon to a buyer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IssueRecord {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) giver: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<Timestamp>,
}

/// Where a payout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PayoutState {
    Requested,
    /// The rail did not say what became of it: neither paid again nor given back until it does (I16).
    Unknown,
    Succeeded,
    Failed,
    Returned,
}

impl PayoutState {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Unknown => "unknown",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Returned => "returned",
        }
    }
}

/// A payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PayoutRecord {
    pub(crate) party: String,
    pub(crate) amount: i64,
    pub(crate) state: PayoutState,
}

/// An event that waits until its cause is mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeldRecord {
    pub(crate) event: String,
    pub(crate) because: String,
    pub(crate) at: Timestamp,
    /// Whether the event itself is at fault, so that it may be told again with other content.
    pub(crate) own_fault: bool,
    /// The place in the buyer's count that the sale keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) order_number: Option<u32>,
}
