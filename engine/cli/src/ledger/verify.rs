//! `fenrun verify`: whether a ledger is what its own log makes of it.
//!
//! Invariant: reads only; names the first difference.

use clap::Args;
use fenrun::books;

use crate::engine::CacheArguments;
use crate::exit::Exit;
use crate::problem::Problem;

#[derive(Args, Debug)]
pub(crate) struct VerifyArguments {
    /// The ledger: a file, or `postgres://…`
    #[arg(value_name = "LEDGER")]
    ledger: String,
}

pub(crate) fn run(arguments: &VerifyArguments, cache: &CacheArguments) -> anyhow::Result<Exit> {
    let mut ledger = super::read(&arguments.ledger)?;
    let engine = cache.engine()?;
    match books::verify(&engine, ledger.as_mut()) {
        Ok(verified) => {
            println!(
                "{} entries, {} told from outside, {} decisions made again: all as the log says",
                verified.head.entries, verified.told, verified.decided
            );
            println!("hash {}", verified.head.hash);
            for dispute in &verified.disputes {
                eprintln!(
                    "{dispute}: taken as the log says; hint: only `--second-engine` makes such a call again"
                );
            }
            Ok(Exit::Success)
        }
        Err(difference) => Err(Problem::of(Exit::Differs, difference).into()),
    }
}
