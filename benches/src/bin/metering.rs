//! What fuel metering itself costs, and what a deadline by the clock would cost on top: the same modules compiled without
//! either, with fuel, and with fuel and an epoch, called by turns: `cargo run --release --bin metering`.
//!
//! Invariant: the runtime alone is measured, with imports that answer at once, so that nothing else hides the difference.

use std::{fs, time::Instant};

use wasmtime::{Config, Engine, Linker, Module, Store, TypedFunc, Val};

const ROUNDS: usize = 301;

const LOOP: &str = r#"(module (func (export "shares") (result i32) (local $left i64) (local $sum i64)
    (local.set $left (i64.const 200))
    (loop $again
        (local.set $sum (i64.add (local.get $sum) (i64.mul (local.get $left) (i64.const 7))))
        (br_if $again (i64.ne (i64.const 0) (local.tee $left (i64.sub (local.get $left) (i64.const 1))))))
    (i32.wrap_i64 (i64.and (local.get $sum) (i64.const 0)))))"#;

struct Callable {
    store: Store<()>,
    hook: TypedFunc<(), i32>,
    stops: Stops,
}

/// What can stop a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stops {
    Nothing,
    Fuel,
    FuelAndEpoch,
}

impl Callable {
    fn new(bytes: &[u8], stops: Stops) -> Self {
        let mut config = Config::new();
        config.consume_fuel(stops != Stops::Nothing);
        config.epoch_interruption(stops == Stops::FuelAndEpoch);
        config.wasm_custom_page_sizes(true);
        let engine = Engine::new(&config).expect("the runtime starts");
        let module = Module::new(&engine, bytes).expect("the module compiles");
        let mut linker = Linker::new(&engine);
        // Three parties of three depths who may all be paid, and handles: what the three-level policy needs to hear.
        for import in module.imports() {
            let ty = import.ty().func().expect("only functions are imported").clone();
            let name = import.name().to_owned();
            let answer = move |_: wasmtime::Caller<'_, ()>, given: &[Val], out: &mut [Val]| {
                for value in out.iter_mut() {
                    *value = match value {
                        Val::I64(_) if name == "order" => Val::I64(3),
                        Val::I64(_) if matches!(given.get(1), Some(Val::I32(2))) => {
                            Val::I64(given[0].unwrap_i32().into())
                        }
                        Val::I64(_) => Val::I64(1),
                        _ => Val::I32(0),
                    };
                }
                Ok(())
            };
            linker.func_new(import.module(), import.name(), ty, answer).expect("each import is linked once");
        }
        let mut store = Store::new(&engine, ());
        let callable = |store: &mut Store<()>| {
            prepare(store, stops);
            let instance = linker.instantiate(&mut *store, &module).expect("an instance");
            instance.get_typed_func(&mut *store, "shares").expect("it has the hook")
        };
        let hook = callable(&mut store);
        Self { store, hook, stops }
    }

    /// Nanoseconds for each of many calls, each begun with its own fuel and deadline, as a host has to.
    fn time(&mut self) -> f64 {
        const CALLS: u32 = 500;
        let start = Instant::now();
        for _ in 0..CALLS {
            prepare(&mut self.store, self.stops);
            self.hook.call(&mut self.store, ()).expect("an answer");
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
    }
}

fn prepare(store: &mut Store<()>, stops: Stops) {
    if stops != Stops::Nothing {
        store.set_fuel(5_000_000).expect("fuel is metered");
    }
    if stops == Stops::FuelAndEpoch {
        store.set_epoch_deadline(1_000);
    }
}

fn compare(name: &str, bytes: &[u8]) {
    let all = [Stops::Nothing, Stops::Fuel, Stops::FuelAndEpoch];
    let mut callables = all.map(|stops| Callable::new(bytes, stops));
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (times, callable) in times.iter_mut().zip(&mut callables) {
            times.push(callable.time());
        }
    }
    let [nothing, fuel, epoch] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        (times[0], times[ROUNDS / 2])
    });
    println!(
        "| {name} | {:.0} ns | {:.0} ns | {:.0} ns | {:.2} ({:.2}) | {:.2} ({:.2}) |",
        nothing.0,
        fuel.0,
        epoch.0,
        fuel.0 / nothing.0,
        fuel.1 / nothing.1,
        epoch.0 / fuel.0,
        epoch.1 / fuel.1,
    );
}

fn main() {
    println!(
        "| one call, fastest of {ROUNDS} | neither | fuel | fuel and epoch | fuel ÷ neither (medians) | epoch ÷ fuel (medians) |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    compare("the three-level policy", &fs::read(env!("THREE_LEVEL")).expect("it was built"));
    compare("200 turns of a loop", &wat::parse_str(LOOP).expect("it is WebAssembly text"));
}
