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
    /// Whoever tells the events tells no order twice, so that none has to be remembered.
    distinct: bool,
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
    /// None once the only order was cancelled.
    last_order_time: Option<Timestamp>,
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

    /// A history for a long stream whose reader tells no fact twice, under one program: nothing is kept of an order but
    /// its place in the buyer's count, and volumes are kept by local day. It answers as one made by
    /// [`MemoryHistory::new`] does to whoever asks about `zone`; about the days of another zone it does not know.
    ///
    /// ```
    /// use fenrun::history::{History, MemoryHistory, VolumeWindow};
    /// use jiff::tz::TimeZone;
    ///
    /// let shanghai = TimeZone::get("Asia/Shanghai")?;
    /// let history = MemoryHistory::of_distinct_facts(VolumeWindow::Month, shanghai.clone());
    /// assert_eq!(history.volume("s1", VolumeWindow::Month, &shanghai, "2026-03-01T10:00:00Z".parse()?), 0);
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn of_distinct_facts(window: VolumeWindow, zone: TimeZone) -> MemoryHistory {
        MemoryHistory { distinct: true, volumes: Volumes::by_day(window, zone), ..MemoryHistory::default() }
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
            Event::OrderPaid(paid) => self.learn_order(paid, event, learned.goods_paid_minor),
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

    /// Goods that went back no longer count towards the volume of their order's seller, on the day of the order.
    pub fn take_back_goods(&mut self, seller: &str, paid_at: Timestamp, goods_minor: i64) {
        // A sum that could be added can be taken away again.
        let _ = goods_minor.checked_neg().and_then(|minor| self.volumes.add(seller, paid_at, minor));
    }

    /// A cancelled order gives its place in the buyer's count back. `before` is when the buyer had ordered before it.
    pub fn free_place(&mut self, buyer: &str, paid_at: Timestamp, before: Option<Timestamp>) {
        let Some(record) = self.buyers.get_mut(buyer) else { return };
        record.paid_orders = record.paid_orders.saturating_sub(1);
        if record.last_order_time == Some(paid_at) {
            record.last_order_time = before;
        }
    }

    /// Whether an order was learned.
    #[must_use]
    pub fn knows_order(&self, key: &FactKey) -> bool {
        self.orders.contains(&key_digest(key))
    }

    fn learn_order(
        &mut self,
        paid: &OrderPaid,
        event: &Event,
        goods_paid_minor: i64,
    ) -> Result<Lesson, LearnError> {
        let digest = (!self.distinct).then(|| key_digest(&event.fact_key()));
        if digest.is_some_and(|digest| self.orders.contains(&digest)) {
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
        self.orders.extend(digest);
        self.count(order);
        if let Some(quote) = quote {
            self.quotes.insert(quote.to_owned(), QuoteRecord::Paid { order: order.id.clone() });
        }
        Ok(Lesson::New)
    }

    fn count(&mut self, order: &Order) {
        if let Some(record) = self.buyers.get_mut(&order.buyer.id) {
            record.paid_orders = record.paid_orders.saturating_add(1);
            record.last_order_time = record.last_order_time.max(Some(order.time));
            return;
        }
        let record = BuyerRecord { paid_orders: 1, last_order_time: Some(order.time) };
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
        self.buyers.get(buyer).and_then(|record| record.last_order_time)
    }

    fn upline(&self, party: &str, at: Timestamp) -> Option<Binding> {
        self.relations.at(UPLINE_RELATION, party, at)
    }

    fn bindings(&self, buyer: &str, at: Timestamp) -> Vec<Binding> {
        self.relations.all_at(buyer, at).filter(|binding| binding.relation != UPLINE_RELATION).collect()
    }

    fn volume(&self, party: &str, window: VolumeWindow, zone: &TimeZone, at: Timestamp) -> i64 {
        self.volumes.of(party, window, zone, at)
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
