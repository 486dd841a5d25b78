//! What the `fenrun` binary does, as a library: `run`, `build`, `check`, `new`, `test`, `backtest`, `import`, `schema`, `completions`.
//!
//! Host applications embed [`fenrun`] itself; this crate adds what a person at a terminal needs. Three of its parts are
//! of use elsewhere, such as in tests:
//!
//! - [`modules::PolicyModules`] finds policies, builds those that are source, and gives their modules to the engine.
//! - [`intake::Intake`] takes a stream of event lines through parse, duplicate check, decision and history.
//! - [`program::load`] reads a program file and says at which line it is wrong.
//!
//! Invariant: thin. Nothing here decides or computes an amount; that is the engine's.

mod arguments;
mod backtest;
mod build;
mod check;
mod completions;
mod engine;
mod exit;
mod explain;
pub mod import;
pub mod intake;
mod ledger;
pub mod modules;
mod new;
mod output;
mod problem;
pub mod program;
pub mod record;
mod run;
pub mod schema;
mod table;
mod test;

use std::process::ExitCode;

use clap::Parser as _;

pub use exit::Exit;
pub use problem::Problem;

/// Runs the command line that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    // This process may be the compiler of another one.
    fenrun::compilation::serve_if_asked();
    match arguments::Arguments::try_parse() {
        Ok(arguments) => arguments.run().unwrap_or_else(|error| problem::print(&error)).into(),
        Err(usage) => {
            // Where even this cannot be printed, the exit code is all that is left to say.
            let _ = usage.print();
            u8::try_from(usage.exit_code()).unwrap_or(Exit::Usage.code()).into()
        }
    }
}

/// The command line as a whole, for completions and for the reference.
#[must_use]
pub fn command() -> clap::Command {
    <arguments::Arguments as clap::CommandFactory>::command()
}
