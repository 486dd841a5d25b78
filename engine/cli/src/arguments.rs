//! The command line.
//!
//! Invariant: says what can be typed; what it does stands in one module for each command.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::engine::CacheArguments;
use crate::exit::{self, Exit};
use crate::{backtest, build, check, completions, explain, import, ledger, new, run, schema, test};

/// Runs, builds and checks payout and coupon policies.
#[derive(Debug, Parser)]
#[command(name = "fenrun", version, after_help = exit::help(), max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    cache: CacheArguments,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Decides order events under a program
    Run(run::RunArguments),
    /// Builds a policy folder or a `.wat` file into an admitted `.wasm` module
    Build(build::BuildArguments),
    /// Says whether a module, a policy or a program is admitted, and what it can do
    Check(check::CheckArguments),
    /// Makes a folder for a new policy, with cases that pass
    New(new::NewArguments),
    /// Runs the cases of policies
    Test(test::TestArguments),
    /// Compares what past orders come to under two programs
    Backtest(backtest::BacktestArguments),
    /// Turns a CSV export into order events
    Import(import::ImportArguments),
    /// Verifies a ledger: its chain, and every decision and movement made again
    Verify(ledger::VerifyArguments),
    /// Tells where each cent of an order came from and went: in a ledger, a case or an event file
    Explain(explain::ExplainArguments),
    /// Lists every movement on a party's accounts
    Statement(ledger::StatementArguments),
    /// Shows what each account holds
    Balance(ledger::BalanceArguments),
    /// Pays out what is available, and tells what the rail made of it
    Payout(ledger::PayoutArguments),
    /// Shows what past orders come to under a mended program, and posts the differences
    Restate(ledger::RestateArguments),
    /// Lists events that wait, and tries them again
    Held(ledger::HeldArguments),
    /// Prints the JSON schema of a format
    Schema(schema::SchemaArguments),
    /// Prints completions for a shell
    Completions(completions::CompletionsArguments),
}

/// Where stock policies come from.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct StockArguments {
    /// Folder of stock policies; otherwise `policies/` above the program file, then above this binary
    #[arg(long, value_name = "DIR", env = "FENRUN_POLICIES")]
    pub(crate) policies: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(&self) -> anyhow::Result<Exit> {
        let cache = &self.cache;
        match &self.command {
            Command::Run(arguments) => run::run(arguments, cache),
            Command::Build(arguments) => build::run(arguments),
            Command::Check(arguments) => check::run(arguments, cache),
            Command::New(arguments) => new::run(arguments),
            Command::Test(arguments) => test::run(arguments, cache),
            Command::Backtest(arguments) => backtest::run(arguments, cache),
            Command::Import(arguments) => import::run(arguments),
            Command::Verify(arguments) => ledger::verify(arguments, cache),
            Command::Explain(arguments) => explain::run(arguments, cache),
            Command::Statement(arguments) => ledger::statement(arguments),
            Command::Balance(arguments) => ledger::balance(arguments),
            Command::Payout(arguments) => ledger::payout(arguments, cache),
            Command::Restate(arguments) => ledger::restate(arguments, cache),
            Command::Held(arguments) => ledger::held(arguments, cache),
            Command::Schema(arguments) => schema::run(arguments),
            Command::Completions(arguments) => completions::run(arguments),
        }
    }
}
