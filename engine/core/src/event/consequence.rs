//! What follows from an event for decisions, whether or not somebody keeps books.
//!
//! Invariant: each kind stands here by its name, so a new one has to say what follows from it.

use super::Event;

/// What follows from an event for decisions. A reading without a ledger, such as a backtest, goes by it: what it cannot
/// take in, it has to name.
///
/// ```
/// use fenrun::event::{Consequence, Event, Expectations};
/// use fenrun_money::Currency;
///
/// let json = r#"{"kind":"coupon.revoked","coupon":"C","time":"2026-03-01T02:00:00Z"}"#;
/// let event = Event::parse(json, &Expectations::new(Currency::CNY))?;
/// assert_eq!(event.consequence(), Consequence::Changes);
/// assert!(event.needs_ledger());
/// # Ok::<(), fenrun::event::EventError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Consequence {
    /// It is decided, or learned, without a ledger.
    Decided,
    /// Something of an order goes back: its frozen formulas run again on what remains.
    TakesBack,
    /// It changes what is decided later, or policies are asked about it, by what only books know.
    Changes,
    /// It moves on what was decided, or says what became of it. No amount of a decision depends on it.
    Moves,
}

impl Consequence {
    pub(super) fn of(event: &Event) -> Self {
        match event {
            Event::OrderPriced(_) | Event::OrderPaid(_) | Event::RelationBound(_) => Self::Decided,
            Event::OrderCancelled(_)
            | Event::OrderRefunded(_)
            | Event::DisputeOpened(_)
            | Event::DisputeWon(_)
            | Event::DisputeLost(_) => Self::TakesBack,
            // Bonuses and tiers.
            Event::PeriodClosed(_)
            // Who is in a chain, who may be paid, whose orders are counted together.
            | Event::RelationUnbound(_)
            | Event::RelationMoved(_)
            | Event::PartyChanged(_)
            | Event::BuyerMerged(_)
            // What a buyer can use.
            | Event::CouponCreated(_)
            | Event::CouponIssued(_)
            | Event::CouponRevoked(_)
            | Event::GrantGiven(_)
            | Event::GrantRedeemed(_)
            | Event::OccasionNoted(_)
            // Who is asked again.
            | Event::PolicyResumed(_) => Self::Changes,
            Event::OrderCompleted(_)
            | Event::RefundRequested(_)
            | Event::RefundDeclined(_)
            // What expires with a day was given by one of the events above.
            | Event::DayClosed(_)
            | Event::PayoutRequested(_)
            | Event::PayoutSucceeded(_)
            | Event::PayoutFailed(_)
            | Event::PayoutReturned(_)
            | Event::PayoutUnknown(_)
            | Event::ReceivableWrittenOff(_)
            | Event::BalanceOpened(_)
            | Event::AdjustmentMade(_)
            // Which program decided is what a backtest asks otherwise.
            | Event::ProgramActivated(_)
            | Event::OrdersRestated(_)
            | Event::EventRetried(_) => Self::Moves,
        }
    }
}
