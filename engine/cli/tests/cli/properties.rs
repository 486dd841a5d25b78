//! `fenrun check --properties`: what a person sees, what is written beside the policy, and how it ends.
//!
//! Invariant: a counter-example that was written fails as a case until the policy is mended; no policy that cannot be
//! checked keeps another one from being checked.

use serde_json::{Value, json};

use crate::support::{Shop, manifest, module, root};

/// A `discounts` hook that takes half off, and does something beside.
fn discounts_but(beside: &str) -> String {
    format!(
        r#"  (func (export "discounts") (result i32) (local $effect i32)
    {beside}
    (if (i64.le_s (call $order (i32.const 4)) (i64.const 0)) (then (return (i32.const 0))))
    (local.set $effect (call $discount (i32.const -1)))
    (call $discount_percent (local.get $effect) (i64.const 1) (i64.const 2))
    (call $reason (local.get $effect) (i32.const 0) (i32.const 3))
    (call $end (local.get $effect))
    (i32.const 0))"#
    )
}

/// A shop with one policy folder for each of these names and texts of modules.
fn shop(policies: &[(&str, String)]) -> Shop {
    let mut shop = Shop::new();
    for (name, text) in policies {
        std::fs::create_dir_all(shop.path(name)).unwrap();
        shop = shop.file(&format!("{name}/policy.wat"), text);
        let (from, to) = (format!("{name}/policy.wat"), format!("{name}/policy.wasm"));
        let built = shop.fenrun(&["build", &from, "--out", &to]);
        assert_eq!(built.code, 0, "{built}");
    }
    shop
}

const TRAP: &str = "(if (i64.eq (call $order (i32.const 4)) (i64.const 10000)) (then (unreachable)))";

#[test]
fn what_breaks_a_property_is_written_as_a_case_that_fails() {
    let shop = shop(&[("trap", module(&manifest("discounts"), &discounts_but(TRAP)))]);
    let found = shop.fenrun(&["check", "--properties", "trap", "--seed", "7", "--runs", "256"]);
    assert_eq!(found.code, 8, "{found}");
    let told = "  ✗ answers           every order has an answer
      it stopped itself (`unreachable`); hint: a panic or an overflow in the policy
      the smallest order: {\"lines\": [{\"price\": \"100.00\"}]}
      case: trap/cases/found-answers.json
  ✓ fuel              no order takes more fuel than there is
";
    assert!(found.stdout.contains(told), "{found}");
    assert!(found.stdout.ends_with("seed 7: `--seed 7 --runs 256` makes the same runs again\n"), "{found}");

    let case: Value = serde_json::from_str(&shop.read("trap/cases/found-answers.json")).unwrap();
    assert_eq!(case["cases"][0]["given"], json!({ "order": { "lines": [{ "price": "100.00" }] } }));
    let tested = shop.fenrun(&["test", "trap"]);
    assert_eq!(tested.code, 8, "{tested}");
    assert!(tested.stdout.contains("✗ has an answer"), "{tested}");

    // The same again writes nothing new; the mended policy passes the case and has nothing else to be found.
    let again = shop.fenrun(&["check", "--properties", "trap", "--seed", "8", "--runs", "256"]);
    assert_eq!((again.code, std::fs::read_dir(shop.path("trap/cases")).unwrap().count()), (8, 1), "{again}");
    let shop = shop.file("trap/policy.wat", &module(&manifest("discounts"), &discounts_but("")));
    assert_eq!(shop.fenrun(&["build", "trap/policy.wat", "--out", "trap/policy.wasm"]).code, 0);
    assert_eq!(shop.fenrun(&["test", "trap"]).code, 0);
    let mended = shop.fenrun(&["check", "--properties", "trap", "--seed", "7", "--runs", "256"]);
    assert_eq!(mended.code, 0, "{mended}");
}

#[test]
fn a_policy_that_cannot_be_checked_keeps_no_other_from_being_checked() {
    let loops = r#"  (func (export "configure") (result i32) (loop $again (br $again)) (i32.const 0))
  (func (export "shares") (result i32) (i32.const 0))"#;
    let shop = shop(&[
        ("good", module(&manifest("discounts"), &discounts_but(""))),
        ("loops", module(&manifest("shares"), loops)),
    ]);
    std::fs::create_dir_all(shop.path("broken")).unwrap();
    let shop = shop.file("broken/policy.wasm", "this is no module");
    let paths = ["nowhere", "broken", "loops", "good"];
    let arguments = ["check", "--properties", "--seed", "1", "--runs", "16", "--no-cases"];
    let checked = shop.fenrun(&[&arguments[..], &paths[..]].concat());
    assert_eq!(checked.code, 3, "{checked}");
    assert!(checked.stderr.contains("error: `nowhere` does not exist\n"), "{checked}");
    let broken = "error: `broken` cannot be checked\n  because: the module is not admitted: ";
    assert!(checked.stderr.contains(broken), "{checked}");
    assert!(
        checked.stderr.contains("hint: `fenrun check` without `--properties` shows the whole report\n"),
        "{checked}"
    );
    assert!(checked.stdout.contains("`configure` failed: out of fuel after 20000000 units"), "{checked}");
    // What is good is checked all the same.
    assert!(checked.stdout.contains("16 runs under 4 configurations"), "{checked}");
    assert!(!shop.path("loops/cases").exists());
}

#[test]
fn a_program_reads_a_line_of_json_for_each_policy() {
    let shop = shop(&[(
        "none",
        module(&manifest("shares"), "  (func (export \"shares\") (result i32) (i32.const 0))"),
    )]);
    let arguments = ["check", "--properties", "none", "--seed", "1", "--runs", "8", "--format", "json"];
    let checked = shop.fenrun(&arguments);
    assert_eq!((checked.code, &*checked.stderr), (0, ""), "{checked}");
    let records = checked.records();
    let [record] = records.as_slice() else { panic!("{checked}") };
    assert_eq!((&record["policy"], &record["seed"], &record["runs"]), (&json!("none"), &json!(1), &json!(8)));
    assert_eq!((&record["holds"], &record["with_effects"]), (&json!(true), &json!(0)));
    let names: Vec<_> =
        record["properties"].as_array().unwrap().iter().map(|each| &each["property"]).collect();
    assert_eq!(names, ["answers", "fuel", "guard", "conserves", "line-order", "repeats", "refunds"]);
    assert_eq!(record["fuel"][0]["hook"], "shares");
}

#[test]
fn only_one_thing_is_checked_without_properties() {
    let two = Shop::new().fenrun(&["check", "a.wasm", "b.wasm"]);
    assert_eq!(two.code, 2);
    assert_eq!(
        two.stderr,
        "error: 2 paths are named, one is checked at a time\nhint: with `--properties`, several policies are checked\n"
    );
    let none = Shop::new().fenrun(&["check"]);
    assert_eq!(none.code, 2, "{none}");
    let runs = Shop::new().fenrun(&["check", "a.wasm", "--runs", "5"]);
    assert_eq!(runs.code, 2, "{runs}");
}

/// A small run over everything that is shipped; the long runs are made by hand.
#[test]
fn the_stock_policies_keep_every_property() {
    let policies = root().join("policies");
    let arguments =
        ["check", "--properties", policies.to_str().unwrap(), "--seed", "20261127", "--runs", "48"];
    let checked = Shop::new().fenrun(&[&arguments[..], &["--no-cases", "--format", "json"]].concat());
    assert_eq!(checked.code, 0, "{checked}");
    let records = checked.records();
    assert!(records.len() >= 22, "{}", records.len());
    for record in &records {
        assert_eq!(record["holds"], json!(true), "{record:#}");
        assert_eq!(record["impossible"], json!(0), "{record:#}");
        assert!(record["with_effects"].as_u64().unwrap() > 0, "nothing was asked for: {record:#}");
    }
}
