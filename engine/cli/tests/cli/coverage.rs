//! `fenrun test --coverage`: transcripts, and tracefiles read back by a reader of their own.
//!
//! Invariant: which lines are reached is known from the source in the test, line by line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::assemblyscript::compiler_is_there;
use crate::support::{Shop, Transcript, root};

/// A policy of two branches and a function that nothing reaches. The numbers at the ends are the lines with code, and how
/// often the case reaches each.
const RUST: &str = r#"//! Whoever sells gets a part of what was paid, more of a large order.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct TeaClub {
    rate: Rate,
}

impl Policy for TeaClub {
    fn configure(config: &Config) -> Configured<Self> { // 13: 4
        Ok(Self { rate: config.rate("rate")? }) // 14: 4
    } // 15: 4

    fn shares(&self, order: &Order) -> Decided<Share> { // 17: 2
        let lines = order.lines().count(); // 18: 2
        if lines > 2 { // 19: 2
            return refused(lines); // 20: 0
        }
        self.part(order) // 22: 2
    } // 23: 2
}

fn refused(lines: usize) -> Decided<Share> { // 26: 0
    note(if lines > 100 { "hundreds" } else { "some" }); // 27: 0
    Decided::none() // 28: 0
} // 29: 0

impl TeaClub {
    fn part(self, order: &Order) -> Decided<Share> { // 32: 2
        order.seller().into_iter() // 33: 2
            .map(|seller| { // 34: 2
                share(seller).of(order.base(BaseKind::Paid)).at(self.rate).because("sold it") // 35: 1
            }) // 36: 1
            .collect() // 37: 2
    } // 38: 2
}

policy!(TeaClub, hooks: [shares], manifest: include_str!("../manifest.json"));
"#;

const CASES: &str = r#"{
  "cases": [
    { "it": "pays the seller", "given": { "order": { "seller": "s1", "lines": [{ "price": "9.99" }] } },
      "expect": { "shares": { "s1": "0.99" } } },
    { "it": "pays nobody", "given": { "order": { "lines": [{ "price": "9.99" }] } }, "expect": { "shares": {} } }
  ]
}"#;

/// The lines with a number at their end: `// 14: 4`.
fn expected(source: &str) -> BTreeMap<u32, u64> {
    let numbers = source.lines().filter_map(|line| line.rsplit_once("// ")?.1.split_once(": "));
    numbers.filter_map(|(line, count)| Some((line.parse().ok()?, count.parse().ok()?))).collect()
}

/// A file of a tracefile.
#[derive(Debug, Default, PartialEq, Eq)]
struct Traced {
    /// By name: the line, and how often it was called.
    functions: BTreeMap<String, (u32, u64)>,
    lines: BTreeMap<u32, u64>,
}

/// Reads a tracefile by the letter of lcov's manual (`man geninfo`, files), and checks every sum in it.
fn traced(text: &str) -> BTreeMap<String, Traced> {
    let mut files = BTreeMap::new();
    for record in text.split("end_of_record\n").filter(|record| !record.is_empty()) {
        let mut file = Traced::default();
        let mut sums = BTreeMap::new();
        let mut name = String::new();
        for line in record.lines() {
            let (key, value) = line.split_once(':').unwrap();
            let pair = value.split_once(',');
            match (key, pair) {
                ("TN", None) => assert_eq!(value, ""),
                ("SF", None) => name = value.to_owned(),
                ("FN", Some((line, name))) => {
                    let before = file.functions.insert(name.to_owned(), (line.parse().unwrap(), 0));
                    assert_eq!(before, None, "{name} twice");
                }
                ("FNDA", Some((calls, name))) => {
                    file.functions.get_mut(name).unwrap().1 = calls.parse().unwrap();
                }
                ("DA", Some((line, count))) => {
                    let before = file.lines.insert(line.parse().unwrap(), count.parse().unwrap());
                    assert_eq!(before, None, "line {line} twice");
                }
                (sum @ ("FNF" | "FNH" | "LF" | "LH"), None) => {
                    sums.insert(sum.to_owned(), value.parse::<usize>().unwrap());
                }
                _ => unreachable!("{line}"),
            }
        }
        let called = file.functions.values().filter(|(_, calls)| *calls > 0).count();
        let reached = file.lines.values().filter(|count| **count > 0).count();
        let expected =
            [("FNF", file.functions.len()), ("FNH", called), ("LF", file.lines.len()), ("LH", reached)];
        assert_eq!(sums, expected.map(|(key, sum)| (key.to_owned(), sum)).into());
        assert!(files.insert(name, file).is_none());
    }
    files
}

/// What is said of coverage, without what depends on how libraries are compiled.
fn report(tested: &Transcript) -> String {
    let told = tested.stdout.lines().skip_while(|line| !line.starts_with("  coverage "));
    let told = told.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("    not counted: "));
    told.map(|line| format!("{line}\n")).collect()
}

/// A folder for a new policy with this source and the case above.
fn tea_club(language: &[&str], source: &str, file: &str) -> Shop {
    let shop = Shop::new();
    let (rust, assemblyscript) = (root().join("sdk/rust"), root().join("sdk/assemblyscript"));
    let sdk = if language.is_empty() { rust } else { assemblyscript };
    let arguments = [&["new", "tea-club"], language].concat();
    let made = shop.fenrun_with(&arguments, "", &[("FENRUN_SDK", sdk.to_str().unwrap())]);
    assert_eq!(made.code, 0, "{made}");
    std::fs::remove_file(shop.path("tea-club/cases/figures.json")).unwrap();
    shop.file(file, source).file("tea-club/cases/all.json", CASES)
}

#[test]
fn lines_of_a_rust_policy_are_reached_or_not() {
    let shop = tea_club(&[], RUST, "tea-club/src/lib.rs");
    // 15 of the 20 lines with code are reached.
    let arguments = ["test", "tea-club", "--coverage", "--lcov", "club.info", "--fail-under"];
    let tested = shop.fenrun(&[&arguments[..], &["75"]].concat());
    assert_eq!((tested.code, &*tested.stderr), (0, ""), "{tested}");
    let expected_report = r"  coverage 8 of 14 blocks (57.1 %), 15 of 20 lines (75.0 %)
    blocks      %  calls  function
       3/4   75.0      4  TeaClub::configure  src/lib.rs:13
       3/4   75.0      2  TeaClub::shares     src/lib.rs:17
       0/4    0.0      0  refused             src/lib.rs:26
       2/2  100.0      2  TeaClub::part       src/lib.rs:32
    not reached: src/lib.rs:20, 26-29
";
    assert_eq!(report(&tested), expected_report);
    let too_little = shop.fenrun(&[&arguments[..], &["76"]].concat());
    assert_eq!(too_little.code, 10, "{too_little}");
    assert_eq!(
        too_little.stderr,
        "error: the cases of `tea-club` reach 75.0 % of its lines, 76 % is wanted\n\
         hint: the report names what they do not reach; add cases that do\n"
    );
    let files = traced(&shop.read("club.info"));
    assert_eq!(files.keys().collect::<Vec<_>>(), ["tea-club/src/lib.rs"]);
    let file = &files["tea-club/src/lib.rs"];
    assert_eq!(file.lines, expected(RUST));
    let functions = [
        ("TeaClub::configure", 13, 4),
        ("TeaClub::part", 32, 2),
        ("TeaClub::shares", 17, 2),
        ("refused", 26, 0),
    ];
    assert_eq!(file.functions, functions.map(|(name, line, calls)| (name.to_owned(), (line, calls))).into());
}

/// A policy of two branches in AssemblyScript, with the same numbers.
const ASSEMBLYSCRIPT: &str = r#"import { ALL_GOODS, Base, Config, Order, Party, Rate, Share, Text, done } from "fenrun-sdk/assembly";

const SOLD = new Text("sold it"); // 3: 4

let rate!: Rate;

export function configure(): i32 {
  rate = new Config().rate("rate"); // 8: 4
  return done(); // 9: 4
}

function never(): void {
  const nobody = Party.at(77); // 13: 0
  Share.to(nobody).at(ALL_GOODS, Base.Paid, rate).because(SOLD); // 14: 0
}

export function shares(): i32 {
  if (Order.partyCount > 50) never(); // 18: 2
  if (Order.partyCount > 0) { // 19: 2
    const seller = Party.at(0); // 20: 1
    Share.to(seller).at(ALL_GOODS, Base.Paid, rate).because(SOLD); // 21: 1
  }
  return done(); // 23: 2
}
"#;

#[test]
fn lines_of_an_assemblyscript_policy_are_reached_or_not() {
    if !compiler_is_there() {
        return;
    }
    let shop = tea_club(&["--lang", "assemblyscript"], ASSEMBLYSCRIPT, "tea-club/assembly/index.ts");
    crate::assemblyscript::packages_for(&shop, "tea-club");
    let tested = shop.fenrun(&["test", "tea-club", "--coverage", "--lcov", "club.info"]);
    let expected_report = r"  coverage 9 of 14 blocks (64.2 %), 8 of 10 lines (80.0 %)
    blocks      %  calls  function
       1/1  100.0      4  start:assembly/index      assembly/index.ts:3
       1/1  100.0      4  assembly/index/configure  assembly/index.ts:8
       0/4    0.0      0  assembly/index/never      assembly/index.ts:13
       7/8   87.5      2  assembly/index/shares     assembly/index.ts:18
    not reached: assembly/index.ts:13-14
";
    assert_eq!((tested.code, report(&tested)), (0, expected_report.to_owned()), "{tested}");
    let files = traced(&shop.read("club.info"));
    assert_eq!(files.keys().collect::<Vec<_>>(), ["tea-club/assembly/index.ts"]);
    assert_eq!(files["tea-club/assembly/index.ts"].lines, expected(ASSEMBLYSCRIPT));
}

/// A policy that is built already, without anything about its source.
fn built() -> Shop {
    let shop = Shop::new();
    std::fs::create_dir_all(shop.path("ours/cases")).unwrap();
    let shop = shop.file("seller-share.wat", include_str!("../../../core/examples/seller-share.wat"));
    let built = shop.fenrun(&["build", "seller-share.wat", "--out", "ours/policy.wasm"]);
    assert_eq!(built.code, 0, "{built}");
    let case = r#"{ "cases": [{ "it": "pays nobody", "configuration": { "rate": "1%" },
      "given": { "order": { "lines": [{ "price": "9.99" }] } }, "expect": { "shares": {} } }] }"#;
    shop.file("ours/cases/a.json", case)
}

#[test]
fn a_built_module_is_told_by_its_functions() {
    let shop = built();
    let tested = shop.fenrun(&["test", "--coverage", "--lcov", "ours.info", "--fail-under", "76"]);
    let expected = r#"exit 10
--- stdout
ours
  ✓ pays nobody  (17 fuel)
  coverage 3 of 4 blocks (75.0 %)
    blocks      %  calls  function
       1/1  100.0      2  configure
       2/3   66.6      1  shares
    note: the module has no debug information, so lines are not known
    hint: name a source folder, or build the module with debug information

1 passed
--- stderr
note: `ours.info` says nothing of `ours`: its lines are not known
error: the cases of `ours` reach 75.0 % of its blocks, 76 % is wanted
hint: the report names what they do not reach; add cases that do
"#;
    assert_eq!(tested.to_string(), expected);
    assert_eq!(shop.read("ours.info"), "");
    assert_eq!(shop.fenrun(&["test", "--coverage", "--fail-under", "75", "--quiet"]).code, 0);

    let json = shop.fenrun(&["test", "--coverage", "--format", "json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let expected = serde_json::json!({
        "blocks": { "reached": 3, "all": 4 },
        "lines": null,
        "functions": [
            { "name": "configure", "file": null, "line": null, "calls": 2, "blocks": { "reached": 1, "all": 1 } },
            { "name": "shares", "file": null, "line": null, "calls": 1, "blocks": { "reached": 2, "all": 3 } }
        ],
        "files": [],
        "library_blocks": { "reached": 0, "all": 0 },
        "notes": ["the module has no debug information, so lines are not known; hint: name a source folder, or build the \
                   module with debug information"],
        "faults": []
    });
    assert_eq!(json["policies"][0]["coverage"], expected);
}

#[test]
fn bounds_that_are_none_are_refused() {
    let shop = built();
    let above = shop.fenrun(&["test", "--coverage", "--fail-under", "101"]);
    assert_eq!(
        above.to_string(),
        "exit 2\n--- stdout\n--- stderr\nerror: invalid value '101' for '--fail-under <PERCENT>': 101 is not in 0..=100\n\n\
         For more information, try '--help'.\n"
    );
    for alone in [["--fail-under", "50"], ["--lcov", "ours.info"]] {
        let tested = shop.fenrun(&["test", alone[0], alone[1]]);
        assert_eq!(tested.code, 2, "{tested}");
        assert!(tested.stderr.contains("  --coverage\n"), "{tested}");
    }
    let nowhere = shop.fenrun(&["test", "--coverage", "--lcov", "no/where.info", "--quiet"]);
    assert_eq!(nowhere.code, 6, "{nowhere}");
}

/// Every verdict, difference and unit of fuel of all stock policies; what is counted in answers as the policy does, and
/// no line of theirs is left out by their cases.
#[test]
fn the_stock_policies_decide_as_before_where_they_are_counted() {
    let policies: PathBuf = root().join("policies");
    let run = |more: &[&str]| -> Value {
        let arguments =
            [&["test", policies.to_str().unwrap(), "--format", "json", "--explain"], more].concat();
        let tested = Shop::new().fenrun(&arguments);
        assert_eq!(tested.code, 0, "{tested}");
        serde_json::from_str(&tested.stdout).unwrap()
    };
    let (plain, mut counted) = (run(&[]), run(&["--coverage", "--fail-under", "100"]));
    for policy in counted["policies"].as_array_mut().unwrap() {
        let coverage = policy.as_object_mut().unwrap().remove("coverage").unwrap();
        assert_eq!(coverage["faults"], serde_json::json!([]), "{policy}");
        assert_eq!(coverage["notes"], serde_json::json!([]), "{policy}");
        let part = |key: &str| coverage["lines"][key].as_u64().unwrap();
        assert!(part("reached") <= part("all") && part("all") > 0, "{policy}");
        let files = coverage["files"].as_array().unwrap();
        assert_eq!(files.iter().map(|file| &file["path"]).collect::<Vec<_>>(), ["src/lib.rs"]);
    }
    assert_eq!(plain, counted);
}
