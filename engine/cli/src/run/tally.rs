//! What a run came to: counts and sums.
//!
//! Invariant: sums are exact, in 128 bits; an order counts once, and a quote's discount counts when it is paid.

use std::collections::BTreeMap;
use std::time::Duration;

use fenrun::Decision;
use fenrun::decision::PolicyAnswer;
use fenrun_money::Currency;

use crate::exit::Exit;
use crate::record::{HeldKind, Note, Record};

/// What a run came to.
#[derive(Debug)]
pub(super) struct Tally {
    currency: Currency,
    events: u64,
    orders: u64,
    quotes: u64,
    noted: u64,
    posted: u64,
    parked: u64,
    duplicates: u64,
    rejected: u64,
    held_failures: u64,
    held_violations: u64,
    errors: u64,
    /// Answers of policies in decisions: they said no.
    refused: u64,
    /// Answers of policies in decisions: they broke, or asked for what is forbidden, and were left out.
    left_out: u64,
    sums: Sums,
    shares: BTreeMap<String, (u64, i128)>,
    exit: Exit,
}

/// Sums over paid orders, minor units.
#[derive(Debug, Default)]
struct Sums {
    list: i128,
    discounts: i128,
    due: i128,
    shares: i128,
    merchant_net: i128,
    funded: i128,
}

impl Tally {
    pub(super) fn new(currency: Currency) -> Tally {
        Tally {
            currency,
            events: 0,
            orders: 0,
            quotes: 0,
            noted: 0,
            posted: 0,
            parked: 0,
            duplicates: 0,
            rejected: 0,
            held_failures: 0,
            held_violations: 0,
            errors: 0,
            refused: 0,
            left_out: 0,
            sums: Sums::default(),
            shares: BTreeMap::new(),
            exit: Exit::Success,
        }
    }

    /// How the run ends.
    pub(super) fn exit(&self) -> Exit {
        self.exit
    }

    /// Has the run end at least like this.
    pub(super) fn end_with(&mut self, exit: Exit) {
        self.exit = self.exit.and(exit);
    }

    /// Counts one record; returns how many policies were left out of its decision.
    pub(super) fn count(&mut self, record: &Record) -> u64 {
        self.exit = self.exit.and(record.exit());
        add(&mut self.events);
        let counter = match record {
            Record::Decided(decision) => return self.count_decision(decision),
            Record::Other(Note::Noted { .. }) => &mut self.noted,
            Record::Other(Note::Posted { .. }) => &mut self.posted,
            Record::Other(Note::Parked { .. }) => &mut self.parked,
            Record::Other(Note::Duplicate { .. }) => &mut self.duplicates,
            Record::Other(Note::Rejected { .. } | Note::Refused { .. } | Note::Conflict { .. }) => {
                &mut self.rejected
            }
            Record::Other(Note::Held { kind: HeldKind::Failure, .. }) => &mut self.held_failures,
            Record::Other(Note::Held { kind: HeldKind::Violation, .. }) => &mut self.held_violations,
            Record::Other(Note::Error { .. }) => &mut self.errors,
        };
        add(counter);
        0
    }

    fn count_decision(&mut self, decision: &Decision) -> u64 {
        let mut left_out = 0;
        for run in &decision.policies {
            match run.answer {
                PolicyAnswer::Refused { .. } => add(&mut self.refused),
                PolicyAnswer::Failed { .. } | PolicyAnswer::Forbidden { .. } => add(&mut left_out),
                _ => {}
            }
        }
        self.left_out = self.left_out.saturating_add(left_out);
        if decision.fact_key.starts_with("order.priced/") {
            add(&mut self.quotes);
            return left_out;
        }
        add(&mut self.orders);
        self.sums.add(decision);
        for share in &decision.shares {
            let (count, sum) = match self.shares.get_mut(&*share.party.role) {
                Some(entry) => entry,
                None => self.shares.entry(share.party.role.to_string()).or_default(),
            };
            add(count);
            plus(sum, share.amount_minor);
        }
        left_out
    }

    /// The closing summary, in lines.
    pub(super) fn summary(&self, elapsed: Duration) -> String {
        let amount = |minor: i128| wide(minor, self.currency.exponent());
        let sums = &self.sums;
        let decisions = self.orders.saturating_add(self.quotes);
        let rate = u128::from(decisions)
            .saturating_mul(1_000_000_000)
            .checked_div(elapsed.as_nanos())
            .unwrap_or(u128::from(decisions));
        let roles: Vec<String> =
            self.shares.iter().map(|(role, (_, sum))| format!("{role} {}", amount(*sum))).collect();
        let rows = [
            ("decided", format!("{}, {}", many(self.orders, "order"), many(self.quotes, "quote"))),
            ("list", format!("{} {}", amount(sums.list), self.currency)),
            ("discounts", amount(sums.discounts)),
            ("shares", format!("{}{}", amount(sums.shares), listed(&roles))),
            ("merchant net", amount(sums.merchant_net)),
            ("noted", format!("{}, {}", many(self.noted, "relation"), many(self.duplicates, "duplicate"))),
            ("held", format!("{} by failure, {} by violation", self.held_failures, self.held_violations)),
            ("rejected", self.rejected.to_string()),
            ("policies", format!("{} refused, {} failed and left out", self.refused, self.left_out)),
        ];
        let mut text =
            format!("{} in {elapsed:.2?}, {rate} decisions per second\n", many(self.events, "event"));
        for (name, value) in rows {
            text += &format!("  {name:<14}{value}\n");
        }
        if self.posted > 0 || self.parked > 0 {
            text += &format!("  {:<14}{}, {} parked\n", "posted", many(self.posted, "event"), self.parked);
        }
        if self.errors > 0 {
            text += &format!("  {:<14}{}\n", "errors", self.errors);
        }
        if sums.funded != 0 {
            text += &format!("  {:<14}{}\n", "funded", amount(sums.funded));
        }
        text
    }
}

impl Sums {
    fn add(&mut self, decision: &Decision) {
        let totals = &decision.totals;
        plus(&mut self.list, totals.list);
        plus(&mut self.discounts, totals.discounts);
        plus(&mut self.due, totals.due);
        plus(&mut self.shares, totals.shares);
        plus(&mut self.merchant_net, totals.merchant_net);
        plus(&mut self.funded, totals.funded);
    }
}

fn add(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

/// 2⁶³ amounts of 2⁶³ fit 128 bits: no run is long enough to reach the bound.
fn plus(sum: &mut i128, amount: i64) {
    *sum = sum.saturating_add(i128::from(amount));
}

fn many(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn listed(parts: &[String]) -> String {
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// Minor units as decimal text, in 128 bits.
fn wide(minor: i128, exponent: u8) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let exponent = usize::from(exponent);
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = exponent.saturating_add(1));
    match digits.split_at_checked(digits.len().saturating_sub(exponent)) {
        Some((whole, fraction)) if !fraction.is_empty() => format!("{sign}{whole}.{fraction}"),
        _ => format!("{sign}{digits}"),
    }
}

#[cfg(test)]
mod tests {
    use super::wide;

    #[test]
    fn wide_amounts_read_like_narrow_ones() {
        for (minor, exponent, text) in [
            (0, 2, "0.00"),
            (5, 2, "0.05"),
            (-5, 2, "-0.05"),
            (4_990, 2, "49.90"),
            (1_200, 0, "1200"),
            (1_250, 3, "1.250"),
            (92_233_720_368_547_758_079, 2, "922337203685477580.79"),
        ] {
            assert_eq!(wide(minor, exponent), text);
        }
    }
}
