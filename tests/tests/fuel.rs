//! What the stock policies cost: a tested number, in both directions, within two percent.
//!
//! Fuel is what decides how long a policy may run, and what a platform may charge for. A policy that becomes dearer is
//! noticed here; so is one that becomes cheaper, for then the bound below it is no longer one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

use std::{collections::BTreeMap, path::Path};

use fenrun::{
    Engine, EngineOptions, Outcome, PeriodFacts,
    decision::PolicyAnswer,
    event::{Buyer, Event, Expectations, Line, Order, Party, Pricing},
    granting::{NoHoldings, Occasion},
    history::{NoHistory, VolumeWindow},
    program::ProgramFile,
};
use fenrun_cli::modules::PolicyModules;
use fenrun_money::Currency;

const PROGRAM: &str = r#"
merchant  = "fuel"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "open"

[[policy]]
name = "nth-order-discount"
use  = "nth-order-discount"

[[policy]]
name = "second-half-price"
use  = "second-half-price"

[[policy]]
name = "three-level"
use  = "three-level"

[[policy]]
name = "guide-lifetime"
use  = "guide-lifetime"
[policy.configuration]
rate = "5%"

[[policy]]
name = "volume-tiers"
use  = "volume-tiers"
[policy.configuration]
mode  = "marginal"
tiers = [{ from = "0", rate = "1%" }, { from = "100", rate = "2%" }]
"#;

/// Ten lines of two units, a chain of three, a guide; the buyer's first order.
fn order() -> Event {
    let time = "2026-03-01T10:00:00+08:00".parse().unwrap();
    let cart = (0..10).fold(
        Order::new("A1", "b1", time, Currency::CNY).pricing(Pricing::Engine).seller("s1"),
        |order, line| order.line(Line::goods(format!("{line}"), format!("SKU{line}"), 2, 1_999)),
    );
    let parties =
        [Party::seller("s1"), Party::upline("s2", 1), Party::upline("s3", 2), Party::new("g1", "guide")];
    let cart = parties.into_iter().fold(cart, Order::party);
    Event::order_paid(cart, &Expectations::new(Currency::CNY)).unwrap()
}

#[test]
fn every_stock_policy_costs_what_it_did() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let definition = ProgramFile::parse(PROGRAM, "fuel.toml").unwrap().into_definition();
    let program = engine.load(definition, &PolicyModules::new(&root)).unwrap();
    let Outcome::Decided(decision) = engine.decide(&program, &order(), &NoHistory) else {
        panic!("not decided")
    };
    let found: BTreeMap<&str, u64> =
        decision.policies.iter().map(|run| (run.policy.as_str(), run.fuel)).collect();
    let expected = BTreeMap::from([
        ("guide-lifetime", 611),
        ("nth-order-discount", 199),
        ("second-half-price", 6_156),
        ("three-level", 417),
        ("volume-tiers", 852),
    ]);
    let outside =
        expected.iter().filter(|(policy, expected)| found[**policy].abs_diff(**expected) * 50 > **expected);
    let outside: Vec<_> = outside.map(|(policy, expected)| (*policy, *expected, found[*policy])).collect();
    assert!(outside.is_empty(), "policy, expected, found: {outside:?}");
    // The bar: three levels and the first order on ten lines, together.
    assert!(found["three-level"] + found["nth-order-discount"] <= 1_000, "{found:?}");
}

/// The same order, with everybody and everything that a stock policy looks for.
fn full_order() -> Event {
    let time = "2026-03-08T10:00:00+08:00".parse().unwrap();
    let buyer = Buyer::new("b1").attribute("birth_month", 3_i64).attribute("birth_day", 8_i64);
    let cart = (0..10).fold(
        Order::new("A1", buyer, time, Currency::CNY).pricing(Pricing::Engine).seller("s1"),
        |order, line| order.line(Line::goods(format!("{line}"), format!("SKU{line}"), 2, 1_999).cost(1_000)),
    );
    let cart = cart.source("live").attribute("group_size", 12_i64);
    let parties = [
        Party::seller("s1"),
        Party::upline("s2", 1),
        Party::upline("s3", 2),
        Party::new("acme", "brand"),
        Party::new("agent-1", "channel"),
        Party::new("b1", "consumer"),
        Party::new("d1", "designer"),
        Party::new("g1", "guide"),
        Party::new("l1", "leader"),
        Party::new("m1", "merchant"),
        Party::new("p1", "partner"),
        Party::new("r1", "referrer"),
        Party::new("shop-1", "store"),
        Party::new("town", "platform"),
        Party::new("z1", "streamer"),
    ];
    let cart = parties.into_iter().fold(cart, Order::party);
    Event::order_paid(cart, &Expectations::new(Currency::CNY)).unwrap()
}

/// All that a policy costs for one order, with its defaults: every hook that is asked about it.
fn fuel_of(engine: &Engine, policy: &str) -> u64 {
    let text = format!(
        "merchant = 'fuel'\ncurrency = 'CNY'\ntime_zone = 'Asia/Shanghai'\nguard = 'open'\n\n\
         [[policy]]\nname = 'it'\nuse = '{policy}'\n"
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let definition = ProgramFile::parse(&text, "fuel.toml").unwrap().into_definition();
    let program = engine.load(definition, &PolicyModules::new(&root)).unwrap();
    let event = full_order();
    let decision = match engine.decide(&program, &event, &NoHistory) {
        Outcome::Decided(decision) => decision,
        other => panic!("{policy}: {other:?}"),
    };
    let granted = engine.grants(&program, &event, Some(&decision), &NoHoldings, &NoHistory).unwrap();
    let checked_in = Occasion::new("check_in", "2026-03-08T10:00:00+08:00".parse().unwrap()).buyer("b1");
    let checked_in = engine.grants_for(&program, &checked_in, &NoHoldings, &NoHistory).unwrap();
    let month = PeriodFacts {
        volume_minor: 500_000,
        total_volume_minor: 900_000,
        rank: 1,
        ranked: 3,
        ..PeriodFacts::new(
            VolumeWindow::Month,
            "2026-02-28T16:00:00Z".parse().unwrap(),
            "2026-03-31T16:00:00Z".parse().unwrap(),
            Party::seller("s1"),
        )
    };
    let closed = engine.close_period(&program, &month).unwrap();
    let asked = decision.shares.len() + decision.discounts.len() + granted.grants.len();
    assert!(asked + checked_in.grants.len() + closed.bonuses.len() > 0, "{policy} asks for nothing");
    let runs = [decision.policies, granted.policies, checked_in.policies, closed.policies];
    assert!(
        runs.iter().flatten().all(|run| matches!(run.answer, PolicyAnswer::Applied { .. })),
        "{policy}: {runs:?}"
    );
    runs.iter().flatten().map(|run| run.fuel).sum()
}

#[test]
fn every_other_stock_policy_costs_what_it_did() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let expected = [
        ("alliance-coupon", 1_908),
        ("channel-split", 4_058),
        ("check-in", 487),
        ("free-item", 817),
        ("funded-discount", 2_134),
        ("funded-share", 3_497),
        ("group-buying", 2_138),
        ("live-selling", 4_597),
        ("local-life", 6_531),
        ("member-seller", 4_684),
        ("membership-stars", 1_104),
        ("occasion-coupon", 708),
        ("ranking", 2_415),
        ("rebate", 2_473),
        ("repurchase", 1_712),
        ("royalty", 1_748),
        ("share-packet", 326),
    ];
    let found = expected.map(|(policy, _)| (policy, fuel_of(&engine, policy)));
    let outside = expected
        .iter()
        .zip(found)
        .filter(|((_, expected), (_, found))| found.abs_diff(*expected) * 50 > *expected);
    let outside: Vec<_> =
        outside.map(|((policy, expected), (_, found))| (*policy, *expected, found)).collect();
    assert!(outside.is_empty(), "policy, expected, found: {outside:?}");
}
