//! Occasions beside orders, as the books take them: a check-in is worth what the policies say, once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first surprise"
)]

mod support;

use fenrun::{
    Engine, EngineOptions,
    books::{Books, Posted},
    program::{ModuleSourceError, PolicySource},
};
use fenrun_ledger::{AccountKind, Code, MemoryLedger};

const PROGRAM: &str = r#"
merchant  = "old-cellar"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name = "check-ins"
use  = "./check-ins.wasm"
"#;

/// Gives 3 `stars` (64) for 30 days to whoever checks in (24), and 1 to the party it concerns.
fn check_ins() -> Vec<u8> {
    let body = "
(if (i64.eq (call $event (i32.const 0)) (i64.const 24)) (then
  (call $why (call $grant (i32.const -1) (i32.const 64) (i64.const 3) (i32.const 30)))
  (if (i64.ge_s (call $event (i32.const 1)) (i64.const 0)) (then
    (call $why (call $grant (i32.wrap_i64 (call $event (i32.const 1))) (i32.const 64) (i64.const 1) (i32.const -1)))))))
(i32.const 0)";
    let more = r#"(data (i32.const 64) "stars")
(func (export "configure") (result i32)
  (drop (call $symbol (i32.const 64) (i32.const 5))) (i32.const 0))"#;
    support::module("grants", body, more)
}

struct Shop(Books);

impl Shop {
    fn open() -> Shop {
        let engine = Engine::new(EngineOptions::default()).unwrap();
        let mut books = Books::open(engine, Box::new(MemoryLedger::new())).unwrap();
        let modules = |_: &PolicySource| -> Result<Vec<u8>, ModuleSourceError> { Ok(check_ins()) };
        books.prepare(PROGRAM, "program.toml", &modules).unwrap();
        Shop(books)
    }

    fn tell(&mut self, json: &str) -> Posted {
        self.0.begin().unwrap();
        let posted = self.0.take_json(json).unwrap();
        self.0.commit().unwrap();
        posted
    }

    fn stars(&mut self, who: &str) -> i64 {
        let wallets = self.0.ledger().balances(Some(who), Some(AccountKind::Wallet)).unwrap();
        wallets.iter().map(|wallet| wallet.balance_minor).sum()
    }
}

fn noted(occasion: &str, of: &str, what: &str, more: &str) -> String {
    format!(
        r#"{{"kind":"occasion.noted","occasion":"{occasion}","of":"{of}","time":"2026-03-02T02:00:00Z","what":"{what}"{more}}}"#
    )
}

#[test]
fn a_check_in_is_worth_what_the_policies_say_once() {
    let mut shop = Shop::open();
    let posted = shop.tell(&noted("O1", "b1", "check_in", ""));
    assert_eq!((posted.code, shop.stars("b1")), (Code::Created, 3));
    assert_eq!(granted(&posted), [3]);
    let again = shop.tell(&noted("O1", "b1", "check_in", ""));
    assert_eq!((again.code, shop.stars("b1")), (Code::Duplicate, 3));
    let other = shop.tell(&noted("O1", "b2", "check_in", ""));
    assert_eq!((other.code, shop.stars("b2")), (Code::Conflict, 0));
    let next = shop.tell(&noted("O2", "b1", "check_in", ""));
    assert_eq!((next.code, shop.stars("b1")), (Code::Created, 6));
}

#[test]
fn an_occasion_worth_nothing_is_noted() {
    let mut shop = Shop::open();
    let posted = shop.tell(&noted("O1", "b1", "birthday", ""));
    assert_eq!((posted.code, shop.stars("b1")), (Code::Noted, 0));
    // The policy was asked, and its answer is told.
    assert_eq!((granted(&posted), posted.granted.unwrap().policies.len()), (vec![], 1));
}

fn granted(posted: &Posted) -> Vec<i64> {
    posted.granted.iter().flat_map(|granted| &granted.grants).map(|grant| grant.units).collect()
}

#[test]
fn the_party_it_concerns_may_be_given_something() {
    let mut shop = Shop::open();
    let bound = r#"{"kind":"relation.bound","relation":"store","member":"b1","to":"store-7","time":"2026-03-01T02:00:00Z"}"#;
    assert_eq!(shop.tell(bound).code, Code::Noted);
    shop.tell(&noted("O1", "b1", "check_in", r#","party":"store-7""#));
    assert_eq!((shop.stars("b1"), shop.stars("store-7")), (3, 1));
    // One that the buyer is not bound to as well.
    shop.tell(&noted("O2", "b1", "check_in", r#","party":"store-8""#));
    assert_eq!((shop.stars("b1"), shop.stars("store-8")), (6, 1));
    let changed =
        r#"{"kind":"party.changed","party":"store-8","time":"2026-03-01T02:00:00Z","eligible":false}"#;
    assert_eq!(shop.tell(changed).code, Code::Noted);
    let held = shop.tell(&noted("O3", "b1", "check_in", r#","party":"store-8""#));
    assert_eq!(held.code, Code::Held);
    assert_eq!(
        held.because.as_deref(),
        Some("not_eligible: policy `check-ins`: `store-8` may get no `stars`: the party is not eligible")
    );
    assert_eq!((shop.stars("b1"), shop.stars("store-8")), (6, 1), "nothing is granted in part");
}

#[test]
fn one_person_checks_in_whoever_they_were() {
    let mut shop = Shop::open();
    let merged = r#"{"kind":"buyer.merged","from":"b2","into":"b1","time":"2026-03-01T02:00:00Z"}"#;
    assert_eq!(shop.tell(merged).code, Code::Noted);
    assert_eq!(shop.tell(&noted("O1", "b2", "check_in", "")).code, Code::Created);
    assert_eq!((shop.stars("b1"), shop.stars("b2")), (3, 0));
}

#[test]
fn a_default_written_out_is_a_duplicate() {
    let mut shop = Shop::open();
    let coupon = |more: &str| {
        format!(r#"{{"kind":"coupon.created","coupon":"C","time":"2026-03-01T02:00:00Z"{more}}}"#)
    };
    assert_eq!(shop.tell(&coupon("")).code, Code::Created);
    assert_eq!(shop.tell(&coupon(r#","public":true"#)).code, Code::Duplicate);
    assert_eq!(shop.tell(&coupon(r#","public":false"#)).code, Code::Conflict);
}
