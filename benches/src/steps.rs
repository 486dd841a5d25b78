//! Modules that do a little more each: the difference between two neighbours is what one step of a hook call costs.
//!
//! Invariant: only the engine's public interface is used, so what is timed is what a host pays.

use fenrun::{
    Engine, EngineOptions, LoadedPolicy, Program,
    profile::GuardProfile,
    program::{ModuleSourceError, PolicyEntry, PolicySource, ProgramBuilder},
};
use fenrun_money::Currency;

/// A step with the module that does it and everything before it.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What it adds.
    pub name: &'static str,
    text: &'static str,
}

const SHARE: &str = r#"
    (import "fenrun_v1" "share" (func $share (param i32) (result i32)))
    (import "fenrun_v1" "share_term" (func $term (param i32 i32 i32 i64 i64)))
    (import "fenrun_v1" "reason" (func $reason (param i32 i32 i32)))
    (import "fenrun_v1" "end" (func $end (param i32)))
"#;

/// The steps, each with all before it.
pub const STEPS: &[Step] = &[
    Step {
        name: "no hook: facts in and out",
        text: r#"(func (export "discounts") (result i32) i32.const 0)"#,
    },
    Step {
        name: "call of an empty hook, fuel, put back",
        text: r#"(func (export "shares") (result i32) i32.const 0)"#,
    },
    Step {
        name: "one page of memory, put back",
        text: r#"(memory (export "memory") 1) (func (export "shares") (result i32) i32.const 0)"#,
    },
    Step {
        name: "the configured image",
        text: r#"(memory (export "memory") 1) (global $changed (mut i32) (i32.const 0))
            (func (export "configure") (result i32)
                (i64.store (i32.const 16384) (i64.const 1)) (global.set $changed (i32.const 1)) i32.const 0)
            (func (export "shares") (result i32) i32.const 0)"#,
    },
    Step {
        name: "7 reads",
        text: r#"(import "fenrun_v1" "order" (func $order (param i32) (result i64)))
            (import "fenrun_v1" "party" (func $party (param i32 i32) (result i64)))
            (memory (export "memory") 1) (global $changed (mut i32) (i32.const 0))
            (func (export "configure") (result i32)
                (i64.store (i32.const 16384) (i64.const 1)) (global.set $changed (i32.const 1)) i32.const 0)
            (func $reads
                (drop (call $order (i32.const 1)))
                (drop (call $party (i32.const 0) (i32.const 2))) (drop (call $party (i32.const 0) (i32.const 6)))
                (drop (call $party (i32.const 1) (i32.const 2))) (drop (call $party (i32.const 1) (i32.const 6)))
                (drop (call $party (i32.const 2) (i32.const 2))) (drop (call $party (i32.const 2) (i32.const 6))))
            (func (export "shares") (result i32) (call $reads) i32.const 0)"#,
    },
    Step {
        name: "3 shares with term and reason",
        text: r#"SHARE
            (import "fenrun_v1" "order" (func $order (param i32) (result i64)))
            (import "fenrun_v1" "party" (func $party (param i32 i32) (result i64)))
            (memory (export "memory") 1) (global $changed (mut i32) (i32.const 0))
            (data (i32.const 0) "is the upline's upline")
            (func (export "configure") (result i32)
                (i64.store (i32.const 16384) (i64.const 1)) (global.set $changed (i32.const 1)) i32.const 0)
            (func $reads
                (drop (call $order (i32.const 1)))
                (drop (call $party (i32.const 0) (i32.const 2))) (drop (call $party (i32.const 0) (i32.const 6)))
                (drop (call $party (i32.const 1) (i32.const 2))) (drop (call $party (i32.const 1) (i32.const 6)))
                (drop (call $party (i32.const 2) (i32.const 2))) (drop (call $party (i32.const 2) (i32.const 6))))
            (func $one (param $party i32) (local $share i32)
                (local.set $share (call $share (local.get $party)))
                (call $term (local.get $share) (i32.const -1) (i32.const 1) (i64.const 1) (i64.const 5))
                (call $reason (local.get $share) (i32.const 0) (i32.const 22))
                (call $end (local.get $share)))
            (func (export "shares") (result i32)
                (call $reads) (call $one (i32.const 0)) (call $one (i32.const 1)) (call $one (i32.const 2)) i32.const 0)"#,
    },
];

/// Loads a module, given as the text of its fields, as the one policy of a program.
///
/// # Panics
///
/// Where it cannot be loaded.
#[must_use]
pub fn load(fields: &str) -> Program {
    load_on(&Engine::new(EngineOptions::default()).expect("the engine starts"), fields)
}

/// As [`load`], on an engine that may have loaded others.
///
/// # Panics
///
/// Where it cannot be loaded.
#[must_use]
pub fn load_on(engine: &Engine, fields: &str) -> Program {
    let hook = if fields.contains("\"shares\"") { "shares" } else { "discounts" };
    let manifest = format!(
        r#"{{\"name\":\"step\",\"version\":\"1.0.0\",\"abi\":1,\"summary\":\"A step.\",\"hooks\":[\"{hook}\"]}}"#
    );
    let text = format!("(module {fields} (@custom \"fenrun_manifest\" \"{manifest}\"))");
    let module = wat::parse_str(&text).expect("the module is WebAssembly text");
    let entry = PolicyEntry::new("step", PolicySource::Stock("step".into()));
    let program = ProgramBuilder::new("steps", Currency::CNY).time_zone("UTC").expect("a time zone");
    let program = program.guard(GuardProfile::named("cn").expect("it is shipped"));
    let definition = program.policy(entry).build().expect("the program is complete");
    let bytes = |_: &PolicySource| Ok::<_, ModuleSourceError>(module.clone());
    engine.load(definition, &bytes).expect("the program loads")
}

/// A loaded module for each step.
#[derive(Debug)]
pub struct Steps {
    programs: Vec<Program>,
}

impl Default for Steps {
    fn default() -> Self {
        Self::new()
    }
}

impl Steps {
    /// Loads them.
    ///
    /// # Panics
    ///
    /// Where one cannot be loaded.
    #[must_use]
    pub fn new() -> Self {
        let engine = Engine::new(EngineOptions::default()).expect("the engine starts");
        let load = |step: &Step| load_on(&engine, &step.text.replace("SHARE", SHARE));
        Self { programs: STEPS.iter().map(load).collect() }
    }

    /// Each step with its policy.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &LoadedPolicy)> {
        STEPS.iter().zip(&self.programs).map(|(step, program)| (step.name, &program.policies()[0]))
    }
}
