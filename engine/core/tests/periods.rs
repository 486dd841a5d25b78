//! The close of a period: bonuses of its bases, true-ups, tiers, and what the guard forbids.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

mod support;

use fenrun::{
    PeriodDecision, PeriodFacts, Undecided, event::Party, history::VolumeWindow, periods::BonusTerm,
};
use fenrun_abi::code::PeriodBase;
use fenrun_money::Rate;
use proptest::prelude::*;
use support::{Bench, module, order, policy};

const NONE: i32 = -3;
const VOLUME: i32 = PeriodBase::Volume.id();

/// March in Shanghai: 5,000.00 sold in 4 orders, 480.00 accrued, 450.00 of it by the first policy.
fn march() -> PeriodFacts {
    let (start, end) = ("2026-02-28T16:00:00Z".parse().unwrap(), "2026-03-31T16:00:00Z".parse().unwrap());
    let party = Party::seller("s1").tier("silver");
    PeriodFacts {
        volume_minor: 500_000,
        orders: 4,
        accrued_minor: 48_000,
        accrued_by_policy_minor: [("p0".to_owned(), 45_000)].into(),
        direct_volume_minor: 70_000,
        group_volume_minor: 900_001,
        rank: 2,
        tied: 2,
        ranked: 31,
        total_volume_minor: 12_345_678,
        newly_bound: 3,
        ..PeriodFacts::new(VolumeWindow::Month, start, end, party)
    }
}

fn closed(bench: &Bench, facts: &PeriodFacts) -> PeriodDecision {
    bench.engine().close_period(&bench.load().unwrap(), facts).unwrap()
}

fn held(bench: &Bench, facts: &PeriodFacts) -> String {
    match bench.engine().close_period(&bench.load().unwrap(), facts) {
        Err(Undecided::Held(cause)) => cause.to_string(),
        other => panic!("expected a hold, found {other:?}"),
    }
}

fn rate(lines: i32, base: i32, numerator: i64, denominator: i64) -> String {
    format!(
        "(call $rate (i32.const 0) (i32.const {lines}) (i32.const {base}) (i64.const {numerator}) (i64.const {denominator}))"
    )
}

/// One bonus of several instructions on `$effect`.
fn bonus(parts: &str) -> Vec<u8> {
    policy(
        "period",
        &format!("(local.set $effect (call $share (i32.const 0))) {parts} (call $why (local.get $effect))"),
    )
}

fn term(base: PeriodBase, numerator: i64, denominator: i64) -> String {
    format!(
        "(call $share_term (local.get $effect) (i32.const -3) (i32.const {}) (i64.const {numerator}) (i64.const {denominator}))",
        base.id()
    )
}

fn band(base: PeriodBase, from: i64, to: i64, percent: i64) -> String {
    format!(
        "(call $share_band (local.get $effect) (i32.const -3) (i32.const {}) (i64.const {from}) (i64.const {to}) (i64.const {percent}) (i64.const 100))",
        base.id()
    )
}

fn limit(which: i32, amount: i64) -> String {
    format!("(call $share_limit (local.get $effect) (i32.const {which}) (i64.const {amount}))")
}

fn amount(module: Vec<u8>) -> i64 {
    closed(&Bench::new("cn").policy(module), &march()).bonus_minor()
}

#[test]
fn every_base_to_the_cent() {
    for (base, percent_of) in [
        (PeriodBase::Volume, 500_000),
        (PeriodBase::DirectVolume, 70_000),
        (PeriodBase::GroupVolume, 900_001),
        (PeriodBase::TotalVolume, 12_345_678),
        (PeriodBase::Accrued, 48_000),
        (PeriodBase::AccruedHere, 45_000),
    ] {
        assert_eq!(amount(bonus(&term(base, 3, 100))), percent_of * 3 / 100, "{}", base.name());
        assert_eq!(amount(bonus(&term(base, 1, 7))), percent_of / 7, "{}", base.name());
    }
}

#[test]
fn a_true_up_pays_what_the_orders_did_not() {
    // 12 % of 5,000.00, less 450.00 that this policy gave.
    let whole = [term(PeriodBase::Volume, 12, 100), term(PeriodBase::AccruedHere, -1, 1)].concat();
    assert_eq!(amount(bonus(&whole)), 15_000);
    // Marginal: 10 % to 4,000.00, 12 % above: 400.00 + 120.00, less 450.00.
    let marginal = [
        band(PeriodBase::Volume, 0, 400_000, 10),
        band(PeriodBase::Volume, 400_000, i64::MAX, 12),
        term(PeriodBase::AccruedHere, -1, 1),
    ];
    assert_eq!(amount(bonus(&marginal.concat())), 7_000);
    // Nothing is taken back.
    let less = [term(PeriodBase::Volume, 5, 100), term(PeriodBase::AccruedHere, -1, 1)].concat();
    assert_eq!(amount(bonus(&less)), 0);
    // A second policy has given nothing.
    let bench = Bench::new("cn").policy(policy("shares", "")).policy(bonus(&whole));
    assert_eq!(closed(&bench, &march()).bonus_minor(), 60_000);
    // A part of it may be taken off; the sum is exact and floored once.
    let third = [term(PeriodBase::Volume, 1, 3), term(PeriodBase::AccruedHere, -1, 7)].concat();
    assert_eq!(amount(bonus(&third)), (500_000 * 7 - 45_000 * 3) / 21);
}

#[test]
fn limits_fixed_amounts_and_the_trace() {
    let fixed = "(call $share_fixed (local.get $effect) (i32.const -3) (i64.const 8800))";
    assert_eq!(amount(bonus(fixed)), 8_800);
    assert_eq!(amount(bonus(&[fixed, &limit(1, 5_000)].concat())), 5_000);
    assert_eq!(amount(bonus(&[fixed, &limit(0, 9_000)].concat())), 9_000);

    let parts = [band(PeriodBase::Volume, 100_000, 400_000, 2), term(PeriodBase::Accrued, -1, 8)].concat();
    let bench = Bench::new("cn").policy(bonus(&[&*parts, fixed, &limit(1, 100_000)].concat()));
    let decision = closed(&bench, &march());
    let only = &decision.bonuses[0];
    assert_eq!((only.amount_minor, only.maximum_minor), (8_800, Some(100_000)));
    assert_eq!(
        only.terms[1],
        BonusTerm::Rate {
            base: PeriodBase::Accrued,
            base_minor: 48_000,
            band: None,
            counted_minor: 48_000,
            rate: Rate::new(1, 8).unwrap(),
            less: true,
        },
    );
    let json: serde_json::Value = serde_json::from_str(&decision.to_json()).unwrap();
    assert_eq!(
        json["bonuses"],
        serde_json::json!([{
            "policy": "p0",
            "terms": [
                {"base": "volume", "of": "5000.00", "band": ["1000.00", "4000.00"], "counted": "3000.00", "rate": "2%"},
                {"base": "accrued", "of": "480.00", "counted": "480.00", "rate": "12.5%", "less": true},
                {"fixed": "88.00"},
            ],
            "maximum": "1000.00", "exact_minor": "8800", "amount": "88.00", "reason": "because of the test",
        }])
    );
    assert_eq!(
        (&json["window"], &json["start"], &json["total"], &json["outcome"]),
        (&"month".into(), &"2026-02-28T16:00:00Z".into(), &"88.00".into(), &"closed".into())
    );
    assert_eq!(json["party"], serde_json::json!({"id": "s1", "role": "seller", "depth": 0}));
    assert_eq!(json["policies"][0]["hook"], "period");
}

/// Asks for a fixed bonus of `read`, so that what a policy reads can be told.
fn told(read: &str) -> Vec<u8> {
    bonus(&format!("(call $share_fixed (local.get $effect) (i32.const -3) {read})"))
}

#[test]
fn what_a_policy_sees() {
    let field = |id: i32| format!("(call $period (i32.const {id}))");
    for (id, expected) in [
        (0, 1),
        (1, 1_772_294_400),
        (2, 1_774_972_800),
        (3, 2026),
        (4, 3),
        (5, 1),
        (6, 500_000),
        (7, 4),
        (8, 48_000),
        (9, 45_000),
        (10, 70_000),
        (11, 900_001),
        (12, 2),
        (13, 31),
        (14, 12_345_678),
        (15, 3),
        (16, 2),
    ] {
        assert_eq!(amount(told(&field(id))), expected, "period field {id}");
    }
    for (read, expected) in [
        ("(call $order (i32.const 0))", 0),
        ("(call $order (i32.const 1))", 1),
        ("(call $order (i32.const 22))", 2),
        ("(call $order (i32.const 23))", 0),
        ("(call $party (i32.const 0) (i32.const 1))", 1),
        ("(call $party (i32.const 0) (i32.const 2))", 0),
        ("(call $party (i32.const 0) (i32.const 4))", 500_000),
        ("(call $party (i32.const 0) (i32.const 6))", 1),
        // There is no order: its moment, its amounts and its buyer are absent, which no amount is.
        ("(i64.extend_i32_u (i64.eq (call $order (i32.const 4)) (i64.const -9223372036854775808)))", 1),
        ("(i64.extend_i32_u (i64.eq (call $order (i32.const 10)) (i64.const -9223372036854775808)))", 1),
    ] {
        assert_eq!(amount(told(read)), expected, "{read}");
    }
    let decision = closed(&Bench::new("cn").policy(told(&field(12))), &march());
    assert_eq!(decision.policies[0].reads.names().collect::<Vec<_>>(), ["period.rank"]);
    let unranked = PeriodFacts { rank: 0, ..march() };
    let absent = "(i64.extend_i32_u (i64.eq (call $period (i32.const 12)) (i64.const -9223372036854775808)))";
    assert_eq!(closed(&Bench::new("cn").policy(told(absent)), &unranked).bonus_minor(), 1);
}

#[test]
fn a_policy_without_the_hook_is_not_asked() {
    let bench = Bench::new("cn").policy(policy("shares", &rate(-1, 1, 1, 10)));
    let decision = closed(&bench, &march());
    assert!(decision.policies.is_empty() && decision.bonuses.is_empty() && decision.tier.is_none());
    // And the other way round.
    let bench = Bench::new("cn").policy(bonus(&term(PeriodBase::Volume, 1, 10)));
    assert!(bench.decided(order(&[10_000])).shares.is_empty());
}

/// Registers two words at 64 and 65, and does something in a hook.
fn with_words(hook: &str, first: &str, second: &str, body: &str) -> Vec<u8> {
    let more = format!(
        r#"(data (i32.const 64) "{first}") (data (i32.const 96) "{second}")
        (func (export "configure") (result i32)
          (drop (call $symbol (i32.const 64) (i32.const {})))
          (drop (call $symbol (i32.const 96) (i32.const {})))
          (i32.const 0))"#,
        first.len(),
        second.len()
    );
    module(hook, &format!("{body}\n(i32.const 0)"), &more)
}

fn tier(symbol: i32) -> Vec<u8> {
    let body = format!("(call $why (call $tier (i32.const 0) (i32.const {symbol})))");
    with_words("period", "gold", "platinum", &body)
}

#[test]
fn a_tier_is_reached() {
    let decision = closed(&Bench::new("cn").policy(tier(64)).policy(tier(64)), &march());
    let change = decision.tier.unwrap();
    assert_eq!((&*change.tier, &*change.policy, &*change.party.id), ("gold", "p0", "s1"));
    assert_eq!(change.reason, "because of the test");
    // A tier is no money: who may not be paid may have one.
    let barred = PeriodFacts { party: Party::seller("s1").eligible(false), ..march() };
    assert_eq!(closed(&Bench::new("cn").policy(tier(65)), &barred).tier.unwrap().tier, "platinum");
    assert_eq!(
        held(&Bench::new("cn").policy(tier(64)).policy(tier(65)), &march()),
        "two_tiers: policy `p1`: `s1` would get the tier `platinum`, policy `p0` gives `gold`"
    );
    assert_eq!(
        held(&Bench::new("cn").policy(tier(66)), &march()),
        "policy `p0` failed: `66` is not the number of a known symbol"
    );
    let nameless = "(call $why (call $tier (i32.const 0) (i32.const 65)))";
    assert_eq!(
        held(&Bench::new("cn").policy(with_words("period", "gold", " ", nameless)), &march()),
        "no_name: policy `p0`: a change to a tier without a name"
    );
    let silent = with_words("period", "gold", "", "(call $end (call $tier (i32.const 0) (i32.const 64)))");
    assert_eq!(
        held(&Bench::new("cn").policy(silent), &march()),
        "no_reason: policy `p0`: a change of tier says no reason"
    );
}

#[test]
fn what_a_bonus_may_not_be() {
    for (module, expected) in [
        (
            policy("period", &rate(-1, VOLUME, 1, 10)),
            "unknown_lines: policy `p0`: a bonus names lines, a period has none",
        ),
        (
            policy("period", &rate(NONE, 1, 1, 10)),
            "unknown_base: policy `p0`: a bonus of the base 1, which a period does not have",
        ),
        (
            policy("period", &rate(NONE, VOLUME, 101, 100)),
            "rate_above_100: policy `p0`: a bonus of 101%, at most 100% is allowed",
        ),
        (
            policy("period", &rate(NONE, VOLUME, -3, 2)),
            "rate_above_100: policy `p0`: a bonus of 150%, at most 100% is allowed",
        ),
        (
            policy("period", &rate(NONE, VOLUME, 1, 0)),
            "malformed_ratio: policy `p0`: a bonus of 1/0: a rate cannot be divided by zero",
        ),
        (
            policy("period", &rate(NONE, VOLUME, i64::MIN, 1)),
            "malformed_ratio: policy `p0`: a bonus of -9223372036854775808/1: the number is too large",
        ),
        (
            bonus("(call $share_fixed (local.get $effect) (i32.const -3) (i64.const -1))"),
            "negative_amount: policy `p0`: a fixed bonus of -0.01, at least 0 is allowed",
        ),
        (
            bonus(&[term(PeriodBase::Volume, 1, 10), limit(0, 200), limit(1, 100)].concat()),
            "limits_crossed: policy `p0`: a minimum of 2.00 above a maximum of 1.00",
        ),
        (
            bonus(&[term(PeriodBase::Volume, 1, 10), limit(1, -1)].concat()),
            "negative_amount: policy `p0`: a maximum of -0.01, at least 0 is allowed",
        ),
        (bonus(&band(PeriodBase::Volume, 5, 4, 1)), "malformed_band: policy `p0`: a band from 0.05 to 0.04"),
        (bonus(""), "empty_share: policy `p0`: a bonus has no term"),
        (
            policy(
                "period",
                &format!(
                    "(local.set $effect (call $share (i32.const 0))) {} (call $end (local.get $effect))",
                    term(PeriodBase::Volume, 1, 10)
                ),
            ),
            "no_reason: policy `p0`: a bonus says no reason",
        ),
        (
            bonus(&format!(
                "{} (call $share_funder (local.get $effect) (i32.const 0) (i64.const 1) (i64.const 2))",
                term(PeriodBase::Volume, 1, 10)
            )),
            "bonus_funded: policy `p0`: a bonus names who funds it, which only a share of an order may",
        ),
        (
            policy("period", "(drop (call $share (i32.const 0)))"),
            "effect_not_ended: policy `p0`: effect 0 was begun and never ended, expected exactly once; \
             hint: return every effect that is built",
        ),
        (
            policy("period", "(call $percent (i32.const -1) (i64.const 1) (i64.const 10))"),
            "wrong_hook: policy `p0`: a discount was asked for in the hook `period`",
        ),
        (
            with_words(
                "period",
                "stars",
                "",
                "(call $why (call $grant (i32.const 0) (i32.const 64) (i64.const 1) (i32.const -1)))",
            ),
            "wrong_hook: policy `p0`: a grant was asked for in the hook `period`",
        ),
        (
            policy("period", "(drop (call $share (i32.const 1)))"),
            "policy `p0` failed: there is no party `1`, of 1",
        ),
        (
            policy("period", "(drop (call $period (i32.const 17)))"),
            "policy `p0` failed: `17` is not the number of a known period field",
        ),
        (
            policy("period", "(drop (call $event (i32.const 0)))"),
            "policy `p0` failed: `event` may be called only in `grants`",
        ),
        (
            policy("period", "(drop (call $holding (i32.const 0) (i32.const 1) (i32.const 0)))"),
            "policy `p0` failed: `holding` may be called only in `grants`",
        ),
        (
            policy("period", "unreachable"),
            "policy `p0` failed: it stopped itself (`unreachable`); \
                                           hint: a panic or an overflow in the policy",
        ),
    ] {
        assert_eq!(held(&Bench::new("cn").policy(module), &march()), expected);
    }
    let outside = policy("shares", "(drop (call $period (i32.const 6)))");
    assert_eq!(
        Bench::new("cn").policy(outside).held(order(&[10_000])).to_string(),
        "policy `p0` failed: `period` may be called only in `period`"
    );
    let no_lines = policy("shares", &rate(NONE, 1, 1, 10));
    assert_eq!(
        Bench::new("cn").policy(no_lines).held(order(&[10_000])).to_string(),
        "unknown_lines: policy `p0`: an effect names no lines, the order has 1 lines"
    );
    let no_order = policy("shares", &rate(-1, VOLUME, 1, 10));
    assert_eq!(
        Bench::new("cn").policy(no_order).held(order(&[10_000])).to_string(),
        "unknown_base: policy `p0`: a share of the base 16, which does not exist"
    );
}

#[test]
fn who_may_not_be_paid() {
    let some = || bonus(&term(PeriodBase::TotalVolume, 1, 10_000));
    let barred = PeriodFacts { party: Party::seller("s1").eligible(false), ..march() };
    assert_eq!(
        held(&Bench::new("open").policy(some()), &barred),
        "not_eligible: policy `p0`: `s1` may not be paid: the party is not eligible"
    );
    // Bringing people in is no sale.
    let party = Party::seller("s1");
    let nothing = PeriodFacts {
        newly_bound: 9,
        total_volume_minor: 12_345_678,
        ..PeriodFacts::new(VolumeWindow::Month, march().start, march().end, party)
    };
    assert_eq!(
        held(&Bench::new("cn").policy(some()), &nothing),
        "pay_for_recruiting: policy `p0`: `s1` would get 12.34 for a period without sales, \
         profile `cn` pays nothing for recruiting"
    );
    assert_eq!(closed(&Bench::new("open").policy(some()), &nothing).bonus_minor(), 1_234);
    // A contract is no recruiting, but of somebody who promotes it could be: whom the merchant names does not promote.
    let named = PeriodFacts { by_contract: true, ..nothing.clone() };
    assert_eq!(
        held(&Bench::new("cn").policy(some()), &named),
        "pay_for_recruiting: policy `p0`: `s1` would get 12.34 for a period without sales, \
         profile `cn` pays nothing for recruiting"
    );
    let licensor = PeriodFacts { party: Party::new("l1", "licensor"), ..named };
    assert_eq!(closed(&Bench::new("cn").policy(some()), &licensor).bonus_minor(), 1_234);
    let unnamed = PeriodFacts { by_contract: false, ..licensor };
    assert_eq!(
        held(&Bench::new("cn").policy(some()), &unnamed),
        "pay_for_recruiting: policy `p0`: `l1` would get 12.34 for a period without sales, \
         profile `cn` pays nothing for recruiting"
    );
}

#[test]
fn a_refusal_is_no_failure() {
    let no = module(
        "period",
        "(local.set $effect (call $share (i32.const 0)))
         (call $refuse (i32.const 0) (i32.const 19)) (i32.const 1)",
        "",
    );
    let bench = Bench::new("cn").policy(no).policy(bonus(&term(PeriodBase::Volume, 1, 100)));
    let decision = closed(&bench, &march());
    assert_eq!((decision.bonus_minor(), decision.policies.len()), (5_000, 2));
    let json: serde_json::Value = serde_json::from_str(&decision.to_json()).unwrap();
    assert_eq!(json["policies"][0]["because"], "because of the test");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A marginal true-up after any orders pays exactly the floored whole, less what the orders gave, and is never negative.
    #[test]
    fn orders_and_close_come_to_the_whole(volumes in proptest::collection::vec(1_i64..2_000_000, 1..9)) {
        let total: i64 = volumes.iter().sum();
        let owed = |volume: i64| volume.min(500_000) * 10 / 100 + (volume - 500_000).max(0) * 12 / 100;
        let exact = (total.min(500_000) * 10 + (total - 500_000).max(0) * 12) / 100;
        let (mut before, mut given) = (0, 0);
        for volume in &volumes {
            given += owed(before + volume) - owed(before);
            before += volume;
        }
        let parts = [
            band(PeriodBase::Volume, 0, 500_000, 10),
            band(PeriodBase::Volume, 500_000, i64::MAX, 12),
            term(PeriodBase::AccruedHere, -1, 1),
        ];
        let facts = PeriodFacts {
            volume_minor: total,
            accrued_by_policy_minor: [("p0".to_owned(), given)].into(),
            ..march()
        };
        let decision = closed(&Bench::new("cn").policy(bonus(&parts.concat())), &facts);
        prop_assert_eq!(decision.bonus_minor(), (exact - given).max(0));
    }
}

#[test]
fn amounts_that_do_not_fit_are_a_violation() {
    let parts = [term(PeriodBase::Volume, 1, 1), term(PeriodBase::GroupVolume, 1, 1)].concat();
    let huge = PeriodFacts { volume_minor: i64::MAX, group_volume_minor: i64::MAX, ..march() };
    assert_eq!(
        held(&Bench::new("open").policy(bonus(&parts)), &huge),
        "overflow: policy `p0`: the amounts of a bonus do not fit"
    );
    // Nor do parts whose denominators have nothing in common: no exact sum holds all three.
    let denominators = [2_305_843_009_213_693_951, 2_305_843_009_213_693_921, 2_305_843_009_213_693_907];
    let parts: String = denominators.map(|each| term(PeriodBase::Volume, 1, each)).concat();
    assert_eq!(
        held(&Bench::new("open").policy(bonus(&parts)), &march()),
        "overflow: policy `p0`: the amounts of a bonus do not fit"
    );
    // A negative volume, as after refunds of an earlier period, counts as nothing.
    let negative = PeriodFacts { volume_minor: -5, ..march() };
    assert_eq!(
        closed(&Bench::new("open").policy(bonus(&term(PeriodBase::Volume, 1, 1))), &negative).bonus_minor(),
        0
    );
}

#[test]
fn the_order_of_the_program_is_the_order_of_the_bonuses() {
    let bench = Bench::new("cn").policy(bonus(&term(PeriodBase::Volume, 1, 100))).policy(bonus(&term(
        PeriodBase::Volume,
        2,
        100,
    )));
    let decision = closed(&bench, &march());
    let amounts: Vec<(&str, i64)> =
        decision.bonuses.iter().map(|bonus| (bonus.policy.as_str(), bonus.amount_minor)).collect();
    assert_eq!(amounts, [("p0", 5_000), ("p1", 10_000)]);
}
