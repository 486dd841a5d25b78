//! What many policies at once cost: `cargo run --release --bin scale [MOST]`. Each is a module of its own (another digest,
//! compiled by itself) with an instance when it is first asked.
//!
//! Invariant: only the engine's public interface is used; memory is what the system says that the process holds.

use std::{env, fs, time::Instant};

use fenrun::{Engine, EngineOptions, Program};
use fenrun_abi::code::Hook;
use fenrun_benches::{Sale, steps};

/// Kilobytes that the process holds; 0 where the system does not say.
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(0.0)
}

fn module(number: usize) -> String {
    format!(
        r#"(import "fenrun_v1" "order" (func $order (param i32) (result i64)))
        (memory (export "memory") 1) (global $count (mut i32) (i32.const {number}))
        (func (export "shares") (result i32)
            (i64.store (i32.const 1024) (call $order (i32.const 1))) (global.set $count (i32.const 0)) (i32.const 0))"#
    )
}

/// Seconds that this thread has waited for a processor so far; 0 where the system does not say. On a busy machine that is
/// most of the time of a first round, and no cost of the engine's.
fn waited() -> f64 {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    told.split(' ').nth(1).and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Nanoseconds for each program, asked once in turn, without what was waited for a processor.
fn ask(programs: &[Program], facts: &mut fenrun_abi::host::Facts) -> f64 {
    let before = waited();
    let start = Instant::now();
    for program in programs {
        let answer = program.policies()[0].run(Hook::Shares, facts).expect("an instance");
        answer.expect("an answer");
    }
    #[expect(clippy::cast_precision_loss, reason = "statistics")]
    let count = programs.len() as f64;
    let took = start.elapsed().as_secs_f64();
    (took - (waited() - before)) * 1e9 / count
}

fn main() {
    let most = env::args().nth(1).map_or(10_000, |most| most.parse().expect("a number of policies"));
    let mut facts = Sale::of(10, 1).facts();
    println!("| policies | memory each | load each | first call | by turns | one again and again |");
    println!("| ---: | ---: | ---: | ---: | ---: | ---: |");
    for count in [1, 10, 100, 1_000, 10_000].into_iter().filter(|count| *count <= most) {
        let engine = Engine::new(EngineOptions::default()).expect("the engine starts");
        let before = resident();
        let start = Instant::now();
        let programs: Vec<Program> =
            (0..count).map(|number| steps::load_on(&engine, &module(number))).collect();
        #[expect(clippy::cast_precision_loss, reason = "statistics")]
        let each = count as f64;
        let load = start.elapsed().as_secs_f64() * 1e6 / each;
        let first = ask(&programs, &mut facts);
        let memory = (resident() - before) / each;
        let turns = (0..20).map(|_| ask(&programs, &mut facts)).fold(f64::INFINITY, f64::min);
        let one = (0..200).map(|_| ask(&programs[..1], &mut facts)).fold(f64::INFINITY, f64::min);
        println!("| {count} | {memory:.1} kB | {load:.0} µs | {first:.0} ns | {turns:.0} ns | {one:.0} ns |");
    }
}
