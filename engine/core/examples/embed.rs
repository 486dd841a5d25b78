//! Embeds the engine in a host application: load a program, decide orders on several threads, read the outcomes.
//!
//! Run it with `cargo run -p fenrun --example embed`.

use std::{error::Error, thread};

use fenrun::{
    Engine, EngineOptions, Outcome,
    event::{Event, Expectations, Line, Order},
    history::NoHistory,
    program::{ModuleSource, ModuleSourceError, PolicySource, ProgramFile},
};
use fenrun_money::{Currency, decimal::format_minor};

const PROGRAM: &str = r#"
merchant  = "corner-shop"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name = "seller"
use  = "seller-share"
[policy.configuration]
rate = "20%"
"#;

/// Where this application keeps the modules that its merchants uploaded.
struct Uploaded;

impl ModuleSource for Uploaded {
    fn module(&self, source: &PolicySource) -> Result<Vec<u8>, ModuleSourceError> {
        match source {
            PolicySource::Stock(name) if name == "seller-share" => {
                wat::parse_str(include_str!("seller-share.wat"))
                    .map_err(|error| ModuleSourceError::other(source, error))
            }
            other => Err(ModuleSourceError::unknown(other)),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // Once, when the application starts.
    let engine = Engine::new(EngineOptions::default())?;

    // Once for each merchant, and again when the program changes.
    let definition = ProgramFile::parse(PROGRAM, "corner-shop.toml")?.into_definition();
    let program = engine.load(definition, &Uploaded)?;

    // For each order, on any thread.
    let expect = Expectations::new(Currency::CNY);
    thread::scope(|scope| {
        for worker in 0..2_u32 {
            let (engine, program, expect) = (&engine, &program, &expect);
            scope.spawn(move || {
                if let Err(error) = decide_one(engine, program, expect, worker) {
                    eprintln!("worker {worker}: {error}");
                }
            });
        }
    });
    Ok(())
}

fn decide_one(
    engine: &Engine,
    program: &fenrun::Program,
    expect: &Expectations,
    worker: u32,
) -> Result<(), Box<dyn Error>> {
    let order = Order::new(format!("A{worker}"), "b1", "2026-03-01T10:00:00+08:00".parse()?, Currency::CNY)
        .line(Line::goods("1", "SKU1", 3, 9_99))
        .seller("s1");
    let event = Event::order_paid(order, expect)?;
    match engine.decide(program, &event, &NoHistory) {
        Outcome::Decided(decision) => {
            for share in &decision.shares {
                let amount = format_minor(share.amount_minor, decision.currency.exponent());
                println!("{}: {} gets {amount} because: {}", decision.order, share.party.id, share.reason);
            }
        }
        Outcome::Held(held) => println!("{} waits: {}", held.fact_key, held.cause),
        Outcome::Noted => println!("noted"),
        Outcome::Error(error) => return Err(error.into()),
        other => println!("{other:?}"),
    }
    Ok(())
}
