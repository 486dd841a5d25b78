//! `on_refund = "reprice"` in the model: whatever units come back, in whatever slices, the buyer has paid in the end what the
//! rest costs by itself, or its part of what was paid where that is more, and never more than before.

use fenrun::books::{Books, Code, verify};
use fenrun_ledger::MemoryLedger;
use proptest::prelude::*;

use super::accounts::spread;
use crate::by_hand::{off_from_units, prepare};
use crate::scenario::{ENGINE, Scenario};

const PROGRAM: &str = r#"
merchant  = "repriced"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name      = "many"
use       = "./many.wasm"
on_refund = "reprice"

[[policy]]
name = "levels"
use  = "three-level"
configuration = { rates = ["20%"] }
"#;

/// One line: units, the price of one, what is due, units back.
#[derive(Clone, Debug)]
struct Line {
    units: i128,
    price: i128,
    due: i128,
    back: i128,
}

/// So many percent off everything from so many units on.
#[derive(Clone, Copy, Debug)]
struct Rule {
    percent: i128,
    from_units: i128,
}

impl Rule {
    /// What each line costs, of which so many units are taken.
    fn costs(self, lines: &[Line], taken: impl Fn(&Line) -> i128) -> Vec<i128> {
        let list: Vec<i128> = lines.iter().map(|line| taken(line) * line.price).collect();
        let all: i128 = list.iter().sum();
        let units: i128 = lines.iter().map(&taken).sum();
        let off = if units >= self.from_units { (2 * all * self.percent + 100) / 200 } else { 0 };
        list.iter().zip(spread(off, &list)).map(|(list, off)| list - off).collect()
    }
}

fn run(rule: Rule, mut lines: Vec<Line>, refunds: &[(usize, i128)]) -> bool {
    let module =
        off_from_units(i64::try_from(rule.percent).unwrap(), i64::try_from(rule.from_units).unwrap());
    let mut books = Books::open(ENGINE.clone(), Box::new(MemoryLedger::new())).unwrap();
    prepare(&mut books, PROGRAM, &module);
    let mut scenario = Scenario { books, minute: 0 };
    let words = lines
        .iter()
        .enumerate()
        .map(|(place, line)| format!(" {place}={}x{}.{:02}", line.units, line.price / 100, line.price % 100));
    scenario.tell(&format!("paid A1 b1 s1{}", words.collect::<String>()));
    let due = rule.costs(&lines, |line| line.units);
    lines.iter_mut().zip(due).for_each(|(line, due)| line.due = due);
    let mut remains: i128 = lines.iter().map(|line| line.due).sum();
    let mut dearer = false;
    for (number, (place, units)) in refunds.iter().enumerate() {
        let place = place % lines.len();
        let posted = scenario.tell(&format!("refund R{number} A1 {place}={units}*"));
        if posted.code == Code::Created {
            lines[place].back += units;
            assert!(lines[place].back <= lines[place].units);
            let alone = rule.costs(&lines, |line| line.units - line.back);
            let parts = lines.iter().map(|line| line.due * (line.units - line.back) / line.units);
            let rest: i128 = parts.clone().zip(alone).map(|(part, alone)| part.max(alone)).sum();
            dearer |= rest.min(remains) > parts.sum();
            remains = remains.min(rest);
        } else {
            assert_eq!(posted.code, Code::Refused);
            let left = lines[place].units - lines[place].back;
            assert!(
                *units > left || remains == 0 || lines[place].due < lines[place].units,
                "{:?}",
                posted.because
            );
        }
        let found = [("payments", "", -remains), ("held", "s1", remains * 20 / 100)];
        for (kind, owner, expected) in found {
            let lot = if owner.is_empty() { "" } else { "A1" };
            let balance = scenario.balance(kind, owner, lot, "CNY");
            assert_eq!(i128::from(balance), expected, "{kind} after R{number}: {lines:?}");
        }
    }
    verify(&ENGINE, scenario.books.ledger()).unwrap();
    dearer
}

type Cart = (Rule, Vec<Line>, Vec<(usize, i128)>);

fn cart() -> impl Strategy<Value = Cart> {
    let rule = (1..80_u8, 2..7_u8)
        .prop_map(|(percent, from)| Rule { percent: percent.into(), from_units: from.into() });
    let line = (1..5_u8, 0..3_000_u32).prop_map(|(units, price)| Line {
        units: units.into(),
        price: price.into(),
        due: 0,
        back: 0,
    });
    let refunds =
        prop::collection::vec((0..3_usize, 1..3_u8).prop_map(|(line, units)| (line, units.into())), 1..8);
    (rule, prop::collection::vec(line, 1..4), refunds)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_shrink_iters: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rest_costs_what_it_costs_by_itself((rule, lines, refunds) in cart()) {
        run(rule, lines, &refunds);
    }
}

/// Such carts are among them whose rest is dearer by itself.
#[test]
fn the_rest_is_often_dearer() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let dearer = (0..100).filter(|_| {
        let (rule, lines, refunds) = cart().new_tree(&mut runner).unwrap().current();
        run(rule, lines, &refunds)
    });
    assert!(dearer.count() >= 20);
}
