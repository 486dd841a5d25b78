//! Deliberately wrong policies: what is wrong with each is found, made as small as it can be, and its case fails.
//!
//! Invariant: the smallest order is the same from whichever order it was found; several seeds prove it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first broken expectation")]

use std::io;
use std::num::NonZeroUsize;

use fenrun::manifest::Monotone;
use fenrun::program::{ModuleSourceError, PolicySource};
use fenrun::{Engine, EngineOptions};
use fenrun_lab::properties::{Checked, Counterexample, Plan, Property, Unchecked};
use fenrun_lab::{CaseSet, Lab, Subject, Verdict};
use serde_json::{Value, json};

/// Everything that the policies below import.
const IMPORTS: &str = r#"
  (import "fenrun_v1" "order" (func $order (param i32) (result i64)))
  (import "fenrun_v1" "party" (func $party (param i32 i32) (result i64)))
  (import "fenrun_v1" "line" (func $line (param i32 i32) (result i64)))
  (import "fenrun_v1" "config" (func $config (param i32 i32 i32) (result i64)))
  (import "fenrun_v1" "share" (func $share (param i32) (result i32)))
  (import "fenrun_v1" "share_term" (func $term (param i32 i32 i32 i64 i64)))
  (import "fenrun_v1" "discount" (func $discount (param i32) (result i32)))
  (import "fenrun_v1" "discount_amount" (func $amount (param i32 i64)))
  (import "fenrun_v1" "refuse" (func $refuse (param i32 i32)))
  (import "fenrun_v1" "reason" (func $reason (param i32 i32 i32)))
  (import "fenrun_v1" "end" (func $end (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "launch")
  (data (i32.const 16) "says why")
  (global $launch (mut i64) (i64.const 0))
  ;; Gives the seller, where there is one that may be paid, a part of a base of some lines.
  (func $pay (param $lines i32) (param $base i32) (param $numerator i64) (param $denominator i64)
    (local $effect i32)
    (if (i64.eq (call $order (i32.const 23)) (i64.const -9223372036854775808)) (then (return)))
    (if (i64.eqz (call $party (i32.wrap_i64 (call $order (i32.const 23))) (i32.const 6))) (then (return)))
    (local.set $effect (call $share (i32.wrap_i64 (call $order (i32.const 23)))))
    (call $term (local.get $effect) (local.get $lines) (local.get $base)
      (local.get $numerator) (local.get $denominator))
    (call $reason (local.get $effect) (i32.const 16) (i32.const 8))
    (call $end (local.get $effect)))
"#;

/// A policy with one hook, more keys of its manifest, and what it does.
fn policy(hook: &str, keys: &str, body: &str) -> Vec<u8> {
    let manifest = format!(r#"{{"name":"wrong","version":"1.0.0","abi":1,"hooks":["{hook}"]{keys}}}"#);
    let manifest = manifest.replace('"', "\\\"");
    let text = format!("(module {IMPORTS} {body} (@custom \"fenrun_manifest\" \"{manifest}\"))");
    wat::parse_str(text).unwrap()
}

/// The same, where all there is to say is its hook `shares`.
fn shares(keys: &str, does: &str) -> Vec<u8> {
    let hook = format!("(func (export \"shares\") (result i32) (local $at i32) {does} (i32.const 0))");
    policy("shares", keys, &hook)
}

fn with_lab<T>(module: &[u8], then: impl FnOnce(&Lab<'_>) -> T) -> T {
    let modules = |_: &PolicySource| -> Result<Vec<u8>, ModuleSourceError> { Ok(module.to_vec()) };
    let profiles = |_: &str| -> io::Result<String> { Err(io::ErrorKind::NotFound.into()) };
    let subject = Subject { name: "wrong".into(), uses: "./wrong".into() };
    let engine = Engine::new(EngineOptions::default()).unwrap();
    then(&Lab { engine, modules: &modules, profiles: &profiles, subject, explain: false })
}

fn check(module: &[u8], seed: u64, runs: u32) -> Result<Checked, Unchecked> {
    with_lab(module, |lab| lab.check_properties(&Plan { seed, runs, guard: "cn".into() }, &|_| {}))
}

/// The only thing that is wrong with a policy, by three seeds the same; its case fails when it is run.
fn only(module: &[u8], property: Property, runs: u32) -> Counterexample {
    let found = [1, 2, 3].map(|seed| {
        let checked = check(module, seed, runs).unwrap();
        let names: Vec<_> = checked.found.iter().map(|found| (found.property, found.told.clone())).collect();
        let [found] = checked.found.as_slice() else { panic!("seed {seed}: {names:?}") };
        assert_eq!(found.property, property, "seed {seed}: {names:?}");
        found.clone()
    });
    let [one, two, three] = &found;
    assert_eq!((&one.case, &one.case), (&two.case, &three.case), "the smallest is the same for every seed");
    assert!(one.fails);
    let set = CaseSet::read("found.json", &one.case).unwrap();
    let reports = with_lab(module, |lab| lab.run_all(&[set], NonZeroUsize::MIN));
    assert!(matches!(&*reports, [report] if matches!(report.verdict, Verdict::Failed(_))), "{reports:?}");
    one.clone()
}

#[test]
fn a_trap_at_one_amount_is_found_and_is_that_amount() {
    let module =
        shares("", "(if (i64.eq (call $order (i32.const 4)) (i64.const 10000)) (then (unreachable)))");
    let found = only(&module, Property::Answers, 512);
    assert_eq!(found.order, json!({ "lines": [{ "price": "100.00" }] }));
    assert_eq!(found.configuration, json!({}));
    assert_eq!(found.told, "it stopped itself (`unreachable`); hint: a panic or an overflow in the policy");
    assert_eq!(
        serde_json::from_str::<Value>(&found.case).unwrap(),
        json!({
            "about": "Found by `fenrun check --properties`: every order has an answer.",
            "cases": [{
                "it": "has an answer",
                "given": { "order": { "lines": [{ "price": "100.00" }] } },
                "expect": { "code": "created", "failure": [] },
            }],
        })
    );
}

#[test]
fn a_policy_that_looks_at_the_first_line_only_depends_on_their_order() {
    let first = "(if (i64.eqz (call $line (i32.const 0) (i32.const 1)))
        (then (call $pay (i32.const 0) (i32.const 1) (i64.const 1) (i64.const 10))))";
    let found = only(&shares("", first), Property::LineOrder, 256);
    let lines = json!([{ "price": "0.10" }, { "price": "0.00" }]);
    assert_eq!(found.order, json!({ "lines": lines, "seller": "s1" }));
    assert_eq!(found.told, "s1 has 0.00 and then 0.01");
    let case: Value = serde_json::from_str(&found.case).unwrap();
    assert_eq!(case["cases"][0]["it"], "gives the same whichever of the lines comes first");
    assert_eq!(case["cases"][0]["expect"], json!({ "discounts": {}, "shares": { "s1": "0.00" } }));
}

#[test]
fn a_policy_whose_fuel_ends_with_many_lines_is_found_with_the_fewest() {
    // 20,000 times around for each line, 5 units each.
    let spins = "(local.set $at (i32.mul (i32.wrap_i64 (call $order (i32.const 0))) (i32.const 20000)))
        (loop $again (br_if $again (local.tee $at (i32.sub (local.get $at) (i32.const 1)))))";
    let module = shares("", spins);
    let found = only(&module, Property::Fuel, 256);
    let lines = found.order["lines"].as_array().unwrap();
    assert_eq!(lines.len(), MANY);
    assert!(lines.iter().all(|line| *line == json!({ "price": "0.00" })));
    assert_eq!(found.told, "out of fuel after 5000000 units; hint: look for a loop that does not end");

    // The plane knows it from the orders that were answered.
    let checked = check(&module, 1, 256).unwrap();
    let [fuel] = checked.fuel.as_slice() else { panic!("{:?}", checked.fuel) };
    assert_eq!((fuel.above, fuel.envelope.line), (0, 100_000));
    assert_eq!(fuel.lines_at_limit, Some(MANY as u64));
}

/// The fewest lines that pass the limit of five million at 100,000 units each.
const MANY: usize = 50;

#[test]
fn a_policy_that_pays_more_than_the_cap_when_it_is_configured_so_is_found() {
    let keys = r#","configuration":{"launch":{"type":"boolean","default":false}}"#;
    let body = r#"
      (func (export "configure") (result i32)
        (global.set $launch (call $config (i32.const 0) (i32.const 6) (i32.const 0))) (i32.const 0))
      (func (export "shares") (result i32)
        (call $pay (i32.const -1) (i32.const 1)
          (select (i64.const 60) (i64.const 20) (i64.eq (global.get $launch) (i64.const 1))) (i64.const 100))
        (i32.const 0))"#;
    let found = only(&policy("shares", keys, body), Property::Guard, 256);
    assert_eq!(found.configuration, json!({ "launch": true }));
    // 60 % of 0.05 is 0.03, half of it 0.02; of 0.04 both are 0.02.
    assert_eq!(found.order, json!({ "lines": [{ "price": "0.05" }], "seller": "s1" }));
    assert_eq!(
        found.told,
        "promoters_cap: promoters would get 0.03 of 0.05 goods paid, at most 0.02 (50%) is allowed by profile `cn`"
    );
}

#[test]
fn a_policy_that_pays_less_where_more_is_paid_and_promises_otherwise_is_found() {
    let falls = "(call $pay (i32.const -1) (i32.const 1)
        (select (i64.const 5) (i64.const 10) (i64.gt_s (call $order (i32.const 4)) (i64.const 5000))) (i64.const 100))";
    let found = only(&shares(r#","monotone":["paid"]"#, falls), Property::Monotone(Monotone::Paid), 512);
    assert_eq!(found.order, json!({ "lines": [{ "price": "50.01" }], "seller": "s1" }));
    assert_eq!(found.told, "where 1.00 more is paid for each of line 1, s1 has 4.90 and then 2.50");
    // Who promises nothing may do so.
    assert!(check(&shares("", falls), 1, 512).unwrap().holds());
}

#[test]
fn a_policy_that_pays_more_where_more_is_taken_off_and_promises_otherwise_is_found() {
    // A hundredth of the list price where little is left to pay, else a thousandth of what was paid.
    let rises = "(if (i64.eqz (call $order (i32.const 4))) (then (return (i32.const 0))))
        (if (i64.lt_s (call $order (i32.const 4)) (i64.const 1000))
        (then (call $pay (i32.const -1) (i32.const 0) (i64.const 1) (i64.const 100)))
        (else (call $pay (i32.const -1) (i32.const 1) (i64.const 1) (i64.const 1000))))";
    let module = shares(r#","monotone":["discount"]"#, rises);
    let found = only(&module, Property::Monotone(Monotone::Discount), 512);
    assert_eq!(found.order["lines"].as_array().unwrap().len(), 1);
    assert_eq!(found.order["pricing"], "given");
    assert!(
        found.told.starts_with("where 0.01 less is paid for line 1, s1 has 0.01 and then "),
        "{}",
        found.told
    );
}

#[test]
fn a_discount_that_ends_at_a_price_and_promises_otherwise_is_found() {
    let body = r#"(func (export "discounts") (result i32) (local $effect i32)
        (if (i64.lt_s (call $order (i32.const 4)) (i64.const 10000)) (then
          (if (i64.gt_s (call $order (i32.const 4)) (i64.const 0)) (then
            (local.set $effect (call $discount (i32.const -1)))
            (call $amount (local.get $effect) (i64.const 1000))
            (call $reason (local.get $effect) (i32.const 16) (i32.const 8))
            (call $end (local.get $effect))))))
        (i32.const 0))"#;
    let module = policy("discounts", r#","monotone":["price"]"#, body);
    let found = only(&module, Property::Monotone(Monotone::Price), 512);
    assert_eq!(found.order, json!({ "lines": [{ "price": "100.01" }] }));
    assert_eq!(found.told, "where 100.00 more is asked for each of line 1, 0.01 and then 0.00 are taken off");
}

#[test]
fn an_effect_that_is_left_open_for_one_kind_of_order_is_found() {
    let open = "(if (i64.gt_s (call $order (i32.const 17)) (i64.const 1)) (then
        (if (i64.ne (call $order (i32.const 23)) (i64.const -9223372036854775808)) (then
          (drop (call $share (i32.wrap_i64 (call $order (i32.const 23)))))))))";
    let found = only(&shares("", open), Property::Guard, 256);
    let order = json!({ "buyer": { "order_number": 2 }, "lines": [{ "price": "0.00" }], "seller": "s1" });
    assert_eq!(found.order, order);
    assert!(found.told.contains("effect 0 was begun and never ended"), "{}", found.told);
}

#[test]
fn a_policy_without_a_fault_keeps_everything() {
    let module = shares(
        r#","monotone":["paid","discount"]"#,
        "(call $pay (i32.const -1) (i32.const 1) (i64.const 1) (i64.const 5))",
    );
    let checked = check(&module, 4, 256).unwrap();
    assert_eq!(checked.found, []);
    assert_eq!((checked.runs, checked.impossible), (256, 0));
    assert!(checked.with_effects > 128, "{checked:?}");
    assert_eq!(checked.fuel.len(), 1);
}

#[test]
fn what_cannot_be_checked_says_why() {
    let told = |module: &[u8]| {
        let unchecked = check(module, 1, 8).unwrap_err();
        format!("{unchecked}\n{}", unchecked.remedy().unwrap_or_default())
    };
    let floats = shares("", "(drop (f32.add (f32.const 1) (f32.const 2)))");
    assert!(told(&floats).starts_with("the module is not admitted: "), "{}", told(&floats));
    assert!(told(&floats).ends_with("\n`fenrun check` without `--properties` shows the whole report"));

    let refuses = r#"(func (export "configure") (result i32)
        (call $refuse (i32.const 16) (i32.const 8)) (i32.const 1))
      (func (export "shares") (result i32) (i32.const 0))"#;
    assert_eq!(
        told(&policy("shares", "", refuses)),
        "none of 32 configurations that its manifest permits is taken; the last time: says why\n\
         give every field a default, or bounds within which the policy takes it"
    );
    let keys = r#","configuration":{"fine":{"type":"amount","minimum":"0.001","maximum":"0.002"}}"#;
    assert!(
        told(&shares(keys, "")).starts_with(
            "none of 32 configurations that its manifest permits is taken; the last time: `fine`: "
        ),
        "{}",
        told(&shares(keys, ""))
    );
}

#[test]
fn a_policy_that_breaks_while_it_is_configured_is_a_counter_example() {
    let breaks = |does: &str| {
        let body = format!(
            "(func (export \"configure\") (result i32) {does} (i32.const 0))
             (func (export \"shares\") (result i32) (i32.const 0))"
        );
        let checked = check(&policy("shares", "", &body), 1, 64).unwrap();
        let [found] = checked.found.as_slice() else { panic!("{checked:?}") };
        assert!(found.fails);
        assert_eq!(found.order, json!({ "lines": [{ "price": "0.00" }] }));
        (found.property, found.told.clone())
    };
    assert_eq!(
        breaks("(unreachable)"),
        (
            Property::Answers,
            "`configure` failed: it stopped itself (`unreachable`); hint: a panic or an overflow in the policy".into()
        )
    );
    assert_eq!(
        breaks("(loop $again (br $again))"),
        (
            Property::Fuel,
            "`configure` failed: out of fuel after 20000000 units; hint: look for a loop that does not end"
                .into()
        )
    );
}

#[test]
fn the_same_seed_says_the_same_again_and_another_one_looks_elsewhere() {
    let module = shares("", "(call $pay (i32.const -1) (i32.const 1) (i64.const 1) (i64.const 5))");
    assert_eq!(check(&module, 7, 64).unwrap(), check(&module, 7, 64).unwrap());
    assert_ne!(check(&module, 7, 64).unwrap(), check(&module, 8, 64).unwrap());
}
