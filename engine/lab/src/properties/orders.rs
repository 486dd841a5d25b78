//! Orders with their chains and histories, around the values at which a policy may change its mind.
//!
//! Invariant: every generated order is one that the engine takes: tenders come to what is due, the chain has no gap.

use std::collections::BTreeMap;

use fenrun::event::LineKind;
use fenrun_abi::code::Hook;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::edges::{Edges, well_known_roles};
use super::minor::Minor;
use super::sale::{self, Buyer, Kind, Line, Order, Party, Sale, Tender};

/// Lines of an order that is not a long one.
const LINES_FEW: usize = 6;

/// Lines of the longest order, the most that an event may have.
const LINES_MAX: usize = fenrun::event::LINES_MAX;

/// The largest price of a unit that is tried at random: ten thousand.
const PRICE_MAX: i64 = 1_000_000;

/// Uplines above the seller; one more than profile `cn` pays.
const UPLINES_MAX: usize = 3;

/// An order before it is known what its policy may be asked.
#[derive(Clone, Debug)]
struct Sketch {
    lines: Vec<Line>,
    /// So many lines in all, by repeating them.
    long: Option<usize>,
    /// What all goods are to cost, by the last line.
    sum: Option<i64>,
    chain: Vec<Party>,
    others: Vec<Party>,
    buyer: Buyer,
    source: Option<String>,
    attributes: BTreeMap<String, i64>,
    given: bool,
    card: Option<u8>,
    fees: Option<i64>,
    date: Option<(i64, i64)>,
    history: Option<Vec<i64>>,
    held: Vec<(String, i64)>,
    /// The role of a party that belongs to the merchant and takes no part in the order.
    contract: Option<String>,
    then: Vec<String>,
}

/// Sales around these values, for a policy with these hooks.
pub(super) fn sales(edges: &Edges, hooks: &[Hook]) -> BoxedStrategy<Sale> {
    let (has_discounts, has_grants) = (hooks.contains(&Hook::Discounts), hooks.contains(&Hook::Grants));
    let closes = hooks.contains(&Hook::Period);
    let lines = prop::collection::vec(line(edges), 1..=LINES_FEW);
    let long = prop_oneof![
        20 => Just(None),
        1 => (LINES_FEW..=LINES_MAX).prop_map(Some),
        2 => (LINES_FEW..=64).prop_map(Some),
    ];
    let sum = prop::option::of(select(edges.amounts.clone()));
    // Coupons are issued, not given as units.
    let assets: Vec<String> =
        edges.words.iter().filter(|word| !word.starts_with("coupon/")).cloned().collect();
    let held = prop::collection::vec((select(assets), 1_i64..=200), 0..=2);
    let kinds: Vec<String> = ["check_in".to_owned()].into_iter().chain(edges.words.clone()).collect();
    let then = prop::collection::vec(select(kinds), 0..=2);
    let goods = (lines, long, sum);
    let people = (chain(edges), others(edges), buyer(edges));
    let history = prop::option::weighted(0.2, prop::collection::vec(amount(edges), 0..=2));
    let date = prop::option::of(date(edges));
    let contracts: Vec<String> = ["licensor".to_owned()].into_iter().chain(edges.roles.clone()).collect();
    // Nothing is drawn for a policy that no close asks.
    let contract =
        if closes { prop::option::weighted(0.2, select(contracts)).boxed() } else { Just(None).boxed() };
    let rest = (
        contract,
        prop::option::of(select(edges.words.clone())),
        attributes(edges),
        prop::bool::weighted(0.3),
        prop::option::weighted(0.2, any::<u8>()),
        prop::option::weighted(0.2, 0_i64..=500),
        date,
    );
    let made = (goods, people, rest, history, held, then);
    made.prop_map(move |((lines, long, sum), (chain, others, buyer), rest, history, held, then)| {
        let (contract, source, attributes, given, card, fees, date) = rest;
        let sketch = Sketch {
            lines,
            long,
            sum,
            chain,
            others,
            buyer,
            source,
            attributes,
            // Where lines say what was paid, no discount is asked for.
            given: given && !has_discounts,
            // Tenders have to come to what is due, which discounts are to decide.
            card: card.filter(|_| !has_discounts),
            fees,
            date,
            history,
            held: if has_grants { held } else { Vec::new() },
            contract,
            then: if has_grants { then } else { Vec::new() },
        };
        sketch.sale(closes)
    })
    .boxed()
}

impl Sketch {
    fn sale(self, closes: bool) -> Sale {
        let mut lines: Vec<Line> = match self.long {
            Some(count) => self.lines.iter().cycle().take(count).cloned().collect(),
            None => self.lines,
        };
        if let Some(sum) = self.sum {
            come_to(&mut lines, sum);
        }
        for line in &mut lines {
            if !self.given {
                line.paid = None;
            }
        }
        let mut before = Vec::new();
        let told = self.history.is_some();
        if let Some(orders) = self.history {
            let members = self.chain.iter().zip(self.chain.iter().skip(1));
            before.extend(members.map(|(member, upline)| sale::bound("upline", &member.id, &upline.id)));
            for (place, (price, day)) in orders.into_iter().zip(1..).enumerate() {
                let time = format!("2026-02-{day:02}T10:00:00+08:00");
                let seller = self.chain.first().map_or("s1", |party| party.id.as_str());
                before.push(sale::earlier(&format!("E{place}"), seller, Minor(price), &time));
            }
        }
        for (place, (asset, units)) in self.held.iter().enumerate() {
            before.push(sale::held(&format!("G{place}"), "b1", asset, *units));
        }
        before.extend(self.contract.iter().map(|role| sale::contract("k1", role)));
        let seller = self.chain.first().map(|party| party.id.clone());
        let parties: Vec<Party> = self.chain.into_iter().chain(self.others).collect();
        let mut then: Vec<Value> = Vec::new();
        let noon = |place: usize| format!("2026-12-30T{:02}:00:00+08:00", place.saturating_add(10));
        for (place, kind) in self.then.into_iter().enumerate() {
            then.push(json!({
                "kind": "occasion.noted", "occasion": format!("O{place}"), "what": kind, "of": "b1", "time": noon(place),
            }));
        }
        if closes {
            then.push(json!({ "kind": "period.closed", "period": "2026-03" }));
        }
        let mut order = Order {
            time: self.date.map(|(month, day)| format!("2026-{month:02}-{day:02}T10:00:00+08:00")),
            given: self.given,
            buyer: self.buyer,
            seller: if told { seller } else { None },
            source: self.source,
            attributes: self.attributes,
            lines,
            parties: if told { None } else { Some(parties) },
            tenders: Vec::new(),
            fees: self.fees.map(Minor),
        };
        if closes {
            // The period that is closed is the order's.
            order.time = None;
        }
        if let Some(part) = self.card {
            let due = order.lines.iter().map(|line| line.paid.map_or_else(|| line.list(), |paid| paid.0));
            let due = due.fold(0, i64::saturating_add);
            let card = due.saturating_mul(i64::from(part)).checked_div(255).unwrap_or(0);
            order.tenders = vec![
                Tender { kind: "money", amount: Minor(due) },
                Tender { kind: "points", amount: Minor(card) },
            ];
        }
        Sale { configuration: serde_json::Map::new(), before, order: order.settled(), then }
    }
}

/// Makes the goods cost so much in all, by the price of the last of them.
fn come_to(lines: &mut [Line], sum: i64) {
    let goods = lines.iter().filter(|line| line.is_goods()).map(Line::list).fold(0, i64::saturating_add);
    let Some(last) = lines.iter_mut().rev().find(|line| line.is_goods()) else { return };
    let missing = sum.saturating_sub(goods.saturating_sub(last.list()));
    if missing >= 0 {
        (last.quantity, last.price) = (1, Minor(missing));
        last.paid = None;
    }
}

fn amount(edges: &Edges) -> BoxedStrategy<i64> {
    prop_oneof![3 => select(edges.amounts.clone()), 2 => 0_i64..=100, 3 => 0_i64..=PRICE_MAX].boxed()
}

fn kind() -> impl Strategy<Value = Kind> {
    let kinds = [(16, LineKind::Goods), (2, LineKind::Shipping), (1, LineKind::Fee), (1, LineKind::Deposit)];
    proptest::strategy::Union::new_weighted(kinds.map(|(weight, kind)| (weight, Just(Kind(kind)))).into())
}

fn line(edges: &Edges) -> BoxedStrategy<Line> {
    let part = |most: i64| 0_i64..=most;
    let words = || prop::option::of(select(edges.words.clone()));
    let quantity = prop_oneof![4 => 1_i64..=5, 1 => select(edges.counts.clone())];
    let money = (amount(edges), quantity, part(130), prop::option::of(part(20)));
    let more = (prop::option::weighted(0.2, part(100)), prop::option::of(part(100)), kind());
    let names = (words(), prop::option::of(select(vec!["i1", "i2"])), tags(edges));
    (money, more, names)
        .prop_map(|((price, quantity, cost, tax), (floor, paid, kind), (category, item, tags))| {
            let of = |amount: i64, percent: i64| {
                Minor(amount.saturating_mul(percent).checked_div(100).unwrap_or(0))
            };
            let quantity = quantity.clamp(1, 1_000);
            let list = price.saturating_mul(quantity);
            Line {
                id: None,
                price: Minor(price),
                quantity,
                kind,
                item: item.map(str::to_owned),
                category,
                // Always known: without a cost there is no margin, and rules of a margin have nothing to say.
                cost: Some(of(price, cost)),
                tax: tax.map(|percent| of(list, percent)),
                floor: floor.map(|percent| of(price, percent)),
                paid: paid.map(|percent| of(list, percent)),
                tags,
                attributes: BTreeMap::new(),
            }
        })
        .boxed()
}

fn tags(edges: &Edges) -> BoxedStrategy<Vec<String>> {
    let words = edges.words.clone();
    let most = words.len().min(2);
    prop_oneof![2 => Just(Vec::new()), 1 => subsequence(words, 0..=most)].boxed()
}

/// Numbers under the names that are configured, and under those of a birthday.
fn attributes(edges: &Edges) -> BoxedStrategy<BTreeMap<String, i64>> {
    let named = (select(edges.words.clone()), select(edges.counts.clone()));
    prop::collection::btree_map(named.0, named.1, 0..=2).boxed()
}

/// A seller with some uplines.
fn chain(edges: &Edges) -> BoxedStrategy<Vec<Party>> {
    let party = party(edges);
    prop::collection::vec(party, 0..=UPLINES_MAX.saturating_add(1))
        .prop_map(|parties| {
            let place = |(depth, party): (i64, Party)| Party {
                id: format!("s{}", depth.saturating_add(1)),
                role: if depth == 0 { "seller" } else { "upline" }.to_owned(),
                depth: (depth > 0).then_some(depth),
                ..party
            };
            (0..).zip(parties).map(place).collect()
        })
        .boxed()
}

/// Parties of other roles: those that are configured more often, one for each role but seldom two.
fn others(edges: &Edges) -> BoxedStrategy<Vec<Party>> {
    let outside = |role: &String| role != "seller" && role != "upline";
    let configured: Vec<String> = edges.roles.iter().filter(|role| outside(role)).cloned().collect();
    let known: Vec<String> = well_known_roles().into_iter().filter(|role| outside(role)).collect();
    let most = configured.len();
    let some = prop_oneof![1 => Just(configured.clone()), 2 => subsequence(configured, 0..=most)];
    // Now and then everybody is there, for policies that look for several at once.
    let any = prop_oneof![1 => Just(known.clone()), 3 => subsequence(known, 0..=3)];
    let twice = prop::bool::weighted(0.05);
    (some, any, twice, prop::bool::weighted(0.1), prop::collection::vec(party(edges), 24))
        .prop_map(|(mut roles, any, twice, buys, parties)| {
            roles.extend(any);
            roles.sort();
            roles.dedup();
            if twice {
                roles.extend(roles.first().cloned());
            }
            let place = |(place, (role, party)): (usize, (String, Party))| Party {
                // Seldom the buyer is one of them.
                id: if buys && place == 0 {
                    "b1".to_owned()
                } else {
                    format!("p{}", place.saturating_add(1))
                },
                role,
                ..party
            };
            roles.into_iter().zip(parties).enumerate().map(place).collect()
        })
        .boxed()
}

fn party(edges: &Edges) -> BoxedStrategy<Party> {
    let volume = prop::option::of(amount(edges));
    let tier = prop::option::weighted(0.2, select(edges.words.clone()));
    (volume, tier, tags(edges), prop::bool::weighted(0.1))
        .prop_map(|(volume, tier, tags, barred)| Party {
            volume: volume.map(Minor),
            tier,
            tags,
            barred,
            ..Party::default()
        })
        .boxed()
}

fn buyer(edges: &Edges) -> BoxedStrategy<Buyer> {
    let count = || prop::option::of(select(edges.counts.clone()));
    let birthday = prop::option::of((1_i64..=12, 1_i64..=28));
    (count(), count(), tags(edges), attributes(edges), birthday)
        .prop_map(|(number, days, tags, mut attributes, birthday)| {
            if let Some((month, day)) = birthday {
                attributes.insert("birth_month".to_owned(), month);
                attributes.insert("birth_day".to_owned(), day);
            }
            let number = number.map(|number| number.clamp(1, 1_000_000));
            Buyer { order_number: number, days_since_last_order: days, tags, attributes }
        })
        .boxed()
}

/// A day of the year, often one that is configured. February's last days are left to March.
fn date(edges: &Edges) -> BoxedStrategy<(i64, i64)> {
    let any = (3_i64..=12, 1_i64..=28);
    let fits = |date: &(i64, i64)| (3..=12).contains(&date.0) && (1..=30).contains(&date.1);
    let known: Vec<_> = edges.dates.iter().copied().filter(fits).collect();
    if known.is_empty() { any.boxed() } else { prop_oneof![1 => select(known), 1 => any].boxed() }
}
