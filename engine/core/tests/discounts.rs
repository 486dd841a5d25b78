//! Discounts decided by the engine: published cases by id, clamps, floors, funders, and how policies combine.

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
    Outcome,
    decision::{Clamp, PolicyAnswer},
    event::{Line, Order, Party},
    profile::{GuardProfile, LineFloors},
    program::{Combine, OnFailure},
};
use support::{Bench, line_discounts, module, order, policy};

fn percent(numerator: i64, denominator: i64) -> Vec<u8> {
    policy(
        "discounts",
        &format!("(call $percent (i32.const -1) (i64.const {numerator}) (i64.const {denominator}))"),
    )
}

fn off(amount: i64) -> Vec<u8> {
    policy("discounts", &format!("(call $off (i32.const -1) (i64.const {amount}))"))
}

/// One published case: policies in order, unit prices, what comes off each line.
struct Case {
    id: &'static str,
    policies: Vec<Vec<u8>>,
    prices: &'static [i64],
    expected: &'static [i64],
}

#[test]
fn published_cases() {
    let line_percent = |line: i32, numerator: i64| {
        policy(
            "discounts",
            &format!("(call $percent (i32.const {line}) (i64.const {numerator}) (i64.const 100))"),
        )
    };
    let cases = [
        Case { id: "D01", policies: vec![percent(20, 100)], prices: &[5_000], expected: &[1_000] },
        Case { id: "D07", policies: vec![off(20_000)], prices: &[10_000], expected: &[10_000] },
        Case {
            id: "D09",
            policies: vec![off(300)],
            prices: &[4_300, 1_400, 2_300],
            expected: &[161, 53, 86],
        },
        Case {
            id: "D15",
            policies: vec![off(1_000)],
            prices: &[10_000, 10_000, 10_000],
            expected: &[334, 333, 333],
        },
        Case { id: "D19", policies: vec![off(1_000)], prices: &[5_000, 1_000], expected: &[833, 167] },
        Case {
            id: "D27",
            policies: vec![percent(10, 100), percent(10, 100)],
            prices: &[5_000, 15_000],
            expected: &[500 + 450, 1_500 + 1_350],
        },
        Case { id: "D35", policies: vec![percent(15, 100)], prices: &[6_000, 5_000], expected: &[900, 750] },
        Case {
            id: "D37",
            policies: vec![policy(
                "discounts",
                "(call $percent (call $group (i32.const -1) (i32.const 0) (i64.const 3)) (i64.const 15) (i64.const 100))",
            )],
            prices: &[6_000, 5_000, 4_000],
            expected: &[900, 750, 0],
        },
        Case {
            id: "D45",
            policies: vec![percent(1, 1)],
            prices: &[276_271, 276_271, 254_237, 254_237],
            expected: &[276_271, 276_271, 254_237, 254_237],
        },
        Case { id: "B17", policies: vec![off(1_500)], prices: &[5_000, 0, 3_333], expected: &[900, 0, 600] },
        Case {
            id: "B20",
            policies: vec![off(1_000)],
            prices: &[1_000, 1_000, 1_000],
            expected: &[334, 333, 333],
        },
        Case { id: "half up, once", policies: vec![percent(1, 2)], prices: &[1], expected: &[1] },
        Case {
            id: "not once a line",
            policies: vec![percent(1, 2)],
            prices: &[1, 1, 1],
            expected: &[1, 1, 0],
        },
        Case {
            id: "one line",
            policies: vec![line_percent(1, 50)],
            prices: &[100, 999],
            expected: &[0, 500],
        },
    ];
    for case in cases {
        let bench = case.policies.into_iter().fold(Bench::new("open"), Bench::policy);
        let decision = bench.decided(order(case.prices));
        assert_eq!(line_discounts(&decision), case.expected, "{}", case.id);
        assert_eq!(decision.totals.discounts, case.expected.iter().sum::<i64>(), "{}", case.id);
        assert!(decision.totals.balance(), "{}", case.id);
    }
}

#[test]
fn a_discount_stops_at_the_price_and_says_so() {
    let decision = Bench::new("open").policy(off(20_000)).decided(order(&[10_000]));
    let [discount] = &decision.discounts[..] else { panic!("one discount") };
    assert_eq!((discount.asked_minor, discount.amount_minor), (20_000, 10_000));
    assert_eq!(discount.clamp, Some(Clamp::Price));
    assert_eq!(decision.totals.due, 0);
}

/// D11: −1200 over totals [1000,2000,5000,3000] with floors [0,1900,5000,2600].
fn with_floors() -> Order {
    let floors = [0, 1_900, 5_000, 2_600];
    let mut order = order(&[1_000, 2_000, 5_000, 3_000]);
    for (line, floor) in order.lines.iter_mut().zip(floors) {
        line.floor_minor = Some(floor);
    }
    order
}

#[test]
fn d11_no_line_goes_below_its_floor() {
    let decision = Bench::new("open").policy(off(1_200)).decided(with_floors());
    assert_eq!(line_discounts(&decision), [700, 100, 0, 400]);

    let decision = Bench::new("open").policy(off(9_000)).decided(with_floors());
    assert_eq!(line_discounts(&decision), [1_000, 100, 0, 400]);
    assert_eq!(decision.discounts[0].clamp, Some(Clamp::Floor));
}

#[test]
fn a_percentage_that_finds_no_room_on_one_line_is_not_taken_from_another() {
    let mut order = order(&[10_000, 10_000]);
    order.lines[0].floor_minor = Some(9_500);
    let decision = Bench::new("open").policy(percent(20, 100)).decided(order.clone());
    assert_eq!(line_discounts(&decision), [500, 2_000]);
    let [discount] = &decision.discounts[..] else { panic!("one discount") };
    assert_eq!((discount.asked_minor, discount.amount_minor), (4_000, 2_500));
    assert_eq!(discount.clamp, Some(Clamp::Floor));

    let profile = GuardProfile::named("open").unwrap().with_line_floors(LineFloors::Reject);
    let bench =
        Bench::under(profile).with(percent(20, 100), |entry| entry.with_on_failure(OnFailure::Refuse));
    assert_eq!(
        bench.held(order).to_string(),
        "line_floor: policy `p0`: a discount of 40.00 takes a line below its floor, at most 25.00 is allowed there"
    );
}

#[test]
fn what_cannot_apply_cannot_stop_the_sale() {
    let exclusive = |entry: fenrun::program::PolicyEntry| entry.with_combine(Combine::Exclusive);
    let broken = module("discounts", "unreachable", "");
    let bench = Bench::new("open")
        .with(percent(20, 100), exclusive)
        .with(broken, |entry| entry.with_on_failure(OnFailure::Refuse));
    assert_eq!(bench.decided(order(&[10_000])).totals.due, 8_000);
}

#[test]
fn a_profile_can_refuse_what_a_floor_would_clamp() {
    let profile = GuardProfile::named("open").unwrap().with_line_floors(LineFloors::Reject);
    let refuse = |bench: Bench| bench.with(off(9_000), |entry| entry.with_on_failure(OnFailure::Refuse));
    assert_eq!(
        refuse(Bench::under(profile)).held(with_floors()).to_string(),
        "line_floor: policy `p0`: a discount of 90.00 takes a line below its floor, at most 15.00 is allowed there"
    );
}

#[test]
fn d13_quantities_and_floors() {
    let mut order = order(&[]).line(Line::goods("1", "A", 2, 5_000).floor(4_500));
    order = order.line(Line::goods("2", "B", 2, 2_000)).line(Line::goods("3", "C", 1, 4_000));
    let decision = Bench::new("open").policy(off(2_700)).decided(order);
    assert_eq!(line_discounts(&decision), [1_000, 850, 850]);
}

#[test]
fn exclusive_policies_stand_alone() {
    let exclusive = |entry: fenrun::program::PolicyEntry| entry.with_combine(Combine::Exclusive);
    // D05: $10 off first, an exclusive 20 % after it: only the exclusive one applies.
    let decision =
        Bench::new("open").policy(off(1_000)).with(percent(20, 100), exclusive).decided(order(&[10_000]));
    assert_eq!(decision.totals.due, 8_000);
    let excluded = decision.policies.iter().find(|run| run.policy == "p0").unwrap();
    assert_eq!(excluded.answer, PolicyAnswer::Excluded { by: "p1".into() });
    // Two exclusive ones: the first in the program's order.
    let bench = Bench::new("open").with(off(1_000), exclusive).with(percent(20, 100), exclusive);
    assert_eq!(bench.decided(order(&[10_000])).totals.due, 9_000);
}

#[test]
fn d33_the_best_deal_wins() {
    let best = |entry: fenrun::program::PolicyEntry| entry.with_combine(Combine::BestDeal);
    let line = policy("discounts", "(call $percent (i32.const 0) (i64.const 30) (i64.const 100))");
    let bench = Bench::new("open").with(line, best).with(percent(10, 100), best);
    assert_eq!(line_discounts(&bench.decided(order(&[10_000, 10_000]))), [3_000, 0]);
    // On a cart where ten percent of everything is more, that one.
    assert_eq!(line_discounts(&bench.decided(order(&[1_000, 10_000]))), [100, 1_000]);
}

#[test]
fn units_are_priced_exactly() {
    let second_half = policy(
        "discounts",
        "(local.set $effect (call $discount (i32.const 0)))
         (call $discount_units (local.get $effect) (i64.const 1))
         (call $discount_percent (local.get $effect) (i64.const 1) (i64.const 2))
         (call $why (local.get $effect))",
    );
    let bench = Bench::new("open").policy(second_half);
    let line = |quantity, price| order(&[]).line(Line::goods("1", "SKU", quantity, price));
    assert_eq!(bench.decided(line(2, 999)).totals.discounts, 500);
    assert_eq!(bench.decided(line(3, 1_000)).totals.discounts, 500);
}

#[test]
fn a_unit_price_takes_only_what_is_above_it() {
    let price = policy(
        "discounts",
        "(local.set $effect (call $discount (i32.const -1)))
         (call $discount_price (local.get $effect) (i64.const 900))
         (call $why (local.get $effect))",
    );
    let mut order = order(&[]).line(Line::goods("1", "A", 3, 1_000));
    order = order.line(Line::goods("2", "B", 2, 800));
    assert_eq!(line_discounts(&Bench::new("open").policy(price).decided(order)), [300, 0]);
}

#[test]
fn d23_an_amount_for_each_unit_then_a_voucher() {
    let each = policy(
        "discounts",
        "(local.set $effect (call $discount (i32.const 0)))
         (call $discount_price (local.get $effect) (i64.const 1500))
         (call $why (local.get $effect))",
    );
    let mut order = order(&[]).line(Line::goods("1", "A", 2, 2_000));
    order = order.line(Line::goods("2", "B", 1, 3_500));
    let decision = Bench::new("open").policy(each).policy(percent(50, 100)).decided(order);
    // 5.00 off each of two, then half of what is left: 15.00 and 17.50 are due.
    assert_eq!(line_discounts(&decision), [1_000 + 1_500, 1_750]);
    let amounts: Vec<i64> = decision.discounts.iter().map(|discount| discount.amount_minor).collect();
    assert_eq!(amounts, [1_000, 3_250]);
}

#[test]
fn funders_carry_floored_parts_and_the_merchant_the_rest() {
    let funded = policy(
        "discounts",
        "(local.set $effect (call $discount (i32.const -1)))
         (call $discount_amount (local.get $effect) (i64.const 1001))
         (call $discount_funder (local.get $effect) (i32.const 1) (i64.const 60) (i64.const 100))
         (call $why (local.get $effect))",
    );
    let order = order(&[5_000, 5_000]).party(Party::seller("s1")).party(Party::new("big-brand", "brand"));
    let decision = Bench::new("open").policy(funded).decided(order);
    // 501 and 500: floor of 60 % on each line.
    assert_eq!(line_discounts(&decision), [501, 500]);
    assert_eq!(decision.discounts[0].funders[0].amount_minor, 300 + 300);
    assert_eq!(decision.totals.funded, 600);
}

#[test]
fn what_funders_may_not_carry() {
    let violation = |first: (i32, i64), second: (i32, i64)| {
        let funder = |(party, percent): (i32, i64)| {
            format!(
                "(call $discount_funder (local.get $effect) (i32.const {party}) (i64.const {percent}) (i64.const 100))"
            )
        };
        let body = format!(
            "(local.set $effect (call $discount (i32.const -1)))
             (call $discount_amount (local.get $effect) (i64.const 1001))
             {} {}
             (call $why (local.get $effect))",
            funder(first),
            funder(second)
        );
        let order = order(&[5_000])
            .party(Party::seller("s1"))
            .party(Party::new("big-brand", "brand"))
            .party(Party::new("mall", "platform"));
        let bench = Bench::new("open")
            .with(policy("discounts", &body), |entry| entry.with_on_failure(OnFailure::Refuse));
        match bench.decide(order) {
            Outcome::Held(held) => held.cause.to_string(),
            Outcome::Decided(decision) => decision.totals.funded.to_string(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(violation((1, 60), (2, 40)), "1000", "600 and 400: each floored by itself");
    assert_eq!(
        violation((1, 60), (2, 41)),
        "funding_above_100: policy `p0`: the funders carry more than the whole discount"
    );
    assert_eq!(
        violation((1, 30), (1, 30)),
        "funder_twice: policy `p0`: `big-brand` funds one discount twice"
    );
}

#[test]
fn a_deposit_is_the_buyers_and_is_not_discounted() {
    let order = order(&[5_000]).line(Line::deposit("2", 200));
    let one = |line: i32| {
        let body = format!("(call $percent (i32.const {line}) (i64.const 10) (i64.const 100))");
        Bench::new("open").with(policy("discounts", &body), |entry| entry.with_on_failure(OnFailure::Refuse))
    };
    assert_eq!(
        one(1).held(order.clone()).to_string(),
        "deposit_discounted: policy `p0`: line `2` is a deposit, which is the buyer's"
    );
    // All goods are discounted, and a deposit is none.
    assert_eq!(line_discounts(&one(-1).decided(order)), [500, 0]);
}

#[test]
fn a_broken_discount_never_blocks_the_sale_unless_it_should() {
    let broken = module("discounts", "unreachable", "");
    let skipped = Bench::new("open").policy(broken.clone()).policy(percent(10, 100)).decided(order(&[1_000]));
    assert_eq!(skipped.totals.discounts, 100);
    assert!(matches!(skipped.policies[0].answer, PolicyAnswer::Failed { .. }));

    let refused = Bench::new("open").with(broken, |entry| entry.with_on_failure(OnFailure::Refuse));
    assert_eq!(
        refused.held(order(&[1_000])).to_string(),
        "policy `p0` failed: it stopped itself (`unreachable`); hint: a panic or an overflow in the policy"
    );
}

#[test]
fn shipping_is_discounted_by_name_only() {
    let free = policy("discounts", "(call $percent (i32.const -2) (i64.const 1) (i64.const 1))");
    let order = order(&[5_000]).line(Line::shipping("ship", 1_200));
    assert_eq!(line_discounts(&Bench::new("open").policy(free).decided(order.clone())), [0, 1_200]);
    assert_eq!(line_discounts(&Bench::new("open").policy(percent(10, 100)).decided(order)), [500, 0]);
}
