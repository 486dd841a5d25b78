//! A history in memory that learns from the stream of events.
//!
//! Invariant: every fact counts once, however often it is told, and what cannot be learned changes nothing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::relations::{Bound, Relations};
use super::volumes::Volumes;
use super::{Binding, History, LearnError, PricedQuote, VolumeWindow};
use crate::Outcome;
use crate::event::{Event, FactKey, Order, OrderPaid, Pricing, RelationBound, UPLINE_RELATION};

/// What an event's outcome adds to the event itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// The goods paid, minor units; counts towards the seller's volume. For `order.paid`.
    pub goods_paid_minor: i64,
    /// The quote given. For `order.priced`; without one, nothing is kept of a priced cart.
    pub quote: Option<PricedQuote>,
}

impl Learned {
    /// What an outcome adds to its event; `None` where the event counts as not told, so that it may be told again.
    ///
    /// A held sale stands: it keeps its place in the buyer's count, while its volume waits with its shares.
    #[must_use]
    pub fn from_outcome(event: &Event, outcome: &Outcome) -> Option<Learned> {
        match outcome {
            Outcome::Decided(decision) => {
                let cart = event.order().filter(|_| matches!(event, Event::OrderPriced(_)));
                let quote = cart.map(|cart| decision.quote(cart));
                Some(Learned { goods_paid_minor: decision.totals.goods_paid, quote })
            }
            Outcome::Noted => Some(Learned::default()),
            Outcome::Held(held) => {
                let own_fault = held.cause.is_the_events_own_fault();
                (matches!(event, Event::OrderPaid(_)) && !own_fault).then(Learned::default)
            }
            Outcome::Error(_) => None,
        }
    }
}

/// What became of an event that was learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lesson {
    /// It counts from now on.
    New,
    /// The same fact was learned before; nothing changed.
    Duplicate,
}

/// A history in memory that learns from the stream of events.
///
/// It grows by 16 bytes and their table space for each order, and with the number of buyers, sellers, relations and
/// quotes; it keeps no order.
///
/// ```
/// use fenrun::event::{Event, Expectations, Line, Order};
/// use fenrun::history::{History, Learned, Lesson, MemoryHistory, VolumeWindow};
/// use fenrun_money::Currency;
/// use jiff::tz::TimeZone;
///
/// let time = "2026-03-01T10:00:00+08:00".parse()?;
/// let order = Order::new("A1001", "b1", time, Currency::CNY).line(Line::goods("1", "SKU1", 2, 119_60)).seller("s1");
/// let event = Event::order_paid(order, &Expectations::new(Currency::CNY))?;
///
/// let mut history = MemoryHistory::new();
/// let learned = Learned { goods_paid_minor: 239_20, quote: None };
/// assert_eq!(history.learn(&event, &learned)?, Lesson::New);
/// assert_eq!(history.learn(&event, &learned)?, Lesson::Duplicate);
/// assert_eq!(history.paid_orders("b1"), 1);
/// assert_eq!(history.volume("s1", VolumeWindow::Month, &TimeZone::UTC, time), 239_20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryHistory {
    orders: HashSet<KeyDigest>,
    buyers: HashMap<String, BuyerRecord>,
    relations: Relations,
    volumes: Volumes,
    tiers: HashMap<String, String>,
    quotes: HashMap<String, QuoteRecord>,
}

/// The first half of a fact key's SHA-256: among 10⁹ orders, the chance that any two share it is below 10⁻²⁰.
type KeyDigest = [u8; 16];

/// What is known of a buyer.
#[derive(Clone, Debug)]
struct BuyerRecord {
    paid_orders: u64,
    last_order_time: Timestamp,
}

/// What became of a quote.
#[derive(Clone, Debug)]
enum QuoteRecord {
    Open(Arc<PricedQuote>),
    Paid { order: String },
}

impl MemoryHistory {
    /// A history in which nothing has happened.
    #[must_use]
    pub fn new() -> MemoryHistory {
        MemoryHistory::default()
    }

    /// Learns an event together with what its outcome added.
    ///
    /// A fact whose key was learned before is a [`Lesson::Duplicate`] and counts nothing.
    ///
    /// # Errors
    ///
    /// [`LearnError::Relation`] when a binding would close a circle, at whatever length and moment;
    /// [`LearnError::Conflict`] when a member is bound to two parties at the same moment, or a quote is given twice
    /// with different content; [`LearnError::VolumeTooLarge`] when a volume would leave 64 bits. The history is then
    /// unchanged.
    pub fn learn(&mut self, event: &Event, learned: &Learned) -> Result<Lesson, LearnError> {
        match event {
            Event::OrderPaid(paid) => self.learn_order(paid, &event.fact_key(), learned.goods_paid_minor),
            Event::OrderPriced(_) => self.learn_quote(&event.fact_key(), learned.quote.as_ref()),
            Event::RelationBound(bound) => self.learn_relation(bound, event),
            // What only a ledger knows is nothing for a history in memory.
            _ => Ok(Lesson::New),
        }
    }

    /// Sets the tier of a party, as a host application knows it.
    pub fn set_tier(&mut self, party: impl Into<String>, tier: impl Into<String>) {
        self.tiers.insert(party.into(), tier.into());
    }

    /// Whether an order was learned.
    #[must_use]
    pub fn knows_order(&self, key: &FactKey) -> bool {
        self.orders.contains(&key_digest(key))
    }

    fn learn_order(
        &mut self,
        paid: &OrderPaid,
        key: &FactKey,
        goods_paid_minor: i64,
    ) -> Result<Lesson, LearnError> {
        let digest = key_digest(key);
        if self.orders.contains(&digest) {
            return Ok(Lesson::Duplicate);
        }
        let order = paid.order();
        let quote = match &order.pricing {
            Pricing::Quote(quote) => Some(quote.as_str()),
            Pricing::Given | Pricing::Engine => None,
        };
        let quoted = quote.and_then(|quote| self.quote(quote));
        let seller = order
            .seller_of_record()
            .or_else(|| quoted.as_ref().and_then(|quote| quote.order.seller_of_record()));
        if let Some(seller) = seller {
            let added = self.volumes.add(seller, order.time, goods_paid_minor);
            added.ok_or_else(|| LearnError::VolumeTooLarge { party: seller.to_owned() })?;
        }
        self.orders.insert(digest);
        self.count(order);
        if let Some(quote) = quote {
            self.quotes.insert(quote.to_owned(), QuoteRecord::Paid { order: order.id.clone() });
        }
        Ok(Lesson::New)
    }

    fn count(&mut self, order: &Order) {
        if let Some(record) = self.buyers.get_mut(&order.buyer.id) {
            record.paid_orders = record.paid_orders.saturating_add(1);
            record.last_order_time = record.last_order_time.max(order.time);
            return;
        }
        let record = BuyerRecord { paid_orders: 1, last_order_time: order.time };
        self.buyers.insert(order.buyer.id.clone(), record);
    }

    fn learn_quote(&mut self, key: &FactKey, quote: Option<&PricedQuote>) -> Result<Lesson, LearnError> {
        let Some(quote) = quote else { return Ok(Lesson::New) };
        match self.quotes.get(&quote.quote) {
            Some(QuoteRecord::Paid { .. }) => Ok(Lesson::Duplicate),
            Some(QuoteRecord::Open(known)) if **known == *quote => Ok(Lesson::Duplicate),
            Some(QuoteRecord::Open(_)) => Err(LearnError::Conflict { key: key.clone() }),
            None => {
                self.quotes.insert(quote.quote.clone(), QuoteRecord::Open(Arc::new(quote.clone())));
                Ok(Lesson::New)
            }
        }
    }

    fn learn_relation(&mut self, bound: &RelationBound, event: &Event) -> Result<Lesson, LearnError> {
        match self.relations.bind(bound.relation(), bound.member(), bound.to(), bound.time())? {
            Bound::New => Ok(Lesson::New),
            Bound::Known => Ok(Lesson::Duplicate),
            Bound::Conflict => Err(LearnError::Conflict { key: event.fact_key() }),
        }
    }
}

impl History for MemoryHistory {
    fn paid_orders(&self, buyer: &str) -> u64 {
        self.buyers.get(buyer).map_or(0, |record| record.paid_orders)
    }

    fn last_order_time(&self, buyer: &str) -> Option<Timestamp> {
        self.buyers.get(buyer).map(|record| record.last_order_time)
    }

    fn upline(&self, party: &str, at: Timestamp) -> Option<Binding> {
        self.relations.at(UPLINE_RELATION, party, at)
    }

    fn bindings(&self, buyer: &str, at: Timestamp) -> Vec<Binding> {
        self.relations.all_at(buyer, at).filter(|binding| binding.relation != UPLINE_RELATION).collect()
    }

    fn volume(&self, party: &str, window: VolumeWindow, zone: &TimeZone, at: Timestamp) -> i64 {
        let (start, end) = window.bounds(zone, at);
        self.volumes.sum(party, start, end)
    }

    fn tier(&self, party: &str) -> Option<String> {
        self.tiers.get(party).cloned()
    }

    fn quote(&self, quote: &str) -> Option<Arc<PricedQuote>> {
        match self.quotes.get(quote)? {
            QuoteRecord::Open(quote) => Some(Arc::clone(quote)),
            QuoteRecord::Paid { .. } => None,
        }
    }

    fn quote_paid_by(&self, quote: &str) -> Option<String> {
        match self.quotes.get(quote)? {
            QuoteRecord::Paid { order } => Some(order.clone()),
            QuoteRecord::Open(_) => None,
        }
    }
}

fn key_digest(key: &FactKey) -> KeyDigest {
    let mut digest = KeyDigest::default();
    for (target, byte) in digest.iter_mut().zip(Sha256::digest(key.as_str())) {
        *target = byte;
    }
    digest
}
