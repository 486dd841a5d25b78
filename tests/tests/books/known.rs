//! Who belongs to the merchant is asked about at the close of each period, whether it sold anything or not.
#![allow(clippy::unwrap_used, reason = "a test stops at the first broken expectation")]

use fenrun::books::verify;

use crate::scenario::{ENGINE, Scenario};

/// A licensor with 8 % of everything, and at least 100.00 a month; a guide with a guarantee of 5.00.
const ROYALTIES: &str = r#"
merchant  = "toys"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name = "royalties"
use  = "royalty"
[policy.configuration]
contracts = [
    { role = "licensor", rate = "8%", guarantee = "100.00" },
    { role = "guide", rate = "1%", guarantee = "5.00" },
]
"#;

/// Scenario row 12: the licensor whose works sold nothing has its guarantee, in each month from the first on.
#[test]
fn a_licensor_without_a_sale_has_its_guarantee() {
    let mut scenario = Scenario::new(ROYALTIES);
    scenario.play(
        "
        party l1 role=licensor → noted
        period 2026-02          # it was not known yet
        = available l1 0.00
        paid O1 b1 s1 1=57.00   # names no licensor
        period 2026-03
        = available l1 100.00
        = held l1/O1 0.00
        period 2026-04          # nobody sold anything
        = available l1 200.00
        = merchant -143.00
        period 2026-04 → duplicate
        = available l1 200.00
        ",
    );
    assert!(verify(&ENGINE, scenario.books.ledger()).is_ok());
}

/// What its works did sell counts, and the rest is spread over the orders that it has a share of.
#[test]
fn a_sale_counts_towards_the_guarantee() {
    let mut scenario = Scenario::new(ROYALTIES);
    scenario.play(
        "
        party l1 role=licensor → noted
        paid O1 b1 s1 1=1000.00 parties=seller:s1,licensor:l1
        = held l1/O1 80.00
        period 2026-03
        = held l1/O1 100.00
        = available l1 0.00
        ",
    );
}

/// It is asked about as what the merchant says it is, also where it sold something itself, and a barred one gets nothing.
#[test]
fn the_role_is_the_one_that_was_told() {
    let mut scenario = Scenario::new(ROYALTIES);
    scenario.play(
        "
        party l1 role=licensor → noted
        paid O1 b1 l1 1=1000.00
        = held l1/O1 0.00
        period 2026-03
        = held l1/O1 100.00
        party l1 eligible=false at=2026-04-02T10:00:00Z → noted
        period 2026-04
        = available l1 0.00
        party l1 eligible=true at=2026-05-02T10:00:00Z → noted
        party l1 role=supplier at=2026-05-03T10:00:00Z → noted
        period 2026-05
        = available l1 0.00
        ",
    );
    assert!(verify(&ENGINE, scenario.books.ledger()).is_ok());
}

/// A moment in the period is enough; the same role told again changes nothing.
#[test]
fn it_counts_from_its_moment_on() {
    let mut scenario = Scenario::new(ROYALTIES);
    scenario.play(
        "
        party l1 role=licensor at=2026-03-31T15:59:59Z → noted
        party l2 role=licensor at=2026-03-31T16:00:00Z → noted
        party l1 role=licensor at=2026-06-01T10:00:00Z → noted
        period 2026-03
        = available l1 100.00
        = available l2 0.00
        period 2026-04
        = available l1 200.00
        = available l2 100.00
        ",
    );
}

/// Under a profile that pays nothing for recruiting, a guarantee without a sale of somebody who promotes is refused.
#[test]
fn who_promotes_has_no_guarantee_without_a_sale() {
    let mut scenario = Scenario::new(ROYALTIES);
    scenario.play("party g1 role=guide → noted\nparty l1 role=licensor → noted");
    let closed = scenario.tell("period 2026-03");
    assert_eq!(closed.code.to_string(), "held");
    assert_eq!(
        closed.because.unwrap(),
        "pay_for_recruiting: policy `royalties`: `g1` would get 5.00 for a period without sales, profile `cn` pays \
         nothing for recruiting"
    );
    scenario.play("= available g1 0.00\n= available l1 0.00");
}
