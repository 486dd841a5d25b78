//! Orders decided again under a mended program.

use fenrun::books::{Code, Mended, Posted, Restatement, Restating, verify};
use fenrun_cli::modules::PolicyModules;
use jiff::civil::{Date, date};

use super::scenario::{ENGINE, Scenario, THREE_LEVEL};

/// Three levels at other rates.
fn rates(rates: &str) -> String {
    format!("{THREE_LEVEL}configuration = {{ rates = [{rates}] }}\n")
}

fn mended(scenario: &Scenario, program: &str) -> Mended {
    let no_files = |_: &str| -> std::io::Result<String> { Err(std::io::ErrorKind::Unsupported.into()) };
    scenario.books.mended(program, "mended.toml", &PolicyModules::new(".").quiet(true), &no_files).unwrap()
}

const FIRST: Date = date(2026, 3, 1);
const LAST: Date = date(2026, 3, 31);

fn preview(scenario: &mut Scenario, program: &str) -> Result<Restatement, String> {
    let mended = mended(scenario, program);
    scenario.books.preview(&mended, FIRST, LAST).map_err(|error| error.to_string())
}

fn restate(scenario: &mut Scenario, program: &str, restatement: &str) -> Posted {
    let mended = mended(scenario, program);
    let restating = Restating {
        restatement: restatement.to_owned(),
        from: FIRST,
        to: LAST,
        time: "2026-04-01T02:00:00Z".parse().unwrap(),
        reason: "the seller's rate was a slip".to_owned(),
    };
    scenario.books.begin().unwrap();
    let posted = scenario.books.restate(&mended, &restating).unwrap();
    scenario.books.commit().unwrap();
    posted
}

fn verified(scenario: &mut Scenario) {
    verify(&ENGINE, scenario.books.ledger()).unwrap_or_else(|error| panic!("{error}"));
}

/// A1 is held and was refunded but for 0.09, A2 was released and paid out, A3 was cancelled.
const MARCH: &str = "
    bound upline s1 s2 → noted
    paid A1 b1 s1 1=9.99
    refund R1 A1 1=9.90
    paid A2 b1 s1 1=100.00
    completed A2
    paid A3 b2 s1 1=50.00
    cancelled A3
    day 2026-03-08
    payout P1 s1
    succeeded P1
    = held s1/A1 0.01
    = available s2 5.00
    = paid s1 20.00
";

#[test]
fn upwards_goes_where_the_lot_stands() {
    let mut scenario = Scenario::new(THREE_LEVEL);
    scenario.play(MARCH);
    let higher = rates(r#""30%", "5%", "3%""#);
    let told = preview(&mut scenario, &higher).unwrap();
    let orders: Vec<_> = told.orders.iter().map(|order| (order.order.as_str(), order.released)).collect();
    assert_eq!(orders, [("A1", false), ("A2", true)]);
    let shares = told.orders.iter().flat_map(|order| &order.shares);
    let rows: Vec<_> = shares
        .map(|share| (share.party.as_str(), share.was_minor, share.becomes_minor, share.why.as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            ("s1", 1, 2, "20% of 0.09 → 30% of 0.09 · sold it"),
            ("s2", 0, 0, "5% of 0.09 · is the seller's upline"),
            ("s1", 20_00, 30_00, "20% of 100.00 → 30% of 100.00 · sold it"),
            ("s2", 5_00, 5_00, "5% of 100.00 · is the seller's upline"),
        ]
    );
    assert_eq!((told.merchant_minor, told.same, told.cancelled), (-10_01, 0, 1));
    let s1 = &told.parties[0];
    assert_eq!((s1.held_minor, s1.available_minor, s1.receivable_minor), (1, 10_00, 0));
    scenario.play("= held s1/A1 0.01");

    let posted = restate(&mut scenario, &higher, "R1");
    assert_eq!(posted.code, Code::Created);
    assert_eq!(
        posted.note.as_deref(),
        Some("2 orders restated, 0 stay as they are, 1 were cancelled, 0 are held")
    );
    let facts: Vec<_> = posted.taken_up.iter().map(|posted| posted.fact.as_str()).collect();
    assert_eq!(facts, ["order.restated/R1/A1", "order.restated/R1/A2"]);
    scenario.play(
        "
        = held s1/A1 0.02
        = available s1 10.00
        = available s2 5.00
        # A later refund runs the mended formula: half of A2 comes back, 15.00 of 30.00 is kept.
        refund R2 A2 1=50.00
        = available s1 0.00
        = receivable s1 -5.00
        = available s2 2.50
        refund R3 A1 1=0.09
        = held s1/A1 0.00
        ",
    );
    assert_eq!(restate(&mut scenario, &higher, "R1").code, Code::Duplicate);
    verified(&mut scenario);
}

#[test]
fn downwards_is_a_clawback_from_the_lot_then_what_is_free_then_a_receivable() {
    let mut scenario = Scenario::new(THREE_LEVEL);
    scenario.play(MARCH);
    let lower = rates(r#""10%", "2%", "3%""#);
    let told = preview(&mut scenario, &lower).unwrap();
    let parties: Vec<_> = told
        .parties
        .iter()
        .map(|party| (party.party.as_str(), party.held_minor, party.available_minor, party.receivable_minor))
        .collect();
    assert_eq!(parties, [("s1", -1, 0, -10_00), ("s2", 0, -3_00, 0)]);
    assert_eq!(told.merchant_minor, 13_01);
    restate(&mut scenario, &lower, "R1");
    scenario.play(
        "
        = held s1/A1 0.00
        = available s1 0.00
        = receivable s1 -10.00
        = available s2 2.00
        # What the buyer paid is untouched: 0.09 of A1 and 100.00 of A2.
        = payments -100.09
        ",
    );
    // The same program again changes nothing, another one is measured by what stands now.
    let again = restate(&mut scenario, &lower, "R2");
    let because = again.because.unwrap();
    assert!(
        because.starts_with("the orders paid from 2026-03-01 to 2026-03-31 were restated under program ")
            && because.ends_with(" by `R1`, nothing would move"),
        "{because}"
    );
    restate(&mut scenario, THREE_LEVEL, "R3");
    scenario.play(
        "
        = held s1/A1 0.01
        = receivable s1 0.00
        = available s1 0.00
        = available s2 5.00
        ",
    );
    verified(&mut scenario);
}

#[test]
fn an_order_sees_the_relations_of_its_moment() {
    let mut scenario = Scenario::new(THREE_LEVEL);
    scenario.play(
        "
        paid A1 b1 s1 1=10.00
        bound upline s1 s2 → noted
        paid A2 b1 s1 1=10.00
        ",
    );
    restate(&mut scenario, &rates(r#""20%", "10%", "3%""#), "R1");
    scenario.play(
        "
        = held s2/A1 0.00
        = held s2/A2 1.00
        ",
    );
    verified(&mut scenario);
}

#[test]
fn a_budget_holds_over_restated_orders_and_others() {
    let limited = |rate: &str| format!("{}budget = {{ total = \"15.00\" }}\n", rates(rate));
    let mut scenario = Scenario::new(&limited(r#""10%", "5%", "3%""#));
    scenario.play(
        "
        paid A1 b1 s1 1=100.00
        paid A2 b1 s1 1=100.00
        = held s1/A1 10.00
        = held s1/A2 5.00
        ",
    );
    // At 12 % the first order may take no more than later ones have left of the budget: nothing.
    restate(&mut scenario, &limited(r#""12%", "5%", "3%""#), "R1");
    scenario.play("= held s1/A1 10.00\n= held s1/A2 5.00");
    // At 4 % the budget has room for both.
    restate(&mut scenario, &limited(r#""4%", "5%", "3%""#), "R2");
    scenario.play("= held s1/A1 4.00\n= held s1/A2 4.00\npaid A3 b1 s1 1=100.00\n= held s1/A3 7.00");
    verified(&mut scenario);
}

#[test]
fn what_cannot_be_restated_says_why_and_moves_nothing() {
    let mut scenario = Scenario::new(THREE_LEVEL);
    assert_eq!(preview(&mut scenario, THREE_LEVEL).unwrap_err(), NO_PROGRAM);
    scenario.play(MARCH);
    let refused = |scenario: &mut Scenario, program: &str| preview(scenario, program).unwrap_err();

    let dollars = THREE_LEVEL.replace("CNY", "USD");
    assert_eq!(refused(&mut scenario, &dollars), "the mended program is in USD, the books are in CNY");
    let theirs = THREE_LEVEL.replace("old-cellar", "new-cellar");
    assert_eq!(
        refused(&mut scenario, &theirs),
        "the mended program is of merchant `new-cellar`, the books are of `old-cellar`"
    );
    let elsewhere = THREE_LEVEL.replace("Asia/Shanghai", "UTC");
    assert_eq!(
        refused(&mut scenario, &elsewhere),
        "the mended program counts days in `UTC`, the books in `Asia/Shanghai`"
    );
    let mended = mended(&scenario, &rates(r#""10%", "5%", "3%""#));
    let empty = scenario.books.preview(&mended, date(2027, 1, 1), date(2027, 1, 2)).unwrap_err();
    assert_eq!(empty.to_string(), "no order was paid from 2027-01-01 to 2027-01-02");
    let same = preview(&mut scenario, THREE_LEVEL).unwrap();
    assert_eq!(
        same.nothing.as_deref(),
        Some("every order paid from 2026-03-01 to 2026-03-31 is decided as it stands, nothing would move")
    );

    let greedy = rates(r#""60%", "5%", "3%""#);
    let posted = restate(&mut scenario, &greedy, "R1");
    assert_eq!(posted.code, Code::Refused);
    let because = posted.because.unwrap();
    assert!(because.starts_with("order `A1` cannot be restated: promoters_cap: "), "{because}");
    assert!(because.ends_with("; hint: mend the program, nothing of any order was restated"), "{because}");
    assert!(posted.taken_up.is_empty());
    scenario.play("= held s1/A1 0.01\n= available s2 5.00\n= paid s1 20.00");
    verified(&mut scenario);
}

const NO_PROGRAM: &str = "no program is in force; hint: prepare one before the first event";

#[test]
fn a_held_order_is_named_and_left_alone() {
    let mut scenario = Scenario::new(THREE_LEVEL);
    scenario.play(
        "
        paid A1 b1 s1 1=10.00
        paid A2 b1 s1 1=10.00 tender=9.00 → held
        ",
    );
    let told = preview(&mut scenario, &rates(r#""10%", "5%", "3%""#)).unwrap();
    assert_eq!(told.held, ["order.paid/A2"]);
    assert_eq!(told.orders.len(), 1);
}
