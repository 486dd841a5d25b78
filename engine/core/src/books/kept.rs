//! What becomes of the shares that a ledger holds, event by event: for whoever compares what two programs come to.
//!
//! Invariant: read from the lots as they were and as they become, so nothing that changes a share goes untold.

use fenrun_ledger::{Change, Ledger};
use jiff::Timestamp;

use super::BooksError;
use super::desk::kind;
use super::frozen::FrozenShare;
use super::lot::Lot;

/// A share or a bonus of which more or less is kept after an event. Amounts are minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptShare {
    /// The order whose lot it is in; `None` for a bonus that no order bears.
    pub order: Option<String>,
    /// When that order was paid.
    pub paid_at: Option<Timestamp>,
    /// Its place in the lot: first the decision's shares that are not zero, then what closes gave.
    pub share: usize,
    /// The policy that asked for it.
    pub policy: String,
    /// Who has it.
    pub party: String,
    /// As what.
    pub role: String,
    /// What was kept before the event.
    pub before_minor: i64,
    /// What is kept after it.
    pub after_minor: i64,
}

impl KeptShare {
    /// A bonus that no order bears: what was kept of it, and what is now.
    pub(super) fn alone(
        policy: &str,
        (party, role): (&str, &str),
        (before_minor, after_minor): (i64, i64),
    ) -> Self {
        Self {
            order: None,
            paid_at: None,
            share: 0,
            policy: policy.to_owned(),
            party: party.to_owned(),
            role: role.to_owned(),
            before_minor,
            after_minor,
        }
    }
}

/// How the shares of lots that stand in the ledger already come out of these changes. What an order that is paid gives is
/// its decision's.
pub(super) fn changed(ledger: &mut dyn Ledger, changes: &[Change]) -> Result<Vec<KeptShare>, BooksError> {
    let mut told = Vec::new();
    for change in changes {
        let Change::Put { kind: kind::LOT, key, value } = change else { continue };
        let Some(before) = ledger.document(kind::LOT, key)? else { continue };
        let (Some(before), Some(after)) = (lot(&before), lot(value)) else { continue };
        for (place, share) in after.shares.iter().enumerate() {
            let was = before.shares.get(place).map_or(0, |share| share.retained);
            if was != share.retained {
                told.push(of(key, &after, place, share, was));
            }
        }
    }
    Ok(told)
}

fn lot(document: &[u8]) -> Option<Lot> {
    serde_json::from_slice(document).ok()
}

fn of(order: &str, lot: &Lot, place: usize, share: &FrozenShare, before_minor: i64) -> KeptShare {
    KeptShare {
        order: Some(order.to_owned()),
        paid_at: Some(lot.paid_at),
        share: place,
        policy: share.policy.clone(),
        party: share.party.clone(),
        role: share.role.clone(),
        before_minor,
        after_minor: share.retained,
    }
}
