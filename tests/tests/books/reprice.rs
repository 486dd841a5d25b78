//! Units that come back from an order whose discount had a condition: the rest is priced again where the policy says so.

use fenrun::books::{Books, verify};
use fenrun_ledger::MemoryLedger;

use super::by_hand::{off_even_prices, off_from_units, prepare};
use super::scenario::{ENGINE, Scenario};

const HEAD: &str =
    "merchant = \"tea\"\ncurrency = \"CNY\"\ntime_zone = \"Asia/Shanghai\"\nguard = \"open\"\n\n";

/// A discount by hand, then 20 % to the seller.
fn program(on_refund: &str) -> String {
    format!(
        "{HEAD}[[policy]]\nname = \"three\"\nuse = \"./three.wasm\"\n{on_refund}\n\
         [[policy]]\nname = \"levels\"\nuse = \"three-level\"\n"
    )
}

const REPRICE: &str = "on_refund = \"reprice\"\n";

fn scenario(on_refund: &str, module: &[u8]) -> Scenario {
    let mut books = Books::open(ENGINE.clone(), Box::new(MemoryLedger::new())).unwrap();
    prepare(&mut books, &program(on_refund), module);
    Scenario { books, minute: 0 }
}

fn verified(scenario: &mut Scenario) {
    let verified = verify(&ENGINE, scenario.books.ledger()).unwrap();
    assert_eq!(verified.head, scenario.books.ledger().head().unwrap(), "I20");
}

/// Three at half price; whoever keeps fewer pays the full price for them.
#[test]
fn what_remains_costs_what_it_costs_by_itself() {
    let three = off_from_units(50, 3);
    scenario("", &three).play(
        "
        paid A1 b1 s1 1=3x5.00
        = payments -7.50
        refund R1 A1 1=1*
        = payments -5.00
        = held s1/A1 1.00
        ",
    );
    let mut scenario = scenario(REPRICE, &three);
    scenario.play(
        "
        paid A1 b1 s1 1=3x5.00
        = payments -7.50
        = held s1/A1 1.50
        # The two would have cost 10.00: nothing goes back, and nobody pays more.
        refund R1 A1 1=1*
        = payments -7.50
        = held s1/A1 1.50
        refund R2 A1 1=1*
        = payments -5.00
        = held s1/A1 1.00
        refund R3 A1 1=5.01 → refused: 5.00 is left of what was paid for line `1`, 5.01 is to go back
        refund R4 A1 1=1*
        = payments 0.00
        = held s1/A1 0.00
        = merchant 0.00
        # Cancelled, all of it goes back.
        paid A2 b1 s1 1=3x5.00
        refund R5 A2 1=1*
        = payments -7.50
        cancelled A2
        = payments 0.00
        = held s1/A2 0.00
        ",
    );
    verified(&mut scenario);
}

/// A refund says what it keeps back.
#[test]
fn a_refund_tells_what_is_kept_back() {
    let mut scenario = scenario(REPRICE, &off_from_units(50, 3));
    scenario.play("paid A1 b1 s1 1=3x5.00");
    let note = |scenario: &mut Scenario, refund: &str| scenario.tell(refund).note;
    let told = note(&mut scenario, "refund R1 A1 1=1*");
    assert_eq!(told.as_deref(), Some("2.50 is kept back, what remains costs more by itself"));
    assert_eq!(note(&mut scenario, "refund R2 A1 1=0.50"), None);
    assert_eq!(note(&mut scenario, "refund R3 A1 1=2*"), None);
}

/// The line that stays costs more, the line that goes back pays for it.
#[test]
fn another_line_may_have_met_the_condition() {
    let mut scenario = scenario(REPRICE, &off_from_units(50, 2));
    scenario.play(
        "
        paid A1 b1 s1 1=100.00 2=80.00
        = payments -90.00
        = held s1/A1 18.00
        # The first by itself costs 100.00; 40.00 of that is there.
        refund R1 A1 2=1*
        = payments -90.00
        = held s1/A1 18.00
        # Money that goes back without units is another matter.
        refund R2 A1 1=45.00
        = payments -45.00
        = held s1/A1 9.00
        paid A2 b1 s1 1=10.00 2=80.00
        # 10.00 instead of 5.00 for the first: 35.00 of 40.00 goes back.
        refund R3 A2 2=1*
        = payments -55.00
        = held s1/A2 2.00
        ",
    );
    verified(&mut scenario);
}

/// However the units come back, what is left is the same.
#[test]
fn any_slicing_ends_at_the_same_cent() {
    let mut scenario = scenario(REPRICE, &off_from_units(50, 3));
    let mut number = 0;
    for price in ["0.01", "3.33", "9.99"] {
        for slices in [&[3][..], &[1, 2], &[2, 1], &[1, 1, 1], &[4], &[2, 2], &[1, 3], &[3, 1]] {
            number += 1;
            let before = scenario.balance("payments", "", "", "CNY");
            scenario.play(&format!("paid A{number} b1 s1 1=4x{price}"));
            for (place, units) in slices.iter().enumerate() {
                scenario.play(&format!("refund R{number}-{place} A{number} 1={units}*"));
            }
            let left = before - scenario.balance("payments", "", "", "CNY");
            let list = fenrun_money::decimal::parse_minor(price, 2).unwrap();
            // One unit is left of four, at its full price as far as that was paid.
            let paid = 4 * list - (4 * list + 1) / 2;
            let expected = if slices.iter().sum::<i32>() == 4 { 0 } else { list.min(paid) };
            assert_eq!(left, expected, "4 × {price}, back in {slices:?}");
        }
    }
    verified(&mut scenario);
}

/// What the sale saw counts, whatever is in force by now; a quote's discount is of the quote.
#[test]
fn the_rest_is_priced_under_the_program_of_the_sale() {
    let mut scenario = scenario(REPRICE, &off_from_units(50, 3));
    scenario.play("priced Q1 b1 s1 1=3x5.00\npaid A1 b1 s1 by Q1\n= payments -7.50");
    prepare(&mut scenario.books, &program(REPRICE), &off_from_units(90, 1));
    scenario.play(
        "
        paid A2 b1 s1 1=2x5.00
        = payments -8.50
        refund R1 A1 1=1*
        = payments -8.50
        dispute D1 A1 1=1* → noted
        lost D1 A1
        = payments -6.00
        refund R2 A2 1=1*
        = payments -5.50
        ",
    );
    verified(&mut scenario);
}

/// Whoever carries a part of the discount carries none of what is kept back.
#[test]
fn funders_carry_none_of_what_is_kept_back() {
    let program = format!(
        "{HEAD}[[policy]]\nname = \"brand\"\nuse = \"funded-discount\"\non_refund = \"reprice\"\n\
         configuration = {{ rate = \"20%\", from = \"150.00\" }}\n"
    );
    let mut scenario = Scenario::new(&program);
    scenario.play(
        "
        paid A1 b1 0 1=2x100.00 parties=brand:acme
        = payments -160.00
        = funding acme -24.00
        = merchant 184.00
        refund R1 A1 1=1*
        = payments -100.00
        = funding acme 0.00
        = merchant 100.00
        # Where the condition still holds, it is as before.
        paid A2 b1 0 1=3x100.00 parties=brand:acme
        = funding acme -36.00
        refund R2 A2 1=1*
        = funding acme -24.00
        = payments -260.00
        ",
    );
    verified(&mut scenario);
}

/// A policy that breaks at the rest takes nothing from the buyer.
#[test]
fn what_cannot_be_priced_again_unwinds_by_units() {
    let mut scenario = scenario(REPRICE, &off_even_prices(20));
    scenario.play(
        "
        paid A1 b1 s1 1=2x5.01
        = payments -8.02
        refund R1 A1 1=1*
        = payments -4.01
        ",
    );
    verified(&mut scenario);
}
