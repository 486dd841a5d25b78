//! `fenrun backtest`: what past orders would have come to under another program.
//!
//! Invariant: thin: loads, reads, prints; what is compared is the laboratory's.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use fenrun::event::{EventLimits, EventReader};
use fenrun_lab::backtest::Backtest;

use crate::arguments::StockArguments;
use crate::exit::Exit;
use crate::modules::PolicyModules;
use crate::output;
use crate::problem::{Problem, split_hint};
use crate::program;
use crate::run::Input;

/// Bad lines that are told one by one.
const BAD_LINES_MAX: u64 = 10;

#[derive(Args, Debug)]
pub(crate) struct BacktestArguments {
    /// The program in force
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The program to compare with it
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// The order events, one JSON object for each line; `-` or nothing is standard input
    #[arg(value_name = "EVENTS")]
    events: Option<PathBuf>,
    /// What is printed
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Shape,
    /// How many orders are told one by one
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    orders: usize,
    /// No progress, no words about single lines
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    stock: StockArguments,
}

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// Tables
    Table,
    /// One JSON object
    Json,
}

pub(crate) fn run(arguments: &BacktestArguments) -> anyhow::Result<Exit> {
    let engine = program::engine()?;
    let load = |path: &PathBuf| {
        let folder = program::folder_of(path);
        let modules =
            PolicyModules::with_stock(folder, arguments.stock.policies.clone()).quiet(arguments.quiet);
        program::load(&engine, path, &modules)
    };
    let (old, new) = (load(&arguments.old)?, load(&arguments.new)?);
    let backtest = Backtest { engine: engine.clone(), old, new, orders_max: arguments.orders };
    backtest.check().map_err(|told| {
        let (message, hint) = split_hint(&told);
        let problem = Problem::new(Exit::NotLoaded, message);
        hint.into_iter().fold(problem, Problem::hint)
    })?;
    let input = Input::open(arguments.events.as_deref(), !arguments.quiet, arguments.quiet)?;
    let lines = EventReader::new(input.reader, &EventLimits::default());
    let mut bad_lines = 0_u64;
    let comparison = backtest.run(lines, &mut |number, error| {
        bad_lines = bad_lines.saturating_add(1);
        if !arguments.quiet && bad_lines <= BAD_LINES_MAX {
            input.progress.suspend(|| eprintln!("{}:{number}: {error}", input.origin));
        }
    });
    input.progress.finish_and_clear();
    let told = match arguments.format {
        Shape::Table => comparison.table(),
        Shape::Json => comparison.to_json(),
    };
    output::print(told.as_bytes())?;
    Ok(if comparison.counts.bad > 0 { Exit::Rejected } else { Exit::Success })
}
