//! `orders.restated`: the orders that were paid on some days are decided again under a mended program, and the
//! differences are posted.
//!
//! A restatement is an event like any other: the mended program stands in it, so what it does follows from the log alone.
//! Every order is decided as of its own moment, from the log replayed up to there, at the prices that were paid; the
//! mended formula then runs on what refunds have left of it. All orders are decided before the first one is booked: where
//! one cannot be, the restatement is refused, that order is named, and nothing moves. Each order that changes is an entry
//! of its own, which follows from the restatement. The program in force stays in force.
//!
//! Invariant: discounts, coupons, grants and the bonuses of closed periods stay as they are; caps hold; told twice, it
//! happens once.

mod change;
mod plan;
mod preview;
mod replay;
mod watch;

use fenrun_ledger::{Code, Entry, Ledger, LedgerError};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::desk::Desk;
use super::lot::Lot;
use super::programs::{self, Mended};
use super::received::Received;
use super::setting::{Done, Setting};
use super::stop::Stop;
use super::take::{Way, Worked, broke};
use super::{Books, BooksError, Posted};
use crate::event::{FactKey, OrdersRestated};
use change::OrderChange;
use plan::{Plan, plan};

pub use preview::{RestatedOrder, RestatedParty, RestatedShare, Restatement};
pub(crate) use watch::Watch;

/// The kind of the event.
const ORDERS_RESTATED: &str = "orders.restated";

/// The kind of the entries that follow from it, one for each order that changes. No event from outside has it.
pub(super) const ORDER_RESTATED: &str = "order.restated";

/// Which orders are restated, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restating {
    /// This restatement; the same one again is a duplicate.
    pub restatement: String,
    /// The first day of payment, in the time zone of the program in force.
    pub from: Date,
    /// The last day of payment, included.
    pub to: Date,
    /// When it is done.
    pub time: Timestamp,
    /// Why.
    pub reason: String,
}

/// The record of one restated order: what changed, and the decision behind it.
#[derive(Debug, Deserialize, Serialize)]
struct Receipt {
    engine: String,
    restatement: String,
    program: String,
    change: OrderChange,
    decision: Box<RawValue>,
}

impl Books {
    /// What restating the orders of some days under a mended program would change. Nothing is posted.
    ///
    /// # Errors
    ///
    /// [`BooksError::Refused`] where it cannot be done, with the order at fault; otherwise as [`Books::take`].
    pub fn preview(&mut self, mended: &Mended, from: Date, to: Date) -> Result<Restatement, BooksError> {
        let in_force = self.in_force.as_ref().ok_or(BooksError::NoProgram)?;
        let setting = Setting {
            engine: &self.engine,
            program: &in_force.program,
            expect: &in_force.expect,
            activated: &in_force.activated,
            watch: None,
        };
        let mut desk = Desk::new(self.ledger.as_mut());
        let planned = plan(&setting, &mut desk, mended.program(), from, to);
        let told =
            planned.and_then(|plan| preview::of(&setting, &mut desk, plan, mended.program(), (from, to)));
        told.map_err(|stop| match stop {
            Stop::Ledger(error) => error.into(),
            Stop::Refused(because) | Stop::Engine(because) => BooksError::Refused { because },
            Stop::Awaits(fact) => BooksError::Refused { because: format!("it waits for `{fact}`") },
            Stop::Held(cause) => BooksError::Refused { because: cause.to_string() },
        })
    }

    /// Restates the orders of some days: keeps the mended program in the ledger and takes the event. Needs an open batch.
    /// Where the restatement cannot be done or would move nothing, it is refused and nothing moves.
    ///
    /// # Errors
    ///
    /// As [`Books::take`].
    pub fn restate(&mut self, mended: &Mended, restating: &Restating) -> Result<Posted, BooksError> {
        let expect = &self.in_force.as_ref().ok_or(BooksError::NoProgram)?.expect;
        let event = OrdersRestated::new(
            restating.restatement.clone(),
            restating.from,
            restating.to,
            restating.time,
            restating.reason.clone(),
            mended.program().digest().to_string(),
            mended.file().into(),
            mended.digests(),
            expect,
        )?;
        mended.keep(self.ledger.as_mut())?;
        self.take(&event.into())
    }

    /// Takes a restatement: all orders are decided, then each that changes is booked.
    pub(super) fn take_restated(
        &mut self,
        received: &Received,
        restated: &OrdersRestated,
        way: &Way,
    ) -> Result<Posted, BooksError> {
        let event = received.event();
        let planned = self.planned(restated);
        let mut desk = Desk::new(self.ledger.as_mut());
        let plan = match planned {
            Ok(plan) => plan,
            Err(Stop::Refused(because)) => {
                let worked = Worked::refused(because, desk);
                return self.append(received, way, worked);
            }
            Err(stop) => return Err(broke(event, stop)),
        };
        super::take::clear(&mut desk, event.fact_key().as_str(), way, false)
            .map_err(|stop| broke(event, stop))?;
        let done = Done { code: Code::Created, note: Some(plan.note()), ..Done::noted() };
        let worked = Worked::done(done, desk);
        let mut posted = self.append(received, way, worked)?;
        for (change, decision) in plan.changes {
            let followed = self.book_one(restated, change, &decision).map_err(|stop| broke(event, stop))?;
            posted.taken_up.push(followed);
        }
        Ok(posted)
    }

    fn planned(&mut self, restated: &OrdersRestated) -> Result<Plan, Stop> {
        let Some(in_force) = self.in_force.as_ref() else {
            return Err(Stop::refused("no program is in force, so there is nothing to restate"));
        };
        let mended = programs::load_named(
            &self.engine,
            self.ledger.as_mut(),
            (restated.file(), restated.modules(), restated.program()),
        )?;
        let setting = Setting {
            engine: &self.engine,
            program: &in_force.program,
            expect: &in_force.expect,
            activated: &in_force.activated,
            watch: None,
        };
        let mut desk = Desk::new(self.ledger.as_mut());
        let plan = plan(&setting, &mut desk, &mended, restated.from(), restated.to())?;
        if plan.changes.is_empty() { Err(Stop::Refused(plan.nothing(&mended))) } else { Ok(plan) }
    }

    /// Books what changes of one order, as an entry of its own.
    fn book_one(
        &mut self,
        restated: &OrdersRestated,
        change: OrderChange,
        decision: &str,
    ) -> Result<Posted, Stop> {
        let (by, program) = (restated.restatement(), restated.program());
        let mut desk = Desk::new(self.ledger.as_mut());
        change.book(&mut desk, by, program)?;
        let worked = desk.finish();
        let fact = FactKey::new(ORDER_RESTATED, &[by, &change.order]).as_str().to_owned();
        let event = serde_json::json!({ "kind": ORDER_RESTATED, "order": change.order, "restatement": by });
        let event = event.to_string();
        let written = |error: serde_json::Error| Stop::Engine(format!("`{fact}` cannot be written: {error}"));
        let receipt = Receipt {
            engine: super::take::ENGINE.to_owned(),
            restatement: by.to_owned(),
            program: program.to_owned(),
            change,
            decision: RawValue::from_string(decision.to_owned()).map_err(written)?,
        };
        let receipt = serde_json::to_string(&receipt).map_err(written)?;
        let seq = self.ledger.append(Entry {
            fact: fact.clone(),
            kind: ORDER_RESTATED.to_owned(),
            time: restated.time(),
            payload: Sha256::digest(&event).into(),
            event,
            code: Code::Created,
            because: None,
            cause: Some(FactKey::new(ORDERS_RESTATED, &[by]).as_str().to_owned()),
            receipt: Some(receipt),
            transactions: worked.transactions.clone(),
            changes: worked.changes,
        })?;
        Ok(Posted {
            fact,
            code: Code::Created,
            seq: Some(seq),
            because: None,
            note: None,
            decision: None,
            decision_json: None,
            granted: None,
            held: None,
            transactions: worked.transactions,
            suspended: Vec::new(),
            kept: Vec::new(),
            taken_up: Vec::new(),
        })
    }
}

/// The receipt of the restatement by which an order's shares are what they are, where there was one.
pub(super) fn receipt_of(ledger: &mut dyn Ledger, lot: &Lot) -> Result<Option<String>, LedgerError> {
    let Some(mark) = &lot.restated else { return Ok(None) };
    let fact = FactKey::new(ORDER_RESTATED, &[&mark.by, &lot.order]);
    let Some(stored) = ledger.stored(fact.as_str())? else { return Ok(None) };
    let entry = ledger.entries(stored.seq.saturating_sub(1), 1)?.pop();
    Ok(entry.and_then(|stored| stored.entry.receipt))
}
