//! Order events: immutable facts from outside, read exactly and checked whole.
//!
//! Invariant: an [`Event`] in hand is complete and consistent in itself: every amount exact, every sum within 64 bits,
//! every id unique; nothing is rounded, trimmed or guessed on the way in.

mod attributes;
mod check;
mod consequence;
mod error;
mod expectations;
mod fact_key;
mod json;
mod life;
mod limits;
mod line;
mod nearest;
mod order;
mod party;
mod place;
mod reader;
mod relation;
mod shown;
mod tender;

use jiff::Timestamp;

use life::LifeEvent;

pub use attributes::{AttributeValue, Attributes};
pub use consequence::Consequence;
pub use error::{EventError, EventErrorKind, TextProblem};
pub use expectations::Expectations;
pub use fact_key::FactKey;
pub use json::schema;
pub use life::{
    AdjustmentMade, AdjustmentMove, BalanceOpened, BuyerMerged, CouponCreated, CouponIssued, CouponRevoked,
    DayClosed, DisputeLost, DisputeOpened, DisputeWon, EventRetried, FactText, GrantGiven, GrantRedeemed,
    OccasionNoted, OrderCancelled, OrderCompleted, OrderRefunded, OrdersRestated, PartyChanged, PayoutFailed,
    PayoutRequested, PayoutReturned, PayoutSucceeded, PayoutUnknown, PeriodClosed, PolicyResumed,
    ProgramActivated, ProgramText, ReceivableWrittenOff, RefundDeclined, RefundLine, RefundPart,
    RefundRequested, RelationMoved, RelationUnbound,
};
pub use limits::{
    ATTRIBUTES_MAX, EventLimits, LINE_BYTES_MAX, LINES_MAX, PARTIES_MAX, QUANTITY_MAX, TAGS_MAX, TENDERS_MAX,
    TEXT_BYTES_MAX,
};
pub use line::{Line, LineKind};
pub use order::{Order, Pricing};
pub use party::{Buyer, Party, ROLES, SELLER, UPLINE};
pub use reader::EventReader;
pub use relation::{RelationBound, UPLINE_RELATION};
pub use tender::{Tender, TenderKind};

/// An order event: one immutable fact from outside.
///
/// ```
/// use fenrun::event::{Event, Expectations};
/// use fenrun_money::Currency;
///
/// let expect = Expectations::new(Currency::CNY);
/// let json = r#"{"kind":"order.paid","order":"A1001","time":"2026-03-01T10:00:00+08:00","currency":"CNY",
///                "buyer":{"id":"b1"},"seller":"s1",
///                "lines":[{"id":"1","item":"SKU1","quantity":2,"price":119.60}]}"#;
/// let event = Event::parse(json, &expect)?;
/// assert_eq!(event.order().and_then(|order| order.list_minor()), Some(239_20));
/// assert_eq!(Event::parse(&event.to_json(), &expect)?, event);
///
/// let error = Event::parse(&json.replace("119.60", "119.605"), &expect).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "lines[0].price: `119.605` is not an amount in CNY: expected at most 2 decimals, found 3; \
///      hint: round before sending, the engine never rounds what it reads",
/// );
/// # Ok::<(), fenrun::event::EventError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A cart that is to be priced: discounts are decided and a quote is given.
    OrderPriced(OrderPriced),
    /// An order that was paid: shares are decided.
    OrderPaid(OrderPaid),
    /// A member was bound to an upline, a guide, a store …
    RelationBound(RelationBound),
    /// An order is complete: the hold of its shares runs from here.
    OrderCompleted(OrderCompleted),
    /// An order is cancelled: all that remains of it goes back.
    OrderCancelled(OrderCancelled),
    /// A refund is asked for.
    RefundRequested(RefundRequested),
    /// A refund that was asked for is not made.
    RefundDeclined(RefundDeclined),
    /// Money of an order went back to the buyer.
    OrderRefunded(OrderRefunded),
    /// The buyer disputes a payment.
    DisputeOpened(DisputeOpened),
    /// A dispute ended for the merchant.
    DisputeWon(DisputeWon),
    /// A dispute ended for the buyer.
    DisputeLost(DisputeLost),
    /// A day is over.
    DayClosed(DayClosed),
    /// A period is over.
    PeriodClosed(PeriodClosed),
    /// A member is bound to nobody from a moment on.
    RelationUnbound(RelationUnbound),
    /// Whoever is bound to one is bound to another from a moment on.
    RelationMoved(RelationMoved),
    /// Something became known of a party.
    PartyChanged(PartyChanged),
    /// Two buyers turn out to be one person.
    BuyerMerged(BuyerMerged),
    /// A coupon exists from now on.
    CouponCreated(CouponCreated),
    /// A buyer is issued a coupon.
    CouponIssued(CouponIssued),
    /// Nobody can use a coupon any more.
    CouponRevoked(CouponRevoked),
    /// Somebody is given points, stars or other units.
    GrantGiven(GrantGiven),
    /// Somebody uses such units.
    GrantRedeemed(GrantRedeemed),
    /// A party is to be paid out.
    PayoutRequested(PayoutRequested),
    /// The rail has paid.
    PayoutSucceeded(PayoutSucceeded),
    /// The rail has not paid, for certain.
    PayoutFailed(PayoutFailed),
    /// What the rail has paid came back.
    PayoutReturned(PayoutReturned),
    /// The rail did not say whether it has paid.
    PayoutUnknown(PayoutUnknown),
    /// What a party owes is given up.
    ReceivableWrittenOff(ReceivableWrittenOff),
    /// What a party has, or owes, when it moves in.
    BalanceOpened(BalanceOpened),
    /// Money is moved by hand, for a reason.
    AdjustmentMade(AdjustmentMade),
    /// A buyer did something that is no order.
    OccasionNoted(OccasionNoted),
    /// A program comes into force.
    ProgramActivated(ProgramActivated),
    /// Orders are decided again under a mended program.
    OrdersRestated(OrdersRestated),
    /// A held event is to be tried again.
    EventRetried(EventRetried),
    /// A suspended policy is run again.
    PolicyResumed(PolicyResumed),
}

/// The proof that a cart to be priced makes sense. Its order's id is the quote's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderPriced {
    order: Order,
    expires: Option<Timestamp>,
}

/// The proof that a paid order makes sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderPaid {
    order: Order,
}

impl Event {
    /// Reads one event from its JSON text.
    ///
    /// Amounts are read exactly, from decimal strings or number literals. `null` counts as absent. Unknown fields,
    /// repeated fields and whatever lies outside the limits are refused.
    ///
    /// # Errors
    ///
    /// An [`EventError`] with the path and what was expected there.
    pub fn parse(json: &str, expect: &Expectations) -> Result<Event, EventError> {
        json::parse(json, expect)
    }

    /// The event as one line of JSON that [`Event::parse`] reads back to the same event, if it is short enough for the
    /// limits. Amounts are strings, the time is in UTC.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::write(self)
    }

    /// The event that `order` was paid, checked as a parsed one.
    ///
    /// # Errors
    ///
    /// As [`Event::parse`], for everything but the JSON.
    pub fn order_paid(order: Order, expect: &Expectations) -> Result<Event, EventError> {
        OrderPaid::new(order, expect).map(Event::OrderPaid)
    }

    /// The event that the cart `order` is to be priced; `order.id` is the quote's id. Its pricing becomes
    /// [`Pricing::Engine`].
    ///
    /// # Errors
    ///
    /// As [`Event::parse`], for everything but the JSON.
    pub fn order_priced(order: Order, expect: &Expectations) -> Result<Event, EventError> {
        OrderPriced::new(order, expect).map(Event::OrderPriced)
    }

    /// The name of the event's kind, such as `order.paid`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Event::OrderPriced(_) => "order.priced",
            Event::OrderPaid(_) => "order.paid",
            Event::RelationBound(_) => "relation.bound",
            // Every kind that is not one of these three is one of the ledger's.
            other => match life::of(other) {
                Some(event) => event.kind(),
                None => "",
            },
        }
    }

    /// When it happened.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        match self {
            Event::OrderPriced(priced) => priced.order.time,
            Event::OrderPaid(paid) => paid.order.time,
            Event::RelationBound(bound) => bound.time,
            other => life::of(other).map_or(Timestamp::MIN, LifeEvent::time),
        }
    }

    /// Whether only a ledger takes events of this kind: they move money or change what is known.
    #[must_use]
    pub fn needs_ledger(&self) -> bool {
        life::of(self).is_some()
    }

    /// What follows from the event for decisions.
    #[must_use]
    pub fn consequence(&self) -> Consequence {
        Consequence::of(self)
    }

    /// The order or cart that is priced or paid, if the event is about one.
    #[must_use]
    pub fn order(&self) -> Option<&Order> {
        match self {
            Event::OrderPriced(priced) => Some(&priced.order),
            Event::OrderPaid(paid) => Some(&paid.order),
            _ => None,
        }
    }

    /// The business identity of the event.
    #[must_use]
    pub fn fact_key(&self) -> FactKey {
        match self {
            Event::OrderPriced(OrderPriced { order, .. }) | Event::OrderPaid(OrderPaid { order }) => {
                FactKey::new(self.kind(), &[&order.id])
            }
            Event::RelationBound(bound) => {
                FactKey::new(self.kind(), &[&bound.relation, &bound.member, &bound.time.to_string()])
            }
            other => life::of(other).map_or_else(|| FactKey::new("", &[]), LifeEvent::fact_key),
        }
    }
}

impl OrderPriced {
    /// The cart, proven to make sense; its pricing becomes [`Pricing::Engine`].
    ///
    /// # Errors
    ///
    /// As [`Event::order_priced`].
    pub fn new(order: Order, expect: &Expectations) -> Result<OrderPriced, EventError> {
        OrderPriced::with_expiry(order, None, expect)
    }

    /// The cart with the moment at which its quote expires, proven to make sense.
    ///
    /// # Errors
    ///
    /// As [`Event::order_priced`], and where the quote would expire before it is given.
    pub fn with_expiry(
        order: Order,
        expires: Option<Timestamp>,
        expect: &Expectations,
    ) -> Result<OrderPriced, EventError> {
        let order = order.pricing(Pricing::Engine);
        check::priced(&order, expect)?;
        check::expires(order.time, expires)?;
        Ok(OrderPriced { order, expires })
    }

    /// When the quote expires, where the event says so.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// The id of the quote that is asked for.
    #[must_use]
    pub fn quote(&self) -> &str {
        &self.order.id
    }

    /// The cart.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// The cart, to keep.
    #[must_use]
    pub fn into_order(self) -> Order {
        self.order
    }
}

impl OrderPaid {
    /// The order, proven to make sense.
    ///
    /// # Errors
    ///
    /// As [`Event::order_paid`].
    pub fn new(order: Order, expect: &Expectations) -> Result<OrderPaid, EventError> {
        check::paid(&order, expect)?;
        Ok(OrderPaid { order })
    }

    /// The order.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// The order, to keep.
    #[must_use]
    pub fn into_order(self) -> Order {
        self.order
    }
}

impl RelationBound {
    /// The binding of `member` to `to` in `relation`, from `time` on.
    ///
    /// # Errors
    ///
    /// An [`EventError`] when the relation is neither `upline` nor a known role, or a text is empty, too long or holds
    /// control characters.
    pub fn new(
        relation: impl Into<String>,
        member: impl Into<String>,
        to: impl Into<String>,
        time: Timestamp,
        expect: &Expectations,
    ) -> Result<RelationBound, EventError> {
        let bound = RelationBound { relation: relation.into(), member: member.into(), to: to.into(), time };
        check::bound(&bound, expect)?;
        Ok(bound)
    }
}

impl From<OrderPriced> for Event {
    fn from(priced: OrderPriced) -> Event {
        Event::OrderPriced(priced)
    }
}

impl From<OrderPaid> for Event {
    fn from(paid: OrderPaid) -> Event {
        Event::OrderPaid(paid)
    }
}

impl From<RelationBound> for Event {
    fn from(bound: RelationBound) -> Event {
        Event::RelationBound(bound)
    }
}
