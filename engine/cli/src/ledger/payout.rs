//! `fenrun payout`: paying out what is available, and telling what the rail made of it.
//!
//! Invariant: each command posts events like any other; a payout keeps its key until the rail has said what became of it.

use clap::{Args, Subcommand};
use fenrun::Program;
use fenrun::books::Books;
use fenrun::event::{Event, Expectations, PayoutFailed, PayoutRequested, PayoutSucceeded};
use fenrun_ledger::AccountKind;
use jiff::Timestamp;

use crate::engine::CacheArguments;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::run::told;

#[derive(Args, Debug)]
pub(crate) struct PayoutArguments {
    #[command(subcommand)]
    command: PayoutCommand,
}

#[derive(Debug, Subcommand)]
enum PayoutCommand {
    /// Requests a payout of everything that is available, for each party that has at least the program's minimum
    Batch {
        /// The ledger: a file, or `postgres://…`
        #[arg(value_name = "LEDGER")]
        ledger: String,
        /// The batch; each payout is called `BATCH.PARTY`, so the same batch again pays nobody twice
        #[arg(value_name = "BATCH")]
        batch: String,
        /// The most payouts of the batch; never more than the program's rail profile allows
        #[arg(long, value_name = "COUNT")]
        receivers_max: Option<u32>,
    },
    /// Tells that the rail has paid
    Confirm {
        /// The ledger: a file, or `postgres://…`
        #[arg(value_name = "LEDGER")]
        ledger: String,
        /// The payouts
        #[arg(value_name = "PAYOUT", required = true)]
        payouts: Vec<String>,
    },
    /// Tells that the rail has not paid, for certain
    Fail {
        /// The ledger: a file, or `postgres://…`
        #[arg(value_name = "LEDGER")]
        ledger: String,
        /// The payout
        #[arg(value_name = "PAYOUT")]
        payout: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

pub(crate) fn run(arguments: &PayoutArguments, cache: &CacheArguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        PayoutCommand::Batch { ledger, batch, receivers_max } => pay(ledger, batch, *receivers_max, cache),
        PayoutCommand::Confirm { ledger, payouts } => tell(ledger, cache, |_, expect| {
            let now = Timestamp::now();
            let event = |payout: &String| PayoutSucceeded::new(payout.clone(), now, None, expect);
            Ok(payouts.iter().map(event).map(|event| event.map(Event::from)).collect::<Result<_, _>>()?)
        }),
        PayoutCommand::Fail { ledger, payout, reason } => tell(ledger, cache, |_, expect| {
            let event = PayoutFailed::new(payout.clone(), Timestamp::now(), reason.clone(), expect)?;
            Ok(vec![event.into()])
        }),
    }
}

/// Requests a payout for each party that has enough.
fn pay(place: &str, batch: &str, receivers_max: Option<u32>, cache: &CacheArguments) -> anyhow::Result<Exit> {
    tell(place, cache, |books, expect| {
        let least =
            books.program().map_or(0, |program| program.definition().ledger().payout_min_minor).max(1);
        let currency = expect.expected_currency();
        let available = books
            .ledger()
            .balances(None, Some(AccountKind::Available))
            .map_err(|error| Problem::of(Exit::NotLoaded, error))?;
        let ready = available
            .iter()
            .filter(|balance| balance.asset.as_str() == currency.code() && balance.balance_minor >= least);
        let now = Timestamp::now();
        let rail = books.program().map(Program::rail).cloned().unwrap_or_default();
        let limit = rail.receivers_max().into_iter().chain(receivers_max).min();
        let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let ready: Vec<_> = ready.collect();
        if let Some(left) = ready.len().checked_sub(limit).filter(|left| *left > 0) {
            eprintln!("note: {limit} receivers at once are the most, {left} more wait for another batch");
        }
        let event = |balance: &fenrun_ledger::Balance| {
            let party = balance.account.owner();
            let payout = format!("{batch}.{party}");
            PayoutRequested::new(payout, party.to_owned(), now, currency, Some(balance.balance_minor), expect)
                .map(Event::from)
        };
        Ok(ready.into_iter().take(limit).map(event).collect::<Result<_, _>>()?)
    })
}

/// Posts events that are made from the state of the books, in one batch.
pub(super) fn tell(
    place: &str,
    cache: &CacheArguments,
    events: impl FnOnce(&mut Books, &Expectations) -> anyhow::Result<Vec<Event>>,
) -> anyhow::Result<Exit> {
    let failed = |error| Problem::of(Exit::NotLoaded, error);
    let mut books = Books::open(cache.engine()?, super::open(place)?).map_err(failed)?;
    let expect = books.expectations().cloned();
    let expect = expect.ok_or_else(|| Problem::new(Exit::NotLoaded, "the ledger has no program"))?;
    books.begin().map_err(failed)?;
    let events = events(&mut books, &expect)?;
    let mut all = Vec::new();
    for event in events {
        let posted = books.take(&event).map_err(failed)?;
        told(0, posted, Some(&event), &mut all);
    }
    books.commit().map_err(failed)?;
    let mut exit = Exit::Success;
    for taken in all {
        exit = exit.and(taken.record.exit());
        println!("{}", taken.record.to_json());
    }
    Ok(exit)
}
