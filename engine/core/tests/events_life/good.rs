//! A good event of each kind: its one text, its fact key, and every value of it.

use std::collections::BTreeMap;

use fenrun::event::{
    AdjustmentMove, Consequence, CouponCreated, CouponIssued, DayClosed, Event, OccasionNoted, OrderRefunded,
    PeriodClosed, ProgramActivated, RefundLine, RefundPart,
};
use fenrun::history::VolumeWindow;
use fenrun_money::Currency;
use jiff::{Timestamp, civil::date};

use super::{event, expect, parse};

/// The moment of every event that has one.
const TIME: &str = "2026-03-01T02:00:00Z";

/// The text that is written, which is read as the same event; and the fact key.
#[rustfmt::skip]
pub(super) const EVENTS: &[(&str, &str)] = &[
    (r#"{"kind":"order.completed","order":"A1","time":"2026-03-01T02:00:00Z"}"#, "order.completed/A1"),
    (r#"{"kind":"order.cancelled","order":"A/1","time":"2026-03-01T02:00:00Z","reason":"out of stock"}"#, "order.cancelled/A%2F1"),
    (r#"{"kind":"refund.requested","refund":"R1","order":"A1","time":"2026-03-01T02:00:00Z"}"#, "refund.requested/R1"),
    (r#"{"kind":"refund.declined","refund":"R1","order":"A1","time":"2026-03-01T02:00:00Z","reason":"worn"}"#, "refund.declined/R1"),
    (r#"{"kind":"order.refunded","refund":"R1","order":"A1","time":"2026-03-01T02:00:00Z","currency":"CNY","lines":[{"id":"1","quantity":2},{"id":"2","amount":"9.90"}],"shipping":"6.00","reason":"too small"}"#, "order.refunded/R1"),
    (r#"{"kind":"dispute.opened","dispute":"D1","order":"A1","time":"2026-03-01T02:00:00Z","currency":"CNY","lines":[{"id":"1","amount":"0.01"}],"reason":"fraud"}"#, "dispute.opened/D1"),
    (r#"{"kind":"dispute.won","dispute":"D1","order":"A1","time":"2026-03-01T02:00:00Z"}"#, "dispute.won/D1"),
    (r#"{"kind":"dispute.lost","dispute":"D1","order":"A1","time":"2026-03-01T02:00:00Z"}"#, "dispute.lost/D1"),
    (r#"{"kind":"day.closed","date":"2026-02-28","time":"2026-03-01T02:00:00Z"}"#, "day.closed/2026-02-28"),
    (r#"{"kind":"period.closed","period":"2026-02","time":"2026-03-01T02:00:00Z"}"#, "period.closed/2026-02"),
    (r#"{"kind":"relation.unbound","relation":"guide","member":"b1","time":"2026-03-01T02:00:00Z"}"#, "relation.unbound/guide/b1/2026-03-01T02:00:00Z"),
    (r#"{"kind":"relation.moved","relation":"guide","from":"g1","to":"g2","time":"2026-03-01T02:00:00Z","members":["b2","b1"]}"#, "relation.moved/guide/g1/2026-03-01T02:00:00Z"),
    (r#"{"kind":"party.changed","party":"s1","time":"2026-03-01T02:00:00Z","tier":"gold","eligible":true,"frozen":false,"tags":["vip"],"role":"licensor"}"#, "party.changed/s1/2026-03-01T02:00:00Z"),
    (r#"{"kind":"buyer.merged","from":"b2","into":"b1","time":"2026-03-01T02:00:00Z"}"#, "buyer.merged/b2"),
    (r#"{"kind":"coupon.created","coupon":"SPRING","time":"2026-03-01T02:00:00Z","uses_max":1000,"uses_per_buyer_max":1,"expires":"2026-03-31","public":false,"coupon_kind":"welcome","issuer":"m1","giver":"p1","rate":"20%","minimum":"99.00"}"#, "coupon.created/SPRING"),
    (r#"{"kind":"coupon.created","coupon":"TEN","time":"2026-03-01T02:00:00Z","amount":"10.00"}"#, "coupon.created/TEN"),
    (r#"{"kind":"coupon.issued","issue":"I1","coupon":"SPRING","to":"b1","time":"2026-03-01T02:00:00Z","count":3,"expires":"2026-03-31","giver":"p1"}"#, "coupon.issued/I1"),
    (r#"{"kind":"coupon.revoked","coupon":"SPRING","time":"2026-03-01T02:00:00Z","reason":"leaked"}"#, "coupon.revoked/SPRING"),
    (r#"{"kind":"grant.given","grant":"G1","to":"b1","asset":"points","units":500,"time":"2026-03-01T02:00:00Z","expires":"2026-12-31","reason":"sorry"}"#, "grant.given/G1"),
    (r#"{"kind":"grant.redeemed","redemption":"X1","from":"b1","asset":"points","units":1000000000,"time":"2026-03-01T02:00:00Z","reason":"a mug"}"#, "grant.redeemed/X1"),
    (r#"{"kind":"payout.requested","payout":"P1","party":"s1","time":"2026-03-01T02:00:00Z","currency":"CNY","amount":"92233720368547758.07"}"#, "payout.requested/P1"),
    (r#"{"kind":"payout.succeeded","payout":"P1","time":"2026-03-01T02:00:00Z","reference":"T-9"}"#, "payout.succeeded/P1"),
    (r#"{"kind":"payout.failed","payout":"P1","time":"2026-03-01T02:00:00Z","reason":"closed account"}"#, "payout.failed/P1"),
    (r#"{"kind":"payout.returned","payout":"P1","time":"2026-03-01T02:00:00Z","reason":"unknown account"}"#, "payout.returned/P1"),
    (r#"{"kind":"payout.unknown","payout":"P1","time":"2026-03-01T02:00:00Z","reason":"timeout"}"#, "payout.unknown/P1"),
    (r#"{"kind":"receivable.written_off","write_off":"W1","party":"s1","time":"2026-03-01T02:00:00Z","currency":"CNY","amount":"5.00","reason":"bankrupt"}"#, "receivable.written_off/W1"),
    (r#"{"kind":"balance.opened","party":"s1","time":"2026-03-01T02:00:00Z","currency":"CNY","available":"120.00","owed":"0.50"}"#, "balance.opened/s1"),
    (r#"{"kind":"adjustment.made","adjustment":"M1","time":"2026-03-01T02:00:00Z","currency":"CNY","reason":"agreed","moves":[{"party":"s1","amount":"-12.34"},{"amount":"12.34"}]}"#, "adjustment.made/M1"),
    (r#"{"kind":"occasion.noted","occasion":"O1","of":"b1","time":"2026-03-01T02:00:00Z","what":"check_in","party":"store-7"}"#, "occasion.noted/O1"),
    (r#"{"kind":"program.activated","program":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","time":"2026-03-01T02:00:00Z","file":"merchant = \"x\"\n","modules":{"levels":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}}"#, "program.activated/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad/2026-03-01T02:00:00Z"),
    (r#"{"kind":"orders.restated","restatement":"R1","from":"2026-02-01","to":"2026-02-28","time":"2026-03-01T02:00:00Z","reason":"a slip","program":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","file":"merchant = \"x\"\n","modules":{"levels":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}}"#, "orders.restated/R1"),
    (r#"{"kind":"event.retried","fact":"order.paid/A1","time":"2026-03-01T02:00:00Z"}"#, "event.retried/order.paid%2FA1/2026-03-01T02:00:00Z"),
    (r#"{"kind":"policy.resumed","policy":"spring","time":"2026-03-01T02:00:00Z","reason":"mended upstream"}"#, "policy.resumed/spring/2026-03-01T02:00:00Z"),
];

/// Another text of the same fact, and the one text that is written.
#[rustfmt::skip]
const SAME: &[(&str, &str)] = &[
    // What is so by default is left out.
    (r#"{"kind":"coupon.issued","issue":"I1","coupon":"C","to":"b1","time":"2026-03-01T02:00:00Z","count":1}"#, r#"{"kind":"coupon.issued","issue":"I1","coupon":"C","to":"b1","time":"2026-03-01T02:00:00Z"}"#),
    (r#"{"kind":"coupon.created","coupon":"C","time":"2026-03-01T02:00:00Z","public":true}"#, r#"{"kind":"coupon.created","coupon":"C","time":"2026-03-01T02:00:00Z"}"#),
    (r#"{"kind":"day.closed","date":"2026-02-28","time":"2026-03-01T08:00:00+08:00"}"#, r#"{"kind":"day.closed","date":"2026-02-28"}"#),
    (r#"{"kind":"period.closed","period":"2026","time":"2027-01-01T00:00:00Z"}"#, r#"{"kind":"period.closed","period":"2026"}"#),
    (r#"{"kind":"period.closed","period":"2026-Q1","time":"2026-04-01T00:00:00Z"}"#, r#"{"kind":"period.closed","period":"2026-Q1"}"#),
    (r#"{"kind":"period.closed","period":"2028-02","time":"2028-03-01T00:00:00Z"}"#, r#"{"kind":"period.closed","period":"2028-02"}"#),
    (r#"{"kind":"period.closed","period":"2026-12-31","time":"2027-01-01T00:00:00Z"}"#, r#"{"kind":"period.closed","period":"2026-12-31"}"#),
    // So is `null`; times are in UTC, amounts have all their decimals, and fields their order.
    (r#"{"time":"2026-03-01T10:00:00[Asia/Shanghai]","order":"A1","reason":null,"kind":"order.cancelled"}"#, r#"{"kind":"order.cancelled","order":"A1","time":"2026-03-01T02:00:00Z"}"#),
    (r#"{"kind":"payout.requested","payout":"P1","party":"s1","time":"2026-03-01T02:00:00Z","currency":"CNY","amount":5e1}"#, r#"{"kind":"payout.requested","payout":"P1","party":"s1","time":"2026-03-01T02:00:00Z","currency":"CNY","amount":"50.00"}"#),
    (r#"{"kind":"order.refunded","refund":"R1","order":"A1","time":"2026-03-01T02:00:00Z","currency":"CNY","lines":[],"shipping":6}"#, r#"{"kind":"order.refunded","refund":"R1","order":"A1","time":"2026-03-01T02:00:00Z","currency":"CNY","lines":[],"shipping":"6.00"}"#),
    (r#"{"kind":"party.changed","party":"s1","time":"2026-03-01T02:00:00Z","tags":[]}"#, r#"{"kind":"party.changed","party":"s1","time":"2026-03-01T02:00:00Z","tags":[]}"#),
];

fn time() -> Timestamp {
    TIME.parse().unwrap()
}

#[test]
fn each_kind_has_one_text_and_one_key() {
    for (json, key) in EVENTS {
        let event = parse(json).unwrap();
        assert_eq!(event.to_json(), *json);
        assert_eq!(event.fact_key().as_str(), *key);
        assert_eq!(event.time(), time(), "{json}");
        assert!(json.starts_with(&format!(r#"{{"kind":"{}","#, event.kind())), "{json}");
        assert!(event.needs_ledger(), "{json}");
        assert_eq!(event.order(), None, "{json}");
    }
}

/// What a reading without a ledger may pass over, and what it may not.
#[test]
fn each_kind_says_what_follows_from_it() {
    let kinds = |wanted: Consequence| {
        let events = EVENTS.iter().map(|(json, _)| parse(json).unwrap());
        let mut kinds: Vec<&str> =
            events.filter(|event| event.consequence() == wanted).map(|event| event.kind()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.join(" ")
    };
    assert_eq!(kinds(Consequence::Decided), "");
    assert_eq!(
        kinds(Consequence::TakesBack),
        "dispute.lost dispute.opened dispute.won order.cancelled order.refunded"
    );
    assert_eq!(
        kinds(Consequence::Changes),
        "buyer.merged coupon.created coupon.issued coupon.revoked grant.given grant.redeemed occasion.noted party.changed \
         period.closed policy.resumed relation.moved relation.unbound"
    );
}

#[test]
fn the_same_fact_is_the_same_text() {
    for (other, one) in SAME {
        let (other, one) = (parse(other).unwrap(), parse(one).unwrap());
        assert_eq!(other, one);
        assert_eq!(other.to_json(), one.to_json());
        assert_eq!((other.fact_key(), other.time()), (one.fact_key(), one.time()));
    }
    for (_, one) in SAME {
        assert_eq!(parse(one).unwrap().to_json(), *one);
    }
}

#[test]
fn what_is_made_in_code_is_what_is_read() {
    let (expect, text) = (expect(), str::to_owned);
    let lines = vec![
        RefundLine { id: text("1"), what: RefundPart::Units(2) },
        RefundLine { id: text("2"), what: RefundPart::Amount(990) },
    ];
    let reason = Some(text("too small"));
    let refunded =
        OrderRefunded::new(text("R1"), text("A1"), time(), Currency::CNY, lines, Some(600), reason, &expect);
    assert_eq!(Event::from(refunded.unwrap()), parse(event("order.refunded")).unwrap());

    let issued = CouponIssued::new(text("I1"), text("C"), text("b1"), time(), Some(1), None, None, &expect);
    assert_eq!(issued.unwrap().count(), None);
    let created = CouponCreated::new(
        text("C"),
        time(),
        None,
        None,
        None,
        Some(true),
        None,
        None,
        None,
        None,
        None,
        None,
        &expect,
    );
    assert_eq!(created.unwrap().public(), None);
    let midnight = "2026-03-01T00:00:00Z".parse().unwrap();
    assert_eq!(DayClosed::new(date(2026, 2, 28), Some(midnight), &expect).unwrap().time(), None);
    assert_eq!(PeriodClosed::new(text("2026-02"), Some(midnight), &expect).unwrap().time(), None);
    assert_eq!(PeriodClosed::new(text("2026-02"), Some(time()), &expect).unwrap().time(), Some(time()));

    let party = Some(text("store-7"));
    let noted = OccasionNoted::new(text("O1"), text("b1"), time(), text("check_in"), party, &expect);
    assert_eq!(Event::from(noted.unwrap()), parse(event("occasion.noted")).unwrap());

    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let modules = BTreeMap::from([(text("levels"), text(digest))]);
    let activated =
        ProgramActivated::new(text(digest), time(), "merchant = \"x\"\n".into(), modules.clone(), &expect);
    assert_eq!(Event::from(activated.unwrap()), parse(event("program.activated")).unwrap());
}

/// The event of a kind as its own type.
macro_rules! read {
    ($name:ident, $kind:literal) => {
        match parse(event($kind)).unwrap() {
            Event::$name(event) => event,
            other => panic!("{} is {other:?}", $kind),
        }
    };
}

#[test]
fn every_value_of_an_order_s_life() {
    let completed = read!(OrderCompleted, "order.completed");
    assert_eq!((completed.order(), completed.time()), ("A1", time()));
    let cancelled = read!(OrderCancelled, "order.cancelled");
    assert_eq!((cancelled.order(), cancelled.reason()), ("A/1", Some("out of stock")));
    let requested = read!(RefundRequested, "refund.requested");
    assert_eq!((requested.refund(), requested.order()), ("R1", "A1"));
    let declined = read!(RefundDeclined, "refund.declined");
    assert_eq!((declined.refund(), declined.order(), declined.reason()), ("R1", "A1", Some("worn")));
    let refunded = read!(OrderRefunded, "order.refunded");
    assert_eq!((refunded.refund(), refunded.order(), refunded.time()), ("R1", "A1", time()));
    assert_eq!((refunded.currency(), refunded.shipping_minor()), (Currency::CNY, Some(600)));
    assert_eq!(refunded.reason(), Some("too small"));
    assert_eq!(
        refunded.lines(),
        [
            RefundLine { id: "1".to_owned(), what: RefundPart::Units(2) },
            RefundLine { id: "2".to_owned(), what: RefundPart::Amount(990) },
        ]
    );
    let opened = read!(DisputeOpened, "dispute.opened");
    assert_eq!((opened.dispute(), opened.order(), opened.reason()), ("D1", "A1", Some("fraud")));
    assert_eq!(opened.currency(), Currency::CNY);
    let disputed = [RefundLine { id: "1".to_owned(), what: RefundPart::Amount(1) }];
    assert_eq!(opened.lines(), Some(&disputed[..]));
    let won = read!(DisputeWon, "dispute.won");
    assert_eq!((won.dispute(), won.order(), won.time()), ("D1", "A1", time()));
    let lost = read!(DisputeLost, "dispute.lost");
    assert_eq!((lost.dispute(), lost.order(), lost.time()), ("D1", "A1", time()));
}

#[test]
fn every_value_of_a_close() {
    let day = read!(DayClosed, "day.closed");
    assert_eq!((day.date(), day.time()), (date(2026, 2, 28), Some(time())));
    for (period, window, first, end) in [
        ("2026", VolumeWindow::Year, date(2026, 1, 1), "2027-01-01T00:00:00Z"),
        ("2026-Q2", VolumeWindow::Quarter, date(2026, 4, 1), "2026-07-01T00:00:00Z"),
        ("2026-Q4", VolumeWindow::Quarter, date(2026, 10, 1), "2027-01-01T00:00:00Z"),
        ("2026-02", VolumeWindow::Month, date(2026, 2, 1), "2026-03-01T00:00:00Z"),
        ("2026-12-31", VolumeWindow::Day, date(2026, 12, 31), "2027-01-01T00:00:00Z"),
    ] {
        let closed = PeriodClosed::new(period.to_owned(), None, &expect()).unwrap();
        assert_eq!((closed.period(), closed.window(), closed.first_day()), (period, window, first));
        assert_eq!(closed.time(), None, "{period}");
        assert_eq!(Event::from(closed).time(), end.parse().unwrap(), "{period}");
    }
}

#[test]
fn every_value_of_people() {
    let unbound = read!(RelationUnbound, "relation.unbound");
    assert_eq!((unbound.relation(), unbound.member(), unbound.time()), ("guide", "b1", time()));
    let moved = read!(RelationMoved, "relation.moved");
    assert_eq!((moved.relation(), moved.from(), moved.to()), ("guide", "g1", "g2"));
    assert_eq!(moved.members(), Some(&["b2".to_owned(), "b1".to_owned()][..]));
    let changed = read!(PartyChanged, "party.changed");
    assert_eq!((changed.party(), changed.tier(), changed.time()), ("s1", Some("gold"), time()));
    assert_eq!((changed.eligible(), changed.frozen()), (Some(true), Some(false)));
    assert_eq!(changed.tags(), Some(&["vip".to_owned()][..]));
    assert_eq!(changed.role(), Some("licensor"));
    let merged = read!(BuyerMerged, "buyer.merged");
    assert_eq!((merged.from(), merged.stays(), merged.time()), ("b2", "b1", time()));
    let noted = read!(OccasionNoted, "occasion.noted");
    assert_eq!((noted.occasion(), noted.of(), noted.time()), ("O1", "b1", time()));
    assert_eq!((noted.what(), noted.party()), ("check_in", Some("store-7")));
}

#[test]
fn every_value_of_coupons_and_grants() {
    let created = read!(CouponCreated, "coupon.created");
    assert_eq!((created.coupon(), created.time()), ("SPRING", time()));
    assert_eq!((created.uses_max(), created.uses_per_buyer_max()), (Some(1_000), Some(1)));
    assert_eq!((created.expires(), created.public()), (Some(date(2026, 3, 31)), Some(false)));
    let whose = (created.coupon_kind(), created.issuer(), created.giver());
    assert_eq!(whose, (Some("welcome"), Some("m1"), Some("p1")));
    assert_eq!((created.amount_minor(), created.minimum_minor()), (None, Some(99_00)));
    assert_eq!(created.rate().map(|rate| rate.to_string()), Some("20%".to_owned()));
    let issued = read!(CouponIssued, "coupon.issued");
    assert_eq!((issued.issue(), issued.coupon(), issued.to()), ("I1", "SPRING", "b1"));
    assert_eq!((issued.count(), issued.expires()), (Some(3), Some(date(2026, 3, 31))));
    let revoked = read!(CouponRevoked, "coupon.revoked");
    assert_eq!((revoked.coupon(), revoked.reason()), ("SPRING", Some("leaked")));
    let given = read!(GrantGiven, "grant.given");
    assert_eq!((given.grant(), given.to(), given.asset(), given.units()), ("G1", "b1", "points", 500));
    assert_eq!((given.expires(), given.reason()), (Some(date(2026, 12, 31)), "sorry"));
    let redeemed = read!(GrantRedeemed, "grant.redeemed");
    assert_eq!((redeemed.redemption(), redeemed.from(), redeemed.asset()), ("X1", "b1", "points"));
    assert_eq!((redeemed.units(), redeemed.reason()), (1_000_000_000, Some("a mug")));
}

#[test]
fn every_value_of_money() {
    let requested = read!(PayoutRequested, "payout.requested");
    assert_eq!((requested.payout(), requested.party()), ("P1", "s1"));
    assert_eq!((requested.amount_minor(), requested.currency()), (Some(i64::MAX), Currency::CNY));
    let succeeded = read!(PayoutSucceeded, "payout.succeeded");
    assert_eq!((succeeded.payout(), succeeded.reference()), ("P1", Some("T-9")));
    let failed = read!(PayoutFailed, "payout.failed");
    assert_eq!((failed.payout(), failed.reason()), ("P1", "closed account"));
    let returned = read!(PayoutReturned, "payout.returned");
    assert_eq!((returned.payout(), returned.reason()), ("P1", "unknown account"));
    let unknown = read!(PayoutUnknown, "payout.unknown");
    assert_eq!((unknown.payout(), unknown.reason()), ("P1", "timeout"));
    let written_off = read!(ReceivableWrittenOff, "receivable.written_off");
    assert_eq!((written_off.write_off(), written_off.party()), ("W1", "s1"));
    assert_eq!((written_off.amount_minor(), written_off.reason()), (Some(500), "bankrupt"));
    let opened = read!(BalanceOpened, "balance.opened");
    assert_eq!(
        (opened.party(), opened.available_minor(), opened.owed_minor()),
        ("s1", Some(12_000), Some(50))
    );
    let made = read!(AdjustmentMade, "adjustment.made");
    assert_eq!((made.adjustment(), made.reason()), ("M1", "agreed"));
    assert_eq!(
        made.moves(),
        [
            AdjustmentMove { party: Some("s1".to_owned()), amount_minor: -1_234 },
            AdjustmentMove { party: None, amount_minor: 1_234 },
        ]
    );
}

#[test]
fn every_value_of_the_log() {
    let activated = read!(ProgramActivated, "program.activated");
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!((activated.program(), activated.file()), (digest, "merchant = \"x\"\n"));
    assert_eq!(activated.modules(), &BTreeMap::from([("levels".to_owned(), digest.to_owned())]));
    let restated = read!(OrdersRestated, "orders.restated");
    assert_eq!((restated.restatement(), restated.reason()), ("R1", "a slip"));
    assert_eq!((restated.from(), restated.to()), (date(2026, 2, 1), date(2026, 2, 28)));
    assert_eq!((restated.program(), restated.file()), (digest, "merchant = \"x\"\n"));
    assert_eq!(restated.modules(), activated.modules());
    let retried = read!(EventRetried, "event.retried");
    assert_eq!((retried.fact(), retried.time()), ("order.paid/A1", time()));
    let resumed = read!(PolicyResumed, "policy.resumed");
    assert_eq!((resumed.policy(), resumed.time(), resumed.reason()), ("spring", time(), "mended upstream"));
}
