//! Prints what fuel costs: the same module with and without it, `cargo run --release --bin metering`.

use std::{hint::black_box, time::Instant};

use wasmtime::{Config, Engine, Instance, Module, Store};

/// Some 1,200 instructions in a loop, as a policy that looks at each of 100 lines.
const MODULE: &str = r#"(module
    (memory 1)
    (func (export "work") (param $seed i64) (result i64)
        (local $place i32)
        (loop $again
            (local.set $seed (i64.add
                (i64.mul (local.get $seed) (i64.const 31))
                (i64.load (i32.and (local.get $place) (i32.const 1016)))))
            (local.set $place (i32.add (local.get $place) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $place) (i32.const 100))))
        (local.get $seed)))"#;

/// The lowest of many short blocks, in nanoseconds for each call.
fn lowest(metered: bool) -> f64 {
    let engine = Engine::new(Config::new().consume_fuel(metered)).expect("the engine starts");
    let module = Module::new(&engine, wat::parse_str(MODULE).expect("it is text")).expect("it compiles");
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).expect("an instance");
    if metered {
        store.set_fuel(u64::MAX).expect("fuel is on");
    }
    let work = instance.get_typed_func::<i64, i64>(&mut store, "work").expect("its export");
    let block = |store: &mut Store<()>| {
        const CALLS: u32 = 1_000;
        let start = Instant::now();
        for seed in 0..CALLS {
            black_box(work.call(&mut *store, i64::from(seed)).expect("an answer"));
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
    };
    (0..500).map(|_| block(&mut store)).fold(f64::INFINITY, f64::min)
}

fn main() {
    let (without, with) = (lowest(false), lowest(true));
    println!("without fuel {without:.0} ns, with fuel {with:.0} ns, {:+.0} %", (with / without - 1.0) * 100.0);
}
