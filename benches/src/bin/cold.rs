//! What the start of a program costs whose modules are in the cache: `cargo run --release --bin cold`.
//!
//! Invariant: only the engine's public interface is used; each round is an engine of its own, so nothing is known but what
//! the folder holds.

use std::{env, fs, time::Instant};

use fenrun::{
    Engine, EngineOptions,
    artifacts::{ArtifactCache, CacheLimits},
    program::{ModuleSourceError, PolicySource, ProgramFile},
};

const ROUNDS: usize = 101;

const THREE_LEVEL: &[u8] = include_bytes!(env!("THREE_LEVEL"));
const NTH_ORDER_DISCOUNT: &[u8] = include_bytes!(env!("NTH_ORDER_DISCOUNT"));

const HEAD: &str = "merchant = 'm'\ncurrency = 'CNY'\ntime_zone = 'UTC'\nguard = 'cn'\n";
const LEVELS: &str = "[[policy]]\nname = 'levels'\nuse = 'three-level'\n";
const ORDERS: &str = "[[policy]]\nname = 'orders'\nuse = 'nth-order-discount'\n";

fn load(engine: &Engine, policies: &str) {
    let file = ProgramFile::parse(&format!("{HEAD}{policies}"), "m.toml").expect("the program is complete");
    let modules = |source: &PolicySource| match source {
        PolicySource::Stock(name) if name == "three-level" => Ok(THREE_LEVEL.to_vec()),
        PolicySource::Stock(name) if name == "nth-order-discount" => Ok(NTH_ORDER_DISCOUNT.to_vec()),
        other => Err(ModuleSourceError::unknown(other)),
    };
    drop(engine.load(file.definition().clone(), &modules).expect("the program loads"));
}

fn row(name: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    println!("| {name} | {:.0} µs | {:.0} µs |", times[0], times[times.len() / 2]);
}

fn timed(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e6
}

fn main() {
    let folder = env::temp_dir().join(format!("fenrun-cold-{}", std::process::id()));
    let cached = || {
        let mut options = EngineOptions::default();
        let cache = ArtifactCache::open(&folder, CacheLimits::default()).expect("the folder can be used");
        options.artifacts = Some(cache);
        options
    };
    let engine = || Engine::new(cached()).expect("the engine starts");
    let mut rows: [(&str, Vec<f64>); 6] = [
        ("start the engine, open the cache", Vec::new()),
        ("load a program of one policy, compiled anew", Vec::new()),
        ("the same from the cache", Vec::new()),
        ("a program of two policies from the cache", Vec::new()),
        ("the program again on the same engine: `configure` alone", Vec::new()),
        ("admission alone", Vec::new()),
    ];
    load(&engine(), &format!("{LEVELS}{ORDERS}"));
    for _ in 0..ROUNDS {
        rows[0].1.push(timed(|| drop(engine())));
        let bare = Engine::new(EngineOptions::default()).expect("the engine starts");
        rows[1].1.push(timed(|| load(&bare, LEVELS)));
        let one = engine();
        rows[2].1.push(timed(|| load(&one, LEVELS)));
        let two = engine();
        rows[3].1.push(timed(|| load(&two, &format!("{LEVELS}{ORDERS}"))));
        rows[4].1.push(timed(|| load(&one, LEVELS)));
        rows[5].1.push(timed(|| drop(one.admit(THREE_LEVEL).expect("it is admitted"))));
    }
    println!("| of {ROUNDS} | fastest | median |\n| --- | ---: | ---: |");
    for (name, times) in rows {
        row(name, times);
    }
    fs::remove_dir_all(&folder).expect("the folder is ours");
}
