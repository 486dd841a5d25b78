//! One tender: a means the buyer paid with.
//!
//! Invariant: whether tenders add up to what is due is decided with the order, never here.

/// One means of payment and how much of it, in minor units of the order's currency.
///
/// ```
/// use fenrun::event::{Tender, TenderKind};
///
/// assert!(Tender::new(TenderKind::Money, 239_20).commissionable);
/// // What was paid with earlier earnings earns nothing unless the event says so (I15).
/// assert!(!Tender::new(TenderKind::Earnings, 10_00).commissionable);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tender {
    /// The means.
    pub kind: TenderKind,
    /// How much was paid with it, minor units, not negative.
    pub amount_minor: i64,
    /// Whether shares are counted on it.
    pub commissionable: bool,
}

/// A means of payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TenderKind {
    /// Money through a payment rail. Commissionable unless the event says otherwise.
    Money,
    /// A gift card that was bought with money. Commissionable unless the event says otherwise.
    GiftCard,
    /// Points. Not commissionable unless the event says so.
    Points,
    /// A stored balance, which may hold bonuses. Not commissionable unless the event says so.
    Balance,
    /// Shares earned earlier. Not commissionable unless the event says so (I15).
    Earnings,
}

impl TenderKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [TenderKind; 5] = [
        TenderKind::Money,
        TenderKind::GiftCard,
        TenderKind::Points,
        TenderKind::Balance,
        TenderKind::Earnings,
    ];

    /// The name used in events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            TenderKind::Money => "money",
            TenderKind::GiftCard => "gift_card",
            TenderKind::Points => "points",
            TenderKind::Balance => "balance",
            TenderKind::Earnings => "earnings",
        }
    }

    /// Whether shares are counted on it when the event does not say.
    #[must_use]
    pub const fn commissionable_by_default(self) -> bool {
        matches!(self, TenderKind::Money | TenderKind::GiftCard)
    }
}

impl Tender {
    /// A tender of `amount_minor` minor units, commissionable as its kind is by default.
    #[must_use]
    pub const fn new(kind: TenderKind, amount_minor: i64) -> Tender {
        Tender { kind, amount_minor, commissionable: kind.commissionable_by_default() }
    }

    /// The same tender, with shares counted on it or not.
    #[must_use]
    pub const fn commissionable(mut self, commissionable: bool) -> Tender {
        self.commissionable = commissionable;
        self
    }
}
