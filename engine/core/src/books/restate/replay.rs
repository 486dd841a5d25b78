//! The log once more, up to the orders that are decided again.
//!
//! Invariant: everything that came from outside is taken again as it was told; earlier restatements are booked as they
//! stand in the log, so a log with many of them is replayed in one pass.

use fenrun_ledger::{Code, Entry, Ledger, MemoryLedger};

use super::change::OrderChange;
use super::watch::Watch;
use super::{ORDER_RESTATED, ORDERS_RESTATED, Receipt};
use crate::Engine;
use crate::books::desk::Desk;
use crate::books::stop::Stop;
use crate::books::verify::{Disputes, take_again};
use crate::books::{Books, BooksError};

/// Entries that are read at once.
const PAGE: usize = 512;

/// Replays a log up to an entry in a ledger of its own, watched.
pub(super) fn replay(
    engine: &Engine,
    ledger: &mut dyn Ledger,
    watch: Watch,
    until: u64,
) -> Result<Watch, Stop> {
    let mut again = Books::open(engine.clone(), Box::new(MemoryLedger::new())).map_err(stop)?;
    again.watch = Some(Box::new(watch));
    let disputes = Disputes::of(engine, ledger).map_err(Stop::Ledger)?;
    let mut after = 0_u64;
    while after < until {
        let page = ledger.entries(after, PAGE)?;
        if page.is_empty() {
            break;
        }
        for stored in page.into_iter().take_while(|stored| stored.seq <= until) {
            after = stored.seq;
            if stored.entry.kind == ORDER_RESTATED || stored.entry.kind == ORDERS_RESTATED {
                restated(&mut again, stored.entry)?;
            } else if stored.entry.cause.is_none() {
                take_again(&mut again, ledger, (&stored.entry, &disputes)).map_err(stop)?;
            }
        }
    }
    let watch = again.watch.take();
    watch.map(|watch| *watch).ok_or_else(|| Stop::Engine("nobody watched".into()))
}

/// Books a part of an earlier restatement as it stands.
fn restated(again: &mut Books, mut entry: Entry) -> Result<(), Stop> {
    again.begin().map_err(stop)?;
    if entry.kind == ORDER_RESTATED && entry.code == Code::Created {
        let text = entry.receipt.as_deref().unwrap_or_default();
        let receipt: Receipt = serde_json::from_str(text)
            .map_err(|error| Stop::Engine(format!("`{}` cannot be read back: {error}", entry.fact)))?;
        if let Some(watch) = &again.watch {
            watch.restated_before(&receipt.change);
        }
        let mut desk = Desk::new(again.ledger());
        OrderChange::book(&receipt.change, &mut desk, &receipt.restatement, &receipt.program)?;
        entry.changes = desk.finish().changes;
    }
    again.ledger().append(entry)?;
    again.commit().map_err(stop)?;
    Ok(())
}

fn stop(error: BooksError) -> Stop {
    match error {
        BooksError::Ledger(error) => Stop::Ledger(error),
        other => Stop::Engine(other.to_string()),
    }
}
