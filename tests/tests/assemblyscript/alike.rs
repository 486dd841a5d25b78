//! Ten thousand generated orders and a thousand closes: both languages come to the same decision, to the last part of the
//! last line.

use std::path::PathBuf;

use fenrun::{
    Engine, EngineOptions, Outcome, PeriodFacts, Program,
    event::{Buyer, Event, Expectations, Line, Order, Party, Pricing},
    history::{NoHistory, VolumeWindow},
    program::{ModuleSource, ModuleSourceError, PolicySource, ProgramFile},
};
use fenrun_cli::modules::PolicyModules;
use fenrun_money::Currency;
use serde_json::{Value, json};

use super::{compiler_is_there, folder, root};

/// Programs that use every configuration of the four policies at least once.
const PROGRAMS: [&str; 3] = [
    r#"
[[policy]]
name = "welcome"
use  = "nth-order-discount"
[[policy]]
name = "chain"
use  = "three-level"
[[policy]]
name = "guides"
use  = "guide-lifetime"
[[policy]]
name = "tiers"
use  = "volume-tiers"
"#,
    r#"
[[policy]]
name = "welcome"
use  = "nth-order-discount"
[policy.configuration]
benefits = [{ order = 1, rate = "33.33%", maximum = "50" }, { order = 4, rate = "50%" }]
categories = ["tea", "dates"]
[[policy]]
name = "chain"
use  = "three-level"
[policy.configuration]
base = "margin"
rates = ["7.5%", "2.1739130434782608%"]
[[policy]]
name = "guides"
use  = "guide-lifetime"
[policy.configuration]
rate = "3%"
from_order = 2
bound_days = 90
self_purchase = true
store = { role = "store", rate = "1.5%" }
[[policy]]
name = "tiers"
use  = "volume-tiers"
[policy.configuration]
mode = "whole"
cutoff = "exclusive"
tiers = [{ from = "100", rate = "1%" }, { from = "1000", rate = "2%" }, { from = "5000", rate = "3%" }]
"#,
    r#"
[[policy]]
name = "tiers"
use  = "volume-tiers"
[policy.configuration]
tiers = [{ from = "0", rate = "1%" }, { from = "100", rate = "2%" }, { from = "500.01", rate = "4%" }]
"#,
];

/// The stock policies as AssemblyScript gives them.
struct Other(PolicyModules);

impl ModuleSource for Other {
    fn module(&self, source: &PolicySource) -> Result<Vec<u8>, ModuleSourceError> {
        let PolicySource::Stock(name) = source else { return Err(ModuleSourceError::unknown(source)) };
        self.0.build(&folder(name)).map_err(|error| ModuleSourceError::other(source, error))
    }
}

fn load(engine: &Engine, program: &str, modules: &dyn ModuleSource) -> Program {
    let text = format!(
        "merchant = 'alike'\ncurrency = 'CNY'\ntime_zone = 'Asia/Shanghai'\nguard = 'open'\n{program}"
    );
    let definition = ProgramFile::parse(&text, "alike.toml").unwrap().into_definition();
    engine.load(definition, modules).unwrap()
}

/// Numbers that are the same in every run (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    fn amount(&mut self) -> i64 {
        let bound = [2, 100, 10_000, 1_000_000][self.below(4) as usize];
        self.below(bound) as i64
    }
}

fn order(numbers: &mut Numbers, place: usize) -> Event {
    let buyer = Buyer::new(format!("b{}", numbers.below(50))).order_number(numbers.below(5) as u32 + 1);
    let time = "2026-03-01T10:00:00+08:00".parse().unwrap();
    let mut order = Order::new(format!("A{place}"), buyer, time, Currency::CNY).pricing(Pricing::Engine);
    // Some orders are long enough for sets of lines in several words.
    let lines = if numbers.one_in(40) { 60 + numbers.below(80) } else { 1 + numbers.below(6) };
    for line in 0..lines {
        let price = numbers.amount();
        let quantity = numbers.below(3) as u32 + 1;
        let each = Line::goods(format!("{line:03}"), format!("SKU{}", numbers.below(9)), quantity, price);
        let each = each.category(["tea", "dates", "wine"][numbers.below(3) as usize]).cost(price / 2);
        order = order.line(each);
    }
    if numbers.one_in(4) {
        order = order.line(Line::shipping("zz", numbers.amount()));
    }
    let mut parties = vec![Party::seller("s1"), Party::upline("s2", 1), Party::upline("s3", 2)];
    parties.truncate(numbers.below(4) as usize);
    for (id, role) in [("g1", "guide"), ("g2", "guide"), ("shop", "store")] {
        if numbers.one_in(if id == "g2" { 9 } else { 2 }) {
            parties.push(Party::new(id, role));
        }
    }
    let parties = parties.into_iter().map(|party| {
        let party = if numbers.one_in(3) { party } else { party.volume(numbers.amount()) };
        party.eligible(!numbers.one_in(8))
    });
    let parties: Vec<_> = parties.collect();
    let order = parties.into_iter().fold(order, Order::party);
    Event::order_paid(order, &Expectations::new(Currency::CNY)).unwrap()
}

/// A decision without what a module is: its digest, its fuel, what it read.
fn money(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Decided(decision) => {
            let mut all: Value = serde_json::from_str(&decision.to_json()).unwrap();
            let own = all.as_object_mut().unwrap();
            own.remove("program");
            for run in own.get_mut("policies").and_then(Value::as_array_mut).into_iter().flatten() {
                let answer = json!({ "policy": run["policy"], "hook": run["hook"], "answer": run["answer"] });
                *run = answer;
            }
            all
        }
        Outcome::Held(held) => json!({ "held": held.cause.to_string() }),
        other => panic!("we broke: {other:?}"),
    }
}

#[test]
fn both_languages_decide_alike() {
    if !compiler_is_there() {
        return;
    }
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let base: PathBuf = root();
    let (rust, other) = (PolicyModules::new(&base).quiet(true), Other(PolicyModules::new(&base).quiet(true)));
    let programs: Vec<_> =
        PROGRAMS.map(|text| (load(&engine, text, &rust), load(&engine, text, &other))).into();
    let mut numbers = Numbers(20_261_127);
    let (mut shares, mut discounts) = (0, 0);
    for place in 0..10_000 {
        let event = order(&mut numbers, place);
        let (one, two) = &programs[place % programs.len()];
        let (one, two) = (engine.decide(one, &event, &NoHistory), engine.decide(two, &event, &NoHistory));
        assert_eq!(money(&one), money(&two), "{}", event.to_json());
        if let Outcome::Decided(decision) = &one {
            shares += decision.shares.len();
            discounts += decision.discounts.len();
        }
    }
    assert!(
        shares > 10_000 && discounts > 1_000,
        "{shares} shares and {discounts} discounts show too little"
    );

    let mut bonuses = 0;
    for place in 0..1_000 {
        let window = VolumeWindow::Month;
        let (start, end) = ("2026-02-28T16:00:00Z".parse().unwrap(), "2026-03-31T16:00:00Z".parse().unwrap());
        let mut facts =
            PeriodFacts::new(window, start, end, Party::seller("s1").eligible(!numbers.one_in(9)));
        facts.volume_minor = numbers.amount() * 10;
        facts.accrued_by_policy_minor.insert("tiers".to_owned(), numbers.amount() / 10);
        let (one, two) = &programs[place % programs.len()];
        let close = |program| {
            let closed = engine.close_period(program, &facts).unwrap();
            let all = closed.bonuses.iter().map(|bonus| (bonus.amount_minor, bonus.reason.clone()));
            all.collect::<Vec<_>>()
        };
        let (one, two) = (close(one), close(two));
        assert_eq!(one, two, "{facts:?}");
        bonuses += one.len();
    }
    assert!(bonuses > 500, "{bonuses} bonuses show too little");
}
