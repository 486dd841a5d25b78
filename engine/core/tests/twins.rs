//! A laboratory beside the engine: what a twin counts is told, and what it answers changes nothing.
//!
//! Invariant: every decision here is compared with that of an engine that nobody watches.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first broken expectation")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test stops where something is not as expected, in its helpers too"
)]

mod support;

use std::sync::{Arc, Mutex};

use fenrun::admission::{AdmittedModule, Digest};
use fenrun::sandbox::{Laboratory, TwinFault, TwinSource};
use fenrun::{Engine, EngineOptions, Outcome};
use fenrun_abi::code::Hook;

use support::{Bench, module, order};

/// Shares 20 % with the first party, and nothing of an order of more than five lines.
const BODY: &str = "(if (i64.le_s (call $order (i32.const 0)) (i64.const 5))
  (then COUNT0 (call $rate (i32.const 0) (i32.const -1) (i32.const 1) (i64.const 1) (i64.const 5)))
  (else COUNT1))
  (i32.const 0)";

/// Two counters, the last of the mutable globals.
const COUNTERS: &str = "(global $own (mut i32) (i32.const 7))
  (global $c0 (mut i64) (i64.const 0)) (global $c1 (mut i64) (i64.const 0))
  (func (export \"configure\") (result i32) CONFIGURE (i32.const 0))";

fn count(counter: u32) -> String {
    format!("(global.set $c{counter} (i64.add (global.get $c{counter}) (i64.const 1)))")
}

/// The policy itself.
fn real() -> Vec<u8> {
    let body = BODY.replace("COUNT0", "").replace("COUNT1", "");
    module("shares", &body, "(func (export \"configure\") (result i32) (i32.const 0))")
}

/// The same, with counters; `change` may make it another policy.
fn twin(change: impl FnOnce(String) -> String) -> Vec<u8> {
    let body = BODY.replace("COUNT0", &count(0)).replace("COUNT1", &format!("{} {}", count(1), count(1)));
    let counters = COUNTERS.replace("CONFIGURE", &count(1));
    module("shares", &change(body), &counters)
}

#[derive(Debug)]
struct Watch {
    bytes: Arc<[u8]>,
    counters: u32,
    told: Mutex<Vec<String>>,
}

impl Laboratory for Watch {
    fn twin(&self, module: &AdmittedModule) -> Option<TwinSource> {
        assert_eq!(module.manifest().name(), "by-hand");
        Some(TwinSource { bytes: self.bytes.clone(), counters: self.counters })
    }

    fn counted(&self, module: &Digest, hook: Hook, counts: &[u64]) {
        assert_eq!(*module, Digest::of(&real()));
        self.told.lock().unwrap().push(format!("{} {counts:?}", hook.name()));
    }

    fn failed(&self, _module: &Digest, fault: TwinFault) {
        self.told.lock().unwrap().push(fault.to_string());
    }
}

/// What came of orders of so many lines beside a twin, and what was told; held to what comes of them without one.
fn watched(real: &[u8], twin: Vec<u8>, counters: u32, lines: &[usize]) -> Vec<String> {
    let watch = Arc::new(Watch { bytes: twin.into(), counters, told: Mutex::default() });
    let mut options = EngineOptions::default();
    options.laboratory = Some(watch.clone());
    let bench = Bench::new("open").policy(real.to_vec());
    let alone = Bench::new("open").policy(real.to_vec());
    let bench = bench.on(Engine::new(options).unwrap());
    let shown = |outcome: Outcome| match outcome {
        Outcome::Decided(decision) => {
            format!("{:?} {:?} {}", decision.shares, decision.policies, decision.totals.merchant_net)
        }
        other => format!("{other:?}"),
    };
    for lines in lines {
        let order = order(&vec![999; *lines]);
        assert_eq!(shown(bench.decide(order.clone())), shown(alone.decide(order)));
    }
    drop(bench);
    Arc::into_inner(watch).map(|watch| watch.told.into_inner().unwrap()).unwrap()
}

#[test]
fn what_a_twin_counts_is_told_for_each_call_alone() {
    let told = watched(&real(), twin(|body| body), 2, &[1, 6, 1]);
    assert_eq!(
        told,
        [
            "configure [0, 1]",
            "shares [1, 0]",
            "configure [0, 1]",
            "shares [0, 2]",
            "configure [0, 1]",
            "shares [1, 0]"
        ]
    );
}

#[test]
fn a_twin_that_answers_otherwise_is_told_of_and_pays_nobody() {
    let more = |body: String| body.replace("(i64.const 1) (i64.const 5)", "(i64.const 4) (i64.const 5)");
    let refuses = |body: String| body.replace("  (i32.const 0)", "  (i32.const 1)");
    let breaks = |body: String| format!("(unreachable) {body}");
    let differs = "the module that counts answers `shares` otherwise than the policy: ";
    for (twin, counts, answer) in [
        (
            twin(more),
            "[1, 0]",
            "returned 0 with other effects or notes, and the policy returned 0 and asked for 1 effects",
        ),
        (
            twin(refuses),
            "[1, 0]",
            "returned 1 and asked for 1 effects, and the policy returned 0 and asked for 1 effects",
        ),
        (
            twin(breaks),
            "[0, 0]",
            "broke: it stopped itself (`unreachable`); hint: a panic or an overflow in the policy, and the policy returned 0 \
             and asked for 1 effects",
        ),
    ] {
        let told = watched(&real(), twin, 2, &[1]);
        assert_eq!(
            told,
            ["configure [0, 1]".to_owned(), format!("shares {counts}"), format!("{differs}{answer}")]
        );
    }
}

#[test]
fn a_twin_that_is_no_policy_is_told_of_once() {
    let told = watched(&real(), b"\0asm\x01\0\0\0".to_vec(), 2, &[1, 1]);
    assert_eq!(
        told,
        [
            "the module that counts is not admitted: `hooks`: found no hook that decides, at least one of `discounts`, \
          `shares`, `grants`, `period` is expected; hint: export a function `() -> i32` with the name of the hook"
        ]
    );
}

#[test]
fn a_twin_sees_how_far_a_broken_call_came() {
    let body = |count: &str| format!("{count} (unreachable)");
    let real = module("shares", &body(""), "");
    let counters = "(global $c0 (mut i64) (i64.const 0))";
    let watch = Arc::new(Watch {
        bytes: module("shares", &body(&count(0)), counters).into(),
        counters: 1,
        told: Mutex::default(),
    });
    let told = {
        let mut options = EngineOptions::default();
        let laboratory: Arc<dyn Laboratory> = Arc::new(Any(watch.clone()));
        options.laboratory = Some(laboratory);
        let bench = Bench::new("open").policy(real).on(Engine::new(options).unwrap());
        bench.held(order(&[999]));
        watch.told.lock().unwrap().clone()
    };
    assert_eq!(told, ["configure [0]", "shares [1]"]);
}

/// A [`Watch`] of whatever module there is.
#[derive(Debug)]
struct Any(Arc<Watch>);

impl Laboratory for Any {
    fn twin(&self, module: &AdmittedModule) -> Option<TwinSource> {
        self.0.twin(module)
    }

    fn counted(&self, _module: &Digest, hook: Hook, counts: &[u64]) {
        self.0.counted(&Digest::of(&real()), hook, counts);
    }

    fn failed(&self, module: &Digest, fault: TwinFault) {
        self.0.failed(module, fault);
    }
}

/// The bytes of a twin are no way into a program: they are held to every cap like any other upload.
#[test]
fn a_twin_is_not_known_to_the_engine_as_a_module() {
    let globals: String =
        (0..300).map(|number| format!("(global $g{number} (mut i64) (i64.const 0))")).collect();
    let counters = format!("{globals} {}", COUNTERS.replace("CONFIGURE", ""));
    let body = BODY.replace("COUNT0", &count(0)).replace("COUNT1", "");
    let large = module("shares", &body, &counters);
    let watch = Arc::new(Watch { bytes: large.clone().into(), counters: 302, told: Mutex::default() });
    let mut options = EngineOptions::default();
    options.laboratory = Some(Arc::new(Any(watch)));
    let engine = Engine::new(options).unwrap();
    Bench::new("open").policy(real()).on(engine.clone()).decided(order(&[999]));
    let error = Bench::new("open").policy(large).on(engine).load().unwrap_err();
    assert_eq!(error.cause.to_string(), "`globals`: found 303, at most 256 are allowed");
}
