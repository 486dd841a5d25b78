//! Every call starts in the state that `configure` left, whatever calls before it wrote, broke or grew, on every thread
//! and under every setting: decisions are compared byte by byte with those of an engine that makes a fresh instance for
//! each call.
//!
//! The policy of these tests leaves a footprint wherever it can, and pays for each footprint it finds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

mod support;

use std::thread;

use fenrun::{
    Engine, EngineOptions, Outcome, Program,
    event::{Event, Expectations},
    history::NoHistory,
    manifest::ConfigurationInput,
    sandbox::ExecutionLimits,
};
use fenrun_money::Currency;
use support::{Bench, imports, module, order};

/// What a call finds when nothing is left of the calls before it: the share it asks for, in fen.
const CLEAN: i64 = 1_000;

/// Ways in which a hook goes on once it has left its footprints; the price of the order, modulo 16, chooses.
const ENDINGS: &str = r#"
(func $after (param $way i64) (result i32)
  ;; 1: memory grows by a page, and the new page is written.
  (if (i64.eq (local.get $way) (i64.const 1)) (then
    (drop (memory.grow (i32.const 1)))
    (i64.store (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 8)) (i64.const -1))))
  ;; 2: a trap.
  (if (i64.eq (local.get $way) (i64.const 2)) (then unreachable))
  ;; 3: out of fuel.
  (if (i64.eq (local.get $way) (i64.const 3)) (then (loop $again (br $again))))
  ;; 4: neither done nor refused.
  (if (i64.eq (local.get $way) (i64.const 4)) (then (return (i32.const 7))))
  ;; 5: refused.
  (if (i64.eq (local.get $way) (i64.const 5)) (then (return (i32.const 1))))
  ;; 6: a call that the contract does not allow.
  (if (i64.eq (local.get $way) (i64.const 6)) (then (drop (call $order (i32.const 99)))))
  ;; 7: the call stack is full.
  (if (i64.eq (local.get $way) (i64.const 7)) (then (drop (call $after (i64.const 7)))))
  ;; 8: every byte is written.
  (if (i64.eq (local.get $way) (i64.const 8)) (then
    (memory.fill (i32.const 0) (i32.const 171) (i32.mul (memory.size) (i32.const 65536)))))
  ;; 9: past the end of memory.
  (if (i64.eq (local.get $way) (i64.const 9)) (then (i32.store8 (i32.const -1) (i32.const 1))))
  ;; 10: an effect that was begun is left open.
  (if (i64.eq (local.get $way) (i64.const 10)) (then (drop (call $share (i32.const 0)))))
  ;; 11: memory grows until fuel ends.
  (if (i64.eq (local.get $way) (i64.const 11)) (then (loop $again (drop (memory.grow (i32.const 1))) (br $again))))
  (i32.const 0))
"#;

/// Footprints: a private global, an exported one, one of 32 bits, a shadow stack, the data of the module, the image that
/// `configure` left, memory far beyond both, and the last word. Each adds to what the call sees.
const FOOTPRINTS: &str = r#"
(global $private (mut i64) (i64.const 0))
(global (export "open") (mut i64) (i64.const 0))
(global $stack (mut i32) (i32.const 16384))
(global $constant i32 (i32.const 16384))
(func $at (param $place i32) (result i64)
  (local $found i64)
  (local.set $found (i64.load (local.get $place)))
  (i64.store (local.get $place) (i64.add (local.get $found) (i64.const 1)))
  (local.get $found))
(func $seen (result i64)
  (local $sum i64)
  ;; The private global and the exported one.
  (local.set $sum (i64.add (global.get $private) (global.get 1)))
  (global.set $private (i64.add (global.get $private) (i64.const 1)))
  (global.set 1 (i64.add (global.get 1) (i64.const 2)))
  ;; The stack pointer, which this hook never gives back, and what lies on the stack.
  (local.set $sum (i64.add (local.get $sum)
    (i64.extend_i32_s (i32.sub (global.get $constant) (global.get $stack)))))
  (global.set $stack (i32.sub (global.get $stack) (i32.const 64)))
  (local.set $sum (i64.add (local.get $sum) (call $at (global.get $stack))))
  ;; The image, which `configure` left as 5.
  (local.set $sum (i64.add (local.get $sum) (i64.sub (call $at (i32.const 20000)) (i64.const 5))))
  ;; Beyond it: before, between and behind what has a value; across chunks of every size; the last word.
  (local.set $sum (i64.add (local.get $sum) (call $at (i32.const 19992))))
  (local.set $sum (i64.add (local.get $sum) (call $at (i32.const 20008))))
  (local.set $sum (i64.add (local.get $sum) (call $at (i32.const 32764))))
  (local.set $sum (i64.add (local.get $sum) (call $at (i32.const 40001))))
  (local.set $sum (i64.add (local.get $sum) (call $at (i32.const 65528))))
  ;; The size of memory.
  (local.set $sum (i64.add (local.get $sum)
    (i64.extend_i32_u (i32.sub (memory.size) (i32.load (i32.const 20032))))))
  (local.get $sum))
(func (export "configure") (result i32)
  (i64.store (i32.const 20000) (i64.const 5))
  GROW
  (i32.store (i32.const 20032) (memory.size))
  (i32.const 0))
"#;

const SHARES: &str = r#"
  (local.set $effect (call $share (i32.const 0)))
  (call $share_fixed (local.get $effect) (i32.const -1) (i64.add (call $seen) (i64.const 1000)))
  (call $why (local.get $effect))
  ;; The reason of the next call would not be the same.
  (i64.store (i32.const 0) (i64.const 0x2121212121212121))
  (call $after (i64.rem_s (call $order (i32.const 2)) (i64.const 16)))
"#;

/// The policy of these tests; `grow` is what `configure` does beside the rest.
fn footprints(grow: &str) -> Vec<u8> {
    module("shares", SHARES, &format!("{}{ENDINGS}", FOOTPRINTS.replace("GROW", grow)))
}

/// The same state seen by two hooks of one module: what `discounts` writes, `shares` must not see.
fn two_hooks() -> Vec<u8> {
    let manifest = r#"{\"name\": \"by-hand\", \"version\": \"1.0.0\", \"abi\": 1, \"hooks\": [\"discounts\", \"shares\"]}"#;
    let text = format!(
        r#"(module {imports}
        (memory (export "memory") 1)
        (data (i32.const 0) "because of the test")
        {footprints} {ENDINGS}
        (func $why (param $effect i32)
          (call $reason (local.get $effect) (i32.const 0) (i32.const 19))
          (call $end (local.get $effect))
          (i64.store (i32.const 0) (i64.const 0x2121212121212121)))
        (func (export "discounts") (result i32)
          (local $effect i32)
          (local.set $effect (call $discount (i32.const -1)))
          (call $discount_amount (local.get $effect) (i64.add (call $seen) (i64.const 100)))
          (call $why (local.get $effect))
          (i32.const 0))
        (func (export "shares") (result i32)
          (local $effect i32)
          (local.set $effect (call $share (i32.const 0)))
          (call $share_fixed (local.get $effect) (i32.const -1) (i64.add (call $seen) (i64.const 1000)))
          (call $why (local.get $effect))
          (call $after (i64.rem_s (call $order (i32.const 2)) (i64.const 16))))
        (@custom "fenrun_manifest" "{manifest}"))"#,
        imports = imports(),
        footprints = FOOTPRINTS.replace("GROW", ""),
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A hook that writes nothing itself: it asks the host to write, into places that were zero.
fn written_by_the_host() -> Vec<u8> {
    const SHARES: &str = r#"
  (local.set $effect (call $share (i32.const 0)))
  (call $share_fixed (local.get $effect) (i32.const -1) (i64.add (i64.const 1000)
    (i64.add (i64.load (i32.const 40000)) (i64.load (i32.const 50000)))))
  (call $why (local.get $effect))
  (drop (call $text (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 40000) (i32.const 64)))
  (drop (call $lines (i32.const 6) (i32.const 0) (i32.const 10) (i32.const 50000)))
  (i32.const 0)
"#;
    module("shares", SHARES, "")
}

/// One hook only reads, the other writes, in a function that it reaches through others and at last through the table.
fn a_reader_beside_a_writer() -> Vec<u8> {
    let manifest = r#"{\"name\": \"by-hand\", \"version\": \"1.0.0\", \"abi\": 1, \"hooks\": [\"discounts\", \"shares\"]}"#;
    let text = format!(
        r#"(module {imports}
        (type $plain (func))
        (memory (export "memory") 1)
        (table funcref (elem $write))
        (global $count (mut i64) (i64.const 0))
        (data (i32.const 0) "because of the test")
        (func $write
          (global.set $count (i64.add (global.get $count) (i64.const 1)))
          (i64.store (i32.const 30000) (i64.add (i64.load (i32.const 30000)) (i64.const 1))))
        (func $further (call_indirect (type $plain) (i32.const 0)))
        (func $far (call $further))
        (func $why (param $effect i32)
          (call $reason (local.get $effect) (i32.const 0) (i32.const 19))
          (call $end (local.get $effect)))
        (func $seen (result i64) (i64.add (global.get $count) (i64.load (i32.const 30000))))
        (func (export "discounts") (result i32)
          (local $effect i32)
          (local.set $effect (call $discount (i32.const -1)))
          (call $discount_amount (local.get $effect) (i64.add (call $seen) (i64.const 100)))
          (call $why (local.get $effect))
          (call $far)
          (i32.const 0))
        (func (export "shares") (result i32)
          (local $effect i32)
          (local.set $effect (call $share (i32.const 0)))
          (call $share_fixed (local.get $effect) (i32.const -1) (i64.add (call $seen) (i64.const 1000)))
          (call $why (local.get $effect))
          (i32.const 0))
        (@custom "fenrun_manifest" "{manifest}"))"#,
        imports = imports(),
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn modules() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("written by the host", written_by_the_host()),
        ("a reader beside a writer", a_reader_beside_a_writer()),
        ("footprints", footprints("")),
        ("configure grows memory", footprints("(drop (memory.grow (i32.const 1)))")),
        ("configure grows memory beyond what is kept", footprints("(drop (memory.grow (i32.const 9)))")),
        ("two hooks", two_hooks()),
    ]
}

fn engine(change: impl FnOnce(&mut ExecutionLimits)) -> Engine {
    let mut options = EngineOptions::default();
    options.execution.fuel_limit = 1_000_000;
    change(&mut options.execution);
    Engine::new(options).unwrap()
}

/// Settings under which nothing may differ; the first makes a fresh instance for each call.
fn engines() -> Vec<(&'static str, Engine)> {
    vec![
        ("always fresh", engine(|limits| limits.kept_instances_max = 0)),
        ("default", engine(|_| {})),
        ("one kept", engine(|limits| limits.kept_instances_max = 1)),
        ("more kept than there are", engine(|limits| limits.kept_instances_max = u32::MAX)),
        ("a pool of one", engine(|limits| limits.instances_max = 1)),
        ("a pool of two", engine(|limits| limits.instances_max = 2)),
        ("a pool of five", engine(|limits| limits.instances_max = 5)),
        ("no memory is small enough", engine(|limits| limits.kept_memory_bytes_max = 0)),
        ("any memory is small enough", engine(|limits| limits.kept_memory_bytes_max = usize::MAX)),
        ("nothing stays resident", engine(|limits| limits.keep_resident_bytes = 0)),
    ]
}

fn load(engine: &Engine, module: Vec<u8>) -> Program {
    Bench::new("open").on(engine.clone()).policy(module).load().unwrap()
}

/// An order for each way of ending, all others among them.
fn events() -> Vec<Event> {
    let event = |price| Event::order_paid(order(&[price]), &Expectations::new(Currency::CNY)).unwrap();
    (0..16).map(|way| event(160_000 + way)).collect()
}

/// Everything that is answered, as bytes.
fn decide(engine: &Engine, program: &Program, event: &Event) -> String {
    match engine.decide(program, event, &NoHistory) {
        Outcome::Decided(decision) => decision.to_json(),
        other => format!("{other:?}"),
    }
}

/// Numbers from 0, in an order that looks random and is always the same.
fn shuffled(count: usize, seed: u64) -> impl Iterator<Item = usize> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % count
    })
}

#[test]
fn nothing_that_a_call_wrote_is_paid_by_the_next_one() {
    for (setting, engine) in engines() {
        for (name, module) in modules() {
            let program = load(&engine, module);
            for (place, event) in events().iter().cycle().take(50).enumerate() {
                let outcome = engine.decide(&program, event, &NoHistory);
                let Some(decision) = outcome.decision() else { continue };
                for share in &decision.shares {
                    let at = format!("{setting}, {name}, order {place}");
                    assert_eq!(
                        (share.amount_minor, share.reason.as_str()),
                        (CLEAN, "because of the test"),
                        "{at}"
                    );
                }
            }
        }
    }
}

#[test]
fn every_way_to_end_is_met() {
    let engine = engine(|_| {});
    let program = load(&engine, footprints(""));
    let kinds: Vec<String> = events()
        .iter()
        .map(|event| match engine.decide(&program, event, &NoHistory) {
            Outcome::Decided(decision) => format!("{}", decision.amount_of("s1")),
            Outcome::Held(held) => held.cause.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        "1000",
        "1000",
        "policy `p0` failed: it stopped itself (`unreachable`); hint: a panic or an overflow in the policy",
        "policy `p0` failed: out of fuel after 1000000 units; hint: look for a loop that does not end",
        "policy `p0` failed: the hook returned 7, expected 0 (done) or 1 (refused)",
        "0",
        "policy `p0` failed: `99` is not the number of a known order field",
        "policy `p0` failed: its call stack is full; hint: look for a recursion that does not end",
        "1000",
        "policy `p0` failed: wasm trap: out of bounds memory access",
        "effect_not_ended: policy `p0`: effect 1 was begun and never ended, expected exactly once; hint: return every effect that is built",
        "policy `p0` failed: out of fuel after 1000000 units; hint: look for a loop that does not end",
        "1000",
        "1000",
        "1000",
        "1000",
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn shuffled_and_repeated_streams_on_many_threads_give_the_same_bytes() {
    const THREADS: u64 = 4;
    const ORDERS: usize = 120;
    let events = events();
    let mut expected: Vec<Vec<String>> = Vec::new();
    for (setting, engine) in engines() {
        let programs: Vec<Program> = modules().into_iter().map(|(_, module)| load(&engine, module)).collect();
        if expected.is_empty() {
            let all = |program| events.iter().map(|event| decide(&engine, program, event)).collect();
            expected = programs.iter().map(all).collect();
        }
        thread::scope(|scope| {
            for number in 0..THREADS {
                let (engine, programs, events, expected) = (&engine, &programs, &events, &expected);
                scope.spawn(move || {
                    let choices = shuffled(events.len() * programs.len(), number + 1);
                    for choice in choices.take(ORDERS) {
                        let (program, event) = (choice / events.len(), choice % events.len());
                        let found = decide(engine, &programs[program], &events[event]);
                        assert_eq!(found, expected[program][event], "{setting}, thread {number}");
                    }
                });
            }
        });
    }
}

/// Kept instances hold places of the pool; more merchants than places are served all the same, in turn and at once.
#[test]
fn kept_instances_starve_nobody() {
    for places in [1, 2, 3, 4, 40] {
        let engine = engine(|limits| limits.instances_max = places);
        let programs: Vec<Program> = (0..12).map(|_| load(&engine, footprints(""))).collect();
        let event = &events()[0];
        let expected = decide(&engine, &programs[0], event);
        thread::scope(|scope| {
            for first in 0..3 {
                let (engine, programs, expected) = (&engine, &programs, &expected);
                scope.spawn(move || {
                    for program in programs.iter().cycle().skip(first).take(60) {
                        assert_eq!(&decide(engine, program, event), expected, "{places} places");
                    }
                });
            }
        });
        // A merchant who comes later finds a place.
        let late = load(&engine, footprints(""));
        assert_eq!(decide(&engine, &late, event), expected, "{places} places");
    }
}

/// Configurations of one compiled module never get one another's state.
#[test]
fn configurations_of_one_module_do_not_meet() {
    let manifest = r#"{\"name\": \"by-hand\", \"version\": \"1.0.0\", \"abi\": 1, \"hooks\": [\"shares\"], \"configuration\": {\"fen\": {\"type\": \"amount\"}}}"#;
    let text = format!(
        r#"(module {imports}
        (memory (export "memory") 1)
        (data (i32.const 0) "because of the test")
        (data (i32.const 32) "fen")
        (func (export "configure") (result i32)
          (i64.store (i32.const 4096) (call $config (i32.const 32) (i32.const 3) (i32.const 0)))
          (i32.const 0))
        (func (export "shares") (result i32)
          (local $effect i32)
          (local.set $effect (call $share (i32.const 0)))
          (call $share_fixed (local.get $effect) (i32.const -1) (i64.load (i32.const 4096)))
          (call $reason (local.get $effect) (i32.const 0) (i32.const 19))
          (call $end (local.get $effect))
          (i64.store (i32.const 4096) (i64.const 9999))
          (i32.const 0))
        (@custom "fenrun_manifest" "{manifest}"))"#,
        imports = imports(),
    );
    let module = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let engine = engine(|_| {});
    let load = |fen: i64| {
        let configuration = format!(r#"{{"fen": "{}.00"}}"#, fen / 100);
        let configuration = ConfigurationInput::from_json(&configuration).unwrap();
        let bench = Bench::new("open").on(engine.clone());
        let bench = bench.with(module.clone(), |entry| entry.with_configuration(configuration));
        (fen, bench.load().unwrap())
    };
    let mut programs: Vec<(i64, Program)> = [100, 200, 300].map(load).into();
    let event = &events()[0];
    for round in 0..10 {
        for (fen, program) in &programs {
            let outcome = engine.decide(program, event, &NoHistory);
            assert_eq!(outcome.decision().unwrap().amount_of("s1"), *fen, "round {round}");
        }
        // What a program kept goes with it; one that is loaded in its place starts with nothing.
        programs.remove(0);
        programs.push(load(400 + 100 * round));
    }
}
