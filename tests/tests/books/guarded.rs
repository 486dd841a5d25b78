//! What nothing else would notice: each of these fails when one guard or invariant is switched off (`scripts/mutations`).

use fenrun::admission::Digest;
use fenrun::books::verify;
use fenrun_cli::modules::PolicyModules;
use fenrun_ledger::{Change, Entry, Ledger, MemoryLedger};

use super::scenario::{ENGINE, Scenario, THREE_LEVEL};

fn program(policies: &str) -> String {
    format!(
        "merchant = \"guarded\"\ncurrency = \"CNY\"\ntime_zone = \"Asia/Shanghai\"\nguard = \"cn\"\n\n{policies}"
    )
}

/// I7: what a refund takes back is reckoned by the rates of its order, whatever the program says by now.
#[test]
fn a_refund_uses_the_numbers_of_its_order() {
    let mut scenario = Scenario::new(THREE_LEVEL);
    scenario.play("paid A1 b1 s1 1=100.00");
    let other = format!("{THREE_LEVEL}configuration = {{ rates = [\"10%\"] }}\n");
    assert!(scenario.books.prepare(&other, "other.toml", &PolicyModules::new(".").quiet(true)).unwrap());
    scenario.play(
        "
        paid A2 b1 s1 1=100.00
        = held s1/A2 10.00
        refund R1 A1 1=50.00
        = held s1/A1 10.00
        refund R2 A2 1=50.00
        = held s1/A2 5.00
        ",
    );
}

/// I6: money that went back while a dispute was open is not lost a second time.
#[test]
fn a_lost_dispute_about_money_takes_what_is_left() {
    Scenario::new(THREE_LEVEL).play(
        "
        paid A1 b1 s1 1=100.00
        dispute D1 A1 1=60.00 → noted
        refund R1 A1 1=70.00
        = held s1/A1 6.00
        lost D1 A1
        = payments 0.00
        = held s1/A1 0.00
        ",
    );
}

/// A coupon for 20 % off a buyer's first two orders.
const SPRING: &str = r#"
[[policy]]
name   = "spring"
use    = "nth-order-discount"
coupon = "SPRING"
configuration = { benefits = [{ order = 1, rate = "20%" }, { order = 2, rate = "20%" }] }
"#;

/// I11: as often as one buyer may, and no more, while the coupon itself has uses left.
#[test]
fn a_buyer_uses_a_coupon_as_often_as_allowed() {
    Scenario::new(&program(SPRING)).play(
        "
        coupon SPRING uses_per_buyer_max=1
        paid A1 b1 s1 1=10.00 coupons=SPRING
        = payments -8.00
        paid A2 b1 s1 1=10.00 coupons=SPRING
        = payments -18.00
        paid A3 b2 s1 1=10.00 coupons=SPRING
        = payments -26.00
        ",
    );
}

/// I11: a coupon that is used up gives nothing, whoever presents it; a use that comes back can be used again.
#[test]
fn a_coupon_is_used_as_often_as_allowed() {
    Scenario::new(&program(SPRING)).play(
        "
        coupon SPRING uses_max=2
        paid A1 b1 s1 1=10.00 coupons=SPRING
        paid A2 b2 s1 1=10.00 coupons=SPRING
        = payments -16.00
        = wallet /SPRING 0 coupon/SPRING
        paid A3 b3 s1 1=10.00 coupons=SPRING
        = payments -26.00
        = wallet /SPRING 0 coupon/SPRING
        cancelled A1
        = wallet /SPRING 1 coupon/SPRING
        paid A4 b4 s1 1=10.00 coupons=SPRING
        = payments -26.00
        ",
    );
}

/// I14: what a cancelled order took from a budget can be spent again.
#[test]
fn cancelling_gives_the_budget_back() {
    let capped =
        THREE_LEVEL.replace("name = \"levels\"", "name = \"levels\"\nbudget = { total = \"30.00\" }");
    Scenario::new(&capped).play(
        "
        paid A1 b1 s1 1=100.00
        = held s1/A1 20.00
        paid A2 b1 s1 1=100.00
        = held s1/A2 10.00
        cancelled A1
        paid A3 b1 s1 1=100.00
        = held s1/A3 20.00
        paid A4 b1 s1 1=100.00
        = held s1/A4 0.00
        ",
    );
}

#[test]
fn a_quote_is_paid_once() {
    Scenario::new(THREE_LEVEL).play(
        "
        priced Q1 b1 s1 1=100.00
        paid A1 b1 s1 by Q1
        paid A2 b1 s1 by Q1 → held: quote_paid: quote `Q1` was paid by order `A1`
        = payments -100.00
        ",
    );
}

/// I10: a true-up counts in the caps of the orders it belongs to, with all that they accrued before.
#[test]
fn a_close_keeps_the_caps_of_its_orders() {
    let tiers = program(
        r#"volume_window = "month"

[[policy]]
name = "levels"
use  = "three-level"
configuration = { rates = ["30%"] }

[[policy]]
name = "tiers"
use  = "volume-tiers"
configuration = { mode = "whole", tiers = [{ from = "0.00", rate = "5%" }, { from = "150.00", rate = "20%" }] }
"#,
    );
    let mut scenario = Scenario::new(&tiers);
    scenario.play(
        "
        paid O1 b1 s1 1=100.00
        = held s1/O1 35.00
        paid O2 b1 s1 1=100.00
        ",
    );
    let closed = scenario.tell("period 2026-03");
    let because = closed.because.unwrap_or_default();
    assert!(closed.code.to_string() == "held" && because.contains("life_cap"), "{}: {because}", closed.code);
    scenario.play("= held s1/O1 35.00");
}

/// I10: a share of one line stays while the other line goes back. It is told, or taken back down to the cap.
#[test]
fn what_a_refund_lifts_above_a_cap_is_told_or_taken_back() {
    let program = |answer: &str| {
        program(&format!(
            r#"guard_overrides = {{ platform_cap = "25%"{answer} }}

[[policy]]
name = "contract"
use  = "local-life"
configuration = {{ rate = "0%", promoter = "0%", categories = [{{ category = "a", rate = "40%" }}] }}
"#
        ))
    };
    let above = "the platform would keep 40.00 of the 100.00 that remain, profile `cn` allows 25.00 (25%)";
    let sale = "
        paid A1 b1 0 1=100.00@a 2=100.00@b parties=platform:p1
        = held p1/A1 40.00
        ";
    let mut told = Scenario::new(&program(""));
    told.play(sale);
    assert_eq!(told.tell("refund R1 A1 2=1*").note.as_deref(), Some(above));
    told.play("= held p1/A1 40.00\n= merchant 60.00");

    let mut clawed = Scenario::new(&program(", refund_over_cap = \"claw\""));
    clawed.play(sale);
    let back = clawed.tell("refund R1 A1 2=1*");
    assert_eq!(back.note.unwrap(), format!("{above}; 15.00 more is taken back"));
    clawed.play(
        "
        = held p1/A1 25.00
        = merchant 75.00
        # From then on the cap holds, and what was taken back stays so.
        refund R2 A1 1=50.00
        = held p1/A1 12.50
        = merchant 37.50
        # Released, it comes out of what is free.
        paid A2 b1 0 1=100.00@a 2=100.00@b parties=platform:p1
        completed A2
        day 2026-03-08
        = available p1 40.00
        refund R3 A2 2=1*
        = available p1 25.00
        refund R4 A2 1=1*
        = available p1 0.00
        ",
    );
    verify(&ENGINE, clawed.books.ledger()).unwrap();
}

const KINDS: [&str; 17] = [
    "agenda",
    "budget",
    "buyer",
    "coupon",
    "coupon_use",
    "earned",
    "held",
    "lot",
    "parked",
    "party",
    "payout",
    "program",
    "quote",
    "sold",
    "touch",
    "under",
    "volume",
];

/// The same log and documents in another ledger, changed on the way; its chain and its balances are whole.
fn copied(
    from: &mut dyn Ledger,
    change_entry: impl Fn(&mut Entry),
    change_document: impl Fn(&str, &mut Vec<u8>),
) -> MemoryLedger {
    let mut to = MemoryLedger::new();
    to.begin().unwrap();
    let mut stored = from.entries(0, 1_000).unwrap();
    let last = stored.len() - 1;
    for (place, each) in stored.iter_mut().enumerate() {
        if each.entry.kind == "program.activated" {
            let event: serde_json::Value = serde_json::from_str(&each.entry.event).unwrap();
            for digest in event["modules"].as_object().unwrap().values() {
                let digest: Digest = digest.as_str().unwrap().parse().unwrap();
                let bytes = from.module(*digest.as_bytes()).unwrap().unwrap();
                to.put_module(*digest.as_bytes(), &bytes).unwrap();
            }
        }
        if place == last {
            for kind in KINDS {
                for (key, mut value) in from.scan(kind, "", None, 1_000).unwrap() {
                    change_document(kind, &mut value);
                    each.entry.changes.push(Change::Put { kind, key, value });
                }
            }
        }
        change_entry(&mut each.entry);
        to.append(each.entry.clone()).unwrap();
    }
    to.commit().unwrap();
    to
}

/// I20: an entry or a document that the log does not lead to is found, though hashes and balances are right.
#[test]
fn what_does_not_follow_from_the_log_is_found() {
    let mut scenario = Scenario::new(THREE_LEVEL);
    scenario.play(
        "
        paid A1 b1 s1 1=100.00
        refund R1 A1 1=50.00
        ",
    );
    let from = scenario.books.ledger();
    let mut whole = copied(from, |_| (), |_, _| ());
    assert_eq!(verify(&ENGINE, &mut whole).unwrap().decided, 1);

    let receipt = |entry: &mut Entry| {
        if let Some(receipt) = &mut entry.receipt {
            *receipt = receipt.replace("100.00", "100.01");
        }
    };
    let found = verify(&ENGINE, &mut copied(from, receipt, |_, _| ())).unwrap_err().to_string();
    assert!(
        found.starts_with("entry 2, `order.paid/A1`: its receipt is not what follows from the log"),
        "{found}"
    );

    let lot = |kind: &str, value: &mut Vec<u8>| {
        if kind == "lot" {
            *value = String::from_utf8(value.clone())
                .unwrap()
                .replace("\"given_back\":5000", "\"given_back\":4999")
                .into();
        }
    };
    let found = verify(&ENGINE, &mut copied(from, |_| (), lot)).unwrap_err().to_string();
    assert_eq!(found, "`lot/A1` is not what follows from the log");
}
