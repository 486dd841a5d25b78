//! The life of an order, told line by line.

use super::scenario::{Scenario, THREE_LEVEL};

const CHAIN: &str = "
    bound upline s1 s2 → noted
    bound upline s2 s3 → noted
";

#[test]
fn the_figures_of_the_design_hold() {
    Scenario::new(THREE_LEVEL).play(CHAIN).play(
        "
        paid A1 b1 s1 1=9.99
        = payments -9.99
        = held s1/A1 1.99
        = held s2/A1 0.49
        = held s3/A1 0.29
        = merchant 7.22
        refund R1 A1 1=9.90
        = held s1/A1 0.01
        = held s2/A1 0.00
        = held s3/A1 0.00
        = merchant 0.08
        = payments -0.09
        refund R2 A1 1=0.09
        = held s1/A1 0.00
        = merchant 0.00
        = payments 0.00
        refund R3 A1 1=0.01 → refused: 0.00 is left of what was paid for line `1`, 0.01 is to go back
        ",
    );
}

#[test]
fn refunds_come_from_the_lot_then_from_what_is_free_then_become_a_receivable() {
    Scenario::new(THREE_LEVEL).play(
        "
        paid A1 b1 s1 1=2x50.00
        paid A2 b1 s1 1=100.00
        completed A1
        day 2026-03-07
        = available s1 0.00
        day 2026-03-08
        = held s1/A1 0.00
        = available s1 20.00
        payout P1 s1 amount=15.00
        = available s1 5.00
        = in_payout s1/P1 15.00
        # One of two units comes back after the release: 10.00 of 20.00, of which 5.00 are free. A2 is never touched.
        refund R1 A1 1=1*
        = available s1 0.00
        = receivable s1 -5.00
        = held s1/A2 20.00
        = merchant 120.00
        # The payout comes back: the debt is netted first.
        failed P1
        = receivable s1 0.00
        = available s1 10.00
        ",
    );
}

#[test]
fn a_receivable_is_netted_at_the_next_release_or_written_off() {
    Scenario::new(THREE_LEVEL).play(
        "
        paid A1 b1 s1 1=100.00
        completed A1
        day 2026-03-08
        payout P1 s1
        succeeded P1
        = paid s1 20.00
        refund R1 A1 1=100.00
        = receivable s1 -20.00
        paid A2 b2 s1 1=50.00 at=2026-03-10T02:00:00Z
        completed A2 at=2026-03-11T02:00:00Z
        day 2026-03-18
        = receivable s1 -10.00
        = available s1 0.00
        write_off W1 s1 amount=11.00 → refused: `s1` owes 10.00, 11.00 is to be written off
        write_off W2 s1
        = receivable s1 0.00
        # 150.00 came in, 100.00 went back, 20.00 was paid out: 30.00 is what the merchant has.
        = merchant 30.00
        = payments -50.00
        ",
    );
}

#[test]
fn a_refund_request_and_a_dispute_keep_the_lot() {
    Scenario::new(THREE_LEVEL).play(
        "
        paid A1 b1 s1 1=2x50.00
        completed A1
        requested R1 A1 → noted
        day 2026-03-08
        = held s1/A1 20.00
        dispute D1 A1 1=1* → noted
        declined R1 A1 → noted
        day 2026-03-09
        = held s1/A1 20.00
        # The unit goes back by a refund while the dispute is open: the lost dispute takes no second one (I6).
        refund R2 A1 1=1*
        = held s1/A1 10.00
        lost D1 A1
        = held s1/A1 0.00
        = payments 0.00
        lost D1 A1 → conflict
        won D1 A1 → refused: dispute `D1` was closed before
        ",
    );
}

#[test]
fn a_lost_dispute_about_what_came_back_takes_nothing_twice() {
    Scenario::new(THREE_LEVEL).play(
        "
        paid A1 b1 s1 1=2x50.00 2=30.00
        dispute D1 A1 2=1* → noted
        refund R1 A1 2=1*
        = payments -100.00
        lost D1 A1
        = payments -100.00
        = held s1/A1 20.00
        ",
    );
}

#[test]
fn events_that_come_too_early_are_parked_and_taken_up() {
    let mut scenario = Scenario::new(THREE_LEVEL);
    scenario.play(
        "
        refund R1 A1 1=9.90 → parked: it waits for `order.paid/A1`
        completed A1 → parked: it waits for `order.paid/A1`
        lost D1 A1 → parked: it waits for `order.paid/A1`
        paid A1 b1 s1 1=9.99
        = held s1/A1 0.01
        = payments -0.09
        # The dispute still waits for its opening.
        dispute D1 A1 → noted
        = held s1/A1 0.00
        = payments 0.00
        ",
    );
    let duplicate = scenario.tell("paid A1 b1 s1 1=9.99 at=2026-03-01T02:04:00Z");
    assert_eq!(duplicate.code.to_string(), "duplicate");
}

#[test]
fn the_same_fact_counts_once_and_another_content_is_a_conflict() {
    Scenario::new(THREE_LEVEL).play(
        "
        paid A1 b1 s1 1=9.99 at=2026-03-01T02:00:00Z
        paid A1 b1 s1 1=9.99 at=2026-03-01T02:00:00Z → duplicate
        paid A1 b1 s1 1=9.98 at=2026-03-01T02:00:00Z → conflict
        = held s1/A1 1.99
        ",
    );
}

#[test]
fn a_circle_is_refused_at_any_length() {
    Scenario::new(THREE_LEVEL).play(
        "
        bound upline s1 s2 → noted
        bound upline s2 s3 → noted
        bound upline s3 s4 → noted
        bound upline s4 s1 → refused: `s4` cannot have `s1` as upline: `s1` is below `s4` (`s1` → `s2` → `s3` → `s4`); hint: relations must not close a circle
        bound upline s4 s4 → refused: `s4` cannot be bound to itself in `upline`
        unbound upline s2 → noted
        bound upline s4 s1 → noted
        moved upline s1 s5 → noted
        ",
    );
}

#[test]
fn cancelling_gives_back_what_the_order_took() {
    let program = r#"
merchant  = "dates"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name   = "first-order"
use    = "nth-order-discount"
coupon = "WELCOME"
budget = { total = "30.00" }
configuration = { benefits = [{ order = 1, rate = "20%" }] }

[[policy]]
name = "levels"
use  = "three-level"
"#;
    Scenario::new(program).play(
        "
        coupon WELCOME uses_max=2 uses_per_buyer_max=1
        = wallet /WELCOME 2 coupon/WELCOME
        priced Q1 b1 s1 1=100.00 coupons=WELCOME
        = reserved b1/Q1 1 coupon/WELCOME
        = wallet /WELCOME 1 coupon/WELCOME
        # The quote keeps the first place: a second cart of the buyer is an order number 2, and the coupon is used up.
        priced Q2 b1 s1 1=100.00 coupons=WELCOME
        = reserved b1/Q2 0 coupon/WELCOME
        paid A1 b1 s1 by Q1
        = payments -80.00
        = held s1/A1 16.00
        = redeemed b1/A1 1 coupon/WELCOME
        paid A2 b1 s1 by Q2
        = payments -180.00
        # 10.00 of the budget of 30.00 is left.
        paid A3 b2 s1 1=100.00 coupons=WELCOME
        = payments -270.00
        = wallet /WELCOME 0 coupon/WELCOME
        paid A4 b3 s1 1=100.00 coupons=WELCOME
        = payments -370.00
        cancelled A1
        = payments -290.00
        = held s1/A1 0.00
        = redeemed b1/A1 0 coupon/WELCOME
        = wallet /WELCOME 1 coupon/WELCOME
        cancelled A1 → conflict
        refund R1 A1 1=1* → refused: order `A1` was cancelled, nothing of it is left
        ",
    );
}

#[test]
fn a_quote_that_is_not_paid_gives_back_what_it_reserved() {
    let program = r#"
merchant  = "dates"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name = "first-order"
use  = "nth-order-discount"
configuration = { benefits = [{ order = 1, rate = "20%" }] }

[ledger]
quote_minutes = 60
"#;
    Scenario::new(program).play(
        "
        priced Q1 b1 s1 1=100.00
        priced Q2 b1 s1 1=100.00
        day 2026-03-01
        paid A1 b1 s1 by Q1 at=2026-03-02T02:00:00Z → held: quote_expired: quote `Q1` has expired
        paid A2 b1 s1 1=100.00 at=2026-03-02T02:00:00Z
        = payments -80.00
        ",
    );
}

/// A payment within the time of its quote, told after the day was closed: what the quote had reserved may be somebody else's
/// by then, so nothing is taken of it a second time (I11); without reservations the quote is as good as before.
#[test]
fn a_lapsed_quote_gives_nothing_twice() {
    let program = r#"
merchant  = "dates"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name   = "spring"
use    = "nth-order-discount"
coupon = "SPRING"
configuration = { benefits = [{ order = 1, rate = "20%" }, { order = 2, rate = "20%" }] }

[[policy]]
name   = "budgeted"
use    = "funded-discount"
coupon = "BUDGET"
budget = { total = "10.00" }
configuration = { rate = "10%", funders = [{ role = "platform", part = "0%" }], unnamed = "merchant" }

[ledger]
quote_minutes = 60
"#;
    let mut scenario = Scenario::new(program);
    scenario.play(
        "
        coupon SPRING uses_max=1
        coupon BUDGET
        priced Q1 b1 s1 1=100.00 coupons=SPRING at=2026-03-01T02:00:00Z
        priced Q2 b2 s1 1=100.00 coupons=BUDGET at=2026-03-01T02:00:00Z
        priced Q3 b3 s1 1=100.00 at=2026-03-01T02:00:00Z
        day 2026-03-01
        = wallet /SPRING 1 coupon/SPRING
        # Another buyer has used the coupon, another order the budget.
        paid A4 b4 s1 1=100.00 coupons=SPRING
        paid A5 b5 s1 1=100.00 coupons=BUDGET
        = payments -170.00
        paid A1 b1 s1 by Q1 at=2026-03-01T02:30:00Z → held: quote_lapsed: quote `Q1` lapsed when a day was closed, and what it reserved was given back
        paid A2 b2 s1 by Q2 at=2026-03-01T02:30:00Z → held: quote_lapsed: quote `Q2` lapsed when a day was closed, and what it reserved was given back
        paid A3 b3 s1 by Q3 at=2026-03-01T02:30:00Z
        = payments -270.00
        = wallet /SPRING 0 coupon/SPRING
        # It is the event's own fault: told again at the prices of the day, it is taken.
        paid A1 b1 s1 1=100.00 at=2026-03-01T02:30:00Z
        = payments -370.00
        cancelled A5
        paid A6 b6 s1 1=200.00 coupons=BUDGET
        # 10.00 of the budget, and no more.
        = payments -470.00
        ",
    );
}

#[test]
fn held_sales_keep_their_place_and_are_posted_when_tried_again() {
    let greedy = r#"
merchant  = "old-cellar"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name = "levels"
use  = "three-level"
configuration = { rates = ["60%", "5%", "3%"] }
"#;
    let mut scenario = Scenario::new(greedy);
    scenario.play("paid A1 b1 s1 1=100.00 → held");
    scenario.play("refund R1 A1 1=10.00 → parked: it waits for `order.paid/A1`");
    scenario.play("retried order.paid/A1 → noted");
    scenario.play("= payments 0.00");
    let modules = fenrun_cli::modules::PolicyModules::new(".").quiet(true);
    assert!(scenario.books.prepare(THREE_LEVEL, "mended.toml", &modules).unwrap());
    let posted = scenario.tell("retried order.paid/A1");
    let codes: Vec<String> = posted.taken_up.iter().map(|posted| posted.code.to_string()).collect();
    assert_eq!(codes, ["created", "created"], "the order, and the refund that had waited for it");
    scenario.play(
        "
        = payments -90.00
        = held s1/A1 18.00
        retried order.paid/A1 → refused: `order.paid/A1` is not held
        ",
    );
}

#[test]
fn payouts_move_once_whatever_the_rail_says() {
    let program = format!("{THREE_LEVEL}\n[ledger]\npayout_min = '10.00'\n");
    Scenario::new(&program).play(
        "
        opened s1 available=58.80
        opened s2 available=5.00
        payout P0 s2 → refused: 5.00 is to be paid out to `s2`, at least 10.00 is paid at once; it is carried forward
        payout P1 s1 amount=60.00 → refused: `s1` has 58.80 available, 60.00 is to be paid out
        payout P2 s1
        unknown P2 → noted
        # Nothing is left that could be paid under another key while the result is unknown (I16).
        payout P3 s1 → refused: 0.00 is to be paid out to `s1`, at least 10.00 is paid at once; it is carried forward
        = in_payout s1/P2 58.80
        succeeded P2
        failed P2 → refused: payout `P2` is succeeded, it cannot become failed
        = paid s1 58.80
        returned P2
        = available s1 58.80
        = paid s1 0.00
        # A refused request never comes: what is about it does not wait, whether it comes after it or was there before.
        succeeded P1 → refused: it is about `payout.requested/P1`, which was refused
        succeeded P9 at=2026-03-01T09:00:00Z → parked: it waits for `payout.requested/P9`
        payout P9 s1 amount=60.00 → refused: `s1` has 58.80 available, 60.00 is to be paid out
        succeeded P9 at=2026-03-01T09:00:00Z → duplicate: refused: it is about `payout.requested/P9`, which was refused
        party s1 frozen=true → noted
        payout P4 s1 → refused: `s1` is frozen, nothing is paid out to it
        adjusted J1 merchant s1 1.20
        = available s1 60.00
        adjusted J2 s2 merchant 7.00
        = available s2 0.00
        = receivable s2 -2.00
        ",
    );
}

#[test]
fn units_are_used_by_expiry_and_expire() {
    Scenario::new(THREE_LEVEL).play(
        "
        grant G1 b1 10 points expires=2026-03-05
        grant G2 b1 5 points expires=2026-04-05
        grant G3 b1 7 points
        redeem X1 b1 12 points
        = wallet b1/2026-03-05/G1 0 points
        = wallet b1/2026-04-05/G2 3 points
        redeem X2 b1 11 points → refused: `b1` has 10 points, 11 are to be redeemed
        day 2026-04-04
        = wallet b1/2026-04-05/G2 3 points
        day 2026-04-05
        = wallet b1/2026-04-05/G2 0 points
        = expired b1/2026-04-05/G2 3 points
        = wallet b1/never/G3 7 points
        ",
    );
}

#[test]
fn a_day_closes_once_and_frozen_lots_wait() {
    Scenario::new(THREE_LEVEL).play(
        "
        paid A1 b1 s1 1=100.00
        completed A1
        day 2026-03-08
        day 2026-03-08 → duplicate
        = available s1 20.00
        ",
    );
}
