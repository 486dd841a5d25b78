//! What a first reading of the events finds: of which orders money goes back.
//!
//! Invariant: only a reading aid. A plan that knows too little makes the answer say less, never something else.

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;

use fenrun::event::{Consequence, Event, EventReader, Expectations};

/// What a first reading of the events found.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// How many lines there are.
    lines: u64,
    /// Events of which only books know what follows, by kind.
    changes: BTreeMap<&'static str, u64>,
    /// Order → how many events about it take something back and are still to come.
    touched: HashMap<Box<str>, Touches>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Touches {
    left: u32,
}

/// Kinds of event that are plain: read a second time, they need nothing of the first.
const PLAIN: [&str; 6] =
    ["order.paid", "order.priced", "relation.bound", "order.completed", "day.closed", "refund.requested"];

/// The order of which an event may take something back.
pub(super) fn touched(event: &Event) -> Option<&str> {
    match event {
        Event::OrderRefunded(event) => Some(event.order()),
        Event::OrderCancelled(event) => Some(event.order()),
        Event::DisputeOpened(event) => Some(event.order()),
        Event::DisputeWon(event) => Some(event.order()),
        Event::DisputeLost(event) => Some(event.order()),
        _ => None,
    }
}

impl Plan {
    /// Reads all lines once. Lines that are no events are for the second reading to tell.
    pub fn read<R: BufRead>(mut lines: EventReader<R>, expect: &Expectations) -> Plan {
        let mut plan = Plan::default();
        while let Some((_, line)) = lines.next_line() {
            plan.lines = plan.lines.saturating_add(1);
            let Ok(text) = line else { continue };
            if is_plain(text) {
                continue;
            }
            if let Ok(event) = Event::parse(text, expect) {
                plan.note(&event);
            }
        }
        plan
    }

    /// How many lines there are, bad ones included.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Events that change later decisions, or about which policies are asked, by what only books know: by kind.
    #[must_use]
    pub fn changes(&self) -> &BTreeMap<&'static str, u64> {
        &self.changes
    }

    /// Whether something of any order goes back.
    #[must_use]
    pub fn takes_back(&self) -> bool {
        !self.touched.is_empty()
    }

    /// Notes one event.
    pub fn note(&mut self, event: &Event) {
        if event.consequence() == Consequence::Changes {
            let count = self.changes.entry(event.kind()).or_default();
            *count = count.saturating_add(1);
        }
        if let Some(order) = touched(event) {
            match self.touched.get_mut(order) {
                Some(touches) => touches.left = touches.left.saturating_add(1),
                None => drop(self.touched.insert(order.into(), Touches { left: 1 })),
            }
        }
    }

    /// Whether something of an order goes back.
    pub(super) fn is_touched(&self, order: &str) -> bool {
        self.touched.get(order).is_some_and(|touches| touches.left > 0)
    }

    /// Counts an event about an order; answers whether it was the last one.
    pub(super) fn is_last(&mut self, order: &str) -> bool {
        let Some(touches) = self.touched.get_mut(order) else { return true };
        touches.left = touches.left.saturating_sub(1);
        if touches.left > 0 {
            return false;
        }
        self.touched.remove(order);
        true
    }
}

/// Whether every `kind` that a line names is a plain one. Only a line that says so is not parsed twice.
fn is_plain(text: &str) -> bool {
    let mut kinds = text.split("\"kind\"").skip(1).map(|rest| {
        let value = rest.trim_start().strip_prefix(':').map(str::trim_start);
        value.and_then(|value| value.strip_prefix('"')).and_then(|value| value.split('"').next())
    });
    let mut found = false;
    let all = kinds.all(|kind| match kind {
        Some(kind) if PLAIN.contains(&kind) => {
            found = true;
            true
        }
        // The kind of a line of an order.
        Some("goods" | "shipping" | "fee" | "deposit" | "money" | "points" | "balance" | "gift_card") => true,
        _ => false,
    });
    all && found
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn only_what_is_surely_plain_is_passed_over() {
        for plain in [
            r#"{"kind":"order.paid","order":"A1"}"#,
            r#"{"order":"A1", "kind" : "order.paid", "lines":[{"kind":"shipping"}]}"#,
        ] {
            assert!(is_plain(plain), "{plain}");
        }
        for other in [
            r#"{"kind":"order.refunded","order":"A1"}"#,
            r#"{"k\u0069nd":"order.refunded"}"#,
            r#"{"kind":"order.\u0072efunded"}"#,
            r#"{"lines":[{"kind":"goods"}],"kind":"order.cancelled"}"#,
            r#"{"lines":[{"kind":"goods"}]}"#,
            "half a line",
        ] {
            assert!(!is_plain(other), "{other}");
        }
    }
}
