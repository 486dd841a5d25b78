//! The retail sample with its real cancellations, through the books: every cancellation that has a matching earlier
//! purchase becomes a refund, every other one is refused and counted; at the end the money is where it is by hand.

use std::collections::BTreeMap;

use fenrun::books::{Books, Code, verify};
use fenrun::event::{
    Event, Expectations, OrderRefunded, RefundLine, RefundPart, RelationBound, UPLINE_RELATION,
};
use fenrun::{Engine, EngineOptions};
use fenrun_cli::import::Imported;
use fenrun_cli::modules::PolicyModules;
use fenrun_ledger::{AccountKind, MemoryLedger};
use fenrun_money::Currency;
use jiff::Timestamp;

use super::{cents, chain, data, imported, sold};

const PROGRAM: &str = r#"
merchant  = "real-data"
currency  = "GBP"
time_zone = "Europe/London"
guard     = "cn"

[[policy]]
name = "three-level"
use  = "three-level"
"#;

/// One row of an invoice that was sold, by hand.
struct Sold {
    goods: bool,
    price: i64,
    quantity: i64,
    left: i64,
}

/// A purchase that a cancellation can be of.
#[derive(Clone)]
struct Purchase {
    invoice: String,
    place: usize,
}

#[test]
fn retail_cancellations_become_refunds_to_the_penny() {
    let Some(text) = data("online-retail-sample.csv.gz") else { return };
    let Imported { events, .. } = imported("online-retail.toml", &text);
    let orders: BTreeMap<String, Event> =
        events.into_iter().map(sold).map(|event| (event.order().unwrap().id.clone(), event)).collect();

    // By hand, in time order: the rows of each invoice, and for each cancellation the latest earlier purchase of the same
    // customer and stock code of which enough is left.
    let mut by_hand: BTreeMap<String, (String, Vec<Sold>)> = BTreeMap::new();
    let mut purchases: BTreeMap<(String, String), Vec<Purchase>> = BTreeMap::new();
    let mut told: Vec<(Timestamp, Event)> = Vec::new();
    let (mut refunds, mut unmatched) = (0_u64, 0_u64);
    let expect = Expectations::new(Currency::GBP);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    for (number, row) in reader.records().map(Result::unwrap).enumerate() {
        let (invoice, stock, quantity) = (&row[0], row[1].to_owned(), row[3].parse::<i64>().unwrap());
        let (at, customer) = (&row[4], row[6].to_owned());
        if invoice.starts_with('C') {
            let key = (customer, stock);
            let found = purchases
                .get(&key)
                .into_iter()
                .flatten()
                .rev()
                .find(|purchase| by_hand[&purchase.invoice].1[purchase.place].left >= -quantity);
            let Some(Purchase { invoice: of, place }) = found.cloned() else {
                unmatched += 1;
                continue;
            };
            by_hand.get_mut(&of).unwrap().1[place].left += quantity;
            let line = orders[&of].order().unwrap().lines[place].clone();
            assert_eq!(
                (line.item.as_deref(), line.quantity),
                (Some(key.1.as_str()), u32::try_from(by_hand[&of].1[place].quantity).unwrap())
            );
            let time: Timestamp = at.parse().unwrap();
            let units = RefundPart::Units(u32::try_from(-quantity).unwrap());
            let lines = vec![RefundLine { id: line.id, what: units }];
            let (refund, none) = (format!("{invoice}-{number}"), None);
            let event =
                OrderRefunded::new(refund, of, time, Currency::GBP, lines, none, None, &expect).unwrap();
            told.push((time, event.into()));
            refunds += 1;
            continue;
        }
        // The same rules as in the test of the sales: what was not imported is not sold here either.
        let Some(event) = orders.get(invoice) else { continue };
        if quantity < 0 || row[5].split_once('.').unwrap().1.len() != 2 || cents(&row[5]) == 0 {
            continue;
        }
        let (_, rows) = by_hand.entry(invoice.to_owned()).or_insert_with(|| {
            told.push((event.time(), event.clone()));
            (event.order().unwrap().buyer.id.clone(), Vec::new())
        });
        let goods = !["POST", "DOT", "C2", "BANK CHARGES", "AMAZONFEE", "CRUK"].contains(&stock.as_str());
        rows.push(Sold { goods, price: cents(&row[5]), quantity, left: quantity });
        if !customer.is_empty() {
            let purchase = Purchase { invoice: invoice.to_owned(), place: rows.len() - 1 };
            purchases.entry((customer, stock)).or_default().push(purchase);
        }
    }
    assert_eq!(refunds + unmatched, 1_252);
    assert!(refunds > 50, "there is something to refund: {refunds}");

    let engine = Engine::new(EngineOptions::default()).unwrap();
    let mut books = Books::open(engine.clone(), Box::new(MemoryLedger::new())).unwrap();
    books.prepare(PROGRAM, "program.toml", &PolicyModules::new(".").quiet(true)).unwrap();
    books.begin().unwrap();
    let long_ago: Timestamp = "2010-01-01T00:00:00Z".parse().unwrap();
    for (customer, _) in by_hand.values() {
        for link in chain(customer).windows(2) {
            let (member, to) = (link[0].as_str(), link[1].as_str());
            let bound = RelationBound::new(UPLINE_RELATION, member, to, long_ago, &expect).unwrap();
            let code = books.take(&bound.into()).unwrap().code;
            assert!(matches!(code, Code::Noted | Code::Duplicate), "{member} → {to}: {code}");
        }
    }
    told.sort_by_key(|(time, _)| *time);
    let mut parked = 0_u64;
    for (_, event) in &told {
        let posted = books.take(event).unwrap();
        parked += u64::from(posted.code == Code::Parked);
        assert!(matches!(posted.code, Code::Created | Code::Parked), "{}: {:?}", posted.fact, posted.because);
    }
    books.commit().unwrap();

    // Where the money is by hand.
    let mut parties: BTreeMap<String, i64> = BTreeMap::new();
    let (mut paid, mut list) = (0_i64, 0_i64);
    for (customer, rows) in by_hand.values() {
        let goods: i64 = rows.iter().filter(|row| row.goods).map(|row| row.left * row.price).sum();
        paid += rows.iter().map(|row| row.left * row.price).sum::<i64>();
        list += rows.iter().map(|row| row.quantity * row.price).sum::<i64>();
        for (party, percent) in chain(customer).into_iter().zip([20, 5, 3]) {
            *parties.entry(party).or_default() += goods * percent / 100;
        }
    }
    let mut found: BTreeMap<String, i64> = BTreeMap::new();
    let (mut payments, mut merchant) = (0, 0);
    for balance in books.ledger().balances(None, None).unwrap() {
        match balance.account.kind() {
            AccountKind::Payments => payments += balance.balance_minor,
            AccountKind::Merchant => merchant += balance.balance_minor,
            AccountKind::Held => {
                *found.entry(balance.account.owner().to_owned()).or_default() += balance.balance_minor
            }
            other => panic!("nothing was released: {other:?}"),
        }
    }
    parties.retain(|_, amount| *amount > 0);
    assert_eq!(found, parties, "party by party");
    assert_eq!(-payments, paid);
    assert_eq!(merchant, paid - parties.values().sum::<i64>());
    let verified = verify(&engine, books.ledger()).unwrap();
    super::say(&format!(
        "retail with cancellations: {} orders of {list}, {refunds} refunds of {}, {unmatched} without a purchase, \
         {parked} told before their order; {paid} = {} shares + {merchant} merchant; {} entries verified",
        by_hand.len(),
        list - paid,
        parties.values().sum::<i64>(),
        verified.head.entries,
    ));
}
