//! What can be asked of the books: where each cent of an order went, and what waits.
//!
//! Invariant: reads only, and from the ledger alone; a report is never kept beside it.

use fenrun_ledger::{Ledger, LedgerError};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::desk::{SEPARATOR, every, kind};
use super::lot::{Lot, Stage};
use super::records::HeldRecord;

/// An event that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waiting {
    /// The fact.
    pub fact: String,
    /// Why: what the guard or a policy said, or what it waits for.
    pub because: String,
    /// When it happened; `None` for what is parked.
    pub since: Option<Timestamp>,
    /// Whether it came too early, rather than being held.
    pub parked: bool,
}

fn broken(place: String, error: &serde_json::Error) -> LedgerError {
    LedgerError::Corrupt { place, why: error.to_string() }
}

/// Every event that is held or parked, by fact.
///
/// # Errors
///
/// As [`Ledger::scan`].
pub fn waiting(ledger: &mut dyn Ledger) -> Result<Vec<Waiting>, LedgerError> {
    let mut all = Vec::new();
    for (fact, bytes) in every(ledger, kind::HELD, "", None)? {
        let held: HeldRecord =
            serde_json::from_slice(&bytes).map_err(|error| broken(format!("held/{fact}"), &error))?;
        all.push(Waiting { fact, because: held.because, since: Some(held.at), parked: false });
    }
    for (key, _) in every(ledger, kind::PARKED, "", None)? {
        if let Some((awaited, fact)) = key.split_once(SEPARATOR) {
            let because = format!("it waits for `{awaited}`");
            all.push(Waiting { fact: fact.to_owned(), because, since: None, parked: true });
        }
    }
    Ok(all)
}

/// Where each cent of an order came from and went, as JSON: the decision with its bases, rates and reasons, what went
/// back since, and what each party keeps. Amounts are minor units. `None` where the books do not know the order.
///
/// # Errors
///
/// As [`Ledger::document`] and [`Ledger::entries_about`].
pub fn explain_order(ledger: &mut dyn Ledger, order: &str) -> Result<Option<Value>, LedgerError> {
    let Some(bytes) = ledger.document(kind::LOT, order)? else { return Ok(None) };
    let lot: Lot = serde_json::from_slice(&bytes).map_err(|error| broken(format!("lot/{order}"), &error))?;
    let mut decision = Value::Null;
    let mut movements = Vec::new();
    for stored in ledger.entries_about(order)? {
        let entry = stored.entry;
        if let Some(receipt) = &entry.receipt
            && entry.kind == "order.paid"
        {
            decision = serde_json::from_str(receipt).unwrap_or_default();
        }
        for transaction in entry.transactions.iter().filter(|transaction| transaction.correlation() == order)
        {
            let postings = transaction.postings().iter().map(|posting| {
                json!({
                    "account": posting.account.to_string(),
                    "asset": posting.asset.as_str(),
                    "amount_minor": posting.amount_minor,
                })
            });
            movements.push(json!({
                "seq": stored.seq,
                "fact": entry.fact,
                "time": entry.time.to_string(),
                "by": transaction.code(),
                "postings": postings.collect::<Vec<_>>(),
            }));
        }
    }
    let restated = super::restate::receipt_of(ledger, &lot)?;
    if let Some(receipt) = &restated {
        decision = serde_json::from_str(receipt).unwrap_or_default();
    }
    let lines = lot.lines.iter().map(|line| {
        json!({
            "id": line.id,
            "kind": line.kind.name(),
            "quantity": line.quantity,
            "due_minor": line.due,
            "returned": line.returned,
            "given_back_minor": line.given_back,
            "kept_back_minor": line.kept_back,
            "remaining_minor": line.remaining().unwrap_or(0),
        })
    });
    let shares = lot.shares.iter().map(|share| {
        json!({
            "policy": share.policy,
            "party": share.party,
            "role": share.role,
            "reason": share.reason,
            "accrued_minor": share.accrued,
            "kept_minor": share.retained,
            "clawed_back_minor": share.accrued.saturating_sub(share.retained),
            "released": share.released,
        })
    });
    let stage = match lot.stage {
        Stage::Paid => "paid",
        Stage::Completed => "completed",
        Stage::Cancelled => "cancelled",
    };
    Ok(Some(json!({
        "order": lot.order,
        "buyer": lot.buyer,
        "seller": lot.seller,
        "currency": lot.currency,
        "stage": stage,
        "release_due": lot.due.map(|due| due.to_string()),
        "frozen_by": lot.frozen_by,
        "refunded_minor": lot.refunded,
        "restated_by": lot.restated.map(|mark| mark.by),
        "lines": lines.collect::<Vec<_>>(),
        "shares": shares.collect::<Vec<_>>(),
        "movements": movements,
        "decision": decision.get("decision").cloned().unwrap_or_default(),
        "engine": decision.get("engine").cloned().unwrap_or_default(),
    })))
}
