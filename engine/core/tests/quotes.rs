//! Quotes: what was priced is what is paid, with its seller, its discounts and its funders.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

mod support;

use fenrun::{
    Decision, Outcome,
    event::{Event, Expectations, Line, Order, Party, Pricing, Tender, TenderKind},
    history::{Learned, MemoryHistory, PricedQuote},
};
use fenrun_money::Currency;
use support::{Bench, order, policy};

/// 10.01 off, 60 % of it carried by a brand; then 20 % of what was paid to the first party, the seller.
fn shop() -> Bench {
    let off = "(local.set $effect (call $discount (i32.const -1)))
        (call $discount_amount (local.get $effect) (i64.const 1001))
        (call $discount_funder (local.get $effect) (i32.const 1) (i64.const 60) (i64.const 100))
        (call $why (local.get $effect))";
    let share = "(call $rate (i32.const 0) (i32.const -1) (i32.const 1) (i64.const 20) (i64.const 100))";
    Bench::new("cn").policy(policy("discounts", off)).policy(policy("shares", share))
}

fn expect() -> Expectations {
    Expectations::new(Currency::CNY)
}

/// Prices a cart, learns the quote `A1`, and decides what the closure makes of the payment.
fn pay(change: impl FnOnce(Order) -> Order) -> Outcome {
    pay_by(|_| (), change)
}

/// The same by a quote that was changed after it was given.
fn pay_by(tamper: impl FnOnce(&mut PricedQuote), change: impl FnOnce(Order) -> Order) -> Outcome {
    let bench = shop();
    let program = bench.load().unwrap();
    let mut history = MemoryHistory::new();
    let cart = order(&[5_000, 5_000]).party(Party::seller("s1")).party(Party::new("big-brand", "brand"));
    let priced = Event::order_priced(cart, &expect()).unwrap();
    let outcome = bench.engine().decide(&program, &priced, &history);
    let mut quote = outcome.decision().expect("a quote").quote(priced.order().unwrap());
    assert_eq!(quote.total_minor, 8_999);
    tamper(&mut quote);
    history.learn(&priced, &Learned { goods_paid_minor: 0, quote: Some(quote) }).unwrap();
    let time = "2026-03-01T11:00:00+08:00".parse().unwrap();
    let bare = Order::new("B7", "b1", time, Currency::CNY).pricing(Pricing::Quote("A1".into()));
    let paid = Event::order_paid(change(bare), &expect()).unwrap();
    bench.engine().decide(&program, &paid, &history)
}

fn decided(outcome: Outcome) -> Decision {
    match outcome {
        Outcome::Decided(decision) => *decision,
        other => panic!("expected a decision, found {other:?}"),
    }
}

fn held(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Held(held) => held.cause.to_string(),
        other => panic!("expected a held event, found {other:?}"),
    }
}

#[test]
fn a_bare_payment_takes_everything_from_the_quote() {
    let decision = decided(pay(|order| order.tender(Tender::new(TenderKind::Money, 8_999))));
    assert_eq!(decision.totals.due, 8_999);
    assert_eq!(decision.amount_of("s1"), 1_799);
    assert_eq!(decision.totals.funded, 600);
    assert_eq!(decision.discounts.len(), 1);
    assert!(decision.totals.balance());
}

#[test]
fn what_does_not_fit_the_quote_is_held() {
    assert_eq!(
        held(&pay(|order| order.tender(Tender::new(TenderKind::Money, 9_000)))),
        "tenders_match: the tenders come to 90.00, 89.99 is due"
    );
    assert_eq!(
        held(&pay(|order| order.seller("s2"))),
        "quote_seller: quote `A1` was given by `s1`, the order is sold by `s2`"
    );
    assert_eq!(
        held(&pay(|mut order| {
            order.buyer.id = "b2".into();
            order
        })),
        "quote_buyer: quote `A1` was given to `b1`, not to `b2`"
    );
    assert_eq!(
        held(&pay(|order| order.pricing(Pricing::Quote("A2".into())))),
        "unknown_quote: quote `A2` was never given"
    );
}

/// Lines may be told again, but only as they were quoted.
#[test]
fn other_lines_than_those_of_the_quote_are_held() {
    let lines = |prices: [i64; 2]| {
        move |bare: Order| {
            let line = |id: &str, price| Line::goods(id, "SKU", 1, price);
            // In another order: the lines are the same.
            bare.line(line("2", prices[1])).line(line("1", prices[0]))
        }
    };
    assert_eq!(decided(pay(lines([5_000, 5_000]))).totals.due, 8_999);
    for other in [[5_000, 5_001], [4_999, 5_001]] {
        assert_eq!(held(&pay(lines(other))), "quote_lines: the lines paid are not the lines of quote `A1`");
    }
    assert_eq!(
        held(&pay(|bare| bare.line(Line::goods("1", "SKU", 1, 5_000)))),
        "quote_lines: the lines paid are not the lines of quote `A1`"
    );
}

#[test]
fn a_quote_that_is_not_whole_is_held() {
    let held = |tamper: fn(&mut PricedQuote)| held(&pay_by(tamper, |bare| bare));
    assert_eq!(
        held(|quote| quote.total_minor = 8_998),
        "quote_broken: quote `A1` is not whole: its lines do not come to its total"
    );
    assert_eq!(
        held(|quote| drop(quote.lines_paid_minor.pop())),
        "quote_broken: quote `A1` is not whole: 1 prices for 2 lines"
    );
    assert_eq!(
        held(|quote| quote.lines_paid_minor[0].1 = 5_001),
        "quote_broken: quote `A1` is not whole: the price of line `1` is outside its list price"
    );
}

#[test]
fn an_order_in_another_currency_is_held() {
    let bench = shop();
    let time = "2026-03-01T11:00:00+08:00".parse().unwrap();
    let yen = Order::new("A1", "b1", time, Currency::JPY).line(Line::goods("1", "SKU", 1, 1_000));
    let event = Event::order_paid(yen, &Expectations::new(Currency::JPY)).unwrap();
    let outcome = bench.engine().decide(&bench.load().unwrap(), &event, &fenrun::history::NoHistory);
    assert_eq!(held(&outcome), "wrong_currency: the order is in JPY, the program is in CNY");
}
