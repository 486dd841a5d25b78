//! Random histories against an independent model: after every step the money is where the model says it is.
//!
//! The model keeps, for each order, its lines with what came back, and reckons each share anew with plain 128-bit
//! integers: floor(rate × what remains). It shares no code with the books.

use std::collections::{BTreeMap, BTreeSet};

use fenrun::books::{Code, verify};
use fenrun_ledger::AccountKind;
use proptest::prelude::*;

use super::scenario::{ENGINE, Scenario, THREE_LEVEL};

/// What may happen; ids are small so that things meet.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Pay { order: u8, buyer: u8, seller: u8, lines: Vec<(u8, u16)> },
    Complete { order: u8 },
    Cancel { order: u8 },
    RefundUnits { refund: u8, order: u8, line: u8, units: u8 },
    RefundMoney { refund: u8, order: u8, line: u8, amount: u16 },
    Request { refund: u8, order: u8 },
    Dispute { dispute: u8, order: u8 },
    Won { dispute: u8, order: u8 },
    Lost { dispute: u8, order: u8 },
    Day { day: u8 },
    Payout { payout: u8, party: u8 },
    Succeeded { payout: u8 },
    Failed { payout: u8 },
    Returned { payout: u8 },
    Again { which: u8 },
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let order = 0..6_u8;
    prop_oneof![
        4 => (order.clone(), 0..3_u8, 0..3_u8, prop::collection::vec((1..4_u8, 0..20_000_u16), 1..4))
            .prop_map(|(order, buyer, seller, lines)| Step::Pay { order, buyer, seller, lines }),
        2 => order.clone().prop_map(|order| Step::Complete { order }),
        1 => order.clone().prop_map(|order| Step::Cancel { order }),
        3 => (any::<u8>(), order.clone(), 0..3_u8, 1..4_u8)
            .prop_map(|(refund, order, line, units)| Step::RefundUnits { refund, order, line, units }),
        3 => (any::<u8>(), order.clone(), 0..3_u8, 1..9_000_u16)
            .prop_map(|(refund, order, line, amount)| Step::RefundMoney { refund, order, line, amount }),
        1 => (any::<u8>(), order.clone()).prop_map(|(refund, order)| Step::Request { refund, order }),
        1 => (0..4_u8, order.clone()).prop_map(|(dispute, order)| Step::Dispute { dispute, order }),
        1 => (0..4_u8, order.clone()).prop_map(|(dispute, order)| Step::Won { dispute, order }),
        1 => (0..4_u8, order).prop_map(|(dispute, order)| Step::Lost { dispute, order }),
        2 => (1..28_u8).prop_map(|day| Step::Day { day }),
        2 => (any::<u8>(), 0..3_u8).prop_map(|(payout, party)| Step::Payout { payout, party }),
        1 => any::<u8>().prop_map(|payout| Step::Succeeded { payout: payout % 16 }),
        1 => any::<u8>().prop_map(|payout| Step::Failed { payout: payout % 16 }),
        1 => any::<u8>().prop_map(|payout| Step::Returned { payout: payout % 16 }),
        1 => any::<u8>().prop_map(|which| Step::Again { which }),
    ]
}

impl Step {
    pub(crate) fn words(&self) -> Option<String> {
        Some(match self {
            Step::Pay { order, buyer, seller, lines } => {
                let line = |(place, (units, price)): (usize, &(u8, u16))| {
                    format!("{place}={units}x{}.{:02}", price / 100, price % 100)
                };
                let lines: Vec<String> = lines.iter().enumerate().map(line).collect();
                format!("paid A{order} b{buyer} s{seller} {}", lines.join(" "))
            }
            Step::Complete { order } => format!("completed A{order}"),
            Step::Cancel { order } => format!("cancelled A{order}"),
            Step::RefundUnits { refund, order, line, units } => {
                format!("refund R{refund} A{order} {line}={units}*")
            }
            Step::RefundMoney { refund, order, line, amount } => {
                format!("refund R{refund} A{order} {line}={}.{:02}", amount / 100, amount % 100)
            }
            Step::Request { refund, order } => format!("requested R{refund} A{order}"),
            Step::Dispute { dispute, order } => format!("dispute D{dispute} A{order}"),
            Step::Won { dispute, order } => format!("won D{dispute} A{order}"),
            Step::Lost { dispute, order } => format!("lost D{dispute} A{order}"),
            Step::Day { day } => format!("day 2026-03-{day:02}"),
            Step::Payout { payout, party } => format!("payout P{} s{party}", payout % 16),
            Step::Succeeded { payout } => format!("succeeded P{payout}"),
            Step::Failed { payout } => format!("failed P{payout}"),
            Step::Returned { payout } => format!("returned P{payout}"),
            Step::Again { .. } => return None,
        })
    }
}

/// One line: units, what was paid, units back, money back.
type Line = (i128, i128, i128, i128);

/// What the model knows of an order.
#[derive(Clone, Debug)]
struct Order {
    seller: usize,
    lines: Vec<Line>,
    cancelled: bool,
}

impl Order {
    fn left(line: &Line) -> i128 {
        let (units, paid, back, given) = line;
        (paid * (units - back) / units - given).max(0)
    }

    fn remaining(&self) -> i128 {
        self.lines.iter().map(Order::left).sum()
    }

    /// s0's upline is s1, whose upline is s2: 20, 5 and 3 %.
    fn shares(&self) -> BTreeMap<usize, i128> {
        let rates = [20, 5, 3];
        let chain = (self.seller..3).zip(rates);
        chain.map(|(party, rate)| (party, self.remaining() * rate / 100)).collect()
    }
}

#[derive(Default)]
struct Model {
    orders: BTreeMap<u8, Order>,
}

impl Model {
    /// Applies a step that the books say they have posted.
    fn apply(&mut self, step: &Step) {
        match step {
            Step::Pay { order, seller, lines, .. } => {
                let lines = lines.iter().map(|(units, price)| {
                    (i128::from(*units), i128::from(*units) * i128::from(*price), 0, 0)
                });
                let order_ = Order { seller: usize::from(*seller), lines: lines.collect(), cancelled: false };
                self.orders.insert(*order, order_);
            }
            Step::Cancel { order } => self.all_back(*order, true),
            Step::Lost { order, .. } => self.all_back(*order, false),
            Step::RefundUnits { order, line, units, .. } => {
                self.orders.get_mut(order).unwrap().lines[usize::from(*line)].2 += i128::from(*units);
            }
            Step::RefundMoney { order, line, amount, .. } => {
                self.orders.get_mut(order).unwrap().lines[usize::from(*line)].3 += i128::from(*amount);
            }
            _ => {}
        }
    }

    fn all_back(&mut self, order: u8, cancelled: bool) {
        let order = self.orders.get_mut(&order).unwrap();
        order.cancelled |= cancelled;
        for line in &mut order.lines {
            line.2 = line.0;
        }
    }

    /// Whether a refund can be posted now; `None` where the books decide.
    fn expects(&self, step: &Step) -> Option<bool> {
        let of = |order: &u8, line: &u8| {
            let order = self.orders.get(order)?;
            if order.cancelled {
                return Some(None);
            }
            Some(order.lines.get(usize::from(*line)).copied())
        };
        match step {
            Step::RefundUnits { order, line, units, .. } => of(order, line).map(|line| {
                line.is_some_and(|line| {
                    let units_left = if Order::left(&line) == 0 && line.1 > 0 { 0 } else { line.0 - line.2 };
                    i128::from(*units) <= units_left
                })
            }),
            Step::RefundMoney { order, line, amount, .. } => {
                of(order, line).map(|line| line.is_some_and(|line| i128::from(*amount) <= Order::left(&line)))
            }
            _ => None,
        }
    }
}

/// Checks everything that must be true after a step.
fn check(scenario: &mut Scenario, model: &Model, parked: bool) {
    let balances = scenario.books.ledger().balances(None, None).unwrap();
    let mut sum = 0_i128;
    let mut of_party: BTreeMap<usize, i128> = BTreeMap::new();
    let mut payments = 0_i128;
    let mut owing: BTreeSet<String> = BTreeSet::new();
    let mut free: BTreeSet<String> = BTreeSet::new();
    for balance in &balances {
        assert_eq!(balance.asset.as_str(), "CNY");
        let amount = i128::from(balance.balance_minor);
        sum += amount;
        let owner = balance.account.owner().to_owned();
        match balance.account.kind() {
            AccountKind::Payments => payments += amount,
            AccountKind::Merchant => {}
            kind => {
                *of_party.entry(owner[1..].parse().unwrap()).or_default() += amount;
                match kind {
                    AccountKind::Receivable => assert!(owing.insert(owner) && amount < 0),
                    AccountKind::Available => assert!(free.insert(owner) && amount > 0),
                    _ => assert!(amount > 0, "{balance:?}"),
                }
            }
        }
    }
    assert_eq!(sum, 0, "I1");
    assert!(owing.is_disjoint(&free), "a debt is taken from what is free first: {owing:?} {free:?}");
    if parked {
        // What was parked and taken up is not told apart here; the sum above still holds.
        return;
    }
    let remaining: i128 = model.orders.values().map(Order::remaining).sum();
    assert_eq!(-payments, remaining, "what the buyers have paid and not got back");
    for party in 0..3 {
        let expected: i128 =
            model.orders.values().map(|order| order.shares().get(&party).copied().unwrap_or(0)).sum();
        assert_eq!(
            of_party.get(&party).copied().unwrap_or(0),
            expected,
            "s{party} keeps the formula over what remains"
        );
    }
}

fn run(steps: &[Step]) {
    let mut scenario = Scenario::new(THREE_LEVEL);
    scenario.play("bound upline s0 s1 → noted\nbound upline s1 s2 → noted");
    let mut model = Model::default();
    let mut told: Vec<serde_json::Value> = Vec::new();
    let mut parked = false;
    for step in steps {
        let event = match step.words() {
            Some(words) => scenario.event(&words),
            None if told.is_empty() => continue,
            None => {
                let Step::Again { which } = step else { unreachable!() };
                let event = told[usize::from(*which) % told.len()].clone();
                scenario.books.begin().unwrap();
                let posted = scenario.books.take_json(&event.to_string()).unwrap();
                scenario.books.commit().unwrap();
                assert!(
                    matches!(posted.code, Code::Duplicate | Code::Conflict),
                    "I2: {event} gave {}",
                    posted.code
                );
                continue;
            }
        };
        scenario.books.begin().unwrap();
        let posted = scenario.books.take_json(&event.to_string()).unwrap();
        scenario.books.commit().unwrap();
        told.push(event);
        parked |= posted.code == Code::Parked;
        let is_new = !matches!(posted.code, Code::Duplicate | Code::Conflict | Code::Parked);
        if let Some(expected) = model.expects(step).filter(|_| is_new && !parked) {
            assert_eq!(posted.code == Code::Created, expected, "{step:?}: {:?}", posted.because);
        }
        if posted.code == Code::Created {
            model.apply(step);
        }
        check(&mut scenario, &model, parked);
    }
    // The log, taken again from the first event on, ends at the same hash (I20).
    let verified = verify(&ENGINE, scenario.books.ledger()).unwrap();
    assert_eq!(verified.head, scenario.books.ledger().head().unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_money_is_where_the_model_says(steps in prop::collection::vec(step(), 1..250)) {
        // Orders first, so that little has to wait: parked events are the next property's business.
        let (pays, others): (Vec<Step>, Vec<Step>) =
            steps.into_iter().partition(|step| matches!(step, Step::Pay { .. }));
        let depends = |step: &Step| matches!(step, Step::Succeeded { .. } | Step::Failed { .. } | Step::Returned { .. } | Step::Won { .. } | Step::Lost { .. });
        let paid: BTreeSet<u8> = pays.iter().map(|step| match step { Step::Pay { order, .. } => *order, _ => 0 }).collect();
        let known = |step: &Step| match step {
            Step::Complete { order } | Step::Cancel { order } | Step::RefundUnits { order, .. }
            | Step::RefundMoney { order, .. } | Step::Request { order, .. } | Step::Dispute { order, .. } => paid.contains(order),
            _ => true,
        };
        let mut ordered = pays;
        ordered.extend(others.into_iter().filter(known).filter(|step| !depends(step)));
        run(&ordered);
    }

    #[test]
    fn any_order_of_telling_balances_and_replays(steps in prop::collection::vec(step(), 1..150)) {
        run(&steps);
    }
}
