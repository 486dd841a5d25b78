//! What a restatement comes to, worked out whole before anything is booked.
//!
//! Invariant: reads only; one order that cannot be decided stops them all, by name.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::change::{OrderChange, is_released};
use super::replay::replay;
use super::watch::{Again, Amounts, Watch};
use crate::Program;
use crate::books::desk::{Desk, every, kind};
use crate::books::lot::{Lot, Stage};
use crate::books::records::HeldRecord;
use crate::books::setting::Setting;
use crate::books::stop::Stop;
use crate::event::FactKey;

/// What a restatement comes to.
pub(super) struct Plan {
    pub(super) from: Date,
    pub(super) to: Date,
    /// Each order that changes, with its mended decision as JSON, in the order of the log.
    pub(super) changes: Vec<(OrderChange, String)>,
    /// The lots of these orders, as they stand now.
    pub(super) lots: BTreeMap<String, Lot>,
    /// How many orders are decided as they stand.
    pub(super) same: u64,
    /// How many were cancelled, so that nothing of them is left.
    pub(super) cancelled: u64,
    /// Restatements under this very program that have been here before.
    pub(super) before: BTreeSet<String>,
    /// Facts of the range that are held: they have no decision yet.
    pub(super) held: Vec<String>,
}

/// Decides all orders of some days again.
pub(super) fn plan(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    mended: &Program,
    from: Date,
    to: Date,
) -> Result<Plan, Stop> {
    fits(setting.program, mended)?;
    let (mut lots, cancelled) = paid_in(setting, desk, from, to)?;
    if lots.is_empty() && cancelled == 0 {
        return Err(Stop::refused(format!("no order was paid from {from} to {to}")));
    }
    let places = places(desk, &lots)?;
    let digest = mended.digest().to_string();
    let marks = lots.values().filter_map(|lot| lot.restated.as_ref());
    let before = marks.filter(|mark| mark.program == digest).map(|mark| mark.by.clone()).collect();
    let mut found = BTreeMap::new();
    if let Some(until) = places.keys().last() {
        let watch = Watch::new(mended.clone(), lots, spent_now(desk, mended)?);
        let watch = replay(setting.engine, desk.ledger(), watch, *until)?;
        (lots, found) = watch.into_found();
    }
    let held = held_in(setting, desk, from, to)?;
    let mut plan =
        Plan { from, to, changes: Vec::new(), lots: BTreeMap::new(), same: 0, cancelled, before, held };
    for order in places.into_values() {
        let missing = || Stop::Engine(format!("order `{order}` is not in the log as it is in its lot"));
        let lot = lots.remove(&order).ok_or_else(missing)?;
        let again = found.remove(&order).ok_or_else(missing)?;
        match changed(desk, mended, &lot, again)? {
            Some(change) => {
                plan.changes.push(change);
                plan.lots.insert(order, lot);
            }
            None => plan.same = plan.same.saturating_add(1),
        }
    }
    Ok(plan)
}

/// What becomes of one order; `None` where it stays as it is.
fn changed(
    desk: &mut Desk<'_>,
    mended: &Program,
    lot: &Lot,
    again: Again,
) -> Result<Option<(OrderChange, String)>, Stop> {
    let at_fault = |why: String| {
        Stop::Refused(format!(
            "order `{}` cannot be restated: {why}; hint: mend the program, nothing of any order was restated",
            lot.order
        ))
    };
    let decision = again.outcome.map_err(|cause| at_fault(cause.to_string()))?;
    let released = is_released(desk, lot)?;
    let spending = (again.spent_before, again.spent);
    let mut change = OrderChange::of(lot, released, again.decided, &decision, spending)?;
    if let Some(why) = change.keep_caps(lot, mended)? {
        return Err(at_fault(why));
    }
    Ok(if change.is_nothing(lot) { None } else { Some((change, decision.to_json())) })
}

/// A mended program is of the same books: merchant, currency and days are theirs.
fn fits(in_force: &Program, mended: &Program) -> Result<(), Stop> {
    let (ours, theirs) = (in_force.definition(), mended.definition());
    if ours.currency() != theirs.currency() {
        return Err(Stop::refused(format!(
            "the mended program is in {}, the books are in {}",
            theirs.currency(),
            ours.currency()
        )));
    }
    if ours.merchant() != theirs.merchant() {
        return Err(Stop::refused(format!(
            "the mended program is of merchant `{}`, the books are of `{}`",
            theirs.merchant(),
            ours.merchant()
        )));
    }
    if ours.time_zone_name() != theirs.time_zone_name() {
        return Err(Stop::refused(format!(
            "the mended program counts days in `{}`, the books in `{}`",
            theirs.time_zone_name(),
            ours.time_zone_name()
        )));
    }
    Ok(())
}

/// The lots of the orders that were paid on some days and not cancelled, and how many were cancelled.
fn paid_in(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    from: Date,
    to: Date,
) -> Result<(BTreeMap<String, Lot>, u64), Stop> {
    let (mut lots, mut cancelled) = (BTreeMap::new(), 0_u64);
    for key in desk.keys(kind::LOT, "", None)? {
        let Some(lot) = desk.find::<Lot>(kind::LOT, &key)? else { continue };
        if !(from..=to).contains(&setting.day(lot.paid_at)) {
            continue;
        }
        if lot.stage == Stage::Cancelled {
            cancelled = cancelled.saturating_add(1);
        } else {
            lots.insert(key, lot);
        }
    }
    Ok((lots, cancelled))
}

/// Where each order's payment stands in the log.
fn places(desk: &mut Desk<'_>, lots: &BTreeMap<String, Lot>) -> Result<BTreeMap<u64, String>, Stop> {
    let mut places = BTreeMap::new();
    for order in lots.keys() {
        let fact = FactKey::new("order.paid", &[order]);
        let stored = desk.stored(fact.as_str())?;
        let stored = stored.ok_or_else(|| Stop::Engine(format!("order `{order}` is not in the log")))?;
        places.insert(stored.seq, order.clone());
    }
    Ok(places)
}

/// What is spent of every budget by now, where the mended program has any.
fn spent_now(desk: &mut Desk<'_>, mended: &Program) -> Result<Amounts, Stop> {
    if !mended.policies().iter().any(|policy| policy.entry().budget().is_limited()) {
        return Ok(Amounts::new());
    }
    let mut spent = Amounts::new();
    for budget in desk.keys(kind::BUDGET, "", None)? {
        let amount = desk.get(kind::BUDGET, &budget)?;
        spent.insert(budget, amount);
    }
    Ok(spent)
}

/// Payments of some days that are held.
fn held_in(setting: &Setting<'_>, desk: &mut Desk<'_>, from: Date, to: Date) -> Result<Vec<String>, Stop> {
    let mut facts = Vec::new();
    for (fact, bytes) in every(desk.ledger(), kind::HELD, "order.paid/", Some("order.paid0"))? {
        let held: HeldRecord = serde_json::from_slice(&bytes)
            .map_err(|error| Stop::Engine(format!("held/{fact} cannot be read: {error}")))?;
        if (from..=to).contains(&setting.day(held.at)) {
            facts.push(fact);
        }
    }
    Ok(facts)
}

impl Plan {
    /// What is told beside the movements.
    pub(super) fn note(&self) -> String {
        let Plan { changes, same, cancelled, held, .. } = self;
        format!(
            "{} orders restated, {same} stay as they are, {cancelled} were cancelled, {} are held",
            changes.len(),
            held.len()
        )
    }

    /// Why there is nothing to restate.
    pub(super) fn nothing(&self, mended: &Program) -> String {
        let (from, to) = (self.from, self.to);
        let known = self.before.iter().map(|by| format!("`{by}`")).collect::<Vec<_>>();
        let digest = mended.digest().to_string();
        let digest = digest.get(..12).unwrap_or_default();
        match known.is_empty() {
            true => {
                format!("every order paid from {from} to {to} is decided as it stands, nothing would move")
            }
            false => format!(
                "the orders paid from {from} to {to} were restated under program {digest} by {}, nothing would move",
                known.join(", ")
            ),
        }
    }
}
