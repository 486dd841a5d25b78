//! What is kept, and what is thrown away.

#![allow(clippy::unwrap_used, reason = "a test stops at the first broken expectation")]

use std::sync::Arc;

use fenrun_abi::{
    code::Hook,
    host::{Configuration, Facts},
};

use super::{CompiledModule, ConfiguredModule, ExecutionLimits, NativeCode, Runtime};
use crate::admission::{AdmissionLimits, admit};

const HEAD: &str = r#"(import "fenrun_v1" "order" (func $order (param i32) (result i64)))
    (global $count (mut i32) (i32.const 0))"#;

fn configured(runtime: &Runtime, fields: &str) -> ConfiguredModule {
    let manifest = r#"{\"name\": \"by-hand\", \"version\": \"1.0.0\", \"abi\": 1, \"hooks\": [\"shares\"]}"#;
    let text = format!(r#"(module {HEAD} {fields} (@custom "fenrun_manifest" "{manifest}"))"#);
    let admitted = admit(&wat::parse_str(text).unwrap(), &AdmissionLimits::default()).unwrap();
    let code = NativeCode::compiled_here(runtime.engine(), &admitted).unwrap();
    let module = Arc::new(CompiledModule::new(runtime, admitted, &code).unwrap());
    ConfiguredModule::new(runtime, module, Configuration::new()).unwrap()
}

fn shares(body: &str) -> String {
    format!(r#"(memory (export "memory") 1) (func (export "shares") (result i32) {body} (i32.const 0))"#)
}

fn runtime(change: impl FnOnce(&mut ExecutionLimits)) -> Runtime {
    let mut limits = ExecutionLimits::default();
    change(&mut limits);
    Runtime::new(limits).unwrap()
}

/// Runs the hook; whether there was an answer.
fn run(module: &ConfiguredModule) -> bool {
    module.run(Hook::Shares, &mut Facts::default(), 1_000_000).unwrap().is_ok()
}

#[test]
fn an_answer_is_kept_and_taken_again() {
    let runtime = runtime(|_| {});
    let module = configured(&runtime, &shares("(global.set $count (i32.const 1))"));
    assert_eq!(runtime.shelf().len(), 0);
    for _ in 0..3 {
        assert!(run(&module));
        assert_eq!(runtime.shelf().len(), 1);
    }
    let clone = module.clone();
    drop(module);
    assert_eq!(runtime.shelf().len(), 1);
    drop(clone);
    assert_eq!(runtime.shelf().len(), 0);
}

#[test]
fn a_refusal_is_an_answer() {
    let runtime = runtime(|_| {});
    let module = configured(&runtime, &shares("(return (i32.const 1))"));
    assert!(run(&module));
    assert_eq!(runtime.shelf().len(), 1);
}

#[test]
fn what_broke_or_grew_is_thrown_away() {
    for (body, answers) in [
        ("unreachable", false),
        ("(loop (br 0))", false),
        ("(drop (call $order (i32.const 99)))", false),
        ("(drop (i32.load (i32.const -1)))", false),
        ("(return (i32.const 2))", false),
        ("(drop (memory.grow (i32.const 1)))", true),
    ] {
        let runtime = runtime(|_| {});
        let module = configured(&runtime, &shares(body));
        for _ in 0..2 {
            assert_eq!(run(&module), answers, "{body}");
            assert_eq!(runtime.shelf().len(), 0, "{body}");
        }
    }
}

#[test]
fn growing_by_nothing_is_not_growing() {
    let runtime = runtime(|_| {});
    let module = configured(&runtime, &shares("(drop (memory.grow (i32.const 0)))"));
    assert!(run(&module));
    assert_eq!(runtime.shelf().len(), 1);
}

#[test]
fn a_large_memory_is_not_kept() {
    for (pages, kept) in [(2, 1), (3, 0)] {
        let runtime = runtime(|_| {});
        let module = configured(&runtime, &shares("").replace(") 1)", &format!(") {pages})")));
        assert!(run(&module));
        assert_eq!(runtime.shelf().len(), kept, "{pages} pages");
    }
}

#[test]
fn there_are_never_more_than_the_limit() {
    for (places, asked, most) in
        [(1, 128, 0), (2, 128, 1), (256, 0, 0), (256, 1, 1), (256, 7, 7), (9, 128, 4)]
    {
        let runtime = runtime(|limits| {
            limits.instances_max = places;
            limits.kept_instances_max = asked;
        });
        let modules: Vec<_> = (0..40).map(|_| configured(&runtime, &shares(""))).collect();
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    for module in &modules {
                        assert!(run(module));
                        assert!(runtime.shelf().len() <= most, "{places} places, {asked} asked for");
                    }
                });
            }
        });
        assert!(runtime.shelf().len() <= most);
        assert_eq!(runtime.shelf().len() > 0, most > 0, "{places} places, {asked} asked for");
    }
}

#[test]
fn the_one_used_longest_ago_makes_room() {
    let runtime = runtime(|limits| limits.kept_instances_max = 16);
    let modules: Vec<_> = (0..3).map(|_| configured(&runtime, &shares(""))).collect();
    // Two places for this thread: the third module takes the place of the first.
    for module in &modules {
        assert!(run(module));
    }
    let kept = |module: &ConfiguredModule| module.is_kept();
    assert_eq!(modules.iter().map(kept).collect::<Vec<_>>(), [false, true, true]);
}

/// The whole state, not only what a policy looks at: a hook writes every byte and every global, and what is kept after it
/// is compared with a fresh instance.
#[test]
fn what_is_kept_is_what_configure_left_to_the_last_byte() {
    let globals: String = (0..60)
        .map(|number| match number % 3 {
            0 => format!("(global $g{number} (mut i32) (i32.const {number}))"),
            1 => format!("(global $g{number} (mut i64) (i64.const {number}))"),
            _ => format!(r#"(global $g{number} (export "g{number}") (mut i64) (i64.const -{number}))"#),
        })
        .collect();
    let writes: String = (0..60)
        .map(|number| match number % 3 {
            0 => format!("(global.set $g{number} (i32.const -1))"),
            _ => format!("(global.set $g{number} (i64.const -1))"),
        })
        .collect();
    let data: String = (0..100)
        .map(|number| format!(r#"(data (i32.const {}) "data {number}")"#, number * 641 % 65_000))
        .collect();
    for (pages, grows, size) in [(1, 0, 1), (2, 0, 2), (1, 1, 2)] {
        let fields = format!(
            r#"(memory (export "memory") {pages}) {data} {globals}
            (func (export "configure") (result i32)
                (drop (memory.grow (i32.const {grows})))
                (i64.store (i32.const 13) (i64.const 99))
                (i32.store8 (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)) (i32.const 7))
                (memory.fill (i32.const 30000) (i32.const 3) (i32.const 300))
                (global.set $g4 (i64.const 44))
                (i32.const 0))
            (func (export "shares") (result i32)
                (memory.fill (i32.const 0) (i32.const 171) (i32.mul (memory.size) (i32.const 65536)))
                {writes}
                (i32.const 0))"#
        );
        let runtime = runtime(|_| {});
        let module = configured(&runtime, &fields);
        let left = module.fresh().unwrap().state();
        assert_eq!((left.0.len(), left.1.len()), (size * 65_536, 61));
        assert_eq!(left.0.last(), Some(&7));
        for _ in 0..3 {
            assert!(run(&module));
            let mut kept = module.kept().unwrap();
            assert!(kept.state() == left, "{pages} pages, {grows} more");
            // The instance is the same one, and it does write.
            assert!(kept.call(Hook::Shares, &mut Facts::default(), 1_000_000).result.is_ok());
            assert!(kept.state().0.iter().all(|byte| *byte == 171));
        }
    }
}

#[test]
fn a_kept_instance_gives_its_place_to_whoever_needs_it() {
    let runtime = runtime(|limits| limits.instances_max = 2);
    let (kept, other) = (configured(&runtime, &shares("")), configured(&runtime, &shares("")));
    assert!(run(&kept));
    assert_eq!((kept.is_kept(), runtime.shelf().len()), (true, 1));
    let busy = other.fresh().unwrap();
    assert!(run(&other));
    assert_eq!((kept.is_kept(), other.is_kept()), (false, true));
    drop(busy);
}
