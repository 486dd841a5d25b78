//! Well-formed and ill-formed effects, from the sandbox through arithmetic and guard: what is decided conserves every
//! cent, keeps its caps and floors, and does not depend on the order of lines.
#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use fenrun::{
    Decision, Outcome, Program,
    event::{Line, LineKind, Order, Party},
    program::OnFailure,
};
use fenrun_fuzz::{interpreter::{LAST, module, number, with_call}, well};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

struct Calls {
    share: i64,
    term: i64,
    band: i64,
    fixed: i64,
    limit: i64,
    discount: i64,
    percent: i64,
    amount: i64,
    price: i64,
    units: i64,
    funder: i64,
    reason: i64,
    end: i64,
}

static CALLS: LazyLock<Calls> = LazyLock::new(|| Calls {
    share: number("share"),
    term: number("share_term"),
    band: number("share_band"),
    fixed: number("share_fixed"),
    limit: number("share_limit"),
    discount: number("discount"),
    percent: number("discount_percent"),
    amount: number("discount_amount"),
    price: number("discount_price"),
    units: number("discount_units"),
    funder: number("discount_funder"),
    reason: number("reason"),
    end: number("end"),
});

static OPEN: LazyLock<Program> = LazyLock::new(|| program("open"));
static CN: LazyLock<Program> = LazyLock::new(|| program("cn"));

fn program(profile: &str) -> Program {
    let modules = [module("discounts"), module("shares")];
    well::load(profile, &modules, |entry| {
        // Only the discounts of a program may be gone on without; here nothing is.
        if entry.name() == "p0" { entry.with_on_failure(OnFailure::Refuse) } else { entry }
    })
    .unwrap()
}

#[derive(Arbitrary, Debug)]
enum Effect {
    Share { party: u8, parts: Vec<Part>, least: Option<u16>, most: Option<u16> },
    Discount { lines: i8, how: How, funder: Option<(u8, u8)> },
}

#[derive(Arbitrary, Debug)]
enum Part {
    Term { lines: i8, base: u8, parts: u16, of: u16 },
    Band { lines: i8, base: u8, from: u16, to: u16, parts: u8, of: u8 },
    Fixed { lines: i8, amount: i32 },
}

#[derive(Arbitrary, Debug)]
enum How {
    Percent { parts: u16, of: u16 },
    Amount(i32),
    Price(i32),
    Units(i16),
}

#[derive(Arbitrary, Debug)]
struct Goods {
    price: u32,
    quantity: u8,
    floor: Option<u16>,
    cost: Option<u16>,
    kind: u8,
}

#[derive(Arbitrary, Debug)]
struct Case {
    cn: bool,
    goods: Vec<Goods>,
    effects: Vec<Effect>,
}

fn few(value: u8) -> i64 {
    i64::from(value % 6)
}

fn set_of(lines: i8) -> i64 {
    i64::from(lines).clamp(-4, 20)
}

/// The calls of an effect, with the hook they belong to.
fn calls(effect: &Effect) -> Vec<(&'static str, i64, Vec<i64>)> {
    let mut all = Vec::new();
    let calls = &*CALLS;
    let hook = match effect {
        Effect::Share { party, parts, least, most } => {
            all.push((calls.share, vec![few(*party)]));
            for part in parts.iter().take(4) {
                all.push(match *part {
                    Part::Term { lines, base, parts, of } => {
                        (calls.term, vec![LAST, set_of(lines), few(base), parts.into(), of.into()])
                    }
                    Part::Band { lines, base, from, to, parts, of } => {
                        let band = [i64::from(from), to.into(), parts.into(), of.into()];
                        (calls.band, [&[LAST, set_of(lines), few(base)][..], &band].concat())
                    }
                    Part::Fixed { lines, amount } => (calls.fixed, vec![LAST, set_of(lines), amount.into()]),
                });
            }
            let limit = |which, amount: &Option<u16>| amount.map(|each| (calls.limit, vec![LAST, which, each.into()]));
            all.extend(limit(0, least));
            all.extend(limit(1, most));
            "shares"
        }
        Effect::Discount { lines, how, funder } => {
            all.push((calls.discount, vec![set_of(*lines)]));
            all.push(match *how {
                How::Percent { parts, of } => (calls.percent, vec![LAST, parts.into(), of.into()]),
                How::Amount(amount) => (calls.amount, vec![LAST, amount.into()]),
                How::Price(amount) => (calls.price, vec![LAST, amount.into()]),
                How::Units(units) => (calls.units, vec![LAST, units.into()]),
            });
            all.extend(funder.map(|(party, parts)| (calls.funder, vec![LAST, few(party), parts.into(), 200])));
            "discounts"
        }
    };
    all.push((calls.reason, vec![LAST, 0, 27]));
    all.push((calls.end, vec![LAST]));
    all.into_iter().map(|(call, arguments)| (hook, call, arguments)).collect()
}

fn line(place: usize, goods: Option<&Goods>) -> Line {
    let id = format!("{place:03}");
    let Some(goods) = goods else { return Line::goods(id, "SKU", 1, 0) };
    let price = i64::from(goods.price % 10_000_000);
    let line = match goods.kind % 8 {
        0 => Line::shipping(id, price),
        1 => Line::fee(id, price),
        2 => Line::deposit(id, price),
        _ => Line::goods(id, format!("SKU{}", goods.kind), u32::from(goods.quantity % 5) + 1, price),
    };
    let line = goods.floor.iter().fold(line, |line, floor| line.floor((*floor).into()));
    goods.cost.iter().fold(line, |line, cost| line.cost((*cost).into()))
}

fn order(case: &Case, turned: bool) -> Order {
    let calls: Vec<_> = case.effects.iter().take(12).flat_map(calls).take(120).collect();
    let count = calls.len().max(case.goods.len().min(12)).max(1);
    let mut lines: Vec<_> = (0..count)
        .map(|place| {
            let line = line(place, case.goods.get(place).filter(|_| place < 12));
            match calls.get(place) {
                Some((hook, call, arguments)) => with_call(line, hook, *call, arguments),
                None => line,
            }
        })
        .collect();
    if turned {
        lines.reverse();
    }
    let order = well::order().party(Party::upline("u1", 1)).party(Party::upline("u2", 2));
    let order = order.party(Party::new("g1", "guide")).party(Party::new("x1", "brand"));
    lines.into_iter().fold(order, Order::line)
}

fn check(decision: &Decision, cn: bool) {
    let totals = &decision.totals;
    assert!(totals.balance());
    assert_eq!(totals.list, decision.lines.iter().map(|line| line.list_minor).sum::<i64>());
    for line in &decision.lines {
        assert!(line.due_minor >= 0 && line.due_minor == line.list_minor - line.discount_minor, "{line:?}");
        let floor = line.floor_minor.unwrap_or(0).min(line.list_minor);
        assert!(line.due_minor >= floor, "{line:?}");
    }
    for discount in &decision.discounts {
        let parts: i64 = discount.allocation.iter().map(|part| part.amount_minor).sum();
        assert_eq!(parts, discount.amount_minor);
        let funded: i64 = discount.funders.iter().map(|part| part.amount_minor).sum();
        assert!(discount.amount_minor >= 0 && funded <= discount.amount_minor);
    }
    for share in &decision.shares {
        let parts: i64 = share.allocation.iter().map(|part| part.amount_minor).sum();
        assert!(share.amount_minor >= 0);
        assert!(share.allocation.is_empty() || parts == share.amount_minor, "{share:?}");
    }
    let shared: i64 = decision.shares.iter().map(|share| share.amount_minor).sum();
    assert_eq!(shared, totals.shares);
    // Under `open`, fees and deposits may be shared as well.
    let fees = decision.lines.iter().filter(|line| !cn && matches!(line.kind, LineKind::Fee | LineKind::Deposit));
    let sharable = totals.goods_paid + fees.map(|line| line.paid_minor).sum::<i64>();
    assert!(shared <= sharable, "{shared} of {sharable}");
    if cn {
        let promoters: i64 = decision
            .shares
            .iter()
            .filter(|share| &*share.party.role != "brand")
            .map(|share| share.amount_minor)
            .sum();
        assert!(promoters * 2 <= totals.goods_paid, "{promoters} of {}", totals.goods_paid);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(case) = Case::arbitrary(&mut Unstructured::new(bytes)) else { return };
    let program = if case.cn { &*CN } else { &*OPEN };
    let (first, turned) = (well::decide(program, order(&case, false)), well::decide(program, order(&case, true)));
    match (&first, &turned) {
        (Some(Outcome::Decided(decision)), Some(Outcome::Decided(other))) => {
            check(decision, case.cn);
            assert_eq!(decision.to_json(), other.to_json(), "the order of lines decides");
        }
        (Some(Outcome::Held(held)), Some(Outcome::Held(other))) => assert_eq!(held, other),
        (None, None) => {}
        (first, turned) => panic!("{first:?} against {turned:?}"),
    }
    well::assert_well();
});
