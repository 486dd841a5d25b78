//! A month of orders and its close, with the stock policy as it is built: what the orders gave and what the close adds
//! come to what the rule says of the whole month, to the cent.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

use std::path::Path;

use fenrun::{
    Engine, EngineOptions, Outcome, PeriodFacts, Program,
    event::{Event, Expectations, Line, Order, Party},
    history::{Learned, MemoryHistory, VolumeWindow},
    program::ProgramFile,
};
use fenrun_abi::code::Hook;
use fenrun_cli::modules::PolicyModules;
use fenrun_money::Currency;

fn program(engine: &Engine, mode: &str) -> Program {
    let text = format!(
        r#"
merchant  = "close"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name = "distribution"
use  = "three-level"

[[policy]]
name = "monthly"
use  = "volume-tiers"
[policy.configuration]
mode  = "{mode}"
tiers = [{{ from = "0", rate = "10%" }}, {{ from = "50", rate = "15%" }}, {{ from = "100", rate = "20%" }}]
"#
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let definition = ProgramFile::parse(&text, "close.toml").unwrap().into_definition();
    engine.load(definition, &PolicyModules::new(&root)).unwrap()
}

/// The facts of a month in which `s1` sold these orders, as a ledger would have them.
fn month(engine: &Engine, program: &Program, orders: &[i64]) -> PeriodFacts {
    let (start, end) = ("2026-02-28T16:00:00Z".parse().unwrap(), "2026-03-31T16:00:00Z".parse().unwrap());
    let mut history = MemoryHistory::new();
    let mut facts = PeriodFacts::new(VolumeWindow::Month, start, end, Party::seller("s1"));
    for (place, price) in orders.iter().enumerate() {
        let time = format!("2026-03-{:02}T10:00:00+08:00", place + 1).parse().unwrap();
        let order = Order::new(format!("A{place}"), "b1", time, Currency::CNY)
            .line(Line::goods("1", "SKU", 1, *price))
            .seller("s1");
        let event = Event::order_paid(order, &Expectations::new(Currency::CNY)).unwrap();
        let Outcome::Decided(decision) = engine.decide(program, &event, &history) else {
            panic!("not decided")
        };
        facts.volume_minor += decision.totals.goods_paid;
        facts.orders += 1;
        for share in decision.shares_of("s1") {
            facts.accrued_minor += share.amount_minor;
            *facts.accrued_by_policy_minor.entry(share.policy.clone()).or_default() += share.amount_minor;
        }
        let learned = Learned { goods_paid_minor: decision.totals.goods_paid, quote: None };
        history.learn(&event, &learned).unwrap();
    }
    facts
}

#[test]
fn the_close_trues_the_month_up() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let whole = program(&engine, "whole");
    // The README's table, and a month whose orders each lose a part of a cent.
    for (orders, given, added) in [
        (&[2_500][..], 250, 0),
        (&[2_500, 5_000], 1_000, 125),
        (&[2_500, 5_000, 10_000], 3_000, 500),
        (&[999, 999, 999], 99 * 3, 2),
        (&[], 0, 0),
    ] {
        let facts = month(&engine, &whole, orders);
        assert_eq!(facts.accrued_by_policy_minor.get("monthly").copied().unwrap_or(0), given, "{orders:?}");
        let decision = engine.close_period(&whole, &facts).unwrap();
        assert_eq!(decision.bonus_minor(), added, "{orders:?}");
        assert!(decision.bonuses.iter().all(|bonus| bonus.policy == "monthly"));
        let asked: Vec<&str> = decision.policies.iter().map(|run| run.policy.as_str()).collect();
        assert_eq!(asked, ["monthly"], "three-level has no hook for it");
        assert_eq!(decision.policies[0].hook, Hook::Period);
    }
    let marginal = program(&engine, "marginal");
    // 49.99, 0.03 and 49.99 give 499.9, 0.4 and 749.9 fen, floored one by one; the month comes to 1,250.2.
    let facts = month(&engine, &marginal, &[4_999, 3, 4_999]);
    let owed = (5_000 * 10 + 5_000 * 15 + 20) / 100;
    let given = facts.accrued_by_policy_minor["monthly"];
    assert_eq!((facts.volume_minor, given, owed), (10_001, 499 + 749, 1_250));
    let decision = engine.close_period(&marginal, &facts).unwrap();
    assert_eq!(decision.bonus_minor(), owed - given);
    // Closed again with what the close gave: nothing more is owed.
    let mut again = facts;
    again.accrued_by_policy_minor.insert("monthly".into(), owed);
    assert_eq!(engine.close_period(&marginal, &again).unwrap().bonus_minor(), 0);
}

#[test]
fn a_close_costs_what_it_did() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    for (mode, expected) in [("whole", 362_u64), ("marginal", 495)] {
        let program = program(&engine, mode);
        let facts = month(&engine, &program, &[2_500, 5_000, 10_000]);
        let fuel = engine.close_period(&program, &facts).unwrap().policies[0].fuel;
        assert!(fuel.abs_diff(expected) * 50 <= expected, "{mode}: {fuel}, expected {expected}");
    }
}
