//! Every kind of event, and what is known of it beside the books themselves.

use Placed::{Bounded, Predicted};

/// How far a kind of event is checked by something that is not the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placed {
    /// The model says what becomes of it, and what every account holds after it.
    Predicted,
    /// It is told in `wide.rs` or in tests of its own; this holds of it there.
    Bounded(&'static str),
}

pub(super) const KINDS: [(&str, Placed); 35] = [
    ("order.priced", Predicted),
    ("order.paid", Predicted),
    ("order.completed", Predicted),
    ("order.cancelled", Predicted),
    ("order.refunded", Predicted),
    ("refund.requested", Predicted),
    ("refund.declined", Predicted),
    ("dispute.opened", Predicted),
    ("dispute.won", Predicted),
    ("dispute.lost", Predicted),
    ("day.closed", Predicted),
    ("period.closed", Predicted),
    ("relation.bound", Predicted),
    ("relation.unbound", Predicted),
    ("relation.moved", Predicted),
    ("party.changed", Predicted),
    ("buyer.merged", Predicted),
    ("coupon.created", Predicted),
    ("coupon.issued", Predicted),
    ("coupon.revoked", Predicted),
    ("grant.given", Predicted),
    ("grant.redeemed", Predicted),
    ("occasion.noted", Predicted),
    ("payout.requested", Predicted),
    ("payout.succeeded", Predicted),
    ("payout.failed", Predicted),
    ("payout.returned", Predicted),
    ("payout.unknown", Predicted),
    ("balance.opened", Predicted),
    ("adjustment.made", Predicted),
    ("receivable.written_off", Predicted),
    ("event.retried", Predicted),
    ("program.activated", Predicted),
    (
        "orders.restated",
        Bounded(
            "what some gain, others lose; what is posted is what the preview showed (restate.rs); no share is kept beyond \
             what was accrued (I5), and the log leads to it again (I20)",
        ),
    ),
    (
        "policy.resumed",
        Bounded(
            "no money moves; refused where nobody is suspended, which the model says as well; who is run from when on follows \
             from the log (I20)",
        ),
    ),
];

/// A kind of event that was added is placed, or this fails.
#[test]
fn every_kind_of_event_is_placed() {
    let schema = fenrun::event::schema();
    let kinds = schema["$defs"].as_object().unwrap().values();
    let mut known: Vec<&str> = kinds.filter_map(|of| of["properties"]["kind"]["const"].as_str()).collect();
    known.sort_unstable();
    let mut placed = KINDS.map(|(kind, _)| kind);
    placed.sort_unstable();
    assert_eq!(placed.as_slice(), known, "place it in `KINDS`: predicted by the model, or bounded by what");
}
