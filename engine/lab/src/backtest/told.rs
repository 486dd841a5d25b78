//! A comparison in words and as JSON.
//!
//! Invariant: pure text; amounts as exact decimals, a difference always with its sign.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::tally::{Change, Comparison, OrderChange, Sides, Totals};

/// Parties that are told one by one: those for whom most changes.
const PARTIES_MAX: usize = 20;

impl Comparison {
    /// The comparison for a person.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        let counts = &self.counts;
        let _ = writeln!(text, "{} events, {} orders change", counts.events, counts.changed);
        for (number, what) in [
            (counts.bad, "lines are no events"),
            (counts.repeated, "facts were told before"),
            (counts.left_out, "events are for a ledger and were left out"),
            (counts.refused, "events contradict earlier ones"),
        ] {
            if number > 0 {
                let _ = writeln!(text, "{number} {what}");
            }
        }
        let mut rows: Vec<[String; 4]> = vec![["", "old", "new", "difference"].map(str::to_owned)];
        rows.extend(self.sums().map(|(name, sides)| self.row(name, sides)));
        rows.extend(self.numbers().into_iter().map(|(name, sides)| {
            let difference = sides.new.saturating_sub(sides.old);
            [name.to_owned(), sides.old.to_string(), sides.new.to_string(), format!("{difference:+}")]
        }));
        columns(&mut text, &rows);
        if !self.roles.is_empty() {
            let mut rows = vec![["by role", "old", "new", "difference"].map(str::to_owned)];
            rows.extend(self.roles.iter().map(|(role, sides)| self.row(role, *sides)));
            columns(&mut text, &rows);
        }
        let parties = self.most();
        if !parties.is_empty() {
            let mut rows = vec![["by party", "old", "new", "difference"].map(str::to_owned)];
            let shown = parties.iter().take(PARTIES_MAX);
            rows.extend(shown.map(|(who, role, sides)| self.row(&format!("{who} ({role})"), *sides)));
            columns(&mut text, &rows);
            let left = parties.len().saturating_sub(PARTIES_MAX);
            if left > 0 {
                let _ = writeln!(text, "… and {left} more");
            }
        }
        self.orders_told(&mut text, "the orders that change most", &self.orders);
        self.orders_told(&mut text, "orders that only the new program holds", &self.newly_held);
        text
    }

    fn orders_told(&self, text: &mut String, heading: &str, orders: &[OrderChange]) {
        if orders.is_empty() {
            return;
        }
        let _ = writeln!(text, "\n{heading}");
        for order in orders {
            let _ = writeln!(text, "  {}", order.order);
            for (word, held) in [("old", &order.held.old), ("new", &order.held.new)] {
                if let Some(because) = held {
                    let _ = writeln!(text, "    {word}: held: {because}");
                }
            }
            for change in &order.changes {
                let Change { policy, party, role, amount, reason } = change;
                let who = if party.is_empty() { "discount".to_owned() } else { format!("{party} ({role})") };
                let (old, new) = (self.show(amount.old.into()), self.show(amount.new.into()));
                let _ = writeln!(text, "    {who} {old} → {new} by {policy} · {reason}");
            }
        }
    }

    /// The comparison for a program: one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let counts = &self.counts;
        let sums: serde_json::Map<String, Value> =
            self.sums().map(|(name, sides)| (name.to_owned(), self.sides(sides))).collect();
        let numbers: serde_json::Map<String, Value> = self
            .numbers()
            .into_iter()
            .map(|(name, sides)| {
                (
                    name.replace(' ', "_"),
                    json!({ "old": sides.old.to_string(), "new": sides.new.to_string() }),
                )
            })
            .collect();
        let parties = self.most().into_iter().map(|(party, role, sides)| {
            let mut value = self.sides(sides);
            if let Value::Object(fields) = &mut value {
                fields.insert("party".into(), party.into());
                fields.insert("role".into(), role.into());
            }
            value
        });
        let roles = self.roles.iter().map(|(role, sides)| (role.clone(), self.sides(*sides)));
        let value = json!({
            "currency": self.currency.code(),
            "events": {
                "read": counts.events, "bad": counts.bad, "repeated": counts.repeated,
                "left_out": counts.left_out, "refused": counts.refused,
            },
            "orders_changed": counts.changed,
            "newly_held": counts.newly_held,
            "totals": sums,
            "counts": numbers,
            "roles": roles.collect::<serde_json::Map<_, _>>(),
            "parties": parties.collect::<Vec<_>>(),
            "orders": self.orders.iter().map(|order| self.order(order)).collect::<Vec<_>>(),
            "orders_newly_held": self.newly_held.iter().map(|order| self.order(order)).collect::<Vec<_>>(),
        });
        format!("{value:#}\n")
    }

    fn order(&self, order: &OrderChange) -> Value {
        let changes = order.changes.iter().map(|change| {
            json!({
                "policy": change.policy,
                "party": change.party,
                "role": change.role,
                "old": self.show(change.amount.old.into()),
                "new": self.show(change.amount.new.into()),
                "because": change.reason,
            })
        });
        json!({
            "order": order.order,
            "merchant_net": {
                "old": order.merchant_net.old.map(|net| self.show(net)),
                "new": order.merchant_net.new.map(|net| self.show(net)),
            },
            "held": { "old": order.held.old, "new": order.held.new },
            "changes": changes.collect::<Vec<_>>(),
        })
    }

    /// The sums of money under both programs.
    fn sums(&self) -> impl Iterator<Item = (&'static str, Sides<i128>)> {
        let Sides { old, new } = &self.totals;
        let of = |value: fn(&Totals) -> i128| Sides { old: value(old), new: value(new) };
        [
            ("list", of(|totals| totals.list)),
            ("discounts", of(|totals| totals.discounts)),
            ("due", of(|totals| totals.due)),
            ("shares", of(|totals| totals.shares)),
            ("merchant_net", of(|totals| totals.merchant_net)),
            ("funded", of(|totals| totals.funded)),
        ]
        .into_iter()
    }

    fn numbers(&self) -> [(&'static str, Sides<i128>); 6] {
        let Sides { old, new } = &self.totals;
        let of = |value: fn(&Totals) -> u64| Sides { old: value(old).into(), new: value(new).into() };
        let fuel = |totals: &Totals| {
            let each = totals.fuel.checked_div(totals.orders.into()).unwrap_or(0);
            i128::try_from(each).unwrap_or(i128::MAX)
        };
        [
            ("orders", of(|totals| totals.orders)),
            ("held by violation", of(|totals| totals.held_violations)),
            ("held by failure", of(|totals| totals.held_failures)),
            ("refusals", of(|totals| totals.refusals)),
            ("policies left out", of(|totals| totals.policies_left_out)),
            ("fuel each order", Sides { old: fuel(old), new: fuel(new) }),
        ]
    }

    /// The parties for whom something changes, first the one for whom most does.
    fn most(&self) -> Vec<(&str, &str, Sides<i128>)> {
        let mut parties: Vec<_> =
            self.parties.iter().map(|((who, role), sides)| (who.as_str(), role.as_str(), *sides)).collect();
        parties.sort_by_key(|(_, _, sides)| std::cmp::Reverse(sides.new.abs_diff(sides.old)));
        parties
    }

    fn sides(&self, sides: Sides<i128>) -> Value {
        let difference = sides.new.saturating_sub(sides.old);
        json!({ "old": self.show(sides.old), "new": self.show(sides.new), "difference": self.show(difference) })
    }

    fn row(&self, name: &str, sides: Sides<i128>) -> [String; 4] {
        let difference = sides.new.saturating_sub(sides.old);
        let sign = if difference > 0 { "+" } else { "" };
        let difference = format!("{sign}{}", self.show(difference));
        [name.to_owned(), self.show(sides.old), self.show(sides.new), difference]
    }

    /// Minor units as decimal text, in 128 bits.
    fn show(&self, minor: i128) -> String {
        let sign = if minor < 0 { "-" } else { "" };
        let exponent = usize::from(self.currency.exponent());
        let digits = format!("{:0>width$}", minor.unsigned_abs(), width = exponent.saturating_add(1));
        match digits.split_at_checked(digits.len().saturating_sub(exponent)) {
            Some((whole, fraction)) if !fraction.is_empty() => format!("{sign}{whole}.{fraction}"),
            _ => format!("{sign}{digits}"),
        }
    }
}

fn columns(text: &mut String, rows: &[[String; 4]]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2), width(3)];
    text.push('\n');
    for [name, old, new, difference] in rows {
        let [first, second, third, fourth] = widths;
        let line = format!("{name:first$}  {old:>second$}  {new:>third$}  {difference:>fourth$}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
}
