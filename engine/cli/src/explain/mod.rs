//! `fenrun explain`: of an order in a ledger, and, with `--case`, of cases or events without one.
//!
//! Invariant: thin. An explanation is the laboratory's; events are taken one after the other, and one bad event never stops
//! the others.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use fenrun::books::{Books, Posted};
use fenrun::event::{Event, EventReader};
use fenrun::program::ModuleFiles;
use fenrun_lab::explanation::{Explanation, Place};
use fenrun_ledger::MemoryLedger;

use crate::arguments::StockArguments;
use crate::engine::CacheArguments;
use crate::exit::Exit;
use crate::ledger::{self, OrderArguments};
use crate::modules::PolicyModules;
use crate::output::{Output, Reader};
use crate::problem::Problem;
use crate::program;
use crate::run::Input;
use crate::test;

#[derive(Args, Debug)]
pub(crate) struct ExplainArguments {
    #[command(flatten)]
    ledger: OrderArguments,
    #[command(flatten)]
    cases: CaseArguments,
}

/// What is explained without a ledger.
#[derive(Args, Debug)]
pub(crate) struct CaseArguments {
    /// Explain the cases of a case file or policy folder; with `--program`, the events of a file, or of `-`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ledger", "order"])]
    pub(crate) case: Option<PathBuf>,
    /// The program that decides the events of `--case`
    #[arg(long, value_name = "PROGRAM", requires = "case")]
    pub(crate) program: Option<PathBuf>,
    /// Only cases whose sentence, or events whose fact, contains this
    #[arg(long, value_name = "TEXT", requires = "case")]
    pub(crate) filter: Option<String>,
    /// Do not say what is built
    #[arg(long, short, requires = "case")]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) stock: StockArguments,
}

/// How explanations are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// Lines for a person
    Human,
    /// JSON Lines: one object for each event
    Json,
}

pub(crate) fn run(arguments: &ExplainArguments, cache: &CacheArguments) -> anyhow::Result<Exit> {
    let shape = match arguments.ledger.format {
        ledger::Format::Json => Shape::Json,
        ledger::Format::Table | ledger::Format::Csv => Shape::Human,
    };
    match (&arguments.cases.case, &arguments.cases.program) {
        (None, _) => ledger::explain(&arguments.ledger),
        (Some(events), Some(program)) => {
            Ok(explain_events(&arguments.cases, (events, program), shape, cache)?)
        }
        (Some(cases), None) => test::explain(&arguments.cases, cases, shape, cache),
    }
}

/// Takes every event into books in memory, and explains each.
fn explain_events(
    arguments: &CaseArguments,
    (events, path): (&Path, &Path),
    shape: Shape,
    cache: &CacheArguments,
) -> Result<Exit, Problem> {
    let folder = program::folder_of(path);
    let modules = PolicyModules::with_stock(folder, arguments.stock.policies.clone()).quiet(arguments.quiet);
    let engine = cache.explaining()?;
    // Loaded once by itself, for errors that point into the file.
    program::load(&engine, path, &modules)?;
    let broke = |error| Problem::of(Exit::Internal, error);
    let mut books = Books::open(engine, Box::new(MemoryLedger::new())).map_err(broke)?;
    let profiles = ModuleFiles::new(folder);
    let origin = path.display().to_string();
    books
        .prepare_with(&program::text(path)?, &origin, &modules, &profiles)
        .map_err(|error| Problem::of(Exit::NotLoaded, error))?;
    books.begin().map_err(broke)?;
    let input = Input::open(Some(events), false, arguments.quiet)?;
    let expect = books.expectations().cloned().ok_or_else(no_program)?;
    let mut lines = EventReader::new(input.reader, expect.event_limits());
    let mut teller = Teller { output: Output::open(None)?, shape, filter: arguments.filter.clone(), told: 0 };
    let mut exit = Exit::Success;
    while let Some((number, line)) = lines.next_line() {
        let place = Place { line: Some(number), ..Place::default() };
        let event = line.and_then(|text| Event::parse(text, &expect));
        let listens = match event {
            Err(error) => {
                exit = exit.and(Exit::Rejected);
                teller.tell(&Explanation::rejected(error.to_string(), place))?
            }
            Ok(event) => {
                let posted = books.take(&event).map_err(broke)?;
                let program = books.program().ok_or_else(no_program)?;
                exit = exit.and(worst(&posted));
                let mut listens =
                    teller.tell(&Explanation::of(&posted, program, Some(&event), place.clone()))?;
                for next in &posted.taken_up {
                    exit = exit.and(worst(next));
                    listens = teller.tell(&Explanation::of(next, program, None, place.clone()))?;
                }
                listens
            }
        };
        if listens == Reader::HasGone {
            return Ok(exit);
        }
    }
    teller.output.flush()?;
    if let (0, Some(wanted)) = (teller.told, &arguments.filter) {
        let problem = Problem::new(Exit::NotLoaded, format!("no fact contains `{wanted}`"));
        return Err(problem.hint("facts are such as `order.paid/A1001`"));
    }
    Ok(exit)
}

fn no_program() -> Problem {
    Problem::new(Exit::Internal, "there is no program in force")
}

/// How a run ends after an event.
fn worst(posted: &Posted) -> Exit {
    use fenrun::books::Code;
    match posted.code {
        Code::Held => Exit::Held,
        Code::Refused | Code::Conflict => Exit::Rejected,
        _ => Exit::Success,
    }
}

/// Writes explanations.
struct Teller {
    output: Output,
    shape: Shape,
    filter: Option<String>,
    told: u64,
}

impl Teller {
    fn tell(&mut self, explanation: &Explanation) -> Result<Reader, Problem> {
        if self.filter.as_ref().is_some_and(|wanted| !explanation.fact().contains(wanted)) {
            return Ok(Reader::Listens);
        }
        self.told = self.told.saturating_add(1);
        match self.shape {
            Shape::Json => self.output.write(format!("{}\n", explanation.to_json()).as_bytes()),
            Shape::Human => {
                let lines = explanation.consequences().into_iter().chain(explanation.lines());
                let mut text = format!("{}\n", explanation.heading());
                lines.for_each(|line| text += &format!("  {line}\n"));
                self.output.write(text.as_bytes())
            }
        }
    }
}
