//! A policy in AssemblyScript notes every fact, and asks for every kind of effect: each name of its SDK tells what the host
//! knows, and asks for what it says.

use std::sync::Arc;

use fenrun::{
    Decision, Engine, EngineOptions, Outcome, PeriodFacts, Program,
    decision::PolicyRun,
    event::{Buyer, Event, Expectations, Line, Order, Party, Pricing, RelationBound},
    granting::{Holdings, Occasion},
    history::{Binding, History, NoHistory, PresentedCoupon, PricedQuote, VolumeWindow},
    program::ProgramFile,
};
use fenrun_cli::modules::PolicyModules;
use fenrun_money::{Currency, Rate};
use jiff::{Timestamp, tz::TimeZone};

use super::{compiler_is_there, root};

const PROGRAM: &str = r#"
merchant  = "told"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "open"
[[policy]]
name = "every"
use  = "./every-fact"
[policy.configuration]
words = ["C1", "gold", "b1", "app", "1", "SKU1", "tea", "welcome", "A", "B", "check_in", "s1", "supplier"]
"#;

/// Nothing happened before, but one coupon is known.
struct OneCoupon;

impl History for OneCoupon {
    fn paid_orders(&self, buyer: &str) -> u64 {
        NoHistory.paid_orders(buyer)
    }

    fn last_order_time(&self, buyer: &str) -> Option<Timestamp> {
        NoHistory.last_order_time(buyer)
    }

    fn upline(&self, party: &str, at: Timestamp) -> Option<Binding> {
        NoHistory.upline(party, at)
    }

    fn bindings(&self, buyer: &str, at: Timestamp) -> Vec<Binding> {
        NoHistory.bindings(buyer, at)
    }

    fn volume(&self, party: &str, window: VolumeWindow, zone: &TimeZone, at: Timestamp) -> i64 {
        NoHistory.volume(party, window, zone, at)
    }

    fn tier(&self, party: &str) -> Option<String> {
        NoHistory.tier(party)
    }

    fn quote(&self, quote: &str) -> Option<Arc<PricedQuote>> {
        NoHistory.quote(quote)
    }

    fn presented(
        &self,
        coupon: &str,
        _buyer: &str,
        _quote: Option<&str>,
        _at: Timestamp,
    ) -> Result<PresentedCoupon, String> {
        if coupon != "C1" {
            return Ok(PresentedCoupon::default());
        }
        Ok(PresentedCoupon {
            kind: Some("welcome".into()),
            issuer: Some("A".into()),
            giver: Some("B".into()),
            amount_minor: Some(500),
            rate: Some(Rate::percent(3)),
            minimum_minor: Some(2_000),
            uses_left: Some(2),
            expires: Some("2026-03-11".parse().unwrap()),
            since: Some("2026-02-27T12:00:00+08:00".parse().unwrap()),
        })
    }
}

/// Who holds so many units of whatever it is.
struct Few;

impl Holdings for Few {
    fn held(&self, party: &str, asset: &str) -> i64 {
        if asset == "stars" { party.len() as i64 } else { 0 }
    }

    fn earned(&self, party: &str, asset: &str) -> i64 {
        self.held(party, asset) * 10
    }
}

fn order() -> Event {
    let buyer = Buyer::new("b1").tag("vip").attribute("weight", 71).order_number(3).days_since_last_order(12);
    let time = "2026-03-01T10:30:00+08:00".parse().unwrap();
    let order = Order::new("A1", buyer, time, Currency::CNY).pricing(Pricing::Engine);
    let tea = Line::goods("1", "SKU1", 2, 1_000).category("tea").cost(300).tax(60).floor(700);
    let order = order
        .line(tea.tag("vip").attribute("weight", 250))
        .line(Line::goods("2", "SKU1", 3, 500).category("tea").cost(100))
        .line(Line::shipping("3", 600))
        .party(Party::seller("s1").tier("gold").volume(40_000).tag("vip").attribute("weight", true))
        .party(Party::upline("s2", 1))
        .party(Party::new("b1", "consumer").eligible(false))
        .party(Party::new("A", "merchant"))
        .party(Party::new("B", "partner"))
        .coupon("C1")
        .coupon("C2")
        .source("app")
        .attribute("weight", 9);
    Event::order_paid(order, &Expectations::new(Currency::CNY)).unwrap()
}

fn load(engine: &Engine) -> Program {
    let modules = PolicyModules::new(root().join("sdk/assemblyscript/policies")).quiet(true);
    let definition = ProgramFile::parse(PROGRAM, "told.toml").unwrap().into_definition();
    engine.load(definition, &modules).unwrap()
}

fn notes(runs: &[PolicyRun], hook: &str) -> Vec<String> {
    runs.iter().filter(|run| run.hook.name() == hook).flat_map(|run| run.notes.clone()).collect()
}

fn decided(outcome: Outcome) -> Decision {
    match outcome {
        Outcome::Decided(decision) => *decision,
        other => panic!("not decided: {other:?}"),
    }
}

#[test]
fn every_fact_of_an_order_is_told() {
    if !compiler_is_there() {
        return;
    }
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let program = load(&engine);
    let decision = decided(engine.decide(&program, &order(), &OneCoupon));
    assert_eq!(
        notes(&decision.policies, "discounts"),
        [
            "counts 3 5 2",
            // List, paid, without tax, margin, net, left; off, shipping, units.
            "amounts 3500 3500 3440 2540 3500 3500 0 600 5",
            "order 0 A1 4 app 2 9 false",
            "time 1772332200 2026 3 1 7 10 30 20513 1 60",
            "buyer b1 3 true true 3 12 2 true 71",
            "party s1 seller gold 12 true 2 0 40000 - true false true true true",
            "party s2 upline - 0 false 0 1 0 - true false true false false",
            "party b1 consumer - 3 false 0 - 0 - false true false false false",
            "coupon C1 welcome A B 1 8 9 10 3 4 500 3/100 2000 2 10 1",
            "coupon C2 - - - 0 0 0 0 - - - - 0 - - -",
            "line 1 SKU1 tea 5 6 7 0 true 2 1000 0 60 600 1400 true 250",
            "line amounts 2000 2000 1940 1340 2000 2000",
            "keys true false true true true 2 3 1",
        ]
    );
    let discounts = decision.discounts.iter().map(|each| {
        let funded = each.funders.iter().map(|funder| funder.amount_minor).sum::<i64>();
        (each.amount_minor, each.coupons.len(), funded)
    });
    // At most 7.00 of half; 7.50 for one of 8.00; half of 12.00, of which the seller carries half; one of three units.
    assert_eq!(
        discounts.collect::<Vec<_>>(),
        [(700, 1, 0), (50, 0, 0), (600, 0, 300), (200, 0, 0), (100, 0, 0)]
    );
    let shares = decision.shares.iter().map(|each| {
        let funded = each.funders.first().map(|funder| (&*funder.party.id, funder.rate));
        (&*each.party.id, each.amount_minor, each.coupons.len(), funded)
    });
    // Half of 15.50 + 4.00, and 0.07; half of what lies between 1.00 and 3.00.
    assert_eq!(
        shares.collect::<Vec<_>>(),
        [("s1", 982, 0, None), ("s2", 100, 1, Some(("s1", Rate::percent(50))))]
    );

    let granted = engine.grants(&program, &order(), Some(&decision), &Few, &OneCoupon).unwrap();
    assert_eq!(
        notes(&granted.policies, "grants"),
        ["occasion 0 true false true true 0 9 3", "holdings 2 20 2 20"]
    );
    let units = granted.grants.iter().map(|each| {
        (
            each.to.id(),
            each.asset.as_str(),
            each.units,
            each.expires_days,
            each.terms.len(),
            each.counted.clone(),
        )
    });
    let counted = Some(("stars".to_owned(), 5));
    assert_eq!(
        units.collect::<Vec<_>>(),
        [
            ("b1", "stars", 2, Some(30), 0, None),
            ("s1", "stars", 3, None, 1, None),
            ("s1", "C1", 1, None, 0, counted),
        ]
    );
}

#[test]
fn every_fact_of_an_occasion_is_told() {
    if !compiler_is_there() {
        return;
    }
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let program = load(&engine);
    let time = "2026-03-01T10:30:00+08:00".parse().unwrap();
    let checked_in = Occasion::new("check_in", time).buyer("b1").attribute("weight", 8);
    let granted = engine.grants_for(&program, &checked_in, &Few, &NoHistory).unwrap();
    assert_eq!(
        notes(&granted.policies, "grants"),
        ["occasion 11 false false false true - 8 0", "holdings 2 20"]
    );
    assert_eq!(granted.units_of("b1", "stars"), 2);

    let bound = RelationBound::new("guide", "b1", "mei", time, &Expectations::new(Currency::CNY)).unwrap();
    let granted = engine.grants(&program, &bound.into(), None, &Few, &NoHistory).unwrap();
    assert_eq!(
        notes(&granted.policies, "grants"),
        ["occasion 0 false true false true 0 - 0", "holdings 2 20 3 30"]
    );
    assert_eq!((granted.units_of("mei", "stars"), granted.units_of("mei", "C1")), (3, 1));
    let tiers: Vec<_> = granted.tiers.iter().map(|each| (&*each.party.id, &*each.tier)).collect();
    assert_eq!(tiers, [("mei", "gold")]);
}

#[test]
fn every_fact_of_a_period_is_told() {
    if !compiler_is_there() {
        return;
    }
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let program = load(&engine);
    let (start, end) = ("2026-02-28T16:00:00Z".parse().unwrap(), "2026-03-31T16:00:00Z".parse().unwrap());
    let mut facts = PeriodFacts::new(VolumeWindow::Month, start, end, Party::seller("s1"));
    facts.volume_minor = 1_000;
    facts.orders = 2;
    facts.accrued_minor = 30;
    facts.accrued_by_policy_minor.insert("every".to_owned(), 20);
    facts.direct_volume_minor = 150;
    facts.group_volume_minor = 1_150;
    facts.total_volume_minor = 9_000;
    facts.rank = 4;
    facts.tied = 2;
    facts.ranked = 7;
    facts.newly_bound = 5;
    let closed = engine.close_period(&program, &facts).unwrap();
    assert_eq!(
        notes(&closed.policies, "period"),
        ["period 1 2026 3 1 1772294400 1774972800", "numbers 1000 2 30 20 150 1150 9000 4 2 7 5",]
    );
    // 500 of the volume, 50 of the group's second hundred, 9, less 20 and half of 30.
    let bonuses: Vec<_> = closed.bonuses.iter().map(|bonus| bonus.amount_minor).collect();
    assert_eq!(bonuses, [524]);
    assert_eq!(closed.tier.map(|tier| tier.tier.to_string()), Some("gold".to_owned()));
}
