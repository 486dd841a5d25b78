//! Points, stars, coupons and tiers for what has happened, decided by the engine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

mod support;

use std::cell::RefCell;

use fenrun::{
    GrantsDecision, Outcome, Undecided,
    event::{Buyer, Event, Expectations, Line, Order, Party, Pricing, RelationBound},
    granting::{Holdings, NoHoldings, Occasion, Recipient},
    history::{Learned, MemoryHistory, NoHistory},
};
use fenrun_money::Currency;
use support::{Bench, module, order, policy};

const BUYER: i32 = -1;

/// A policy that knows `stars` (64), `coupon-10` (65), `gold` (66), `streak` (67) and `review.posted` (68).
fn knowing(body: &str) -> Vec<u8> {
    let words = ["stars", "coupon-10", "gold", "streak", "review.posted"];
    let data: String = words
        .iter()
        .enumerate()
        .map(|(place, word)| format!("(data (i32.const {}) \"{word}\")", 64 + 32 * place))
        .collect();
    let symbols: String = words
        .iter()
        .enumerate()
        .map(|(place, word)| {
            format!("(drop (call $symbol (i32.const {}) (i32.const {})))", 64 + 32 * place, word.len())
        })
        .collect();
    let more = format!("{data} (func (export \"configure\") (result i32) {symbols} (i32.const 0))");
    module("grants", &format!("{body}\n(i32.const 0)"), &more)
}

/// Grants units, which are an expression.
fn grant(party: i32, asset: i32, units: &str, days: i32) -> String {
    format!("(call $why (call $grant (i32.const {party}) (i32.const {asset}) {units} (i32.const {days})))")
}

/// One star that is counted over units of another asset.
fn counted(asset: i32, each: i64) -> String {
    format!(
        "(local.set $effect (call $grant (i32.const -1) (i32.const 64) (i64.const 1) (i32.const -1)))
         (call $grant_each (local.get $effect) (i32.const {asset}) (i64.const {each}))
         (call $why (local.get $effect))"
    )
}

fn told(units: &str) -> Vec<u8> {
    knowing(&grant(BUYER, 64, units, -1))
}

fn paid(order: Order) -> Event {
    Event::order_paid(order, &Expectations::new(Currency::CNY)).unwrap()
}

fn granted(bench: &Bench, event: &Event) -> GrantsDecision {
    bench.engine().grants(&bench.load().unwrap(), event, None, &NoHoldings, &NoHistory).unwrap()
}

fn stars(bench: &Bench, event: &Event) -> i64 {
    granted(bench, event).units_of("b1", "stars")
}

fn held(module: Vec<u8>, event: &Event) -> String {
    let bench = Bench::new("cn").policy(module);
    match bench.engine().grants(&bench.load().unwrap(), event, None, &NoHoldings, &NoHistory) {
        Err(Undecided::Held(cause)) => cause.to_string(),
        other => panic!("expected a hold, found {other:?}"),
    }
}

fn sale() -> Event {
    paid(order(&[9_990]).party(Party::seller("s1")).party(Party::upline("s2", 1)))
}

#[test]
fn units_for_a_paid_order() {
    let body = [
        grant(BUYER, 64, "(i64.div_s (call $order (i32.const 4)) (i64.const 1000))", -1),
        grant(1, 65, "(i64.const 2)", 30),
        "(call $why (call $tier (i32.const 0) (i32.const 66)))".into(),
    ];
    let bench = Bench::new("cn").policy(knowing(&body.concat()));
    let decision = granted(&bench, &sale());
    assert_eq!((decision.kind.as_str(), decision.order.as_deref()), ("order.paid", Some("A1")));
    assert_eq!(decision.units_of("b1", "stars"), 9);
    assert_eq!(decision.units_of("s2", "coupon-10"), 2);
    assert_eq!(decision.grants[0].to, Recipient::Buyer("b1".into()));
    assert_eq!((decision.grants[0].expires_days, decision.grants[1].expires_days), (None, Some(30)));
    assert_eq!((&*decision.tiers[0].party.id, &*decision.tiers[0].tier), ("s1", "gold"));
    let json: serde_json::Value = serde_json::from_str(&decision.to_json()).unwrap();
    assert_eq!(
        json["grants"],
        serde_json::json!([
            {"policy": "p0", "to": {"buyer": "b1"}, "asset": "stars", "units": 9, "reason": "because of the test"},
            {"policy": "p0", "to": {"party": {"id": "s2", "role": "upline", "depth": 1}}, "asset": "coupon-10",
             "units": 2, "expires_days": 30, "reason": "because of the test"},
        ])
    );
    assert_eq!(
        json["tiers"],
        serde_json::json!([{"policy": "p0", "party": {"id": "s1", "role": "seller", "depth": 0},
                            "tier": "gold", "reason": "because of the test"}])
    );
    assert_eq!((&json["event"], &json["order"]), (&"order.paid".into(), &"A1".into()));
}

#[test]
fn the_prices_are_the_decided_ones() {
    // A discount of 10 % and points for each 1.00 paid: with the decision no policy is asked for discounts again.
    let off = policy("discounts", "(call $percent (i32.const -1) (i64.const 10) (i64.const 100))");
    let points = told("(i64.div_s (call $order (i32.const 4)) (i64.const 100))");
    let bench = Bench::new("cn").policy(off).policy(points.clone());
    let program = bench.load().unwrap();
    let Outcome::Decided(decision) = bench.engine().decide(&program, &sale(), &NoHistory) else { panic!() };
    let with = bench.engine().grants(&program, &sale(), Some(&decision), &NoHoldings, &NoHistory).unwrap();
    assert_eq!((with.units_of("b1", "stars"), with.policies.len()), (89, 1));
    assert_eq!(stars(&bench, &sale()), 89, "without the decision, it is decided again");

    let other = paid(Order { id: "A2".into(), ..order(&[9_990]) });
    let error =
        bench.engine().grants(&program, &other, Some(&decision), &NoHoldings, &NoHistory).unwrap_err();
    assert_eq!(error.to_string(), "other_order: the decision is about order `A1`, not about `A2`");

    let given = Line::goods("1", "SKU", 1, 9_990).paid(5_000);
    let given = paid(order(&[]).line(given).pricing(Pricing::Given));
    assert_eq!(stars(&Bench::new("cn").policy(points), &given), 50);
}

#[test]
fn a_quoted_order_is_seen_as_it_was_quoted() {
    let off = policy("discounts", "(call $percent (i32.const -1) (i64.const 50) (i64.const 100))");
    let bench = Bench::new("cn").policy(off).policy(told("(call $order (i32.const 4))"));
    let program = bench.load().unwrap();
    let cart = Order { id: "Q1".into(), ..order(&[9_990]) };
    let priced = Event::order_priced(cart.clone(), &Expectations::new(Currency::CNY)).unwrap();
    let Outcome::Decided(quote) = bench.engine().decide(&program, &priced, &NoHistory) else { panic!() };
    let mut history = MemoryHistory::new();
    let learned = Learned { quote: Some(quote.quote(&cart)), ..Learned::default() };
    history.learn(&priced, &learned).unwrap();
    let by_quote = paid(Order { lines: Vec::new(), ..order(&[]).pricing(Pricing::Quote("Q1".into())) });
    let Outcome::Decided(decision) = bench.engine().decide(&program, &by_quote, &history) else { panic!() };
    let grants = bench.engine().grants(&program, &by_quote, Some(&decision), &NoHoldings, &history).unwrap();
    assert_eq!(grants.units_of("b1", "stars"), 4_995);
    // A cart that is priced earns nothing, and no policy is asked.
    let nothing = bench.engine().grants(&program, &priced, None, &NoHoldings, &history).unwrap();
    assert!(nothing.grants.is_empty() && nothing.policies.is_empty());
}

fn bound(relation: &str, member: &str, to: &str) -> Event {
    let time = "2026-03-02T09:30:00+08:00".parse().unwrap();
    RelationBound::new(relation, member, to, time, &Expectations::new(Currency::CNY)).unwrap().into()
}

#[test]
fn a_binding_gives_points_for_bringing_somebody_in() {
    // Points, not money: what profile `cn` allows. `event.party` is who the member was bound to.
    let body = "(call $why (call $grant (i32.wrap_i64 (call $event (i32.const 1))) (i32.const 64) (i64.const 5) (i32.const -1)))";
    let bench = Bench::new("cn").policy(knowing(body));
    let decision = granted(&bench, &bound("guide", "b1", "g1"));
    assert_eq!((decision.units_of("g1", "stars"), decision.order.as_deref()), (5, None));
    let Recipient::Party(guide) = &decision.grants[0].to else { panic!() };
    assert_eq!((&*guide.role, guide.depth), ("guide", None));

    let mut history = MemoryHistory::new();
    let expect = Expectations::new(Currency::CNY);
    let before = "2026-01-01T00:00:00Z".parse().unwrap();
    let above = RelationBound::new("upline", "s2", "s3", before, &expect).unwrap();
    history.learn(&above.into(), &Learned::default()).unwrap();
    let chain = bound("upline", "s1", "s2");
    let program = bench.load().unwrap();
    let decision = bench.engine().grants(&program, &chain, None, &NoHoldings, &history).unwrap();
    assert_eq!(decision.units_of("s2", "stars"), 5);
    // The member, whom it was bound to, and who stands above.
    let three = Bench::new("cn").policy(knowing(&grant(2, 64, "(call $order (i32.const 1))", -1)));
    let decision =
        three.engine().grants(&three.load().unwrap(), &chain, None, &NoHoldings, &history).unwrap();
    assert_eq!(decision.units_of("s3", "stars"), 3);
}

#[test]
fn what_a_policy_sees_of_an_event() {
    let absent = |read: &str| format!("(i64.extend_i32_u (i64.eq {read} (i64.const -9223372036854775808)))");
    let plus = |read: &str| format!("(i64.add (i64.const 1) {read})");
    let event = bound("guide", "b1", "g1");
    for (read, expected) in [
        ("(call $event (i32.const 0))".to_owned(), 22),
        (plus("(call $event (i32.const 1))"), 1),
        ("(call $event (i32.const 2))".into(), 3),
        ("(call $order (i32.const 1))".into(), 1),
        ("(call $order (i32.const 11))".into(), 2026),
        ("(call $order (i32.const 13))".into(), 2),
        ("(call $order (i32.const 15))".into(), 9),
        (absent("(call $order (i32.const 0))"), 1),
        (absent("(call $order (i32.const 2))"), 1),
        (absent("(call $order (i32.const 4))"), 1),
        (absent("(call $order (i32.const 9))"), 1),
        (absent("(call $order (i32.const 17))"), 1),
        (absent("(call $order (i32.const 23))"), 1),
    ] {
        assert_eq!(stars(&Bench::new("cn").policy(told(&read)), &event), expected, "{read}");
    }
    for (read, expected) in [
        ("(call $event (i32.const 0))".to_owned(), 20),
        (plus("(call $event (i32.const 1))"), 1),
        (absent("(call $event (i32.const 2))"), 1),
        ("(call $order (i32.const 0))".into(), 1),
        ("(call $order (i32.const 17))".into(), 1),
    ] {
        assert_eq!(stars(&Bench::new("cn").policy(told(&read)), &sale()), expected, "{read}");
    }
    let decision = granted(&Bench::new("cn").policy(told("(call $event (i32.const 0))")), &sale());
    assert_eq!(decision.policies[0].reads.names().collect::<Vec<_>>(), ["event.kind"]);
}

#[test]
fn kinds_of_the_host_applications_own() {
    let time = "2026-03-01T09:00:00+08:00".parse().unwrap();
    let checked_in = Occasion::new("check_in", time)
        .buyer(Buyer::new("b1").tag("vip"))
        .party(Party::new("g1", "guide"))
        .concerning("g1")
        .attribute("streak", 7);
    let ask = |module, occasion: &Occasion| {
        let bench = Bench::new("cn").policy(module);
        bench.engine().grants_for(&bench.load().unwrap(), occasion, &NoHoldings, &NoHistory)
    };
    let streak = told("(call $attribute (i32.const 0) (i32.const 0) (i32.const 67))");
    assert_eq!(ask(streak, &checked_in).unwrap().units_of("b1", "stars"), 7);
    let kind = || told("(call $event (i32.const 0))");
    assert_eq!(ask(kind(), &checked_in).unwrap().units_of("b1", "stars"), 24);
    let review = Occasion::new("review.posted", time).buyer("b1");
    assert_eq!(ask(kind(), &review).unwrap().units_of("b1", "stars"), 68, "a word of the policy's own");
    let unknown = Occasion::new("never.heard.of", time).buyer("b1");
    assert_eq!(
        ask(kind(), &unknown).unwrap_err().to_string(),
        "units_below_one: policy `p0`: a grant of 0 `stars`, at least 1 is allowed"
    );
    // A day that ends is about nobody.
    assert_eq!(
        ask(kind(), &Occasion::new("day.closed", time)).unwrap_err().to_string(),
        "policy `p0` failed: there is no buyer `-1`, of 0"
    );
}

/// Counts what it is asked.
#[derive(Default)]
struct Books(RefCell<Vec<String>>);

impl Holdings for Books {
    fn held(&self, party: &str, asset: &str) -> i64 {
        self.0.borrow_mut().push(format!("{party} {asset}"));
        40
    }

    fn earned(&self, _party: &str, _asset: &str) -> i64 {
        100
    }
}

#[test]
fn holdings_are_asked_for_where_a_policy_wants_to_know() {
    let held = |party: i32, field: i32| {
        format!("(call $holding (i32.const {party}) (i32.const 64) (i32.const {field}))")
    };
    let sum = format!("(i64.add {} (i64.add {} {}))", held(-1, 0), held(1, 1), held(-1, 1));
    let bench = Bench::new("cn").policy(told(&sum)).policy(told("(i64.const 1)")).policy(told(&held(-1, 0)));
    let books = Books::default();
    let decision = bench.engine().grants(&bench.load().unwrap(), &sale(), None, &books, &NoHistory).unwrap();
    let units: Vec<i64> = decision.grants.iter().map(|grant| grant.units).collect();
    assert_eq!(units, [240, 1, 40]);
    assert_eq!(*books.0.borrow(), ["b1 stars", "s2 stars", "b1 stars"], "once for each policy that asks");
    // Fuel is of the call that answered: 3 look-ups at 64, and the rest.
    let fuel: Vec<u64> = decision.policies.iter().map(|run| run.fuel).collect();
    assert!(fuel[0] > fuel[2] && fuel[0] - fuel[1] >= 3 * 64 && fuel[0] - fuel[1] < 4 * 64, "{fuel:?}");
    assert_eq!(
        decision.policies[2].reads.names().collect::<Vec<_>>(),
        ["holding.held"],
        "and the trace names what was read"
    );
}

#[test]
fn one_call_asks_for_so_many_holdings() {
    // Units of well-known words, which are assets like others: 2 parties and the buyer of 12 each.
    let asked = |count: i32| {
        let reads: String = (0..count)
            .map(|at| {
                let (party, word) = (at % 3 - 1, at / 3 + 1);
                format!("(drop (call $holding (i32.const {party}) (i32.const {word}) (i32.const 0)))")
            })
            .collect();
        knowing(&reads)
    };
    let bench = Bench::new("cn").policy(asked(32)).policy(asked(32));
    assert!(granted(&bench, &sale()).grants.is_empty());
    assert_eq!(held(asked(33), &sale()), "policy `p0` failed: more than 32 holdings");
}

#[test]
fn what_a_grant_may_not_be() {
    let one = "(i64.const 1)";
    for (body, expected) in [
        (
            grant(BUYER, 64, "(i64.const 0)", -1),
            "units_below_one: policy `p0`: a grant of 0 `stars`, at least 1 is allowed",
        ),
        (
            grant(BUYER, 64, "(i64.const -5)", -1),
            "units_below_one: policy `p0`: a grant of -5 `stars`, at least 1 is allowed",
        ),
        (
            grant(BUYER, 64, one, 0),
            "malformed_expiry: policy `p0`: `stars` that expire after 0 days, at least 1 is allowed",
        ),
        (
            grant(BUYER, 64, one, -2),
            "malformed_expiry: policy `p0`: `stars` that expire after -2 days, at least 1 is allowed",
        ),
        (
            counted(67, 0),
            "malformed_count: policy `p0`: one `stars` for each 0 `streak`, at least 1 of another asset is allowed",
        ),
        (
            counted(64, 5),
            "malformed_count: policy `p0`: one `stars` for each 5 `stars`, at least 1 of another asset is allowed",
        ),
        (grant(2, 64, one, -1), "policy `p0` failed: there is no party `2`, of 2"),
        (grant(-2, 64, one, -1), "policy `p0` failed: there is no party `-2`, of 2"),
        (grant(BUYER, 0, one, -1), "policy `p0` failed: `0` is not the number of a known symbol"),
        (grant(BUYER, 69, one, -1), "policy `p0` failed: `69` is not the number of a known symbol"),
        (
            "(call $end (call $grant (i32.const -1) (i32.const 64) (i64.const 1) (i32.const -1)))".into(),
            "no_reason: policy `p0`: a grant says no reason",
        ),
        (
            "(drop (call $grant (i32.const -1) (i32.const 64) (i64.const 1) (i32.const -1)))".into(),
            "effect_not_ended: policy `p0`: effect 0 was begun and never ended, expected exactly once; \
             hint: return every effect that is built",
        ),
        (
            "(call $rate (i32.const 0) (i32.const -1) (i32.const 1) (i64.const 1) (i64.const 10))".into(),
            "wrong_hook: policy `p0`: a share was asked for in the hook `grants`",
        ),
        (
            "(call $off (i32.const -1) (i64.const 100))".into(),
            "wrong_hook: policy `p0`: a discount was asked for in the hook `grants`",
        ),
        (
            "(drop (call $holding (i32.const 0) (i32.const 64) (i32.const 2)))".into(),
            "policy `p0` failed: `2` is not the number of a known holding",
        ),
        (
            "(drop (call $event (i32.const 3)))".into(),
            "policy `p0` failed: `3` is not the number of a known event field",
        ),
        (
            "(drop (call $period (i32.const 0)))".into(),
            "policy `p0` failed: `period` may be called only in `period`",
        ),
        (
            "(call $share_term (call $grant (i32.const -1) (i32.const 64) (i64.const 1) (i32.const -1)) \
              (i32.const -1) (i32.const 1) (i64.const 1) (i64.const 10))"
                .into(),
            "policy `p0` failed: `share_term` was called for an effect of another kind",
        ),
    ] {
        assert_eq!(held(knowing(&body), &sale()), expected, "{body}");
    }
    let nameless = r#"(data (i32.const 64) " ") (func (export "configure") (result i32)
        (drop (call $symbol (i32.const 64) (i32.const 1))) (i32.const 0))"#;
    let body = format!("{} (i32.const 0)", grant(BUYER, 64, one, -1));
    assert_eq!(
        held(module("grants", &body, nameless), &sale()),
        "no_name: policy `p0`: a grant of an asset without a name"
    );
    let barred = paid(order(&[9_990]).party(Party::seller("s1").eligible(false)));
    assert_eq!(
        held(knowing(&grant(0, 64, one, -1)), &barred),
        "not_eligible: policy `p0`: `s1` may get no `stars`: the party is not eligible"
    );
}

#[test]
fn grants_and_tiers_are_of_their_own_hooks() {
    let words = r#"(data (i32.const 64) "gold")
        (func (export "configure") (result i32) (drop (call $symbol (i32.const 64) (i32.const 4))) (i32.const 0))"#;
    let grant =
        "(call $why (call $grant (i32.const 0) (i32.const 64) (i64.const 1) (i32.const -1))) (i32.const 0)";
    let tier = "(call $why (call $tier (i32.const 0) (i32.const 64))) (i32.const 0)";
    for (body, what) in [(grant, "a grant"), (tier, "a change of tier")] {
        assert_eq!(
            Bench::new("cn").policy(module("shares", body, words)).held(order(&[10_000])).to_string(),
            format!("wrong_hook: policy `p0`: {what} was asked for in the hook `shares`")
        );
        let Outcome::Decided(decision) = Bench::new("cn")
            .policy(module("discounts", body, words))
            .decide(order(&[10_000]).party(Party::seller("s1")))
        else {
            panic!()
        };
        assert!(
            decision.to_json().contains(&format!("{what} was asked for in the hook `discounts`")),
            "the sale goes on without it, and the trace says why"
        );
    }
}

#[test]
fn without_the_hook_nothing_is_looked_at() {
    // Not even a quote that is not there.
    let bench = Bench::new("cn").policy(policy("shares", ""));
    let by_quote = paid(order(&[]).pricing(Pricing::Quote("Q9".into())));
    assert!(granted(&bench, &by_quote).policies.is_empty());
    let asked = Bench::new("cn").policy(told("(i64.const 1)"));
    let error = asked.engine().grants(&asked.load().unwrap(), &by_quote, None, &NoHoldings, &NoHistory);
    assert_eq!(error.unwrap_err().to_string(), "unknown_quote: quote `Q9` was never given");
}
