//! Prints where the time of one hook call goes: `cargo run --release --bin split`.

use std::{hint::black_box, time::Instant};

use fenrun_abi::{code::Hook, host::Facts};
use fenrun_benches::{Sale, contract::Contract, sandboxed::Sandboxed, steps::Steps};

/// The median of many short blocks, in nanoseconds for each call.
fn median<T>(mut call: impl FnMut() -> T) -> f64 {
    const BLOCKS: usize = 401;
    const CALLS: u32 = 500;
    let mut blocks = [0.0; BLOCKS];
    for block in &mut blocks {
        let start = Instant::now();
        (0..CALLS).for_each(|_| {
            black_box(call());
        });
        *block = start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS);
    }
    blocks.sort_by(f64::total_cmp);
    blocks[BLOCKS / 2]
}

fn row(name: &str, nanoseconds: f64, before: Option<f64>) {
    let step = before.map_or_else(String::new, |before| format!("{:+8.0}", nanoseconds - before));
    println!("{name:<42}{nanoseconds:>8.0} ns {step:>8}");
}

fn main() {
    let sale = Sale::of(10, 1);
    let mut facts: Facts = sale.facts();
    println!("One call of the hook `shares`, 10 lines: median, and what the step adds");
    let steps = Steps::new();
    let mut before = None;
    for (name, policy) in steps.iter() {
        let time = median(|| {
            let answer = policy.run(Hook::Shares, &mut facts).expect("an instance");
            answer.expect("an answer")
        });
        row(name, time, before);
        before = Some(time);
    }
    let sandboxed = Sandboxed::new();
    row("the three-level policy", median(|| sandboxed.shares(&mut facts)), before);
    let fresh = Sandboxed::always_fresh();
    row("the same, a fresh instance for each call", median(|| fresh.shares(&mut facts)), None);
    let contract = Contract::default();
    row("its calls without a sandbox", median(|| contract.shares(&mut facts)), None);
    let (event, history) = (sale.event(), sale.history());
    row("the whole decision, both policies", median(|| sandboxed.decide(&event, &history)), None);
    row("the same, fresh instances", median(|| fresh.decide(&event, &history)), None);
    println!(
        "fuel: {} in the hook, {} in both",
        sandboxed.shares_fuel(&mut facts),
        sandboxed.fuel(&event, &history)
    );
}
