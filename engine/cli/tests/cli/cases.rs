//! `fenrun test` and `fenrun new`.
//!
//! Invariant: every status line is asserted word for word; the stock policies do what their cases say.

use crate::support::{Shop, manifest, module, root};

/// Passes.
const PASSING: &str = r#"{
  "defaults": {
    "configuration": { "rate": "20%" },
    "given": { "order": { "seller": "s1", "lines": [{ "price": "9.99" }] } }
  },
  "cases": [
    {
      "it": "gives the seller 20 %, rounded down",
      "expect": { "shares": { "s1": "1.99" }, "merchant_net": "8.00" },
      "fuel": { "max": 100 }
    }
  ]
}
"#;

/// Fails: money, balances, a rule, fuel.
const FAILING: &str = r#"{
  "defaults": { "configuration": { "rate": "20%" }, "given": { "order": { "seller": "s1", "lines": [{ "price": "9.99" }] } } },
  "cases": [
    { "it": "rounds up", "expect": { "shares": { "s1": "2.00", "s2": "0.49" }, "merchant_net": "7.99" }, "fuel": { "max": 1 } },
    {
      "it": "takes all back",
      "expect": { "shares": { "s1": "1.99" } },
      "then": [
        {
          "event": {
            "kind": "order.cancelled", "order": "A1", "time": "2026-03-03T10:00:00+08:00"
          },
          "expect": { "held": { "s1": "0.01" }, "merchant": "0.00" }
        }
      ]
    },
    { "it": "passes the cap", "configuration": { "rate": "60%" }, "expect": { "shares": { "s1": "5.99" } } }
  ]
}
"#;

/// Cannot be run, each case for another reason.
const UNUSABLE: &str = r#"{
  "cases": [
    { "it": "has a key that is none", "expct": {} },
    { "it": "has an amount that is none", "configuration": { "rate": "1%" },
      "given": { "order": { "lines": [{ "price": "1" }] } },
      "expect": { "merchant_net": "1.999" } },
    { "it": "expects nothing", "given": { "order": { "lines": [] } } },
    { "it": "has a line that is none", "configuration": { "rate": "1%" },
      "given": { "order": { "lines": [{ "prise": "1" }] } }, "expect": { "shares": {} } },
    { "it": "has a word that is none", "expect": { "code": "creatd" } },
    { "it": "has a shape that is none", "expect": { "shares": "all" } },
    { "it": "has no rate", "given": { "order": { "lines": [{ "price": "1" }] } }, "expect": { "shares": {} } },
    { "it": "has a profile that is none", "program": { "guard": "cm" }, "expect": { "refusal": "x" } },
    { "it": "cannot have happened", "configuration": { "rate": "1%" },
      "given": { "events": [{ "kind": "order.completed", "order": "X", "time": "2026-03-03T10:00:00+08:00" }] },
      "then": [{ "order": { "lines": [{ "price": "1" }] }, "expect": { "shares": {} } }] },
    { "expect": { "shares": {} } }
  ]
}
"#;

/// A policy that is built already, with these case files.
fn shop(files: &[(&str, &str)]) -> Shop {
    let shop = Shop::new();
    std::fs::create_dir_all(shop.path("ours/cases")).unwrap();
    let shop = shop.file("seller-share.wat", include_str!("../../../core/examples/seller-share.wat"));
    let built = shop.fenrun(&["build", "seller-share.wat", "--out", "ours/policy.wasm"]);
    assert_eq!(built.code, 0, "{built}");
    files.iter().fold(shop, |shop, (name, text)| shop.file(&format!("ours/cases/{name}"), text))
}

#[test]
fn a_case_that_passes_is_one_line() {
    let shop = shop(&[("a.json", PASSING)]);
    let expected = r#"exit 0
--- stdout
ours
  ✓ gives the seller 20 %, rounded down  (98 fuel)

1 passed
--- stderr
"#;
    assert_eq!(shop.fenrun(&["test"]).to_string(), expected);
    assert_eq!(shop.fenrun(&["test", "ours"]).to_string(), expected);
    assert_eq!(shop.fenrun(&["test", "ours/cases/a.json"]).to_string(), expected);
}

#[test]
fn a_case_that_fails_shows_the_money() {
    let shop = shop(&[("b.json", FAILING)]);
    let expected = r#"exit 8
--- stdout
ours
  ✗ rounds up  (98 fuel)
    ours/cases/b.json:4
    GIVEN ours {"rate": "20%"}
          order.paid A1: b1 buys from s1: 1 × 9.99
    GOT   share 1.99 to s1 (seller) by ours: 20% of 9.99 paid · sold it
          list 9.99 = discounts 0.00 + shares 1.99 + merchant 8.00
    DIFF           expected      got
    share of s1        2.00     1.99  ours: 20% of 9.99 paid · sold it
    share of s2        0.49  nothing
    merchant_net       7.99     8.00
    fuel          at most 1       98
  ✗ takes all back  (98 fuel)
    ours/cases/b.json:5
    GIVEN ours {"rate": "20%"}
          order.paid A1: b1 buys from s1: 1 × 9.99
    GOT   share 1.99 to s1 (seller) by ours: 20% of 9.99 paid · sold it
          list 9.99 = discounts 0.00 + shares 1.99 + merchant 8.00
          then[0] order.cancelled/A1
            created
            moved +9.99 payments
            moved -9.99 merchant
            moved +1.99 merchant
            moved -1.99 held:s1:A1
    DIFF                expected      got
    then[0] held of s1      0.01  nothing
  ✗ passes the cap
    ours/cases/b.json:17
    GIVEN ours {"rate": "60%"}
          order.paid A1: b1 buys from s1: 1 × 9.99
    GOT   forbidden: promoters_cap: promoters would get 5.99 of 9.99 goods paid, at most 4.99 (50%) is allowed by profile `cn`
          held
    DIFF         expected      got
    share of s1      5.99  nothing
    DIFF violation
      expected  none
      got       promoters_cap: promoters would get 5.99 of 9.99 goods paid, at most 4.99 (50%) is allowed by profile `cn`

0 passed, 3 failed
--- stderr
"#;
    assert_eq!(shop.fenrun(&["test"]).to_string(), expected);
}

#[test]
fn a_case_that_cannot_be_run_is_said_to_be_at_fault_itself() {
    let shop = shop(&[("a.json", PASSING), ("c.json", UNUSABLE)]);
    let expected = r#"exit 8
--- stdout
ours
  ✓ gives the seller 20 %, rounded down  (98 fuel)
  ! has a key that is none
    ours/cases/c.json:3: cases[0].expct: unknown key
    hint: did you mean `expect`?
  ! has an amount that is none  (17 fuel)
    ours/cases/c.json:4: cases[1].expect.merchant_net: `1.999` is not an amount in CNY: expected at most 2 decimals, found 3
    hint: write it like `49.90`
  ! expects nothing
    ours/cases/c.json:7: cases[2]: the case expects nothing
    hint: say in `expect` what is to come of it, such as `shares`
  ! has a line that is none
    ours/cases/c.json:9: cases[3].given.order.lines[0]: unknown field `prise`
    hint: did you mean `price`?
  ! has a word that is none
    ours/cases/c.json:10: cases[4].expect.code: unknown word `creatd`
    hint: did you mean `created`?
  ! has a shape that is none
    ours/cases/c.json:11: cases[5].expect.shares: expected amounts by name, or a list, found the text `all`
  ! has no rate
    ours/cases/c.json:12: cases[6].program: `rate`: missing, expected a rate such as `20%`
    hint: a missing rate is not a zero rate; write `0%` to give nothing
  ! has a profile that is none
    ours/cases/c.json:13: cases[7].program.guard: no guard profile is named `cm`
    hint: did you mean `cn`?
  ! cannot have happened
    ours/cases/c.json:15: cases[8].given.events[0]: this cannot have happened, the books answer `parked`: it waits for `order.paid/X`
    hint: where that is what is meant, tell it in `then` and expect its `code`
  ! (a case that cannot be read)
    ours/cases/c.json:17: cases[9]: missing key `it`

1 passed, 10 could not be run
--- stderr
"#;
    assert_eq!(shop.fenrun(&["test"]).to_string(), expected);
}

#[test]
fn a_file_that_is_none_does_not_keep_the_others_from_being_run() {
    let twice = "{\n \"defaults\": {\"given\": {\"order\": {\"seller\": \"a\", \"seller\": \"b\"}}},\n \"cases\": [{}]}";
    let files = [
        ("a.json", PASSING),
        ("d.json", "{\"cases\": []}"),
        ("f.json", "{\"cases\":[{\"it\":\"a\""),
        ("g.json", twice),
    ];
    let transcript = shop(&files).fenrun(&["test"]);
    let expected = "exit 8\n--- stdout\nours\n  ✓ gives the seller 20 %, rounded down  (98 fuel)\n  \
        ! ours/cases/d.json:1: cases: no case\n    hint: a file of cases has at least one\n  \
        ! ours/cases/f.json:1: cases[0].it: not JSON: the text ends while parsing an object\n  \
        ! ours/cases/g.json:2: defaults.given.order.seller: the key `seller` stands twice\n    \
        hint: keep one of the two\n\n1 passed, 3 could not be run\n--- stderr\n";
    assert_eq!(transcript.to_string(), expected);
}

#[test]
fn nothing_to_run_is_a_failure() {
    let shop = shop(&[]);
    assert_eq!(
        shop.fenrun(&["test"]).to_string(),
        "exit 8\n--- stdout\nours\n  ! no case file is in `ours/cases`\n    hint: write one, as `ours.json`\n\n\
         0 passed, 1 could not be run\n--- stderr\n"
    );
    let shop = shop.file("ours/cases/a.json", PASSING);
    assert_eq!(
        shop.fenrun(&["test", "--filter", "no such"]).to_string(),
        "exit 8\n--- stdout\n--- stderr\nerror: no case matches `no such`\n\
         hint: `--filter` looks into the sentences and file names of cases\n"
    );
    assert_eq!(shop.fenrun(&["test", "--filter", "rounded"]).code, 0);
    std::fs::create_dir(shop.path("empty")).unwrap();
    for (path, expected) in [
        ("nowhere", "error: `nowhere` does not exist\n"),
        (
            "empty",
            "error: `empty` holds no policy\n\
             hint: a policy folder has a `manifest.json`, or a built module as `policy.wasm`\n",
        ),
        (
            "ours/policy.wasm",
            "error: `ours/policy.wasm` belongs to no policy\n\
             hint: a case file stands in the folder `cases` of its policy\n",
        ),
    ] {
        let transcript = shop.fenrun(&["test", path]);
        assert_eq!((transcript.code, transcript.stderr.as_str()), (3, expected));
    }
}

#[test]
fn a_policy_that_cannot_be_built_is_told_once() {
    let shop = shop(&[("a.json", PASSING)]).file("ours/policy.wasm", "no module");
    let transcript = shop.fenrun(&["test"]);
    assert_eq!(transcript.code, 8, "{transcript}");
    std::fs::remove_file(shop.path("ours/policy.wasm")).unwrap();
    let shop = shop.file("ours/manifest.json", "{}");
    let transcript = shop.fenrun(&["test"]);
    assert_eq!(transcript.code, 3, "{transcript}");
    assert_eq!(
        transcript.stdout,
        "ours\n  ! `[shop]/ours` has no `Cargo.toml`\n    \
         hint: a policy folder is a Rust crate, or has `assembly/index.ts`; write other languages' modules as `.wasm`\n\n\
         0 passed, 1 could not be run\n"
    );
}

/// One that is good, one that traps, one that loops, one that loops while it is configured, and one that is no module.
#[test]
fn a_module_that_breaks_or_is_not_admitted_keeps_no_other_from_being_run() {
    let done = "(func (export \"shares\") (result i32) (i32.const 0))";
    let modules = [
        ("good", done.to_owned()),
        ("loops", done.replace("(i32.const 0)", "(loop $again (br $again)) (i32.const 0)")),
        (
            "stuck",
            format!(
                "(func (export \"configure\") (result i32) (loop $again (br $again)) (i32.const 0)) {done}"
            ),
        ),
        ("traps", done.replace("(i32.const 0)", "(unreachable)")),
    ];
    let case = "{ \"cases\": [\n  { \"it\": \"pays nobody\", \
                \"given\": { \"order\": { \"lines\": [{ \"price\": \"9.99\" }] } }, \"expect\": { \"shares\": {} } }\n] }\n";
    let mut shop = Shop::new();
    for name in ["good", "loops", "none", "stuck", "traps"] {
        std::fs::create_dir_all(shop.path(name).join("cases")).unwrap();
        shop = shop.file(&format!("{name}/cases/a.json"), case);
    }
    shop = shop.file("none/policy.wasm", "no module");
    for (name, hook) in &modules {
        let text = module(&manifest("shares"), hook);
        shop = shop.file("policy.wat", &text);
        let built = shop.fenrun(&["build", "policy.wat", "--out", &format!("{name}/policy.wasm")]);
        assert_eq!(built.code, 0, "{built}");
    }
    let transcript = shop.fenrun(&["test"]);
    assert_eq!((transcript.code, &*transcript.stderr), (8, ""), "{transcript}");
    assert_eq!(
        transcript.stdout,
        "good
  ✓ pays nobody  (2 fuel)
loops
  ✗ pays nobody  (5000000 fuel)
    loops/cases/a.json:2
    GIVEN loops as it comes
          order.paid A1: b1 buys: 1 × 9.99
    GOT   `loops` failed: out of fuel after 5000000 units; hint: look for a loop that does not end
          held
    DIFF failure
      expected  none
      got       out of fuel after 5000000 units; hint: look for a loop that does not end
      why       by `loops`
none
  ! pays nobody
    none/cases/a.json:2: cases[0]: policy `none` cannot be loaded: `kind`: found something else, a WebAssembly binary is expected
    hint: a module begins with the bytes `00 61 73 6d 01 00 00 00`
stuck
  ! pays nobody
    stuck/cases/a.json:2: cases[0]: policy `stuck` cannot be loaded: `configure` failed: out of fuel after 20000000 units
    hint: look for a loop that does not end
traps
  ✗ pays nobody  (5000000 fuel)
    traps/cases/a.json:2
    GIVEN traps as it comes
          order.paid A1: b1 buys: 1 × 9.99
    GOT   `traps` failed: it stopped itself (`unreachable`); hint: a panic or an overflow in the policy
          held
    DIFF failure
      expected  none
      got       it stopped itself (`unreachable`); hint: a panic or an overflow in the policy
      why       by `traps`

1 passed, 2 failed, 2 could not be run
"
    );
}

#[test]
fn reports_are_for_build_servers_too() {
    let shop = shop(&[("a.json", PASSING), ("b.json", FAILING), ("d.json", "{\"cases\": []}")]);
    let junit = shop.fenrun(&["test", "--format", "junit"]);
    let expected = r#"exit 8
--- stdout
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="fenrun" tests="5" failures="3" errors="1">
  <testsuite name="ours">
    <testcase classname="ours" name="gives the seller 20 %, rounded down" file="ours/cases/a.json" line="7"/>
    <testcase classname="ours" name="rounds up" file="ours/cases/b.json" line="4">
      <failure message="share of s1: expected 2.00, got 1.99 (ours: 20% of 9.99 paid · sold it)">share of s1: expected 2.00, got 1.99 (ours: 20% of 9.99 paid · sold it)&#10;share of s2: expected 0.49, got nothing&#10;merchant_net: expected 7.99, got 8.00&#10;fuel: expected at most 1, got 98</failure>
    </testcase>
    <testcase classname="ours" name="takes all back" file="ours/cases/b.json" line="5">
      <failure message="then[0] held of s1: expected 0.01, got nothing">then[0] held of s1: expected 0.01, got nothing</failure>
    </testcase>
    <testcase classname="ours" name="passes the cap" file="ours/cases/b.json" line="17">
      <failure message="violation: expected none, got promoters_cap: promoters would get 5.99 of 9.99 goods paid, at most 4.99 (50%) is allowed by profile `cn`">violation: expected none, got promoters_cap: promoters would get 5.99 of 9.99 goods paid, at most 4.99 (50%) is allowed by profile `cn`&#10;share of s1: expected 5.99, got nothing</failure>
    </testcase>
    <testcase classname="ours" name="can be run">
      <error>ours/cases/d.json:1: cases: no case&#10;hint: a file of cases has at least one</error>
    </testcase>
  </testsuite>
</testsuites>
--- stderr
"#;
    assert_eq!(junit.to_string(), expected);
    let github = shop.fenrun(&["test", "--format", "github"]);
    let annotations: Vec<&str> = github.stdout.lines().filter(|line| line.starts_with("::")).collect();
    let expected = r#"::error file=ours/cases/b.json,line=4,title=ours rounds up::share of s1: expected 2.00, got 1.99 (ours: 20%25 of 9.99 paid · sold it)%0Ashare of s2: expected 0.49, got nothing%0Amerchant_net: expected 7.99, got 8.00%0Afuel: expected at most 1, got 98
::error file=ours/cases/b.json,line=5,title=ours takes all back::then[0] held of s1: expected 0.01, got nothing
::error file=ours/cases/b.json,line=17,title=ours passes the cap::violation: expected none, got promoters_cap: promoters would get 5.99 of 9.99 goods paid, at most 4.99 (50%25) is allowed by profile `cn`%0Ashare of s1: expected 5.99, got nothing
::error file=ours/cases/d.json,line=1,title=ours%3A the case cannot be run::ours/cases/d.json:1: cases: no case%0Ahint: a file of cases has at least one"#;
    assert_eq!(annotations.join("\n"), expected);
    let json = shop.fenrun(&["test", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["counts"], serde_json::json!({ "passed": 1, "failed": 3, "unusable": 1 }));
    let share = &json["policies"][0]["cases"][1]["differences"][0];
    assert_eq!(
        (&share["what"], &share["expected"], &share["got"]),
        (&"share of s1".into(), &"2.00".into(), &"1.99".into())
    );
}

#[test]
fn a_case_explains_itself() {
    let case = PASSING.replace(
        "\"merchant_net\": \"8.00\" },",
        "\"merchant_net\": \"8.00\" }, \"then\": [{ \"event\": \
        { \"kind\": \"order.cancelled\", \"order\": \"A1\", \"time\": \"2026-03-03T10:00:00+08:00\" } }],",
    );
    assert_ne!(case, PASSING);
    let transcript = shop(&[("a.json", &case)]).fenrun(&["test", "--explain"]);
    let expected = r#"exit 0
--- stdout
ours
  ✓ gives the seller 20 %, rounded down  (98 fuel)
      given ours {"rate": "20%"}
      given order.paid A1: b1 buys from s1: 1 × 9.99
      share 1.99 to s1 (seller) by ours: 20% of 9.99 paid · sold it
      list 9.99 = discounts 0.00 + shares 1.99 + merchant 8.00
      line 1 (goods): 1 × 9.99 = list 9.99 - discount 0.00 = due 9.99, 9.99 counts as paid
      share of s1 (seller) by ours: 20% × 9.99 paid (line 1) = 999/5 minor units, floor 1.99; 1.99 on line 1
      guard `cn`:
        ✓ balance: 9.99 = 9.99
        ✓ allocation: 1.99 = 1.99
        ✓ line_below_zero of line 1: 9.99 ≥ 0.00
        ✓ not_eligible: 0 ≤ 0
        ✓ max_paid_uplines: 0 ≤ 2
        ✓ promoters_cap: 1.99 ≤ 4.99 (50% of 9.99)
        ✓ total_cap: 1.99 ≤ 9.99 (100% of 9.99)
      asked `ours` for shares: applied, 98 fuel
        read order.seller = s1 (seller)
      then[0] order.cancelled/A1
        created
        moved +9.99 payments
        moved -9.99 merchant
        moved +1.99 merchant
        moved -1.99 held:s1:A1

1 passed
--- stderr
"#;
    assert_eq!(transcript.to_string(), expected);
}

#[test]
fn the_stock_policies_do_what_their_cases_say() {
    let policies = root().join("policies");
    let transcript = Shop::new().fenrun(&["test", policies.to_str().unwrap(), "--format", "json"]);
    assert_eq!(transcript.code, 0, "{transcript}");
    let report: serde_json::Value = serde_json::from_str(&transcript.stdout).unwrap();
    for policy in report["policies"].as_array().unwrap() {
        assert!(policy["cases"].as_array().unwrap().len() >= 2, "{}", policy["policy"]);
    }
    assert!(report["counts"]["passed"].as_u64().unwrap() >= 120, "{}", report["counts"]);
}

#[test]
fn a_new_policy_passes_its_cases_at_once() {
    let shop = Shop::new();
    let sdk = root().join("sdk/rust");
    let variables = [("FENRUN_SDK", sdk.to_str().unwrap())];
    let made = shop.fenrun_with(&["new", "tea-club"], "", &variables);
    assert_eq!(
        made.to_string(),
        "exit 0\n--- stdout\ntea-club\n  .gitignore\n  Cargo.toml\n  README.md\n  cases.schema.json\n  \
         cases/figures.json\n  manifest.json\n  rust-toolchain.toml\n  src/lib.rs\n\nfenrun test tea-club\n--- stderr\n"
    );
    let tested = shop.fenrun(&["test", "tea-club"]);
    assert_eq!(tested.code, 0, "{tested}");
    assert_eq!(tested.stdout.lines().last(), Some("2 passed"), "{tested}");
    assert_eq!(
        shop.read("tea-club/cases.schema.json"),
        std::fs::read_to_string(root().join("schemas/cases.schema.json")).unwrap()
    );

    let again = shop.fenrun_with(&["new", "tea-club"], "", &variables);
    assert_eq!(
        again.to_string(),
        "exit 6\n--- stdout\n--- stderr\nerror: `tea-club` cannot be made\n  because: it is there already\n"
    );
    let named = shop.fenrun_with(&["new", "Tea"], "", &variables);
    assert_eq!(
        named.to_string(),
        "exit 2\n--- stdout\n--- stderr\nerror: `Tea` cannot be a policy's name\n\
         hint: lower-case words joined by `-`, such as `tea-club`\n"
    );
    let elsewhere = shop.fenrun(&["new", "tea", "--sdk", "tea-club"]);
    assert_eq!(
        elsewhere.to_string(),
        "exit 3\n--- stdout\n--- stderr\nerror: `tea-club` is not the SDK: it has no package `fenrun-sdk`\n"
    );
    assert!(!shop.path("tea").exists());
}
