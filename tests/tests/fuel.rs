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
    Engine, EngineOptions, Outcome,
    event::{Event, Expectations, Line, Order, Party, Pricing},
    history::NoHistory,
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
        ("guide-lifetime", 355),
        ("nth-order-discount", 199),
        ("second-half-price", 6_156),
        ("three-level", 417),
        ("volume-tiers", 596),
    ]);
    let outside =
        expected.iter().filter(|(policy, expected)| found[**policy].abs_diff(**expected) * 50 > **expected);
    let outside: Vec<_> = outside.map(|(policy, expected)| (*policy, *expected, found[*policy])).collect();
    assert!(outside.is_empty(), "policy, expected, found: {outside:?}");
    // The bar: three levels and the first order on ten lines, together.
    assert!(found["three-level"] + found["nth-order-discount"] <= 1_000, "{found:?}");
}
