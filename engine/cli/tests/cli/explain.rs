//! `fenrun explain --case`: cases and events without a ledger.
//!
//! Invariant: every amount is asserted; one bad line does not keep the others from being explained.

use serde_json::{Value, json};

use crate::support::{Shop, paid};

const PROGRAM: &str = "merchant = \"shop\"\ncurrency = \"CNY\"\ntime_zone = \"Asia/Shanghai\"\nguard = \"cn\"\n\n\
    [[policy]]\nname = \"seller\"\nuse = \"./policy.wasm\"\n[policy.configuration]\nrate = \"20%\"\n";

const CASES: &str = r#"{ "cases": [
  { "it": "gives a fifth", "configuration": { "rate": "20%" },
    "given": { "order": { "seller": "s1", "lines": [{ "price": "9.99" }] } }, "expect": { "shares": { "s1": "1.99" } } },
  { "it": "gives nothing without a seller", "configuration": { "rate": "20%" },
    "given": { "order": { "lines": [{ "price": "9.99" }] } }, "expect": { "shares": {} } }
] }"#;

fn shop() -> Shop {
    let shop = Shop::new();
    std::fs::create_dir_all(shop.path("ours/cases")).unwrap();
    let shop = shop
        .file("policy.wat", include_str!("../../../core/examples/seller-share.wat"))
        .file("program.toml", PROGRAM)
        .file("ours/cases/a.json", CASES);
    let built = shop.fenrun(&["build", "policy.wat"]);
    assert_eq!(built.code, 0, "{built}");
    std::fs::copy(shop.path("policy.wasm"), shop.path("ours/policy.wasm")).unwrap();
    shop
}

fn share(explanation: &Value) -> Value {
    let share = &explanation["shares"][0];
    json!([share["terms"], share["exact_minor"], share["rounding"], share["amount"], share["allocation"]])
}

/// A fifth of 9.99, as it must be explained.
fn fifth() -> Value {
    json!([
        [{ "base": "paid", "on": [{ "line": "1", "amount": "9.99" }], "of": "9.99", "counted": "9.99", "rate": "20%",
           "product_minor": "999/5" }],
        "999/5", { "by": "floor" }, "1.99", [{ "line": "1", "amount": "1.99" }]
    ])
}

#[test]
fn a_case_is_explained_as_json() {
    let shop = shop();
    let explained = shop.fenrun(&["explain", "--case", "ours", "--format", "json"]);
    assert_eq!((explained.code, explained.stderr.as_str()), (0, ""), "{explained}");
    let records = explained.records();
    assert_eq!(records.len(), 2);
    assert_eq!(share(&records[0]), fifth());
    assert_eq!(records[0]["case"], "gives a fifth");
    assert_eq!((&records[0]["file"], &records[0]["line"]), (&json!("ours/cases/a.json"), &json!(2)));
    assert_eq!(records[0]["policies"][0]["read"], json!({ "order.seller": "s1 (seller)" }));
    assert_eq!(records[1]["policies"][0]["read"], json!({ "order.seller": null }));
    let cap = records[0]["guard_checks"].as_array().unwrap();
    let cap = cap.iter().find(|check| check["rule"] == "promoters_cap").unwrap();
    assert_eq!(
        *cap,
        json!({ "rule": "promoters_cap", "found": "1.99", "must_be": "at_most", "bound": "4.99", "rate": "50%", "of": "9.99",
                "holds": true })
    );
    let filtered =
        shop.fenrun(&["explain", "--case", "ours/cases/a.json", "--filter", "fifth", "--format", "json"]);
    assert_eq!(filtered.records(), records[..1]);
}

#[test]
fn events_are_explained_one_by_one() {
    let events = format!("{}{{\"kind\":1}}\n{}", paid("A1", "9.99"), paid("A2", "0.01"));
    let shop = shop().file("events.jsonl", &events);
    let explained =
        shop.fenrun(&["explain", "--case", "events.jsonl", "--program", "program.toml", "--format", "json"]);
    assert_eq!((explained.code, explained.stderr.as_str()), (4, ""), "{explained}");
    let records = explained.records();
    let outcomes: Vec<&str> = records.iter().map(|record| record["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["decided", "rejected", "decided"]);
    assert_eq!(share(&records[0]), fifth());
    assert_eq!((&records[1]["line"], &records[2]["line"]), (&json!(2), &json!(3)));
    assert_eq!(records[2]["shares"][0]["exact_minor"], "1/5");
    assert_eq!(records[2]["shares"][0]["amount"], "0.00");
}

#[test]
fn events_need_a_program() {
    let shop = shop().file("events.jsonl", &paid("A1", "9.99"));
    assert_eq!(
        shop.fenrun(&["explain", "--case", "events.jsonl"]).to_string(),
        "exit 3\n--- stdout\n--- stderr\nerror: `events.jsonl` belongs to no policy\n\
         hint: events are explained under a program: `--program program.toml`\n"
    );
}
