//! `fenrun held`: events that wait, and trying them again.
//!
//! Invariant: nothing is lost: what waits stays until it is posted.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use fenrun::books::{self, Books};
use fenrun::event::{EventRetried, FactKey, PolicyResumed};
use fenrun::program::ModuleFiles;
use jiff::Timestamp;

use super::{Format, payout, rows};
use crate::arguments::StockArguments;
use crate::engine::CacheArguments;
use crate::exit::Exit;
use crate::modules::PolicyModules;
use crate::output;
use crate::problem::Problem;
use crate::program;
use crate::run::told;

#[derive(Args, Debug)]
pub(crate) struct HeldArguments {
    #[command(subcommand)]
    command: HeldCommand,
}

#[derive(Debug, Subcommand)]
enum HeldCommand {
    /// Lists events that are held or parked, with the reason, and orders whose shares the rail makes only until soon
    List {
        /// The ledger: a file, or `postgres://…`
        #[arg(value_name = "LEDGER")]
        ledger: String,
        /// What is printed
        #[arg(long, value_name = "FORMAT", default_value = "table")]
        format: Format,
    },
    /// Tries held events again, under a mended program where one is given
    Retry {
        /// The ledger: a file, or `postgres://…`
        #[arg(value_name = "LEDGER")]
        ledger: String,
        /// The facts to try again; all held ones unless given
        #[arg(value_name = "FACT")]
        facts: Vec<String>,
        /// The mended program, which comes into force first
        #[arg(long, value_name = "PROGRAM")]
        program: Option<PathBuf>,
        #[command(flatten)]
        stock: StockArguments,
    },
    /// Runs a suspended policy again
    Resume {
        /// The ledger: a file, or `postgres://…`
        #[arg(value_name = "LEDGER")]
        ledger: String,
        /// The policy's name in the program
        #[arg(value_name = "POLICY")]
        policy: String,
        /// What its cause was, and that it is gone
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

pub(crate) fn run(arguments: &HeldArguments, cache: &CacheArguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        HeldCommand::List { ledger, format } => list(ledger, *format),
        HeldCommand::Retry { ledger, facts, program, stock } => {
            retry(ledger, facts, program.as_ref(), (stock, cache))
        }
        HeldCommand::Resume { ledger, policy, reason } => payout::tell(ledger, cache, |_, expect| {
            let event = PolicyResumed::new(policy.clone(), Timestamp::now(), reason.clone(), expect)?;
            Ok(vec![event.into()])
        }),
    }
}

fn list(place: &str, format: Format) -> anyhow::Result<Exit> {
    let mut ledger = super::read(place)?;
    let waiting = books::waiting(ledger.as_mut()).map_err(|error| Problem::of(Exit::NotLoaded, error))?;
    let suspended = books::suspended(ledger.as_mut()).map_err(|error| Problem::of(Exit::NotLoaded, error))?;
    for suspension in suspended {
        eprintln!("warning: {suspension}");
    }
    let due = books::deadlines(ledger.as_mut()).map_err(|error| Problem::of(Exit::NotLoaded, error))?;
    let due = due.into_iter().map(|each| {
        let fact = FactKey::new("order.paid", &[&each.order]).to_string();
        let because = format!("its shares can be made on the rail until {}", each.until);
        ["due".to_owned(), fact, String::new(), because]
    });
    let rows = waiting.iter().map(|each| {
        let state = if each.parked { "parked" } else { "held" };
        let since = each.since.map(|since| since.to_string()).unwrap_or_default();
        [state.to_owned(), each.fact.clone(), since, each.because.clone()]
    });
    let heading = ["state", "fact", "since", "because"];
    output::print(rows::render(format, heading, rows.chain(due).collect())?.as_bytes())
}

fn retry(
    place: &str,
    facts: &[String],
    mended: Option<&PathBuf>,
    (stock, cache): (&StockArguments, &CacheArguments),
) -> anyhow::Result<Exit> {
    let failed = |error| Problem::of(Exit::NotLoaded, error);
    let mut books = Books::open(cache.engine()?, super::open(place)?).map_err(failed)?;
    if let Some(path) = mended {
        let folder = program::folder_of(path);
        let modules = PolicyModules::with_stock(folder, stock.policies.clone()).quiet(true);
        let (text, origin) = (program::text(path)?, path.display().to_string());
        books.prepare_with(&text, &origin, &modules, &ModuleFiles::new(folder)).map_err(failed)?;
    }
    let facts = if facts.is_empty() {
        let waiting = books::waiting(books.ledger()).map_err(|error| Problem::of(Exit::NotLoaded, error))?;
        waiting.into_iter().filter(|each| !each.parked).map(|each| each.fact).collect()
    } else {
        facts.to_vec()
    };
    let mut exit = Exit::Success;
    for fact in facts {
        let expect = books.expectations().cloned();
        let expect = expect.ok_or_else(|| Problem::new(Exit::NotLoaded, "the ledger has no program"))?;
        let event = EventRetried::new(fact.as_str().into(), Timestamp::now(), &expect)?;
        books.begin().map_err(failed)?;
        let posted = books.take(&event.into()).map_err(failed)?;
        books.commit().map_err(failed)?;
        let mut all = Vec::new();
        told(0, posted, None, &mut all);
        for taken in all {
            exit = exit.and(taken.record.exit());
            println!("{}", taken.record.to_json());
        }
    }
    Ok(exit)
}
