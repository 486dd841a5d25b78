//! Rules of the guard that no policy can break, because the host's arithmetic keeps them: decisions changed by hand.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "a test stops at an overflow, which its small figures never reach"
)]

use fenrun_money::{Currency, Rate};

use super::{rules::verify, trim};
use crate::decision::{Decision, Unverified};
use crate::event::{Event, Expectations, Line, Order};
use crate::history::NoHistory;
use crate::profile::{GuardProfile, OverCap, RailProfile, RoleClass};
use crate::program::{PolicySource, ProgramFile};
use crate::{Engine, EngineOptions, Outcome};

/// 20 % of 9.99 to `s1`, whose line has a floor.
fn decision() -> Decision {
    let program = r#"
merchant  = "corner-shop"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "open"

[[policy]]
name = "seller"
use  = "seller-share"
configuration = { rate = "20%" }
"#;
    let modules =
        |_: &PolicySource| Ok(wat::parse_str(include_str!("../../examples/seller-share.wat")).unwrap());
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let definition = ProgramFile::parse(program, "corner-shop.toml").unwrap().into_definition();
    let program = engine.load(definition, &modules).unwrap();
    let order = Order::new("A1", "b1", "2026-03-01T10:00:00+08:00".parse().unwrap(), Currency::CNY)
        .line(Line::goods("1", "SKU1", 1, 9_99))
        .seller("s1");
    let event = Event::order_paid(order, &Expectations::new(Currency::CNY)).unwrap();
    let Outcome::Decided(decision) = engine.decide(&program, &event, &NoHistory) else { panic!() };
    *decision
}

fn broken(decision: Decision, profile: &GuardProfile) -> Vec<String> {
    match verify(Unverified(decision), profile, &RailProfile::default()) {
        Ok(_) => Vec::new(),
        Err(violations) => violations.iter().map(ToString::to_string).collect(),
    }
}

fn changed(change: impl FnOnce(&mut Decision)) -> Vec<String> {
    let mut decision = decision();
    change(&mut decision);
    broken(decision, &GuardProfile::named("open").unwrap())
}

#[test]
fn an_untouched_decision_is_verified() {
    assert_eq!(changed(|_| ()), [""; 0]);
}

#[test]
fn a_lost_cent_is_seen() {
    assert_eq!(
        changed(|decision| decision.totals.merchant_net -= 1),
        ["balance: list 9.99 is not discounts 0.00 + shares 1.99 + merchant 7.99"]
    );
}

#[test]
fn parts_that_are_not_the_effect_are_seen() {
    let expected = "allocation: policy `seller`: an effect of 1.99 is allocated as 1.98";
    assert_eq!(changed(|decision| decision.shares[0].allocation[0].amount_minor -= 1), [expected]);
    let negative = changed(|decision| {
        let share = &mut decision.shares[0];
        let mut part = share.allocation[0];
        part.amount_minor = -1;
        share.allocation[0].amount_minor += 1;
        share.allocation.push(part);
    });
    assert_eq!(negative, ["allocation: policy `seller`: an effect of 1.99 is allocated as 1.99"]);
}

#[test]
fn a_line_below_zero_or_below_its_floor_is_seen() {
    assert_eq!(
        changed(|decision| decision.lines[0].due_minor = -1),
        ["line_below_zero: line `1` would cost -0.01"]
    );
    let discounted = |due| {
        changed(|decision| {
            let share = decision.shares[0].clone();
            decision.discounts.push(crate::decision::Discount {
                policy: "off".into(),
                lines: crate::decision::LineRange::AllGoods,
                kind: crate::decision::DiscountKind::Amount(1_99),
                units: None,
                base_minor: 9_99,
                asked_minor: 1_99,
                amount_minor: 1_99,
                clamp: None,
                reason: "a test".into(),
                allocation: share.allocation,
                funders: Vec::new(),
                coupons: Vec::new(),
            });
            decision.lines[0].floor_minor = Some(8_00);
            decision.lines[0].due_minor = due;
        })
    };
    assert_eq!(discounted(8_00), [""; 0]);
    assert_eq!(discounted(7_99), ["line_floor: line `1` would cost 7.99, its floor is 8.00"]);
}

/// Every class has its cap, measured in whole minor units: 20 % of 9.99 is 1.998, so 1.99 is within and 2.00 is not.
#[test]
fn each_class_has_its_cap_to_the_cent() {
    let fifth = Some(Rate::percent(20));
    for (role, class, rule) in [
        ("seller", RoleClass::Promoters, "promoters_cap"),
        ("store", RoleClass::TradePartners, "trade_partners_cap"),
        ("platform", RoleClass::Platform, "platform_cap"),
    ] {
        let profile = GuardProfile::named("open").unwrap().with_cap(class, fifth).unwrap();
        let given = |more: i64| {
            let mut decision = decision();
            let share = &mut decision.shares[0];
            share.party.role = role.into();
            share.amount_minor += more;
            share.allocation[0].amount_minor += more;
            decision.totals.shares += more;
            decision.totals.merchant_net -= more;
            decision
        };
        assert_eq!(broken(given(0), &profile), [""; 0], "{role}");
        let over = broken(given(1), &profile);
        assert!(over.len() == 1 && over[0].starts_with(rule), "{role}: {over:?}");
        // Trimmed, it is within again, and the trace keeps what was taken.
        let mut unverified = Unverified(given(1));
        trim(&mut unverified, &profile.clone().with_over_cap(OverCap::Trim), &RailProfile::default());
        assert_eq!((unverified.0.shares[0].amount_minor, unverified.0.shares[0].trimmed_minor), (1_99, 1));
        assert_eq!(broken(unverified.0, &profile), [""; 0], "{role}");
    }
}
