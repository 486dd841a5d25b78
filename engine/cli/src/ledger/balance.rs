//! `fenrun balance`: what each account holds.
//!
//! Invariant: exactly the ledger's balances, in major units.

use clap::Args;
use fenrun_ledger::Balance;
use serde_json::json;

use super::Format;
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
    output::print(render(&balances, arguments.format)?.as_bytes())
}

fn render(balances: &[Balance], format: Format) -> anyhow::Result<String> {
    let row = |balance: &Balance| {
        let account = &balance.account;
        [
            account.kind().name().to_owned(),
            account.owner().to_owned(),
            account.lot().to_owned(),
            shown(&balance.asset, balance.balance_minor),
            balance.asset.as_str().to_owned(),
        ]
    };
    let heading = ["account", "owner", "lot", "balance", "asset"];
    match format {
        Format::Json => {
            let rows = balances.iter().map(|balance| {
                let [account, owner, lot, balance, asset] = row(balance);
                json!({"account": account, "owner": owner, "lot": lot, "balance": balance, "asset": asset})
            });
            Ok(format!("{}\n", serde_json::Value::Array(rows.collect())))
        }
        Format::Csv => csv(heading, balances.iter().map(row)),
        Format::Table => Ok(table(heading, balances.iter().map(row).collect())),
    }
}

/// Rows as CSV with a heading.
pub(super) fn csv<const N: usize>(
    heading: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(heading)?;
    for row in rows {
        writer.write_record(row)?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// Rows as aligned columns; what looks like a number stands to the right.
pub(super) fn table<const N: usize>(heading: [&str; N], rows: Vec<[String; N]>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_header(heading);
    for row in rows {
        table.add_row(row.map(|text| {
            let digits = |c: char| c.is_ascii_digit() || matches!(c, '-' | '.');
            let number = !text.is_empty() && text.chars().all(digits) && text.matches('-').count() < 2;
            let cell = comfy_table::Cell::new(text);
            if number { cell.set_alignment(comfy_table::CellAlignment::Right) } else { cell }
        }));
    }
    let text = table.to_string();
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
