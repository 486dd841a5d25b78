//! The stock policies over real purchase histories that nobody on this project wrote.
//!
//! The data stands beside the checkout, in `../shared/data`, and is no part of the project: where it is missing, these
//! tests say so and pass. What the engine must come to is reckoned here a second time, from the raw file, in whole cents
//! and without any code of fenrun.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first surprise, an overflow included"
)]

mod refunds;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};

use fenrun::decision::{Decision, PolicyAnswer};
use fenrun::event::{Event, Expectations, RelationBound, UPLINE_RELATION};
use fenrun::history::{Learned, MemoryHistory};
use fenrun::profile::GuardProfile;
use fenrun::program::{PolicyEntry, PolicySource, ProgramBuilder};
use fenrun::{Engine, EngineOptions, Outcome, Program};
use fenrun_cli::import::{Imported, MappingFile, Verdict, import};
use fenrun_cli::modules::PolicyModules;
use fenrun_money::Currency;
use flate2::bufread::GzDecoder;

/// The text of a data file, or `None` and a word about it where it is not there.
fn data(file: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(file);
    if !path.exists() {
        say(&format!("LEFT OUT: there is no `{}`, so nothing was tested on it", path.display()));
        return None;
    }
    let mut text = String::new();
    GzDecoder::new(BufReader::new(File::open(path).unwrap())).read_to_string(&mut text).unwrap();
    Some(text)
}

/// Says something that is seen also where the test passes: the harness keeps what `eprintln!` prints to itself.
fn say(words: &str) {
    std::io::stderr().write_all(format!("{words}\n").as_bytes()).unwrap();
}

/// A data file imported under its mapping.
fn imported(mapping: &str, export: &str) -> Imported {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings").join(mapping);
    let mapping = MappingFile::parse(&fs::read_to_string(path).unwrap(), mapping).unwrap();
    import(&mapping, export.as_bytes(), "export", &mut Vec::new()).unwrap()
}

/// A program of one stock policy with its defaults.
fn program(engine: &Engine, policy: &str, currency: Currency, time_zone: &str) -> Program {
    let entry = PolicyEntry::new(policy, PolicySource::Stock(policy.to_owned()));
    let definition = ProgramBuilder::new("real-data", currency)
        .time_zone(time_zone)
        .unwrap()
        .guard(GuardProfile::named("cn").unwrap())
        .policy(entry)
        .build()
        .unwrap();
    engine.load(definition, &PolicyModules::new(env!("CARGO_MANIFEST_DIR")).quiet(true)).unwrap()
}

/// Decides an order, which must be possible, and lets the history learn it.
fn decided(engine: &Engine, program: &Program, event: &Event, history: &mut MemoryHistory) -> Decision {
    let decision = match engine.decide(program, event, history) {
        Outcome::Decided(decision) => *decision,
        other => panic!("{}: {other:?}", event.fact_key()),
    };
    for run in &decision.policies {
        assert!(matches!(run.answer, PolicyAnswer::Applied { .. }), "{}: {:?}", event.fact_key(), run.answer);
    }
    let learned = Learned { goods_paid_minor: decision.totals.goods_paid, quote: None };
    history.learn(event, &learned).unwrap();
    decision
}

/// Cents of a text with exactly two decimals.
fn cents(text: &str) -> i64 {
    let (whole, decimals) = text.split_once('.').unwrap();
    assert_eq!(decimals.len(), 2, "{text}");
    whole.parse::<i64>().unwrap().checked_mul(100).unwrap() + decimals.parse::<i64>().unwrap()
}

/// Per customer: what the first and the second order should take off, in cents; `None` where there was no such order.
type Benefits = BTreeMap<String, [Option<i64>; 2]>;

/// One CDNOW purchase of more than nothing: its date, customer and cents, in file order.
fn purchases(text: &str) -> Vec<(u32, String, i64)> {
    let rows = text.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
    let read = rows.map(|row| (row[1].parse().unwrap(), row[0].to_owned(), cents(row[3])));
    read.filter(|(_, _, cents)| *cents > 0).collect()
}

/// The discounts of CDNOW by hand: 20 % of the first order and 50 % of the second, half a cent up, once per order.
fn benefits(text: &str) -> Benefits {
    let mut purchases = purchases(text);
    purchases.sort_by_key(|(date, _, _)| *date);
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    let mut benefits = Benefits::new();
    for (_, customer, cents) in purchases {
        let number = count.entry(customer.clone()).or_default();
        let rate = [20, 50].get(*number).copied();
        if let Some(percent) = rate {
            benefits.entry(customer).or_default()[*number] = Some((cents * percent + 50) / 100);
        }
        *number += 1;
    }
    benefits
}

#[test]
fn cdnow_gives_each_customer_exactly_one_first_order_discount() {
    let Some(text) = data("cdnow-master.txt.gz") else { return };
    let Imported { events, summary } = imported("cdnow.toml", &text);
    assert_eq!((summary.rows, summary.orders, summary.lines), (69_659, 69_579, 69_579));
    assert_eq!(summary.count(Verdict::Refused), 0);
    assert_eq!(summary.count_of("a purchase of nothing is no sale"), 80);

    let engine = Engine::new(EngineOptions::default()).unwrap();
    let program = program(&engine, "nth-order-discount", Currency::USD, "America/New_York");
    let mut history = MemoryHistory::new();
    let mut found = Benefits::new();
    let mut list_total = 0_i64;
    for event in &events {
        let decision = decided(&engine, &program, event, &mut history);
        let totals = decision.totals;
        assert_eq!(totals.list, totals.discounts + totals.shares + totals.merchant_net, "{}", decision.order);
        list_total += totals.list;
        assert!(decision.discounts.len() <= 1, "{}", decision.order);
        for discount in &decision.discounts {
            assert_eq!(discount.amount_minor, totals.discounts, "{}", decision.order);
            let number = match discount.reason.as_str() {
                "the buyer's first order" => 0,
                "the buyer's second order" => 1,
                other => panic!("{}: {other}", decision.order),
            };
            let known =
                found.entry(decision.buyer.clone()).or_default()[number].replace(discount.amount_minor);
            assert_eq!(known, None, "{} had this discount before", decision.buyer);
        }
    }

    let expected = benefits(&text);
    assert_eq!(found, expected, "customer by customer");
    assert_eq!(list_total, purchases(&text).iter().map(|(_, _, cents)| cents).sum::<i64>());
    let total = |number: usize| found.values().filter_map(|benefit| benefit[number]).sum::<i64>();
    let count = |number: usize| found.values().filter(|benefit| benefit[number].is_some()).count();
    let expected_total = |number: usize| expected.values().filter_map(|benefit| benefit[number]).sum::<i64>();
    assert_eq!((total(0), total(1)), (expected_total(0), expected_total(1)));

    // Every one of the 23,570 customers has one, but for 68 who never in the file paid anything.
    let customers: BTreeSet<&str> =
        text.lines().skip(1).filter_map(|row| row.split_whitespace().next()).collect();
    let never_paid = customers.iter().filter(|customer| !expected.contains_key(**customer)).count();
    assert_eq!((customers.len(), never_paid, count(0)), (23_570, 68, 23_502));
    eprintln!(
        "CDNOW: {} first orders, {} cents off; {} second, {} cents",
        count(0),
        total(0),
        count(1),
        total(1)
    );
}

/// What the retail sample says of one order, by hand, in pence.
#[derive(Debug, Default, PartialEq, Eq)]
struct Invoice {
    customer: String,
    list: i64,
    goods: i64,
}

/// What the retail sample comes to by hand.
#[derive(Debug, Default)]
struct Retail {
    invoices: BTreeMap<String, Invoice>,
    cancelled: u64,
    negative: u64,
    free: u64,
    /// Prices that are not in whole pence.
    inexact: u64,
    /// The other rows of their invoices.
    beside_inexact: u64,
}

/// Reads the retail sample by hand: the same rules as the mapping, written a second time.
fn retail(text: &str) -> Retail {
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).collect();
    let is_inexact = |row: &csv::StringRecord| row[5].split_once('.').unwrap().1.len() != 2;
    let broken: BTreeSet<&str> = rows.iter().filter(|row| is_inexact(row)).map(|row| &row[0]).collect();
    let mut retail = Retail::default();
    for row in &rows {
        let quantity: i64 = row[3].parse().unwrap();
        if row[0].starts_with('C') {
            retail.cancelled += 1;
        } else if quantity < 0 {
            retail.negative += 1;
        } else if is_inexact(row) {
            retail.inexact += 1;
        } else if broken.contains(&row[0]) {
            retail.beside_inexact += 1;
        } else if cents(&row[5]) == 0 {
            retail.free += 1;
        } else {
            let amount = quantity * cents(&row[5]);
            let invoice = retail.invoices.entry(row[0].to_owned()).or_default();
            invoice.customer =
                if row[6].is_empty() { format!("guest-{}", &row[0]) } else { row[6].to_owned() };
            invoice.list += amount;
            if !["POST", "DOT", "C2", "BANK CHARGES", "AMAZONFEE", "CRUK"].contains(&&row[1]) {
                invoice.goods += amount;
            }
        }
    }
    retail
}

/// The seller of a customer and everybody above: 40 sellers under 8 uplines under 3 at the top, and every fifth seller
/// and every fourth upline with nobody above.
fn chain(customer: &str) -> Vec<String> {
    let number: u32 = customer.trim_start_matches("guest-").parse().unwrap();
    let (seller, upline) = (number % 40, number % 8);
    let mut chain = vec![format!("seller-{seller}")];
    if seller % 5 != 0 {
        chain.push(format!("upline-{upline}"));
        if upline % 4 != 0 {
            chain.push(format!("top-{}", upline % 3));
        }
    }
    chain
}

/// A history that knows who is above whom.
fn relations(customers: impl Iterator<Item = String>) -> MemoryHistory {
    let mut history = MemoryHistory::new();
    let (long_ago, expect) = ("2010-01-01T00:00:00Z".parse().unwrap(), Expectations::new(Currency::GBP));
    let links: BTreeSet<(String, String)> = customers
        .flat_map(|customer| {
            chain(&customer).windows(2).map(|link| (link[0].clone(), link[1].clone())).collect::<Vec<_>>()
        })
        .collect();
    for (member, upline) in links {
        let bound = RelationBound::new(UPLINE_RELATION, member, upline, long_ago, &expect).unwrap();
        history.learn(&bound.into(), &Learned::default()).unwrap();
    }
    history
}

/// The order of an event, sold by the seller of its customer.
fn sold(event: Event) -> Event {
    let Event::OrderPaid(paid) = event else { panic!("only paid orders are imported") };
    let order = paid.into_order();
    let seller = chain(&order.buyer.id).swap_remove(0);
    Event::order_paid(order.seller(seller), &Expectations::new(Currency::GBP)).unwrap()
}

#[test]
fn retail_conserves_every_penny_and_refuses_cancellations() {
    let Some(text) = data("online-retail-sample.csv.gz") else { return };
    let Imported { events, summary } = imported("online-retail.toml", &text);
    let retail = retail(&text);
    let count = |number: usize| u64::try_from(number).unwrap();
    assert_eq!((summary.rows, summary.orders), (67_730, count(retail.invoices.len())));
    assert_eq!((retail.cancelled, retail.negative, retail.free), (1_252, 115, 98));
    assert_eq!(
        (retail.inexact, retail.beside_inexact),
        (1, 10),
        "one price of £0.001, on an invoice of 11 rows"
    );
    for (reason, expected) in [
        ("cancellation lines are refused until refunds exist", retail.cancelled),
        ("a negative quantity without a cancellation is no sale", retail.negative),
        ("a line without a price is no sale", retail.free),
        ("an amount with more decimals than its currency", retail.inexact),
        ("belongs to an order with a row that cannot be read", retail.beside_inexact),
    ] {
        assert_eq!(summary.count_of(reason), expected, "{reason}");
    }
    assert_eq!(summary.count(Verdict::Refused), retail.cancelled + retail.inexact + retail.beside_inexact);
    assert_eq!(summary.lines, summary.rows - summary.left_out.values().sum::<u64>());

    let engine = Engine::new(EngineOptions::default()).unwrap();
    let program = program(&engine, "three-level", Currency::GBP, "Europe/London");
    let mut history = relations(retail.invoices.values().map(|invoice| invoice.customer.clone()));
    let (mut list, mut discounts, mut shares, mut net, mut decisions) = (0_i64, 0_i64, 0_i64, 0_i64, 0_u64);
    let mut depths = [0_u64; 3];
    for event in events.into_iter().map(sold) {
        let decision = decided(&engine, &program, &event, &mut history);
        let (invoice, totals) = (&retail.invoices[&decision.order], decision.totals);
        assert_eq!((&decision.buyer, totals.list), (&invoice.customer, invoice.list), "{}", decision.order);

        // No penny is lost in any order.
        let paid_out: i64 = decision.shares.iter().map(|share| share.amount_minor).sum();
        assert_eq!(totals.list, paid_out + totals.discounts + totals.merchant_net, "{}", decision.order);
        let lines: i64 = decision.lines.iter().map(|line| line.due_minor).sum();
        assert_eq!(lines, totals.list, "{}", decision.order);

        // Each share is what it is by hand, lies on lines in full, and there is no other.
        let found: BTreeMap<&str, i64> =
            decision.shares.iter().map(|share| (&*share.party.id, share.amount_minor)).collect();
        let by_hand = chain(&invoice.customer).into_iter().zip([20, 5, 3]);
        let by_hand: Vec<(String, i64)> =
            by_hand.map(|(party, percent)| (party, invoice.goods * percent / 100)).collect();
        for (depth, (party, amount)) in by_hand.iter().enumerate() {
            assert_eq!(
                found.get(party.as_str()).copied().unwrap_or(0),
                *amount,
                "{}: {party}",
                decision.order
            );
            depths[depth] += u64::from(*amount > 0);
        }
        assert_eq!(paid_out, by_hand.iter().map(|(_, amount)| amount).sum::<i64>(), "{}", decision.order);
        for share in &decision.shares {
            let allocated: i64 = share.allocation.iter().map(|part| part.amount_minor).sum();
            assert_eq!(allocated, share.amount_minor, "{}: {}", decision.order, share.party.id);
        }

        list += totals.list;
        discounts += totals.discounts;
        shares += paid_out;
        net += totals.merchant_net;
        decisions += 1;
    }
    assert_eq!(decisions, summary.orders);
    assert_eq!((list, discounts), (retail.invoices.values().map(|invoice| invoice.list).sum(), 0));
    assert_eq!(shares + discounts + net, list, "no penny is lost in total");
    assert!(depths.iter().all(|count| *count > 1_000), "every depth is paid often: {depths:?}");
    eprintln!(
        "retail: {decisions} orders, list {list}, shares {shares}, merchant net {net}; paid by depth {depths:?}"
    );
}
