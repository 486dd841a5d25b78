//! A comparison as one HTML page: for a merchant to read, print and send on.
//!
//! Invariant: complete in itself, without scripts and without anything from elsewhere; every amount is exact, and every
//! foreign text is escaped.

mod markup;
mod plot;

use std::cmp::Ordering;

use super::change::OrderChange;
use super::tally::{Comparison, Sides};
use super::told::clean;
use markup::{Cell, sign, table, text};
use plot::{Bar, Swing, pairs, swings};

const STYLE: &str = include_str!("style.css");

/// Parties and months that are drawn or listed; the JSON and CSV output hold all of them.
const LISTED_MAX: usize = 25;

/// What stands at the head of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// The merchant.
    pub merchant: String,
    /// The name of each program, and its digest.
    pub programs: Sides<(String, String)>,
    /// Where the events come from.
    pub events: String,
}

impl Comparison {
    /// The comparison as one HTML page.
    #[must_use]
    pub fn page(&self, heading: &Heading) -> String {
        let title = format!("{}: two programs on the same orders", heading.merchant);
        let parts = [
            self.opening(heading, &title),
            self.cards(),
            self.totals_part(),
            self.months_part(),
            self.roles_part(),
            self.parties_part(),
            self.spread_part(),
            self.orders_part("The orders that change most", &self.orders),
            self.orders_part("Orders that only the new program holds", &self.newly_held),
            self.stops_part(),
            self.fuel_part(),
        ];
        let tool = concat!("fenrun ", env!("CARGO_PKG_VERSION"));
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
             <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{}\
             <footer><p>Made by {tool}. All amounts are exact, in {}; nothing on this page was rounded for display. \
             Lengths of bars are proportional to the amounts beside them.</p></footer>\n</main>\n</body>\n</html>\n",
            text(&title),
            parts.concat(),
            self.currency.code(),
        )
    }

    fn opening(&self, heading: &Heading, title: &str) -> String {
        let counts = &self.counts;
        let Sides { old: (old, old_digest), new: (new, new_digest) } = &heading.programs;
        let program = |name: &str, program: &str, digest: &str| {
            format!(
                "<dt>{name}</dt><dd>{} <span class=\"digest\">{}</span></dd>\n",
                text(program),
                text(digest)
            )
        };
        let mut html = format!(
            "<h1>{}</h1>\n<p class=\"soft\">{} events of {}; {} orders change. Amounts in {}, after all refunds.</p>\n\
             <dl class=\"programs\">\n{}{}</dl>\n",
            text(title),
            counts.events,
            text(&heading.events),
            counts.changed,
            self.currency.code(),
            program("Old", old, old_digest),
            program("New", new, new_digest),
        );
        let remarks = self.remarks();
        if !remarks.is_empty() {
            html.push_str("<div class=\"notice\">\n");
            for (number, what) in remarks {
                html.push_str(&format!("<p>{number} {}</p>\n", text(&what)));
            }
            for because in &self.refused_told {
                html.push_str(&format!("<p class=\"why\">{}</p>\n", text(because)));
            }
            html.push_str("</div>\n");
        }
        html
    }

    fn cards(&self) -> String {
        let Sides { old, new } = &self.totals;
        let card = |name: &str, sides: Sides<i128>| {
            let by = sides.new.saturating_sub(sides.old);
            format!(
                "<div class=\"card\">{name}<b class=\"{}\">{}</b><small>{} → {}</small></div>\n",
                sign(by.cmp(&0)).trim(),
                self.grouped_signed(by),
                self.grouped(sides.old),
                self.grouped(sides.new)
            )
        };
        let held = |sides: Sides<u64>| {
            format!(
                "<div class=\"card\">Orders held<b>{} → {}</b><small>{} newly held, {} newly decided</small></div>\n",
                sides.old, sides.new, self.counts.newly_held, self.counts.newly_decided
            )
        };
        format!(
            "<div class=\"cards\">\n{}{}{}{}</div>\n",
            card("Merchant keeps", Sides { old: old.merchant_keeps(), new: new.merchant_keeps() }),
            card("Parties keep", Sides { old: old.parties_keep(), new: new.parties_keep() }),
            card("Buyers’ discounts", Sides { old: old.discounts, new: new.discounts }),
            held(Sides {
                old: old.held_violations.saturating_add(old.held_failures),
                new: new.held_violations.saturating_add(new.held_failures),
            }),
        )
    }

    fn totals_part(&self) -> String {
        let mut sums = self.sums();
        sums.retain(|(name, sides)| !name.starts_with("fund") || *sides != Sides::default());
        let bars: Vec<Bar> = sums.iter().map(|(name, sides)| self.bar(label(name), *sides)).collect();
        let rows: Vec<_> =
            sums.iter().map(|(name, sides)| self.money_row(text(label(name)), *sides)).collect();
        format!(
            "<h2>Totals</h2>\n{}{}{}",
            KEY,
            pairs("Totals under the old and the new program", &bars),
            table(&MONEY, &rows, 2)
        )
    }

    fn months_part(&self) -> String {
        if self.months.len() < 2 {
            return String::new();
        }
        let skip = self.months.len().saturating_sub(LISTED_MAX);
        let months = self.months.iter().skip(skip);
        let bars: Vec<Bar> =
            months.map(|((year, month), sides)| self.bar(&format!("{year:04}-{month:02}"), *sides)).collect();
        let left = more(skip, "earlier months");
        format!(
            "<h2>What the merchant keeps, by month of the order</h2>\n{KEY}{}{left}",
            pairs("What the merchant keeps of each month’s orders", &bars)
        )
    }

    fn roles_part(&self) -> String {
        if self.roles.is_empty() && self.policies.is_empty() {
            return String::new();
        }
        let rows: Vec<_> =
            self.roles.iter().map(|(role, sides)| self.money_row(text(role), *sides)).collect();
        let mut policies = Vec::new();
        for (policy, (off, given)) in &self.policies {
            for (what, sides) in [("discounts", off), ("shares", given)] {
                if *sides != Sides::default() {
                    policies.push(
                        self.money_row(format!("{} <span class=\"why\">{what}</span>", text(policy)), *sides),
                    );
                }
            }
        }
        format!(
            "<h2>Who keeps how much</h2>\n<h3>By role</h3>\n{}<h3>By policy</h3>\n{}",
            table(&MONEY, &rows, 0),
            table(&MONEY, &policies, 0)
        )
    }

    fn parties_part(&self) -> String {
        let parties = self.most();
        if parties.is_empty() {
            return String::new();
        }
        let listed = || parties.iter().take(LISTED_MAX);
        let swing = |(who, role, sides): &(&str, &str, Sides<i128>)| {
            let by = sides.new.saturating_sub(sides.old);
            Swing { name: cut(&format!("{who} ({role})"), 34), by, told: self.grouped_signed(by) }
        };
        let mut bars: Vec<Swing> = listed().map(swing).collect();
        bars.sort_by_key(|bar| std::cmp::Reverse(bar.by));
        let row = |(who, role, sides): &(&str, &str, Sides<i128>)| {
            self.money_row(format!("{} <span class=\"why\">{}</span>", text(who), text(role)), *sides)
        };
        let rows: Vec<_> = listed().map(row).collect();
        let gain = parties.iter().filter(|(_, _, sides)| sides.new > sides.old).count();
        format!(
            "<h2>Who gains and who loses</h2>\n<p>{gain} parties gain, {} lose; {} are as they were.</p>\n{SWING_KEY}{}{}{}",
            parties.len().saturating_sub(gain),
            usize::try_from(self.parties_all).unwrap_or(usize::MAX).saturating_sub(parties.len()),
            swings("Gains and losses of parties", &bars),
            table(&MONEY, &rows, 0),
            more(
                parties.len().saturating_sub(LISTED_MAX),
                "more parties; the JSON and CSV output list them all"
            )
        )
    }

    fn spread_part(&self) -> String {
        let buckets = self.spread.buckets();
        if buckets.is_empty() {
            return String::new();
        }
        let side = |bucket: &super::Bucket| bucket.from.cmp(&0).then(bucket.to.cmp(&0));
        let range = |bucket: &super::Bucket| match side(bucket) {
            Ordering::Equal => "no change".to_owned(),
            Ordering::Greater => format!("+{} to +{}", self.grouped(bucket.from), self.grouped(bucket.to)),
            Ordering::Less => format!("{} to {}", self.grouped(bucket.from), self.grouped(bucket.to)),
        };
        let bars: Vec<Swing> = buckets
            .iter()
            .filter(|bucket| side(bucket) != Ordering::Equal)
            .map(|bucket| {
                let orders = i128::from(bucket.orders);
                let by = if side(bucket) == Ordering::Less { orders.saturating_neg() } else { orders };
                Swing { name: range(bucket), by, told: format!("{} orders", bucket.orders) }
            })
            .collect();
        let rows: Vec<_> = buckets
            .iter()
            .map(|bucket| {
                vec![
                    Cell::Text(text(&range(bucket))),
                    Cell::Number(bucket.orders.to_string()),
                    Cell::Change(self.grouped_signed(bucket.sum), bucket.sum.cmp(&0)),
                ]
            })
            .collect();
        format!(
            "<h2>How much a single order changes</h2>\n\
             <p>Orders by how much more or less the merchant keeps of them; orders that are held on either side are not \
             counted here.</p>\n{SWING_KEY}{}{}",
            swings("Orders by the change of what the merchant keeps", &bars),
            table(&[("the merchant keeps", false), ("orders", true), ("together", true)], &rows, 0)
        )
    }

    fn orders_part(&self, heading: &str, orders: &[OrderChange]) -> String {
        if orders.is_empty() {
            return String::new();
        }
        let mut html = format!("<h2>{heading}</h2>\n");
        for order in orders {
            let kept = |kept: Option<i128>| kept.map_or("held".to_owned(), |kept| self.grouped(kept));
            let Sides { old, new } = &order.merchant_keeps;
            html.push_str(&format!(
                "<div class=\"order\"><h3>{}</h3>\n<p class=\"why\">the merchant keeps {} → {}</p>\n",
                text(&order.order),
                kept(*old),
                kept(*new)
            ));
            for (word, held) in [("old", &order.held.old), ("new", &order.held.new)] {
                if let Some(because) = held {
                    html.push_str(&format!(
                        "<p><b class=\"loss\">held under the {word} program</b>: {}</p>\n",
                        text(because)
                    ));
                }
            }
            let rows: Vec<_> = order
                .changes
                .iter()
                .map(|change| {
                    let who = match change.party.as_str() {
                        "" => "discount".to_owned(),
                        party => format!("{} <span class=\"why\">{}</span>", text(party), text(&change.role)),
                    };
                    let how = |how: &str| if how.is_empty() { "nothing".to_owned() } else { text(how) };
                    let (old, new) = (how(&change.formula.old), how(&change.formula.new));
                    let how = if old == new { old } else { format!("{old} → {new}") };
                    let amount = Sides { old: change.amount.old.into(), new: change.amount.new.into() };
                    let mut row = self.money_row(who, amount);
                    row.push(Cell::Text(format!(
                        "<p>{how}</p><p class=\"why\">{}: {}</p>",
                        text(&change.policy),
                        text(&change.reason)
                    )));
                    row
                })
                .collect();
            if !rows.is_empty() {
                let [name, old, new, difference] = MONEY;
                html.push_str(&table(&[name, old, new, difference, ("how and why", false)], &rows, 0));
            }
            html.push_str("</div>\n");
        }
        html
    }

    fn stops_part(&self) -> String {
        let mut html = String::from("<h2>Refusals, violations and failures</h2>\n");
        if self.stops.is_empty() {
            html.push_str("<p>Both programs say no to the same, as often.</p>\n");
            return html;
        }
        let rows: Vec<_> = self
            .stops
            .iter()
            .map(|(stop, sides)| {
                let by = i128::from(sides.new).saturating_sub(sides.old.into());
                vec![
                    Cell::Text(format!(
                        "{} <span class=\"why\">{}</span>",
                        stop.kind.name(),
                        text(&stop.policy)
                    )),
                    Cell::Text(text(&stop.what)),
                    Cell::Number(sides.old.to_string()),
                    Cell::Number(sides.new.to_string()),
                    Cell::Number(format!("{by:+}")),
                ]
            })
            .collect();
        html.push_str("<p>Only what differs is listed, with how many orders it happened to.</p>\n");
        html.push_str(&table(
            &[("what", false), ("why", false), ("old", true), ("new", true), ("difference", true)],
            &rows,
            0,
        ));
        html
    }

    fn fuel_part(&self) -> String {
        let rows: Vec<_> = self
            .numbers()
            .into_iter()
            .map(|(name, sides)| {
                vec![
                    Cell::Text(text(name)),
                    Cell::Number(sides.old.to_string()),
                    Cell::Number(sides.new.to_string()),
                    Cell::Number(format!("{:+}", sides.new.saturating_sub(sides.old))),
                ]
            })
            .collect();
        format!(
            "<h2>Counts and fuel</h2>\n<p>Fuel is what a policy’s code costs to run: the same on every machine.</p>\n{}",
            table(&MONEY, &rows, 0)
        )
    }

    /// An amount for the eye: exact, its thousands apart.
    fn grouped(&self, minor: i128) -> String {
        let plain = self.show(minor);
        let (sign, digits) = plain.split_at(usize::from(minor < 0));
        let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
        let mut grouped = String::from(sign);
        for (place, digit) in whole.char_indices() {
            let left = whole.len().saturating_sub(place);
            if place > 0 && left.is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        grouped + fraction
    }

    /// The same of a difference, with its sign.
    fn grouped_signed(&self, minor: i128) -> String {
        let sign = if minor > 0 { "+" } else { "" };
        format!("{sign}{}", self.grouped(minor))
    }

    fn bar(&self, name: &str, sides: Sides<i128>) -> Bar {
        let told = [sides.old, sides.new].map(|minor| self.grouped(minor));
        Bar { name: name.to_owned(), old: sides.old, new: sides.new, told }
    }

    /// A row with a name that is HTML already.
    fn money_row(&self, name: String, sides: Sides<i128>) -> Vec<Cell> {
        let by = sides.new.saturating_sub(sides.old);
        vec![
            Cell::Text(name),
            Cell::Number(self.grouped(sides.old)),
            Cell::Number(self.grouped(sides.new)),
            Cell::Change(self.grouped_signed(by), by.cmp(&0)),
        ]
    }
}

const MONEY: [(&str, bool); 4] = [("", false), ("old", true), ("new", true), ("difference", true)];

const KEY: &str = "<p class=\"key\"><span><i class=\"old\"></i>old program</span><span><i class=\"new\"></i>new program</span></p>\n";

const SWING_KEY: &str =
    "<p class=\"key\"><span><i class=\"loss\"></i>less</span><span><i class=\"gain\"></i>more</span></p>\n";

/// A sum's name for a merchant.
fn label(name: &str) -> &str {
    match name {
        "list" => "List price",
        "discounts" => "Discounts",
        "due" => "Buyers pay",
        "shares" => "Shares, when paid",
        "merchant_net" => "Merchant’s net, when paid",
        "funded" => "Funders give",
        "refunded" => "Refunded to buyers",
        "clawed_back" => "Taken back from shares",
        "funded_back" => "Funders get back",
        "bonuses" => "Bonuses at closes",
        "parties_keep" => "Parties keep",
        "merchant_keeps" => "Merchant keeps",
        other => other,
    }
}

fn more(count: usize, what: &str) -> String {
    if count == 0 { String::new() } else { format!("<p class=\"soft\">… and {count} {what}</p>\n") }
}

/// A name that has room beside a bar.
fn cut(name: &str, characters_max: usize) -> String {
    let name = clean(name);
    if name.chars().count() <= characters_max {
        return name;
    }
    name.chars().take(characters_max.saturating_sub(1)).chain(['…']).collect()
}
