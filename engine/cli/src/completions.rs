//! `fenrun completions`: completions for a shell.
//!
//! Invariant: made from the command line itself.

use clap::Args;
use clap_complete::Shell;

use crate::exit::Exit;
use crate::output;

#[derive(Args, Debug)]
pub(crate) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(arguments: &CompletionsArguments) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut crate::command(), "fenrun", &mut script);
    output::print(&script)
}
