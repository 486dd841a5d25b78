//! Money for bringing somebody in is stopped by the profile `cn`, with the reason; points for it are allowed, and capped.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

use std::path::Path;

use fenrun::{
    Decision, Engine, EngineOptions, Outcome, Program,
    event::{Event, Expectations, Line, Order, Party, RelationBound},
    granting::Holdings,
    history::NoHistory,
    program::{ModuleSource, PolicySource, ProgramFile},
};
use fenrun_cli::modules::PolicyModules;
use fenrun_money::Currency;

fn load(engine: &Engine, guard: &str, policy: &str) -> Program {
    let text = format!(
        "merchant = 'club'\ncurrency = 'CNY'\ntime_zone = 'Asia/Shanghai'\nguard = '{guard}'\n\n\
         [[policy]]\nname = 'members'\n{policy}\n"
    );
    let stock = PolicyModules::new(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    let modules = |source: &PolicySource| match source {
        PolicySource::Stock(_) => stock.module(source),
        _ => Ok(wat::parse_str(include_str!("../policies/pay-per-head.wat")).unwrap()),
    };
    engine.load(ProgramFile::parse(&text, "club.toml").unwrap().into_definition(), &modules).unwrap()
}

fn per_head(guard: &str, from_fee: bool, line: Line) -> Outcome {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let policy = format!("use = './pay-per-head.wasm'\nconfiguration = {{ from_fee = {from_fee} }}");
    let order = Order::new("A1", "s1", "2026-03-01T10:00:00+08:00".parse().unwrap(), Currency::CNY);
    let order = order.line(line).party(Party::seller("s1")).party(Party::upline("s2", 1));
    let event = Event::order_paid(order, &Expectations::new(Currency::CNY)).unwrap();
    engine.decide(&load(&engine, guard, &policy), &event, &NoHistory)
}

fn stopped(outcome: Outcome) -> String {
    match outcome {
        Outcome::Held(held) => held.cause.to_string(),
        other => panic!("expected a hold, found {other:?}"),
    }
}

fn decided(outcome: Outcome) -> Box<Decision> {
    match outcome {
        Outcome::Decided(decision) => decision,
        other => panic!("expected a decision, found {other:?}"),
    }
}

#[test]
fn a_head_has_no_price() {
    assert_eq!(
        stopped(per_head("cn", false, Line::fee("1", 9_900))),
        "share_of_nothing: policy `members`: a fixed share of 50.00 of no line",
    );
    let sample = stopped(per_head("cn", false, Line::goods("1", "free sample", 1, 0)));
    assert_eq!(
        sample.split("; ").next().unwrap(),
        "pay_for_recruiting: policy `members`: `s2` would get 50.00 for an order without paid goods, profile `cn` pays \
         nothing for recruiting",
    );
}

#[test]
fn an_entry_fee_feeds_nobody() {
    assert_eq!(
        stopped(per_head("cn", true, Line::fee("1", 9_900))),
        "pay_from_fees: policy `members`: a share of line `1`, which is a fee: fees and deposits are not a base for shares",
    );
}

#[test]
fn a_sale_pays_under_an_open_profile() {
    let decision = decided(per_head("open", false, Line::goods("1", "tea", 1, 9_900)));
    assert_eq!(decision.shares_of("s2").map(|share| share.amount_minor).collect::<Vec<_>>(), [5_000]);
}

/// An inviter who holds so many units already.
struct Holds(i64);

impl Holdings for Holds {
    fn held(&self, party: &str, asset: &str) -> i64 {
        if (party, asset) == ("s2", "invite-points") { self.0 } else { 0 }
    }

    fn earned(&self, _party: &str, _asset: &str) -> i64 {
        0
    }
}

#[test]
fn points_for_bringing_somebody_in_are_allowed_and_capped() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let invite = "configuration = { invite = { units = 10, most = 25, days = 30 } }";
    let program = load(&engine, "cn", &format!("use = 'check-in'\n{invite}"));
    let time = "2026-03-01T10:00:00+08:00".parse().unwrap();
    let bound = RelationBound::new("upline", "s1", "s2", time, &Expectations::new(Currency::CNY)).unwrap();
    let event = Event::RelationBound(bound);
    for (held, units) in [(0, Some(10)), (15, Some(10)), (16, Some(9)), (25, None)] {
        let granted = engine.grants(&program, &event, None, &Holds(held), &NoHistory).unwrap();
        let of_inviter = granted.grants.iter().find(|grant| grant.to.id() == "s2");
        assert_eq!(of_inviter.map(|grant| grant.units), units, "after {held}");
        assert_eq!(granted.grants[0].asset, "coupon/WELCOME");
    }
}
