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
parties_keep        514.62   478.41      -36.21
merchant_keeps     1477.50  1514.31      +36.81
orders                  12       11          -1
held by violation        0        1          +1
held by failure          0        0          +0
refusals                 0        0          +0
policies left out        0        0          +0
fuel each order        794      729         -65

by role     old     new  difference
guide     60.12   63.10       +2.98
seller   335.61  303.93      -31.68
upline   118.89  111.38       -7.51

by policy                 old     new  difference
distribution (shares)  454.50  415.31      -39.19
guides (shares)         60.12   63.10       +2.98
welcome (discount)     342.70  254.60      -88.10

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

said no                   old  new  difference
violation: tenders_match    0    1          +1

the orders that change most
  A1-first-order
    discount 59.80 → 29.90 by welcome · the buyer's first order (20% of 299.00 → 10% of 299.00)
    li (seller) 47.84 → 48.43 by distribution · sold it (20% of 239.20 paid → 18% of 269.10 paid)
    zhao (upline) 11.96 → 18.83 by distribution · is the seller's upline (5% of 239.20 paid → 7% of 269.10 paid)
    chen (upline) 7.17 → 0.00 by distribution · is the upline's upline (3% of 239.20 paid → nothing)
    mei (guide) 11.96 → 13.45 by guides · the buyer is bound to this guide (5% of 239.20 paid → 5% of 269.10 paid)
  A7-guide-is-seller
    discount 59.80 → 29.90 by welcome · the buyer's first order (20% of 299.00 → 10% of 299.00)
    li (seller) 47.84 → 48.43 by distribution · sold it (20% of 239.20 paid → 18% of 269.10 paid)
    zhao (upline) 11.96 → 18.83 by distribution · is the seller's upline (5% of 239.20 paid → 7% of 269.10 paid)
    chen (upline) 7.17 → 0.00 by distribution · is the upline's upline (3% of 239.20 paid → nothing)
    li (guide) 11.96 → 13.45 by guides · the buyer is bound to this guide (5% of 239.20 paid → 5% of 269.10 paid)

orders that only the new program holds
  A8-paid-by-quote
    new: held: tenders_match: the tenders come to 70.00, 78.75 is due
    discount 17.50 → 0.00 by welcome · the buyer's first order (20% of 87.50 → nothing)
    li (seller) 12.00 → 0.00 by distribution · sold it (20% of 60.00 paid → nothing)
    zhao (upline) 3.00 → 0.00 by distribution · is the seller's upline (5% of 60.00 paid → nothing)
    chen (upline) 1.80 → 0.00 by distribution · is the upline's upline (3% of 60.00 paid → nothing)
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

/// Two at half price, of which one comes back: by units 7.50 goes back, and 5.00 where what remains is priced again.
#[test]
fn a_refund_that_prices_again_is_followed() {
    let program = r#"
merchant  = "pairs"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"
[[policy]]
name = "pairs"
use  = "second-half-price"
"#;
    let events = r#"
{"kind":"order.paid","order":"A1","time":"2026-03-01T10:00:00+08:00","currency":"CNY","buyer":{"id":"b1"},"lines":[{"id":"1","item":"tea","quantity":2,"price":"10.00"}],"pricing":"engine"}
{"kind":"order.refunded","refund":"R1","order":"A1","time":"2026-03-02T10:00:00+08:00","currency":"CNY","lines":[{"id":"1","quantity":1}]}
"#;
    let shop = Shop::new()
        .file("old.toml", program)
        .file("new.toml", &format!("{program}on_refund = \"reprice\"\n"))
        .file("events.jsonl", events.trim_start());
    let told = shop.fenrun(&["backtest", "old.toml", "new.toml", "events.jsonl", "--format", "json"]);
    assert_eq!(
        told.stderr,
        "note: each program has books of its own, which takes longer: `pairs` prices again what remains after a refund\n"
    );
    let compared: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(compared["totals"]["due"]["old"], "15.00");
    assert_eq!(
        compared["totals"]["refunded"],
        json!({ "old": "7.50", "new": "5.00", "difference": "-2.50" })
    );
    assert_eq!(compared["orders"][0]["merchant_keeps"], json!({ "old": "7.50", "new": "10.00" }));

    let without =
        ["backtest", "old.toml", "new.toml", "events.jsonl", "--format", "json", "--books", "never"];
    let told = shop.fenrun(&without);
    assert_eq!(
        told.stderr,
        "note: without books, the comparison leaves out what they would tell: `pairs` prices again what remains after a \
         refund\n"
    );
    let compared: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(compared["totals"]["refunded"]["new"], "7.50");
}

/// A budget over several orders is one that only books keep.
#[test]
fn a_budget_is_spent_once() {
    let program = r#"
merchant  = "budget"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"
[[policy]]
name = "welcome"
use  = "nth-order-discount"
configuration = { benefits = [{ order = 1, rate = "20%" }] }
"#;
    let paid = |order: u32| {
        format!(
            r#"{{"kind":"order.paid","order":"A{order}","time":"2026-03-0{order}T10:00:00+08:00","currency":"CNY","buyer":{{"id":"b{order}"}},"lines":[{{"id":"1","quantity":1,"price":"10.00"}}],"pricing":"engine"}}
"#
        )
    };
    let shop = Shop::new()
        .file("old.toml", program)
        .file("new.toml", &format!("{program}budget = {{ total = \"5.00\" }}\n"))
        .file("events.jsonl", &(1..=4).map(paid).collect::<String>());
    let told = shop.fenrun(&["backtest", "old.toml", "new.toml", "events.jsonl", "--format", "json"]);
    assert!(told.stderr.ends_with("`welcome` has a budget\n"), "{told}");
    let compared: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(
        compared["totals"]["discounts"],
        json!({ "old": "8.00", "new": "5.00", "difference": "-3.00" })
    );
}

/// Everything that changes later decisions.
const LIFE: &str = r#"
{"kind":"relation.bound","relation":"upline","member":"s1","to":"s2","time":"2026-02-01T10:00:00+08:00"}
{"kind":"party.changed","party":"l1","role":"licensor","time":"2026-02-01T10:00:00+08:00"}
{"kind":"coupon.created","coupon":"WINE","time":"2026-02-01T10:00:00+08:00","public":true,"uses_max":2,"giver":"p1"}
{"kind":"order.paid","order":"A1","time":"2026-03-01T10:00:00+08:00","currency":"CNY","buyer":{"id":"b1"},"seller":"s1","lines":[{"id":"1","quantity":3,"price":"33.33"}],"coupons":["WINE"],"pricing":"engine"}
{"kind":"order.paid","order":"A2","time":"2026-03-02T10:00:00+08:00","currency":"CNY","buyer":{"id":"b2"},"seller":"s1","lines":[{"id":"1","quantity":2,"price":"50.05"}],"coupons":["WINE"],"pricing":"engine"}
{"kind":"order.paid","order":"A3","time":"2026-03-03T10:00:00+08:00","currency":"CNY","buyer":{"id":"b3"},"seller":"s1","lines":[{"id":"1","quantity":1,"price":"50.05"}],"coupons":["WINE"],"pricing":"engine"}
{"kind":"relation.moved","relation":"upline","from":"s2","to":"s3","time":"2026-03-04T10:00:00+08:00"}
{"kind":"order.paid","order":"A4","time":"2026-03-05T10:00:00+08:00","currency":"CNY","buyer":{"id":"b3"},"seller":"s1","lines":[{"id":"1","quantity":1,"price":"77.77"},{"id":"2","quantity":3,"price":"10.01"}],"pricing":"engine"}
{"kind":"buyer.merged","from":"b2","into":"b1","time":"2026-03-06T10:00:00+08:00"}
{"kind":"order.paid","order":"A5","time":"2026-03-07T10:00:00+08:00","currency":"CNY","buyer":{"id":"b1"},"seller":"s1","lines":[{"id":"1","quantity":1,"price":"20.02"}],"pricing":"engine"}
{"kind":"party.changed","party":"s3","eligible":false,"time":"2026-03-08T10:00:00+08:00"}
{"kind":"order.paid","order":"A6","time":"2026-03-09T10:00:00+08:00","currency":"CNY","buyer":{"id":"b4"},"seller":"s1","lines":[{"id":"1","quantity":1,"price":"120.02"}],"parties":[{"id":"s1","role":"seller"},{"id":"d1","role":"designer"}],"pricing":"engine"}
{"kind":"order.completed","order":"A1","time":"2026-03-10T10:00:00+08:00"}
{"kind":"day.closed","date":"2026-03-18"}
{"kind":"period.closed","period":"2026-03"}
{"kind":"order.refunded","refund":"R1","order":"A1","time":"2026-04-02T10:00:00+08:00","currency":"CNY","lines":[{"id":"1","quantity":1}]}
{"kind":"order.refunded","refund":"R2","order":"A4","time":"2026-04-03T10:00:00+08:00","currency":"CNY","lines":[{"id":"2","quantity":2}]}
{"kind":"order.cancelled","order":"A2","time":"2026-04-05T10:00:00+08:00"}
{"kind":"order.refunded","refund":"R3","order":"A6","time":"2026-04-06T10:00:00+08:00","currency":"CNY","lines":[{"id":"1","amount":"100.00"}]}
{"kind":"period.closed","period":"2026-04"}
"#;

/// Discounts, coupons, levels, tiers and guarantees, with all that only books do for them.
const SHOP: &str = r#"
merchant  = "old-cellar"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "open"
volume_window = "month"
[ledger]
late_refund = "recompute"
[[policy]]
name = "welcome"
use  = "nth-order-discount"
on_refund = "reprice"
[[policy]]
name = "pairs"
use  = "second-half-price"
on_refund = "reprice"
[[policy]]
name = "coupon"
use = "alliance-coupon"
coupon = "WINE"
[policy.configuration]
off = "3.00"
from = "10.00"
[[policy]]
name = "levels"
use  = "three-level"
[[policy]]
name = "tiers"
use  = "volume-tiers"
[policy.configuration]
mode = "whole"
tiers = [{ from = "0", rate = "1%" }, { from = "100", rate = "4%" }]
[[policy]]
name = "royalties"
use = "royalty"
[policy.configuration]
contracts = [{ role = "licensor", rate = "8%", guarantee = "100.00" }, { role = "designer", rate = "1%", guarantee = "7.00" }]
"#;

/// With books, each side is what `run --ledger` makes of the same events, to the cent: coupons that are used up, moved
/// uplines, merged buyers, guarantees and true-ups at closes, and what refunds make of all of it.
#[test]
fn with_books_each_side_is_its_ledger() {
    let other = SHOP
        .replace(r#"100", rate = "4%""#, r#"150", rate = "6%""#)
        .replace(r#"off = "3.00""#, r#"off = "5.00""#)
        .replace(r#"guarantee = "100.00""#, r#"guarantee = "60.00""#);
    let shop =
        Shop::new().file("old.toml", SHOP).file("new.toml", &other).file("life.jsonl", LIFE.trim_start());
    let told = shop.fenrun(&["backtest", "old.toml", "new.toml", "life.jsonl", "--format", "json"]);
    assert_eq!(
        told.stderr,
        "note: each program has books of its own, which takes longer: 1 buyer.merged, 1 coupon.created, 2 party.changed, \
         2 period.closed, 1 relation.moved\n"
    );
    let compared: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(
        (&compared["events"]["left_out"], &compared["events"]["changes_left_out"]),
        (&json!(0), &json!(0))
    );
    let sum_of = |part: &str, side: &str| -> i64 {
        compared[part].as_object().unwrap().values().map(|sides| minor(&sides[side])).sum()
    };
    for side in ["old", "new"] {
        let (program, ledger) = (format!("{side}.toml"), format!("{side}.db"));
        shop.fenrun(&["run", &program, "life.jsonl", "--ledger", &ledger, "--quiet"]);
        let balance = shop.fenrun(&["balance", &ledger, "--format", "csv"]).stdout;
        let sum = |kind: &str| -> i64 {
            let rows = balance.lines().filter(|row| row.starts_with(kind) && row.ends_with("CNY"));
            rows.map(|row| row.split(',').nth(3).unwrap().replace('.', "").parse::<i64>().unwrap()).sum()
        };
        let totals = &compared["totals"];
        assert_eq!(minor(&totals["parties_keep"][side]), sum("held") + sum("available"), "{side}\n{balance}");
        assert_eq!(minor(&totals["merchant_keeps"][side]), sum("merchant"), "{side}\n{balance}");
        assert!(minor(&totals["clawed_back"][side]) > 0 && minor(&totals["bonuses"][side]) > 0);
        assert_eq!(sum_of("roles", side), minor(&totals["parties_keep"][side]));
        assert_eq!(sum_of("months", side), minor(&totals["merchant_keeps"][side]));
    }
    // The licensor sold nothing, and is known: its guarantee of two months.
    assert_eq!(
        compared["roles"]["licensor"],
        json!({ "old": "200.00", "new": "120.00", "difference": "-80.00" })
    );
    // The coupon's uses are two, whatever it takes off.
    assert_eq!(compared["policies"]["coupon"]["discounts"]["new"], "10.00");
}

/// Where nothing needs them, books come to the same.
#[test]
fn books_and_decisions_agree() {
    let shop = returns(shop());
    let compare = |events: &str, books: &str| -> Value {
        let arguments = ["backtest", "old.toml", "new.toml", events, "--format", "json", "--books", books];
        let transcript = shop.fenrun(&arguments);
        assert_eq!(transcript.code, 0, "{transcript}");
        serde_json::from_str(&transcript.stdout).unwrap()
    };
    for events in ["orders.jsonl", "returns.jsonl"] {
        assert_eq!(compare(events, "always"), compare(events, "never"), "{events}");
        assert_eq!(compare(events, "auto"), compare(events, "never"), "{events}");
    }
}

#[test]
fn what_cannot_be_compared_is_said() {
    let shop = shop();
    let dollars = shop.read("new.toml").replace("CNY", "USD");
    let events = shop.read("orders.jsonl")
        + "{\"kind\":\"order.completed\",\"order\":\"A1\",\"time\":\"2026-03-09T10:00:00Z\"}\nhalf a line\n\
           {\"kind\":\"coupon.created\",\"coupon\":\"C\",\"time\":\"2026-03-09T10:00:00Z\"}\n\
           {\"kind\":\"period.closed\",\"period\":\"2026-03\"}\n";
    let shop = shop.file("usd.toml", &dollars).file("more.jsonl", &events);
    let transcript = shop.fenrun(&["backtest", "old.toml", "usd.toml", "orders.jsonl"]);
    assert_eq!(
        transcript.to_string(),
        "exit 3\n--- stdout\n--- stderr\nerror: the programs are in two currencies, CNY and USD\n\
         hint: money is compared in one\n"
    );
    let transcript = shop.fenrun(&["backtest", "old.toml", "new.toml", "more.jsonl", "--books", "never"]);
    assert_eq!(transcript.code, 4);
    assert_eq!(
        transcript.stderr,
        "note: without books, the comparison leaves out what they would tell: 1 coupon.created, 1 period.closed\n\
         more.jsonl:22: not JSON at column 1: expected value\n"
    );
    assert!(
        transcript.stdout.starts_with(
            "24 events, 10 orders change\n1 lines are no events\n1 facts were told before\n\
             1 events move nothing here and were left out: 1 order.completed\n\
             2 events change later decisions in ways that only a ledger tells, and were left out: 1 coupon.created, \
             1 period.closed\n"
        ),
        "{transcript}"
    );
}

/// Every step of a history without quotes, and what the books make of it under one program.
const RETURNS: &str = r#"
{"kind":"order.paid","order":"B1","time":"2026-04-01T10:00:00+08:00","currency":"CNY","buyer":{"id":"eva"},"seller":"li","lines":[{"id":"1","quantity":3,"price":"33.33"},{"id":"2","kind":"shipping","quantity":1,"price":"8.00"}]}
{"kind":"order.refunded","refund":"R1","order":"B1","time":"2026-04-02T10:00:00+08:00","currency":"CNY","lines":[{"id":"1","quantity":1}]}
{"kind":"order.refunded","refund":"R2","order":"B1","time":"2026-04-03T10:00:00+08:00","currency":"CNY","lines":[{"id":"1","amount":"9.99"}],"shipping":"3.00"}
{"kind":"order.refunded","refund":"R2","order":"B1","time":"2026-04-03T10:00:00+08:00","currency":"CNY","lines":[{"id":"1","amount":"9.99"}],"shipping":"3.00"}
{"kind":"order.refunded","refund":"R3","order":"B1","time":"2026-04-03T11:00:00+08:00","currency":"CNY","lines":[{"id":"1","quantity":9}]}
{"kind":"order.refunded","refund":"R4","order":"B2","time":"2026-04-03T12:00:00+08:00","currency":"CNY","lines":[{"id":"1","quantity":1}]}
{"kind":"order.paid","order":"B2","time":"2026-04-04T10:00:00+08:00","currency":"CNY","buyer":{"id":"eva"},"seller":"li","lines":[{"id":"1","quantity":2,"price":"50.05"}]}
{"kind":"order.cancelled","order":"B2","time":"2026-04-05T10:00:00+08:00"}
{"kind":"order.paid","order":"B3","time":"2026-04-06T10:00:00+08:00","currency":"CNY","buyer":{"id":"eva"},"seller":"li","lines":[{"id":"1","quantity":1,"price":"70.07"}]}
{"kind":"dispute.opened","dispute":"D1","order":"B3","time":"2026-04-07T10:00:00+08:00","currency":"CNY","lines":[{"id":"1","amount":"20.00"}]}
{"kind":"dispute.lost","dispute":"D1","order":"B3","time":"2026-04-08T10:00:00+08:00"}
{"kind":"order.refunded","refund":"R5","order":"never","time":"2026-04-09T10:00:00+08:00","currency":"CNY","lines":[{"id":"1","quantity":1}]}
"#;

fn returns(shop: Shop) -> Shop {
    let demo = shop.read("orders.jsonl");
    let bindings = demo.lines().filter(|line| line.contains("relation.bound"));
    let events = bindings.chain(RETURNS.trim().lines()).collect::<Vec<_>>().join("\n") + "\n";
    shop.file("returns.jsonl", &events)
}

fn minor(value: &Value) -> i64 {
    value.as_str().unwrap().replace('.', "").parse().unwrap()
}

/// What each program's parties keep after refunds, cancellations and disputes is, to the cent, what its own books hold.
#[test]
fn what_is_kept_is_what_the_books_hold() {
    let shop = returns(shop());
    let transcript = shop.fenrun(&["backtest", "old.toml", "new.toml", "returns.jsonl", "--format", "json"]);
    let compared: Value = serde_json::from_str(&transcript.stdout).unwrap();
    assert_eq!(compared["events"]["repeated"], 1);
    assert_eq!(compared["events"]["refused"], 1);
    assert_eq!(
        compared["events"]["refused_because"],
        json!(["line `1` has 2 units left, 9 are to come back"])
    );
    assert_eq!(compared["events"]["without_order"], 1);
    for (side, program) in [("old", "old.toml"), ("new", "new.toml")] {
        let ledger = format!("{side}.db");
        shop.fenrun(&["run", program, "returns.jsonl", "--ledger", &ledger, "--quiet"]);
        let balance = shop.fenrun(&["balance", &ledger, "--format", "csv"]).stdout;
        // account, owner, lot, balance, asset
        let sum = |kind: &str| -> i64 {
            let rows = balance.lines().filter(|row| row.starts_with(kind));
            rows.map(|row| row.split(',').nth(3).unwrap().replace('.', "").parse::<i64>().unwrap()).sum()
        };
        assert_eq!(minor(&compared["totals"]["parties_keep"][side]), sum("held"), "{side}\n{balance}");
        assert_eq!(minor(&compared["totals"]["merchant_keeps"][side]), sum("merchant"), "{side}\n{balance}");
        assert!(minor(&compared["totals"]["clawed_back"][side]) > 0);
    }
    let kept: i64 = compared["roles"].as_object().unwrap().values().map(|role| minor(&role["new"])).sum();
    assert_eq!(kept, minor(&compared["totals"]["parties_keep"]["new"]));
}

/// `-1234.50` as the page shows it: `-1,234.50`.
fn grouped(amount: &str) -> String {
    let (whole, fraction) = amount.split_once('.').unwrap();
    let digits = whole.trim_start_matches('-');
    let parts: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|part| std::str::from_utf8(part).unwrap()).collect();
    let sign = if whole.starts_with('-') { "-" } else { "" };
    format!("{sign}{}.{fraction}", parts.join(","))
}

/// A ledger's stored events are the history: the comparison is the one of the events it was told, but for its own.
#[test]
fn a_ledger_is_a_history() {
    let shop = returns(shop());
    shop.fenrun(&["run", "old.toml", "returns.jsonl", "--ledger", "shop.db", "--quiet"]);
    let compare = |events: &str| -> Value {
        let transcript = shop.fenrun(&["backtest", "old.toml", "new.toml", events, "--format", "json"]);
        assert_eq!(transcript.code, 0, "{transcript}");
        serde_json::from_str(&transcript.stdout).unwrap()
    };
    let (told, stored) = (compare("returns.jsonl"), compare("shop.db"));
    for part in ["totals", "roles", "policies", "months", "parties", "spread", "orders", "said_no"] {
        assert_eq!(told[part], stored[part], "{part}");
    }
    assert_eq!(stored["events"]["left_out_kinds"], json!({ "program.activated": 1 }));
}

#[test]
fn what_cannot_be_read_is_said() {
    let shop = shop().file("empty.jsonl", "").file("torn.db", "SQLite format 3\0 and then nothing");
    let empty = shop.fenrun(&["backtest", "old.toml", "new.toml", "empty.jsonl", "--format", "json"]);
    assert_eq!(empty.code, 0);
    assert_eq!(empty.stderr, "empty.jsonl: there are no events, so there is nothing to compare\n");
    let torn = shop.fenrun(&["backtest", "old.toml", "new.toml", "torn.db"]);
    assert_eq!((torn.code, torn.stdout.as_str()), (3, ""));
    assert!(torn.stderr.starts_with("error: `torn.db` "), "{torn}");
    let missing = shop.fenrun(&["backtest", "old.toml", "new.toml", "nowhere.jsonl"]);
    assert_eq!(
        missing.to_string(),
        "exit 3\n--- stdout\n--- stderr\nerror: the events `nowhere.jsonl` cannot be opened\n  \
         because: no such file or directory\n"
    );
    let broken = shop.read("new.toml").replace("three-level", "four-level");
    let shop = shop.file("broken.toml", &broken);
    let broken = shop.fenrun(&["backtest", "old.toml", "broken.toml", "empty.jsonl"]);
    assert_eq!((broken.code, broken.stdout.as_str()), (3, ""));
    assert!(broken.stderr.contains("broken.toml:") && broken.stderr.contains("four-level"), "{broken}");
}

/// Half of the lines are no events: each is told with its number, up to ten, and the others are compared.
#[test]
fn a_file_that_is_half_garbage_is_compared_as_far_as_it_goes() {
    let shop = shop();
    let events = shop.read("orders.jsonl");
    let garbage =
        events.lines().map(|line| format!("{line}\n{{\"kind\":\"order.paid\"}}\n")).collect::<String>();
    let shop = shop.file("half.jsonl", &garbage);
    let clean = shop.fenrun(&["backtest", "old.toml", "new.toml", "orders.jsonl", "--format", "json"]);
    let half = shop.fenrun(&["backtest", "old.toml", "new.toml", "half.jsonl", "--format", "json"]);
    assert_eq!((clean.code, half.code), (0, 4));
    let lines: Vec<&str> = half.stderr.lines().collect();
    assert_eq!(lines.len(), 11, "{half}");
    assert!(lines[0].starts_with("half.jsonl:2: "), "{half}");
    assert_eq!(lines[10], "half.jsonl: 10 more lines are no events");
    let (clean, half): (Value, Value) =
        (serde_json::from_str(&clean.stdout).unwrap(), serde_json::from_str(&half.stdout).unwrap());
    assert_eq!(clean["totals"], half["totals"]);
    assert_eq!(half["events"]["bad"], 20);
}

/// The page: complete, well-formed, without scripts or anything from elsewhere, and its amounts are those of the JSON.
#[test]
fn the_page_is_whole_and_safe() {
    let shop = shop();
    let hostile = shop.read("orders.jsonl").replace("\"wang\"", r#""<script>alert(1)</script>\"'&""#);
    let shop = shop.file("hostile.jsonl", &hostile);
    let arguments = ["backtest", "old.toml", "new.toml", "hostile.jsonl"];
    let page = shop.fenrun(&[&arguments[..], &["--format", "html"]].concat());
    assert_eq!((page.code, page.stderr.as_str()), (0, ""));
    shop.fenrun(&[&arguments[..], &["--html", "page.html", "--format", "json"]].concat());
    assert_eq!(shop.read("page.html"), page.stdout);
    let html = &page.stdout;
    assert_well_formed(html);
    for foreign in ["<script", "javascript:", "href=", "src=", "url(", "@import", "\u{202e}"] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"), "escaped, and shown");
    let compared = shop.fenrun(&[&arguments[..], &["--format", "json"]].concat());
    let compared: Value = serde_json::from_str(&compared.stdout).unwrap();
    for (name, sides) in compared["totals"].as_object().unwrap() {
        for side in ["old", "new", "difference"] {
            let amount = grouped(sides[side].as_str().unwrap());
            assert!(html.contains(&format!("{amount}</td>")), "{name} {side} {amount}");
        }
    }
    for heading in [
        "Totals",
        "Who keeps how much",
        "Who gains and who loses",
        "How much a single order changes",
        "The orders that change most",
        "Orders that only the new program holds",
        "Refusals, violations and failures",
        "Counts and fuel",
    ] {
        assert!(html.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    assert!(html.contains("20% of 239.20 paid → 18% of 269.10 paid"));
    assert_eq!(html.matches("<svg ").count(), 3);
}

/// Every tag that opens closes, in its order, and no text holds a bare `<` or `&`.
fn assert_well_formed(html: &str) {
    let (before, rest) = html.split_once("<style>").unwrap();
    let (style, after) = rest.split_once("</style>").unwrap();
    assert!(!style.contains('<'));
    let mut open: Vec<&str> = Vec::new();
    let text = format!("{before}{after}");
    let mut rest = text.strip_prefix("<!DOCTYPE html>").unwrap();
    while let Some((words, after)) = rest.split_once('<') {
        for entity in words.split('&').skip(1) {
            let name = entity.split(';').next().unwrap();
            assert!(["amp", "lt", "gt", "quot", "#39"].contains(&name), "{entity}");
        }
        let (tag, after) = after.split_once('>').unwrap();
        rest = after;
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "</{name}>"),
            None if tag.ends_with('/') => {}
            None => open.push(tag.split([' ', '\n']).next().unwrap()),
        }
    }
    assert_eq!(open, Vec::<&str>::new());
}
