//! Published cases of other systems about commissions, payouts, clawbacks and coupons, by their ids.

use super::scenario::{Scenario, THREE_LEVEL};

/// 50 % to the seller, whatever the order.
fn flat(rate: &str, more: &str) -> String {
    format!(
        r#"
merchant  = "worked"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "open"

[[policy]]
name = "flat"
use  = "three-level"
{more}
[policy.configuration]
rates = ["{rate}"]
"#
    )
}

/// A case: its id, the program, and what happens.
fn cases() -> Vec<(&'static str, String, &'static str)> {
    vec![
        ("C01", THREE_LEVEL.replace("use  = \"three-level\"", "use  = \"three-level\"\nconfiguration = { rates = [\"20%\", \"10%\"] }"), "
            bound upline a B → noted
            bound upline B c → noted
            paid O1 customer a 1=200.00
            = held a/O1 40.00
            = held B/O1 20.00
            = held c/O1 0.00
        "),
        ("C05", THREE_LEVEL.into(), "
            bound upline s1 s2 → noted
            bound upline s2 s3 → noted
            paid O1 b1 s1 1=99.99
            = held s1/O1 19.99
            = held s2/O1 4.99
            = held s3/O1 2.99
            = merchant 72.02
        "),
        ("C17", flat("10%", "budget = { total = \"15.00\" }"), "
            paid O1 b1 s1 1=100.00
            = held s1/O1 10.00
            paid O2 b1 s1 1=100.00
            = held s1/O2 5.00
            paid O3 b1 s1 1=100.00
            = held s1/O3 0.00
            = merchant 285.00
        "),
        ("C19", format!("{}\n[ledger]\npayout_min = \"50.00\"\n", flat("10%", "")), "
            opened s1 available=58.80
            opened s2 available=45.00
            payout P1 s1
            = in_payout s1/P1 58.80
            payout P2 s2 → refused: 45.00 is to be paid out to `s2`, at least 50.00 is paid at once; it is carried forward
            = available s2 45.00
        "),
        ("C21", flat("80%", ""), "
            paid O1 b1 s1 1=100.00
            = held s1/O1 80.00
            refund R1 O1 1=50.00
            = held s1/O1 40.00
            = merchant 10.00
            refund R2 O1 1=50.00
            = held s1/O1 0.00
            = merchant 0.00
        "),
        ("C31, C45, B35, B43", flat("10%", ""), "
            paid O1 b1 s1 1=100.00 at=2026-03-01T02:00:00Z
            paid O1 b1 s1 1=100.00 at=2026-03-01T02:00:00Z → duplicate
            paid O1 b1 s1 1=100.00 at=2026-03-01T02:00:00Z → duplicate
            paid O1 b1 s1 1=100.00 at=2026-03-01T02:00:00Z → duplicate
            = held s1/O1 10.00
        "),
        ("C39, B29, B34", flat("10%", ""), "
            paid O1 b1 s1 1=1000.00
            completed O1
            day 2026-03-01
            = available s1 100.00
            payout P1 s1
            succeeded P1
            refund R1 O1 1=1000.00
            = paid s1 100.00
            = receivable s1 -100.00
        "),
        ("C47, B50", flat("10%", ""), "
            opened s1 available=100.00
            payout K s1 at=2026-03-01T02:00:00Z
            failed K
            = available s1 100.00
            # The same key again moves nothing: a new transfer needs a new key, and takes the money with it.
            payout K s1 at=2026-03-01T02:00:00Z → duplicate
            succeeded K → refused: payout `K` is failed, it cannot become succeeded
            = paid s1 0.00
        "),
        ("C49", format!("{}\n[ledger]\ntouch = \"last\"\n", flat("10%", "")), "
            bound guide b1 one at=2026-03-01T00:00:00Z → noted
            bound guide b1 two at=2026-03-20T00:00:00Z → noted
            bound guide b1 one at=2026-03-10T00:00:00Z → noted
            unbound guide b1 at=2026-04-20T00:00:00Z → noted
            unbound guide b1 at=2026-04-22T00:00:00Z → refused: `b1` is bound to nobody in `guide`
        "),
        ("B01", flat("10%", ""), "
            paid O1 b1 s1 1=7.90
            = held s1/O1 0.79
            refund R1 O1 1=4.00
            = held s1/O1 0.39
            refund R2 O1 1=3.90
            = held s1/O1 0.00
            = merchant 0.00
        "),
        ("B25, A29", flat("10%", ""), "
            paid O1 b1 s1 1=100.00
            refund R1 O1 1=100.00 at=2026-03-01T03:00:00Z
            refund R1 O1 1=100.00 at=2026-03-01T03:00:00Z → duplicate
            refund R2 O1 1=100.00 → refused: 0.00 is left of what was paid for line `1`, 100.00 is to go back
            = payments 0.00
        "),
        ("B31", flat("10%", ""), "
            paid O1 b1 s1 1=100.00
            = held s1/O1 0 USD
            = held s1/O1 10.00
        "),
        ("B32", flat("10%", ""), "
            paid O1 b1 s1 1=100.00
            completed O1
            day 2026-03-01
            refund R1 O1 1=50.00
            = available s1 5.00
            payout P1 s1 amount=5.01 → refused: `s1` has 5.00 available, 5.01 is to be paid out
        "),
        ("B38", flat("10%", ""), "
            paid O1 b1 s1 1=100.00
            party s1 tier=gold → noted
            refund R1 O1 1=50.00
            = held s1/O1 5.00
        "),
        ("B40", THREE_LEVEL.into(), "
            bound upline A B → noted
            bound upline B C → noted
            bound upline C A → refused
        "),
        ("I15", THREE_LEVEL.into(), "
            opened s1 available=0.01
            paid O1 b1 s1 1=100.00 tender=100.00
            = held s1/O1 20.00
            paid O2 b1 s1 1=100.00 tender=99.00 → held: tenders_match: the tenders come to 99.00, 100.00 is due
            # It is the event's own fault, so it may be told again as it should be.
            paid O2 b1 s1 1=100.00 tender=100.00
            = held s1/O2 20.00
        "),
        ("protection", format!("{}\n[ledger]\nprotection_days = 30\n", flat("10%", "")), "
            bound guide b1 one at=2026-03-01T00:00:00Z → noted
            bound guide b1 two at=2026-03-30T00:00:00Z → refused: `b1` stays with `one` in `guide`: a binding is protected for 30 days
            bound guide b1 two at=2026-03-31T00:00:00Z → noted
            moved guide two three at=2026-04-01T00:00:00Z → noted
            bound guide b1 one at=2026-04-02T00:00:00Z → refused: `b1` stays with `three` in `guide`: a binding is protected for 30 days
        "),
        ("first touch", format!("{}\n[ledger]\ntouch = \"first\"\n", flat("10%", "")), "
            bound guide b1 one → noted
            bound guide b1 two → refused: `b1` stays with `one` in `guide`: the first touch counts
            unbound guide b1 → noted
            bound guide b1 two → noted
        "),
    ]
}

#[test]
fn published_cases_come_out_right() {
    for (id, program, script) in cases() {
        let played = std::panic::catch_unwind(|| {
            Scenario::new(&program).play(script);
        });
        assert!(played.is_ok(), "case {id}");
    }
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
    let verified = fenrun::books::verify(&super::scenario::ENGINE, scenario.books.ledger()).unwrap();
    assert_eq!(verified.told, 5, "the program, two orders, the close, the refund");
}
