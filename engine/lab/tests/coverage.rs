//! Coverage of a policy that was written by hand, block by block: what its cases reach is known to the last one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first broken expectation")]

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;

use fenrun::admission::Digest;
use fenrun::program::PolicySource;
use fenrun::{Engine, EngineOptions};
use fenrun_lab::coverage::{Coverage, FunctionReached, Part, Reached, Source, Watched};
use fenrun_lab::{CaseReport, CaseSet, Lab, Subject};

/// A seller's share by the number of lines: one line 10 %, two 20 %, more nothing; a hundred stop the policy.
const POLICY: &str = r#"(module
  (import "fenrun_v1" "order" (func $order (param i32) (result i64)))
  (import "fenrun_v1" "share" (func $share (param i32) (result i32)))
  (import "fenrun_v1" "share_term" (func $share_term (param i32 i32 i32 i64 i64)))
  (import "fenrun_v1" "reason" (func $reason (param i32 i32 i32)))
  (import "fenrun_v1" "end" (func $end (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "sold it")
  ;; Counts down to nothing: it begins with a loop, so its entry is counted by itself.
  (func $down (param $left i64)
    (loop $again
      (local.set $left (i64.sub (local.get $left) (i64.const 1)))
      (br_if $again (i64.gt_s (local.get $left) (i64.const 0)))))
  (func $never (result i32) (i32.const 1))
  (func $part (param $tenths i64)
    (local $effect i32)
    (local.set $effect (call $share (i32.wrap_i64 (call $order (i32.const 23)))))
    (call $share_term (local.get $effect) (i32.const -1) (i32.const 1) (local.get $tenths) (i64.const 10))
    (call $reason (local.get $effect) (i32.const 16) (i32.const 7))
    (call $end (local.get $effect)))
  (func (export "shares") (result i32)
    (local $lines i64)
    (local.set $lines (call $order (i32.const 0)))
    (call $down (local.get $lines))
    (if (i64.ge_s (local.get $lines) (i64.const 100)) (then unreachable))
    (if (i64.eq (local.get $lines) (i64.const 1))
      (then (call $part (i64.const 1)))
      (else
        (if (i64.eq (local.get $lines) (i64.const 2)) (then (call $part (i64.const 2))))))
    (if (i64.eq (local.get $lines) (i64.const 77)) (then (return (call $never))))
    (i32.const 0))
  (@custom "fenrun_manifest"
    "{\"name\": \"by-hand\", \"version\": \"1.0.0\", \"abi\": 1, \"hooks\": [\"shares\"]}"))"#;

fn cases(lines: &[&str]) -> CaseSet {
    let case = |(place, shares): (usize, &&str)| {
        let all = vec![r#"{ "price": "1.00" }"#; place.saturating_add(1)].join(", ");
        format!(
            r#"{{ "it": "{place}", "given": {{ "order": {{ "seller": "s1", "lines": [{all}] }} }}, "expect": {{ "shares": {shares} }} }}"#
        )
    };
    let cases: Vec<String> = lines.iter().enumerate().map(case).collect();
    CaseSet::read("cases.json", &format!(r#"{{ "cases": [{}] }}"#, cases.join(", "))).unwrap()
}

/// Runs the cases, watched or not.
fn run(set: CaseSet, coverage: Option<Arc<Coverage>>) -> Vec<CaseReport> {
    let modules = |_: &PolicySource| Ok(wat::parse_str(POLICY).unwrap());
    let profiles = |_: &str| -> io::Result<String> { Err(io::ErrorKind::NotFound.into()) };
    let subject = Subject { name: "ours".into(), uses: "./ours".into() };
    let mut options = EngineOptions::default();
    options.laboratory = coverage.map(|coverage| coverage as _);
    let engine = Engine::new(options).unwrap();
    let lab = Lab { engine, modules: &modules, profiles: &profiles, subject, explain: true };
    lab.run_all(&[set], NonZeroUsize::new(2).unwrap())
}

fn reached(set: CaseSet) -> (Vec<CaseReport>, Reached) {
    let module = wat::parse_str(POLICY).unwrap();
    let coverage = Arc::new(Coverage::default());
    let watched = Watched::new(Source { module: &module, source_map: None, folder: None }).unwrap();
    coverage.watch(Digest::of(&module), watched);
    let reports = run(set, Some(coverage.clone()));
    let reached = coverage.end(&Digest::of(&module)).unwrap();
    assert_eq!(coverage.end(&Digest::of(&module)), None);
    (reports, reached)
}

fn function(name: &str, calls: u64, reached: u64, all: u64) -> FunctionReached {
    FunctionReached { name: name.into(), place: None, calls, blocks: Part { reached, all } }
}

const SHARES: [&str; 4] = [r#"{ "s1": "0.10" }"#, r#"{ "s1": "0.40" }"#, "{}", "{}"];

#[test]
fn each_block_is_reached_or_not() {
    let (reports, all) = reached(cases(&SHARES));
    assert!(reports.iter().all(CaseReport::passed), "{reports:?}");
    // `shares` has eight blocks: up to the first condition, up to the second, its two arms, the inner arm, up to the
    // last condition, its arm, and the end. The one that stops the policy is not asked for.
    let expected = [
        function("down", 4, 1, 1),
        function("never", 0, 0, 1),
        function("part", 2, 1, 1),
        function("shares", 4, 7, 8),
    ];
    assert_eq!(all.functions, expected);
    assert_eq!(all.blocks, Part { reached: 9, all: 11 });
    assert_eq!((all.library, all.lines(), all.faults.len()), (Part::default(), None, 0));
    assert_eq!(all.bounded(), (Part { reached: 9, all: 11 }, "blocks"));
    assert_eq!(
        all.notes,
        [
            "the module has no debug information, so lines are not known; hint: name a source folder, or build the module with \
          debug information"
        ]
    );

    let (_, one) = reached(cases(&SHARES[..1]));
    let expected = [
        function("down", 1, 1, 1),
        function("never", 0, 0, 1),
        function("part", 1, 1, 1),
        function("shares", 1, 5, 8),
    ];
    assert_eq!(one.functions, expected);
}

/// Money, fuel, reasons, guard checks, facts that were read: all that a report and an explanation tell.
#[test]
fn who_is_watched_decides_as_before() {
    let (watched, _) = reached(cases(&SHARES));
    assert_eq!(watched, run(cases(&SHARES), None));
    let fuel: Vec<Option<u64>> = watched.iter().map(|report| report.fuel).collect();
    assert!(fuel.iter().all(Option::is_some));
}

#[test]
fn what_is_no_module_says_why() {
    let error = Watched::new(Source { module: b"no module", source_map: None, folder: None }).unwrap_err();
    assert!(error.to_string().starts_with("the module cannot be read: "), "{error}");
    let function = format!("(func {})", "(if (i32.const 1) (then (drop (i32.const 1))))".repeat(32_768));
    let module = wat::parse_str(format!("(module {function})")).unwrap();
    let error = Watched::new(Source { module: &module, source_map: None, folder: None }).unwrap_err();
    assert_eq!(error.to_string(), "the module has 65536 blocks of code, at most 32768 can be counted");
}
