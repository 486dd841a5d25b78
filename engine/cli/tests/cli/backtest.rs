//! `fenrun backtest`.
//!
//! Invariant: what it says of one program is what `run` decides under it; the differences are to the cent.

use serde_json::{Value, json};

use crate::support::{Shop, root};

/// The demo's program and orders, and a program with other rates.
fn shop() -> Shop {
    let demo = root().join("policies/demo");
    let read = |name: &str| std::fs::read_to_string(demo.join(name)).unwrap();
    let program = read("program.toml");
    let new = program
        .replace(r#"["20%", "5%", "3%"]"#, r#"["18%", "7%"]"#)
        .replace(r#"rate = "20%" }"#, r#"rate = "10%" }"#);
    assert_ne!(program, new);
    Shop::new().file("old.toml", &program).file("new.toml", &new).file("orders.jsonl", &read("orders.jsonl"))
}

#[test]
fn the_money_that_would_move_otherwise_is_told() {
    let transcript = shop().fenrun(&["backtest", "old.toml", "new.toml", "orders.jsonl", "--orders", "2"]);
    let expected = r#"exit 0
--- stdout
20 events, 10 orders change
1 facts were told before

                       old      new  difference
list               2373.82  2286.32      -87.50
discounts           381.70   293.60      -88.10
due                1992.12  1992.72       +0.60
shares              514.62   478.41      -36.21
merchant_net       1477.50  1514.31      +36.81
funded                0.00     0.00        0.00
orders                  12       11          -1
held by violation        0        1          +1
held by failure          0        0          +0
refusals                 0        0          +0
policies left out        0        0          +0
fuel each order        623      561         -62

by role     old     new  difference
guide     60.12   63.10       +2.98
seller   335.61  303.93      -31.68
upline   118.89  111.38       -7.51

by party          old     new  difference
chen (upline)   53.04   19.62      -33.42
li (seller)    260.28  234.20      -26.08
zhao (upline)   65.36   91.07      +25.71
zhao (seller)   56.06   50.45       -5.61
li (guide)      11.96   13.45       +1.49
mei (guide)     35.16   36.65       +1.49
chen (seller)   17.28   17.49       +0.21
li (upline)      0.49    0.69       +0.20
wang (seller)    1.99    1.79       -0.20

the orders that change most
  A1-first-order
    discount 59.80 → 29.90 by welcome · the buyer's first order
    li (seller) 47.84 → 48.43 by distribution · sold it
    zhao (upline) 11.96 → 18.83 by distribution · is the seller's upline
    chen (upline) 7.17 → 0.00 by distribution · is the upline's upline
    mei (guide) 11.96 → 13.45 by guides · the buyer is bound to this guide
  A7-guide-is-seller
    discount 59.80 → 29.90 by welcome · the buyer's first order
    li (seller) 47.84 → 48.43 by distribution · sold it
    zhao (upline) 11.96 → 18.83 by distribution · is the seller's upline
    chen (upline) 7.17 → 0.00 by distribution · is the upline's upline
    li (guide) 11.96 → 13.45 by guides · the buyer is bound to this guide

orders that only the new program holds
  A8-paid-by-quote
    new: held: tenders_match: the tenders come to 70.00, 78.75 is due
    discount 17.50 → 0.00 by welcome · the buyer's first order
    li (seller) 12.00 → 0.00 by distribution · sold it
    zhao (upline) 3.00 → 0.00 by distribution · is the seller's upline
    chen (upline) 1.80 → 0.00 by distribution · is the upline's upline
--- stderr
"#;
    assert_eq!(transcript.to_string(), expected);
}

/// The sum of a field of all decided, paid orders, in minor units.
fn sum(records: &[Value], field: &str) -> i64 {
    let paid = records.iter().filter(|record| {
        record["outcome"] == "decided" && record["fact"].as_str().unwrap().starts_with("order.paid/")
    });
    paid.map(|record| record["totals"][field].as_str().unwrap().replace('.', "").parse::<i64>().unwrap())
        .sum()
}

#[test]
fn each_side_is_what_run_decides() {
    let shop = shop();
    let compared = shop.fenrun(&["backtest", "old.toml", "new.toml", "orders.jsonl", "--format", "json"]);
    let compared: Value = serde_json::from_str(&compared.stdout).unwrap();
    for (side, program) in [("old", "old.toml"), ("new", "new.toml")] {
        let records = shop.fenrun(&["run", program, "orders.jsonl", "--quiet"]).records();
        for field in ["list", "discounts", "due", "shares", "merchant_net", "funded"] {
            let told =
                compared["totals"][field][side].as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
            assert_eq!(told, sum(&records, field), "{side} {field}");
        }
    }
    // A quote that was paid under the old prices does not fit the new ones.
    assert_eq!(compared["newly_held"], 1);
    assert_eq!(compared["orders_newly_held"][0]["order"], "A8-paid-by-quote");
    // Who gains and who loses comes to what the shares differ by.
    let difference =
        |value: &Value| value["difference"].as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    let parties: i64 = compared["parties"].as_array().unwrap().iter().map(difference).sum();
    assert_eq!(parties, difference(&compared["totals"]["shares"]));
}

#[test]
fn the_same_program_changes_nothing() {
    let transcript = shop().fenrun(&["backtest", "old.toml", "old.toml", "orders.jsonl", "--format", "json"]);
    let compared: Value = serde_json::from_str(&transcript.stdout).unwrap();
    assert_eq!((transcript.code, &compared["orders_changed"]), (0, &json!(0)));
    assert_eq!((&compared["parties"], &compared["orders"]), (&json!([]), &json!([])));
}

#[test]
fn what_cannot_be_compared_is_said() {
    let shop = shop();
    let dollars = shop.read("new.toml").replace("CNY", "USD");
    let events = shop.read("orders.jsonl")
        + "{\"kind\":\"order.completed\",\"order\":\"A1\",\"time\":\"2026-03-09T10:00:00Z\"}\nhalf a line\n";
    let shop = shop.file("usd.toml", &dollars).file("more.jsonl", &events);
    let transcript = shop.fenrun(&["backtest", "old.toml", "usd.toml", "orders.jsonl"]);
    assert_eq!(
        transcript.to_string(),
        "exit 3\n--- stdout\n--- stderr\nerror: the programs are in two currencies, CNY and USD\n\
         hint: money is compared in one\n"
    );
    let transcript = shop.fenrun(&["backtest", "old.toml", "new.toml", "more.jsonl"]);
    assert_eq!(transcript.code, 4);
    assert_eq!(transcript.stderr, "more.jsonl:22: not JSON at column 1: expected value\n");
    assert!(
        transcript.stdout.starts_with(
            "22 events, 10 orders change\n1 lines are no events\n1 facts were told before\n\
             1 events are for a ledger and were left out\n"
        ),
        "{transcript}"
    );
}
