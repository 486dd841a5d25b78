//! Discount policies that break: what the program says happens then, and how a suspension ends.

use fenrun::books::{Books, Code, Posted, suspended, verify};
use fenrun_ledger::{Ledger, MemoryLedger, SqliteLedger};

use super::by_hand::{off, off_even_prices, prepare};
use super::scenario::{ENGINE, Scenario};

/// One discounts policy; `answer` is what happens when it breaks.
fn program(answer: &str) -> String {
    format!(
        "merchant = \"tea\"\ncurrency = \"CNY\"\ntime_zone = \"Asia/Shanghai\"\nguard = \"cn\"\n\n\
         [[policy]]\nname = \"spring\"\nuse = \"./spring.wasm\"\non_failure = \"{answer}\"\n"
    )
}

fn scenario(answer: &str, module: &[u8]) -> Scenario {
    over(answer, module, Box::new(MemoryLedger::new()))
}

fn over(answer: &str, module: &[u8], ledger: Box<dyn Ledger + Send>) -> Scenario {
    let mut books = Books::open(ENGINE.clone(), ledger).unwrap();
    prepare(&mut books, &program(answer), module);
    Scenario { books, minute: 0 }
}

/// What each run of a decision says: the answer, and whether an older version stands in.
fn runs(posted: &Posted) -> Vec<(String, bool)> {
    let decision: serde_json::Value = serde_json::from_str(posted.decision_json.as_ref().unwrap()).unwrap();
    let run = |run: &serde_json::Value| {
        (run["answer"].as_str().unwrap().to_owned(), run["stands_in"].as_bool().unwrap_or(false))
    };
    decision["policies"].as_array().unwrap().iter().map(run).collect()
}

fn told(answers: &[(&str, bool)]) -> Vec<(String, bool)> {
    answers.iter().map(|(answer, stands_in)| ((*answer).to_owned(), *stands_in)).collect()
}

#[test]
fn the_last_good_version_stands_in_for_one_that_breaks_and_the_quote_says_so() {
    let mut scenario = scenario("last_good", &off(10));
    // The first version has answered once; the second takes 20 % off and breaks at odd prices.
    scenario.play("paid A1 b1 0 1=10.00\n= payments -9.00");
    prepare(&mut scenario.books, &program("last_good"), &off_even_prices(20));
    scenario.play("paid A2 b1 0 1=10.00\n= payments -17.00");
    let quoted = scenario.tell("priced Q1 b1 0 1=10.01");
    assert_eq!(runs(&quoted), told(&[("failed", false), ("applied", true)]));
    let discount = &quoted.decision.as_ref().unwrap().discounts[0];
    assert_eq!((discount.policy.as_str(), discount.amount_minor), ("spring", 1_00), "10 % of 10.01");
    // The quote stands for the payment.
    scenario.play("paid A3 b1 0 by Q1\n= payments -26.01");

    // A third version has never answered: the second is the last good one for it, though that breaks here as well; then
    // the sale goes on without a discount, and both are told.
    prepare(&mut scenario.books, &program("last_good"), &off_even_prices(30));
    let quoted = scenario.tell("priced Q2 b1 0 1=10.01");
    assert_eq!(runs(&quoted), told(&[("failed", false), ("failed", true)]));
    assert_eq!(quoted.decision.unwrap().totals.due, 10_01);

    // The log alone leads there.
    let verified = verify(&ENGINE, scenario.books.ledger()).unwrap();
    assert_eq!(verified.decided, 5);
}

#[test]
fn without_an_earlier_version_the_sale_goes_on_without() {
    let mut scenario = scenario("last_good", &off_even_prices(20));
    let quoted = scenario.tell("priced Q1 b1 0 1=10.01");
    assert_eq!(runs(&quoted), told(&[("failed", false)]));
    assert_eq!(quoted.decision.unwrap().totals.due, 10_01);
    // A version that has only broken is not a good one for the next.
    prepare(&mut scenario.books, &program("last_good"), &off_even_prices(30));
    assert_eq!(runs(&scenario.tell("priced Q2 b1 0 1=10.01")), told(&[("failed", false)]));
}

#[test]
fn a_version_that_was_in_force_before_and_is_again_has_the_other_one_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.db");
    let ledger = SqliteLedger::open(&file).unwrap();
    let mut scenario = over("last_good", &off_even_prices(10), Box::new(ledger));
    scenario.play("priced Q1 b1 0 1=10.00");
    prepare(&mut scenario.books, &program("last_good"), &off(20));
    scenario.play("priced Q2 b2 0 1=10.00");
    prepare(&mut scenario.books, &program("last_good"), &off_even_prices(10));
    let quoted = scenario.tell("priced Q3 b3 0 1=10.01");
    assert_eq!(runs(&quoted), told(&[("failed", false), ("applied", true)]));
    assert_eq!(quoted.decision.unwrap().totals.due, 8_01, "20 % of 10.01 is 2.002");
    // Whoever opens the ledger again knows it from there.
    drop(scenario);
    let books = Books::open(ENGINE.clone(), Box::new(SqliteLedger::open(&file).unwrap())).unwrap();
    let mut scenario = Scenario { books, minute: 10 };
    let quoted = scenario.tell("priced Q4 b4 0 1=10.01");
    assert_eq!(runs(&quoted), told(&[("failed", false), ("applied", true)]));
}

/// A policy that is gone on without is suspended by its failures, and runs again when somebody says so.
#[test]
fn a_suspension_is_lifted_by_an_event() {
    let mut scenario = scenario("skip", &off_even_prices(20));
    for number in 0..16 {
        scenario.tell(&format!("paid A{number} b{number} 0 1=10.01"));
    }
    assert_eq!(suspended(scenario.books.ledger()).unwrap().len(), 1);
    scenario.play(
        "
        = payments -160.16
        # Suspended, it is not asked about a good price either.
        paid B1 b1 0 1=10.00
        = payments -170.16
        resumed other → refused: policy `other` is not suspended; hint: `fenrun held list` says who is
        resumed spring → noted
        paid B2 b1 0 1=10.00
        = payments -178.16
        resumed spring → refused: policy `spring` is not suspended; hint: `fenrun held list` says who is
        ",
    );
    assert_eq!(suspended(scenario.books.ledger()).unwrap(), []);
    let verified = verify(&ENGINE, scenario.books.ledger()).unwrap();
    assert_eq!(verified.head, scenario.books.ledger().head().unwrap());
}

/// A held order's policy is run again as well, without the order being tried again first.
#[test]
fn refused_quotes_stay_refused_until_the_suspension_is_lifted() {
    let mut scenario = scenario("refuse", &off_even_prices(20));
    for number in 0..16 {
        let posted = scenario.tell(&format!("priced Q{number} b{number} 0 1=10.01"));
        assert_eq!(posted.code, Code::Held);
    }
    assert_eq!(scenario.tell("priced R1 b1 0 1=10.00").code, Code::Held);
    scenario.play("resumed spring → noted");
    let quoted = scenario.tell("priced R2 b1 0 1=10.00");
    assert_eq!((quoted.code, quoted.decision.unwrap().totals.due), (Code::Created, 8_00));
}
