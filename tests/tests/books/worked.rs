//! Published cases of other systems about commissions, payouts, clawbacks and coupons, by their ids: rows of
//! `tests/cases/ledger.toml`.
//!
//! Invariant: a row asserts balances or a refusal, and what it leaves behind follows from its log.

use fenrun::books::{Books, verify};
use fenrun_ledger::MemoryLedger;
use serde::Deserialize;

use super::by_hand::{gold_from, prepare};
use super::scenario::{ENGINE, Scenario, THREE_LEVEL};

#[derive(Deserialize)]
struct File {
    case: Vec<Case>,
}

/// A case: whose it is, under which program, and what happens.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    ids: Vec<String>,
    #[serde(default)]
    about: String,
    #[serde(default)]
    guard: Option<String>,
    policies: String,
    script: String,
}

impl Case {
    fn program(&self) -> String {
        let guard = self.guard.as_deref().unwrap_or("open");
        let none = if self.policies.contains("[[policy]]") { "" } else { "policy = []\n" };
        format!(
            "merchant = \"worked\"\ncurrency = \"CNY\"\ntime_zone = \"Asia/Shanghai\"\nguard = \"{guard}\"\n{none}{}",
            self.policies
        )
    }
}

#[test]
fn published_cases_come_out_right() {
    let file: File = toml::from_str(include_str!("../../cases/ledger.toml")).unwrap();
    assert!(file.case.len() > 40, "{}", file.case.len());
    for case in file.case {
        let asserts = |line: &str| line.starts_with('=') || line.contains("→ refused");
        assert!(case.script.lines().any(asserts), "{:?} asserts nothing", case.ids);
        let played = std::panic::catch_unwind(|| {
            let mut scenario = Scenario::new(&case.program());
            scenario.play(&case.script);
            // What was played follows from its log.
            verify(&ENGINE, scenario.books.ledger()).unwrap();
        });
        assert!(played.is_ok(), "case {:?}: {}", case.ids, case.about);
    }
}

/// Every movement that an order's refund makes carries the order's id, so both sides of a correction are found together
/// (A23).
#[test]
fn a_correction_carries_the_id_of_its_order() {
    let mut scenario = Scenario::new(THREE_LEVEL);
    scenario.play("paid O1 b1 s1 1=100.00");
    let back = scenario.tell("refund R1 O1 1=10.00");
    let told: Vec<_> = back.transactions.iter().map(|each| (each.code(), each.correlation())).collect();
    assert_eq!(told, [("refund", "O1"), ("clawback", "O1")]);
}

/// A fact counts once in one batch as well, with the batch undone or not (B26).
#[test]
fn a_fact_told_twice_in_one_batch_counts_once() {
    let mut scenario = Scenario::new(THREE_LEVEL);
    let paid = scenario.event("paid O1 b1 s1 1=100.00").to_string();
    for (committed, expected) in [(false, ["created", "duplicate"]), (true, ["created", "duplicate"])] {
        scenario.books.begin().unwrap();
        let mut told = || scenario.books.take_json(&paid).unwrap().code.to_string();
        assert_eq!([told(), told()], expected);
        if committed {
            scenario.books.commit().unwrap();
        } else {
            scenario.books.rollback().unwrap();
        }
    }
    scenario.play("= held s1/O1 20.00\n= payments -100.00");
}

/// One person under two names gets a first-order benefit once (D03).
#[test]
fn merged_buyers_count_together() {
    let program = r#"
merchant  = "dates"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name = "first-order"
use  = "nth-order-discount"
configuration = { benefits = [{ order = 1, rate = "20%" }] }
"#;
    Scenario::new(program).play(
        "
        paid O1 guest 0 1=100.00
        = payments -80.00
        merged guest b1 → noted
        paid O2 b1 0 1=100.00
        = payments -180.00
        paid O3 guest 0 1=100.00
        = payments -280.00
        # Cancelling the first order gives its place back, and with it the benefit.
        cancelled O1
        cancelled O2
        cancelled O3
        paid O4 b1 0 1=100.00
        = payments -80.00
        ",
    );
}

/// At the close of a month, volume tiers true up: as shares of the month's orders, which refunds take back with them.
#[test]
fn a_closed_month_trues_up_and_refunds_take_it_back() {
    let program = r#"
merchant  = "tiers"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"
volume_window = "month"

[[policy]]
name = "tiers"
use  = "volume-tiers"
configuration = { mode = "whole", tiers = [{ from = "0.00", rate = "5%" }, { from = "150.00", rate = "10%" }] }
"#;
    let mut scenario = Scenario::new(program);
    scenario.play(
        "
        paid O1 b1 s1 1=100.00
        paid O2 b1 s1 1=100.00
        = held s1/O1 5.00
        ",
    );
    let second = scenario.balance("held", "s1", "O2", "CNY");
    let closed = scenario.tell("period 2026-03");
    assert_eq!(closed.code.to_string(), "created", "{:?}", closed.because);
    let both = scenario.balance("held", "s1", "O1", "CNY") + scenario.balance("held", "s1", "O2", "CNY");
    assert_eq!(both, 20_00, "10 % of 200.00, of which 5.00 and {second} fen were accrued: {:?}", closed.note);
    scenario.play(
        "
        period 2026-03 → duplicate
        refund R1 O1 1=100.00
        = held s1/O1 0.00
        ",
    );
    let verified = verify(&ENGINE, scenario.books.ledger()).unwrap();
    assert_eq!(verified.told, 5, "the program, two orders, the close, the refund");
}

/// A refund after the close keeps the tier that was reached, unless the program says that it is worked out again.
#[test]
fn a_late_refund_keeps_or_recomputes_the_tier() {
    let program = |late: &str| {
        format!(
            r#"
merchant  = "tiers"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"
volume_window = "month"

[[policy]]
name = "tiers"
use  = "volume-tiers"
configuration = {{ mode = "whole", tiers = [{{ from = "0.00", rate = "5%" }}, {{ from = "150.00", rate = "10%" }}] }}

[ledger]
late_refund = "{late}"
"#
        )
    };
    let month = "
        paid O1 b1 s1 1=100.00
        paid O2 b1 s1 1=2x30.00
        paid O3 b1 s2 1=100.00
        period 2026-03
        ";
    let both = |scenario: &mut Scenario| {
        scenario.balance("held", "s1", "O1", "CNY") + scenario.balance("held", "s1", "O2", "CNY")
    };
    let mut keeps = Scenario::new(&program("keep"));
    keeps.play(month);
    assert_eq!(both(&mut keeps), 16_00, "10 % of 160.00");
    // What belongs to the refunded goods goes back: half of O2's 6.00, and of its part of the 5.00 that trued up, 1.87.
    let back = keeps.tell("refund R1 O2 1=1*");
    assert_eq!((back.note, both(&mut keeps)), (None, 12_06));

    let mut recomputes = Scenario::new(&program("recompute"));
    recomputes.play(month);
    assert_eq!(both(&mut recomputes), 16_00);
    // 130.00 are left of the month: 5 % of it is less than the 8.00 that were accrued at once, so nothing trues up.
    let back = recomputes.tell("refund R1 O2 1=1*");
    assert_eq!(back.note.as_deref(), Some("period `2026-03`: 4.06 of `s1` is taken back"));
    assert_eq!(both(&mut recomputes), 8_00);
    // The other seller is not concerned; nothing is taken back twice.
    recomputes.play("= held s2/O3 5.00");
    let again = recomputes.tell("refund R2 O1 1=0.01");
    assert!(again.note.is_none(), "{again:?}");
    recomputes.play("cancelled O1\ncancelled O2\n= held s1/O1 0.00\n= held s1/O2 0.00\n= held s2/O3 5.00");
    for scenario in [&mut keeps, &mut recomputes] {
        verify(&ENGINE, scenario.books.ledger()).unwrap();
    }
}

/// What a party's tier is by now.
fn tier(scenario: &mut Scenario, party: &str) -> Option<String> {
    let record = scenario.books.ledger().document("party", party).unwrap()?;
    let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
    record["tier"].as_str().map(str::to_owned)
}

#[test]
fn a_tier_that_is_no_longer_reached_is_lost_where_the_program_says_so() {
    for (late, after_refund) in [("keep", Some("gold")), ("recompute", None)] {
        let program = format!(
            "merchant = \"tiers\"\ncurrency = \"CNY\"\ntime_zone = \"Asia/Shanghai\"\nguard = \"cn\"\n\n\
             [[policy]]\nname = \"gold\"\nuse = \"./gold.wasm\"\n\n[ledger]\nlate_refund = \"{late}\"\n"
        );
        let mut books = Books::open(ENGINE.clone(), Box::new(MemoryLedger::new())).unwrap();
        prepare(&mut books, &program, &gold_from(15_000));
        let mut scenario = Scenario { books, minute: 0 };
        scenario.play(
            "
            paid O1 b1 s1 1=100.00
            paid O2 b1 s1 1=60.00
            paid O3 b1 s2 1=150.00
            period 2026-03
            # An order of another month is not of that period.
            paid O4 b1 s1 1=10.00 at=2026-04-02T00:00:00Z
            refund R1 O4 1=1*
            ",
        );
        assert_eq!(tier(&mut scenario, "s1").as_deref(), Some("gold"));
        scenario.play("refund R2 O2 1=10.00");
        assert_eq!(tier(&mut scenario, "s1").as_deref(), Some("gold"), "150.00 are still enough");
        let note = scenario.tell("refund R3 O2 1=0.01").note;
        let lost = "period `2026-03`: tier of `s1` is none, not gold";
        assert_eq!(note.as_deref(), (late == "recompute").then_some(lost));
        assert_eq!(tier(&mut scenario, "s1").as_deref(), after_refund);
        assert_eq!(tier(&mut scenario, "s2").as_deref(), Some("gold"));
        // What somebody has set by hand since is not the close's to change.
        scenario.play("party s2 tier=platinum → noted\ncancelled O3");
        assert_eq!(tier(&mut scenario, "s2").as_deref(), Some("platinum"));
        verify(&ENGINE, scenario.books.ledger()).unwrap();
    }
}
