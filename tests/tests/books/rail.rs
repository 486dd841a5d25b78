//! What a payment rail carries out, over the whole life of an order: bonuses, days, batches, and what it never takes back.

use fenrun::books::{deadlines, verify};

use super::scenario::{ENGINE, Scenario, THREE_LEVEL};

fn program(head: &str, policies: &str) -> String {
    format!(
        "merchant = \"railed\"\ncurrency = \"CNY\"\ntime_zone = \"Asia/Shanghai\"\nguard = \"cn\"\nrail = \"wechat\"\n{head}\n{policies}"
    )
}

const LEVELS: &str = "[[policy]]\nname = \"levels\"\nuse = \"three-level\"\n";

/// The rail asks nobody back: what was paid out becomes a receivable, and the next release nets it.
#[test]
fn what_was_paid_to_a_person_is_owed_and_never_asked_back() {
    let mut scenario = Scenario::new(&program("", LEVELS));
    scenario.play(
        "
        paid A1 b1 s1 1=100.00
        completed A1
        day 2026-03-08
        payout P1 s1
        succeeded P1
        refund R1 A1 1=1*
        = paid s1 20.00
        = in_payout s1/P1 0.00
        = receivable s1 -20.00
        # What is still held is taken from the hold.
        paid A2 b1 s1 1=50.00
        refund R2 A2 1=25.00
        = held s1/A2 5.00
        = receivable s1 -20.00
        completed A2
        day 2026-03-20
        = held s1/A2 0.00
        = receivable s1 -15.00
        = available s1 0.00
        = paid s1 20.00
        ",
    );
    verify(&ENGINE, scenario.books.ledger()).unwrap();
}

/// Where the profile trims, what the rail cannot carry out is taken off, later policies first.
#[test]
fn a_profile_that_trims_trims_to_the_rails_ratio() {
    let trims = program(
        "guard_overrides = { over_cap = \"trim\" }\nrail_overrides = { ratio_max = \"22%\" }",
        LEVELS,
    );
    let chain = "bound upline s1 s2 → noted\nbound upline s2 s3 → noted\n";
    Scenario::new(&trims).play(chain).play(
        "
        paid A1 b1 s1 1=100.00
        = held s1/A1 20.00
        = held s2/A1 2.00
        = held s3/A1 0.00
        = merchant 78.00
        # 22 % of 0.99 is 21.78 fen.
        paid A2 b1 s1 1=0.99
        = held s1/A2 0.19
        = held s2/A2 0.02
        = merchant 78.78
        refund R1 A1 1=50.00
        = held s1/A1 10.00
        = held s2/A1 1.00
        ",
    );
}

/// The rail makes shares of a payment for thirty days. It is told a week before, on the last day, and until they are made.
#[test]
fn shares_that_are_held_for_too_long_are_told_of() {
    let mut scenario = Scenario::new(&program("", LEVELS));
    scenario.play("paid A1 b1 s1 1=100.00\npaid A2 b1 s1 1=50.00\npaid A3 b1 s1 1=0.04");
    let mut told = |day: &str| {
        let note = scenario.tell(&format!("day {day}")).note.unwrap();
        let due: Vec<String> = deadlines(scenario.books.ledger())
            .unwrap()
            .iter()
            .map(|each| format!("{} {} {}", each.order, each.until, each.held_minor))
            .collect();
        (note, due)
    };
    let quiet = "0 released, 0 quotes lapsed, 0 grants expired, 0 kept back";
    assert_eq!(told("2026-03-23"), (quiet.to_owned(), Vec::new()));
    let alarm = |until: &str, count: usize, orders: &str| {
        format!(
            "{quiet}; rail `wechat` makes shares of {count} orders until {until} at the earliest, and they are still held: {orders}"
        )
    };
    let both = vec!["A1 2026-03-31 2000".to_owned(), "A2 2026-03-31 1000".to_owned()];
    assert_eq!(told("2026-03-24"), (alarm("2026-03-31", 2, "`A1`, `A2`"), both.clone()));
    // Once told, it waits for the last day.
    assert_eq!(told("2026-03-25"), (quiet.to_owned(), both));
    scenario.play("completed A1 at=2026-03-10T00:00:00Z\nday 2026-03-26\n= available s1 20.00");
    let mut told = |day: &str| scenario.tell(&format!("day {day}")).note.unwrap();
    assert_eq!(told("2026-03-31"), alarm("2026-03-31", 1, "`A2`"));
    assert_eq!(told("2026-04-01"), alarm("2026-03-31", 1, "`A2`"));
    scenario.play("cancelled A2");
    assert_eq!(scenario.tell("day 2026-04-02").note.unwrap(), quiet);
    assert_eq!(deadlines(scenario.books.ledger()).unwrap(), []);
    verify(&ENGINE, scenario.books.ledger()).unwrap();
}

/// A bonus counts in the rail's ratio of each order's payment, with all that the order bears already.
#[test]
fn a_bonus_keeps_the_rails_ratio() {
    let tiers = "rail_overrides = { ratio_max = \"29%\" }\nvolume_window = \"month\"\n[[policy]]\nname = \"levels\"\nuse = \"three-level\"\n\
        configuration = { rates = [\"20%\"] }\n\n[[policy]]\nname = \"tiers\"\nuse = \"volume-tiers\"\n\
        configuration = { mode = \"whole\", tiers = [{ from = \"0.00\", rate = \"5%\" }, { from = \"150.00\", rate = \"8%\" }] }\n";
    let sales = "paid O1 b1 s1 1=100.00\npaid O2 b1 s1 1=100.00\n= held s1/O1 25.00\n= held s1/O2 28.00\n";
    let mut rejects = Scenario::new(&program("", tiers));
    rejects.play(sales);
    let closed = rejects.tell("period 2026-03");
    assert_eq!(
        closed.because.unwrap(),
        "rail_ratio_exceeded: order `O2` would bear 1.50 more at the close of the period, 1.00 can be paid out on rail \
         `wechat`"
    );
    rejects.play("= held s1/O1 25.00\n= held s1/O2 28.00");
    let mut trims = Scenario::new(&program("guard_overrides = { over_cap = \"trim\" }", tiers));
    trims.play(sales).play("period 2026-03\n= held s1/O1 26.50\n= held s1/O2 29.00");
    // Money that went back meanwhile cannot be divided any more; of 12.80 for 160.00, 11.00 was accrued at once.
    let mut trims = Scenario::new(&program("guard_overrides = { over_cap = \"trim\" }", tiers));
    trims.play(sales).play(
        "
        refund R1 O1 1=40.00
        = held s1/O1 15.00
        period 2026-03
        = held s1/O1 15.68
        = held s1/O2 29.00
        ",
    );
    verify(&ENGINE, trims.books.ledger()).unwrap();
}

/// One more receiver of an order than the rail pays is none.
#[test]
fn a_bonus_makes_no_receiver_too_many() {
    let ranked = "[[policy]]\nname = \"guides\"\nuse = \"guide-lifetime\"\n\n[[policy]]\nname = \"ranking\"\nuse = \"ranking\"\n";
    let mut scenario = Scenario::new(&program("rail_overrides = { receivers_max = 1 }", ranked));
    scenario.play("bound guide b1 g1 → noted\npaid O1 b1 s1 1=100.00\n= held g1/O1 5.00");
    assert_eq!(
        scenario.tell("period 2026-03").because.unwrap(),
        "rail_receivers: order `O1` would have one more receiver at the close of the period than rail `wechat` pays"
    );
    scenario.play("= held s1/O1 0.00");
    // Nobody else is paid for it: then the seller can be.
    let mut scenario = Scenario::new(&program("rail_overrides = { receivers_max = 1 }", ranked));
    scenario.play("paid O1 b2 s1 1=100.00\nperiod 2026-03\n= held s1/O1 1.00");
}

/// A program without a rail keeps its books as before: no alarm, no document of one.
#[test]
fn without_a_rail_nothing_is_told() {
    let mut scenario = Scenario::new(THREE_LEVEL);
    scenario.play("paid A1 b1 s1 1=100.00");
    assert!(!scenario.tell("day 2026-06-01").note.unwrap().contains("rail"));
    assert_eq!(scenario.books.ledger().scan("agenda", "", None, 10).unwrap(), []);
}
