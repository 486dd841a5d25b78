//! `fenrun balance`: what each account holds.
//!
//! Invariant: exactly the ledger's balances, in major units.

use clap::Args;

use super::{Format, rows};
use crate::exit::Exit;
use crate::output;
use crate::problem::Problem;
use crate::run::shown;

#[derive(Args, Debug)]
pub(crate) struct BalanceArguments {
    /// The ledger: a file, or `postgres://…`
    #[arg(value_name = "LEDGER")]
    ledger: String,
    /// Only this party's accounts
    #[arg(value_name = "PARTY")]
    party: Option<String>,
    /// What is printed
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

pub(crate) fn run(arguments: &BalanceArguments) -> anyhow::Result<Exit> {
    let mut ledger = super::read(&arguments.ledger)?;
    let balances = ledger
        .balances(arguments.party.as_deref(), None)
        .map_err(|error| Problem::of(Exit::NotLoaded, error))?;
    let rows = balances.iter().map(|balance| {
        let account = &balance.account;
        [
            account.kind().name().to_owned(),
            account.owner().to_owned(),
            account.lot().to_owned(),
            shown(&balance.asset, balance.balance_minor),
            balance.asset.as_str().to_owned(),
        ]
    });
    let heading = ["account", "owner", "lot", "balance", "asset"];
    output::print(rows::render(arguments.format, heading, rows.collect())?.as_bytes())
}
