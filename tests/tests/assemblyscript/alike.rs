//! Ten thousand generated orders and a thousand closes: both languages come to the same decision, to the last part of the
//! last line.

use std::path::PathBuf;

use fenrun::{
    Engine, EngineOptions, Outcome, PeriodFacts, Program,
    event::{Buyer, Event, Expectations, Line, Order, Party, Pricing},
    granting::Holdings,
    history::{NoHistory, VolumeWindow},
    program::{ModuleSource, ModuleSourceError, PolicySource, ProgramFile},
};
use fenrun_cli::modules::PolicyModules;
use fenrun_money::Currency;
use serde_json::{Value, json};

use super::{compiler_is_there, folder, root};

/// Programs that use every configuration of the seven policies at least once.
const PROGRAMS: [&str; 5] = [
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
    r#"
[[policy]]
name = "pairs"
use  = "second-half-price"
[[policy]]
name = "alliance"
use  = "alliance-coupon"
[policy.configuration]
role = "store"
from = "1"
[[policy]]
name = "stars"
use  = "membership-stars"
"#,
    r#"
[[policy]]
name = "thirds"
use  = "second-half-price"
[policy.configuration]
rate = "100%"
every = 3
mix = "category"
categories = ["tea", "wine"]
[[policy]]
name = "swaps"
use  = "alliance-coupon"
[policy.configuration]
role = "guide"
off = "3"
swap = "tea-for-dates"
[[policy]]
name = "pays"
use  = "alliance-coupon"
[policy.configuration]
role = "store"
rate = "4.5%"
[[policy]]
name = "stars"
use  = "membership-stars"
[policy.configuration]
spent = "7.77"
star_days = 365
card = []
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

/// Each buyer has earned something before.
struct Points;

impl Holdings for Points {
    fn held(&self, party: &str, asset: &str) -> i64 {
        self.earned(party, asset) / 2
    }

    fn earned(&self, party: &str, asset: &str) -> i64 {
        let number: i64 = party.trim_start_matches(|each: char| !each.is_ascii_digit()).parse().unwrap_or(0);
        if asset == "stars" { number / 10 } else { number * 777 }
    }
}

fn order(numbers: &mut Numbers, place: usize) -> Event {
    let buyer_id = format!("b{}", numbers.below(50));
    let buyer = Buyer::new(buyer_id.as_str()).order_number(numbers.below(5) as u32 + 1);
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
    if numbers.one_in(5) {
        order = order.line(Line::fee("yy", numbers.amount()));
    }
    if numbers.one_in(3) {
        parties.push(Party::new(buyer_id, "consumer"));
    }
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
    let (mut shares, mut discounts, mut grants, mut tiers) = (0, 0, 0, 0);
    for place in 0..10_000 {
        let event = order(&mut numbers, place);
        let (one_program, other_program) = &programs[place % programs.len()];
        let [one, two] =
            [one_program, other_program].map(|program| engine.decide(program, &event, &NoHistory));
        assert_eq!(money(&one), money(&two), "{}", event.to_json());
        if let Outcome::Decided(decision) = &one {
            shares += decision.shares.len();
            discounts += decision.discounts.len();
            let granted = [one_program, other_program]
                .map(|program| engine.grants(program, &event, Some(decision), &Points, &NoHistory).unwrap());
            let [ours, theirs] = &granted;
            assert_eq!((&ours.grants, &ours.tiers), (&theirs.grants, &theirs.tiers), "{}", event.to_json());
            grants += ours.grants.len();
            tiers += ours.tiers.len();
        }
    }
    assert!(
        shares > 8_000 && discounts > 5_000 && grants > 5_000 && tiers > 50,
        "{shares} shares, {discounts} discounts, {grants} grants and {tiers} tiers show too little"
    );

    let mut bonuses = 0;
    for place in 0..1_000 {
        let window = VolumeWindow::Month;
        let (start, end) = ("2026-02-28T16:00:00Z".parse().unwrap(), "2026-03-31T16:00:00Z".parse().unwrap());
        let mut facts =
            PeriodFacts::new(window, start, end, Party::seller("s1").eligible(!numbers.one_in(9)));
        facts.volume_minor = numbers.amount() * 10;
        facts.accrued_by_policy_minor.insert("tiers".to_owned(), numbers.amount() / 10);
        // Those with a policy that is asked at the close.
        let (one, two) = &programs[place % 3];
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
