//! An order as events tell it: who bought what from whom, when, and how it was paid.
//!
//! Invariant: plain data in exact units; whether it makes sense is proven by [`Event`](super::Event), not here.

use fenrun_money::Currency;
use jiff::Timestamp;

use super::party::SELLER;
use super::{AttributeValue, Attributes, Buyer, Line, Party, Tender};

/// An order, or a cart that is to be priced. Amounts are minor units of [`Order::currency`].
///
/// Host applications that do not speak JSON build one and hand it to
/// [`Event::order_paid`](super::Event::order_paid), which checks it exactly as a parsed one.
///
/// ```
/// use fenrun::event::{Event, Expectations, Line, Order};
/// use fenrun_money::Currency;
///
/// let expect = Expectations::new(Currency::CNY);
/// let time = "2026-03-01T10:00:00+08:00".parse()?;
/// let order = Order::new("A1001", "b1", time, Currency::CNY)
///     .line(Line::goods("1", "SKU1", 2, 119_60))
///     .seller("s1");
/// assert_eq!(order.list_minor(), Some(239_20));
/// let event = Event::order_paid(order.clone(), &expect)?;
/// assert_eq!(event.fact_key().as_str(), "order.paid/A1001");
///
/// let twice = order.line(Line::goods("1", "SKU2", 1, 5_00));
/// assert_eq!(
///     Event::order_paid(twice, &expect).unwrap_err().to_string(),
///     "lines[1].id: line `1` is already lines[0]; hint: give every line of an order its own id",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The order's id; for a cart to be priced, the quote's.
    pub id: String,
    /// When it happened.
    pub time: Timestamp,
    /// The currency of every amount in the order.
    pub currency: Currency,
    /// Where the prices come from. A cart to be priced is always [`Pricing::Engine`].
    pub pricing: Pricing,
    /// Who bought.
    pub buyer: Buyer,
    /// The seller of record.
    pub seller: Option<String>,
    /// Who may be paid. `None`: the chain and the roles come from the history. `Some`: exactly these, even if empty.
    pub parties: Option<Vec<Party>>,
    /// What was bought, in the order given. Empty only when a quote says it.
    pub lines: Vec<Line>,
    /// How it was paid; empty when the event does not say.
    pub tenders: Vec<Tender>,
    /// What the payment itself cost the merchant, minor units.
    pub fees_minor: Option<i64>,
    /// The coupons that the buyer presents.
    pub coupons: Vec<String>,
    /// The source of the touch, such as `live`.
    pub source: Option<String>,
    /// Free attributes.
    pub attributes: Attributes,
}

/// Where an order's prices come from (DESIGN §6.9).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pricing {
    /// The lines say what was paid: imports, other checkouts.
    #[default]
    Given,
    /// The engine decides the discounts now: simulation.
    Engine,
    /// The quote with this id says it.
    Quote(String),
}

impl Order {
    /// An order without lines, with prices as given.
    pub fn new(id: impl Into<String>, buyer: impl Into<Buyer>, time: Timestamp, currency: Currency) -> Order {
        Order {
            id: id.into(),
            time,
            currency,
            pricing: Pricing::Given,
            buyer: buyer.into(),
            seller: None,
            parties: None,
            lines: Vec::new(),
            tenders: Vec::new(),
            fees_minor: None,
            coupons: Vec::new(),
            source: None,
            attributes: Attributes::new(),
        }
    }

    /// The same order, priced differently.
    #[must_use]
    pub fn pricing(mut self, pricing: Pricing) -> Order {
        self.pricing = pricing;
        self
    }

    /// The same order with a seller of record.
    #[must_use]
    pub fn seller(mut self, seller: impl Into<String>) -> Order {
        self.seller = Some(seller.into());
        self
    }

    /// The same order with one more party; from the first one on, the history adds none.
    #[must_use]
    pub fn party(mut self, party: Party) -> Order {
        self.parties.get_or_insert_default().push(party);
        self
    }

    /// The same order with one more line.
    #[must_use]
    pub fn line(mut self, line: Line) -> Order {
        self.lines.push(line);
        self
    }

    /// The same order with one more tender.
    #[must_use]
    pub fn tender(mut self, tender: Tender) -> Order {
        self.tenders.push(tender);
        self
    }

    /// The same order, whose payment cost the merchant `fees_minor` minor units.
    #[must_use]
    pub fn fees(mut self, fees_minor: i64) -> Order {
        self.fees_minor = Some(fees_minor);
        self
    }

    /// The same order with one more coupon presented.
    #[must_use]
    pub fn coupon(mut self, coupon: impl Into<String>) -> Order {
        self.coupons.push(coupon.into());
        self
    }

    /// The same order from a source.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Order {
        self.source = Some(source.into());
        self
    }

    /// The same order with one more attribute; a key given twice keeps the later value.
    #[must_use]
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<AttributeValue>) -> Order {
        self.attributes.insert(key.into(), value.into());
        self
    }

    /// The seller of record: [`Order::seller`], or else the party in that role.
    #[must_use]
    pub fn seller_of_record(&self) -> Option<&str> {
        let party = || {
            self.parties.iter().flatten().find(|party| party.role == SELLER).map(|party| party.id.as_str())
        };
        self.seller.as_deref().or_else(party)
    }

    /// The sum of all lines' list amounts in minor units; `None` when it does not fit, which never happens in an
    /// [`Event`](super::Event).
    #[must_use]
    pub fn list_minor(&self) -> Option<i64> {
        self.lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(line.list_minor()?))
    }
}
