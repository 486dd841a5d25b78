//! An explanation in lines for a person.
//!
//! Invariant: the same figures as the JSON, from the same values.

use super::Explanation;
use super::wire::{Asked, Check, Decided, Discount, Line, Part, Share, Term};

impl Explanation {
    /// The explanation, line by line, without what was given and what came of it.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        if let Some(decided) = &self.decided {
            lines.extend(decided.lines.iter().map(line));
            lines.extend(decided.discounts.iter().flat_map(discount));
            lines.extend(decided.shares.iter().flat_map(share));
            lines.extend(guard(decided));
        }
        lines.extend(self.policies.iter().flat_map(asked));
        lines
    }

    /// Where it stands and what it is about, for a heading.
    #[must_use]
    pub fn heading(&self) -> String {
        let place = match (&self.place.file, self.place.line) {
            (Some(file), Some(line)) => format!("{file}:{line}: "),
            (None, Some(line)) => format!("line {line}: "),
            _ => String::new(),
        };
        let at = self.place.at.as_deref().map(|at| format!("{at} ")).unwrap_or_default();
        format!("{place}{at}{} {}", self.outcome, self.fact).trim_end().to_owned()
    }

    /// Why it was not decided, and what moved.
    #[must_use]
    pub fn consequences(&self) -> Vec<String> {
        let because = self.because.iter().map(|because| format!("because {because}"));
        let note = self.note.iter().map(|note| format!("note: {note}"));
        let grants = self.grants.iter().map(|grant| {
            let days = grant.expires_days.map(|days| format!(", for {days} days")).unwrap_or_default();
            let (units, asset, to, policy) = (grant.units, &grant.asset, &grant.to, &grant.policy);
            format!("grant {units} {asset} to {to} by {policy}{days} · {}", grant.reason)
        });
        let moved = self.moved.iter().map(|moved| {
            let sign = if moved.amount.starts_with('-') { "" } else { "+" };
            format!("moved {sign}{} {} ({})", moved.amount, moved.account, moved.by)
        });
        because.chain(note).chain(grants).chain(moved).collect()
    }
}

fn line(line: &Line) -> String {
    let Line { id, kind, quantity, unit_price, list, discount, due, paid, .. } = line;
    let mut told = format!(
        "line {id} ({kind}): {quantity} × {unit_price} = list {list} - discount {discount} = due {due}, {paid} counts as paid"
    );
    if let Some(floor) = &line.floor {
        told = format!("{told}, floor {floor}");
    }
    if line.ex_tax != line.paid {
        told = format!("{told}, less tax {} is {}", line.tax_in_paid, line.ex_tax);
    }
    if let (Some(cost), Some(margin)) = (&line.cost, &line.margin) {
        told = format!("{told}, less cost {cost} is a margin of {margin}");
    }
    if line.net != line.paid {
        told = format!("{told}, net of fees {}", line.net);
    }
    told
}

fn discount(discount: &Discount) -> Vec<String> {
    let Discount { policy, of, asked, amount, .. } = discount;
    let units = discount.units.map(|units| format!(" on {units} units")).unwrap_or_default();
    let how = match (&discount.percent, &discount.off, &discount.unit_price) {
        (Some(percent), ..) => {
            let exact = discount.exact_minor.as_deref().unwrap_or_default();
            format!("{percent} × {of}{units} = {exact} minor units, half up {asked}")
        }
        (_, Some(off), _) => format!("{off} off {of}"),
        (_, _, Some(price)) => format!("each at {price}{units} instead of {of}: {asked}"),
        _ => format!("off {of}"),
    };
    let clamp = discount.clamped_by.map(|by| format!(", cut by {by} to {amount}")).unwrap_or_default();
    let on = discount.on.iter().filter(|on| discount.on.len() == 1 || !is_zero(&on.amount));
    let on: Vec<String> = on
        .map(|on| format!("{} on line {} (of {} left, room {})", on.amount, on.line, on.left, on.room))
        .collect();
    let head = format!("discount {amount} by {policy}: {how}{clamp}; {}", on.join(", "));
    let funders = discount.funders.iter().map(|funder| {
        format!("  {} carries {} of it, floored line by line: {}", funder.party, funder.rate, funder.amount)
    });
    std::iter::once(head).chain(funders).collect()
}

fn share(share: &Share) -> Vec<String> {
    let Share { party, role, policy, exact_minor, rounded, .. } = share;
    let terms: Vec<String> = share.terms.iter().map(term).collect();
    let mut told = format!("share of {party} ({role}) by {policy}: {}", terms.join(" + "));
    if share.terms.len() > 1 {
        told = format!("{told} = {}", share.sum_minor);
    }
    let limits = [("at least", &share.minimum), ("at most", &share.maximum)];
    for (word, limit) in limits {
        if let Some(limit) = limit {
            told = format!("{told}, {word} {limit}");
        }
    }
    if *exact_minor != share.sum_minor {
        told = format!("{told}: {exact_minor}");
    }
    told = format!("{told} minor units, {} {rounded}", share.rounding.by.replace('_', " "));
    if share.rounding.with.len() > 1 {
        told = format!("{told} together with {} others", share.rounding.with.len().saturating_sub(1));
    }
    if let Some(trimmed) = &share.trimmed {
        told = format!("{told}, less {trimmed} to keep a cap or a budget: {}", share.amount);
    }
    let head = format!("{told}; {}", on(&share.allocation));
    let funders = share.funders.iter().map(|funder| {
        format!("  {} carries {} of it, floored: {}", funder.party, funder.rate, funder.amount)
    });
    std::iter::once(head).chain(funders).collect()
}

fn term(term: &Term) -> String {
    match term {
        Term::Rate { base, on, of, band, counted, rate, product_minor } => {
            let of = match band {
                Some((from, to)) => {
                    let to = to.as_deref().unwrap_or("any amount");
                    format!("{counted} of {of} {base} between {from} and {to}")
                }
                None => format!("{counted} {base}"),
            };
            let lines: Vec<&str> = on.iter().map(|part| part.line.as_str()).collect();
            format!("{rate} × {of} (line {}) = {product_minor}", lines.join(", "))
        }
        Term::Fixed { fixed, .. } => format!("{fixed} fixed"),
    }
}

fn guard(decided: &Decided) -> Vec<String> {
    let checks = decided.guard_checks.iter().filter(|check| check.bound.is_some());
    let told = checks.map(|check| {
        let Check { rule, found, .. } = check;
        let line = check.line.as_deref().map(|line| format!(" of line {line}")).unwrap_or_default();
        let bound = check.bound.as_deref().unwrap_or_default();
        let word = match check.must_be {
            "equal" => "=",
            "at_least" => "≥",
            _ => "≤",
        };
        let of = match (&check.rate, &check.of) {
            (Some(rate), Some(of)) => format!(" ({rate} of {of})"),
            _ => String::new(),
        };
        let mark = if check.holds { "✓" } else { "✗" };
        format!("  {mark} {rule}{line}: {found} {word} {bound}{of}")
    });
    std::iter::once(format!("guard `{}`:", decided.guard)).chain(told).collect()
}

fn asked(run: &Asked) -> Vec<String> {
    let because =
        if run.because.is_empty() { String::new() } else { format!(": {}", run.because.join("; ")) };
    let version = if run.stands_in { " in its last good version" } else { "" };
    let head = format!(
        "asked `{}`{version} for {}: {}{because}, {} fuel",
        run.policy, run.hook, run.answer, run.fuel
    );
    let read = run.read.iter().map(|(name, value)| format!("  read {name} = {}", fact(value)));
    let notes = run.notes.iter().map(|note| format!("  note: {note}"));
    std::iter::once(head).chain(read).chain(notes).collect()
}

fn fact(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "absent".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Object(each) => {
            let each: Vec<String> = each.iter().map(|(of, value)| format!("{of}: {}", fact(value))).collect();
            each.join(", ")
        }
        other => other.to_string(),
    }
}

fn on(parts: &[Part]) -> String {
    let parts: Vec<String> =
        parts.iter().map(|part| format!("{} on line {}", part.amount, part.line)).collect();
    if parts.is_empty() { "on no line".to_owned() } else { parts.join(", ") }
}

fn is_zero(amount: &str) -> bool {
    amount.chars().all(|character| matches!(character, '0' | '.'))
}
