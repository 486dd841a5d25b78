//! Refunds of a decided order, sliced in several ways, by the arithmetic that the books use.
//!
//! Invariant: the ways that are compared give back the same units and the same money in all.

use std::collections::{BTreeMap, BTreeSet};

use fenrun::Decision;
use fenrun::books::OrderRemains;
use fenrun::decision::LineOutcome;
use fenrun::event::{Event, Expectations, LineKind};
use serde_json::{Value, json};

use super::minor::{CURRENCY, Minor};

/// Units of an order that are given back one by one; of more, line by line.
const UNITS_MAX: i64 = 24;

/// Lines of an order whose refunds are sliced. A long order is the same arithmetic, line by line.
const LINES_MAX: usize = 40;

/// Two ways that should end alike and do not.
pub(super) struct Drift {
    pub(super) told: String,
    /// What happens, one after the other.
    pub(super) events: Vec<Value>,
    /// What parties should hold after that.
    pub(super) held: BTreeMap<String, i64>,
}

/// The first drift between ways of giving an order back; none where there is none.
pub(super) fn drift(decision: &Decision, expect: &Expectations) -> Option<Drift> {
    if decision.shares.is_empty() || decision.lines.len() > LINES_MAX {
        return None;
    }
    let units: i64 = decision.lines.iter().map(|line| line.quantity).fold(0, i64::saturating_add);
    let one_by_one = units <= UNITS_MAX;
    let mut slices: Vec<Vec<(usize, i64)>> = Vec::new();
    // Nothing can go back of a line for which nothing was paid, and shipping goes back by an amount of its own.
    let returned = |line: &LineOutcome| line.kind == LineKind::Goods && line.due_minor > 0;
    for (place, line) in decision.lines.iter().enumerate().filter(|(_, line)| returned(line)) {
        if one_by_one {
            slices.extend((0..line.quantity).map(|_| vec![(place, 1)]));
        } else {
            slices.push(vec![(place, line.quantity)]);
        }
    }
    let half = slices.len().checked_div(2).unwrap_or(0);
    let (first, _) = slices.split_at_checked(half)?;
    // Some of it: slice by slice, from the other end, and at once.
    let mut turned = first.to_vec();
    turned.reverse();
    let at_once = vec![joined(first)];
    let ways = [first.to_vec(), turned];
    for way in &ways {
        if let Some(drift) = differ(decision, expect, way, &at_once) {
            return Some(drift);
        }
    }
    nothing_left(decision, expect, &slices)
}

fn joined(slices: &[Vec<(usize, i64)>]) -> Vec<(usize, i64)> {
    let mut sums: BTreeMap<usize, i64> = BTreeMap::new();
    for (place, units) in slices.iter().flatten() {
        let sum = sums.entry(*place).or_default();
        *sum = sum.saturating_add(*units);
    }
    sums.into_iter().collect()
}

/// After everything went back nobody keeps anything: slice by slice, in two amounts of money, and by cancelling.
fn nothing_left(decision: &Decision, expect: &Expectations, slices: &[Vec<(usize, i64)>]) -> Option<Drift> {
    let all = slices.iter().flatten().map(|(place, _)| *place).collect::<BTreeSet<_>>().len()
        == decision.lines.len();
    let by_units = if all { events(decision, slices) } else { Vec::new() };
    let mut by_money = Vec::new();
    for part in [
        |due: i64| due.checked_div(3).unwrap_or(0),
        |due: i64| due.saturating_sub(due.checked_div(3).unwrap_or(0)),
    ] {
        let lines = decision.lines.iter().filter(|line| part(line.due_minor) > 0);
        let lines: Vec<Value> = lines
            .map(|line| json!({ "id": &*line.id, "amount": Minor(part(line.due_minor)).to_string() }))
            .collect();
        if !lines.is_empty() {
            by_money.push(refund(decision, by_money.len(), lines));
        }
    }
    let cancelled =
        vec![json!({ "kind": "order.cancelled", "order": decision.order, "time": time(decision) })];
    if !all {
        by_money.clear();
    }
    for events in [by_units, by_money, cancelled].into_iter().filter(|events| !events.is_empty()) {
        let Some(kept) = kept(decision, expect, &events) else { continue };
        if let Some((party, minor)) = kept.iter().find(|(_, minor)| **minor != 0) {
            let told = format!("everything went back, and {party} still has {}", Minor(*minor));
            return Some(Drift { told, events, held: BTreeMap::new() });
        }
    }
    None
}

fn differ(
    decision: &Decision,
    expect: &Expectations,
    way: &[Vec<(usize, i64)>],
    at_once: &[Vec<(usize, i64)>],
) -> Option<Drift> {
    let events = events(decision, way);
    let (sliced, whole) =
        (kept(decision, expect, &events)?, kept(decision, expect, &self::events(decision, at_once))?);
    if sliced == whole {
        return None;
    }
    let of = |kept: &BTreeMap<String, i64>| {
        let each = kept.iter().map(|(party, minor)| format!("{party} {}", Minor(*minor)));
        each.collect::<Vec<_>>().join(", ")
    };
    let told = format!("slice by slice {} is left, at once {}", of(&sliced), of(&whole));
    Some(Drift { told, events, held: whole })
}

/// What each party keeps after some refunds; nothing where they cannot be made.
fn kept(decision: &Decision, expect: &Expectations, events: &[Value]) -> Option<BTreeMap<String, i64>> {
    let mut remains = OrderRemains::of(decision).ok()?;
    let shares: Vec<_> = decision.shares.iter().filter(|share| share.amount_minor != 0).collect();
    let mut kept: BTreeMap<String, i64> = BTreeMap::new();
    for share in &shares {
        let sum = kept.entry(share.party.id.to_string()).or_default();
        *sum = sum.saturating_add(share.amount_minor);
    }
    for event in events {
        let event = Event::parse(&event.to_string(), expect).ok()?;
        for clawback in remains.take_back(&event).ok()?.clawbacks {
            let share = shares.get(clawback.share)?;
            let sum = kept.entry(share.party.id.to_string()).or_default();
            *sum = sum.saturating_sub(clawback.amount_minor);
        }
    }
    Some(kept)
}

fn events(decision: &Decision, slices: &[Vec<(usize, i64)>]) -> Vec<Value> {
    let lines = |slice: &[(usize, i64)]| -> Vec<Value> {
        let each = slice.iter().filter_map(|(place, units)| {
            let line = decision.lines.get(*place)?;
            Some(json!({ "id": &*line.id, "quantity": units }))
        });
        each.collect()
    };
    slices.iter().enumerate().map(|(place, slice)| refund(decision, place, lines(slice))).collect()
}

fn refund(decision: &Decision, place: usize, lines: Vec<Value>) -> Value {
    json!({
        "kind": "order.refunded", "refund": format!("R{}", place.saturating_add(1)), "order": decision.order,
        "currency": CURRENCY.code(), "lines": lines, "time": time(decision),
    })
}

fn time(decision: &Decision) -> String {
    decision.time.to_string()
}
