//! Makes one call again and again and nothing else, for a profiler: `cargo run --release --bin decide [hook] [LINES]`.

use std::{env, hint::black_box, time::Instant};

use fenrun_benches::{Sale, sandboxed::Sandboxed};

fn time(what: &str, calls: u32, mut call: impl FnMut()) {
    let start = Instant::now();
    (0..calls).for_each(|_| call());
    let each = start.elapsed().as_secs_f64() * 1e6 / f64::from(calls);
    println!("{each:.2} µs for each {what}");
}

fn main() {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let hook = arguments.first().is_some_and(|first| first == "hook");
    arguments.drain(..usize::from(hook));
    let lines = arguments.first().map_or(10, |lines| lines.parse().expect("a number of lines"));
    let (sandboxed, sale) = (Sandboxed::new(), Sale::of(lines, 1));
    if hook {
        let mut facts = sale.facts();
        time("hook call", 4_000_000, || {
            black_box(sandboxed.shares(black_box(&mut facts)));
        });
    } else {
        let (event, history) = (sale.event(), sale.history());
        let calls = 1_000_000 / lines.max(1);
        time("decision", calls, || drop(black_box(sandboxed.decide(black_box(&event), &history))));
    }
}
