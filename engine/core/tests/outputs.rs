//! What hostile or careless hooks return: each gets its kind, its message and its numbers, and the next order is decided.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

mod support;

use fenrun::{HoldCause, event::Order, program::OnFailure};
use support::{Bench, module, order, policy};

const RATE: &str = "(call $share_term (local.get $effect) (i32.const -1) (i32.const 1)";

/// A share with these calls between begin and end.
fn share(calls: &str) -> String {
    format!("(local.set $effect (call $share (i32.const 0))) {calls} (call $why (local.get $effect))")
}

fn discount(calls: &str) -> String {
    format!("(local.set $effect (call $discount (i32.const -1))) {calls} (call $why (local.get $effect))")
}

fn violation(hook: &str, body: &str) -> String {
    let bench = Bench::new("open").with(policy(hook, body), |entry| match hook {
        "discounts" => entry.with_on_failure(OnFailure::Refuse),
        _ => entry,
    });
    match bench.held(order(&[10_000])) {
        HoldCause::Violations(violations) => {
            violations.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ")
        }
        other => panic!("expected violations, found {other}"),
    }
}

#[test]
fn nonsense_is_a_violation_with_its_numbers() {
    let max = "9223372036854775807";
    let cases: &[(&str, String, &str)] = &[
        (
            "shares",
            share(&format!("{RATE} (i64.const 20) (i64.const 0))")),
            "malformed_ratio: policy `p0`: a share of 20/0: a rate cannot be divided by zero",
        ),
        (
            "shares",
            share(&format!("{RATE} (i64.const -20) (i64.const 100))")),
            "malformed_ratio: policy `p0`: a share of -20/100: a rate cannot be negative",
        ),
        (
            "shares",
            share(&format!("{RATE} (i64.const 120) (i64.const 100))")),
            "rate_above_100: policy `p0`: a share of 120%, at most 100% is allowed",
        ),
        (
            "shares",
            share("(call $share_fixed (local.get $effect) (i32.const -1) (i64.const -5))"),
            "negative_amount: policy `p0`: a fixed share of -0.05, at least 0 is allowed",
        ),
        (
            "shares",
            share(&format!("(call $share_fixed (local.get $effect) (i32.const -1) (i64.const {max}))")),
            "total_cap: all parties would get 92233720368547758.07 of 100.00 goods paid, at most 100.00 (100%) is \
             allowed by profile `open`",
        ),
        (
            "shares",
            share(
                "(call $share_term (local.get $effect) (i32.const 7) (i32.const 1) (i64.const 1) (i64.const 100))",
            ),
            "unknown_lines: policy `p0`: an effect names line 7, the order has 1 lines",
        ),
        (
            "shares",
            share(
                "(call $share_term (local.get $effect) (i32.const -7) (i32.const 1) (i64.const 1) (i64.const 100))",
            ),
            "unknown_lines: policy `p0`: an effect names the set of lines -7, the order has 1 lines",
        ),
        (
            "shares",
            share(
                "(call $share_term (local.get $effect) (i32.const -1) (i32.const 9) (i64.const 1) (i64.const 100))",
            ),
            "unknown_base: policy `p0`: a share of the base 9, which does not exist",
        ),
        (
            "shares",
            share(
                "(call $share_band (local.get $effect) (i32.const -1) (i32.const 1) (i64.const 10) (i64.const 5) (i64.const 1) (i64.const 100))",
            ),
            "malformed_band: policy `p0`: a band from 0.10 to 0.05",
        ),
        ("shares", share(""), "empty_share: policy `p0`: a share has no term"),
        (
            "shares",
            format!(
                "(local.set $effect (call $share (i32.const 0))) {RATE} (i64.const 1) (i64.const 100)) (call $end (local.get $effect))"
            ),
            "no_reason: policy `p0`: a share says no reason",
        ),
        (
            "shares",
            format!("(local.set $effect (call $share (i32.const 0))) {RATE} (i64.const 1) (i64.const 100))"),
            "effect_not_ended: policy `p0`: effect 0 was begun and never ended, expected exactly once; \
             hint: return every effect that is built",
        ),
        (
            "shares",
            format!(
                "{} (call $end (local.get $effect))",
                share(&format!("{RATE} (i64.const 1) (i64.const 100))"))
            ),
            "effect_not_ended: policy `p0`: effect 0 was ended 2 times, expected exactly once; \
             hint: return every effect that is built",
        ),
        (
            "shares",
            "(call $percent (i32.const -1) (i64.const 1) (i64.const 10))".into(),
            "wrong_hook: policy `p0`: a discount was asked for in the hook `shares`",
        ),
        (
            "discounts",
            "(call $rate (i32.const 0) (i32.const -1) (i32.const 1) (i64.const 1) (i64.const 10))".into(),
            "wrong_hook: policy `p0`: a share was asked for in the hook `discounts`",
        ),
        (
            "discounts",
            "(call $percent (i32.const -1) (i64.const 101) (i64.const 100))".into(),
            "percent_above_100: policy `p0`: a discount of 101%, at most 100% is allowed",
        ),
        (
            "discounts",
            "(call $off (i32.const -1) (i64.const -1))".into(),
            "negative_amount: policy `p0`: a discount of -0.01, at least 0 is allowed",
        ),
        (
            "discounts",
            discount(""),
            "unreckoned_discount: policy `p0`: a discount gives no percent, amount or price",
        ),
        (
            "discounts",
            "(local.set $effect (call $discount (i32.const 0)))
             (call $discount_units (local.get $effect) (i64.const 2))
             (call $discount_percent (local.get $effect) (i64.const 1) (i64.const 2))
             (call $why (local.get $effect))"
                .into(),
            "unknown_units: policy `p0`: a discount of 2 units on line `1`, which has 1",
        ),
        (
            "shares",
            share(&format!(
                "{RATE} (i64.const 1) (i64.const 100))
                 (call $share_limit (local.get $effect) (i32.const 0) (i64.const 200))
                 (call $share_limit (local.get $effect) (i32.const 1) (i64.const 199))"
            )),
            "limits_crossed: policy `p0`: a minimum of 2.00 above a maximum of 1.99",
        ),
        (
            "shares",
            share("(call $share_fixed (local.get $effect) (i32.const -2) (i64.const 5000))"),
            "share_of_nothing: policy `p0`: a fixed share of 50.00 of no line",
        ),
    ];
    for (hook, body, expected) in cases {
        assert_eq!(violation(hook, body), *expected, "{body}");
    }
}

#[test]
fn broken_calls_are_failures_with_their_reason() {
    let memory_end = "(call $reason (call $share (i32.const 0)) (i32.const 65530) (i32.const 19))";
    let cases: &[(&str, &str)] = &[
        ("(drop (call $order (i32.const 99)))", "`99` is not the number of a known order field"),
        ("(drop (call $line (i32.const 5) (i32.const 0)))", "there is no line `5`, of 1"),
        ("(drop (call $line (i32.const -1) (i32.const 0)))", "there is no line `-1`, of 1"),
        ("(drop (call $share (i32.const 8)))", "there is no party `8`, of 1"),
        ("(call $end (i32.const 0))", "there is no effect `0`, of 0"),
        ("(drop (call $symbol (i32.const 0) (i32.const 4)))", "`symbol` may be called only in `configure`"),
        (memory_end, "19 bytes at address 65530 reach past the end of the module's memory"),
        (
            "(call $reason (call $share (i32.const 0)) (i32.const 0) (i32.const 201))",
            "a reason of 201 bytes, at most 200 are allowed",
        ),
        (
            "(call $reason (call $share (i32.const 0)) (i32.const -8) (i32.const -1))",
            "4294967295 bytes at address 4294967288 reach past the end of the module's memory",
        ),
        (
            "(drop (call $lines (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 65532)))",
            "8 bytes at address 65532 reach past the end of the module's memory",
        ),
        ("(loop $again (drop (call $share (i32.const 0))) (br $again))", "more than 128 effects"),
        (
            "(loop $again (br $again))",
            "out of fuel after 5000000 units; hint: look for a loop that does not end",
        ),
        ("unreachable", "it stopped itself (`unreachable`); hint: a panic or an overflow in the policy"),
        ("(drop (i64.div_u (i64.const 1) (i64.const 0)))", "wasm trap: integer divide by zero"),
        ("(drop (i32.load (i32.const 65536)))", "wasm trap: out of bounds memory access"),
    ];
    for (body, expected) in cases {
        let bench = Bench::new("open").policy(policy("shares", body));
        match bench.held(order(&[10_000])) {
            HoldCause::Failure { policy, failure } => {
                assert_eq!((policy.as_str(), failure.to_string().as_str()), ("p0", *expected), "{body}");
            }
            other => panic!("{body}: expected a failure, found {other}"),
        }
    }
}

#[test]
fn recursion_ends_in_the_guest_and_not_in_the_host() {
    let deep = module("shares", "(call $deep) (i32.const 0)", "(func $deep (call $deep) (call $deep))");
    assert_eq!(
        Bench::new("open").policy(deep).held(order(&[1])).to_string(),
        "policy `p0` failed: its call stack is full; hint: look for a recursion that does not end"
    );
}

#[test]
fn a_hook_that_returns_neither_done_nor_refused_failed() {
    assert_eq!(
        Bench::new("open").policy(module("shares", "(i32.const 7)", "")).held(order(&[1])).to_string(),
        "policy `p0` failed: the hook returned 7, expected 0 (done) or 1 (refused)"
    );
}

#[test]
fn a_refusal_drops_the_effects_and_keeps_the_reason() {
    let body = format!(
        "{} (call $refuse (i32.const 0) (i32.const 19)) (i32.const 1)",
        share(&format!("{RATE} (i64.const 1) (i64.const 10))"))
    );
    let decision = Bench::new("open").policy(module("shares", &body, "")).decided(order(&[10_000]));
    assert!(decision.shares.is_empty());
    let refused = fenrun::decision::PolicyAnswer::Refused { reason: "because of the test".into() };
    assert_eq!(decision.policies[0].answer, refused);
    assert_eq!(decision.totals.merchant_net, 10_000);
}

/// A policy that counts in memory, in a global and in a table-sized scratch area: it must see its initial state each time.
fn counter() -> Vec<u8> {
    module(
        "shares",
        "(i32.store (i32.const 4096) (i32.add (i32.load (i32.const 4096)) (i32.const 1)))
         (global.set $count (i32.add (global.get $count) (i32.const 1)))
         (if (i32.or
               (i32.ne (i32.load (i32.const 4096)) (i32.const 1))
               (i32.ne (global.get $count) (i32.const 1)))
           (then unreachable))
         (memory.fill (i32.const 8192) (i32.const 255) (i32.const 4096))
         (call $rate (i32.const 0) (i32.const -1) (i32.const 1) (i64.const 1) (i64.const 10))
         (i32.const 0)",
        "(global $count (mut i32) (i32.const 0))",
    )
}

#[test]
fn no_call_sees_what_another_wrote() {
    let bench = Bench::new("open").policy(counter());
    let program = bench.load().unwrap();
    let expect = fenrun::event::Expectations::new(fenrun_money::Currency::CNY);
    let event = fenrun::event::Event::order_paid(order(&[10_000]), &expect).unwrap();
    let decide = || {
        let outcome = bench.engine().decide(&program, &event, &fenrun::history::NoHistory);
        outcome.decision().expect("decided").to_json()
    };
    let first = decide();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..200 {
                    assert_eq!(decide(), first);
                }
            });
        }
    });
}

#[test]
fn fuel_is_the_same_every_time() {
    let bench = Bench::new("open").policy(counter());
    let fuel = |order: Order| bench.decided(order).policies[0].fuel;
    let first = fuel(order(&[10_000]));
    assert!((1..20).all(|_| fuel(order(&[10_000])) == first));
}
