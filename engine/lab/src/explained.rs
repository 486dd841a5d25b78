//! How each amount was made: what policies were asked, exact sums, roundings, what fell on which line.
//!
//! Invariant: nothing is reckoned again; it is what the decision itself says.

use fenrun::Decision;
use fenrun::decision::{Allocated, Clamp, PolicyAnswer};

use crate::observed::{Observed, line_id};

impl Observed<'_> {
    /// How everything was made, line by line.
    pub(crate) fn explained(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.decision().map(|decision| self.amounts(decision)).unwrap_or_default();
        for run in self.runs() {
            let read: Vec<&str> = run.reads.names().collect();
            let read = if read.is_empty() { "nothing".to_owned() } else { read.join(", ") };
            let (policy, hook, fuel) = (&run.policy, run.hook.name(), run.fuel);
            let answer = match &run.answer {
                PolicyAnswer::Applied { effects } => format!("{effects} effects"),
                PolicyAnswer::Excluded { by } => format!("excluded by `{by}`"),
                PolicyAnswer::Refused { .. } => "refused".to_owned(),
                PolicyAnswer::Failed { .. } => "failed, and left out".to_owned(),
                PolicyAnswer::Forbidden { .. } => "forbidden, and left out".to_owned(),
                _ => "answered".to_owned(),
            };
            lines.push(format!("asked `{policy}` for {hook}: {answer}, {fuel} fuel, read {read}"));
            lines.extend(run.notes.iter().map(|note| format!("  note: {note}")));
        }
        lines
    }

    fn amounts(&self, decision: &Decision) -> Vec<String> {
        let mut lines = Vec::new();
        for line in &decision.lines {
            let (list, discount) = (self.show(line.list_minor), self.show(line.discount_minor));
            let (due, paid) = (self.show(line.due_minor), self.show(line.paid_minor));
            let floor = line.floor_minor.map(|floor| format!(", floor {}", self.show(floor)));
            let kind = line.kind.name();
            lines.push(format!(
                "line {} ({kind}): list {list} - discount {discount} = due {due}, {paid} counts as paid{}",
                line.id,
                floor.unwrap_or_default()
            ));
        }
        for discount in &decision.discounts {
            let amount = self.show(discount.amount_minor);
            let clamp = discount.clamp.map(|clamp| {
                let why = match clamp {
                    Clamp::Price => "the price that was left",
                    Clamp::Floor => "a floor",
                    Clamp::Budget => "the budget",
                    _ => "a limit",
                };
                format!("; reckoned as {}, cut by {why}", self.show(discount.asked_minor))
            });
            let on = self.on(decision, &discount.allocation);
            let clamp = clamp.unwrap_or_default();
            lines.push(format!("discount of {}: rounded to {amount}{clamp}; {on}", discount.policy));
            for funder in &discount.funders {
                let part = self.show(funder.amount_minor);
                lines.push(format!("  {} carries {} of it: {part}", funder.party.id, funder.rate));
            }
        }
        for share in &decision.shares {
            let (party, amount) = (&share.party.id, self.show(share.amount_minor));
            let trimmed = if share.trimmed_minor == 0 {
                String::new()
            } else {
                format!(", {} trimmed to keep a cap", self.show(share.trimmed_minor))
            };
            let on = self.on(decision, &share.allocation);
            let exact = &share.exact;
            lines.push(format!(
                "share of {party}: exactly {exact} minor units, rounded to {amount}{trimmed}; {on}"
            ));
        }
        let goods = self.show(decision.totals.goods_paid);
        lines.push(format!("guard `{}`: kept; caps are parts of {goods} goods paid", decision.guard));
        lines
    }

    fn on(&self, decision: &Decision, parts: &[Allocated]) -> String {
        let parts = parts
            .iter()
            .map(|part| format!("{} on line {}", self.show(part.amount_minor), line_id(decision, part.line)));
        let parts: Vec<String> = parts.collect();
        if parts.is_empty() { "on no line".to_owned() } else { parts.join(", ") }
    }
}
