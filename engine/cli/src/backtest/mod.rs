//! `fenrun backtest`: what past orders would have come to under another program.
//!
//! Invariant: thin: loads, reads, prints; what is compared is the laboratory's.

mod books;
mod events;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use fenrun::Program;
use fenrun::event::{EventError, EventLimits, EventReader};
use fenrun_lab::backtest::{Backtest, Comparison, Heading, Plan, Sides};

use crate::arguments::StockArguments;
use crate::engine::CacheArguments;
use crate::exit::Exit;
use crate::modules::PolicyModules;
use crate::output::{self, Output};
use crate::problem::{Problem, split_hint};
use crate::program;
use books::Scratch;
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
    /// Whether each program has books of its own, as with `run --ledger`: for closes of periods, coupons, moved relations
    /// and all else that decisions and refunds alone do not tell
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    books: When,
    /// How many orders are told one by one
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    orders: usize,
    /// No progress, no words about single lines
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    stock: StockArguments,
}

/// When there are books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum When {
    /// Where the events or the programs need them
    Auto,
    /// In any case
    Always,
    /// Not at all: faster, and what only books know is left out
    Never,
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
    let mut events = Events::open(arguments.events.as_deref(), arguments.quiet)?;
    let limits = EventLimits::default();
    let plan = Plan::read(EventReader::new(events.first()?, &limits), &backtest.expectations());
    let origin = events.origin().to_owned();
    let scratch = in_books(arguments, &backtest, &plan)?;
    let input = events.second()?;
    let mut bad_lines = 0_u64;
    let mut bad = |number: u64, error: &EventError| {
        bad_lines = bad_lines.saturating_add(1);
        if !arguments.quiet && bad_lines <= BAD_LINES_MAX {
            input.progress.suspend(|| eprintln!("{origin}:{number}: {error}"));
        }
    };
    let lines = EventReader::new(input.reader, &limits);
    let comparison = match &scratch {
        None => backtest.run(plan, lines, &mut bad),
        Some(scratch) => {
            let books = scratch.books(arguments, &engine)?;
            let compared = backtest.run_in_books(plan, lines, &mut bad, books);
            compared.map_err(|error| Problem::of(Exit::Internal, error))?
        }
    };
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

/// Where books are kept for this comparison, if they are.
fn in_books(
    arguments: &BacktestArguments,
    backtest: &Backtest,
    plan: &Plan,
) -> Result<Option<Scratch>, Problem> {
    let needed = backtest.needs_books(plan);
    let note = |told: String| {
        if !arguments.quiet {
            eprintln!("note: {told}");
        }
    };
    match (arguments.books, needed) {
        (When::Auto, None) => Ok(None),
        (When::Never, needed) => {
            if let Some(why) = needed {
                note(format!("without books, the comparison leaves out what they would tell: {why}"));
            }
            Ok(None)
        }
        (When::Auto, Some(why)) => {
            note(format!("each program has books of its own, which takes longer: {why}"));
            Scratch::new(plan.lines()).map(Some)
        }
        (When::Always, _) => Scratch::new(plan.lines()).map(Some),
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
