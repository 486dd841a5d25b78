//! Measures, in one run, what one decision costs: by fenrun, natively, and by the peers.
//!
//! Invariant: nothing is measured before all engines agree on the amounts.

use std::{
    hint::black_box,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
    measurement::WallTime,
};
use fenrun::event::{Event, Expectations};
use fenrun_benches::{
    Sale,
    contract::Contract,
    native,
    peers::{
        regorus::{self, Interpreter, Machine},
        rhai::Rhai,
        zen::Zen,
    },
    sandboxed::{self, Sandboxed},
};
use fenrun_money::Currency;

const LINES: [u32; 3] = [1, 10, 100];

fn measure<T>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    engine: &str,
    lines: u32,
    mut decide: impl FnMut() -> T,
) {
    group.bench_function(BenchmarkId::new(engine, lines), |bencher| bencher.iter(&mut decide));
}

/// Short and steady enough; the command line may say otherwise.
fn settings() -> Criterion {
    let short = Criterion::default().warm_up_time(Duration::from_secs(1));
    short.measurement_time(Duration::from_secs(3)).sample_size(30)
}

/// The shares of an order whose prices are known: one hook call, against the same in the other engines.
fn shares(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("shares");
    let sandboxed = Sandboxed::new();
    let (rhai, zen) = (Rhai::new(), Zen::new());
    let (mut machine, mut interpreter) = (Machine::new(), Interpreter::new());
    for lines in LINES {
        let sale = Sale::of(lines, 1);
        let expected = native::decide(&sale).shares;
        let mut facts = sale.facts();
        assert_eq!(sandboxed.shares(&mut facts), expected);
        measure(&mut group, "fenrun hook", lines, || sandboxed.shares(black_box(&mut facts)));
        let contract = Contract::default();
        assert_eq!(contract.shares(&mut facts), expected);
        measure(&mut group, "contract, no sandbox", lines, || contract.shares(black_box(&mut facts)));
        let paid = sale.paid();
        measure(&mut group, "native", lines, || native::shares(black_box(paid), black_box(&sale.chain)));
        let input = rhai.prepare(&sale);
        assert_eq!(rhai.shares(&input), expected);
        measure(&mut group, "rhai", lines, || rhai.shares(black_box(&input)));
        let input = zen.prepare(&sale);
        assert_eq!(zen.shares(&input), expected);
        measure(&mut group, "zen", lines, || zen.shares(black_box(&input)));
        let input = regorus::prepare(&sale);
        assert_eq!(machine.shares(&input), expected);
        measure(&mut group, "regorus", lines, || machine.shares(black_box(&input)));
        assert_eq!(interpreter.shares(&input), expected);
        measure(&mut group, "regorus interpreter", lines, || interpreter.shares(black_box(&input)));
    }
}

/// The whole rule from the lines on: discount and shares.
fn rule(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rule");
    let sandboxed = Sandboxed::new();
    let (rhai, zen) = (Rhai::new(), Zen::new());
    let (mut machine, mut interpreter) = (Machine::new(), Interpreter::new());
    for lines in LINES {
        let sale = Sale::of(lines, 1);
        let (event, history) = (sale.event(), sale.history());
        let expected = sandboxed::amounts(&sandboxed.decide(&event, &history));
        measure(&mut group, "fenrun decide", lines, || sandboxed.decide(black_box(&event), &history));
        assert_eq!(native::decide(&sale), expected);
        measure(&mut group, "native", lines, || native::decide(black_box(&sale)));
        let input = rhai.prepare(&sale);
        assert_eq!(rhai.decide(&input), expected);
        measure(&mut group, "rhai", lines, || rhai.decide(black_box(&input)));
        measure(&mut group, "rhai, from the order", lines, || rhai.decide(&rhai.prepare(black_box(&sale))));
        let input = zen.prepare(&sale);
        assert_eq!(zen.decide(&input), expected);
        measure(&mut group, "zen", lines, || zen.decide(black_box(&input)));
        measure(&mut group, "zen, from the order", lines, || zen.decide(&zen.prepare(black_box(&sale))));
        let input = regorus::prepare(&sale);
        assert_eq!(machine.decide(&input), expected);
        measure(&mut group, "regorus", lines, || machine.decide(black_box(&input)));
        measure(&mut group, "regorus, from the order", lines, || {
            machine.decide(&regorus::prepare(black_box(&sale)))
        });
        assert_eq!(interpreter.decide(&input), expected);
        measure(&mut group, "regorus interpreter", lines, || interpreter.decide(black_box(&input)));
    }
}

/// What reading the event costs before anybody decides.
fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    let expect = Expectations::new(Currency::CNY);
    for lines in LINES {
        let json = Sale::of(lines, 1).event().to_json();
        measure(&mut group, "Event::parse", lines, || {
            Event::parse(black_box(&json), &expect).expect("an event")
        });
        measure(&mut group, "serde_json::Value", lines, || {
            serde_json::from_str::<serde_json::Value>(black_box(&json)).expect("it is JSON")
        });
    }
}

/// The time in which each of so many threads makes so many calls, all started together.
fn together(threads: u64, calls: u64, work: &(impl Fn(u64) + Sync)) -> Duration {
    let ready = Barrier::new(usize::try_from(threads).expect("few threads"));
    thread::scope(|scope| {
        let thread = || {
            work(1);
            ready.wait();
            let start = Instant::now();
            work(calls);
            start.elapsed()
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(thread)).collect();
        running.into_iter().map(|thread| thread.join().expect("it ends")).max().unwrap_or_default()
    })
}

fn on_threads(group: &mut BenchmarkGroup<'_, WallTime>, engine: &str, work: impl Fn(u64) + Sync) {
    for threads in [1, 2] {
        group.throughput(Throughput::Elements(threads));
        group.bench_function(BenchmarkId::new(engine, threads), |bencher| {
            bencher.iter_custom(|calls| together(threads, calls, &work));
        });
    }
}

/// One thread against two, over an order of 10 lines. The native row says what the machine itself gives.
fn threads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("threads");
    let sandboxed = Sandboxed::new();
    let sale = Sale::of(10, 1);
    let (event, history) = (sale.event(), sale.history());
    on_threads(&mut group, "fenrun hook", |calls| {
        let mut facts = sale.facts();
        (0..calls).for_each(|_| {
            black_box(sandboxed.shares(&mut facts));
        });
    });
    on_threads(&mut group, "fenrun decide", |calls| {
        (0..calls).for_each(|_| {
            black_box(sandboxed.decide(&event, &history));
        });
    });
    on_threads(&mut group, "native", |calls| {
        (0..calls).for_each(|_| {
            black_box(native::decide(black_box(&sale)));
        });
    });
}

criterion_group! {
    name = benches;
    config = settings();
    targets = shares, rule, parse, threads
}
criterion_main!(benches);
