//! The hook call beside the peers, by turns in short blocks: `cargo run --release --bin turns`. What else runs on the machine
//! then disturbs all of them alike, which a criterion run, one engine after the other, cannot promise.
//!
//! Invariant: no engine is measured before all of them give the same shares; each block is short beside what a scheduler
//! gives a process.

use std::{hint::black_box, time::Instant};

use fenrun_benches::{
    Sale,
    contract::Contract,
    native,
    peers::{
        regorus::{self, Interpreter, Machine},
        rhai::Rhai,
        zen::Zen,
    },
    sandboxed::Sandboxed,
};

const BLOCKS: usize = 2_001;
const CALLS: u32 = 50;

/// An engine, and its nanoseconds for each call in each block.
struct Row<'a> {
    name: &'static str,
    shares: Box<dyn FnMut() -> [i64; 3] + 'a>,
    blocks: Vec<f64>,
}

impl<'a> Row<'a> {
    fn new(name: &'static str, shares: impl FnMut() -> [i64; 3] + 'a) -> Self {
        Self { name, shares: Box::new(shares), blocks: Vec::with_capacity(BLOCKS) }
    }

    fn block(&mut self) {
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box((self.shares)());
        }
        self.blocks.push(start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS));
    }

    fn at(&self, part: usize) -> f64 {
        let mut sorted = self.blocks.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[(sorted.len() - 1) * part / 100]
    }
}

fn main() {
    let sale = Sale::of(10, 1);
    let (mut facts, mut native_facts) = (sale.facts(), sale.facts());
    let (sandboxed, contract) = (Sandboxed::new(), Contract::default());
    let (rhai, zen) = (Rhai::new(), Zen::new());
    let (mut machine, mut interpreter) = (Machine::new(), Interpreter::new());
    let (rhai_input, zen_input, rego_input) =
        (rhai.prepare(&sale), zen.prepare(&sale), regorus::prepare(&sale));
    let paid = sale.paid();
    let mut rows = [
        Row::new("fenrun hook", || sandboxed.shares(&mut facts)),
        Row::new("contract, no sandbox", || contract.shares(&mut native_facts)),
        Row::new("native", || native::shares(black_box(paid), black_box(&sale.chain))),
        Row::new("rhai", || rhai.shares(black_box(&rhai_input))),
        Row::new("zen", || zen.shares(black_box(&zen_input))),
        Row::new("regorus", || machine.shares(black_box(&rego_input))),
        Row::new("regorus interpreter", || interpreter.shares(black_box(&rego_input))),
    ];
    let expected = (rows[0].shares)();
    for row in &mut rows {
        assert_eq!((row.shares)(), expected, "{}", row.name);
    }
    for _ in 0..BLOCKS {
        rows.iter_mut().for_each(Row::block);
    }
    println!("| 10 lines | fastest | × | first quarter | × | median | × |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    let ours = [0, 25, 50].map(|part| rows[0].at(part));
    for row in &rows {
        let cells = [0, 25, 50].iter().zip(ours).map(|(part, ours)| {
            let time = row.at(*part);
            format!("{time:.0} ns | {:.2}", time / ours)
        });
        println!("| {} | {} |", row.name, cells.collect::<Vec<_>>().join(" | "));
    }
}
