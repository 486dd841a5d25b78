//! Decides one order of 10 lines a million times and nothing else, for a profiler: `cargo run --release --bin decide`.

use std::{hint::black_box, time::Instant};

use fenrun_benches::{Sale, sandboxed::Sandboxed};

const DECISIONS: u32 = 1_000_000;

fn main() {
    let lines = std::env::args().nth(1).map_or(10, |lines| lines.parse().expect("a number of lines"));
    let sale = Sale::of(lines, 1);
    let (sandboxed, event, history) = (Sandboxed::new(), sale.event(), sale.history());
    let decisions = DECISIONS / lines.max(1);
    let start = Instant::now();
    for _ in 0..decisions {
        drop(black_box(sandboxed.decide(black_box(&event), &history)));
    }
    let each = start.elapsed().as_secs_f64() * 1e6 / f64::from(decisions);
    println!("{each:.2} µs for each decision over {lines} lines");
}
