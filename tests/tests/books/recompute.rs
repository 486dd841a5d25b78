//! `late_refund = "recompute"`: a refund after the close of a period, and everybody about whom the close would know
//! something else now.

use fenrun::books::{Books, verify};
use fenrun_abi::{code::PeriodBase, field::PeriodField};
use fenrun_ledger::MemoryLedger;

use super::by_hand::{bonus_of, gold_where, prepare};
use super::scenario::{ENGINE, Scenario};

/// A program under which closes are worked out again, with these policies; a module stands in for `./by-hand.wasm`.
fn recomputes(guard: &str, policies: &str, module: &[u8]) -> Scenario {
    let program = format!(
        "merchant = \"late\"\ncurrency = \"CNY\"\ntime_zone = \"Asia/Shanghai\"\nguard = \"{guard}\"\n\
         {policies}\n[ledger]\nlate_refund = \"recompute\"\n"
    );
    let mut books = Books::open(ENGINE.clone(), Box::new(MemoryLedger::new())).unwrap();
    prepare(&mut books, &program, module);
    Scenario { books, minute: 0 }
}

const LEVELS: &str = "[[policy]]\nname = \"levels\"\nuse = \"three-level\"\n";
const BY_HAND: &str = "[[policy]]\nname = \"by-hand\"\nuse = \"./by-hand.wasm\"\n";

fn note(scenario: &mut Scenario, words: &str) -> String {
    scenario.tell(words).note.unwrap_or_default()
}

fn tier(scenario: &mut Scenario, party: &str) -> Option<String> {
    let record = scenario.books.ledger().document("party", party).unwrap()?;
    let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
    record["tier"].as_str().map(str::to_owned)
}

fn verified(scenario: &mut Scenario) {
    verify(&ENGINE, scenario.books.ledger()).unwrap();
}

/// The close counted the seller's sales for who stood above at the close: not for who did when the order was paid, nor for
/// who does now.
#[test]
fn who_stood_above_at_the_close_gives_back() {
    let module = bonus_of(PeriodBase::DirectVolume, 10);
    let mut scenario = recomputes("cn", &format!("{LEVELS}{BY_HAND}"), &module);
    scenario.play(
        "
        bound upline s1 u1 → noted
        paid O1 b1 s1 1=100.00
        = held u1/O1 5.00
        bound upline s1 u2 → noted
        paid O2 b2 u1 1=100.00
        paid O3 b3 u2 1=100.00
        period 2026-03
        = held u1/O2 20.00
        = held u2/O3 30.00
        bound upline s1 u1 → noted
        ",
    );
    assert_eq!(note(&mut scenario, "refund R1 O1 1=50.00"), "period `2026-03`: 5.00 of `u2` is taken back");
    scenario.play(
        "
        = held s1/O1 10.00
        = held u1/O1 2.50
        = held u1/O2 20.00
        = held u2/O3 25.00
        ",
    );
    // Its own refund is no reason to count anew who is below it by now.
    assert_eq!(note(&mut scenario, "refund R2 O3 1=10.00"), "");
    // 20 % of 90.00, and the bonus that the 50.00 of the close's downline still come to.
    scenario.play("= held u2/O3 23.00");
    verified(&mut scenario);
}

/// A group goes as deep as the chain does.
#[test]
fn everybody_above_gives_back() {
    let module = bonus_of(PeriodBase::GroupVolume, 2);
    let mut scenario = recomputes("cn", &format!("{LEVELS}{BY_HAND}"), &module);
    scenario.play(
        "
        bound upline s1 u1 → noted
        bound upline u1 u2 → noted
        bound upline u2 u3 → noted
        paid O1 b1 s1 1=100.00
        paid O2 b2 u3 1=100.00
        period 2026-03
        = held s1/O1 22.00
        = held u1/O1 7.00
        = held u2/O1 5.00
        = held u3/O2 24.00
        ",
    );
    // The bonuses that are shares of O1 shrink with it; what u3 has of O2 is worked out again.
    assert_eq!(note(&mut scenario, "refund R1 O1 1=25.00"), "period `2026-03`: 0.50 of `u3` is taken back");
    scenario.play(
        "
        = held s1/O1 16.50
        = held u1/O1 5.25
        = held u2/O1 3.75
        = held u3/O2 23.50
        ",
    );
    verified(&mut scenario);
}

/// Whoever had a share of the order has accrued less by now, wherever it stands.
#[test]
fn who_had_a_share_is_asked_about_again() {
    let module = gold_where(PeriodField::Accrued, 500);
    let mut scenario = recomputes("cn", &format!("{LEVELS}{BY_HAND}"), &module);
    scenario.play(
        "
        bound upline s1 u1 → noted
        paid O1 b1 s1 1=100.00
        unbound upline s1 → noted
        period 2026-03
        ",
    );
    assert_eq!(
        [tier(&mut scenario, "s1"), tier(&mut scenario, "u1")],
        [Some("gold".into()), Some("gold".into())]
    );
    assert_eq!(
        note(&mut scenario, "refund R1 O1 1=0.01"),
        "period `2026-03`: tier of `u1` is none, not gold"
    );
    assert_eq!([tier(&mut scenario, "s1"), tier(&mut scenario, "u1")], [Some("gold".into()), None]);
    verified(&mut scenario);
}

/// A goal that all reach together is missed by all.
#[test]
fn a_goal_of_all_is_missed_by_all() {
    let module = gold_where(PeriodField::TotalVolume, 20_000);
    let mut scenario = recomputes("cn", BY_HAND, &module);
    scenario.play(
        "
        paid O1 b1 s1 1=100.00
        paid O2 b2 s2 1=110.00
        period 2026-03
        refund R1 O1 1=10.00
        ",
    );
    assert_eq!(
        [tier(&mut scenario, "s1"), tier(&mut scenario, "s2")],
        [Some("gold".into()), Some("gold".into())]
    );
    let lost = |party: &str| format!("period `2026-03`: tier of `{party}` is none, not gold");
    assert_eq!(note(&mut scenario, "refund R2 O1 1=0.01"), format!("{}; {}", lost("s1"), lost("s2")));
    verified(&mut scenario);
}

/// A pool is as large as what all sold, and whoever shares a place since has less of it; nobody has more than before.
#[test]
fn a_pool_is_divided_again() {
    let ranking = "[[policy]]\nname = \"ranking\"\nuse = \"ranking\"\n";
    let mut scenario = recomputes("cn", ranking, &[]);
    scenario.play(
        "
        paid O1 b1 s1 1=300.00
        paid O2 b2 s2 1=200.00
        paid O3 b3 s3 1=100.00
        period 2026-03
        = held s1/O1 6.00
        = held s2/O2 3.60
        = held s3/O3 2.40
        # What became of somebody since is nothing the close knew.
        party s3 eligible=false → noted
        ",
    );
    // 2 % of 400.00 are 8.00. s2 is first now, at 4.00 by rights, and keeps 3.60; s1 and s3 share 30 % and 20 % of it. Of
    // the 6.00 of s1 went back what belongs to the goods.
    assert_eq!(note(&mut scenario, "refund R1 O1 1=200.00"), "period `2026-03`: 0.40 of `s3` is taken back");
    scenario.play(
        "
        = held s1/O1 2.00
        = held s2/O2 3.60
        = held s3/O3 2.00
        ",
    );
    // Whoever is left alone has the first place: 1 % of 100.00, of which 3.60 were kept by s2 with its order.
    assert_eq!(
        note(&mut scenario, "cancelled O1"),
        "period `2026-03`: 0.60 of `s2` is taken back; period `2026-03`: 0.20 of `s3` is taken back"
    );
    scenario.play(
        "
        = held s1/O1 0.00
        = held s2/O2 3.00
        = held s3/O3 1.80
        ",
    );
    verified(&mut scenario);
}

/// Whoever has sold nothing by now would not have been asked about.
#[test]
fn a_tier_goes_with_the_only_order() {
    let module = gold_where(PeriodField::Volume, 10_000);
    let mut scenario = recomputes("cn", BY_HAND, &module);
    scenario.play("paid O1 b1 s1 1=100.00\nperiod 2026-03");
    assert_eq!(tier(&mut scenario, "s1").as_deref(), Some("gold"));
    assert_eq!(note(&mut scenario, "cancelled O1"), "period `2026-03`: tier of `s1` is none, not gold");
    assert_eq!(tier(&mut scenario, "s1"), None);
    verified(&mut scenario);
}

/// A bonus that is of no order is worked out again as well: out of what is free, and owed where nothing is.
#[test]
fn a_bonus_of_no_order_goes_back() {
    let module = bonus_of(PeriodBase::DirectVolume, 10);
    let mut scenario = recomputes("open", BY_HAND, &module);
    scenario.play(
        "
        bound upline s1 u1 → noted
        paid O1 b1 s1 1=100.00
        paid O2 b2 u1 1=10.00
        refund R1 O2 1=10.00
        period 2026-03
        = available u1 10.00
        ",
    );
    assert_eq!(note(&mut scenario, "refund R2 O1 1=30.00"), "period `2026-03`: 3.00 of `u1` is taken back");
    scenario.play("= available u1 7.00\npayout P1 u1\n= in_payout u1/P1 7.00");
    assert_eq!(note(&mut scenario, "cancelled O1"), "period `2026-03`: 7.00 of `u1` is taken back");
    scenario.play("= available u1 0.00\n= receivable u1 -7.00\n= merchant 0.00");
    verified(&mut scenario);
}
