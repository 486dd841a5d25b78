//! What an admitted module says of itself.

use super::*;

#[test]
fn an_admitted_module_says_what_it_is() {
    let bytes = wasm(&format!(
        r#"(module
            (import "fenrun_v1" "share_term" (func (param i32 i32 i32 i64 i64)))
            (import "fenrun_v1" "order" (func $order (param i32) (result i64)))
            (import "fenrun_v1" "line" (func $line (param i32 i32) (result i64)))
            (import "fenrun_v1" "lines" (func $lines (param i32 i32 i32 i32) (result i32)))
            (import "fenrun_v1" "party" (func $party (param i32 i32) (result i64)))
            (memory (export "memory") 1 2)
            (table 2 2 funcref)
            (global $top (mut i32) (i32.const 1024))
            (global (export "__data_end") i32 (i32.const 1024))
            (elem (i32.const 1) func $helper)
            (data (i32.const 1024) "because")
            (func $helper (param i64) (result i64) local.get 0 i64.extend8_s)
            (func (export "_initialize"))
            (func (export "configure") (result i32) i32.const 0)
            (func (export "unknown") (param i32))
            (func (export "shares") (result i32)
                (drop (call $order (i32.const 4)))
                (drop (call $order (i32.const 99)))
                (drop (call $line (global.get $top) (i32.const 13)))
                (drop (call $lines (i32.const 6) (i32.const 0) (i32.const 10) (i32.const 0)))
                (memory.fill (i32.const 0) (i32.const 0) (i32.const 8))
                (memory.copy (i32.const 0) (i32.const 8) (i32.const 8))
                (drop (memory.grow (i32.const 0)))
                (drop (call_indirect (param i64) (result i64) (i64.const 1) (i32.const 1)))
                i32.const 0)
            {} {})"#,
        custom("producers", "anyone"),
        custom("fenrun_manifest", MANIFEST),
    ));
    let module = admitted(&bytes);
    assert_eq!(module.digest(), Digest::of(&bytes));
    assert_eq!(module.bytes().as_ref(), bytes);
    assert_eq!(module.manifest().name(), "three-level");
    assert_eq!(module.hooks(), [Hook::Configure, Hook::Shares]);
    assert!(module.has_hook(Hook::Shares) && !module.has_hook(Hook::Discounts) && module.has_initialize());
    let imports: Vec<_> = module.imports().iter().map(|import| import.name).collect();
    assert_eq!(imports, ["line", "lines", "order", "party", "share_term"]);
    assert_eq!(module.memory(), Some(MemoryShape { exported: true, pages_initial: 1, pages_max: Some(2) }));
    assert_eq!(module.table(), Some(TableShape { elements_initial: 2, elements_max: Some(2) }));
    assert_eq!((module.globals().count, module.globals().mutable), (2, 1));
    // `party` is imported but never called.
    let reads: Vec<_> = module.reads().names().collect();
    assert_eq!(reads, ["order.paid", "line.paid", "line.category"]);

    let stripped = module.compiled_bytes();
    assert!(stripped.len() < bytes.len());
    let contains = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    for dropped in ["fenrun_manifest", "producers", "helper"] {
        assert!(contains(&bytes, dropped) && !contains(stripped, dropped), "{dropped}");
    }
    wasmparser::validate(stripped).unwrap();
}

#[test]
fn a_field_that_is_not_a_constant_may_be_any() {
    let import = r#"(import "fenrun_v1" "party" (func $party (param i32 i32) (result i64)))"#;
    let all = ["id", "role", "depth", "tier", "volume", "is_buyer", "eligible", "bound_days"];
    let all: Vec<String> = all.iter().map(|name| format!("party.{name}")).collect();
    for fields in [
        "(func (param i32) (drop (call $party (i32.const 0) (local.get 0))))",
        "(table 1 funcref) (elem (i32.const 0) func $party)",
    ] {
        let module = admitted(&policy(&format!("{import} {fields}")));
        assert_eq!(module.reads().names().collect::<Vec<_>>(), all);
    }
    let module =
        admitted(&policy(&format!("{import} (func (drop (call $party (i32.const 0) (i32.const 2))))")));
    assert_eq!(module.reads().names().collect::<Vec<_>>(), ["party.depth"]);
}

#[test]
fn reads_of_periods_events_and_holdings_are_found() {
    let import = r#"(import "fenrun_v1" "period" (func $period (param i32) (result i64)))
        (import "fenrun_v1" "event" (func $event (param i32) (result i64)))
        (import "fenrun_v1" "holding" (func $holding (param i32 i32 i32) (result i64)))"#;
    let reads = |body: &str| {
        let module = admitted(&policy(&format!("{import} (func (param i32) {body})")));
        module.reads().names().map(str::to_owned).collect::<Vec<_>>()
    };
    let constant = "(drop (call $period (i32.const 14))) (drop (call $event (i32.const 1)))
        (drop (call $holding (local.get 0) (local.get 0) (i32.const 1)))";
    assert_eq!(reads(constant), ["period.total_volume", "event.party", "holding.earned"]);
    let any =
        "(drop (call $holding (i32.const 0) (i32.const 1) (local.get 0))) (drop (call $event (local.get 0)))";
    assert_eq!(reads(any), ["event.kind", "event.party", "event.relation", "holding.held", "holding.earned"]);
    assert_eq!(reads("(drop (call $period (local.get 0)))").len(), 17);
}

#[test]
fn the_report_lists_every_check_that_could_be_looked_at() {
    let report_of = |bytes: &[u8]| report(bytes, &limits());
    let good = report_of(&policy(""));
    assert!(good.refusals().is_empty() && good.module().is_some());
    assert!(good.checks().iter().all(|check| matches!(check.verdict, Verdict::Pass { .. })));
    let mut names: Vec<_> = good.checks().iter().map(|check| check.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), good.checks().len(), "two checks of one name");

    // Several refusals at once; validation is not run, because its cost is bounded by what failed.
    let bad = report_of(&policy("(memory 99) (func (param f64) f64.const 1 drop) (start 0)"));
    let failed: Vec<_> = bad.refusals().iter().map(|refused| refused.check).collect();
    assert_eq!(failed, ["start", "float_operators", "value_types", "memory_pages"]);
    assert_eq!(bad.checks().last().map(|check| &check.verdict), Some(&Verdict::NotRun));

    // Nothing is said of a module that cannot be read.
    let broken = report_of(b"\0asm\x01\0\0\0\x01\x7f");
    assert_eq!(broken.refusals().len(), 1);
    assert!(broken.checks().iter().filter(|check| check.verdict == Verdict::NotRun).count() > 40);
}
