//! The books of one merchant: events come in, balanced transactions go into the ledger, and nothing happens twice.
//!
//! [`Books`] joins an [`Engine`] and a [`Ledger`]. It takes order events one after the other, each in the
//! state that the ones before it left, and answers what became of each: posted, noted, refused, held, parked, or told
//! before. Refunds run the frozen formulas of their order again; releases, expiries and periods are events like all
//! others.
//!
//! ```
//! use fenrun::books::{Books, Code};
//! use fenrun::event::{Event, Line, Order};
//! use fenrun::program::PolicySource;
//! use fenrun::{Engine, EngineOptions};
//! use fenrun_ledger::{Account, AccountKind, Asset, Ledger, MemoryLedger};
//! use fenrun_money::Currency;
//!
//! let program = r#"
//! merchant  = "corner-shop"
//! currency  = "CNY"
//! time_zone = "Asia/Shanghai"
//! guard     = "cn"
//!
//! [[policy]]
//! name = "seller"
//! use  = "seller-share"
//! configuration = { rate = "20%" }
//! "#;
//! let modules = |_: &PolicySource| Ok(wat::parse_str(include_str!("../../examples/seller-share.wat")).unwrap());
//!
//! let engine = Engine::new(EngineOptions::default())?;
//! let mut books = Books::open(engine, Box::new(MemoryLedger::new()))?;
//! books.prepare(program, "corner-shop.toml", &modules)?;
//!
//! let paid = r#"{"kind":"order.paid","order":"A1","time":"2026-03-01T10:00:00+08:00","currency":"CNY",
//!     "buyer":{"id":"b1"},"seller":"s1","lines":[{"id":"1","quantity":1,"price":"9.99"}]}"#;
//! let back = r#"{"kind":"order.refunded","refund":"R1","order":"A1","time":"2026-03-02T10:00:00+08:00",
//!     "currency":"CNY","lines":[{"id":"1","amount":"9.90"}]}"#;
//!
//! books.begin()?;
//! assert_eq!(books.take_json(paid)?.code, Code::Created);
//! let held = |books: &mut Books| {
//!     books.ledger().balance(&Account::new(AccountKind::Held, "s1", "A1"), &Asset::new("CNY"))
//! };
//! assert_eq!(held(&mut books)?, 1_99); // 20 % of 9.99, floored
//!
//! // A refund runs the formula again on what remains: 20 % of 0.09 is 1.8 fen, so 1 is kept.
//! assert_eq!(books.take_json(back)?.code, Code::Created);
//! assert_eq!(held(&mut books)?, 1);
//!
//! // The same fact again changes nothing; with another content it is a conflict.
//! assert_eq!(books.take_json(back)?.code, Code::Duplicate);
//! assert_eq!(books.take_json(&back.replace("9.90", "9.80"))?.code, Code::Conflict);
//!
//! // More than is left is refused, with the numbers.
//! let more = books.take_json(&back.replace("R1", "R2"))?;
//! assert_eq!(more.code, Code::Refused);
//! assert_eq!(more.because.unwrap(), "0.09 is left of what was paid for line `1`, 9.90 is to go back");
//! books.commit()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Invariant: what the books answer is in the ledger when the batch is committed, and only then.

mod accounts;
mod ask;
mod balances;
mod caps;
mod conduct;
mod coupons;
mod days;
mod desk;
mod error;
mod frozen;
mod granting;
mod grants;
mod history;
mod kept;
mod lot;
mod orders;
mod parties;
mod payouts;
mod periods;
mod posted;
mod programs;
mod rail;
mod received;
mod recompute;
mod records;
mod refunds;
mod relations;
mod remains;
mod reprice;
mod restate;
mod setting;
mod stop;
mod take;
#[cfg(test)]
mod tests;
mod verify;
mod versions;

use fenrun_ledger::{HandedOver, Head, Ledger, LedgerError};

pub use ask::{Waiting, explain_order, waiting};
pub use conduct::suspended;
pub use error::BooksError;
pub use fenrun_ledger::Code;
pub use kept::KeptShare;
pub use posted::Posted;
pub use programs::Mended;
pub use rail::{Deadline, deadlines};
pub use received::Received;
pub use remains::{NotTakenBack, OrderRemains, ShareClawback, TakenBack};
pub use restate::{RestatedOrder, RestatedParty, RestatedShare, Restatement, Restating};
pub use verify::{Difference, Verified, verify};

use crate::{Engine, Program, event::Expectations};
use programs::{InForce, Next};

/// The programs before a batch.
type Before = (Option<InForce>, Option<Next>);

/// The books of one merchant. See the [module](self).
pub struct Books {
    engine: Engine,
    ledger: Box<dyn Ledger + Send>,
    in_force: Option<InForce>,
    /// The program that comes into force with the next new event.
    next: Option<Next>,
    /// What was in force when the batch began, for when it is undone.
    at_begin: Option<Before>,
    /// The batch that was handed over and may still have to be undone: how far the log goes with it, and what was in force
    /// before it.
    behind: Option<(Head, Before)>,
    /// Who decides orders again, where the log is replayed for a restatement.
    watch: Option<Box<restate::Watch>>,
    /// Whether [`Posted::kept`] is told.
    tells_kept: bool,
}

impl std::fmt::Debug for Books {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Books").field("program", &self.program()).finish_non_exhaustive()
    }
}

impl Books {
    /// Opens the books in a ledger, with the program that is in force there.
    ///
    /// # Errors
    ///
    /// [`BooksError::Ledger`] where the ledger cannot be read, [`BooksError::Program`] where its program cannot be loaded
    /// any more.
    pub fn open(engine: Engine, mut ledger: Box<dyn Ledger + Send>) -> Result<Books, BooksError> {
        let in_force = programs::in_force(&engine, ledger.as_mut())?;
        let (at_begin, behind, watch) = (None, None, None);
        Ok(Books { engine, ledger, in_force, next: None, at_begin, behind, watch, tells_kept: false })
    }

    /// The program in force, or else the one that will be.
    #[must_use]
    pub fn program(&self) -> Option<&Program> {
        let next = self.next.as_ref().map(|next| &next.program);
        next.or_else(|| self.in_force.as_ref().map(|in_force| &in_force.program))
    }

    /// What the program expects of its events.
    #[must_use]
    pub fn expectations(&self) -> Option<&Expectations> {
        let next = self.next.as_ref().map(|next| &next.expect);
        next.or_else(|| self.in_force.as_ref().map(|in_force| &in_force.expect))
    }

    /// From now on, tells with each event what it changes of the shares that are in the ledger: [`Posted::kept`]. That costs
    /// reading each lot that changes once more.
    pub fn tell_kept(&mut self) {
        self.tells_kept = true;
    }

    /// The ledger.
    pub fn ledger(&mut self) -> &mut dyn Ledger {
        self.ledger.as_mut()
    }

    /// Opens a batch.
    ///
    /// # Errors
    ///
    /// As [`Ledger::begin`].
    pub fn begin(&mut self) -> Result<(), BooksError> {
        self.ledger.begin()?;
        self.at_begin = Some((self.in_force.clone(), self.next.clone()));
        Ok(())
    }

    /// Commits the batch: what was answered in it is durable when this returns.
    ///
    /// # Errors
    ///
    /// As [`Ledger::commit`]; the batch is then undone, and its events may be sent again.
    pub fn commit(&mut self) -> Result<Head, BooksError> {
        self.end(|ledger| ledger.commit().map(HandedOver::durable)).map(|ended| ended.head)
    }

    /// Ends the batch and lets it be kept while the next one is taken: what was answered in it is durable when
    /// [`settle`](Self::settle), or the next `hand_over` or [`commit`](Self::commit), has returned without an error.
    /// Nobody should be told of it before. Where the ledger commits at once, it says so. See [`Ledger::hand_over`].
    ///
    /// ```
    /// # use fenrun::books::Books;
    /// # use fenrun::{Engine, EngineOptions};
    /// # use fenrun_ledger::MemoryLedger;
    /// # let engine = Engine::new(EngineOptions::default())?;
    /// # let mut books = Books::open(engine, Box::new(MemoryLedger::new()))?;
    /// books.begin()?;
    /// // … take the events of one batch …
    /// books.hand_over()?;
    /// books.begin()?;
    /// // … take the events of the next while the first is written …
    /// books.hand_over()?; // From here on the first is durable.
    /// books.settle()?; // And the second.
    /// assert!(books.hand_over().is_err()); // No batch is open.
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Ledger::hand_over`]; the batch is then undone, and the one handed over before where that could not be kept:
    /// [`Ledger::head`] says how far the log goes. The events of both may be sent again, what is known is a duplicate.
    pub fn hand_over(&mut self) -> Result<HandedOver, BooksError> {
        self.end(|ledger| ledger.hand_over())
    }

    /// Waits until what was handed over is durable.
    ///
    /// # Errors
    ///
    /// As [`Ledger::settle`]: it is undone then, and the open batch with it.
    pub fn settle(&mut self) -> Result<(), BooksError> {
        match self.ledger.settle() {
            Ok(()) => {
                self.behind = None;
                Ok(())
            }
            Err(error) => {
                self.restore();
                Err(error.into())
            }
        }
    }

    /// Undoes the batch.
    ///
    /// # Errors
    ///
    /// As [`Ledger::rollback`].
    pub fn rollback(&mut self) -> Result<(), BooksError> {
        let undone = self.ledger.rollback();
        self.restore();
        Ok(undone?)
    }

    /// Whether the log goes as far as a batch that was handed over: after an error, what tells whether that batch was kept
    /// or undone. Only where no batch is open.
    pub fn holds(&mut self, head: Head) -> bool {
        self.ledger.head().is_ok_and(|now| now.entries >= head.entries)
    }

    /// Ends the batch in a way that settles the one before.
    fn end(
        &mut self,
        end: impl FnOnce(&mut dyn Ledger) -> Result<HandedOver, LedgerError>,
    ) -> Result<HandedOver, BooksError> {
        match end(self.ledger.as_mut()) {
            Ok(ended) => {
                let before = self.at_begin.take().filter(|_| !ended.is_durable);
                self.behind = before.map(|before| (ended.head, before));
                Ok(ended)
            }
            Err(error) => {
                self.restore();
                Err(error.into())
            }
        }
    }

    /// After batches were undone: what was in force before the first of them.
    fn restore(&mut self) {
        let mut before = self.at_begin.take();
        if let Some((head, older)) = self.behind.take()
            && !self.holds(head)
        {
            before = Some(older);
        }
        if let Some((in_force, next)) = before {
            (self.in_force, self.next) = (in_force, next);
        }
    }
}
