//! `fenrun statement`: every movement on a party's accounts, with the running sum.
//!
//! Invariant: comes from the log alone; the last sum is what the accounts hold together.

use std::collections::BTreeMap;

use clap::Args;

use super::{Format, rows};
use crate::exit::Exit;
use crate::output;
use crate::problem::Problem;
use crate::run::shown;

#[derive(Args, Debug)]
pub(crate) struct StatementArguments {
    /// The ledger: a file, or `postgres://…`
    #[arg(value_name = "LEDGER")]
    ledger: String,
    /// Whose statement
    #[arg(value_name = "PARTY")]
    party: String,
    /// What is printed
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

pub(crate) fn run(arguments: &StatementArguments) -> anyhow::Result<Exit> {
    let mut ledger = super::read(&arguments.ledger)?;
    let entries = ledger.entries_of(&arguments.party).map_err(|error| Problem::of(Exit::NotLoaded, error))?;
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    let mut rows = Vec::new();
    for stored in &entries {
        for transaction in &stored.entry.transactions {
            for posting in transaction.postings() {
                if posting.account.owner() != arguments.party {
                    continue;
                }
                let sum = sums.entry(posting.asset.as_str().to_owned()).or_default();
                *sum = sum.saturating_add(posting.amount_minor);
                rows.push([
                    stored.seq.to_string(),
                    stored.entry.time.to_string(),
                    transaction.code().to_owned(),
                    transaction.correlation().to_owned(),
                    posting.account.kind().name().to_owned(),
                    shown(&posting.asset, posting.amount_minor),
                    shown(&posting.asset, *sum),
                    posting.asset.as_str().to_owned(),
                ]);
            }
        }
    }
    let heading = ["entry", "time", "what", "about", "account", "amount", "together", "asset"];
    output::print(rows::render(arguments.format, heading, rows)?.as_bytes())
}
