//! What a module that was admitted tries while it runs.

use std::collections::BTreeMap;
use std::sync::{Barrier, Mutex};

use fenrun::conduct::{Conduct, FAILURES_IN_A_ROW_MAX};
use fenrun::fair::{FairLimits, FairShare, Full, TURN_FUEL};
use fenrun::history::NoHistory;
use fenrun::sandbox::FailureKind;
use fenrun::{Engine, EngineOptions, HoldCause, Outcome};

use crate::host::{HONEST, Host, every_row_is_a_test, fields, hook, load, order, paid, resident_kib, shares};

const ROWS: &[(&str, &[&str])] = &[
    (
        "infinite loop, in a hook or in `configure`",
        &["a_loop_ends_at_the_same_fuel", "a_loop_in_configure_ends"],
    ),
    ("unbounded recursion", &["recursion_ends_in_the_guest"]),
    ("grow memory to the cap and touch every page", &["growth_is_bounded_and_charged_by_the_page"]),
    ("bulk fill and copy", &["bulk_operations_are_charged_by_the_byte"]),
    (
        "a million host calls; a million effects, notes or symbols",
        &["host_calls_are_charged", "effects_notes_and_symbols_stop_at_their_caps"],
    ),
    ("pointers past the end of memory, length overflow, huge lengths", &["no_pointer_reaches_past_memory"]),
    (
        "unknown field ids, negative or huge indices, symbols never registered",
        &["unknown_numbers_have_a_defined_answer"],
    ),
    ("outputs that no decision may hold", &["nonsense_is_a_violation_with_its_numbers"]),
    ("state carried from one event to the next", &["shuffled_and_repeated_events_give_the_same_bytes"]),
    ("reading what another merchant's module left behind", &["memory_of_another_is_zeros"]),
    ("long, non-UTF-8, control, ANSI or bidi characters", &["strings_are_bounded_and_escaped"]),
    (
        "trap in a tight series",
        &["a_series_of_traps_costs_the_same_each_time", "a_policy_that_keeps_failing_is_suspended"],
    ),
    ("one merchant floods the engine", &["a_flood_leaves_the_others_their_share", "a_flood_is_told_to_wait"]),
];

#[test]
fn every_row_of_the_table_is_a_test() {
    every_row_is_a_test(include_str!("execution.rs"), ROWS, 13);
}

fn failure(host: &Host, module: &[u8]) -> (String, u64) {
    match host.held(module, order(&[10_000])) {
        HoldCause::Failure { policy, failure } => {
            assert_eq!(policy, "p0");
            (failure.to_string(), failure.fuel)
        }
        other => panic!("expected a failure, found {other}"),
    }
}

/// Fuel of a hook `shares` of this body that is done.
fn fuel(host: &Host, body: &str) -> u64 {
    match host.outcome(&shares(body), order(&[10_000])) {
        Outcome::Decided(decision) => decision.policies[0].fuel,
        other => panic!("{body}: expected a decision, found {other:?}"),
    }
}

#[test]
fn a_loop_ends_at_the_same_fuel() {
    let host = Host::new();
    let loops = [
        "(loop $again (br $again))",
        "(loop $again (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $again (local.get $i)) (br $again))",
        "(loop $again (drop (call $order (i32.const 0))) (br $again))",
        "(loop $again (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $again))",
        "(loop $again (memory.copy (i32.const 0) (i32.const 1) (i32.const 65535)) (br $again))",
        "(loop $again (drop (memory.grow (i32.const 0))) (br $again))",
    ];
    for body in loops {
        let found = failure(&host, &shares(body));
        let expected = "out of fuel after 5000000 units; hint: look for a loop that does not end";
        assert_eq!(found, (expected.to_owned(), 5_000_000), "{body}");
    }
}

#[test]
fn a_loop_in_configure_ends() {
    let host = Host::new();
    for export in ["configure", "_initialize"] {
        let result = if export == "configure" { "(result i32)" } else { "" };
        let module = fields(
            &["shares"],
            &format!(
                r#"(memory (export "memory") 1) (func (export "{export}") {result} (loop $again (br $again)) unreachable)
                   (func (export "shares") (result i32) (i32.const 0))"#
            ),
        );
        for _ in 0..4 {
            let error = host.load(&module).unwrap_err();
            assert_eq!(error.to_string(), "policy `p0` cannot be loaded");
            assert_eq!(
                error.cause.to_string(),
                "`configure` failed: out of fuel after 20000000 units; hint: look for a loop that does not end"
            );
        }
        host.well();
    }
}

#[test]
fn recursion_ends_in_the_guest() {
    let host = Host::new();
    let full = "its call stack is full; hint: look for a recursion that does not end";
    for function in [
        "(func $deep (call $deep) (call $deep))",
        // Frames of many locals.
        "(func $deep (local i64 i64 i64 i64 i64 i64 i64 i64) (call $deep) (call $deep))",
        // Through a table.
        "(table 1 funcref) (elem (i32.const 0) $deep) (type $t (func)) (func $deep (call_indirect (type $t) (i32.const 0)) (call $deep))",
    ] {
        let module = fields(
            &["shares"],
            &format!(
                r#"(memory (export "memory") 1) {function} (func (export "shares") (result i32) (call $deep) (i32.const 0))"#
            ),
        );
        assert_eq!(failure(&host, &module), (full.to_owned(), 5_000_000), "{function}");
    }
}

#[test]
fn growth_is_bounded_and_charged_by_the_page() {
    let host = Host::new();
    let one = fuel(&host, "(drop (memory.grow (i32.const 1)))");
    let two = fuel(&host, "(drop (memory.grow (i32.const 2)))");
    assert_eq!(two - one, 8_192);
    // To the cap of 16 pages; one more is answered with -1, and every page can be touched.
    let to_the_cap = r#"
        (if (i32.ne (memory.grow (i32.const 15)) (i32.const 1)) (then unreachable))
        (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
        (loop $again
          (i32.store (local.get $i) (i32.const -1))
          (local.set $i (i32.add (local.get $i) (i32.const 4096)))
          (br_if $again (i32.lt_u (local.get $i) (i32.const 1048576))))"#;
    assert!(fuel(&host, to_the_cap) > 15 * 8_192);
    let huge = "(if (i32.ne (memory.grow (i32.const -1)) (i32.const -1)) (then unreachable))";
    assert!(fuel(&host, huge) < 8_192, "what is refused is not charged as grown");
    // Memory is back: many of them leave no more behind than a few.
    let program = host.load(&shares(to_the_cap)).unwrap();
    let event = paid(order(&[10_000]));
    let run = |times| (0..times).for_each(|_| drop(host.engine.decide(&program, &event, &NoHistory)));
    run(20);
    let before = resident_kib();
    run(400);
    if let (Some(before), Some(after)) = (before, resident_kib()) {
        assert!(after < before + 32 * 1_024, "400 MiB were touched: {before} KiB before, {after} KiB after");
    }
    host.well();
}

#[test]
fn bulk_operations_are_charged_by_the_byte() {
    let host = Host::new();
    for (operation, touched) in [
        ("(memory.fill (i32.const 0) (i32.const 7) (i32.const BYTES))", 1),
        ("(memory.copy (i32.const 0) (i32.const 32768) (i32.const BYTES))", 1),
    ] {
        let of = |bytes: u64| fuel(&host, &operation.replace("BYTES", &bytes.to_string()));
        let (none, half, whole) = (of(0), of(16_384), of(32_768));
        assert!(whole - none >= touched * 32_768 / 64, "{operation}: {none} for nothing, {whole} for 32 KiB");
        assert_eq!((whole - half) / 1_024, (half - none) / 1_024, "{operation}");
    }
}

#[test]
fn host_calls_are_charged() {
    let host = Host::new();
    let calls = |count: u32, call: &str| {
        fuel(
            &host,
            &format!(
                "(local.set $i (i32.const {count})) (loop $again {call}
                   (local.set $i (i32.sub (local.get $i) (i32.const 1))) (br_if $again (local.get $i)))"
            ),
        )
    };
    for (call, price) in [
        ("(drop (call $order (i32.const 0)))", 8),
        ("(drop (call $line (i32.const 0) (i32.const 0)))", 8),
        ("(drop (call $party (i32.const 0) (i32.const 0)))", 8),
        ("(drop (call $tagged (i32.const 0) (i32.const 0) (i32.const 1)))", 64),
        ("(drop (call $attribute (i32.const 0) (i32.const 0) (i32.const 1)))", 64),
        ("(drop (call $text (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 8)))", 64),
    ] {
        let each = (calls(1_010, call) - calls(10, call)) / 1_000;
        assert!(each >= price, "{call}: {each} fuel");
    }
    let million = "(local.set $i (i32.const 1000000)) (loop $again (drop (call $order (i32.const 0)))
        (local.set $i (i32.sub (local.get $i) (i32.const 1))) (br_if $again (local.get $i)))";
    assert!(failure(&host, &shares(million)).0.starts_with("out of fuel after 5000000 units"));
}

#[test]
fn effects_notes_and_symbols_stop_at_their_caps() {
    let host = Host::new();
    for (call, expected) in [
        ("(drop (call $share (i32.const 0)))", "more than 128 effects"),
        ("(call $note (i32.const 0) (i32.const 7))", "more than 16 notes"),
        ("(drop (call $group (i32.const -1) (i32.const 0) (i64.const 1)))", "more than 64 groups"),
    ] {
        let module = shares(&format!("(loop $again {call} (br $again))"));
        assert_eq!(failure(&host, &module).0, expected);
    }
    let symbols = fields(
        &["shares"],
        r#"(memory (export "memory") 1)
        (func (export "configure") (result i32)
          (loop $again
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
            (i32.store (i32.const 8) (i32.add (i32.const 0x21212121) (i32.and (i32.load (i32.const 0)) (i32.const 0x3f3f3f))))
            (drop (call $symbol (i32.const 8) (i32.const 4)))
            (br $again))
          (i32.const 0))
        (func (export "shares") (result i32) (i32.const 0))"#,
    );
    let error = host.load(&symbols).unwrap_err();
    assert_eq!(error.cause.to_string(), "`configure` failed: more than 1024 symbols");
    host.well();
}

#[test]
fn no_pointer_reaches_past_memory() {
    let host = Host::new();
    let ranges =
        [(65_530, 19), (65_536, 1), (-1, 2), (-8, -1), (0, -1), (0, i32::MIN), (i32::MIN, 8), (0, i32::MAX)];
    for (address, length) in ranges {
        let unsigned = |number: i32| number.cast_unsigned();
        let past = format!(
            "{} bytes at address {} reach past the end of the module's memory",
            unsigned(length),
            unsigned(address)
        );
        let range = format!("(i32.const {address}) (i32.const {length})");
        for call in [
            format!("(call $note {range})"),
            format!("(call $refuse {range})"),
            format!("(call $reason (call $share (i32.const 0)) {range})"),
        ] {
            assert_eq!(failure(&host, &shares(&call)).0, past, "{call}");
        }
        for (call, end) in [("symbol", ""), ("config", "(i32.const 0)")] {
            let module = fields(
                &["shares"],
                &format!(
                    r#"(memory (export "memory") 1)
                    (func (export "configure") (result i32) (drop (call ${call} {range} {end})) (i32.const 0))
                    (func (export "shares") (result i32) (i32.const 0))"#
                ),
            );
            let error = host.load(&module).unwrap_err();
            assert_eq!(error.cause.to_string(), format!("`configure` failed: {past}"), "{call}");
        }
    }
    // What copies to an address copies what there is, whatever size is named; so only the address can be wrong.
    for (call, expected) in [
        (
            "(drop (call $lines (i32.const 2) (i32.const 0) (i32.const 2147483647) (i32.const 65532)))",
            "8 bytes at address 65532 reach past the end of the module's memory",
        ),
        (
            "(drop (call $text (i32.const 1) (i32.const 0) (i32.const 0) (i32.const -1) (i32.const -1)))",
            "2 bytes at address 4294967295 reach past the end of the module's memory",
        ),
    ] {
        assert_eq!(failure(&host, &shares(call)).0, expected, "{call}");
    }
    let untouched = r#"(i64.store (i32.const 65528) (i64.const -1))
        (drop (call $text (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 65534) (i32.const -1)))
        (if (i32.ne (i32.load16_u (i32.const 65534)) (i32.const 0x3162)) (then unreachable))
        (if (i32.ne (i32.load (i32.const 65528)) (i32.const -1)) (then unreachable))"#;
    assert!(fuel(&host, untouched) > 0, "exactly the two bytes of `b1` were written");
    // A module that passes addresses and exports no memory is not admitted at all.
    let without = fields(&["shares"], r#"(func (export "shares") (result i32) (i32.const 0))"#);
    assert_eq!(
        host.load(&without).unwrap_err().cause.to_string(),
        "`memory_export`: found the import `lines`, which takes an address, and no memory, the memory has to be \
         exported as `memory`"
    );
    host.well();
}

#[test]
fn unknown_numbers_have_a_defined_answer() {
    let host = Host::new();
    for number in [i32::MIN, -2, 99, i32::MAX] {
        let one = format!("(i32.const {number})");
        for (call, expected) in [
            (
                format!("(drop (call $order {one}))"),
                format!("`{number}` is not the number of a known order field"),
            ),
            (
                format!("(drop (call $line (i32.const 0) {one}))"),
                format!("`{number}` is not the number of a known line field"),
            ),
            (
                format!("(drop (call $party (i32.const 0) {one}))"),
                format!("`{number}` is not the number of a known party field"),
            ),
            (
                format!("(drop (call $line {one} (i32.const 0)))"),
                format!("there is no line `{number}`, of 1"),
            ),
            (
                format!("(drop (call $party {one} (i32.const 0)))"),
                format!("there is no party `{number}`, of 1"),
            ),
            (format!("(drop (call $share {one}))"), format!("there is no party `{number}`, of 1")),
            (format!("(call $end {one})"), format!("there is no effect `{number}`, of 0")),
            (
                format!("(drop (call $text {one} (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 8)))"),
                format!("`{number}` is not the number of a known scope"),
            ),
            (
                format!("(drop (call $attribute (i32.const 2) {one} (i32.const 64)))"),
                format!("there is no line `{number}`, of 1"),
            ),
            (
                format!("(drop (call $lines (i32.const 0) {one} (i32.const 1) (i32.const 0)))"),
                format!("there is no line `{number}`, of 2"),
            ),
            (
                format!("(drop (call $group (i32.const -1) {one} (i64.const 1)))"),
                format!("there is no word of a group `{number}`, of 1"),
            ),
            (format!("(drop (call $event {one}))"), "`event` may be called only in `grants`".to_owned()),
            (format!("(drop (call $period {one}))"), "`period` may be called only in `period`".to_owned()),
        ] {
            assert_eq!(failure(&host, &shares(&call)).0, expected, "{call}");
        }
    }
    // A symbol that was never registered is no word: nothing has it, and nothing fails.
    for number in [i32::MIN, -1, 0, 64, 5_000, i32::MAX] {
        let asked = format!(
            "(if (call $tagged (i32.const 0) (i32.const 0) (i32.const {number})) (then unreachable))
             (if (i64.ne (call $attribute (i32.const 0) (i32.const 0) (i32.const {number}))
                         (i64.const -9223372036854775808)) (then unreachable))"
        );
        assert!(fuel(&host, &asked) > 0, "{number}");
    }
}

#[test]
fn nonsense_is_a_violation_with_its_numbers() {
    let host = Host::new();
    let share = |calls: &str| {
        format!(
            "(local.set $effect (call $share (i32.const 0))) {calls}
             (call $reason (local.get $effect) (i32.const 0) (i32.const 7)) (call $end (local.get $effect))"
        )
    };
    let term = |lines: i32, numerator: i64, denominator: i64| {
        share(&format!(
            "(call $share_term (local.get $effect) (i32.const {lines}) (i32.const 1) (i64.const {numerator}) (i64.const {denominator}))"
        ))
    };
    let fixed = |amount: i64| {
        share(&format!("(call $share_fixed (local.get $effect) (i32.const -1) (i64.const {amount}))"))
    };
    let cases = [
        (term(-1, 1, 0), "malformed_ratio: policy `p0`: a share of 1/0: a rate cannot be divided by zero"),
        (term(-1, -1, 100), "malformed_ratio: policy `p0`: a share of -1/100: a rate cannot be negative"),
        (term(-1, 2, 1), "rate_above_100: policy `p0`: a share of 200%, at most 100% is allowed"),
        (term(7, 1, 10), "unknown_lines: policy `p0`: an effect names line 7, the order has 1 lines"),
        (
            term(i32::MIN, 1, 10),
            "unknown_lines: policy `p0`: an effect names group 2147483632, which was not made, the order has 1 lines",
        ),
        (fixed(-5), "negative_amount: policy `p0`: a fixed share of -0.05, at least 0 is allowed"),
        (
            fixed(i64::MIN),
            "negative_amount: policy `p0`: a fixed share of -92233720368547758.08, at least 0 is allowed",
        ),
        (
            fixed(i64::MAX),
            "total_cap: all parties would get 92233720368547758.07 of 100.00 goods paid, at most 100.00 (100%) is \
             allowed by profile `open`",
        ),
        (
            "(drop (call $share (i32.const 0)))".to_owned(),
            "effect_not_ended: policy `p0`: effect 0 was begun and never ended, expected exactly once; hint: return \
             every effect that is built",
        ),
        (
            format!("{} (call $end (local.get $effect))", term(-1, 1, 10)),
            "effect_not_ended: policy `p0`: effect 0 was ended 2 times, expected exactly once; hint: return every \
             effect that is built",
        ),
        (
            format!("{} {}", term(-1, 1, 10), term(-1, 1, 10)),
            "paid_twice: policy `p0`: `s1` would be paid twice as seller for the same lines; hint: put both terms into one share",
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(host.words(&shares(&body)), expected, "{body}");
    }
    let discount = "(local.set $effect (call $discount (i32.const -1)))
        (call $discount_percent (local.get $effect) (i64.const 101) (i64.const 100))
        (call $reason (local.get $effect) (i32.const 0) (i32.const 7)) (call $end (local.get $effect))";
    assert_eq!(
        host.words(&shares(discount)),
        "wrong_hook: policy `p0`: a discount was asked for in the hook `shares`"
    );
    // While pricing, the sale goes on without it, and the decision says why.
    let module = hook("discounts", &format!("{discount} (i32.const 0)"));
    let Outcome::Decided(decision) = host.outcome(&module, order(&[10_000])) else { panic!() };
    assert_eq!(decision.totals.due, 10_000);
    let told = format!("{:?}", decision.policies[0].answer);
    assert!(told.contains("a discount of 101%, at most 100% is allowed"), "{told}");
}

/// A policy that counts its calls wherever it can, and pays the count.
fn counting() -> Vec<u8> {
    fields(
        &["shares"],
        r#"(memory (export "memory") 1) (data (i32.const 0) "because")
        (global $count (mut i64) (i64.const 0))
        (func (export "shares") (result i32) (local $effect i32)
          (i64.store (i32.const 4096) (i64.add (i64.load (i32.const 4096)) (i64.const 1)))
          (global.set $count (i64.add (global.get $count) (i64.const 1)))
          (local.set $effect (call $share (i32.const 0)))
          (call $share_fixed (local.get $effect) (i32.const -1)
            (i64.add (i64.add (global.get $count) (i64.load (i32.const 4096)))
                     (i64.div_s (call $order (i32.const 4)) (i64.const 10))))
          (call $reason (local.get $effect) (i32.const 0) (i32.const 7))
          (call $end (local.get $effect))
          (i64.store (i32.const 0) (i64.const 0x2121212121212121))
          (i32.const 0))"#,
    )
}

#[test]
fn shuffled_and_repeated_events_give_the_same_bytes() {
    let host = Host::new();
    let program = host.load(&counting()).unwrap();
    let events: Vec<_> = (1..40).map(|price| paid(order(&[price * 997]))).collect();
    let decide =
        |place: usize| host.engine.decide(&program, &events[place], &NoHistory).decision().unwrap().to_json();
    let first: Vec<String> = (0..events.len()).map(decide).collect();
    // Each of the others comes between two of the same, in three orders.
    for step in [1, 7, 38] {
        for turn in 0..events.len() * 4 {
            let place = turn * step % events.len();
            assert_eq!(decide(place), first[place]);
            assert_eq!(decide(place), first[place]);
        }
    }
    host.well();
}

#[test]
fn memory_of_another_is_zeros() {
    let host = Host::new();
    let writes = shares(
        "(drop (memory.grow (i32.const 3)))
         (memory.fill (i32.const 0) (i32.const 171) (i32.mul (memory.size) (i32.const 65536)))",
    );
    let reads = fields(
        &["shares"],
        r#"(memory (export "memory") 4)
        (func (export "shares") (result i32) (local $i i32)
          (loop $again
            (if (i64.ne (i64.load (local.get $i)) (i64.const 0)) (then unreachable))
            (local.set $i (i32.add (local.get $i) (i32.const 8)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 262144))))
          (i32.const 0))"#,
    );
    let (writes, reads) = (host.load(&writes).unwrap(), host.load(&reads).unwrap());
    let event = paid(order(&[10_000]));
    for _ in 0..20 {
        assert!(host.engine.decide(&writes, &event, &NoHistory).decision().is_some());
        assert!(
            host.engine.decide(&reads, &event, &NoHistory).decision().is_some(),
            "it found what was left"
        );
    }
    host.well();
}

#[test]
fn strings_are_bounded_and_escaped() {
    let host = Host::new();
    let saying = |call: &str, bytes: &str, length: usize| {
        fields(
            &["shares"],
            &format!(
                r#"(memory (export "memory") 1) (data (i32.const 0) "{bytes}")
                (func (export "shares") (result i32) (local $effect i32)
                  (local.set $effect (call $share (i32.const 0)))
                  (call $share_term (local.get $effect) (i32.const -1) (i32.const 1) (i64.const 1) (i64.const 10))
                  {call}
                  (call $end (local.get $effect)) (i32.const 0))"#
            )
            .replace("LENGTH", &length.to_string()),
        )
    };
    let reason = "(call $reason (local.get $effect) (i32.const 0) (i32.const LENGTH))";
    let long = "a".repeat(201);
    for (call, what) in [
        (reason, "reason"),
        ("(call $note (i32.const 0) (i32.const LENGTH))", "note"),
        ("(call $refuse (i32.const 0) (i32.const LENGTH))", "refusal"),
    ] {
        let too_long = failure(&host, &saying(call, &long, 201)).0;
        assert_eq!(too_long, format!("a {what} of 201 bytes, at most 200 are allowed"));
        let not_text = failure(&host, &saying(call, r"\ff\fe", 2)).0;
        assert_eq!(not_text, format!("a {what} that is not UTF-8"));
    }
    // ESC, a right-to-left override, a zero byte: kept as they came, and harmless wherever a decision is shown.
    let wild = saying(reason, r"\1b[2Jhi\e2\80\ae\00", 10);
    let Outcome::Decided(decision) = host.outcome(&wild, order(&[10_000])) else { panic!() };
    assert_eq!(decision.shares[0].reason, "\u{1b}[2Jhi\u{202e}\0");
    let json = decision.to_json();
    assert!(json.contains(r"\\u{1b}[2Jhi\\u{202e}\\u{0}"), "{json}");
    assert!(!json.contains('\u{1b}') && !json.contains('\0'), "{json}");
    // Where words of a module are put into a message, they are escaped there.
    let refusing = fields(
        &["shares"],
        r#"(memory (export "memory") 1) (data (i32.const 0) "\1b[2Jhi\e2\80\ae")
        (func (export "configure") (result i32) (call $refuse (i32.const 0) (i32.const 9)) (i32.const 1))
        (func (export "shares") (result i32) (i32.const 0))"#,
    );
    let error = host.load(&refusing).unwrap_err();
    assert_eq!(error.cause.to_string(), r"the policy refuses this configuration: \u{1b}[2Jhi\u{202e}");
    host.well();
}

#[test]
fn a_series_of_traps_costs_the_same_each_time() {
    let host = Host::new();
    let program = host.load(&shares("unreachable")).unwrap();
    let event = paid(order(&[10_000]));
    let run = |times: u32| {
        for _ in 0..times {
            let Outcome::Held(held) = host.engine.decide(&program, &event, &NoHistory) else { panic!() };
            let HoldCause::Failure { failure, .. } = held.cause else { panic!() };
            assert_eq!((failure.kind, failure.fuel), (FailureKind::Unreachable, 5_000_000));
        }
    };
    run(50);
    let before = resident_kib();
    run(5_000);
    if let (Some(before), Some(after)) = (before, resident_kib()) {
        assert!(after < before + 8 * 1_024, "{before} KiB before, {after} KiB after 5,000 traps");
    }
    host.well();
}

#[test]
fn a_policy_that_keeps_failing_is_suspended() {
    let host = Host::new();
    // It fails for orders of an odd price.
    let broken = shares(&format!(
        "(if (i64.ne (i64.rem_s (call $order (i32.const 4)) (i64.const 2)) (i64.const 0)) (then unreachable)) {HONEST}"
    ));
    let program = host.load(&broken).unwrap();
    let mut conduct = Conduct::default();
    let mut take = |price: i64| {
        let outcome = host.engine.decide(&conduct.acting(&program), &paid(order(&[price])), &NoHistory);
        let suspended = conduct.note(&program, &outcome);
        (outcome, suspended)
    };
    // An answer ends a row.
    for _ in 0..3 {
        for _ in 1..FAILURES_IN_A_ROW_MAX {
            assert_eq!(take(9_999).1, []);
        }
        assert!(take(10_000).0.decision().is_some());
    }
    for _ in 1..FAILURES_IN_A_ROW_MAX {
        assert_eq!(take(9_999).1, []);
    }
    let [suspension] = &take(9_999).1[..] else { panic!("one policy is suspended") };
    assert_eq!(
        suspension.to_string(),
        "policy `p0` is suspended after 16 failures in a row; hint: bring a mended version into force, or resume it \
         once its cause is gone"
    );
    // It is not run any more, whatever the order, and costs nothing.
    for price in [9_999, 10_000] {
        let (outcome, suspended) = take(price);
        let Outcome::Held(held) = outcome else { panic!("it is held") };
        let HoldCause::Failure { failure, .. } = held.cause else { panic!() };
        assert_eq!((failure.kind, failure.fuel), (FailureKind::Suspended { failures: 16 }, 0));
        assert_eq!(suspended, []);
    }
    // A mended version is another policy.
    let mended = host.load(&shares(HONEST)).unwrap();
    let outcome = host.engine.decide(&conduct.acting(&mended), &paid(order(&[9_999])), &NoHistory);
    assert_eq!(outcome.decision().unwrap().amount_of("s1"), 1_999);
    // Or somebody says that the cause is gone.
    assert!(conduct.resume("p0"));
    let outcome = host.engine.decide(&conduct.acting(&program), &paid(order(&[10_000])), &NoHistory);
    assert_eq!(outcome.decision().unwrap().amount_of("s1"), 2_000);
    host.well();
}

#[test]
fn a_flood_leaves_the_others_their_share() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let burning = load(&engine, &[shares("(loop $again (br $again))")]).unwrap();
    let honest = load(&engine, &[shares(HONEST)]).unwrap();
    let mut fair = FairShare::new(FairLimits::default());
    for number in 0..200 {
        fair.offer("burns", number).unwrap();
    }
    for merchant in ["quiet", "calm"] {
        (0..200).for_each(|number| fair.offer(merchant, number).unwrap());
    }
    // Fuel by merchant, counted from what the engine used: while all three have work, who burns 5,000,000 each time gets
    // one turn, and the others all of theirs.
    let mut turns = BTreeMap::<String, u32>::new();
    for _ in 0..402 {
        let mut turn = fair.next_turn().unwrap();
        let merchant = turn.merchant().to_owned();
        let program = if merchant == "burns" { &burning } else { &honest };
        turn.take().unwrap();
        let _ = engine.decide(program, &paid(order(&[999])), &NoHistory);
        fair.settle(turn);
        *turns.entry(merchant).or_default() += 1;
    }
    assert_eq!(turns["quiet"], 200);
    assert_eq!(turns["calm"], 200);
    assert_eq!(turns["burns"], 2, "the last turn is after the others had none left");
    // Who comes later is served at once, and has nothing saved up.
    fair.offer("late", 0).unwrap();
    assert_eq!(fair.next_turn().unwrap().merchant(), "late");
}

#[test]
fn a_flood_is_told_to_wait() {
    let mut limits = FairLimits::default();
    (limits.waiting_max, limits.merchants_max) = (3, 2);
    let mut fair = FairShare::new(limits);
    (0..3).for_each(|number| fair.offer("flood", number).unwrap());
    let full = fair.offer("flood", 3).unwrap_err();
    assert_eq!(
        full.to_string(),
        "merchant `flood` has 3 events waiting, no more are taken; hint: wait for answers before sending on"
    );
    assert!(matches!(full, Full::Merchant { job: 3, .. }), "the event is given back, not lost");
    fair.offer("quiet", 0).unwrap();
    let full = fair.offer("third", 7).unwrap_err();
    assert_eq!(
        full.to_string(),
        "2 merchants have events waiting, no more are taken; hint: send again later"
    );
    // Somebody who owes fuel does not lose the debt by waiting for answers: one event at a time is no way around.
    let mut fair = FairShare::new(FairLimits::default());
    (0..100).for_each(|number| fair.offer("quiet", number).unwrap());
    let mut burnt = 0;
    for _ in 0..100 {
        let _ = fair.offer("burns", 0);
        let turn = fair.next_turn().unwrap();
        let fuel = if turn.merchant() == "burns" { 1_000_000 } else { 500 };
        burnt += u32::from(fuel > 500);
        fair.settle_at(turn, fuel);
    }
    assert_eq!(burnt, 1);
}

/// Eight threads take turns under one lock. While all merchants have work, what one was served is never ahead of another by
/// more than the costliest turn, however the threads are woken: counted in fuel and turns, never in time.
#[test]
fn shares_are_fair_under_contention() {
    /// What a turn of each merchant costs, beside the turn itself.
    const FUEL: [(&str, u64); 4] = [("light", 0), ("usual", 2_000), ("heavy", 14_000), ("burns", 62_000)];
    const COSTLIEST: u64 = TURN_FUEL + 62_000;
    /// What is charged for each merchant, turns that are being worked on included.
    struct Line {
        fair: FairShare<()>,
        charged: BTreeMap<String, u64>,
        turns: BTreeMap<String, u64>,
    }
    let fuel: BTreeMap<&str, u64> = FUEL.into_iter().collect();
    let mut limits = FairLimits::default();
    limits.waiting_max = 100_000;
    let mut line = Line { fair: FairShare::new(limits), charged: BTreeMap::new(), turns: BTreeMap::new() };
    for (merchant, cost) in FUEL {
        (0..40_001).for_each(|_| line.fair.offer(merchant, ()).unwrap());
        // A first turn, after which it is known what the next one is taken to cost.
        let turn = line.fair.next_turn().unwrap();
        line.charged.insert(turn.merchant().to_owned(), TURN_FUEL + cost);
        line.turns.insert(turn.merchant().to_owned(), 0);
        assert_eq!(turn.merchant(), merchant);
        line.fair.settle_at(turn, cost);
    }
    let (line, start) = (Mutex::new(line), Barrier::new(8));
    let work = || {
        start.wait();
        loop {
            let turn = {
                let mut line = line.lock().unwrap();
                if line.turns["light"] == 32_000 {
                    return;
                }
                let turn = line.fair.next_turn().unwrap();
                let merchant = turn.merchant().to_owned();
                *line.charged.get_mut(&merchant).unwrap() += TURN_FUEL + fuel[&*merchant];
                *line.turns.get_mut(&merchant).unwrap() += 1;
                let (least, most) =
                    (line.charged.values().min().unwrap(), line.charged.values().max().unwrap());
                assert!(most - least <= COSTLIEST, "{:?}", line.charged);
                turn
            };
            std::thread::yield_now();
            let cost = fuel[turn.merchant()];
            line.lock().unwrap().fair.settle_at(turn, cost);
        }
    };
    std::thread::scope(|scope| (0..8).for_each(|_| drop(scope.spawn(work))));
    // Half, an eighth and a thirty-second of the turns of who costs least: to the turn that is under way.
    let turns = line.into_inner().unwrap().turns;
    let ahead = |merchant: &str, exactly: u64| turns[merchant].abs_diff(exactly) <= 1;
    assert_eq!(turns["light"], 32_000);
    assert!(ahead("usual", 16_000) && ahead("heavy", 4_000) && ahead("burns", 1_000), "{turns:?}");
}
