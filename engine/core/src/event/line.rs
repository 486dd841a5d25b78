//! One line of an order: what was bought, how many, at which unit price.
//!
//! Invariant: amounts are minor units of the order's currency; nothing here rounds.

use super::{AttributeValue, Attributes};

/// One line of an order. Amounts are minor units of the order's currency.
///
/// A `Line` by itself is a description; [`Event`](super::Event) is the proof that its numbers make sense.
///
/// ```
/// use fenrun::event::Line;
///
/// let line = Line::goods("1", "SKU1", 2, 119_60).category("wine").cost(60_00).tag("new");
/// assert_eq!(line.list_minor(), Some(239_20));
///
/// // A product that does not fit is absent; it never wraps around.
/// assert_eq!(Line::goods("1", "SKU1", 2, i64::MAX).list_minor(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Unique within the order; lines are ordered by it when order matters.
    pub id: String,
    /// What the line is for. Shares are counted on goods only.
    pub kind: LineKind,
    /// The article, the same text wherever the same article is sold.
    pub item: Option<String>,
    /// The article's category.
    pub category: Option<String>,
    /// Units, from 1 to 1,000,000,000.
    pub quantity: u32,
    /// Price of **one unit** before discounts, tax included, minor units.
    pub price_minor: i64,
    /// What was paid for the **whole line**, minor units; only with [`Pricing::Given`](super::Pricing::Given).
    /// Absent there: the list amount was paid.
    pub paid_minor: Option<i64>,
    /// Cost of **one unit**, minor units; a margin needs it.
    pub cost_minor: Option<i64>,
    /// The tax contained in the **whole line's** list amount, minor units.
    pub tax_minor: Option<i64>,
    /// The lowest price **one unit** may be sold for, minor units.
    pub floor_minor: Option<i64>,
    /// Words a rule may look for.
    pub tags: Vec<String>,
    /// Free attributes.
    pub attributes: Attributes,
}

/// What a line is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineKind {
    /// Something sold; the only kind that counts as goods paid.
    #[default]
    Goods,
    /// Delivery.
    Shipping,
    /// A fee, such as a membership or an entry fee.
    Fee,
    /// Money put down that stays the buyer's.
    Deposit,
}

impl LineKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [LineKind; 4] = [LineKind::Goods, LineKind::Shipping, LineKind::Fee, LineKind::Deposit];

    /// The name used in events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            LineKind::Goods => "goods",
            LineKind::Shipping => "shipping",
            LineKind::Fee => "fee",
            LineKind::Deposit => "deposit",
        }
    }
}

impl Line {
    /// A line of goods: `quantity` units of `item` at `price_minor` minor units each.
    pub fn goods(id: impl Into<String>, item: impl Into<String>, quantity: u32, price_minor: i64) -> Line {
        let mut line = Line::of_kind(LineKind::Goods, id, quantity, price_minor);
        line.item = Some(item.into());
        line
    }

    /// A line for delivery, in minor units.
    pub fn shipping(id: impl Into<String>, price_minor: i64) -> Line {
        Line::of_kind(LineKind::Shipping, id, 1, price_minor)
    }

    /// A line for a fee, in minor units.
    pub fn fee(id: impl Into<String>, price_minor: i64) -> Line {
        Line::of_kind(LineKind::Fee, id, 1, price_minor)
    }

    /// A line for a deposit, in minor units.
    pub fn deposit(id: impl Into<String>, price_minor: i64) -> Line {
        Line::of_kind(LineKind::Deposit, id, 1, price_minor)
    }

    /// The same line in a category.
    #[must_use]
    pub fn category(mut self, category: impl Into<String>) -> Line {
        self.category = Some(category.into());
        self
    }

    /// The same line, paid `paid_minor` minor units for all its units together.
    #[must_use]
    pub fn paid(mut self, paid_minor: i64) -> Line {
        self.paid_minor = Some(paid_minor);
        self
    }

    /// The same line, each unit costing the merchant `cost_minor` minor units.
    #[must_use]
    pub fn cost(mut self, cost_minor: i64) -> Line {
        self.cost_minor = Some(cost_minor);
        self
    }

    /// The same line, with `tax_minor` minor units of tax contained in its list amount.
    #[must_use]
    pub fn tax(mut self, tax_minor: i64) -> Line {
        self.tax_minor = Some(tax_minor);
        self
    }

    /// The same line, no unit of which may be sold below `floor_minor` minor units.
    #[must_use]
    pub fn floor(mut self, floor_minor: i64) -> Line {
        self.floor_minor = Some(floor_minor);
        self
    }

    /// The same line with one more tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Line {
        self.tags.push(tag.into());
        self
    }

    /// The same line with one more attribute; a key given twice keeps the later value.
    #[must_use]
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<AttributeValue>) -> Line {
        self.attributes.insert(key.into(), value.into());
        self
    }

    /// Price × quantity in minor units; `None` when it does not fit, which never happens in an
    /// [`Event`](super::Event).
    #[must_use]
    pub fn list_minor(&self) -> Option<i64> {
        self.price_minor.checked_mul(i64::from(self.quantity))
    }

    fn of_kind(kind: LineKind, id: impl Into<String>, quantity: u32, price_minor: i64) -> Line {
        Line {
            id: id.into(),
            kind,
            item: None,
            category: None,
            quantity,
            price_minor,
            paid_minor: None,
            cost_minor: None,
            tax_minor: None,
            floor_minor: None,
            tags: Vec::new(),
            attributes: Attributes::new(),
        }
    }
}
