//! Order events into each ledger, beside the same postings by hand; and the same thousand after ten times as many.
//!
//! `FENRUN_BENCH_POSTGRES` names a server, such as `postgres://postgres@127.0.0.1:5432/test`; without it, PostgreSQL is left
//! out. `FENRUN_BENCH_ORDERS_MAX` (100,000 unless given) is how far growth is followed.

use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use fenrun::books::Books;
use fenrun_ledger::{Ledger, MemoryLedger, PostgresLedger, SqliteLedger};
use fenrun_ledger_benches::{books, by_hand, posted, stream};
use tempfile::TempDir;

/// As in the `fenrun` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ORDERS: u64 = 10_000;

/// A place for ledgers on the disk that the build is on: a folder in memory would have no disk to wait for.
fn folder() -> TempDir {
    let beside = std::env::current_exe().expect("there is a program");
    TempDir::new_in(beside.parent().expect("it is in a folder")).expect("a folder is made")
}

/// Books that know the sellers.
fn begun(ledger: Box<dyn Ledger + Send>) -> Books {
    let mut books = books(ledger);
    posted(&mut books, &stream::relations());
    books
}

/// How long a stream takes into new books each time; making the books is not counted.
fn each_time(times: u64, events: &[String], mut ledger: impl FnMut() -> Box<dyn Ledger + Send>) -> Duration {
    let mut taken = Duration::ZERO;
    for _ in 0..times {
        let mut books = begun(ledger());
        let began = Instant::now();
        posted(&mut books, events);
        taken += began.elapsed();
    }
    taken
}

fn streams(criterion: &mut Criterion) {
    let events = stream::of(0..ORDERS);
    let mut group = criterion.benchmark_group("order events");
    group.throughput(Throughput::Elements(events.len() as u64)).sample_size(10);
    group.sampling_mode(SamplingMode::Flat);

    group.bench_function("memory", |bench| {
        bench.iter_custom(|times| each_time(times, &events, || Box::new(MemoryLedger::new())));
    });

    let folder = folder();
    let mut number = 0;
    group.bench_function("SQLite", |bench| {
        bench.iter_custom(|times| {
            each_time(times, &events, || {
                number += 1;
                let path = folder.path().join(format!("{number}.db"));
                Box::new(SqliteLedger::open(&path).expect("the ledger opens"))
            })
        });
    });

    let mut memory = begun(Box::new(MemoryLedger::new()));
    posted(&mut memory, &events);
    let postings = by_hand::postings(memory.ledger());
    group.bench_function("SQLite by hand, postings only", |bench| {
        bench.iter_custom(|times| {
            let mut taken = Duration::ZERO;
            for _ in 0..times {
                number += 1;
                let shop = by_hand::open(&folder.path().join(format!("{number}.db")));
                let began = Instant::now();
                by_hand::write(&shop, &postings);
                taken += began.elapsed();
            }
            taken
        });
    });

    if let Ok(server) = std::env::var("FENRUN_BENCH_POSTGRES") {
        let process = std::process::id();
        let mut made = Vec::new();
        group.bench_function("PostgreSQL", |bench| {
            bench.iter_custom(|times| {
                each_time(times, &events, || {
                    let schema = format!("fenrun_bench_{process}_{}", made.len());
                    let ledger = PostgresLedger::connect(&server, &schema).expect("the server answers");
                    made.push(schema);
                    Box::new(ledger)
                })
            });
        });
        let mut client = postgres::Client::connect(&server, postgres::NoTls).expect("the server answers");
        for schema in made {
            client.batch_execute(&format!("DROP SCHEMA {schema} CASCADE")).expect("the schema goes");
        }
    }
    group.finish();
}

/// The next thousand orders after so many.
fn growth(criterion: &mut Criterion) {
    let most = std::env::var("FENRUN_BENCH_ORDERS_MAX").ok().and_then(|text| text.parse().ok());
    let most: u64 = most.unwrap_or(100_000);
    let mut group = criterion.benchmark_group("the next thousand orders");
    group.throughput(Throughput::Elements(stream::of(0..1_000).len() as u64)).sample_size(10);
    group.sampling_mode(SamplingMode::Flat);
    let folder = folder();
    let path = folder.path().join("growing.db");
    let mut books = begun(Box::new(SqliteLedger::open(&path).expect("the ledger opens")));
    let (mut orders, mut after) = (0, 1_000);
    while after <= most {
        while orders < after {
            let next = (orders + 10_000).min(after);
            posted(&mut books, &stream::of(orders..next));
            orders = next;
        }
        group.bench_function(format!("SQLite, after {after}"), |bench| {
            bench.iter_custom(|times| {
                let mut taken = Duration::ZERO;
                for _ in 0..times {
                    let events = stream::of(orders..orders + 1_000);
                    orders += 1_000;
                    let began = Instant::now();
                    posted(&mut books, &events);
                    taken += began.elapsed();
                }
                taken
            });
        });
        after *= 10;
    }
    group.finish();
}

criterion_group!(posting, streams, growth);
criterion_main!(posting);
