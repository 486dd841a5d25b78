//! Two executors agree; and where one of them makes a mistake, it is found, told and ends in quarantine.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first broken expectation"
)]

use std::num::NonZeroU32;

use fenrun_ledger::{Account, AccountKind, Asset, MemoryLedger};
use fenrun_money::Currency;

use super::{
    SecondEngine,
    mistake::{Mistake, from_now_on},
};
use crate::{
    Engine, EngineOptions, HoldCause, Outcome, Program,
    books::{Books, Code, suspended, verify, waiting},
    conduct::Conduct,
    event::{Event, EventRetried, Expectations, Line, Order},
    history::NoHistory,
    program::{PolicySource, ProgramFile},
    sandbox::FailureKind,
};

const IMPORTS: &str = r#"
    (import "fenrun_v1" "order" (func $order (param i32) (result i64)))
    (import "fenrun_v1" "share" (func $share (param i32) (result i32)))
    (import "fenrun_v1" "share_term" (func $share_term (param i32 i32 i32 i64 i64)))
    (import "fenrun_v1" "reason" (func $reason (param i32 i32 i32)))
    (import "fenrun_v1" "refuse" (func $refuse (param i32 i32)))
    (import "fenrun_v1" "text" (func $text (param i32 i32 i32 i32 i32) (result i32)))
    (import "fenrun_v1" "lines" (func $lines (param i32 i32 i32 i32) (result i32)))
    (import "fenrun_v1" "end" (func $end (param i32)))
    (memory (export "memory") 1 3)
    (table 2 funcref) (elem (i32.const 0) $divide)
    (type $plain (func)) (type $binary (func (param i64 i64) (result i64)))
    (func $divide (type $binary) (i64.div_s (local.get 0) (local.get 1)))
    (global $rate (mut i64) (i64.const 0))
    (data (i32.const 0) "because of the test")
    (func (export "configure") (result i32) (global.set $rate (i64.const 20)) (i32.const 0))"#;

/// Twenty percent to the seller, and the price in a global that must not be kept.
const HONEST: &str = r#"
    (local.set $effect (call $share (i32.const 0)))
    (call $share_term (local.get $effect) (i32.const -1) (i32.const 1) (global.get $rate) (i64.const 100))
    (call $reason (local.get $effect) (i32.const 0) (i32.const 19))
    (call $end (local.get $effect))
    (global.set $rate (call $order (i32.const 4)))"#;

fn module(body: &str) -> Vec<u8> {
    let manifest = r#"{\"name\": \"by-hand\", \"version\": \"1.0.0\", \"abi\": 1, \"hooks\": [\"shares\"]}"#;
    let text = format!(
        r#"(module {IMPORTS} (func (export "shares") (result i32) (local $effect i32) {body} (i32.const 0))
        (@custom "fenrun_manifest" "{manifest}"))"#
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

const PROGRAM: &str = "merchant = 'm'\ncurrency = 'CNY'\ntime_zone = 'UTC'\nguard = 'open'\n\
     [[policy]]\nname = 'it'\nuse = 'it'";

fn engine(one_in: u32) -> Engine {
    let mut options = EngineOptions::default();
    options.execution.fuel_limit = 1_000_000;
    options.second_engine = Some(SecondEngine::one_in(NonZeroU32::new(one_in).unwrap()));
    Engine::new(options).unwrap()
}

fn load(engine: &Engine, body: &str) -> Program {
    let definition = ProgramFile::parse(PROGRAM, "m.toml").unwrap().into_definition();
    engine.load(definition, &|_: &PolicySource| Ok(module(body))).unwrap()
}

fn paid(id: &str) -> Event {
    let order = Order::new(id, "b1", "2026-03-01T10:00:00Z".parse().unwrap(), Currency::CNY).seller("s1");
    let order = order.line(Line::goods("1", "SKU", 3, 3_333));
    Event::order_paid(order, &Expectations::new(Currency::CNY)).unwrap()
}

fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Decided(decision) => {
            format!("{} fen, {} fuel", decision.amount_of("s1"), decision.policies[0].fuel)
        }
        Outcome::Held(held) => held.cause.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn they_agree_about_every_way_to_end() {
    let deep = "(drop (call_indirect (type $binary) (i64.const 7) (i64.const 0) (i32.const 0)))";
    for (body, expected, compared) in [
        (HONEST, "1999 fen, 95 fuel", true),
        ("unreachable", "stopped itself", true),
        (deep, "wasm trap: integer divide by zero", true),
        ("(drop (i64.div_s (i64.const -9223372036854775808) (i64.const -1)))", "wasm trap: integer overflow", true),
        ("(call_indirect (type $plain) (i32.const 0))", "wasm trap: indirect call type mismatch", true),
        ("(call_indirect (type $plain) (i32.const 1))", "wasm trap: uninitialized element", true),
        ("(call_indirect (type $plain) (i32.const 9))", "wasm trap: undefined element: out of bounds table access", true),
        ("(drop (i32.load (i32.const -1)))", "wasm trap: out of bounds memory access", true),
        ("(drop (call $order (i32.const 99)))", "`99` is not the number of a known order field", true),
        ("(call $reason (i32.const 0) (i32.const 65530) (i32.const 19))", "19 bytes at address 65530", true),
        ("(return (i32.const 7))", "the hook returned 7", true),
        ("(call $refuse (i32.const 0) (i32.const 7)) (return (i32.const 1))", "0 fen", true),
        // Grown by one page, by one more than the module's own most, and far beyond: pages are charged that were given.
        ("(drop (memory.grow (i32.const 1)))", "0 fen, 8", true),
        ("(drop (memory.grow (i32.const 3))) (drop (memory.grow (i32.const 65000)))", "0 fen, ", true),
        // Written by the host, and then read.
        ("(drop (call $text (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 512) (i32.const 9)))
          (drop (call $lines (i32.const 6) (i32.const 0) (i32.const 1) (i32.const 1024)))
          (local.set $effect (call $share (i32.const 0)))
          (call $share_term (local.get $effect) (i32.const -1) (i32.const 1) (i64.load (i32.const 1024)) (i64.const 99990))
          (call $reason (local.get $effect) (i32.const 512) (i32.const 2)) (call $end (local.get $effect))",
         "999 fen, ", true),
        // What depends on an executor alone is not compared.
        ("(loop $again (br $again))", "out of fuel", false),
    ] {
        let engine = engine(1);
        let program = load(&engine, body);
        for round in 1..=3 {
            let outcome = told(&engine.decide(&program, &paid("A1"), &NoHistory));
            assert!(outcome.contains(expected), "{body}: {outcome}");
            assert!(!outcome.contains("two engines"), "{body}: {outcome}");
            assert_eq!(engine.calls_compared(), if compared { round } else { 0 }, "{body}");
        }
    }
}

/// In code without branches the interpreter, too, charges what is run: so the upper bound is the number itself.
#[test]
fn without_branches_fuel_is_the_same_number() {
    let engine = engine(1);
    let program = load(&engine, HONEST);
    let expected = engine.decide(&program, &paid("A1"), &NoHistory).decision().unwrap().policies[0].fuel;
    let _guard = from_now_on(Mistake::InstructionFuel);
    let outcome = told(&engine.decide(&program, &paid("A1"), &NoHistory));
    assert!(
        outcome.contains(&format!("fuel {expected} cannot be, expected 76 to {}", expected - 1)),
        "{outcome}"
    );
}

#[test]
fn each_mistake_is_found() {
    let fuel = "fuel 95 cannot be, expected 1076 to 1095";
    for (mistake, found) in [
        (Mistake::Numerator, "effect 0 is not the same"),
        (Mistake::LosesAnEffect, "effect 0 is not the same"),
        (Mistake::Note, "the notes are not the same"),
        (Mistake::Read, "they read other fields"),
        (Mistake::Refuses, "the call ended as `done` in one engine and as `refused` in the other"),
        (
            Mistake::Traps,
            "the call ended as `done` in one engine and as `it stopped itself (`unreachable`); hint: a panic or an overflow in the policy` in the other",
        ),
        (Mistake::HostFuel, fuel),
    ] {
        let engine = engine(1);
        let program = load(&engine, HONEST);
        let honest = engine.decide(&program, &paid("A1"), &NoHistory);
        assert_eq!(honest.decision().unwrap().amount_of("s1"), 1_999);
        let _guard = from_now_on(mistake);
        let outcome = told(&engine.decide(&program, &paid("A1"), &NoHistory));
        assert_eq!(
            outcome,
            format!(
                "policy `it` failed: two engines do not agree about it: {found}; hint: report the module and the event, one of the engines has a fault"
            )
        );
    }
}

#[test]
fn what_is_disputed_once_is_in_quarantine() {
    let engine = engine(1);
    let program = load(&engine, HONEST);
    let mut conduct = Conduct::default();
    let outcome = {
        let _guard = from_now_on(Mistake::Numerator);
        engine.decide(&program, &paid("A1"), &NoHistory)
    };
    let [suspension] = &conduct.note(&program, &outcome)[..] else { panic!("it is suspended") };
    let told_of = "policy `it` is in quarantine, because two engines did not agree about it; hint: bring another version into force, or resume it once its cause is gone";
    assert_eq!(suspension.to_string(), told_of);
    assert!(suspension.disputed);
    // It outlives the process.
    let text = serde_json::to_string(&conduct).unwrap();
    let mut conduct: Conduct = serde_json::from_str(&text).unwrap();
    // It is not run any more, whatever the order, although the engines would agree again.
    let Outcome::Held(held) = engine.decide(&conduct.acting(&program), &paid("A2"), &NoHistory) else {
        panic!()
    };
    let HoldCause::Failure { failure, .. } = &held.cause else { panic!() };
    assert_eq!((&failure.kind, failure.fuel), (&FailureKind::Quarantined, 0));
    assert_eq!(
        held.cause.to_string(),
        "policy `it` failed: it is in quarantine, because two engines did not agree about it; hint: bring another version into force, or resume it once its cause is gone"
    );
    assert_eq!(conduct.note_held(&program, &held.cause), []);
    assert_eq!(conduct.suspended().count(), 1);
    // Another module is another policy.
    let other = load(&engine, &format!("{HONEST} (nop)"));
    assert!(engine.decide(&conduct.acting(&other), &paid("A2"), &NoHistory).decision().is_some());
    assert!(conduct.resume("it"));
    assert!(engine.decide(&conduct.acting(&program), &paid("A2"), &NoHistory).decision().is_some());
}

/// Conduct that was written before there was a second engine.
#[test]
fn earlier_conduct_is_read() {
    let identity = "0".repeat(64);
    let text = format!(r#"{{"it":{{"identity":"{identity}","failures":16}}}}"#);
    let conduct: Conduct = serde_json::from_str(&text).unwrap();
    assert_eq!(conduct.suspended().map(|suspension| suspension.disputed).collect::<Vec<_>>(), [false]);
    assert_eq!(serde_json::to_string(&conduct).unwrap(), text);
}

#[test]
fn which_calls_are_compared_follows_from_the_events() {
    let events: Vec<Event> = (0..1_000).map(|number| paid(&format!("A{number}"))).collect();
    let compared = |events: &mut dyn Iterator<Item = &Event>| {
        let engine = engine(10);
        let program = load(&engine, HONEST);
        events
            .filter(|event| {
                let before = engine.calls_compared();
                assert!(engine.decide(&program, event, &NoHistory).decision().is_some());
                engine.calls_compared() > before
            })
            .map(|event| event.fact_key().as_str().to_owned())
            .collect::<std::collections::BTreeSet<String>>()
    };
    let forwards = compared(&mut events.iter());
    assert_eq!(forwards, compared(&mut events.iter().rev()));
    assert!((60..140).contains(&forwards.len()), "about one in ten: {}", forwards.len());
}

/// In the books: the event waits, the ledger knows of the quarantine, and trying again decides it.
#[test]
fn in_the_books_the_event_is_held_and_not_lost() {
    let mut books = Books::open(engine(1), Box::new(MemoryLedger::new())).unwrap();
    books.prepare(PROGRAM, "m.toml", &|_: &PolicySource| Ok(module(HONEST))).unwrap();
    books.begin().unwrap();
    let disputed = {
        let _guard = from_now_on(Mistake::LosesAnEffect);
        books.take(&paid("A1")).unwrap()
    };
    assert_eq!(disputed.code, Code::Held);
    assert_eq!(disputed.suspended.len(), 1);
    assert!(disputed.suspended[0].disputed);
    assert_eq!(books.take(&paid("A2")).unwrap().code, Code::Held);
    books.commit().unwrap();
    let waiting: Vec<String> =
        waiting(books.ledger()).unwrap().into_iter().map(|each| each.because).collect();
    assert_eq!(
        waiting,
        [
            "policy `it` failed: two engines do not agree about it: effect 0 is not the same; hint: report the module and the event, one of the engines has a fault",
            "policy `it` failed: it is in quarantine, because two engines did not agree about it; hint: bring another version into force, or resume it once its cause is gone",
        ]
    );
    assert!(suspended(books.ledger()).unwrap()[0].disputed);
    let earned = |books: &mut Books| {
        let held = |order| Account::new(AccountKind::Held, "s1", order);
        ["A1", "A2"].map(|order| books.ledger().balance(&held(order), &Asset::new("CNY")).unwrap())
    };
    assert_eq!(earned(&mut books), [0, 0]);
    // The fault is mended: trying again pays both to the cent, and ends the quarantine.
    books.begin().unwrap();
    for fact in ["order.paid/A1", "order.paid/A2"] {
        let time = "2026-03-02T10:00:00Z".parse().unwrap();
        let again = EventRetried::new(fact.into(), time, &Expectations::new(Currency::CNY)).unwrap();
        books.take(&again.into()).unwrap();
    }
    books.commit().unwrap();
    assert_eq!(earned(&mut books), [1_999, 1_999]);
    assert_eq!(suspended(books.ledger()).unwrap(), []);
    // One engine alone cannot come to the dispute: it takes the log's word for that call and works out all else again, the
    // quarantine and its end included.
    let alone = Engine::new(EngineOptions::default()).unwrap();
    let verified = verify(&alone, books.ledger()).unwrap();
    assert_eq!(
        verified.disputes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["entry 2, `order.paid/A1`: two engines did not agree about policy `it`: effect 0 is not the same"]
    );
    assert_eq!((verified.told, verified.decided, verified.head), (5, 2, books.ledger().head().unwrap()));
    // An engine with a second one takes nothing on trust: without the fault, there is no dispute.
    let difference = verify(&engine(1), books.ledger()).unwrap_err().to_string();
    assert_eq!(
        difference,
        "entry 2, `order.paid/A1`: its outcome is not what follows from the log: expected `created`, found `held`"
    );
    // With the same fault there is, until trying again shows that it was mended.
    let _guard = from_now_on(Mistake::LosesAnEffect);
    let difference = verify(&engine(1), books.ledger()).unwrap_err().to_string();
    assert!(difference.starts_with("entry 5, `order.paid/A1`: its outcome is not"), "{difference}");
}
