//! Policies that break, refuse, or write nonsense: the right kind each, and the next event is decided correctly.
//!
//! Invariant: what one event's policy does never reaches the next event.

use serde_json::Value;

use crate::support::{Shop, Transcript, manifest, module, paid};

/// A `shares` hook that gives the seller 20 %, except that on a list price of 13.00 it does something else.
fn shares_but(misbehaviour: &str) -> String {
    format!(
        r#"  (func (export "shares") (result i32) (local $effect i32)
    (if (i64.eq (call $order (i32.const 2)) (i64.const 1300)) (then {misbehaviour}))
    (local.set $effect (call $share (i32.const 0)))
    (call $share_term (local.get $effect) (i32.const -1) (i32.const 1) (i64.const 20) (i64.const 100))
    (call $reason (local.get $effect) (i32.const 0) (i32.const 3))
    (call $end (local.get $effect))
    (i32.const 0))"#
    )
}

/// Three orders of which the policy is at odds with the second.
fn run(misbehaviour: &str) -> Transcript {
    let shop = Shop::with_policy(&manifest("shares"), &shares_but(misbehaviour));
    shop.run_over(&[paid("A1", "9.99"), paid("A2", "13.00"), paid("A3", "0.33")].concat())
}

/// The second is held because of this; the first and the third are decided to the cent.
fn assert_held(misbehaviour: &str, kind: &str, because: &str) {
    let transcript = run(misbehaviour);
    assert_eq!(transcript.code, 5, "{transcript}");
    assert_eq!(transcript.outcomes(), ["decided 1.99", "held", "decided 0.06"]);
    let held = format!(
        r#"{{"outcome":"held","line":2,"fact":"order.paid/A2","kind":"{kind}","because":[{}]}}"#,
        Value::from(because)
    );
    assert_eq!(transcript.stdout.lines().nth(1), Some(&*held));
    assert_eq!(transcript.stderr, "");
}

#[test]
fn a_trap_is_a_failure() {
    assert_held(
        "(unreachable)",
        "failure",
        "policy `ours` failed: it stopped itself (`unreachable`); hint: a panic or an overflow in the policy",
    );
}

#[test]
fn a_loop_runs_out_of_fuel() {
    assert_held(
        "(loop $again (br $again))",
        "failure",
        "policy `ours` failed: out of fuel after 5000000 units; hint: look for a loop that does not end",
    );
}

#[test]
fn a_return_code_that_means_nothing_is_a_failure() {
    assert_held(
        "(return (i32.const 42))",
        "failure",
        "policy `ours` failed: the hook returned 42, expected 0 (done) or 1 (refused)",
    );
}

#[test]
fn a_share_for_nobody_is_a_failure() {
    assert_held(
        "(call $end (call $share (i32.const 7)))",
        "failure",
        "policy `ours` failed: there is no party `7`, of 1",
    );
}

#[test]
fn an_effect_left_open_is_a_failure() {
    let transcript = run("(drop (call $share (i32.const 0)))");
    assert_eq!(transcript.code, 5);
    assert_eq!(transcript.outcomes(), ["decided 1.99", "held", "decided 0.06"]);
}

#[test]
fn more_than_there_is_is_a_violation() {
    assert_held(
        "(local.set $effect (call $share (i32.const 0)))
         (call $share_term (local.get $effect) (i32.const -1) (i32.const 1) (i64.const 3) (i64.const 2))
         (call $reason (local.get $effect) (i32.const 0) (i32.const 3))
         (call $end (local.get $effect))
         (return (i32.const 0))",
        "violation",
        "rate_above_100: policy `ours`: a share of 150%, at most 100% is allowed",
    );
}

#[test]
fn a_refusal_is_an_answer_and_the_order_is_decided_without_it() {
    let transcript = run("(call $refuse (i32.const 0) (i32.const 15)) (return (i32.const 1))");
    assert_eq!(transcript.code, 0, "{transcript}");
    assert_eq!(transcript.outcomes(), ["decided 1.99", "decided", "decided 0.06"]);
    let policy = &transcript.records()[1]["policies"][0];
    assert_eq!((&policy["answer"], &policy["because"]), (&"refused".into(), &"not on a friday".into()));
    assert_eq!(transcript.records()[1]["totals"]["merchant_net"], "13.00");
}

/// While pricing, a failing policy does not block the sale, and says so; `--strict` stops there.
#[test]
fn a_failing_discount_is_left_out_and_strict_stops_there() {
    let hook = r#"  (func (export "discounts") (result i32) (local $effect i32)
    (if (i64.eq (call $order (i32.const 2)) (i64.const 1300)) (then (unreachable)))
    (local.set $effect (call $discount (i32.const -1)))
    (call $discount_percent (local.get $effect) (i64.const 1) (i64.const 2))
    (call $reason (local.get $effect) (i32.const 0) (i32.const 3))
    (call $end (local.get $effect))
    (i32.const 0))"#;
    let shop = Shop::with_policy(&manifest("discounts"), hook);
    let priced = |id, price| paid(id, price).replace("\"buyer\"", "\"pricing\":\"engine\",\"buyer\"");
    let events = [priced("A1", "9.99"), priced("A2", "13.00"), priced("A3", "0.33")].concat();

    let transcript = shop.run_over(&events);
    assert_eq!(transcript.code, 0, "{transcript}");
    let due: Vec<_> = transcript.records().iter().map(|record| record["totals"]["due"].clone()).collect();
    // Half of 9.99 is 4.995, half of 0.33 is 0.165: discounts round half up.
    assert_eq!(due, ["4.99", "13.00", "0.16"]);
    assert_eq!(transcript.records()[1]["policies"][0]["answer"], "failed");

    let strict = shop.fenrun_with(&["run", "program.toml", "--quiet", "--strict"], &events, &[]);
    assert_eq!((strict.code, strict.records().len()), (5, 2));

    let said = shop.fenrun_with(&["run", "program.toml", "--format", "table"], &events, &[]);
    assert!(said.stdout.contains("\n  ours failed: it stopped itself (`unreachable`)"), "{said}");
    assert!(said.stderr.ends_with("  policies      0 refused, 1 failed and left out\n"), "{said}");
}

#[test]
fn a_module_that_may_not_run_is_refused_with_every_reason() {
    let fields = r#"  (func (export "shares") (result i32) (drop (f32.add (f32.const 1) (f32.const 2))) (i32.const 0))
  (start 8) (func)"#;
    let shop = Shop::new().file("bad.wat", &module(&manifest("discounts"), fields));
    let transcript = shop.fenrun(&["build", "bad.wat"]);
    assert_eq!(transcript.code, 7, "{transcript}");
    assert!(transcript.stderr.contains("refused: `start`: found "), "{transcript}");
    assert!(transcript.stderr.contains("refused: `float_operators`: found "), "{transcript}");
    assert!(
        transcript
            .stderr
            .ends_with("error: `bad.wat` is not admitted\nhint: `fenrun check` shows the whole report\n")
    );
    assert!(!shop.path("bad.wasm").exists());
    assert_eq!(shop.fenrun(&["check", "bad.wat"]).code, 7);
}
