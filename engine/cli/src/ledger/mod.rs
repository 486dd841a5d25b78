//! Ledgers at the command line: where they are, and what can be asked of them.
//!
//! Invariant: thin. What a ledger means is the books' business; here it is opened and shown.

mod balance;
mod explain;
mod held;
mod payout;
mod restate;
mod rows;
mod statement;
mod verify;

use std::path::Path;

use fenrun_ledger::{Ledger, LedgerError, PostgresLedger, SqliteLedger};

pub(crate) use balance::{BalanceArguments, run as balance};
pub(crate) use explain::{ExplainArguments, run as explain};
pub(crate) use held::{HeldArguments, run as held};
pub(crate) use payout::{PayoutArguments, run as payout};
pub(crate) use restate::{RestateArguments, run as restate};
pub(crate) use statement::{StatementArguments, run as statement};
pub(crate) use verify::{VerifyArguments, run as verify};

use crate::exit::Exit;
use crate::problem::Problem;

/// Opens a ledger for writing; a file that does not exist is made.
pub(crate) fn open(place: &str) -> Result<Box<dyn Ledger + Send>, Problem> {
    let opened: Result<Box<dyn Ledger + Send>, LedgerError> = if is_server(place) {
        server(place).map(|ledger| Box::new(ledger) as Box<dyn Ledger + Send>)
    } else {
        SqliteLedger::open(Path::new(place)).map(|ledger| Box::new(ledger) as Box<dyn Ledger + Send>)
    };
    opened.map_err(|error| Problem::of(Exit::NotLoaded, error))
}

/// Opens a ledger that is only read.
pub(crate) fn read(place: &str) -> Result<Box<dyn Ledger + Send>, Problem> {
    if is_server(place) {
        return open(place);
    }
    let opened = SqliteLedger::open_read_only(Path::new(place));
    match opened {
        Ok(ledger) => Ok(Box::new(ledger)),
        Err(error) => Err(Problem::of(Exit::NotLoaded, error)),
    }
}

/// The schema in which a ledger is kept unless the place says `?schema=NAME`.
const SCHEMA: &str = "fenrun";

/// A ledger on a server: `postgres://user@host/database?schema=NAME`.
fn server(place: &str) -> Result<PostgresLedger, LedgerError> {
    let (address, options) = place.split_once('?').unwrap_or((place, ""));
    let (ours, others): (Vec<&str>, Vec<&str>) = options
        .split('&')
        .filter(|option| !option.is_empty())
        .partition(|option| option.starts_with("schema="));
    let schema = ours.first().and_then(|option| option.strip_prefix("schema=")).unwrap_or(SCHEMA);
    let options = if others.is_empty() { String::new() } else { format!("?{}", others.join("&")) };
    PostgresLedger::connect(&format!("{address}{options}"), schema)
}

/// Whether a place names a server.
pub(crate) fn is_server(place: &str) -> bool {
    place.starts_with("postgres://") || place.starts_with("postgresql://")
}

/// What is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// A table
    #[default]
    Table,
    /// JSON
    Json,
    /// CSV with a heading
    Csv,
}
