//! `fenrun backtest`: what past orders would have come to under another program.
//!
//! Invariant: thin: loads, reads, prints; what is compared is the laboratory's.

mod events;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use fenrun::Program;
use fenrun::event::{EventLimits, EventReader};
use fenrun::program::OnRefund;
use fenrun_lab::backtest::{Backtest, Comparison, Heading, Plan, Sides};

use crate::arguments::StockArguments;
use crate::engine::CacheArguments;
use crate::exit::Exit;
use crate::modules::PolicyModules;
use crate::output::{self, Output};
use crate::problem::{Problem, split_hint};
use crate::program;
use events::Events;

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
    /// The order events, one JSON object for each line, or a ledger: its file, or `postgres://…`; `-` or nothing is
    /// standard input
    #[arg(value_name = "EVENTS|LEDGER")]
    events: Option<PathBuf>,
    /// What is printed
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Shape,
    /// Write the comparison as one HTML page into this file as well
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
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
    /// One table for a spreadsheet
    Csv,
    /// One HTML page with plots
    Html,
}

pub(crate) fn run(arguments: &BacktestArguments, cache: &CacheArguments) -> anyhow::Result<Exit> {
    let engine = cache.engine()?;
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
    if !arguments.quiet {
        left_to_ledgers([&backtest.old, &backtest.new]);
    }
    let mut events = Events::open(arguments.events.as_deref(), arguments.quiet)?;
    let limits = EventLimits::default();
    let plan = Plan::read(EventReader::new(events.first()?, &limits), &backtest.expectations());
    let origin = events.origin().to_owned();
    let input = events.second()?;
    let mut bad_lines = 0_u64;
    let comparison = backtest.run(plan, EventReader::new(input.reader, &limits), &mut |number, error| {
        bad_lines = bad_lines.saturating_add(1);
        if !arguments.quiet && bad_lines <= BAD_LINES_MAX {
            input.progress.suspend(|| eprintln!("{origin}:{number}: {error}"));
        }
    });
    input.progress.finish_and_clear();
    if !arguments.quiet {
        if bad_lines > BAD_LINES_MAX {
            eprintln!("{origin}: {} more lines are no events", bad_lines.saturating_sub(BAD_LINES_MAX));
        }
        if comparison.counts.events == 0 {
            eprintln!("{origin}: there are no events, so there is nothing to compare");
        }
    }
    tell(arguments, &backtest, &comparison, &origin)?;
    Ok(if comparison.counts.bad > 0 { Exit::Rejected } else { Exit::Success })
}

/// What the programs ask of refunds that a backtest leaves to ledgers.
fn left_to_ledgers(programs: [&Program; 2]) {
    let policies = programs.into_iter().flat_map(|program| program.definition().policies());
    let reprices = policies.filter(|policy| policy.on_refund() == OnRefund::Reprice);
    let names: BTreeSet<String> = reprices.map(|policy| format!("`{}`", policy.name())).collect();
    if !names.is_empty() {
        let names: Vec<String> = names.into_iter().collect();
        eprintln!(
            "note: discounts unwind by units here; only a ledger prices the rest again, as {} would",
            names.join(", ")
        );
    }
}

fn tell(
    arguments: &BacktestArguments,
    backtest: &Backtest,
    comparison: &Comparison,
    origin: &str,
) -> anyhow::Result<()> {
    let program = |path: &Path, program: &Program| (path.display().to_string(), program.digest().to_string());
    let page = || {
        comparison.page(&Heading {
            merchant: backtest.new.definition().merchant().to_owned(),
            programs: Sides {
                old: program(&arguments.old, &backtest.old),
                new: program(&arguments.new, &backtest.new),
            },
            events: origin.to_owned(),
        })
    };
    if let Some(path) = &arguments.html {
        let mut file = Output::open(Some(path))?;
        file.write(page().as_bytes())?;
        file.flush()?;
    }
    let told = match arguments.format {
        Shape::Table => comparison.table(),
        Shape::Json => comparison.to_json(),
        Shape::Csv => comparison.csv(),
        Shape::Html => page(),
    };
    output::print(told.as_bytes())?;
    Ok(())
}
