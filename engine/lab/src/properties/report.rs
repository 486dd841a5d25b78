//! What was found out about policies, for people and for programs.
//!
//! Invariant: only tells; clear without colour; what is sent to programs says no less than what is shown to people.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Checked, Counterexample, HookFuel, Property};
use crate::given::compact;

/// Columns of a property's name.
const NAME_COLUMNS: usize = 18;

/// Characters of an order that are shown; the case file has all of it.
const ORDER_SHOWN_MAX: usize = 400;

/// What became of one policy, with the files its counter-examples were written to.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// What it is called where it was found.
    pub policy: &'a str,
    /// What was found out.
    pub checked: &'a Checked,
    /// The file of each counter-example, in their order; `None` where none was written.
    pub cases: &'a [Option<String>],
}

impl Told<'_> {
    /// For a person at a terminal.
    #[must_use]
    pub fn human(&self) -> String {
        let Checked { name, version, runs, configurations: (taken, refused), .. } = self.checked;
        let more = if *refused == 0 { String::new() } else { format!(", {refused} more refused") };
        let effects = self.checked.with_effects;
        let mut text = format!(
            "{name} {version}: {runs} runs under {taken} configurations{more}; {effects} asked for something\n"
        );
        for property in &self.checked.properties {
            let found = self.found(*property);
            let mark = if found.is_some() { '✗' } else { '✓' };
            let _ = writeln!(text, "  {mark} {:NAME_COLUMNS$}{}", property.name(), property.about());
            if let Some((counterexample, case)) = found {
                text += &shown(counterexample, case);
            }
        }
        for fuel in &self.checked.fuel {
            text += &cost(fuel, self.checked.fuel_limit);
        }
        let Checked { stopped, impossible, .. } = self.checked;
        if *stopped > 0 {
            let _ = writeln!(
                text,
                "  note: in {stopped} runs the guard stopped what was configured to come to more than a cap"
            );
        }
        if effects == 0 {
            text +=
                "  note: nothing was ever asked for: no generated order is one that the policy is about\n";
        }
        if *impossible > 0 {
            let because = self.checked.impossible_because.as_deref().unwrap_or_default();
            let _ = writeln!(
                text,
                "  note: {impossible} generated sales cannot have happened, such as: {because}"
            );
        }
        text
    }

    /// For a program: one JSON object.
    #[must_use]
    pub fn json(&self, seed: u64) -> Value {
        let checked = self.checked;
        let properties = checked.properties.iter().map(|property| {
            let found = self.found(*property);
            let mut told =
                json!({ "property": property.name(), "about": property.about(), "holds": found.is_none() });
            if let (Some((counterexample, case)), Value::Object(told)) = (found, &mut told) {
                told.insert("counterexample".into(), example(counterexample, case));
            }
            told
        });
        let properties: Vec<Value> = properties.collect();
        let (taken, refused) = checked.configurations;
        json!({
            "policy": self.policy, "name": checked.name, "version": checked.version, "seed": seed,
            "runs": checked.runs, "with_effects": checked.with_effects, "refused": checked.refused,
            "stopped": checked.stopped, "impossible": checked.impossible,
            "impossible_because": checked.impossible_because,
            "configurations": { "taken": taken, "refused": refused },
            "holds": checked.holds(), "properties": properties, "fuel_limit": checked.fuel_limit,
            "fuel": checked.fuel.iter().map(fuel).collect::<Vec<_>>(),
        })
    }

    fn found(&self, property: Property) -> Option<(&Counterexample, Option<&str>)> {
        let place = self.checked.found.iter().position(|found| found.property == property)?;
        let case = self.cases.get(place).and_then(Option::as_deref);
        self.checked.found.get(place).map(|found| (found, case))
    }
}

fn shown(found: &Counterexample, case: Option<&str>) -> String {
    let order = compact(&found.order.to_string());
    let short: String = order.chars().take(ORDER_SHOWN_MAX).collect();
    let rest = if short.len() < order.len() { " …" } else { "" };
    let mut text = format!("      {}\n      the smallest order: {short}{rest}\n", found.told);
    let configuration = found.configuration.to_string();
    if configuration != "{}" {
        let _ = writeln!(text, "      configured: {}", compact(&configuration));
    }
    if let Some(case) = case {
        let _ = writeln!(text, "      case: {case}");
    }
    if !found.fails {
        text += "      the case alone does not show it\n";
    }
    text
}

fn cost(fuel: &HookFuel, limit: u64) -> String {
    let HookFuel { hook, largest, largest_lines, largest_parties, envelope, above, checked, .. } = fuel;
    let mut text = format!(
        "  fuel of {}: at most {largest}, for {largest_lines} lines and {largest_parties} parties; fuel ≤ {} + {} × lines + {} × parties",
        hook.name(),
        envelope.base,
        envelope.line,
        envelope.party
    );
    let _ = match above {
        0 => writeln!(text, ", which holds for {checked} others"),
        _ => writeln!(
            text,
            "\n  note: this does not hold: of {checked} others {above} took more, by up to {}",
            fuel.above_max
        ),
    };
    if let Some(lines) = fuel.lines_at_limit {
        let _ = writeln!(
            text,
            "  warning: from {lines} lines on, {} may pass its limit of {limit} fuel; an order may have {} lines",
            hook.name(),
            fenrun::event::LINES_MAX
        );
    }
    text
}

fn example(found: &Counterexample, case: Option<&str>) -> Value {
    json!({
        "told": found.told, "it": found.it, "run": found.run, "configuration": found.configuration,
        "order": found.order, "case": case, "fails": found.fails,
    })
}

fn fuel(fuel: &HookFuel) -> Value {
    json!({
        "hook": fuel.hook.name(), "largest": fuel.largest, "largest_lines": fuel.largest_lines,
        "largest_parties": fuel.largest_parties,
        "envelope": { "base": fuel.envelope.base, "line": fuel.envelope.line, "party": fuel.envelope.party },
        "fitted": fuel.fitted, "checked": fuel.checked, "above": fuel.above, "above_max": fuel.above_max,
        "lines_at_limit": fuel.lines_at_limit,
    })
}
