//! Random histories against an independent model: it says of every event what becomes of it, and of every account what it
//! holds, after every step.
//!
//! The model is written from what the words mean, over plain 128-bit integers, and shares no code with the books. Nothing
//! is left out of a comparison: a balance that the model does not know is a difference.

mod accounts;
mod closes;
mod coupons;
mod grants;
mod kinds;
mod money;
mod orders;
mod relations;
mod repriced;
mod steps;
mod world;

use std::collections::BTreeMap;

use fenrun::books::{BooksError, Code, Posted, verify};
use fenrun_cli::modules::PolicyModules;
use fenrun_ledger::Ledger;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use super::scenario::{ENGINE, Scenario, event};
use accounts::Accounts;
use kinds::{KINDS, Placed};
use steps::{Step, step};
use world::{Rules, World};

fn program(number: u8) -> String {
    let Rules { levels: [first, second, third], platform_cap } = Rules::of(number);
    format!(
        r#"
merchant  = "model"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"
volume_window   = "month"
guard_overrides = {{ platform_cap = "{platform_cap}%", refund_over_cap = "claw" }}

[[policy]]
name   = "spring"
use    = "nth-order-discount"
coupon = "SPRING"
configuration = {{ benefits = [{{ order = 1, rate = "20%" }}, {{ order = 2, rate = "10%" }}] }}

[[policy]]
name   = "gift"
use    = "alliance-coupon"
coupon = "GIFT"
configuration = {{ off = "3.00", from = "10.00", rate = "10%" }}

[[policy]]
name = "levels"
use  = "three-level"
configuration = {{ rates = ["{first}%", "{second}%", "{third}%"] }}

[[policy]]
name = "contract"
use  = "local-life"
configuration = {{ rate = "0%", promoter = "0%", categories = [{{ category = "a", rate = "40%" }}] }}

[[policy]]
name = "tiers"
use  = "volume-tiers"
configuration = {{ mode = "whole", tiers = [{{ from = "0.00", rate = "2%" }}, {{ from = "300.00", rate = "6%" }}] }}

[[policy]]
name = "stars"
use  = "membership-stars"
configuration = {{ spent = "50.00" }}

[[policy]]
name = "days"
use  = "check-in"
configuration = {{ series = [{{ days = 3, points = 2 }}] }}

[ledger]
late_refund = "recompute"
"#
    )
}

/// Three hours for each step, and some hours to and fro; no two events have one moment.
fn moment(step: usize, shift: i8) -> String {
    let start: jiff::Timestamp = "2026-03-01T02:00:00Z".parse().unwrap();
    let minutes = i64::try_from(step).unwrap() * 181 + i64::from(shift) * 60;
    (start + jiff::SignedDuration::from_mins(minutes)).to_string()
}

fn found(ledger: &mut dyn Ledger) -> Accounts {
    let balances = ledger.balances(None, None).unwrap().into_iter();
    let all = balances.filter(|balance| balance.balance_minor != 0).map(|balance| {
        let account = &balance.account;
        let name = (
            account.kind().name(),
            account.owner().into(),
            account.lot().into(),
            balance.asset.as_str().into(),
        );
        (name, balance.balance_minor.into())
    });
    Accounts(all.collect())
}

/// The accounts that are not as they should be: what the model says, and what is there.
fn differences(model: &Accounts, books: &Accounts) -> Vec<String> {
    let names = model.0.keys().chain(books.0.keys()).collect::<std::collections::BTreeSet<_>>();
    let of = |accounts: &Accounts, name| accounts.0.get(name).copied().unwrap_or(0);
    let differ = names.into_iter().filter(|name| of(model, name) != of(books, name));
    differ
        .map(|name| format!("{name:?}: {} by the model, {} in the books", of(model, name), of(books, name)))
        .collect()
}

fn codes(posted: &Posted) -> Vec<Code> {
    std::iter::once(posted.code).chain(posted.taken_up.iter().map(|next| next.code)).collect()
}

/// How often each kind of event came to each code.
type Seen = BTreeMap<(String, String), u64>;

fn run(steps: &[Step], seen: &mut Seen) {
    let mut scenario = Scenario::new(&program(0));
    let (mut world, mut in_force) = (World::new(), 0);
    let mut before: Vec<Value> = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        let event = match step {
            Step::Words(words, shift) => {
                let timeless = words.starts_with("day") || words.starts_with("period");
                let at = if timeless { String::new() } else { format!(" at={}", moment(place, *shift)) };
                event(&format!("{words}{at}"), 0)
            }
            Step::Again(which) if !before.is_empty() => before[which % before.len()].clone(),
            Step::Again(_) => continue,
            Step::Program(number) => {
                let modules = PolicyModules::new(".").quiet(true);
                in_force = *number;
                scenario.books.prepare(&program(in_force), "program.toml", &modules).unwrap();
                continue;
            }
        };
        scenario.books.begin().unwrap();
        let posted = match scenario.books.take_json(&event.to_string()) {
            Ok(posted) => posted,
            // A day that is over when something is given until then, and other words that make no event.
            Err(BooksError::Event(_)) => {
                scenario.books.commit().unwrap();
                continue;
            }
            Err(error) => panic!("{event}: {error}"),
        };
        scenario.books.commit().unwrap();
        // A program comes into force with the first event that is new.
        if !world.was_told(&posted.fact) {
            world.rules = Rules::of(in_force);
        }
        let expected = world.tell(&posted.fact, &event);
        assert_eq!(codes(&posted), expected, "step {place}, {event}: {:?}", posted.because);
        let different = differences(&world.accounts, &found(scenario.books.ledger()));
        assert!(different.is_empty(), "step {place}, {event}: {:?}\n{}", posted.note, different.join("\n"));
        for each in std::iter::once(&posted).chain(&posted.taken_up) {
            let kind = each.fact.split('/').next().unwrap().to_owned();
            *seen.entry((kind, each.code.to_string())).or_default() += 1;
        }
        before.push(event);
    }
    let ledger = scenario.books.ledger();
    assert_eq!(verify(&ENGINE, ledger).unwrap().head, ledger.head().unwrap(), "I20");
    for stored in
        ledger.entries(0, 100_000).unwrap().iter().filter(|stored| stored.entry.kind == "program.activated")
    {
        *seen.entry((stored.entry.kind.clone(), stored.entry.code.to_string())).or_default() += 1;
    }
}

/// What the model is said to predict does happen, and comes to something.
#[test]
fn every_predicted_kind_is_predicted() {
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let history = prop::collection::vec(step(), 220..=220);
    let mut seen = Seen::new();
    for _ in 0..80 {
        run(&history.new_tree(&mut runner).unwrap().current(), &mut seen);
    }
    for (kind, _) in KINDS.iter().filter(|(_, placed)| *placed == Placed::Predicted) {
        let of = |code: Code| seen.get(&((*kind).to_owned(), code.to_string())).copied().unwrap_or(0);
        assert!(
            of(Code::Created) + of(Code::Noted) >= 10,
            "`{kind}` hardly ever comes to anything: {seen:?}"
        );
    }
    for code in [Code::Refused, Code::Parked, Code::Duplicate, Code::Conflict, Code::Held] {
        let all: u64 =
            seen.iter().filter(|((_, of), _)| *of == code.to_string()).map(|(_, count)| count).sum();
        assert!(all >= 50, "{code}: {seen:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_account_holds_what_the_model_says(steps in prop::collection::vec(step(), 1..160)) {
        run(&steps, &mut Seen::new());
    }
}
