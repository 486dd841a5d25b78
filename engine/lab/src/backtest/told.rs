//! A comparison in words and as JSON.
//!
//! Invariant: pure text; amounts as exact decimals, a difference always with its sign; foreign text cannot steer a
//! terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::change::{Change, OrderChange};
use super::earned::Stop;
use super::tally::{Comparison, Sides, Totals};

/// Parties that are told one by one: those for whom most changes.
const PARTIES_MAX: usize = 20;

/// Characters of a foreign text that are shown.
const SHOWN_MAX: usize = 256;

impl Comparison {
    /// The comparison for a person.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "{} events, {} orders change", self.counts.events, self.counts.changed);
        for (number, what) in self.remarks() {
            let _ = writeln!(text, "{number} {what}");
        }
        for because in &self.refused_told {
            let _ = writeln!(text, "  {}", clean(because));
        }
        let mut rows: Vec<[String; 4]> = vec![["", "old", "new", "difference"].map(str::to_owned)];
        rows.extend(self.sums().into_iter().map(|(name, sides)| self.row(name, sides)));
        rows.extend(self.numbers().into_iter().map(|(name, sides)| number_row(name, sides)));
        columns(&mut text, &rows);
        self.money(&mut text, "by role", self.roles.iter().map(|(role, sides)| (role.clone(), *sides)));
        let policies = self.policies.iter().flat_map(|(policy, (off, given))| {
            let rows = [(format!("{policy} (discount)"), *off), (format!("{policy} (shares)"), *given)];
            rows.into_iter().filter(|(_, sides)| *sides != Sides::default())
        });
        self.money(&mut text, "by policy", policies);
        let months = self.months.iter().filter(|_| self.months.len() > 1);
        let months = months.map(|((year, month), sides)| (format!("{year:04}-{month:02}"), *sides));
        self.money(&mut text, "kept by merchant", months);
        let parties = self.most();
        let shown = parties.iter().take(PARTIES_MAX);
        self.money(
            &mut text,
            "by party",
            shown.map(|(who, role, sides)| (format!("{who} ({role})"), *sides)),
        );
        let left = parties.len().saturating_sub(PARTIES_MAX);
        if left > 0 {
            let _ = writeln!(text, "… and {left} more");
        }
        if !self.stops.is_empty() {
            let mut rows = vec![["said no", "old", "new", "difference"].map(str::to_owned)];
            rows.extend(self.stops.iter().map(|(stop, sides)| {
                let sides = Sides { old: sides.old.into(), new: sides.new.into() };
                number_row(&stop.told(), sides)
            }));
            columns(&mut text, &rows);
        }
        self.orders_told(&mut text, "the orders that change most", &self.orders);
        self.orders_told(&mut text, "orders that only the new program holds", &self.newly_held);
        text
    }

    /// What is to be known beside the sums: how many events of which kind did not count.
    pub(super) fn remarks(&self) -> Vec<(u64, String)> {
        let counts = &self.counts;
        let listed = |kinds: &BTreeMap<&str, u64>| {
            let kinds: Vec<String> = kinds.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
            kinds.join(", ")
        };
        let left_out =
            format!("events move nothing here and were left out: {}", listed(&counts.left_out_kinds));
        let changes = format!(
            "events change later decisions in ways that only a ledger tells, and were left out: {}",
            listed(&counts.changes_left_out_kinds)
        );
        let all = [
            (counts.bad, "lines are no events".to_owned()),
            (counts.repeated, "facts were told before".to_owned()),
            (counts.retold, "facts were told before in other words; the first telling counts".to_owned()),
            (counts.left_out, left_out),
            (counts.changes_left_out, changes),
            (
                counts.without_order,
                "refunds, cancellations or disputes are about orders that were not paid".to_owned(),
            ),
            (counts.refused, "events contradict earlier ones".to_owned()),
        ];
        all.into_iter().filter(|(number, _)| *number > 0).collect()
    }

    fn money(&self, text: &mut String, heading: &str, rows: impl Iterator<Item = (String, Sides<i128>)>) {
        let mut all = vec![[heading, "old", "new", "difference"].map(str::to_owned)];
        all.extend(rows.map(|(name, sides)| self.row(&clean(&name), sides)));
        if all.len() > 1 {
            columns(text, &all);
        }
    }

    fn orders_told(&self, text: &mut String, heading: &str, orders: &[OrderChange]) {
        if orders.is_empty() {
            return;
        }
        let _ = writeln!(text, "\n{heading}");
        for order in orders {
            let _ = writeln!(text, "  {}", clean(&order.order));
            for (word, held) in [("old", &order.held.old), ("new", &order.held.new)] {
                if let Some(because) = held {
                    let _ = writeln!(text, "    {word}: held: {}", clean(because));
                }
            }
            for change in &order.changes {
                let (old, new) = (self.show(change.amount.old.into()), self.show(change.amount.new.into()));
                let (who, policy, reason) = (change.who(), clean(&change.policy), clean(&change.reason));
                let _ = writeln!(text, "    {who} {old} → {new} by {policy} · {reason}{}", change.how());
            }
        }
    }

    /// The comparison for a program: one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let counts = &self.counts;
        let sums: Map<String, Value> =
            self.sums().into_iter().map(|(name, sides)| (name.to_owned(), self.sides(sides))).collect();
        let numbers = self.numbers().into_iter().map(|(name, sides)| {
            (name.replace(' ', "_"), json!({ "old": sides.old.to_string(), "new": sides.new.to_string() }))
        });
        let parties = self.most().into_iter().map(|(party, role, sides)| {
            let mut value = self.sides(sides);
            if let Value::Object(fields) = &mut value {
                fields.insert("party".into(), party.into());
                fields.insert("role".into(), role.into());
            }
            value
        });
        let roles = self.roles.iter().map(|(role, sides)| (role.clone(), self.sides(*sides)));
        let policies = self.policies.iter().map(|(policy, (off, given))| {
            (policy.clone(), json!({ "discounts": self.sides(*off), "shares": self.sides(*given) }))
        });
        let months = self
            .months
            .iter()
            .map(|((year, month), sides)| (format!("{year:04}-{month:02}"), self.sides(*sides)));
        let spread = self.spread.buckets().into_iter().map(|bucket| {
            json!({
                "from": self.show(bucket.from), "to": self.show(bucket.to),
                "orders": bucket.orders, "sum": self.show(bucket.sum),
            })
        });
        let stops = self.stops.iter().map(|(stop, sides)| {
            json!({
                "kind": stop.kind.name(), "policy": stop.policy, "what": stop.what,
                "old": sides.old, "new": sides.new,
            })
        });
        let value = json!({
            "currency": self.currency.code(),
            "events": {
                "read": counts.events, "bad": counts.bad, "repeated": counts.repeated,
                "retold": counts.retold, "left_out": counts.left_out,
                "left_out_kinds": counts.left_out_kinds, "changes_left_out": counts.changes_left_out,
                "changes_left_out_kinds": counts.changes_left_out_kinds, "without_order": counts.without_order,
                "refused": counts.refused, "refused_because": self.refused_told,
            },
            "orders_changed": counts.changed,
            "newly_held": counts.newly_held,
            "newly_decided": counts.newly_decided,
            "totals": sums,
            "counts": numbers.collect::<Map<_, _>>(),
            "roles": roles.collect::<Map<_, _>>(),
            "policies": policies.collect::<Map<_, _>>(),
            "months": months.collect::<Map<_, _>>(),
            "parties": parties.collect::<Vec<_>>(),
            "spread": spread.collect::<Vec<_>>(),
            "said_no": stops.collect::<Vec<_>>(),
            "orders": self.orders.iter().map(|order| self.order_json(order)).collect::<Vec<_>>(),
            "orders_newly_held": self.newly_held.iter().map(|order| self.order_json(order)).collect::<Vec<_>>(),
        });
        format!("{value:#}\n")
    }

    fn order_json(&self, order: &OrderChange) -> Value {
        let changes = order.changes.iter().map(|change| {
            json!({
                "policy": change.policy,
                "party": change.party,
                "role": change.role,
                "old": self.show(change.amount.old.into()),
                "new": self.show(change.amount.new.into()),
                "how": { "old": change.formula.old, "new": change.formula.new },
                "because": change.reason,
            })
        });
        json!({
            "order": order.order,
            "merchant_keeps": {
                "old": order.merchant_keeps.old.map(|kept| self.show(kept)),
                "new": order.merchant_keeps.new.map(|kept| self.show(kept)),
            },
            "held": { "old": order.held.old, "new": order.held.new },
            "changes": changes.collect::<Vec<_>>(),
        })
    }

    /// The sums of money under both programs; what went back only where anything did.
    pub(super) fn sums(&self) -> Vec<(&'static str, Sides<i128>)> {
        let Sides { old, new } = &self.totals;
        let of = |value: fn(&Totals) -> i128| Sides { old: value(old), new: value(new) };
        let mut sums = vec![
            ("list", of(|totals| totals.list)),
            ("discounts", of(|totals| totals.discounts)),
            ("due", of(|totals| totals.due)),
            ("shares", of(|totals| totals.shares)),
            ("merchant_net", of(|totals| totals.merchant_net)),
            ("funded", of(|totals| totals.funded)),
        ];
        if old.refunded != 0 || new.refunded != 0 {
            sums.extend([
                ("refunded", of(|totals| totals.refunded)),
                ("clawed_back", of(|totals| totals.clawed_back)),
                ("funded_back", of(|totals| totals.funded_back)),
            ]);
        }
        if old.bonuses != 0 || new.bonuses != 0 {
            sums.push(("bonuses", of(|totals| totals.bonuses)));
        }
        sums.extend([
            ("parties_keep", of(Totals::parties_keep)),
            ("merchant_keeps", of(Totals::merchant_keeps)),
        ]);
        sums
    }

    pub(super) fn numbers(&self) -> [(&'static str, Sides<i128>); 6] {
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
    pub(super) fn most(&self) -> Vec<(&str, &str, Sides<i128>)> {
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
        let difference = self.signed(sides.new.saturating_sub(sides.old));
        [name.to_owned(), self.show(sides.old), self.show(sides.new), difference]
    }

    /// A difference with its sign.
    pub(super) fn signed(&self, minor: i128) -> String {
        let sign = if minor > 0 { "+" } else { "" };
        format!("{sign}{}", self.show(minor))
    }

    /// Minor units as decimal text, in 128 bits.
    pub(super) fn show(&self, minor: i128) -> String {
        let sign = if minor < 0 { "-" } else { "" };
        let exponent = usize::from(self.currency.exponent());
        let digits = format!("{:0>width$}", minor.unsigned_abs(), width = exponent.saturating_add(1));
        match digits.split_at_checked(digits.len().saturating_sub(exponent)) {
            Some((whole, fraction)) if !fraction.is_empty() => format!("{sign}{whole}.{fraction}"),
            _ => format!("{sign}{digits}"),
        }
    }
}

impl Change {
    /// Who keeps it, in words.
    pub(super) fn who(&self) -> String {
        match self.party.as_str() {
            "" => "discount".to_owned(),
            party => format!("{} ({})", clean(party), clean(&self.role)),
        }
    }

    /// How the amounts were made, where that is not the same.
    fn how(&self) -> String {
        let Sides { old, new } = &self.formula;
        let (old, new) = (clean(old), clean(new));
        match (old.as_str(), new.as_str()) {
            (one, other) if one == other => String::new(),
            (old, "") => format!(" ({old} → nothing)"),
            ("", new) => format!(" (nothing → {new})"),
            (old, new) => format!(" ({old} → {new})"),
        }
    }
}

impl Stop {
    /// What was said no to, in words.
    pub(super) fn told(&self) -> String {
        let what = clean(&self.what);
        match self.policy.as_str() {
            "" => format!("{}: {what}", self.kind.name()),
            policy => format!("{} by {}: {what}", self.kind.name(), clean(policy)),
        }
    }
}

fn number_row(name: &str, sides: Sides<i128>) -> [String; 4] {
    let difference = sides.new.saturating_sub(sides.old);
    [name.to_owned(), sides.old.to_string(), sides.new.to_string(), format!("{difference:+}")]
}

/// Foreign text as it may be shown: bounded, in one line, without controls, and nothing that turns the direction of text.
pub(super) fn clean(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars();
    for character in characters.by_ref().take(SHOWN_MAX) {
        let hidden = character.is_control()
            || matches!(
                character,
                '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
                    | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                    | '\u{e0000}'..='\u{e007f}'
            );
        if hidden {
            let _ = write!(shown, "{}", character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
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
