//! A comparison as CSV: one table for all of it, so that a spreadsheet can filter it.
//!
//! Invariant: RFC 4180; amounts as exact decimals; a foreign text is never taken for a formula by a spreadsheet.

use super::tally::{Comparison, Sides};

/// The heading.
const COLUMNS: &str = "section,name,role,policy,old,new,difference,because\r\n";

impl Comparison {
    /// The comparison for a spreadsheet: a row for each sum, count, role, policy, month, party, and change of an order.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut text = COLUMNS.to_owned();
        let mut row = |cells: [&str; 8]| {
            let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
            text.push_str(&cells.join(","));
            text.push_str("\r\n");
        };
        let counts = &self.counts;
        row(["currency", self.currency.code(), "", "", "", "", "", ""]);
        for (name, number) in [
            ("read", counts.events),
            ("orders_changed", counts.changed),
            ("newly_held", counts.newly_held),
            ("newly_decided", counts.newly_decided),
        ] {
            row(["events", name, "", "", "", &number.to_string(), "", ""]);
        }
        for (number, what) in self.remarks() {
            row(["events", "", "", "", "", &number.to_string(), "", &what]);
        }
        let money = |sides: Sides<i128>| self.cells(sides);
        for (name, sides) in self.sums() {
            let [old, new, difference] = money(sides);
            row(["total", name, "", "", &old, &new, &difference, ""]);
        }
        for (name, sides) in self.numbers() {
            let [old, new, difference] = whole(sides);
            row(["count", name, "", "", &old, &new, &difference, ""]);
        }
        for (role, sides) in &self.roles {
            let [old, new, difference] = money(*sides);
            row(["role", "", role, "", &old, &new, &difference, ""]);
        }
        for (policy, (off, given)) in &self.policies {
            for (name, sides) in [("discounts", off), ("shares", given)] {
                let [old, new, difference] = money(*sides);
                row(["policy", name, "", policy, &old, &new, &difference, ""]);
            }
        }
        for ((year, month), sides) in &self.months {
            let [old, new, difference] = money(*sides);
            row(["month", &format!("{year:04}-{month:02}"), "", "", &old, &new, &difference, ""]);
        }
        for (party, role, sides) in self.most() {
            let [old, new, difference] = money(sides);
            row(["party", party, role, "", &old, &new, &difference, ""]);
        }
        for (stop, sides) in &self.stops {
            let [old, new, difference] = whole(Sides { old: sides.old.into(), new: sides.new.into() });
            row([stop.kind.name(), "", "", &stop.policy, &old, &new, &difference, &stop.what]);
        }
        for (section, orders) in [("order", &self.orders), ("newly_held", &self.newly_held)] {
            for order in orders {
                let held = [("held before", &order.held.old), ("held", &order.held.new)];
                for (name, because) in held {
                    if let Some(because) = because {
                        row([section, &order.order, name, "", "", "", "", because]);
                    }
                }
                for change in &order.changes {
                    let amount = Sides { old: change.amount.old.into(), new: change.amount.new.into() };
                    let [old, new, difference] = money(amount);
                    let who = match change.party.as_str() {
                        "" => "discount".to_owned(),
                        party => format!("{party} ({})", change.role),
                    };
                    row([
                        section,
                        &order.order,
                        &who,
                        &change.policy,
                        &old,
                        &new,
                        &difference,
                        &change.reason,
                    ]);
                }
            }
        }
        text
    }

    fn cells(&self, sides: Sides<i128>) -> [String; 3] {
        let difference = sides.new.saturating_sub(sides.old);
        [sides.old, sides.new, difference].map(|minor| self.show(minor))
    }
}

fn whole(sides: Sides<i128>) -> [String; 3] {
    [sides.old, sides.new, sides.new.saturating_sub(sides.old)].map(|number| number.to_string())
}

/// A cell, in quotes where it needs them. A text that a spreadsheet would run as a formula gets an apostrophe before it;
/// a number keeps its sign.
fn quoted(cell: &str) -> String {
    let is_number =
        cell.trim_start_matches('-').chars().all(|character| character.is_ascii_digit() || character == '.');
    let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number;
    let cell = if risky { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_cell_is_text_or_a_number_and_never_a_formula() {
        for (cell, expected) in [
            ("-1.20", "-1.20"),
            ("=1+1", "'=1+1"),
            ("-cmd|'/c calc'!A1", "'-cmd|'/c calc'!A1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("", ""),
        ] {
            assert_eq!(quoted(cell), expected);
        }
    }
}
