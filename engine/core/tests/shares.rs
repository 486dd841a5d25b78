//! Shares decided by the engine: published cases by id, limits, bands, what is left, roundings, and the guard's caps.

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
    Decision,
    event::{Line, Order, Party, Pricing, Tender, TenderKind},
    profile::{GuardProfile, OverCap, RailProfile, RoleClass},
};
use fenrun_money::{Allocation, Currency, Rate};
use proptest::prelude::*;
use support::{Bench, order, policy};

const PAID: i32 = 1;
const LEFT: i32 = 5;

fn rate(party: usize, base: i32, numerator: i64, denominator: i64) -> String {
    format!(
        "(call $rate (i32.const {party}) (i32.const -1) (i32.const {base}) (i64.const {numerator}) (i64.const {denominator}))"
    )
}

fn three_levels() -> Vec<u8> {
    let levels = [20, 5, 3].iter().enumerate().map(|(party, percent)| rate(party, PAID, *percent, 100));
    policy("shares", &levels.collect::<String>())
}

fn chain(order: Order, length: u32) -> Order {
    let uplines = (1..length).map(|depth| Party::upline(format!("s{}", depth + 1), depth));
    uplines.fold(order.party(Party::seller("s1")), Order::party)
}

fn amounts(decision: &Decision) -> Vec<i64> {
    decision.shares.iter().map(|share| share.amount_minor).collect()
}

#[test]
fn three_levels_to_the_cent() {
    let bench = Bench::new("cn").policy(three_levels());
    for (id, price, expected) in [
        ("C05", 9_999, [1_999, 499, 299]),
        ("DESIGN 6.4", 999, [199, 49, 29]),
        ("33 fen: rounding up part by part would pay 10", 33, [6, 1, 0]),
        ("one fen", 1, [0, 0, 0]),
        ("zero", 0, [0, 0, 0]),
    ] {
        let decision = bench.decided(chain(order(&[price]), 3));
        assert_eq!(amounts(&decision), expected, "{id}");
        let paid: i64 = expected.iter().sum();
        assert_eq!(decision.totals.merchant_net, price - paid, "{id}");
    }
}

#[test]
fn c33_marginal_bands() {
    // 10 % up to 5,000, 12 % above.
    let body = "(local.set $effect (call $share (i32.const 0)))
        (call $share_band (local.get $effect) (i32.const -1) (i32.const 1) (i64.const 0) (i64.const 500000) (i64.const 10) (i64.const 100))
        (call $share_band (local.get $effect) (i32.const -1) (i32.const 1) (i64.const 500000) (i64.const 9223372036854775807) (i64.const 12) (i64.const 100))
        (call $why (local.get $effect))";
    let bench = Bench::new("cn").policy(policy("shares", body));
    for (paid, expected) in
        [(400_000, 40_000), (500_000, 50_000), (600_000, 62_000), (500_001, 50_000), (500_009, 50_001)]
    {
        assert_eq!(amounts(&bench.decided(order(&[paid]))), [expected], "{paid}");
    }
}

#[test]
fn c29_limits() {
    let limited = |numerator: i64, limit: i32, amount: i64| {
        policy(
            "shares",
            &format!(
                "(local.set $effect (call $share (i32.const 0)))
                 (call $share_term (local.get $effect) (i32.const -1) (i32.const 1) (i64.const {numerator}) (i64.const 100))
                 (call $share_limit (local.get $effect) (i32.const {limit}) (i64.const {amount}))
                 (call $why (local.get $effect))"
            ),
        )
    };
    let decided = |module| amounts(&Bench::new("open").policy(module).decided(order(&[10_000])));
    assert_eq!(decided(limited(1, 0, 500)), [500], "1 % of 100, at least 5");
    assert_eq!(decided(limited(50, 1, 2_000)), [2_000], "50 % of 100, at most 20");
    assert_eq!(decided(limited(30, 1, 5_000)), [3_000], "a limit that is not reached");
}

#[test]
fn a07_parts_of_what_earlier_shares_left() {
    // 100.00: 15 % fee, then 20 % of the rest, then all that is left of that: nothing is lost.
    let body = [rate(0, PAID, 15, 100), rate(1, LEFT, 20, 100), rate(2, LEFT, 1, 1)].concat();
    let decision = Bench::new("open").policy(policy("shares", &body)).decided(chain(order(&[10_000]), 3));
    assert_eq!(amounts(&decision), [1_500, 1_700, 6_800]);
    assert_eq!(decision.totals.merchant_net, 0);
}

#[test]
fn i12_a_fixed_part_is_untouched_by_remainders() {
    // A19: 1234.56: 500 fixed, 25 %, 10 %.
    let fixed = "(local.set $effect (call $share (i32.const 0)))
        (call $share_fixed (local.get $effect) (i32.const -1) (i64.const 50000))
        (call $why (local.get $effect))";
    let body = [fixed, &rate(1, PAID, 25, 100), &rate(2, PAID, 10, 100)].concat();
    for method in Allocation::ALL {
        let bench = Bench::new("open").with(policy("shares", &body), |entry| entry.with_rounding(method));
        let decision = bench.decided(chain(order(&[123_456]), 3));
        assert_eq!(decision.shares[0].amount_minor, 50_000, "{method}");
        let rated = (decision.shares[1].amount_minor, decision.shares[2].amount_minor);
        let expected = match method {
            // Rounds 123.456 half down to 123.46, and takes the unit that is then too many from the first.
            Allocation::HalfDownFirst => (30_863, 12_346),
            Allocation::HalfUpEach | Allocation::HalfEvenEach => (30_864, 12_346),
            _ => (30_864, 12_345),
        };
        assert_eq!(rated, expected, "{method}");
    }
}

#[test]
fn roundings_by_name() {
    for (method, expected) in [
        (Allocation::FloorResidual, [12, 1, 1]),
        (Allocation::FirstTakesRest, [13, 1, 1]),
        (Allocation::LargestRemainder, [12, 1, 2]),
        (Allocation::LastTakesRest, [12, 1, 2]),
        (Allocation::HalfUpEach, [12, 1, 2]),
    ] {
        // A03: 15 at 80/8/12.
        let body = [rate(0, PAID, 80, 100), rate(1, PAID, 8, 100), rate(2, PAID, 12, 100)].concat();
        let bench = Bench::new("open").with(policy("shares", &body), |entry| entry.with_rounding(method));
        assert_eq!(amounts(&bench.decided(chain(order(&[15]), 3))), expected, "{method}");
    }
}

#[test]
fn margin_and_tax_bases() {
    let margin = Bench::new("open").policy(policy("shares", &rate(0, 3, 20, 100)));
    let line = Line::goods("1", "SKU", 2, 11_300).tax(2_600).cost(6_000);
    // 226.00 paid, 26.00 of it tax, 120.00 cost: 80.00 margin.
    assert_eq!(amounts(&margin.decided(order(&[]).line(line.clone()))), [1_600]);
    // A line sold at a loss counts as nothing; it takes nothing from another.
    let loss = Line::goods("2", "SKU", 1, 1_000).cost(5_000);
    assert_eq!(amounts(&margin.decided(order(&[]).line(line).line(loss))), [1_600]);
    assert_eq!(
        margin.held(order(&[10_000])).to_string(),
        "no_margin: policy `p0`: line `1` has no cost, which its margin needs"
    );
    let ex_tax = Bench::new("open").policy(policy("shares", &rate(0, 2, 10, 100)));
    // Half of the price is discounted as given: half of the tax goes with it.
    let half = Line::goods("1", "SKU", 1, 11_300).tax(1_300).paid(5_650);
    let given = order(&[]).line(half).pricing(Pricing::Given);
    assert_eq!(amounts(&ex_tax.decided(given)), [500]);
}

#[test]
fn i15_what_was_paid_with_earnings_earns_nothing() {
    let bench = Bench::new("cn").policy(three_levels());
    let tender = |kind, amount| Tender::new(kind, amount);
    let paid =
        order(&[10_000]).tender(tender(TenderKind::Money, 7_000)).tender(tender(TenderKind::Earnings, 3_000));
    let decision = bench.decided(chain(paid, 3));
    assert_eq!(amounts(&decision), [1_400, 350, 210]);
    assert_eq!(decision.totals.goods_paid, 7_000);
    assert!(decision.totals.balance());

    let short = order(&[10_000]).tender(tender(TenderKind::Money, 9_999));
    assert_eq!(bench.held(short).to_string(), "tenders_match: the tenders come to 99.99, 100.00 is due");
}

#[test]
fn shipping_and_fees_are_no_base() {
    let bench = Bench::new("cn").policy(three_levels());
    let order = order(&[10_000]).line(Line::shipping("ship", 1_000)).line(Line::fee("join", 5_000));
    let decision = bench.decided(chain(order.clone(), 3));
    assert_eq!(amounts(&decision), [2_000, 500, 300]);
    assert_eq!((decision.totals.list, decision.totals.goods_paid), (16_000, 10_000));

    let from_fee = Bench::new("cn").policy(policy(
        "shares",
        "(call $rate (i32.const 0) (i32.const 1) (i32.const 1) (i64.const 1) (i64.const 10))",
    ));
    assert_eq!(
        from_fee.held(order).to_string(),
        "pay_from_fees: policy `p0`: a share of line `join`, which is a fee: fees and deposits are not a base for shares"
    );
}

#[test]
fn caps_hold_to_the_cent() {
    let greedy = || policy("shares", &[rate(0, PAID, 40, 100), rate(1, PAID, 20, 100)].concat());
    assert_eq!(
        Bench::new("cn").policy(greedy()).held(chain(order(&[10_000]), 2)).to_string(),
        "promoters_cap: promoters would get 60.00 of 100.00 goods paid, at most 50.00 (50%) is allowed by profile `cn`"
    );
    // Trimmed instead: the later share first, and the trace says how much.
    let trim = GuardProfile::named("cn").unwrap().with_over_cap(OverCap::Trim);
    let decision = Bench::under(trim).policy(greedy()).decided(chain(order(&[10_001]), 2));
    assert_eq!(amounts(&decision), [4_000, 1_000]);
    assert_eq!(decision.shares[1].trimmed_minor, 1_000);
    assert_eq!(decision.totals.merchant_net, 10_001 - 5_000);
    // Without a cap of the profile, arithmetic is one: nobody shares out more than was paid.
    let open = Bench::new("open")
        .policy(policy("shares", &[rate(0, PAID, 60, 100), rate(1, PAID, 60, 100)].concat()));
    assert_eq!(
        open.held(chain(order(&[10_000]), 2)).to_string(),
        "total_cap: all parties would get 120.00 of 100.00 goods paid, at most 100.00 (100%) is allowed by profile `open`"
    );
}

/// C43: a rail that carries 2000 basis points out rejects 28 % before anything is paid.
#[test]
fn a_rail_carries_out_no_more_than_its_ratio() {
    let fifth = RailProfile::named("wechat").unwrap().with_ratio_max(Some(Rate::percent(20))).unwrap();
    let cause = Bench::new("cn").rail(fifth).policy(three_levels()).held(chain(order(&[10_000]), 3));
    assert!(!cause.is_the_events_own_fault(), "policies asked for too much");
    assert_eq!(
        cause.to_string(),
        "rail_ratio_exceeded: all others would get 28.00 of 100.00 paid in money, at most 20.00 (20%) can be paid out \
         on rail `wechat`",
        "C43"
    );
    // 30 % unless the merchant's contract says otherwise: to the cent, and floored; 30 % of 99.99 is 29.997.
    let wechat = || RailProfile::named("wechat").unwrap();
    let fixed = |amount: i64| {
        let body = format!(
            "(local.set $effect (call $share (i32.const 0)))
             (call $share_fixed (local.get $effect) (i32.const -1) (i64.const {amount}))
             (call $why (local.get $effect))"
        );
        Bench::new("cn").policy(policy("shares", &body))
    };
    let most = fixed(2_999).rail(wechat()).decided(order(&[9_999]));
    assert_eq!(most.totals.shares, 2_999);
    let checks = most.rail_checks(&wechat());
    assert_eq!((checks[0].found, checks[0].bound, checks[0].holds()), (2_999, Some(2_999), true));
    assert_eq!((checks[1].found, checks[1].bound), (1, Some(50)));
    assert_eq!(
        fixed(3_000).rail(wechat()).held(order(&[9_999])).to_string(),
        "rail_ratio_exceeded: all others would get 30.00 of 99.99 paid in money, at most 29.99 (30%) can be paid out \
         on rail `wechat`"
    );
    // Shipping is part of the payment; what was paid with a gift card did not come through the rail.
    let shipped = order(&[9_999]).line(Line::shipping("ship", 1_000));
    assert_eq!(fixed(3_000).rail(wechat()).decided(shipped).totals.money_paid, 10_999);
    let tendered = |money| {
        let card = Tender::new(TenderKind::GiftCard, 10_000 - money);
        order(&[10_000]).tender(Tender::new(TenderKind::Money, money)).tender(card)
    };
    assert_eq!(fixed(2_400).rail(wechat()).decided(tendered(8_000)).totals.shares, 2_400);
    assert_eq!(
        fixed(2_401).rail(wechat()).held(tendered(8_000)).to_string(),
        "rail_ratio_exceeded: all others would get 24.01 of 80.00 paid in money, at most 24.00 (30%) can be paid out \
         on rail `wechat`"
    );
    // Without a rail nothing of this is asked.
    let none = Bench::new("cn").rail(RailProfile::named("none").unwrap()).policy(three_levels());
    let decision = none.decided(chain(order(&[10_000]), 3));
    let plain = Bench::new("cn").policy(three_levels()).decided(chain(order(&[10_000]), 3));
    assert_eq!(decision.to_json(), plain.to_json(), "the program's digest included");
    assert!(decision.rail_checks(&RailProfile::default()).is_empty());
}

#[test]
fn a_rail_pays_no_more_receivers_than_it_can() {
    let everybody = |count: usize| {
        let body: String = (0..count).map(|party| rate(party, PAID, 1, 1_000)).collect();
        Bench::new("open").rail(RailProfile::named("wechat").unwrap()).policy(policy("shares", &body))
    };
    let guides = |count: usize| {
        let guides = (0..count).map(|number| Party::new(format!("g{number:02}"), "guide"));
        guides.fold(order(&[100_000]), Order::party)
    };
    let decision = everybody(50).decided(guides(51));
    assert_eq!(decision.rail_checks(&RailProfile::named("wechat").unwrap())[1].found, 50);
    assert_eq!(
        everybody(51).held(guides(51)).to_string(),
        "rail_receivers: 51 receivers would be paid for one order, rail `wechat` pays at most 50"
    );
    // A party in two roles is one receiver, and who gets nothing is none.
    let one = RailProfile::named("wechat").unwrap().with_receivers_max(Some(1));
    let both = policy("shares", &[rate(0, PAID, 2, 100), rate(1, PAID, 1, 100)].concat());
    let same = order(&[10_000]).party(Party::seller("s1")).party(Party::new("s1", "guide"));
    assert_eq!(Bench::new("cn").rail(one).policy(both).decided(same).shares.len(), 2);
}

#[test]
fn the_chain_may_not_be_paid_too_deep() {
    let four = policy("shares", &(0..4).map(|party| rate(party, PAID, 1, 100)).collect::<String>());
    assert_eq!(
        Bench::new("cn").policy(four.clone()).held(chain(order(&[10_000]), 4)).to_string(),
        "max_paid_uplines: policy `p0`: `s4` at depth 3 would be paid, profile `cn` allows 2 uplines at most"
    );
    assert_eq!(amounts(&Bench::new("open").policy(four).decided(chain(order(&[10_000]), 4))), [100; 4]);
}

#[test]
fn who_may_not_be_paid() {
    let one = policy("shares", &rate(0, PAID, 10, 100));
    let unpaid = order(&[10_000]).party(Party::seller("s1").eligible(false));
    assert_eq!(
        Bench::new("cn").policy(one.clone()).held(unpaid).to_string(),
        "not_eligible: policy `p0`: `s1` may not be paid: the party is not eligible"
    );
    let strict = GuardProfile::named("cn").unwrap().with_buyer_may_earn(false);
    let own = order(&[10_000]).seller("b1").party(Party::seller("b1"));
    assert_eq!(
        Bench::under(strict).policy(one.clone()).held(own.clone()).to_string(),
        "buyer_may_earn: policy `p0`: the buyer `b1` would earn on the own order, profile `cn` forbids it"
    );
    assert_eq!(amounts(&Bench::new("cn").policy(one).decided(own)), [1_000]);
    let head = policy(
        "shares",
        "(local.set $effect (call $share (i32.const 0)))
         (call $share_fixed (local.get $effect) (i32.const -1) (i64.const 500))
         (call $why (local.get $effect))",
    );
    let free = order(&[0]);
    assert!(Bench::new("cn").policy(head).held(free).to_string().contains(
        "pay_for_recruiting: policy `p0`: `s1` would get 5.00 for an order without paid goods, \
             profile `cn` pays nothing for recruiting"
    ));
}

#[test]
fn one_party_in_two_roles_earns_twice_and_in_one_role_once() {
    let guide_and_seller =
        order(&[10_000]).seller("g1").party(Party::seller("g1")).party(Party::new("g1", "guide"));
    let both = policy("shares", &[rate(0, PAID, 20, 100), rate(1, PAID, 5, 100)].concat());
    let decision = Bench::new("cn").policy(both).decided(guide_and_seller.clone());
    assert_eq!(decision.amount_of("g1"), 2_500);
    let twice = policy("shares", &[rate(0, PAID, 20, 100), rate(0, PAID, 5, 100)].concat());
    assert_eq!(
        Bench::new("cn").policy(twice).held(guide_and_seller).to_string(),
        "paid_twice: policy `p0`: `g1` would be paid twice as seller for the same lines; \
         hint: put both terms into one share"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// I3, I10, I13: sums hold, the cap holds, and the order of the lines makes no difference.
    #[test]
    fn every_order_is_shared_out_exactly(
        prices in proptest::collection::vec((1_u32..50, 0_i64..10_000_000), 1..12),
        rates in proptest::array::uniform3(0_i64..166_667),
        rotate in 0_usize..12,
    ) {
        let body: String =
            rates.iter().enumerate().map(|(party, millionths)| rate(party, PAID, *millionths, 1_000_000)).collect();
        let bench = Bench::new("cn").policy(policy("shares", &body));
        let empty = chain(Order::new("A1", "b1", "2026-03-01T00:00:00Z".parse().unwrap(), Currency::CNY), 3);
        let lines: Vec<Line> = prices
            .iter()
            .enumerate()
            .map(|(place, (quantity, price))| Line::goods(format!("L{place:02}"), "SKU", *quantity, *price))
            .collect();
        let decision = bench.decided(lines.iter().cloned().fold(empty.clone(), Order::line));
        let total: i64 = prices.iter().map(|(quantity, price)| i64::from(*quantity) * price).sum();
        let expected: Vec<i64> = rates
            .iter()
            .map(|millionths| i64::try_from(i128::from(total) * i128::from(*millionths) / 1_000_000).unwrap())
            .collect();
        prop_assert_eq!(amounts(&decision), expected);
        prop_assert!(decision.totals.balance());
        for share in &decision.shares {
            prop_assert_eq!(share.allocation.iter().map(|part| part.amount_minor).sum::<i64>(), share.amount_minor);
        }
        let cap = Rate::percent(50).of(total, fenrun_money::Rounding::Floor).unwrap();
        prop_assert!(decision.totals.shares <= cap);
        let mut shuffled = lines;
        let by = rotate % shuffled.len();
        shuffled.rotate_left(by);
        let again = bench.decided(shuffled.into_iter().fold(empty, Order::line));
        prop_assert_eq!(again.to_json(), decision.to_json());
    }
}

#[test]
fn the_profile_names_the_classes() {
    let profile = GuardProfile::named("cn").unwrap();
    assert_eq!(profile.class("seller"), RoleClass::Promoters);
    assert_eq!(profile.cap(RoleClass::Promoters), Some(Rate::percent(50)));
}
