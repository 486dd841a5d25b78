//! The figures in the READMEs of the stock policies, decided by the engine, to the cent.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

use std::{collections::BTreeMap, path::Path};

use fenrun::{
    Decision, Engine, EngineOptions, Outcome, PeriodFacts, Program,
    event::{Event, Expectations, Line, Order, Party, Pricing},
    history::{NoHistory, VolumeWindow},
    program::ProgramFile,
};
use fenrun_cli::modules::PolicyModules;
use fenrun_money::Currency;

fn load(engine: &Engine, policy: &str, configuration: &str) -> Program {
    let text = format!(
        "merchant = 'figures'\ncurrency = 'CNY'\ntime_zone = 'Asia/Shanghai'\nguard = 'cn'\n\n\
         [[policy]]\nname = 'it'\nuse = '{policy}'\n[policy.configuration]\n{configuration}\n"
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let definition = ProgramFile::parse(&text, "figures.toml").unwrap().into_definition();
    engine.load(definition, &PolicyModules::new(&root)).unwrap()
}

fn order(parties: &str, lines: impl IntoIterator<Item = Line>) -> Order {
    let time = "2026-03-08T10:00:00+08:00".parse().unwrap();
    let order = Order::new("A1", "b1", time, Currency::CNY).pricing(Pricing::Engine);
    let order = lines.into_iter().fold(order, Order::line);
    // Each party has the name of its role.
    parties.split_whitespace().map(|role| Party::new(role, role)).fold(order, Order::party)
}

fn line(price_minor: i64) -> Line {
    Line::goods("1", "SKU", 1, price_minor)
}

fn decided(policy: &str, configuration: &str, order: Order) -> Box<Decision> {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let event = Event::order_paid(order, &Expectations::new(Currency::CNY)).unwrap();
    match engine.decide(&load(&engine, policy, configuration), &event, &NoHistory) {
        Outcome::Decided(decision) => decision,
        other => panic!("{policy}: {other:?}"),
    }
}

/// Who has how much, and what stays with the merchant, as one line.
fn paid(policy: &str, configuration: &str, order: Order) -> String {
    let decision = decided(policy, configuration, order);
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for share in &decision.shares {
        *sums.entry(share.party.id.to_string()).or_default() += share.amount_minor;
    }
    let told: Vec<String> = sums.iter().map(|(party, sum)| format!("{party} {sum}")).collect();
    format!("{}; {}", told.join(", "), decision.totals.merchant_net)
}

#[test]
fn channel_split() {
    let chain = |parties: &str, price| paid("channel-split", "", order(parties, [line(price)]));
    assert_eq!(
        chain("channel store guide leader", 20_000),
        "channel 2000, guide 1000, leader 600, store 3000; 13400"
    );
    assert_eq!(chain("channel store leader", 20_000), "channel 2000, leader 600, store 4000; 13400");
    assert_eq!(chain("store guide leader", 20_000), "guide 1000, leader 600, store 5000; 13400");
    assert_eq!(chain("store", 20_000), "store 6600; 13400");
    assert_eq!(chain("leader", 20_000), "leader 2600; 17400");
    assert_eq!(chain("", 20_000), "; 20000");
    assert_eq!(chain("channel store leader", 999), "channel 99, leader 29, store 199; 672");
}

#[test]
fn rebate_and_local_life() {
    let back = |parties: &str, price, cost| {
        let order = order(parties, [line(price).cost(cost)]).party(Party::new("b1", "consumer"));
        paid("rebate", "", order)
    };
    assert_eq!(back("referrer", 10_000, 9_200), "b1 400, referrer 160; 9440");
    assert_eq!(back("", 10_000, 9_200), "b1 400; 9600");
    assert_eq!(back("referrer", 999, 919), "b1 40, referrer 16; 943");
    assert_eq!(back("referrer", 33, 30), "b1 1, referrer 0; 32");

    let town = |parties: &str, lines: Vec<Line>| {
        paid("local-life", "categories = [{ category = 'meal', rate = '10%' }]", order(parties, lines))
    };
    let (meal, hair) = (line(10_000).category("meal"), Line::goods("2", "CUT", 1, 5_000).category("hair"));
    assert_eq!(town("platform referrer", vec![meal.clone()]), "platform 700, referrer 300; 9000");
    assert_eq!(
        town("platform referrer", vec![meal.clone(), hair.clone()]),
        "platform 1400, referrer 600; 13000"
    );
    assert_eq!(town("platform", vec![meal, hair]), "platform 2000; 13000");
    assert_eq!(town("platform referrer", vec![line(99)]), "platform 13, referrer 5; 81");
}

#[test]
fn member_seller_leaves_nothing_over() {
    let sold = |parties: &str, price| paid("member-seller", "", order(parties, [line(price)]));
    assert_eq!(sold("merchant platform referrer", 10_000), "merchant 8500, platform 1000, referrer 500; 0");
    assert_eq!(sold("merchant platform", 10_000), "merchant 9000, platform 1000; 0");
    assert_eq!(sold("merchant platform referrer", 999), "merchant 851, platform 99, referrer 49; 0");
    assert_eq!(sold("merchant platform referrer", 33), "merchant 29, platform 3, referrer 1; 0");
}

#[test]
fn discounts() {
    let funded = |parties: &str, configuration: &str, price| {
        let decision = decided("funded-discount", configuration, order(parties, [line(price)]));
        let discount = &decision.discounts[0];
        let carried: Vec<i64> = discount.funders.iter().map(|funder| funder.amount_minor).collect();
        (discount.amount_minor, carried, decision.totals.due)
    };
    assert_eq!(funded("brand", "", 10_000), (2_000, vec![1_200], 8_000));
    assert_eq!(funded("brand", "", 99), (20, vec![12], 79));
    assert_eq!(funded("brand", "amount = '30'", 10_000), (3_000, vec![1_800], 7_000));

    let group = |size: i64, price| {
        paid("group-buying", "", order("leader", [line(price)]).attribute("group_size", size))
    };
    assert_eq!([group(2, 10_000), group(3, 10_000)], ["; 10000", "leader 900; 8100"]);
    assert_eq!([group(10, 10_000), group(50, 10_000)], ["leader 800; 7200", "leader 700; 6300"]);
    assert_eq!(group(3, 999), "leader 89; 810");

    let alliance =
        |configuration, price| paid("alliance-coupon", configuration, order("partner", [line(price)]));
    assert_eq!(alliance("", 10_000), "partner 500; 7500");
    assert_eq!(alliance("rate = '3%'", 25_000), "partner 690; 22310");
    assert_eq!(alliance("", 9_999), "; 9999");
}

#[test]
fn royalty_and_sessions() {
    let contracts =
        "contracts = [{ role = 'designer', rate = '1%', tag = 'robot' }, { role = 'licensor', rate = '8%' }]";
    let works = |lines: Vec<Line>| {
        let order = order("licensor", lines).party(Party::new("designer", "designer").tag("robot"));
        paid("royalty", contracts, order)
    };
    let other = Line::goods("2", "OTHER", 1, 5_700);
    assert_eq!(works(vec![line(10_000).tag("robot"), other.clone()]), "designer 100, licensor 1256; 14344");
    assert_eq!(works(vec![other]), "licensor 456; 5244");
    assert_eq!(works(vec![line(99).tag("robot")]), "designer 0, licensor 7; 92");

    let sessions = "guide = { rate = '5%' }\nsessions = [\
        { source = 'live', category = 'snacks', role = 'streamer', rate = '20%' },\
        { source = 'live', role = 'streamer', rate = '15%' }]";
    let lines = [line(6_000).category("snacks"), Line::goods("2", "TEA", 1, 4_000).category("tea")];
    let live = |source| paid("live-selling", sessions, order("guide streamer", lines.clone()).source(source));
    assert_eq!(live("live"), "guide 500, streamer 1800; 7700");
    assert_eq!(live("search"), "guide 500; 9500");
}

/// However many are tied at whatever place, together they never have more than the pool.
#[test]
fn a_pool_is_never_exceeded() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let program = load(&engine, "ranking", "");
    let (start, end) = ("2026-02-28T16:00:00Z".parse().unwrap(), "2026-03-31T16:00:00Z".parse().unwrap());
    let bonus = |rank: u32, tied: u32| {
        let facts = PeriodFacts {
            volume_minor: 100,
            total_volume_minor: 10_000_000,
            rank,
            tied,
            ranked: 9,
            ..PeriodFacts::new(VolumeWindow::Month, start, end, Party::seller("s1"))
        };
        engine.close_period(&program, &facts).unwrap().bonus_minor()
    };
    assert_eq!([bonus(1, 1), bonus(2, 1), bonus(3, 1), bonus(4, 1)], [100_000, 60_000, 40_000, 0]);
    assert_eq!([bonus(1, 2), bonus(2, 2), bonus(1, 3), bonus(3, 5)], [80_000, 50_000, 66_666, 8_000]);
    for first in 1..6 {
        for second in 1..6 {
            let rest = 1 + first + second;
            let all = bonus(1, first) * i64::from(first) + bonus(1 + first, second) * i64::from(second);
            assert!(all + bonus(rest, 1) <= 200_000, "{first} and {second}");
        }
    }
}
