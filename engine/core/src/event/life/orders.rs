//! What becomes of a paid order: completed, cancelled, refunded, disputed.
//!
//! Invariant: says what happened, in units and money that came back; what that does to shares is the books' business.

use fenrun_money::Currency;
use jiff::Timestamp;

use super::define::life_event;
use super::lines::{RefundLine, RefundPart};
use crate::event::error::{EventError, EventErrorKind as Kind};
use crate::event::place::Place;
use crate::event::{Expectations, check};

life_event! {
    /// An order is complete: the hold of its shares runs from here.
    OrderCompleted = "order.completed", key(order), wire OrderCompletedWire;
    /// The order.
    "order" order: String => &str;
    /// When it was completed.
    "time" time: Timestamp => Timestamp;
}

life_event! {
    /// An order is cancelled: all that remains of it goes back, with coupon, budget, benefit and place in the count.
    OrderCancelled = "order.cancelled", key(order), wire OrderCancelledWire;
    /// The order.
    "order" order: String => &str;
    /// When it was cancelled.
    "time" time: Timestamp => Timestamp;
    /// Why.
    "reason" reason: Option<String> => Option<&str>, optional;
}

life_event! {
    /// A refund is asked for: the order's shares stay where they are until it is made or declined.
    RefundRequested = "refund.requested", key(refund), wire RefundRequestedWire;
    /// The refund.
    "refund" refund: String => &str;
    /// The order.
    "order" order: String => &str;
    /// When it was asked for.
    "time" time: Timestamp => Timestamp;
}

life_event! {
    /// A refund that was asked for is not made.
    RefundDeclined = "refund.declined", key(refund), wire RefundDeclinedWire;
    /// The refund.
    "refund" refund: String => &str;
    /// The order.
    "order" order: String => &str;
    /// When it was declined.
    "time" time: Timestamp => Timestamp;
    /// Why.
    "reason" reason: Option<String> => Option<&str>, optional;
}

life_event! {
    /// Money of an order went back to the buyer.
    OrderRefunded = "order.refunded", key(refund), wire OrderRefundedWire;
    /// The refund. A refund is told once: the id is the key by which a repeated event is recognised.
    "refund" refund: String => &str;
    /// The order.
    "order" order: String => &str;
    /// When the money went back.
    "time" time: Timestamp => Timestamp;
    /// The ISO 4217 code of every amount in the event.
    "currency" currency: Currency => Currency;
    /// What came back of which line; none where only shipping went back.
    #[schemars(length(max = 1000))]
    "lines" lines: Vec<RefundLine> => &[RefundLine];
    /// What went back of the shipping.
    "shipping" shipping_minor: Option<i64> => Option<i64>, optional, "minor units" in JSON "major units";
    /// Why.
    "reason" reason: Option<String> => Option<&str>, optional;
    check something_refunded;
}

life_event! {
    /// The buyer disputes a payment: the order's shares stay where they are until the dispute ends.
    DisputeOpened = "dispute.opened", key(dispute), wire DisputeOpenedWire;
    /// The dispute.
    "dispute" dispute: String => &str;
    /// The order.
    "order" order: String => &str;
    /// When it was opened.
    "time" time: Timestamp => Timestamp;
    /// The ISO 4217 code of every amount in the event.
    "currency" currency: Currency => Currency;
    /// What it is about; left out, everything that remains of the order.
    #[schemars(length(min = 1, max = 1000))]
    "lines" lines: Option<Vec<RefundLine>> => Option<&[RefundLine]>, optional;
    /// Why.
    "reason" reason: Option<String> => Option<&str>, optional;
    check something_disputed;
}

life_event! {
    /// A dispute ended for the merchant: nothing goes back.
    DisputeWon = "dispute.won", key(dispute), wire DisputeWonWire;
    /// The dispute.
    "dispute" dispute: String => &str;
    /// The order.
    "order" order: String => &str;
    /// When it ended.
    "time" time: Timestamp => Timestamp;
}

life_event! {
    /// A dispute ended for the buyer: what it was about goes back, as far as it has not gone back before.
    DisputeLost = "dispute.lost", key(dispute), wire DisputeLostWire;
    /// The dispute.
    "dispute" dispute: String => &str;
    /// The order.
    "order" order: String => &str;
    /// When it ended.
    "time" time: Timestamp => Timestamp;
}

fn something_refunded(refund: &OrderRefunded, _: &Expectations) -> Result<(), EventError> {
    let root = Place::Root;
    let place = root.field("lines");
    if refund.lines.is_empty() && refund.shipping_minor.is_none() {
        let problem = "a refund of nothing".to_owned();
        let remedy = "name the lines that came back, or the amount of shipping";
        return Err(EventError::at(&place, Kind::Contradiction { problem, remedy }));
    }
    sums_up(&refund.lines, refund.shipping_minor, &place)
}

fn something_disputed(dispute: &DisputeOpened, _: &Expectations) -> Result<(), EventError> {
    let Some(lines) = &dispute.lines else { return Ok(()) };
    let root = Place::Root;
    let place = root.field("lines");
    if lines.is_empty() {
        let problem = "a dispute about nothing".to_owned();
        let remedy = "name the lines it is about, or leave `lines` out where it is about the whole order";
        return Err(EventError::at(&place, Kind::Contradiction { problem, remedy }));
    }
    sums_up(lines, None, &place)
}

/// What went back without units is one sum of money.
fn sums_up(lines: &[RefundLine], shipping_minor: Option<i64>, place: &Place<'_>) -> Result<(), EventError> {
    let amounts = lines.iter().map(|line| match line.what {
        RefundPart::Amount(amount) => amount,
        RefundPart::Units(_) => 0,
    });
    let sum = amounts.chain(shipping_minor).try_fold(0_i64, i64::checked_add);
    sum.map(|_| ()).ok_or_else(|| EventError::at(place, Kind::Overflow { what: "the sum of the amounts" }))
}

/// Two ids that must differ.
pub(super) fn differ(
    (one, other): (&str, &str),
    field: &'static str,
    problem: &str,
    remedy: &'static str,
) -> Result<(), EventError> {
    if one != other {
        return Ok(());
    }
    let problem = problem.to_owned();
    Err(EventError::at(&Place::Root.field(field), Kind::Contradiction { problem, remedy }))
}

/// A relation is `upline` or a known role.
pub(super) fn relation(found: &str, expect: &Expectations) -> Result<(), EventError> {
    check::role(found, "relation", &Place::Root.field("relation"), expect)
}
