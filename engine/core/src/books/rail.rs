//! What the payment rail still carries out of an order after its decision: bonuses within its ratio and its receivers,
//! shares within its days.
//!
//! Invariant: a rail without limits changes nothing; what cannot be paid out on the rail is never posted as if it could.

use std::collections::BTreeSet;

use fenrun_ledger::{Ledger, LedgerError};
use fenrun_money::{Overflow, Rounding};
use jiff::{ToSpan, civil::Date};

use super::desk::{Desk, SEPARATOR, every, key, kind};
use super::lot::{Lot, Stage};
use super::setting::Setting;
use super::stop::Stop;
use crate::guard::Violation;
use crate::profile::RailProfile;

/// Days before the last day on which an order's shares can be made from its payment, at whose close it is told. A week:
/// whoever looks at the books once a week still has time to act.
pub(crate) const ALARM_DAYS: i64 = 7;

/// What the agenda calls it.
pub(super) const SHARE_BY: &str = "share";

/// An order whose shares the rail can make from its payment until a day, and that still holds some.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deadline {
    /// The order.
    pub order: String,
    /// The last day.
    pub until: Date,
    /// What is held of its shares, minor units.
    pub held_minor: i64,
}

/// The orders of whose last day the close of a day has told, by that day.
///
/// # Errors
///
/// As [`Ledger::scan`].
pub fn deadlines(ledger: &mut dyn Ledger) -> Result<Vec<Deadline>, LedgerError> {
    let broken = |place: &str, why: String| LedgerError::Corrupt { place: place.to_owned(), why };
    let mut all = Vec::new();
    for (key, told) in every(ledger, kind::AGENDA, "", None)? {
        let mut parts = key.splitn(3, SEPARATOR);
        let (until, what, order) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
        if what != Some(SHARE_BY) || told != b"true" {
            continue;
        }
        let until = until.unwrap_or_default().parse();
        let until = until.map_err(|error: jiff::Error| broken("agenda", error.to_string()))?;
        let Some(bytes) = ledger.document(kind::LOT, order)? else { continue };
        let lot: Lot = serde_json::from_slice(&bytes).map_err(|error| broken("lot", error.to_string()))?;
        let held_minor = held(&lot);
        if held_minor > 0 {
            all.push(Deadline { order: order.to_owned(), until, held_minor });
        }
    }
    Ok(all)
}

/// What an order's lot holds of its shares.
fn held(lot: &Lot) -> i64 {
    if lot.stage == Stage::Cancelled {
        return 0;
    }
    let shares = lot.shares.iter().filter(|share| !share.released);
    shares.map(|share| share.retained).fold(0, i64::saturating_add)
}

/// The last day on which the shares of an order can be made.
fn last_day(setting: &Setting<'_>, lot: &Lot) -> Option<Date> {
    let days = setting.program.rail().share_days_max()?;
    setting.day(lot.paid_at).checked_add(i64::from(days).days()).ok()
}

/// Puts an order on the agenda, for the close of the day on which its last day is to be told.
pub(super) fn watch(setting: &Setting<'_>, desk: &mut Desk<'_>, lot: &Lot) -> Result<(), Stop> {
    let Some(last) = last_day(setting, lot).filter(|_| held(lot) > 0) else { return Ok(()) };
    let told = last.checked_sub(ALARM_DAYS.days()).unwrap_or(last).max(setting.day(lot.paid_at));
    desk.put(kind::AGENDA, key(&[&told.to_string(), SHARE_BY, &lot.order]), &false)
}

/// What the close of a day tells of orders whose shares are still held.
#[derive(Default)]
pub(super) struct Late {
    orders: Vec<(Date, String)>,
}

/// Orders that are named; of more, how many.
const NAMED_MAX: usize = 5;

impl Late {
    /// An order on the agenda: told a week before its last day, then on that day, and at every close after it until its
    /// shares have left the lot. Answers whether the agenda's entry goes.
    pub(super) fn meet(
        &mut self,
        setting: &Setting<'_>,
        desk: &mut Desk<'_>,
        entry: &str,
        order: &str,
    ) -> Result<bool, Stop> {
        let Some(lot) = desk.find::<Lot>(kind::LOT, order)?.filter(|lot| held(lot) > 0) else {
            return Ok(true);
        };
        let Some(last) = last_day(setting, &lot) else { return Ok(true) };
        self.orders.push((last, order.to_owned()));
        let next = key(&[&last.to_string(), SHARE_BY, order]);
        let stays = next == entry;
        desk.put(kind::AGENDA, next, &true)?;
        Ok(!stays)
    }

    /// What is told, if anything.
    pub(super) fn note(self, rail: &RailProfile) -> Option<String> {
        let first = self.orders.iter().map(|(last, _)| *last).min()?;
        let count = self.orders.len();
        let mut named: Vec<String> =
            self.orders.into_iter().take(NAMED_MAX).map(|(_, order)| format!("`{order}`")).collect();
        if count > NAMED_MAX {
            named.push(format!("{} more", count.saturating_sub(NAMED_MAX)));
        }
        Some(format!(
            "rail `{}` makes shares of {count} orders until {first} at the earliest, and they are still held: {}",
            rail.name(),
            named.join(", ")
        ))
    }
}

/// How much more an order can bear on the rail, and which limit says so; a bonus is for this party.
pub(super) fn room(
    rail: &RailProfile,
    lot: &Lot,
    party: &str,
) -> Result<Option<(i64, &'static str)>, Overflow> {
    let receivers: BTreeSet<&str> =
        lot.shares.iter().filter(|share| share.retained > 0).map(|share| share.party.as_str()).collect();
    if let Some(most) = rail.receivers_max()
        && !receivers.contains(party)
        && receivers.len() >= usize::try_from(most).unwrap_or(usize::MAX)
    {
        return Ok(Some((0, "rail_receivers")));
    }
    let Some(ratio) = rail.ratio_max() else { return Ok(None) };
    let paid = match lot.money_paid {
        Some(paid) => paid,
        None => lot.lines.iter().map(|line| line.due).fold(0, i64::saturating_add),
    };
    let left = paid.saturating_sub(lot.refunded).max(0);
    let kept = lot.shares.iter().map(|share| share.retained).fold(0, i64::saturating_add);
    let room = ratio.of(left, Rounding::Floor)?.saturating_sub(kept).max(0);
    Ok(Some((room, "rail_ratio_exceeded")))
}

/// A bonus asks for more than the rail can carry out of an order.
pub(super) fn violation(
    setting: &Setting<'_>,
    rule: &'static str,
    order: &str,
    (asked, room): (i64, i64),
) -> Violation {
    let rail = setting.program.rail().name();
    let (asked, room) = (setting.show(asked), setting.show(room));
    let message = match rule {
        "rail_receivers" => {
            format!(
                "order `{order}` would have one more receiver at the close of the period than rail `{rail}` pays"
            )
        }
        _ => format!(
            "order `{order}` would bear {asked} more at the close of the period, {room} can be paid out on rail `{rail}`"
        ),
    };
    Violation::new(rule, None, message)
}
