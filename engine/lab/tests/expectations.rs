//! Whatever a case may expect can fail it: each key right, and each key wrong by the least there is.
//!
//! Invariant: a runner that lets something pass unseen is worse than none.
#![allow(clippy::unwrap_used, reason = "a test stops at the first broken expectation")]

use std::io;
use std::num::NonZeroUsize;

use fenrun::program::PolicySource;
use fenrun::{Engine, EngineOptions};
use fenrun_lab::{CaseReport, CaseSet, Lab, Subject, Verdict};

/// Runs the cases of a text over a policy that gives the seller a part of what was paid.
fn run(json: &str) -> Vec<CaseReport> {
    let modules =
        |_: &PolicySource| Ok(wat::parse_str(include_str!("../../core/examples/seller-share.wat")).unwrap());
    let profiles = |_: &str| -> io::Result<String> { Err(io::ErrorKind::NotFound.into()) };
    let subject = Subject { name: "ours".into(), uses: "./ours".into() };
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let lab = Lab { engine, modules: &modules, profiles: &profiles, subject, explain: false };
    let set = CaseSet::read("cases.json", json).unwrap();
    lab.run_all(&[set], NonZeroUsize::new(3).unwrap())
}

/// What differs in the only case of a text; empty where it passes.
fn differences(json: &str) -> Vec<String> {
    let reports = run(json);
    let [report] = &*reports else { unreachable!("one case") };
    match &report.verdict {
        Verdict::Passed => Vec::new(),
        Verdict::Failed(failing) => {
            let told = failing.differences.iter().map(|one| {
                let at = if one.at.is_empty() { String::new() } else { format!("{} ", one.at) };
                format!("{at}{}: {} | {}", one.what, one.expected, one.got)
            });
            told.collect()
        }
        Verdict::Unusable(flaw) => vec![flaw.to_string()],
    }
}

/// A life of an order with everything that a step can expect.
const LIFE: &str = r#"{
  "defaults": { "configuration": { "rate": "20%" } },
  "cases": [
    {
      "it": "lives",
      "given": { "order": { "seller": "s1", "lines": [{ "price": "9.99" }] } },
      "expect": {
        "code": "created", "discounts": {}, "shares": { "s1": "1.99" }, "merchant_net": "8.00", "grants": {},
        "held": { "s1": "1.99" }, "available": {}, "owed": {}, "in_payout": {}, "paid": {}, "funding": {},
        "merchant": "8.00", "units": {}, "tier": { "s1": null }
      },
      "then": [
        {
          "event": { "kind": "grant.given", "grant": "G1", "to": "b1", "asset": "points", "units": 5,
            "reason": "welcome", "time": "2026-03-03T10:00:00+08:00" },
          "expect": { "units": { "b1": { "points": 5 } } }
        },
        {
          "event": { "kind": "party.changed", "party": "s1", "tier": "gold", "time": "2026-03-03T10:00:00+08:00" },
          "expect": { "code": "noted", "tier": { "s1": "gold" } }
        },
        {
          "event": { "kind": "order.completed", "order": "A1", "time": "2026-03-03T10:00:00+08:00" },
          "expect": {}
        },
        {
          "event": { "kind": "day.closed", "date": "2026-03-10" },
          "expect": { "held": {}, "available": { "s1": "1.99" } }
        },
        {
          "event": { "kind": "payout.requested", "payout": "P1", "party": "s1", "currency": "CNY",
            "amount": "1.00", "time": "2026-03-11T10:00:00+08:00" },
          "expect": { "available": { "s1": "0.99" }, "in_payout": { "s1": "1.00" } }
        },
        {
          "event": { "kind": "payout.succeeded", "payout": "P1", "time": "2026-03-11T11:00:00+08:00" },
          "expect": { "in_payout": {}, "paid": { "s1": "1.00" } }
        },
        {
          "event": { "kind": "order.cancelled", "order": "A1", "time": "2026-03-12T10:00:00+08:00" },
          "expect": { "available": {}, "owed": { "s1": "1.00" }, "merchant": "0.00" }
        },
        {
          "event": { "kind": "order.cancelled", "order": "A1", "time": "2026-03-12T10:00:00+08:00" },
          "expect": { "code": "duplicate" }
        },
        {
          "event": { "kind": "order.refunded", "refund": "R1", "order": "A1", "currency": "CNY",
            "lines": [{ "id": "1", "amount": "0.01" }], "time": "2026-03-12T10:00:00+08:00" },
          "expect": { "code": "refused", "because": "order `A1` was cancelled, nothing of it is left" }
        }
      ]
    }
  ]
}"#;

#[test]
fn what_is_right_passes() {
    assert_eq!(differences(LIFE), [""; 0]);
}

#[test]
fn what_is_wrong_by_the_least_fails() {
    for (right, wrong, told) in [
        (r#""code": "created""#, r#""code": "noted""#, "outcome: noted | created"),
        (r#""discounts": {}"#, r#""discounts": { "ours": "0.01" }"#, "discount of ours: 0.01 | nothing"),
        (r#""shares": { "s1": "1.99" }"#, r#""shares": { "s1": "1.98" }"#, "share of s1: 1.98 | 1.99"),
        (r#""shares": { "s1": "1.99" }"#, r#""shares": {}"#, "share of s1: nothing | 1.99"),
        (r#""shares": { "s1": "1.99" }"#, r#""shares": []"#, ""),
        (r#""merchant_net": "8.00""#, r#""merchant_net": "8.01""#, "merchant_net: 8.01 | 8.00"),
        (r#""grants": {}"#, r#""grants": { "b1": { "stars": 1 } }"#, "grant to b1: 1 stars | 0 stars"),
        (r#""grants": {}"#, r#""grants": [{ "to": "b1" }]"#, "grant: to b1 | nothing"),
        (r#""held": { "s1": "1.99" }"#, r#""held": { "s1": "1.98" }"#, "held of s1: 1.98 | 1.99"),
        (r#""held": { "s1": "1.99" }"#, r#""held": {}"#, "held of s1: nothing | 1.99"),
        (
            r#""available": {}, "owed""#,
            r#""available": { "s1": "0.01" }, "owed""#,
            "available of s1: 0.01 | nothing",
        ),
        (r#""owed": {}"#, r#""owed": { "s1": "0.01" }"#, "owed of s1: 0.01 | nothing"),
        (
            r#""in_payout": {}, "paid""#,
            r#""in_payout": { "s1": "0.01" }, "paid""#,
            "in_payout of s1: 0.01 | nothing",
        ),
        (r#""paid": {}"#, r#""paid": { "s1": "0.01" }"#, "paid of s1: 0.01 | nothing"),
        (r#""funding": {}"#, r#""funding": { "f1": "0.01" }"#, "funding of f1: 0.01 | nothing"),
        (r#""merchant": "8.00""#, r#""merchant": "7.99""#, "merchant: 7.99 | 8.00"),
        (r#""units": {}"#, r#""units": { "b1": { "points": 1 } }"#, "units of b1: 1 points | 0 points"),
        (r#""tier": { "s1": null }"#, r#""tier": { "s1": "gold" }"#, "tier of s1: gold | none"),
        (r#"{ "points": 5 }"#, r#"{ "points": 4 }"#, "then[0] units of b1: 4 points | 5 points"),
        (
            r#""units": { "b1": { "points": 5 } }"#,
            r#""units": {}"#,
            "then[0] units of b1: 0 points | 5 points",
        ),
        (r#"{ "s1": "gold" }"#, r#"{ "s1": "silver" }"#, "then[1] tier of s1: silver | gold"),
        (r#""available": { "s1": "1.99" }"#, r#""available": {}"#, "then[3] available of s1: nothing | 1.99"),
        (r#""in_payout": { "s1": "1.00" }"#, r#""in_payout": {}"#, "then[4] in_payout of s1: nothing | 1.00"),
        (r#""paid": { "s1": "1.00" }"#, r#""paid": {}"#, "then[5] paid of s1: nothing | 1.00"),
        (r#""owed": { "s1": "1.00" }"#, r#""owed": {}"#, "then[6] owed of s1: nothing | 1.00"),
        (r#""code": "duplicate""#, r#""code": "created""#, "then[7] outcome: created | duplicate"),
        (
            "nothing of it is left",
            "all is left",
            "then[8] because: order `A1` was cancelled, all is left | order `A1` was cancelled, nothing of it is left",
        ),
    ] {
        let case = LIFE.replacen(right, wrong, 1);
        assert_ne!(case, LIFE, "{right}");
        let found = differences(&case);
        assert!(!found.is_empty(), "{wrong} passes");
        if !told.is_empty() {
            assert_eq!(found, [told], "{wrong}");
        }
    }
}

/// One case about an order of 9.99, with these keys.
fn about(keys: &str) -> String {
    let order = r#"{ "seller": "s1", "lines": [{ "price": "9.99" }] }"#;
    format!(r#"{{ "cases": [{{ "it": "does", "given": {{ "order": {order} }}, {keys} }}] }}"#)
}

#[test]
fn faults_are_expected_by_name_and_never_overlooked() {
    let cap = "promoters_cap: promoters would get 5.99 of 9.99 goods paid, at most 4.99 (50%) is allowed by profile `cn`";
    let over = r#""configuration": { "rate": "60%" }"#;
    assert_eq!(
        differences(&about(&format!(r#"{over}, "expect": {{ "violation": "promoters_cap" }}"#))),
        [""; 0]
    );
    assert_eq!(differences(&about(&format!(r#"{over}, "expect": {{ "violation": "{cap}" }}"#))), [""; 0]);
    assert_eq!(differences(&about(&format!(r#"{over}, "expect": {{ "code": "held" }}"#))), [""; 0]);
    assert_eq!(
        differences(&about(&format!(r#"{over}, "expect": {{ "violation": "total_cap" }}"#))),
        [format!("violation: total_cap | {cap}")]
    );
    assert_eq!(
        differences(&about(&format!(r#"{over}, "expect": {{ "shares": {{}} }}"#))),
        [format!("violation: none | {cap}")]
    );
    let out = r#""program": { "policies": [{ "name": "ours", "fuel_limit": 50, "configuration": { "rate": "1%" } }] }"#;
    assert_eq!(differences(&about(&format!(r#"{out}, "expect": {{ "failure": "out of fuel" }}"#))), [""; 0]);
    assert_eq!(
        differences(&about(&format!(r#"{out}, "expect": {{ "failure": "trap" }}"#))),
        ["failure: trap | out of fuel after 50 units; hint: look for a loop that does not end"]
    );
    assert_eq!(
        differences(&about(&format!(r#"{out}, "expect": {{ "shares": {{}} }}"#))),
        ["failure: none | out of fuel after 50 units; hint: look for a loop that does not end"]
    );
    let right = r#""configuration": { "rate": "1%" }"#;
    for (fault, key) in [("x", "refusal"), ("promoters_cap", "violation"), ("out of fuel", "failure")] {
        let keys = format!(r#"{right}, "expect": {{ "{key}": "{fault}" }}"#);
        assert_eq!(differences(&about(&keys)), [format!("{key}: {fault} | none")]);
    }
}

#[test]
fn a_configuration_that_is_refused_is_a_refusal() {
    let expect = |refusal: &str| {
        format!(
            r#"{{ "cases": [{{ "it": "does", "configuration": {{ "rate": "101%" }}, "expect": {{ "refusal": "{refusal}" }} }}] }}"#
        )
    };
    let refusal = "`rate`: found `101%`, at most `100%` is allowed";
    assert_eq!(differences(&expect(refusal)), [""; 0]);
    assert_eq!(differences(&expect("no")), [format!("refusal: no | {refusal}")]);
    let loads = expect(refusal).replace("101%\" }", "1%\" }");
    assert_eq!(differences(&loads), [format!("refusal: {refusal} | none")]);
}

#[test]
fn fuel_is_bounded_at_the_unit() {
    let right = r#""configuration": { "rate": "1%" }, "expect": { "shares": { "s1": "0.09" } }"#;
    assert_eq!(differences(&about(&format!(r#"{right}, "fuel": {{ "max": 98 }}"#))), [""; 0]);
    assert_eq!(
        differences(&about(&format!(r#"{right}, "fuel": {{ "max": 97 }}"#))),
        ["fuel: at most 97 | 98"]
    );
}

#[test]
fn defaults_lie_under_every_case() {
    let json = r#"{
      "defaults": {
        "program": { "guard": "open", "ledger": { "hold_days": 1 } },
        "configuration": { "rate": "60%" },
        "fuel": { "max": 98 },
        "given": { "order": { "seller": "s1", "buyer": { "tags": ["new"] }, "lines": [{ "price": "1.00" }] } }
      },
      "cases": [
        { "it": "has them", "expect": { "shares": { "s1": "0.60" } } },
        { "it": "overrides one", "configuration": { "rate": "1/3" }, "expect": { "shares": { "s1": "0.33" } } },
        { "it": "replaces lists", "given": { "order": { "lines": [{ "price": 2.00 }, { "price": "3" }] } },
          "expect": { "shares": [{ "party": "s1", "line": "1", "amount": "1.20" }, { "line": "2", "amount": 1.80 }] } },
        { "it": "takes another profile", "program": { "guard": "cn" }, "expect": { "violation": "promoters_cap" } },
        { "it": "takes one away", "given": { "order": { "seller": null } }, "expect": { "shares": {} } }
      ]
    }"#;
    let reports = run(json);
    assert_eq!(reports.len(), 5);
    for report in reports {
        assert_eq!(report.verdict, Verdict::Passed, "{}", report.it);
    }
}
