//! `fenrun run`: decides a stream of order events under a program.
//!
//! Invariant: one bad event never stops the stream; memory does not grow with the length of a line or of the output.

mod ahead;
mod input;
mod posting;
mod tally;
mod teller;

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use fenrun::event::{EventError, EventLimits, EventReader};

use crate::arguments::StockArguments;
use crate::engine::CacheArguments;
use crate::exit::Exit;
use crate::intake::{Intake, Taken};
use crate::modules::PolicyModules;
use crate::output::Reader;
use crate::problem::Problem;
use crate::program;
pub(crate) use input::Input;
use posting::Posting;
pub(crate) use posting::{shown, told};
use tally::Tally;
use teller::Teller;

#[derive(Args, Debug)]
pub(crate) struct RunArguments {
    /// The program file
    #[arg(value_name = "PROGRAM")]
    program: PathBuf,
    /// The order events, one JSON object for each line; `-` or nothing is standard input
    #[arg(value_name = "EVENTS")]
    events: Option<PathBuf>,
    /// Where the decisions go as JSON Lines, instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What standard output shows: tables at a terminal, else JSON Lines, unless given
    #[arg(long, value_name = "FORMAT")]
    format: Option<Shape>,
    /// Post into this ledger: a file, or `postgres://…`
    #[arg(long, value_name = "LEDGER")]
    ledger: Option<String>,
    /// Events that are committed together; nothing is told of an event before it is durable
    #[arg(long, value_name = "COUNT", default_value_t = 1_000, requires = "ledger")]
    batch: u32,
    /// Stop at the first event that is rejected or held, or for which a policy failed
    #[arg(long)]
    strict: bool,
    /// No summary, no progress, no words about single events
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    stock: StockArguments,
}

/// What takes the lines of the input, and answers when it is done with them.
trait Taking {
    /// The limits of an event.
    fn limits(&self) -> EventLimits;

    /// Takes a line; answers what became of it, and of lines before it that had to wait for their commit.
    fn take(&mut self, line: u64, text: &str) -> Result<Vec<Taken>, Problem>;

    /// Takes a line that could not be read.
    fn unreadable(&mut self, line: u64, error: &EventError) -> Result<Vec<Taken>, Problem>;

    /// Answers what became of lines that still wait; is asked until it answers nothing.
    fn finish(&mut self) -> Result<Vec<Taken>, Problem>;
}

impl Taking for Intake {
    fn limits(&self) -> EventLimits {
        *self.expectations().event_limits()
    }

    fn take(&mut self, line: u64, text: &str) -> Result<Vec<Taken>, Problem> {
        Ok(vec![Intake::take(self, line, text)])
    }

    fn unreadable(&mut self, line: u64, error: &EventError) -> Result<Vec<Taken>, Problem> {
        Ok(vec![Intake::unreadable(line, error)])
    }

    fn finish(&mut self) -> Result<Vec<Taken>, Problem> {
        Ok(Vec::new())
    }
}

/// What standard output shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// A table for each order
    Table,
    /// One JSON object for each event line
    Json,
}

pub(crate) fn run(arguments: &RunArguments, cache: &CacheArguments) -> anyhow::Result<Exit> {
    let engine = cache.engine()?;
    let folder = program::folder_of(&arguments.program);
    let modules = PolicyModules::with_stock(folder, arguments.stock.policies.clone()).quiet(arguments.quiet);
    let program = program::load(&engine, &arguments.program, &modules)?;

    let at_terminal = io::stdout().is_terminal();
    let default = if at_terminal && arguments.out.is_none() { Shape::Table } else { Shape::Json };
    let shape = arguments.format.unwrap_or(default);
    // A bar below lines that scroll by helps nobody.
    let stdout_scrolls = at_terminal && (shape == Shape::Table || arguments.out.is_none());
    let watched = !arguments.quiet && io::stderr().is_terminal() && !stdout_scrolls;
    refuse_to_overwrite(arguments)?;
    let input = Input::open(arguments.events.as_deref(), watched, arguments.quiet)?;
    let mut teller = Teller::open(arguments, shape, &program, &input)?;

    let began = Instant::now();
    let mut tally = Tally::new(program.currency());
    let mut taking: Box<dyn Taking> = match &arguments.ledger {
        None => Box::new(Intake::new(engine, program)),
        Some(place) => Box::new(Posting::open(arguments, place, engine, &modules, input.live)?),
    };
    let mut lines = EventReader::new(input.reader, &taking.limits());
    let mut ended = false;
    while !ended {
        let taken = match lines.next_line() {
            Some((number, Ok(text))) => taking.take(number, text)?,
            Some((number, Err(error))) => taking.unreadable(number, &error)?,
            None => {
                let left = taking.finish()?;
                ended = left.is_empty();
                left
            }
        };
        for taken in taken {
            let policies_left_out = tally.count(&taken.record);
            if teller.tell(&taken, &input.progress)? == Reader::HasGone {
                return Ok(tally.exit());
            }
            if arguments.strict && policies_left_out > 0 {
                tally.end_with(Exit::Held);
            }
            ended = ended || (arguments.strict && tally.exit() != Exit::Success);
        }
    }
    input.progress.finish_and_clear();
    if teller.finish()? == Reader::Listens && !arguments.quiet {
        if shape == Shape::Table {
            eprintln!();
        }
        eprint!("{}", tally.summary(began.elapsed()));
    }
    Ok(tally.exit())
}

/// An output that is also the input would be empty before it is read.
fn refuse_to_overwrite(arguments: &RunArguments) -> Result<(), Problem> {
    let real = |path: &Option<PathBuf>| path.as_ref().and_then(|path| path.canonicalize().ok());
    match (real(&arguments.out), real(&arguments.events)) {
        (Some(out), Some(events)) if out == events => {
            let message = format!("`{}` is both the events and the output", events.display());
            Err(Problem::new(Exit::Usage, message).hint("name another file behind `--out`"))
        }
        _ => Ok(()),
    }
}
