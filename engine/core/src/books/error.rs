//! Why the books could not take an event.
//!
//! Invariant: never the event's fault; what an event itself has wrong is an answer, not an error.

use fenrun_ledger::LedgerError;

use crate::event::EventError;
use crate::program::ProgramError;
use crate::{LoadError, event::FactKey};

/// Why the books could not do what they were asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BooksError {
    /// The ledger could not be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The program's text cannot be used.
    #[error("the program cannot be used")]
    Program(#[from] ProgramError),
    /// The program's policies cannot be loaded.
    #[error("the program cannot be loaded")]
    Load(#[from] LoadError),
    /// There is no program yet.
    #[error("no program is in force; hint: prepare one before the first event")]
    NoProgram,
    /// The text is no event.
    #[error(transparent)]
    Event(#[from] EventError),
    /// What was asked for cannot be done as things stand; nothing was changed.
    #[error("{because}")]
    Refused {
        /// Why.
        because: String,
    },
    /// The engine broke at an event; it may be sent again.
    #[error("the engine broke at `{fact}`: {because}")]
    Engine {
        /// The fact.
        fact: FactKey,
        /// What happened.
        because: String,
    },
}
