//! People: the buyer, and the parties who may be paid.
//!
//! Invariant: what is absent stays absent; history fills it in later, never this file.

use super::{AttributeValue, Attributes};

/// The role of the seller of record, who stands at depth 0 of the chain.
pub const SELLER: &str = "seller";

/// The role of a party above the seller in the chain; depth 1 is the seller's direct upline.
pub const UPLINE: &str = "upline";

/// The roles every program knows. A program may add its own.
pub const ROLES: [&str; 19] = [
    SELLER, UPLINE, "guide", "store", "channel", "brand", "platform", "designer", "streamer", "leader",
    "referrer", "merchant", "partner", "agent", "dealer", "licensor", "host", "consumer", "supplier",
];

/// Who bought.
///
/// ```
/// use fenrun::event::Buyer;
///
/// let buyer = Buyer::new("b1").tag("vip").order_number(3).days_since_last_order(12);
/// assert_eq!(buyer.order_number, Some(3));
/// assert_eq!(Buyer::from("b1").order_number, None, "absent: the history counts");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// Identifies the buyer across orders.
    pub id: String,
    /// Words a rule may look for.
    pub tags: Vec<String>,
    /// Free attributes.
    pub attributes: Attributes,
    /// Which paid order of this buyer this is, counted from 1. Absent: the history counts.
    pub order_number: Option<u32>,
    /// Full days since the buyer's last paid order. Absent: the history knows.
    pub days_since_last_order: Option<u32>,
}

/// Who may be paid for an order, in one role.
///
/// ```
/// use fenrun::event::Party;
///
/// let seller = Party::seller("s1").tier("gold").volume(1_200_00);
/// let upline = Party::upline("s2", 1);
/// assert_eq!((seller.depth, upline.depth), (Some(0), Some(1)));
/// assert_eq!(Party::new("g1", "guide").depth, None, "only the chain has depths");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Identifies the party across orders.
    pub id: String,
    /// What the party does for this order: a well-known role or one of the program's own.
    pub role: String,
    /// The place in the seller's chain: 0 is the seller, 1 its upline. Absent for every other role.
    pub depth: Option<u32>,
    /// The party's tier.
    pub tier: Option<String>,
    /// The party's volume in the period the program counts by, before this order, minor units.
    pub volume_minor: Option<i64>,
    /// Words a rule may look for.
    pub tags: Vec<String>,
    /// Free attributes.
    pub attributes: Attributes,
    /// Whether the party may be paid at all; true unless the event says otherwise.
    pub eligible: bool,
}

impl Buyer {
    /// A buyer of whom only the id is known.
    pub fn new(id: impl Into<String>) -> Buyer {
        Buyer {
            id: id.into(),
            tags: Vec::new(),
            attributes: Attributes::new(),
            order_number: None,
            days_since_last_order: None,
        }
    }

    /// The same buyer with one more tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Buyer {
        self.tags.push(tag.into());
        self
    }

    /// The same buyer with one more attribute; a key given twice keeps the later value.
    #[must_use]
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<AttributeValue>) -> Buyer {
        self.attributes.insert(key.into(), value.into());
        self
    }

    /// The same buyer, placing their `order_number`th order (counted from 1).
    #[must_use]
    pub fn order_number(mut self, order_number: u32) -> Buyer {
        self.order_number = Some(order_number);
        self
    }

    /// The same buyer, `days` full days after their last order.
    #[must_use]
    pub fn days_since_last_order(mut self, days: u32) -> Buyer {
        self.days_since_last_order = Some(days);
        self
    }
}

impl From<&str> for Buyer {
    fn from(id: &str) -> Buyer {
        Buyer::new(id)
    }
}

impl From<String> for Buyer {
    fn from(id: String) -> Buyer {
        Buyer::new(id)
    }
}

impl Party {
    /// A party in a role; a seller stands at depth 0, every other role has no depth.
    pub fn new(id: impl Into<String>, role: impl Into<String>) -> Party {
        let role = role.into();
        Party {
            id: id.into(),
            depth: (role == SELLER).then_some(0),
            role,
            tier: None,
            volume_minor: None,
            tags: Vec::new(),
            attributes: Attributes::new(),
            eligible: true,
        }
    }

    /// The seller of record, at depth 0.
    pub fn seller(id: impl Into<String>) -> Party {
        Party::new(id, SELLER)
    }

    /// An upline; `depth` 1 is the seller's direct one.
    pub fn upline(id: impl Into<String>, depth: u32) -> Party {
        let mut party = Party::new(id, UPLINE);
        party.depth = Some(depth);
        party
    }

    /// Whether the role has a place in the seller's chain.
    #[must_use]
    pub fn in_chain(&self) -> bool {
        self.role == SELLER || self.role == UPLINE
    }

    /// The same party in a tier.
    #[must_use]
    pub fn tier(mut self, tier: impl Into<String>) -> Party {
        self.tier = Some(tier.into());
        self
    }

    /// The same party with a volume of `volume_minor` minor units before this order.
    #[must_use]
    pub fn volume(mut self, volume_minor: i64) -> Party {
        self.volume_minor = Some(volume_minor);
        self
    }

    /// The same party with one more tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Party {
        self.tags.push(tag.into());
        self
    }

    /// The same party with one more attribute; a key given twice keeps the later value.
    #[must_use]
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<AttributeValue>) -> Party {
        self.attributes.insert(key.into(), value.into());
        self
    }

    /// The same party, payable or not.
    #[must_use]
    pub fn eligible(mut self, eligible: bool) -> Party {
        self.eligible = eligible;
        self
    }
}
