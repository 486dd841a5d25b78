//! Coupons as facts, grants that a refund restates, and what two buyers had who turn out to be one.

use super::scenario::Scenario;

/// A coupon that a partner hands out: 20.00 off from 100.00 on, and 5.00 for whoever handed it out.
const ALLIANCE: &str = r#"
merchant  = "wine-1"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name   = "alliance"
use    = "alliance-coupon"
coupon = "WINE"
"#;

/// A star for each full 50.00 that was spent in all.
const STARS: &str = r#"
merchant  = "coffee"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name = "stars"
use  = "membership-stars"
"#;

#[test]
fn whoever_handed_a_coupon_out_is_a_party_of_the_order_that_uses_it() {
    Scenario::new(ALLIANCE).play(
        "
        coupon WINE public=false issuer=wine-1
        issued I1 WINE b1 giver=tobacco-3
        issued I2 WINE b1 giver=tobacco-4
        paid A1 b1 s1 1=100.00 coupons=WINE
        = held tobacco-3/A1 5.00
        = held tobacco-4/A1 0.00
        = merchant 75.00
        # By a quote: what it reserved is good, and its giver is the one of the issue that it reserved.
        priced Q1 b1 s1 1=100.00 coupons=WINE
        revoked WINE → noted
        paid A2 b1 s1 by Q1
        = held tobacco-4/A2 5.00
        = merchant 150.00
        ",
    );
}

#[test]
fn a_coupon_that_could_not_be_used_while_pricing_pays_nobody_and_keeps_no_order_from_being_paid() {
    Scenario::new(ALLIANCE).play(
        "
        coupon WINE public=false
        priced Q1 b1 s1 1=100.00 coupons=WINE
        paid A1 b1 s1 by Q1
        = merchant 100.00
        ",
    );
}

#[test]
fn the_coupons_of_two_buyers_who_are_one_are_together_and_so_are_their_uses() {
    Scenario::new(ALLIANCE).play(
        "
        coupon WINE public=false uses_per_buyer_max=2
        issued I1 WINE b1
        issued I2 WINE b1
        issued I3 WINE b2
        paid A1 b1 s1 1=100.00 coupons=WINE
        = merchant 80.00
        merged b1 b2 → noted
        = wallet b1/never/I2 0 coupon/WINE
        = wallet b2/never/I2 1 coupon/WINE
        = wallet b2/never/I3 1 coupon/WINE
        # One was used before, by the other name: the second use is the last (I11).
        paid A2 b2 s1 1=100.00 coupons=WINE
        = merchant 160.00
        paid A3 b1 s1 1=100.00 coupons=WINE
        = merchant 260.00
        # What goes back goes to who the buyer is now (I14).
        cancelled A1
        = wallet b1/never/I1 0 coupon/WINE
        = wallet b2/never/I1 1 coupon/WINE
        ",
    );
}

#[test]
fn thirty_and_thirty_are_one_star_and_a_refund_of_the_first_restates_the_total() {
    Scenario::new(STARS).play(
        "
        paid A1 b1 s1 1=30.00
        paid A2 b1 s1 1=30.00
        = wallet b1/never/A2/1 1 stars
        refund R1 A1 1=10.00
        = wallet b1/never/A1/0 2000 spending
        = wallet b1/never/A2/1 1 stars
        refund R2 A1 1=0.01
        = wallet b1/never/A1/0 1999 spending
        = wallet b1/never/A2/1 0 stars
        paid A3 b1 s1 1=0.01
        = wallet b1/never/A3/1 1 stars
        ",
    );
}

#[test]
fn a_star_that_was_used_stays_used_and_is_not_given_again() {
    Scenario::new(STARS).play(
        "
        paid A1 b1 s1 1=30.00
        paid A2 b1 s1 1=30.00
        redeem X1 b1 1 stars
        cancelled A1
        = wallet b1/never/A1/0 0 spending
        paid A3 b1 s1 1=20.00
        = wallet b1/never/A3/1 0 stars
        paid A4 b1 s1 1=50.00
        = wallet b1/never/A4/1 1 stars
        ",
    );
}

#[test]
fn what_two_buyers_spent_who_are_one_is_counted_together() {
    Scenario::new(STARS).play(
        "
        paid A1 b1 s1 1=30.00
        merged b1 b2 → noted
        = wallet b2/never/A1/0 3000 spending
        paid A2 b1 s1 1=20.00
        = wallet b2/never/A2/1 1 stars
        refund R1 A1 1=0.01
        = wallet b2/never/A1/0 2999 spending
        = wallet b2/never/A2/1 0 stars
        ",
    );
}

/// An issue whose last day is over is not used, though that day was not closed yet: the giver that the policy was shown is
/// the one of the issue that is used up.
#[test]
fn an_issue_that_is_over_is_not_used_up() {
    Scenario::new(ALLIANCE).play(
        "
        coupon WINE public=false
        issued I1 WINE b1 giver=tobacco-3 expires=2026-03-02
        issued I2 WINE b1 giver=tobacco-4 expires=2026-03-09
        paid A1 b1 s1 1=100.00 coupons=WINE at=2026-03-05T02:00:00Z
        = held tobacco-4/A1 5.00
        = wallet b1/2026-03-02/I1 1 coupon/WINE
        = wallet b1/2026-03-09/I2 0 coupon/WINE
        day 2026-03-05
        = expired b1/2026-03-02/I1 1 coupon/WINE
        ",
    );
}

/// What comes back after its last day cannot be used again, and expires when a day is closed; a lapsed quote's at once.
#[test]
fn a_use_that_comes_back_too_late_expires() {
    Scenario::new(ALLIANCE).play(
        "
        coupon WINE public=false
        issued I1 WINE b1 giver=tobacco-3 expires=2026-03-02
        issued I2 WINE b2 giver=tobacco-3 expires=2026-03-02
        paid A1 b1 s1 1=100.00 coupons=WINE
        priced Q1 b2 s1 1=100.00 coupons=WINE
        day 2026-03-03
        = wallet b2/2026-03-02/I2 0 coupon/WINE
        = expired b2/2026-03-02/I2 1 coupon/WINE
        cancelled A1
        = wallet b1/2026-03-02/I1 1 coupon/WINE
        day 2026-03-04
        = wallet b1/2026-03-02/I1 0 coupon/WINE
        = expired b1/2026-03-02/I1 1 coupon/WINE
        ",
    );
}

/// Whoever turned out to be somebody else is given to, and uses, what that one has.
#[test]
fn units_go_by_the_name_that_counts() {
    Scenario::new(STARS).play(
        "
        grant G1 b1 2 points
        merged b1 b2 → noted
        grant G2 b1 3 points
        = wallet b2/never/G1 2 points
        = wallet b2/never/G2 3 points
        redeem X1 b1 4 points
        = wallet b2/never/G2 1 points
        = redeemed b2/X1 4 points
        redeem X2 b2 2 points → refused: `b2` has 1 points, 2 are to be redeemed
        ",
    );
}
