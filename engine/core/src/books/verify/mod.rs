//! Whether a ledger is what its own log makes of it: the chain, and every decision and movement done again.
//!
//! Invariant: what came from outside is taken again, everything else must come of it by itself, byte for byte (I20).

mod disputes;

use std::sync::Arc;

use fenrun_ledger::{ChainError, Entry, Head, Ledger, LedgerError, MemoryLedger, StoredEntry, verify_chain};

pub(super) use disputes::Disputes;

use super::desk::{SEPARATOR, after, kind};
use super::{Books, BooksError};
use crate::Engine;
use crate::conduct::RecordedDispute;
use crate::event::{Event, Expectations};

/// Entries that are read at once.
const PAGE: usize = 512;

/// A ledger that is what its log makes of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verified {
    /// How far the log goes, and its hash.
    pub head: Head,
    /// How many events came from outside; all other entries followed from them.
    pub told: u64,
    /// How many orders were decided again.
    pub decided: u64,
    /// Calls that two engines did not agree about, of which the log's word was taken, because this engine has no second one
    /// to disagree with. All else was worked out again, what came of them included.
    pub disputes: Vec<RecordedDispute>,
}

/// The first thing that is not as it should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Difference {
    /// The chain is broken: something was changed, taken out or put in.
    #[error("the chain is broken")]
    Chain(#[from] ChainError),
    /// An entry does not follow from those before it.
    #[error(
        "entry {seq}, `{fact}`: its {what} is not what follows from the log: expected `{expected}`, found `{found}`"
    )]
    Entry {
        /// Its place in the log.
        seq: u64,
        /// Its fact.
        fact: String,
        /// Which part of it.
        what: &'static str,
        /// What follows from the log.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// What is kept beside the log is not what the log makes of it.
    #[error("`{kind}/{key}` is not what follows from the log")]
    Document {
        /// Which kind of document.
        kind: &'static str,
        /// Its key.
        key: String,
    },
    /// An entry that follows from the log is missing.
    #[error("entry {seq}, `{fact}`, follows from the log and is missing")]
    Missing {
        /// The place it should have.
        seq: u64,
        /// Its fact.
        fact: String,
    },
    /// The ledger could not be read, or an event of it could not be taken again.
    #[error(transparent)]
    Books(#[from] BooksError),
}

impl From<LedgerError> for Difference {
    fn from(error: LedgerError) -> Self {
        Self::Books(error.into())
    }
}

/// Verifies a ledger: its chain and balances, every decision, and everything that is kept beside the log.
///
/// # Errors
///
/// The first [`Difference`] in the order of the log.
pub fn verify(engine: &Engine, ledger: &mut dyn Ledger) -> Result<Verified, Difference> {
    let head = verify_chain(ledger)?;
    let mut again = Books::open(engine.clone(), Box::new(MemoryLedger::new()))?;
    let disputes = Disputes::of(engine, ledger)?;
    let mut verified = Verified { head, told: 0, decided: 0, disputes: disputes.told() };
    let mut compared = 0_u64;
    let mut after = 0_u64;
    loop {
        let page = ledger.entries(after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for stored in page {
            if stored.entry.cause.is_none() {
                take_again(&mut again, ledger, (&stored.entry, &disputes))?;
                verified.told = verified.told.saturating_add(1);
            }
            if stored.entry.receipt.is_some() {
                verified.decided = verified.decided.saturating_add(1);
            }
            let follows = again.ledger().entries(compared, 1)?.into_iter().next();
            let Some(follows) = follows.filter(|follows| follows.seq == stored.seq) else {
                return Err(difference(&stored, "fact", "nothing", &stored.entry.fact));
            };
            compared = follows.seq;
            compare(&stored, &follows)?;
        }
    }
    if let Some(missing) = again.ledger().entries(compared, 1)?.into_iter().next() {
        return Err(Difference::Missing { seq: missing.seq, fact: missing.entry.fact });
    }
    documents(&mut again, ledger)?;
    Ok(verified)
}

/// Takes an event from outside again, with the modules it brings into force.
pub(super) fn take_again(
    again: &mut Books,
    ledger: &mut dyn Ledger,
    (entry, disputes): (&Entry, &Arc<Disputes>),
) -> Result<(), BooksError> {
    if let Some(in_force) = &mut again.in_force {
        in_force.disputes = disputes.clone();
    }
    let any = Expectations::new(fenrun_money::Currency::CNY);
    let expect = again.expectations().cloned().unwrap_or(any);
    let event = Event::parse(&entry.event, &expect)?;
    again.begin()?;
    let modules = match &event {
        Event::ProgramActivated(event) => Some(event.modules()),
        Event::OrdersRestated(event) => Some(event.modules()),
        _ => None,
    };
    if let Some(modules) = modules {
        for digest in modules.values() {
            let Ok(digest) = digest.parse::<crate::admission::Digest>() else { continue };
            if let Some(bytes) = ledger.module(*digest.as_bytes())? {
                again.ledger().put_module(*digest.as_bytes(), &bytes)?;
            }
        }
    }
    again.take(&event)?;
    again.commit()?;
    Ok(())
}

fn difference(stored: &StoredEntry, what: &'static str, expected: &str, found: &str) -> Difference {
    Difference::Entry {
        seq: stored.seq,
        fact: stored.entry.fact.clone(),
        what,
        expected: expected.to_owned(),
        found: found.to_owned(),
    }
}

/// Compares an entry with the one that follows from the log, the plainest part first.
fn compare(stored: &StoredEntry, follows: &StoredEntry) -> Result<(), Difference> {
    if stored.hash == follows.hash {
        return Ok(());
    }
    let (found, expected) = (&stored.entry, &follows.entry);
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let movements = |entry: &Entry| format!("{:?}", entry.transactions);
    let parts = [
        ("fact", expected.fact.clone(), found.fact.clone()),
        ("event", expected.event.clone(), found.event.clone()),
        ("outcome", expected.code.to_string(), found.code.to_string()),
        ("reason", text(&expected.because), text(&found.because)),
        ("cause", text(&expected.cause), text(&found.cause)),
        ("movements", movements(expected), movements(found)),
        ("receipt", text(&expected.receipt), text(&found.receipt)),
    ];
    let different = parts.into_iter().find(|(_, expected, found)| expected != found);
    let (what, expected, found) =
        different.unwrap_or_else(|| ("hash", follows.hash.to_string(), stored.hash.to_string()));
    Err(difference(stored, what, &expected, &found))
}

/// Compares what is kept beside the log with what the log makes of it.
fn documents(again: &mut Books, ledger: &mut dyn Ledger) -> Result<(), Difference> {
    for kind in kind::ALL {
        let mut from = String::new();
        loop {
            let found = ledger.scan(kind, &from, None, PAGE)?;
            let expected = again.ledger().scan(kind, &from, None, PAGE)?;
            let different = found.iter().zip(&expected).find(|(found, expected)| found != expected);
            let key = match different {
                Some(((found, _), (expected, _))) => Some(found.min(expected)),
                None if found.len() > expected.len() => found.get(expected.len()).map(|(key, _)| key),
                None => expected.get(found.len()).map(|(key, _)| key),
            };
            if let Some(key) = key {
                return Err(Difference::Document { kind, key: key.replace(SEPARATOR, "/") });
            }
            let Some((last, _)) = found.last().filter(|_| found.len() >= PAGE) else { break };
            from = after(last);
        }
    }
    Ok(())
}
