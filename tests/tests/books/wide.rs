//! Histories of everything at once: orders with coupons and quotes, refunds, disputes, rebinding, people who turn out to be
//! one, other programs, restatements, rails, policies that break, closed days and months, payouts whose result is unknown, told again and too early; three ledgers
//! that answer alike after every step, and a log that leads to the same ledger again.

use std::collections::BTreeMap;

use fenrun::books::{Books, Code, Posted, Restating, verify};
use fenrun::program::{ModuleSource as _, ModuleSourceError, PolicySource};
use fenrun_cli::modules::PolicyModules;
use fenrun_ledger::{Account, AccountKind, Asset, Ledger, MemoryLedger, SqliteLedger};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::backends::Server;
use super::by_hand::{off, off_sixteenth_prices};
use super::scenario::{ENGINE, event};

/// Discounts that break or are priced again, coupons of two kinds, shares, a budget and tiers by the month. The second
/// program has other rates, caps what it spends, names a rail, and takes back more after refunds; a third is the second
/// with a mended rate, for restating.
fn program(number: u8) -> String {
    let (first, budget) = match number {
        0 => ("20%", ""),
        1 => ("12%", "budget = { party = \"90.00\" }"),
        _ => ("13%", "budget = { party = \"90.00\" }"),
    };
    let head = match number {
        0 => "",
        _ => {
            "rail = \"wechat\"\nrail_overrides = { ratio_max = \"35%\" }\n\
             guard_overrides = { over_cap = \"trim\", refund_over_cap = \"claw\", promoters_cap = \"25%\" }\n"
        }
    };
    format!(
        r#"
merchant  = "wide"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"
volume_window = "month"
{head}
[[policy]]
name   = "spring"
use    = "nth-order-discount"
coupon = "SPRING"
configuration = {{ benefits = [{{ order = 1, rate = "20%" }}, {{ order = 2, rate = "10%" }}] }}

[[policy]]
name       = "fragile"
use        = "./fragile.wasm"
on_failure = "last_good"

[[policy]]
name      = "pairs"
use       = "second-half-price"
on_refund = "reprice"

[[policy]]
name   = "alliance"
use    = "alliance-coupon"
coupon = "GIFT"

[[policy]]
name = "levels"
use  = "three-level"
{budget}
configuration = {{ rates = ["{first}", "5%", "3%"] }}

[[policy]]
name = "tiers"
use  = "volume-tiers"
configuration = {{ mode = "whole", tiers = [{{ from = "0.00", rate = "2%" }}, {{ from = "300.00", rate = "6%" }}] }}

[ledger]
late_refund = "recompute"
"#
    )
}

/// A discount that breaks nearly always, or always works; so the first program's is suspended again and again, and stands
/// behind nobody, while the second's stands in for the first.
fn fragile(number: u8) -> Vec<u8> {
    if number == 0 { off_sixteenth_prices(3) } else { off(2) }
}

/// What is told next: an event in words, one of the events before again, or another program.
#[derive(Clone, Debug)]
enum Told {
    Words(String),
    Again(usize),
    Program(u8),
    Restate { number: u8, first: u8, last: u8, posted: bool },
}

fn words() -> impl Strategy<Value = String> {
    let money = (1..9_000_u32).prop_map(|fen| format!("{}.{:02}", fen / 100, fen % 100));
    let small = 0..6_u8;
    let paid = (small.clone(), 0..4_u8, 0..3_u8, 1..4_u8, 1..20_000_u32, any::<bool>());
    prop_oneof![
        6 => paid.prop_map(|(order, buyer, seller, units, fen, coupon)| format!(
            "paid A{order} b{buyer} s{seller} 1={units}x{}.{:02} 2=3.33{}",
            fen / 100, fen % 100, if coupon { " coupons=SPRING,GIFT" } else { "" },
        )),
        // Carts that are only looked at: they ask the fragile policy often enough to have it suspended.
        8 => (any::<u8>(), 0..4_u8, 0..3_u8, money.clone())
            .prop_map(|(cart, buyer, seller, price)| format!("priced C{cart} b{buyer} s{seller} 1={price}")),
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
        1 => Just("coupon GIFT public=false issuer=wide uses_max=6".to_owned()),
        2 => (any::<u8>(), 0..4_u8, 0..2_u8).prop_map(|(issue, to, giver)| format!("issued I{issue} GIFT b{to} giver=t{giver} expires=2026-03-25")),
        1 => (0..8_u8).prop_map(|one| if one == 0 { "revoked GIFT".to_owned() } else { "resumed fragile".to_owned() }),
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
        1 => (1..3_u8, 1..4_u8, 1..4_u8, any::<bool>()).prop_map(|(number, first, days, posted)| {
            Told::Restate { number, first, last: first + days, posted }
        }),
    ]
}

fn histories(count: usize, steps: usize) -> Vec<Vec<Told>> {
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = prop::collection::vec(told(), steps..=steps);
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn modules(number: u8) -> impl Fn(&PolicySource) -> Result<Vec<u8>, ModuleSourceError> {
    let (stock, fragile) = (PolicyModules::new(".").quiet(true), fragile(number));
    move |source: &PolicySource| match source {
        PolicySource::Module(_) => Ok(fragile.clone()),
        PolicySource::Stock(_) | PolicySource::Folder(_) => stock.module(source),
    }
}

fn prepare(books: &mut Books, number: u8) {
    books.prepare(&program(number), "program.toml", &modules(number)).unwrap();
}

/// Restates some days under another program; answers what became of it.
fn restate(books: &mut Books, number: u8, (first, last): (u8, u8), (id, posted): (i64, bool)) -> String {
    let no_files =
        |_: &str| -> std::io::Result<String> { Err(std::io::Error::other("a test reads no profile")) };
    let mended = books.mended(&program(number), "mended.toml", &modules(number), &no_files).unwrap();
    let day = |day: u8| jiff::civil::date(2026, 3, i8::try_from(day).unwrap());
    if !posted {
        return match books.preview(&mended, day(first), day(last)) {
            Ok(told) => {
                let gained: i64 = told.parties.iter().map(|party| party.difference_minor()).sum();
                assert_eq!(gained + told.merchant_minor, 0, "what some gain, others lose: {told:?}");
                format!("{} orders", told.orders.len())
            }
            Err(error) => error.to_string(),
        };
    }
    let restating = Restating {
        restatement: format!("X{id}"),
        from: day(first),
        to: day(last),
        time: "2026-03-31T00:00:00Z".parse().unwrap(),
        reason: "a slip".to_owned(),
    };
    match books.restate(&mended, &restating) {
        Ok(posted) => format!("{}: {:?}", posted.code, posted.because),
        Err(error) => error.to_string(),
    }
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

/// What the documents say of each order is what its accounts hold: by party, what is held is what is kept and not released;
/// nothing is kept beyond what was accrued; the buyers' money is what remains of all orders.
fn check_lots(books: &mut Books) {
    let mut held: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut remains = 0;
    for (order, bytes) in books.ledger().scan("lot", "", None, 10_000).unwrap() {
        let lot: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let number = |of: &serde_json::Value, key: &str| of[key].as_i64().unwrap_or(0);
        for share in lot["shares"].as_array().unwrap() {
            let (accrued, retained) = (number(share, "accrued"), number(share, "retained"));
            assert!(0 <= retained && retained <= accrued, "I5: {order}: {share}");
            if share["released"] != true {
                let party = share["party"].as_str().unwrap().to_owned();
                *held.entry((party, order.clone())).or_default() += retained;
            }
        }
        for line in lot["lines"].as_array().unwrap() {
            let (due, quantity) = (number(line, "due"), number(line, "quantity"));
            let by_units = due * (quantity - number(line, "returned")) / quantity;
            let kept_back = number(line, "kept_back");
            assert!(kept_back >= 0, "{order}: {line}");
            remains += (by_units + kept_back - number(line, "given_back")).max(0);
        }
    }
    held.retain(|_, amount| *amount != 0);
    let mut found: BTreeMap<(String, String), i64> = BTreeMap::new();
    for balance in books.ledger().balances(None, Some(AccountKind::Held)).unwrap() {
        let account = (balance.account.owner().to_owned(), balance.account.lot().to_owned());
        found.insert(account, balance.balance_minor);
    }
    found.retain(|_, amount| *amount != 0);
    assert_eq!(held, found);
    let payments = Account::new(AccountKind::Payments, "", "");
    assert_eq!(books.ledger().balance(&payments, &Asset::new("CNY")).unwrap(), -remains);
}

/// The rarer things that may happen, and how each is told.
const MARKS: [(&str, &str); 5] = [
    ("the rest is priced again", "is kept back, what remains costs more by itself"),
    ("a refund claws down to a cap", "more is taken back"),
    ("a close is worked out again", "period `"),
    ("the rail's last day is told", "rail `wechat` makes shares"),
    ("an older version stands in", "\"stands_in\":true"),
];

/// A policy is suspended, and run again.
const SUSPENDED: &str = "a policy is suspended";
const RESUMED: &str = "a policy is run again";

fn marks(posted: &Posted) -> impl Iterator<Item = &'static str> {
    let told = posted.note.iter().chain(&posted.decision_json).cloned().collect::<String>();
    let suspended = (!posted.suspended.is_empty()).then_some(SUSPENDED);
    let is_resumed = posted.code == Code::Noted && posted.fact.starts_with("policy.resumed/");
    let marked = MARKS.into_iter().filter(move |(_, words)| told.contains(words)).map(|(mark, _)| mark);
    marked.chain(suspended).chain(is_resumed.then_some(RESUMED))
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
            Told::Restate { number, first, last, posted } => {
                let mut answers = Vec::new();
                for books in all.iter_mut() {
                    books.begin().unwrap();
                    let answer = restate(books, *number, (*first, *last), (minute, *posted));
                    let head = books.commit().unwrap();
                    answers.push((answer, head));
                }
                assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
                let answer = answers[0].0.split(':').next().unwrap().to_owned();
                *codes.entry(format!("restated, {answer}")).or_default() += 1;
                check(&mut all[0]);
                check_lots(&mut all[0]);
                continue;
            }
        };
        let mut answers = Vec::new();
        for books in all.iter_mut() {
            books.begin().unwrap();
            let posted = books.take_json(&next.to_string()).unwrap_or_else(|error| panic!("{next}: {error}"));
            let head = books.commit().unwrap();
            let balances = books.ledger().balances(None, None).unwrap();
            if answers.is_empty() {
                marks(&posted).for_each(|mark| *codes.entry(mark.to_owned()).or_default() += 1);
            }
            answers.push((posted.code, posted.because, posted.seq, head, balances));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{next}: {answers:?}");
        *codes.entry(answers[0].0.to_string()).or_default() += 1;
        check(&mut all[0]);
        before.push(next);
    }
    check_lots(&mut all[0]);
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
    for mark in MARKS.map(|(mark, _)| mark).into_iter().chain([SUSPENDED, RESUMED]) {
        assert!(codes.get(mark).is_some_and(|count| *count > 10), "{mark}: {codes:?}");
    }
    assert!(codes.get("restated, created").is_some_and(|count| *count > 20), "{codes:?}");
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
