//! Histories of everything at once: orders with coupons and quotes, refunds, disputes, rebinding, people who turn out to be
//! one, other programs, closed days and months, payouts whose result is unknown, told again and too early; three ledgers
//! that answer alike after every step, and a log that leads to the same ledger again.

use std::collections::BTreeMap;

use fenrun::books::{Books, Code, verify};
use fenrun_cli::modules::PolicyModules;
use fenrun_ledger::{Ledger, MemoryLedger, SqliteLedger};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::backends::Server;
use super::scenario::{ENGINE, event};

/// Shares, a coupon, a budget and tiers by the month; the second program has other rates and caps what it spends.
fn program(number: u8) -> String {
    let (first, budget) = if number == 0 { ("20%", "") } else { ("12%", "budget = { party = \"90.00\" }") };
    format!(
        r#"
merchant  = "wide"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"
volume_window = "month"

[[policy]]
name   = "spring"
use    = "nth-order-discount"
coupon = "SPRING"
configuration = {{ benefits = [{{ order = 1, rate = "20%" }}, {{ order = 2, rate = "10%" }}] }}

[[policy]]
name = "levels"
use  = "three-level"
{budget}
configuration = {{ rates = ["{first}", "5%", "3%"] }}

[[policy]]
name = "tiers"
use  = "volume-tiers"
configuration = {{ mode = "whole", tiers = [{{ from = "0.00", rate = "2%" }}, {{ from = "300.00", rate = "6%" }}] }}
"#
    )
}

/// What is told next: an event in words, one of the events before again, or another program.
#[derive(Clone, Debug)]
enum Told {
    Words(String),
    Again(usize),
    Program(u8),
}

fn words() -> impl Strategy<Value = String> {
    let money = (1..9_000_u32).prop_map(|fen| format!("{}.{:02}", fen / 100, fen % 100));
    let small = 0..6_u8;
    let paid = (small.clone(), 0..4_u8, 0..3_u8, 1..4_u8, 1..20_000_u32, any::<bool>());
    prop_oneof![
        6 => paid.prop_map(|(order, buyer, seller, units, fen, coupon)| format!(
            "paid A{order} b{buyer} s{seller} 1={units}x{}.{:02} 2=3.33{}",
            fen / 100, fen % 100, if coupon { " coupons=SPRING" } else { "" },
        )),
        2 => (0..4_u8, 0..4_u8, 0..3_u8, money.clone())
            .prop_map(|(quote, buyer, seller, price)| format!("priced Q{quote} b{buyer} s{seller} 1={price} coupons=SPRING")),
        2 => (small.clone(), 0..4_u8, 0..3_u8, 0..4_u8)
            .prop_map(|(order, buyer, seller, quote)| format!("paid A{order} b{buyer} s{seller} by Q{quote}")),
        3 => small.clone().prop_map(|order| format!("completed A{order}")),
        1 => small.clone().prop_map(|order| format!("cancelled A{order}")),
        3 => (any::<u8>(), small.clone(), 1..3_u8, 1..3_u8)
            .prop_map(|(refund, order, line, units)| format!("refund R{refund} A{order} {line}={units}*")),
        3 => (any::<u8>(), small.clone(), 1..3_u8, money.clone())
            .prop_map(|(refund, order, line, amount)| format!("refund R{refund} A{order} {line}={amount}")),
        1 => (any::<u8>(), small.clone()).prop_map(|(refund, order)| format!("requested R{refund} A{order}")),
        1 => (any::<u8>(), small.clone()).prop_map(|(refund, order)| format!("declined R{refund} A{order}")),
        1 => (0..4_u8, small.clone(), money.clone())
            .prop_map(|(dispute, order, amount)| format!("dispute D{dispute} A{order} 1={amount}")),
        1 => (prop_oneof![Just("won"), Just("lost")], 0..4_u8, small)
            .prop_map(|(end, dispute, order)| format!("{end} D{dispute} A{order}")),
        2 => (0..4_u8, 0..4_u8).prop_map(|(member, to)| format!("bound upline s{member} s{to}")),
        1 => (0..4_u8, 0..3_u8).prop_map(|(member, to)| format!("bound guide b{member} g{to}")),
        1 => (0..4_u8).prop_map(|member| format!("unbound upline s{member}")),
        1 => (0..4_u8, 1..4_u8).prop_map(|(from, by)| format!("moved upline s{from} s{}", (from + by) % 4)),
        1 => (0..4_u8, 1..4_u8).prop_map(|(from, by)| format!("merged b{from} b{}", (from + by) % 4)),
        1 => (0..3_u8, any::<bool>()).prop_map(|(party, frozen)| format!("party s{party} frozen={frozen}")),
        1 => Just("coupon SPRING uses_max=5 uses_per_buyer_max=2".to_owned()),
        1 => (0..4_u8, 0..4_u8, 1..9_u8).prop_map(|(grant, to, units)| format!("grant G{grant} b{to} {units} points expires=2026-03-20")),
        1 => (any::<u8>(), 0..4_u8, 1..9_u8).prop_map(|(id, from, units)| format!("redeem X{id} b{from} {units} points")),
        3 => (1..32_u8).prop_map(|day| format!("day 2026-03-{day:02}")),
        1 => (2..5_u8).prop_map(|month| format!("period 2026-{month:02}")),
        2 => (0..12_u8, 0..3_u8).prop_map(|(payout, party)| format!("payout P{payout} s{party}")),
        3 => (prop_oneof![Just("succeeded"), Just("failed"), Just("returned"), Just("unknown")], 0..12_u8)
            .prop_map(|(told, payout)| format!("{told} P{payout}")),
        1 => (0..4_u8, 0..3_u8).prop_map(|(id, party)| format!("write_off W{id} s{party}")),
        1 => (0..4_u8, 0..3_u8, money).prop_map(|(id, party, amount)| format!("adjusted J{id} s{party} merchant {amount}")),
        1 => (0..6_u8).prop_map(|order| format!("retried order.paid/A{order}")),
    ]
}

fn told() -> impl Strategy<Value = Told> {
    prop_oneof![
        40 => words().prop_map(Told::Words),
        2 => any::<usize>().prop_map(Told::Again),
        1 => (0..2_u8).prop_map(Told::Program),
    ]
}

fn histories(count: usize, steps: usize) -> Vec<Vec<Told>> {
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = prop::collection::vec(told(), steps..=steps);
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn prepare(books: &mut Books, number: u8) {
    let modules = PolicyModules::new(".").quiet(true);
    books.prepare(&program(number), "program.toml", &modules).unwrap();
}

fn books(ledger: Box<dyn Ledger + Send>) -> Books {
    let mut books = Books::open(ENGINE.clone(), ledger).unwrap();
    prepare(&mut books, 0);
    books
}

/// I1 over all accounts, and who owes nothing has nothing below zero: the ledger's own signs are not asked.
fn check(books: &mut Books) {
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    for balance in books.ledger().balances(None, None).unwrap() {
        *sums.entry(balance.asset.as_str().to_owned()).or_default() += i128::from(balance.balance_minor);
        let may_owe = ["payments", "merchant", "receivable", "funding", "opening", "adjustments", "issuance"];
        let kind = balance.account.kind().name();
        assert!(balance.balance_minor >= 0 || may_owe.contains(&kind), "{balance:?}");
    }
    assert!(sums.values().all(|sum| *sum == 0), "I1: {sums:?}");
}

/// Tells a history to all; answers how often each code was answered.
fn tell(all: &mut [Books], history: &[Told]) -> BTreeMap<String, u64> {
    let (mut codes, mut before): (BTreeMap<String, u64>, Vec<serde_json::Value>) =
        (BTreeMap::new(), Vec::new());
    for (minute, step) in (1..).zip(history) {
        let next = match step {
            Told::Words(words) => event(words, minute),
            Told::Again(which) if !before.is_empty() => before[which % before.len()].clone(),
            Told::Again(_) => continue,
            Told::Program(number) => {
                all.iter_mut().for_each(|books| prepare(books, *number));
                continue;
            }
        };
        let mut answers = Vec::new();
        for books in all.iter_mut() {
            books.begin().unwrap();
            let posted = books.take_json(&next.to_string()).unwrap_or_else(|error| panic!("{next}: {error}"));
            let head = books.commit().unwrap();
            let balances = books.ledger().balances(None, None).unwrap();
            answers.push((posted.code, posted.because, posted.seq, head, balances));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{next}: {answers:?}");
        *codes.entry(answers[0].0.to_string()).or_default() += 1;
        check(&mut all[0]);
        before.push(next);
    }
    let verified = verify(&ENGINE, all[0].ledger()).unwrap();
    assert_eq!(verified.head, all[0].ledger().head().unwrap(), "I20");
    codes
}

#[test]
fn everything_at_once_balances_and_replays() {
    let mut codes: BTreeMap<String, u64> = BTreeMap::new();
    for history in histories(150, 200) {
        for (code, count) in tell(&mut [books(Box::new(MemoryLedger::new()))], &history) {
            *codes.entry(code).or_default() += count;
        }
    }
    // A history in which one way out never happens would show nothing of it.
    for code in [Code::Created, Code::Noted, Code::Duplicate, Code::Conflict, Code::Refused, Code::Parked] {
        assert!(codes.get(&code.to_string()).is_some_and(|count| *count > 100), "{code}: {codes:?}");
    }
}

#[test]
fn everything_at_once_in_three_ledgers() {
    let server = Server::find();
    for (number, history) in histories(6, 150).iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let file = SqliteLedger::open(&folder.path().join("ledger.db")).unwrap();
        let mut all = vec![books(Box::new(MemoryLedger::new())), books(Box::new(file))];
        if let Some(server) = &server {
            all.push(books(Box::new(server.ledger(number))));
        }
        tell(&mut all, history);
    }
    if let Some(server) = server {
        server.drop_schemas(6);
    }
}
