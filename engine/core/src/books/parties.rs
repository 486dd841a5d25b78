//! What becomes known of a party: its tier, whether it may be paid, whether its money is frozen.
//!
//! Invariant: counts from the event on; what was decided before stays as it was.

use super::desk::{Desk, kind};
use super::records::{KnownRecord, PartyRecord};
use super::setting::Done;
use super::stop::Stop;
use crate::decision::TierChange;
use crate::event::PartyChanged;

/// `party.changed`.
pub(crate) fn changed(desk: &mut Desk<'_>, changed: &PartyChanged) -> Result<Done, Stop> {
    let mut record: PartyRecord = desk.get(kind::PARTY, changed.party())?;
    if let Some(tier) = changed.tier() {
        record.tier = Some(tier.to_owned());
    }
    if let Some(eligible) = changed.eligible() {
        record.eligible = Some(eligible);
    }
    if let Some(frozen) = changed.frozen() {
        record.frozen = frozen;
    }
    if let Some(tags) = changed.tags() {
        record.tags = tags.to_vec();
    }
    if let Some(role) = changed.role() {
        know(desk, changed, role)?;
    }
    desk.put(kind::PARTY, changed.party(), &record)?;
    Ok(Done::noted())
}

/// As what it belongs to the merchant. Told the same again, it is known since the earlier moment.
fn know(desk: &mut Desk<'_>, changed: &PartyChanged, role: &str) -> Result<(), Stop> {
    let before: Option<KnownRecord> = desk.find(kind::KNOWN, changed.party())?;
    let since = before.filter(|known| known.role == role).map_or(changed.time(), |known| known.since);
    let known = KnownRecord { role: role.to_owned(), since: since.min(changed.time()) };
    desk.put(kind::KNOWN, changed.party(), &known)
}

/// A policy says which tier a party has from now on.
pub(crate) fn set_tier(desk: &mut Desk<'_>, change: &TierChange) -> Result<(), Stop> {
    let mut record: PartyRecord = desk.get(kind::PARTY, &change.party.id)?;
    record.tier = Some(change.tier.clone());
    desk.put(kind::PARTY, &*change.party.id, &record)
}
