//! Scenarios of the books as aligned lines: what happens, what becomes of it, and what the accounts hold then.
//!
//! Invariant: every line of a scenario is checked; a line that cannot be read fails the test.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test"
)]

use std::sync::LazyLock;

use fenrun::books::{Books, Posted};
use fenrun::{Engine, EngineOptions};
use fenrun_cli::modules::PolicyModules;
use fenrun_ledger::{Account, AccountKind, Asset, Ledger, MemoryLedger};
use serde_json::{Value, json};

/// One engine for all scenarios: its modules are compiled once.
pub(crate) static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(EngineOptions::default()).unwrap());

/// Three levels, 20/5/3 % of what was paid, released seven days after completion.
pub(crate) const THREE_LEVEL: &str = r#"
merchant  = "old-cellar"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name = "levels"
use  = "three-level"
"#;

/// A scenario in progress.
pub(crate) struct Scenario {
    pub(crate) books: Books,
    pub(crate) minute: i64,
}

impl Scenario {
    pub(crate) fn new(program: &str) -> Scenario {
        Scenario::over(program, Box::new(MemoryLedger::new()))
    }

    pub(crate) fn over(program: &str, ledger: Box<dyn Ledger + Send>) -> Scenario {
        let mut books = Books::open(ENGINE.clone(), ledger).unwrap();
        books.prepare(program, "program.toml", &PolicyModules::new(".").quiet(true)).unwrap();
        Scenario { books, minute: 0 }
    }

    /// Plays a scenario line by line, each in a batch of its own.
    pub(crate) fn play(&mut self, script: &str) -> &mut Scenario {
        for (number, line) in script.lines().enumerate() {
            let line = line.split('#').next().unwrap().trim();
            if line.is_empty() {
                continue;
            }
            let at = |what: &str| format!("line {}: `{line}`: {what}", number + 1);
            match line.strip_prefix('=') {
                Some(expected) => self.check(expected.trim(), &at),
                None => {
                    let (happens, becomes) =
                        line.split_once("→").map_or((line, "created"), |(a, b)| (a, b.trim()));
                    let posted = self.tell(happens.trim());
                    let found = match &posted.because {
                        Some(because) => format!("{}: {because}", posted.code),
                        None => posted.code.to_string(),
                    };
                    assert!(found == becomes || posted.code.to_string() == becomes, "{}", at(&found));
                }
            }
        }
        self
    }

    /// Tells one event in a batch of its own.
    pub(crate) fn tell(&mut self, words: &str) -> Posted {
        let event = self.event(words);
        self.books.begin().unwrap();
        let posted =
            self.books.take_json(&event.to_string()).unwrap_or_else(|error| panic!("{words}: {error}"));
        self.books.commit().unwrap();
        posted
    }

    pub(crate) fn event(&mut self, words: &str) -> Value {
        self.minute += 1;
        event(words, self.minute)
    }

    pub(crate) fn balance(&mut self, kind: &str, owner: &str, lot: &str, asset: &str) -> i64 {
        let kind = AccountKind::named(kind).unwrap_or_else(|| panic!("no account is called `{kind}`"));
        self.books.ledger().balance(&Account::new(kind, owner, lot), &Asset::new(asset)).unwrap()
    }

    /// `held s1/A1 1.99`, `available s1 0.00`, `merchant 7.52`, `wallet b1/lot 3 stars`.
    fn check(&mut self, expected: &str, at: &dyn Fn(&str) -> String) {
        let words: Vec<&str> = expected.split_whitespace().collect();
        let (kind, account, amount, asset) = match words.as_slice() {
            [kind, amount] => (*kind, "", *amount, "CNY"),
            [kind, account, amount] => (*kind, *account, *amount, "CNY"),
            [kind, account, amount, asset] => (*kind, *account, *amount, *asset),
            _ => panic!("{}", at("it is no balance")),
        };
        let (owner, lot) = account.split_once('/').unwrap_or((account, ""));
        let found = self.balance(kind, owner, lot, asset);
        let wanted = if asset == "CNY" { minor(amount) } else { amount.parse().unwrap() };
        assert_eq!(found, wanted, "{}", at(&format!("it holds {found}")));
    }
}

fn minor(text: &str) -> i64 {
    fenrun_money::decimal::parse_minor(text, 2).unwrap()
}

/// The time of a scenario's `minute`-th event, unless its words say `at=…`.
fn time(minute: i64) -> String {
    let start: jiff::Timestamp = "2026-03-01T02:00:00Z".parse().unwrap();
    (start + jiff::SignedDuration::from_mins(minute)).to_string()
}

/// An event from a few words.
pub(crate) fn event(words: &str, minute: i64) -> Value {
    let mut plain = Vec::new();
    let mut named = serde_json::Map::new();
    let mut lines = Vec::new();
    for word in words.split_whitespace() {
        match word.split_once('=') {
            // `1=9.99`, `1=2x9.99`, `1=9.99@tea` (its category), `1=2*` (units back), `ship=5.00` (shipping)
            Some((id, what)) if id.chars().all(|c| c.is_ascii_digit()) || id == "ship" => {
                lines.push((id, what))
            }
            Some((key, value)) => {
                named.insert(key.to_owned(), value.into());
            }
            None => plain.push(word),
        }
    }
    let at = named.remove("at").and_then(|at| at.as_str().map(str::to_owned)).unwrap_or_else(|| time(minute));
    let cart = || -> Vec<Value> {
        let line = |(id, what): &(&str, &str)| {
            let (what, category) = what.split_once('@').map_or((*what, None), |(what, of)| (what, Some(of)));
            let (quantity, price) = what.split_once('x').unwrap_or(("1", what));
            let kind = if *id == "ship" { "shipping" } else { "goods" };
            json!({"id": id, "kind": kind, "quantity": quantity.parse::<u32>().unwrap(), "price": price,
                "category": category})
        };
        lines.iter().map(line).collect()
    };
    let back = || -> Vec<Value> {
        let line = |(id, what): &(&str, &str)| match what.strip_suffix('*') {
            Some(units) => json!({"id": id, "quantity": units.parse::<u32>().unwrap()}),
            None => json!({"id": id, "amount": what}),
        };
        lines.iter().map(line).collect()
    };
    let mut event = match plain.as_slice() {
        ["bound", relation, member, to] => {
            json!({"kind": "relation.bound", "relation": relation, "member": member, "to": to})
        }
        ["unbound", relation, member] => {
            json!({"kind": "relation.unbound", "relation": relation, "member": member})
        }
        ["moved", relation, from, to] => {
            json!({"kind": "relation.moved", "relation": relation, "from": from, "to": to})
        }
        ["priced", quote, buyer, seller] => json!({"kind": "order.priced", "quote": quote, "currency": "CNY",
            "buyer": {"id": buyer}, "seller": seller, "lines": cart()}),
        ["paid", order, buyer, seller] => json!({"kind": "order.paid", "order": order, "currency": "CNY",
            "buyer": {"id": buyer}, "seller": seller, "lines": cart(), "pricing": "engine"}),
        ["paid", order, buyer, seller, "by", quote] => json!({"kind": "order.paid", "order": order,
            "currency": "CNY", "buyer": {"id": buyer}, "seller": seller, "pricing": {"quote": quote}}),
        ["completed", order] => json!({"kind": "order.completed", "order": order}),
        ["cancelled", order] => json!({"kind": "order.cancelled", "order": order}),
        ["requested", refund, order] => json!({"kind": "refund.requested", "refund": refund, "order": order}),
        ["declined", refund, order] => json!({"kind": "refund.declined", "refund": refund, "order": order}),
        ["refund", refund, order] => json!({"kind": "order.refunded", "refund": refund, "order": order,
            "currency": "CNY", "lines": back()}),
        ["dispute", dispute, order] => {
            let mut opened =
                json!({"kind": "dispute.opened", "dispute": dispute, "order": order, "currency": "CNY"});
            if !lines.is_empty() {
                opened["lines"] = back().into();
            }
            opened
        }
        ["won", dispute, order] => json!({"kind": "dispute.won", "dispute": dispute, "order": order}),
        ["lost", dispute, order] => json!({"kind": "dispute.lost", "dispute": dispute, "order": order}),
        ["day", date] => json!({"kind": "day.closed", "date": date}),
        ["period", period] => json!({"kind": "period.closed", "period": period}),
        ["party", party] => json!({"kind": "party.changed", "party": party}),
        ["merged", from, into] => json!({"kind": "buyer.merged", "from": from, "into": into}),
        ["coupon", coupon] => json!({"kind": "coupon.created", "coupon": coupon}),
        ["issued", issue, coupon, to] => {
            json!({"kind": "coupon.issued", "issue": issue, "coupon": coupon, "to": to})
        }
        ["revoked", coupon] => json!({"kind": "coupon.revoked", "coupon": coupon}),
        ["grant", grant, to, units, asset] => json!({"kind": "grant.given", "grant": grant, "to": to,
            "asset": asset, "units": units.parse::<u32>().unwrap(), "reason": "a test"}),
        ["redeem", redemption, from, units, asset] => json!({"kind": "grant.redeemed",
            "redemption": redemption, "from": from, "asset": asset, "units": units.parse::<u32>().unwrap()}),
        ["occasion", occasion, of, what] => {
            json!({"kind": "occasion.noted", "occasion": occasion, "of": of, "what": what})
        }
        ["payout", payout, party] => {
            json!({"kind": "payout.requested", "payout": payout, "party": party, "currency": "CNY"})
        }
        ["succeeded", payout] => json!({"kind": "payout.succeeded", "payout": payout}),
        [told @ ("failed" | "returned" | "unknown"), payout] => {
            json!({"kind": format!("payout.{told}"), "payout": payout, "reason": "the rail says so"})
        }
        ["write_off", id, party] => json!({"kind": "receivable.written_off", "write_off": id, "party": party,
            "currency": "CNY", "reason": "gone"}),
        ["opened", party] => json!({"kind": "balance.opened", "party": party, "currency": "CNY"}),
        ["adjusted", id, from, to, amount] => {
            let side = |party: &str, amount: String| match party {
                "merchant" => json!({"amount": amount}),
                party => json!({"party": party, "amount": amount}),
            };
            json!({"kind": "adjustment.made", "adjustment": id, "currency": "CNY", "reason": "by hand",
                "moves": [side(from, format!("-{amount}")), side(to, (*amount).to_owned())]})
        }
        ["resumed", policy] => {
            json!({"kind": "policy.resumed", "policy": policy, "reason": "mended upstream"})
        }
        ["retried", fact] => json!({"kind": "event.retried", "fact": fact}),
        _ => panic!("no event is told as `{words}`"),
    };
    if !matches!(plain.first(), Some(&"day" | &"period")) {
        event["time"] = at.into();
    }
    for (key, value) in named {
        let text = value.as_str().unwrap().to_owned();
        event[&key] = match key.as_str() {
            "coupons" | "members" | "tags" => text.split(',').collect(),
            "frozen" | "eligible" | "public" => text.parse::<bool>().unwrap().into(),
            "uses_max" | "uses_per_buyer_max" | "count" => text.parse::<u32>().unwrap().into(),
            "parties" => {
                let party = |party: &str| {
                    let (role, id) = party.split_once(':').unwrap();
                    json!({"role": role, "id": id})
                };
                text.split(',').map(party).collect()
            }
            "tender" => {
                event["tenders"] = json!([{"kind": "money", "amount": text}]);
                continue;
            }
            _ => value,
        };
    }
    event
}
