//! Refunds against the frozen formula: by enumeration, and in random slices.
//!
//! The long ones run with `cargo test -p fenrun --release -- --ignored refund`; what they came to stands in the
//! repository's CHANGELOG.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "a test stops at an overflow, which its small figures never reach"
)]

use proptest::prelude::*;

use super::desk::{Desk, key, kind};
use super::frozen::{FrozenShare, FrozenTerm};
use super::lot::{Lot, LotLine, Returned, Stage};
use super::periods::newly_bound;
use crate::event::LineKind;

fn line(id: &str, quantity: i64, due: i64) -> LotLine {
    LotLine {
        id: id.into(),
        kind: LineKind::Goods,
        quantity,
        due,
        paid: due,
        returned: 0,
        given_back: 0,
        kept_back: 0,
    }
}

fn share(party: &str, terms: Vec<FrozenTerm>, accrued: i64) -> FrozenShare {
    FrozenShare {
        policy: "levels".into(),
        party: party.into(),
        role: "seller".into(),
        reason: "sold it".into(),
        terms,
        minimum: None,
        maximum: None,
        accrued,
        full: accrued,
        retained: accrued,
        funders: Vec::new(),
        period: None,
        released: false,
    }
}

fn rate(bases: Vec<(usize, i64)>, numerator: i64, denominator: i64) -> FrozenTerm {
    FrozenTerm::Rate { bases, band: None, numerator, denominator }
}

fn lot(lines: Vec<LotLine>, shares: Vec<FrozenShare>) -> Lot {
    Lot {
        order: "A1".into(),
        buyer: "b1".into(),
        seller: Some("s1".into()),
        currency: "CNY".into(),
        paid_at: "2026-03-01T02:00:00Z".parse().unwrap(),
        stage: Stage::Paid,
        goods_paid: lines.iter().map(|line| line.paid).sum(),
        money_paid: None,
        lines,
        shares,
        funders: Vec::new(),
        due: None,
        frozen_by: std::collections::BTreeSet::new(),
        disputes: std::collections::BTreeMap::new(),
        refunded: 0,
        quote: None,
        coupons: Vec::new(),
        budgets: Vec::new(),
        grants: Vec::new(),
        order_before: None,
        restated: None,
        repricing: None,
    }
}

/// What a share of `numerator / denominator` keeps of a base of which `back` went back.
fn kept(base: i64, back: i64, numerator: i64, denominator: i64) -> (i64, i64) {
    let accrued = base * numerator / denominator;
    let share = share("s1", vec![rate(vec![(0, base)], numerator, denominator)], accrued);
    let mut line = line("1", 1, base);
    line.given_back = back;
    (accrued, share.kept(&[line]).unwrap())
}

/// Every base up to 1,000 fen, every refund of it, at the rates of the scenarios and some awkward ones.
#[test]
fn every_refund_of_every_base_up_to_a_thousand_keeps_the_floor() {
    for (numerator, denominator) in
        [(20, 100), (5, 100), (3, 100), (1, 2), (1, 3), (2, 7), (1, 1), (999, 1_000)]
    {
        for base in 1..=1_000 {
            let mut before = i64::MAX;
            for back in 0..=base {
                let (accrued, kept) = kept(base, back, numerator, denominator);
                assert_eq!(
                    kept,
                    (base - back) * numerator / denominator,
                    "{base} − {back} at {numerator}/{denominator}"
                );
                assert!(kept <= before && kept <= accrued, "never more than before");
                before = kept;
            }
            assert_eq!(before, 0, "a full refund leaves nothing");
        }
    }
}

/// Every amount A of every base B up to 1,000 and every refund R: the whole cube.
#[test]
#[ignore = "335 million refunds: run it in release, with `--ignored refund`"]
fn every_refund_of_every_share_of_every_base_up_to_a_thousand() {
    let mut count = 0_u64;
    for base in 1..=1_000 {
        for amount in 0..=base {
            let mut before = i64::MAX;
            for back in 0..=base {
                let (accrued, kept) = kept(base, back, amount, base);
                assert_eq!(
                    (accrued, kept),
                    (amount, (base - back) * amount / base),
                    "{amount} of {base} − {back}"
                );
                assert!(kept <= before);
                before = kept;
                count += 1;
            }
            assert_eq!(before, 0);
        }
    }
    println!("{count} refunds");
}

/// A step of a refund: a line, and units or money, both taken modulo what is left.
#[derive(Clone, Debug)]
struct Slice {
    line: usize,
    units: bool,
    amount: u16,
}

fn slice() -> impl Strategy<Value = Slice> {
    (0..3_usize, any::<bool>(), any::<u16>()).prop_map(|(line, units, amount)| Slice { line, units, amount })
}

fn order() -> impl Strategy<Value = Lot> {
    let lines = prop::collection::vec((1..6_i64, 0..5_000_i64), 1..4);
    let fixed = (any::<bool>(), 0..300_i64);
    (lines, fixed, prop::option::of(0..200_i64), prop::option::of(200..900_i64)).prop_map(
        |(lines, (with_fixed, fixed), minimum, maximum)| {
            let lines: Vec<LotLine> = lines
                .iter()
                .enumerate()
                .map(|(place, (units, price))| line(&place.to_string(), *units, units * price))
                .collect();
            let bases: Vec<(usize, i64)> =
                lines.iter().enumerate().map(|(place, line)| (place, line.due)).collect();
            let base: i64 = bases.iter().map(|(_, base)| base).sum();
            let mut shares: Vec<FrozenShare> = [20, 5, 3]
                .into_iter()
                .map(|percent| {
                    share(
                        &format!("s{percent}"),
                        vec![rate(bases.clone(), percent, 100)],
                        base * percent / 100,
                    )
                })
                .collect();
            let members = (0..lines.len()).collect();
            let fixed_share = FrozenTerm::Fixed { lines: members, amount: fixed };
            if with_fixed {
                shares.push(share("fixed", vec![fixed_share], fixed));
            }
            let plain = base * 7 / 100;
            let limited = plain.max(minimum.unwrap_or(0)).min(maximum.unwrap_or(i64::MAX));
            let mut share = share("limited", vec![rate(bases, 7, 100)], limited);
            (share.minimum, share.maximum) = (minimum, maximum);
            shares.push(share);
            lot(lines, shares)
        },
    )
}

/// Takes one slice back; answers what went back to the buyer.
fn take(lot: &mut Lot, slice: &Slice) -> i64 {
    let place = slice.line % lot.lines.len();
    let line = &lot.lines[place];
    let (units, money) = (line.units_left(), line.remaining().unwrap());
    let amount = i64::from(slice.amount);
    let part = match slice.units {
        true if units > 0 => Returned::Units(1 + amount % units),
        false if money > 0 => Returned::Amount(1 + amount % money),
        _ => return 0,
    };
    let before: Vec<i64> = lot.shares.iter().map(|share| share.retained).collect();
    let id = line.id.clone();
    let reduction = lot.refund(&[(id, part)], 0, |amount| amount.to_string()).unwrap();
    assert!(reduction.refund >= 0 && reduction.goods >= 0);
    let back: i64 = reduction.clawbacks.iter().map(|(_, _, back)| *back).sum();
    let after: Vec<i64> = lot.shares.iter().map(|share| share.retained).collect();
    assert!(
        before.iter().zip(&after).all(|(before, after)| after <= before && *after >= 0),
        "I5: no refund pays anyone"
    );
    assert_eq!(before.iter().sum::<i64>() - after.iter().sum::<i64>(), back);
    reduction.refund
}

/// What must be true of an order after any refunds.
fn check(start: &Lot, lot: &Lot) {
    let left = lot.remaining().unwrap();
    assert_eq!(lot.refunded, start.remaining().unwrap() - left);
    for share in lot.shares.iter().filter(|share| share.party.starts_with('s')) {
        let percent: i64 = share.party[1..].parse().unwrap();
        let untouched = lot.lines.iter().all(LotLine::is_untouched);
        let expected = if untouched { share.accrued } else { left * percent / 100 };
        assert_eq!(share.retained, expected, "{percent} % of {left}");
    }
    if left == 0 && start.remaining().unwrap() > 0 {
        assert!(lot.shares.iter().all(|share| share.retained == 0), "a full refund leaves nothing: {lot:?}");
    }
}

fn slices_end_at_the_same_cent(start: &Lot, slices: &[Slice]) {
    let mut lot = start.clone();
    let mut back = 0;
    for slice in slices {
        back += take(&mut lot, slice);
        check(start, &lot);
    }
    assert_eq!(back, lot.refunded);
    // The same units and money at once, and in the opposite order, end at the same cent.
    let mut parts = Vec::new();
    for line in lot.lines.iter().filter(|line| !line.is_untouched()) {
        parts.push((line.id.clone(), line.returned, line.given_back));
    }
    for reversed in [false, true] {
        let mut again = start.clone();
        if reversed {
            parts.reverse();
        }
        for (id, units, money) in &parts {
            let line = again.lines.iter_mut().find(|line| line.id == *id).unwrap();
            (line.returned, line.given_back) = (*units, *money);
        }
        let kept: Vec<i64> = again.shares.iter().map(|share| share.kept(&again.lines).unwrap()).collect();
        assert_eq!(kept, lot.shares.iter().map(|share| share.retained).collect::<Vec<_>>());
    }
    let mut rest = lot.clone();
    let last = rest.refund_all().unwrap();
    assert_eq!(back + last.refund, start.remaining().unwrap(), "all slices together are what was paid");
    assert!(rest.shares.iter().all(|share| share.retained == 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_slices_of_a_refund_end_at_the_same_cent(start in order(), slices in prop::collection::vec(slice(), 0..12)) {
        slices_end_at_the_same_cent(&start, &slices);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000_000, ..ProptestConfig::default() })]

    #[test]
    #[ignore = "10 million random refund sequences: run it in release, with `--ignored refund`"]
    fn ten_million_random_refund_sequences(start in order(), slices in prop::collection::vec(slice(), 0..8)) {
        slices_end_at_the_same_cent(&start, &slices);
    }
}

/// A gift that stays keeps no share alive: found by the random sequences above.
#[test]
fn a_gift_that_stays_leaves_nothing_of_a_full_refund() {
    let fixed = FrozenTerm::Fixed { lines: vec![0, 1], amount: 95 };
    let mut limited = share("limited", vec![rate(vec![(0, 821), (1, 0)], 7, 100)], 57);
    limited.minimum = Some(21);
    let lines = vec![line("bought", 1, 821), line("gift", 5, 0)];
    let mut lot = lot(lines, vec![share("fixed", vec![fixed], 95), limited]);
    lot.refund(&[("bought".into(), Returned::Units(1))], 0, |amount| amount.to_string()).unwrap();
    assert_eq!(lot.shares.iter().map(|share| share.retained).collect::<Vec<_>>(), [0, 0]);
}

/// What was credited, or is left of it, bounds what is kept, whatever the formula comes to.
#[test]
fn no_refund_pays_anyone() {
    let twenty = rate(vec![(0, 1_000)], 20, 100);
    let refund = |lot: &mut Lot, amount| {
        let clawbacks = lot.refund(&[("1".into(), Returned::Amount(amount))], 0, |amount| amount.to_string());
        let clawbacks: Vec<_> = clawbacks.unwrap().clawbacks.into_iter().map(|(_, _, back)| back).collect();
        (clawbacks, lot.shares[0].retained)
    };
    // The formula comes to 198 of the 990 that remain; 150 were credited.
    let mut less_credited = lot(vec![line("1", 1, 1_000)], vec![share("s1", vec![twenty.clone()], 150)]);
    assert_eq!(refund(&mut less_credited, 10), (vec![], 150));
    assert_eq!(less_credited.shares[0].kept(&less_credited.lines).unwrap(), 150);
    assert_eq!(refund(&mut less_credited, 290), (vec![10], 140));
    // 200 were credited, and 100 of them taken back by hand since.
    let mut taken_back = lot(vec![line("1", 1, 1_000)], vec![share("s1", vec![twenty], 200)]);
    taken_back.shares[0].retained = 100;
    assert_eq!(refund(&mut taken_back, 10), (vec![], 100));
    assert_eq!(refund(&mut taken_back, 495), (vec![1], 99));
}

/// Whoever is bound counts once, in every relation: `upline` is a well-known role as well.
#[test]
fn members_of_a_party_count_once() {
    let mut ledger = fenrun_ledger::MemoryLedger::new();
    let mut desk = Desk::new(&mut ledger);
    let at: jiff::Timestamp = "2026-03-05T00:00:00Z".parse().unwrap();
    for (relation, member) in [("upline", "s1"), ("upline", "s2"), ("guide", "b1"), ("coach", "b2")] {
        desk.put(kind::UNDER, key(&[relation, "g1", member]), &at).unwrap();
    }
    let march = ("2026-03-01T00:00:00Z".parse().unwrap(), "2026-04-01T00:00:00Z".parse().unwrap());
    let april = (march.1, "2026-05-01T00:00:00Z".parse().unwrap());
    let own = ["coach".to_owned()];
    assert_eq!(newly_bound(&mut desk, &own, "g1", march).unwrap(), 4);
    assert_eq!(newly_bound(&mut desk, &own, "g1", april).unwrap(), 0);
}

/// The published cases about refunds, with the right values where the published ones are wrong.
#[test]
fn refunds_of_other_systems_come_out_right() {
    // C11 (Gumroad): 50 % credited 395 of 790; a refund of 40 % takes back what that part credited.
    let case = |base: i64, amount: i64, backs: &[i64]| {
        let accrued = amount;
        let share = share("s1", vec![rate(vec![(0, base)], amount, base)], accrued);
        let mut lot = lot(vec![line("1", 1, base)], vec![share]);
        let mut clawed = Vec::new();
        for back in backs {
            let reduction =
                lot.refund(&[("1".into(), Returned::Amount(*back))], 0, |amount| amount.to_string()).unwrap();
            clawed.push(reduction.clawbacks.iter().map(|(_, _, back)| *back).sum::<i64>());
        }
        (clawed, lot.shares[0].retained)
    };
    assert_eq!(
        case(1_000, 395, &[400]),
        (vec![158], 237),
        "C11: 158, for 159 would keep less than 395/1000 of 600"
    );
    assert_eq!(case(1_000, 79, &[400, 600]), (vec![32, 47], 0), "B01: 79 in all, never 80");
    assert_eq!(case(10_000, 8_000, &[5_000, 5_000]), (vec![4_000, 4_000], 0), "C21: 80/20, half and half");
    assert_eq!(case(999, 199, &[990]), (vec![198], 1), "the design's own figure");
    // B05, D19: the discount was placed on the lines; cancelling one leaves what the other cost.
    let mut two = lot(vec![line("a", 1, 4_167), line("b", 1, 833)], Vec::new());
    let reduction = two.refund(&[("a".into(), Returned::Units(1))], 0, |amount| amount.to_string()).unwrap();
    assert_eq!((reduction.refund, two.remaining().unwrap()), (4_167, 833), "B05: 8.33 stays to be paid");
}
