//! The events of the ledger: what becomes of orders, people, coupons and money after the decision.
//!
//! Invariant: immutable facts, checked whole; only the books know what they move.

mod closes;
mod coupons;
mod define;
mod field;
mod lines;
mod log;
mod modules;
mod moment;
mod money;
mod moves;
mod occasions;
mod orders;
mod people;
mod shown;
mod text;

use fenrun_money::Currency;
use jiff::Timestamp;

pub use closes::{DayClosed, PeriodClosed};
pub use coupons::{CouponCreated, CouponIssued, CouponRevoked, GrantGiven, GrantRedeemed};
pub use lines::{RefundLine, RefundPart};
pub use log::{EventRetried, OrdersRestated, PolicyResumed, ProgramActivated};
pub use money::{
    AdjustmentMade, BalanceOpened, PayoutFailed, PayoutRequested, PayoutReturned, PayoutSucceeded,
    PayoutUnknown, ReceivableWrittenOff,
};
pub use moves::AdjustmentMove;
pub use occasions::OccasionNoted;
pub use orders::{
    DisputeLost, DisputeOpened, DisputeWon, OrderCancelled, OrderCompleted, OrderRefunded, RefundDeclined,
    RefundRequested,
};
pub use people::{BuyerMerged, PartyChanged, RelationMoved, RelationUnbound};
pub use text::{FactText, ProgramText};

use super::{Event, EventError, Expectations, FactKey};

/// What every event of the ledger can say of itself.
pub(super) trait LifeEvent {
    fn kind(&self) -> &'static str;

    fn time(&self) -> Timestamp;

    fn fact_key(&self) -> FactKey;

    fn to_json(&self, currency: Currency) -> serde_json::Result<String>;
}

/// How events of one kind are read.
type Parse = fn(&str, &Expectations) -> Result<Event, EventError>;

macro_rules! life_kinds {
    ($($name:ident, $wire:path;)*) => {
        /// The kinds of event that only a ledger takes, with how each is read.
        pub(super) const KINDS: [(&str, Parse); LIFE_KINDS] = [$(($name::KIND, $name::parse)),*];

        /// The event as one of the ledger, where it is one.
        pub(super) fn of(event: &Event) -> Option<&dyn LifeEvent> {
            match event {
                $(Event::$name(event) => Some(event),)*
                Event::OrderPriced(_) | Event::OrderPaid(_) | Event::RelationBound(_) => None,
            }
        }

        /// A fact that only a ledger takes.
        #[derive(schemars::JsonSchema)]
        #[serde(untagged)]
        #[schemars(rename = "LedgerEvent")]
        #[expect(dead_code, reason = "only its schema is used; each kind is read by its own type")]
        pub(super) enum LifeWire<'a> {
            $($name($wire),)*
        }
    };
}

/// How many kinds of event only a ledger takes.
pub(super) const LIFE_KINDS: usize = 32;

life_kinds! {
    OrderCompleted, orders::OrderCompletedWire<'a>;
    OrderCancelled, orders::OrderCancelledWire<'a>;
    RefundRequested, orders::RefundRequestedWire<'a>;
    RefundDeclined, orders::RefundDeclinedWire<'a>;
    OrderRefunded, orders::OrderRefundedWire<'a>;
    DisputeOpened, orders::DisputeOpenedWire<'a>;
    DisputeWon, orders::DisputeWonWire<'a>;
    DisputeLost, orders::DisputeLostWire<'a>;
    DayClosed, closes::DayClosedWire<'a>;
    PeriodClosed, closes::PeriodClosedWire<'a>;
    RelationUnbound, people::RelationUnboundWire<'a>;
    RelationMoved, people::RelationMovedWire<'a>;
    PartyChanged, people::PartyChangedWire<'a>;
    BuyerMerged, people::BuyerMergedWire<'a>;
    CouponCreated, coupons::CouponCreatedWire<'a>;
    CouponIssued, coupons::CouponIssuedWire<'a>;
    CouponRevoked, coupons::CouponRevokedWire<'a>;
    GrantGiven, coupons::GrantGivenWire<'a>;
    GrantRedeemed, coupons::GrantRedeemedWire<'a>;
    PayoutRequested, money::PayoutRequestedWire<'a>;
    PayoutSucceeded, money::PayoutSucceededWire<'a>;
    PayoutFailed, money::PayoutFailedWire<'a>;
    PayoutReturned, money::PayoutReturnedWire<'a>;
    PayoutUnknown, money::PayoutUnknownWire<'a>;
    ReceivableWrittenOff, money::ReceivableWrittenOffWire<'a>;
    BalanceOpened, money::BalanceOpenedWire<'a>;
    AdjustmentMade, money::AdjustmentMadeWire<'a>;
    OccasionNoted, occasions::OccasionNotedWire<'a>;
    ProgramActivated, log::ProgramActivatedWire<'a>;
    OrdersRestated, log::OrdersRestatedWire<'a>;
    EventRetried, log::EventRetriedWire<'a>;
    PolicyResumed, log::PolicyResumedWire<'a>;
}

/// The currency of an event's amounts. Kinds without amounts are named one by one, so that a new kind has to say which
/// it is; what they are written in does not matter.
pub(super) fn currency(event: &Event) -> Currency {
    match event {
        Event::OrderRefunded(event) => event.currency(),
        Event::DisputeOpened(event) => event.currency(),
        Event::PayoutRequested(event) => event.currency(),
        Event::ReceivableWrittenOff(event) => event.currency(),
        Event::BalanceOpened(event) => event.currency(),
        Event::AdjustmentMade(event) => event.currency(),
        Event::OrderPriced(event) => event.order().currency,
        Event::OrderPaid(event) => event.order().currency,
        Event::RelationBound(_)
        | Event::OrderCompleted(_)
        | Event::OrderCancelled(_)
        | Event::RefundRequested(_)
        | Event::RefundDeclined(_)
        | Event::DisputeWon(_)
        | Event::DisputeLost(_)
        | Event::DayClosed(_)
        | Event::PeriodClosed(_)
        | Event::RelationUnbound(_)
        | Event::RelationMoved(_)
        | Event::PartyChanged(_)
        | Event::BuyerMerged(_)
        | Event::CouponCreated(_)
        | Event::CouponIssued(_)
        | Event::CouponRevoked(_)
        | Event::GrantGiven(_)
        | Event::GrantRedeemed(_)
        | Event::PayoutSucceeded(_)
        | Event::PayoutFailed(_)
        | Event::PayoutReturned(_)
        | Event::PayoutUnknown(_)
        | Event::OccasionNoted(_)
        | Event::ProgramActivated(_)
        | Event::OrdersRestated(_)
        | Event::EventRetried(_)
        | Event::PolicyResumed(_) => Currency::CNY,
    }
}
