//! The path of an event through the books: told before? → worked out on the desk → entry → what waited for it.
//!
//! Invariant: written once, in order; an entry and everything it changes are appended together or not at all.

use std::collections::VecDeque;

use fenrun_ledger::{Code, Entry, Stored};

use super::desk::{Desk, below, key, kind};
use super::kept::{self, KeptShare};
use super::programs;
use super::received::Received;
use super::records::{HeldRecord, PayoutState};
use super::setting::{Done, Setting};
use super::stop::Stop;
use super::{Books, BooksError, Posted};
use super::{
    balances, conduct, coupons, days, granting, grants, orders, parties, payouts, refunds, relations,
    versions,
};
use crate::conduct::Suspension;
use crate::event::Event;

/// How an event comes to the books.
#[derive(Clone, Debug)]
pub(super) enum Way {
    /// From outside.
    Told,
    /// It had waited for a fact that has arrived.
    TakenUp { cause: String },
    /// It was held, and somebody wants it tried again.
    Retried { cause: String, order_number: Option<u32> },
}

impl Way {
    fn cause(&self) -> Option<String> {
        match self {
            Self::Told => None,
            Self::TakenUp { cause } | Self::Retried { cause, .. } => Some(cause.clone()),
        }
    }
}

impl Books {
    /// Takes an event from its JSON text.
    ///
    /// # Errors
    ///
    /// [`BooksError::Event`] where the text is no event; otherwise as [`Books::take`].
    pub fn take_json(&mut self, json: &str) -> Result<Posted, BooksError> {
        let expect = self.expectations().ok_or(BooksError::NoProgram)?;
        let received = Received::read(json, expect)?;
        self.take_received(&received)
    }

    /// Takes an event: posts what it moves, or answers why not. Needs an open batch.
    ///
    /// Whatever had waited for it is taken up after it.
    ///
    /// # Errors
    ///
    /// A [`BooksError`] where the ledger or the engine broke: the batch is to be rolled back, and its events may be sent
    /// again.
    pub fn take(&mut self, event: &Event) -> Result<Posted, BooksError> {
        self.take_received(&event.clone().into())
    }

    /// Takes an event that was received before, as [`Books::take`].
    ///
    /// # Errors
    ///
    /// As [`Books::take`].
    pub fn take_received(&mut self, received: &Received) -> Result<Posted, BooksError> {
        let event = received.event();
        if self.next.is_some() && self.ledger.stored(event.fact_key().as_str())?.is_none() {
            self.activate(event)?;
        }
        let mut posted = self.take_one(received, &Way::Told)?;
        let mut waiting = VecDeque::new();
        self.find_waiting(&posted, event, &mut waiting)?;
        while let Some((event, way)) = waiting.pop_front() {
            let received = Received::from(event);
            let next = self.take_one(&received, &way)?;
            self.find_waiting(&next, received.event(), &mut waiting)?;
            posted.taken_up.push(next);
        }
        Ok(posted)
    }

    /// Takes an event from outside by itself, without what waits for it.
    pub(super) fn take_told(&mut self, event: Event) -> Result<Posted, BooksError> {
        self.take_one(&event.into(), &Way::Told)
    }

    fn take_one(&mut self, received: &Received, way: &Way) -> Result<Posted, BooksError> {
        let event = received.event();
        let fact = event.fact_key().as_str().to_owned();
        let stored = self.ledger.stored(&fact)?;
        // Only what was held before can stand on the held list.
        let was_held = stored.as_ref().is_some_and(|stored| stored.code == Code::Held);
        if let Some(answer) = self.told_before(&fact, received.payload(), way, stored)? {
            return Ok(answer);
        }
        if matches!(event, Event::ProgramActivated(_)) {
            let in_force = programs::load_activated(&self.engine, self.ledger.as_mut(), event);
            match in_force {
                Ok(in_force) => self.in_force = Some(in_force),
                Err(Stop::Refused(because)) => {
                    let worked = Worked::refused(because, Desk::new(self.ledger.as_mut()));
                    return self.append(received, way, worked);
                }
                Err(stop) => return Err(broke(event, stop)),
            }
        }
        if let Event::OrdersRestated(restated) = event {
            return self.take_restated(received, restated, way);
        }
        let in_force = self.in_force.as_ref().ok_or(BooksError::NoProgram)?;
        let mut desk = Desk::new(self.ledger.as_mut());
        let conduct = conduct::read(&mut desk).map_err(|stop| broke(event, stop))?;
        let acting = match way {
            // Trying again is how somebody says that the cause is gone: a suspended policy may show that it is.
            Way::Retried { .. } => in_force.program.clone(),
            Way::Told | Way::TakenUp { .. } => conduct.acting(&in_force.program),
        };
        let acting = in_force.disputes.acting(acting, desk.ledger())?;
        let setting = Setting {
            engine: &self.engine,
            program: &acting,
            expect: &in_force.expect,
            activated: &in_force.activated,
            watch: self.watch.as_deref(),
        };
        let outcome = clear(&mut desk, &fact, way, was_held)
            .and_then(|()| work(&setting, &mut desk, event, way))
            .and_then(|done| {
                let suspended = conduct::answered(&mut desk, &conduct, &acting, event, &done)?;
                let noted = versions::note(&mut desk, in_force, &done)?;
                Ok((suspended, noted, done))
            });
        let mut answered = Vec::new();
        let worked = match outcome {
            Ok((suspended, noted, done)) => {
                answered = noted;
                Worked { suspended, ..Worked::done(done, desk) }
            }
            // Nothing of what was worked out remains: a new desk holds only what is told instead.
            Err(stop) => self.instead(received, way, was_held, stop).map_err(|stop| broke(event, stop))?,
        };
        let posted = self.append(received, way, worked)?;
        if let Some(in_force) = &mut self.in_force {
            in_force.answered.extend(answered);
        }
        Ok(posted)
    }

    /// What is written about an event that is not posted.
    fn instead(
        &mut self,
        received: &Received,
        way: &Way,
        was_held: bool,
        stop: Stop,
    ) -> Result<Worked, Stop> {
        let (event, text) = (received.event(), received.text());
        let fact = event.fact_key().as_str().to_owned();
        let mut desk = Desk::new(self.ledger.as_mut());
        clear(&mut desk, &fact, way, was_held)?;
        match stop {
            Stop::Refused(because) => Ok(Worked::refused(because, desk)),
            // A refused fact never comes: what is about it would wait for ever.
            Stop::Awaits(awaited)
                if desk.stored(&awaited)?.is_some_and(|stored| stored.code == Code::Refused) =>
            {
                Ok(Worked::refused(format!("it is about `{awaited}`, which was refused"), desk))
            }
            Stop::Awaits(awaited) => {
                desk.put(kind::PARKED, key(&[&awaited, &fact]), &text)?;
                count_parked(&mut desk, 1)?;
                let because = format!("it waits for `{awaited}`");
                Ok(Worked { code: Code::Parked, because: Some(because), ..Worked::from(desk) })
            }
            Stop::Held(cause) => {
                let because = Some(cause.to_string());
                hold(&mut desk, event, &fact, text, &cause, way)?;
                let program = self.in_force.as_ref().map(|in_force| &in_force.program);
                let suspended = match program {
                    Some(program) => conduct::held(&mut desk, program, &cause)?,
                    None => Vec::new(),
                };
                let held = Some(cause);
                Ok(Worked { code: Code::Held, because, held, suspended, ..Worked::from(desk) })
            }
            stop => Err(stop),
        }
    }

    pub(super) fn append(
        &mut self,
        received: &Received,
        way: &Way,
        worked: Worked,
    ) -> Result<Posted, BooksError> {
        let event = received.event();
        let fact = event.fact_key().as_str().to_owned();
        let mut kept = Vec::new();
        if self.tells_kept {
            kept = kept::changed(self.ledger.as_mut(), &worked.changes)?;
            kept.extend(worked.alone);
        }
        let transactions = worked.transactions.clone();
        let entry = Entry {
            fact: fact.clone(),
            kind: event.kind().to_owned(),
            time: event.time(),
            payload: received.payload(),
            event: received.text().to_owned(),
            code: worked.code,
            because: worked.because.clone(),
            cause: way.cause(),
            receipt: worked.receipt,
            transactions: worked.transactions,
            changes: worked.changes,
        };
        let seq = self.ledger.append(entry)?;
        Ok(Posted {
            fact,
            code: worked.code,
            seq: Some(seq),
            because: worked.because,
            note: worked.note,
            decision: worked.decision,
            decision_json: worked.decision_json,
            granted: worked.granted,
            held: worked.held,
            suspended: worked.suspended,
            transactions,
            kept,
            taken_up: Vec::new(),
        })
    }

    /// What is answered to a fact that was told before; `None` where it is to be worked out.
    fn told_before(
        &mut self,
        fact: &str,
        payload: [u8; 32],
        way: &Way,
        stored: Option<Stored>,
    ) -> Result<Option<Posted>, BooksError> {
        let Some(stored) = stored else { return Ok(None) };
        if !matches!(way, Way::Told) && !stored.code.is_final() {
            return Ok(None);
        }
        let same = stored.payload == payload;
        if !same && stored.code == Code::Held && self.held_for_itself(fact)? {
            return Ok(None);
        }
        let (code, because) = match (same, stored.because) {
            (true, because) => {
                (Code::Duplicate, because.map(|because| format!("{}: {because}", stored.code)))
            }
            (false, _) => {
                let because = "the fact was told before with another content; hint: a fact is told once, correct it by a new one";
                (Code::Conflict, Some(because.to_owned()))
            }
        };
        Ok(Some(Posted {
            fact: fact.to_owned(),
            code,
            seq: Some(stored.seq),
            because,
            note: None,
            decision: None,
            decision_json: None,
            granted: None,
            held: None,
            suspended: Vec::new(),
            transactions: Vec::new(),
            kept: Vec::new(),
            taken_up: Vec::new(),
        }))
    }

    /// Whether an event is held for what it says itself, so that it may be told again.
    fn held_for_itself(&mut self, fact: &str) -> Result<bool, BooksError> {
        let found = Desk::new(self.ledger.as_mut()).find::<HeldRecord>(kind::HELD, fact);
        match found {
            Ok(held) => Ok(held.is_some_and(|held| held.own_fault)),
            Err(Stop::Ledger(error)) => Err(error.into()),
            Err(_) => Ok(false),
        }
    }

    /// Puts into line what had waited for an event, or what it wants tried again.
    fn find_waiting(
        &mut self,
        posted: &Posted,
        event: &Event,
        waiting: &mut VecDeque<(Event, Way)>,
    ) -> Result<(), BooksError> {
        if !posted.code.is_final() || matches!(posted.code, Code::Duplicate | Code::Conflict) {
            return Ok(());
        }
        let expect = &self.in_force.as_ref().ok_or(BooksError::NoProgram)?.expect;
        let mut desk = Desk::new(self.ledger.as_mut());
        let told = |stop| broke(event, stop);
        if let Event::EventRetried(retried) = event {
            if posted.code != Code::Noted {
                return Ok(());
            }
            if let Some(held) = desk.find::<HeldRecord>(kind::HELD, retried.fact()).map_err(told)? {
                let way = Way::Retried { cause: posted.fact.clone(), order_number: held.order_number };
                waiting.push_back((Event::parse(&held.event, expect)?, way));
            }
            return Ok(());
        }
        if desk.get::<u64>(kind::PARKED, PARKED_COUNT).map_err(told)? == 0 {
            return Ok(());
        }
        let (from, before) = below(&[&posted.fact]);
        for parked in desk.keys(kind::PARKED, &from, Some(&before)).map_err(told)? {
            if let Some(text) = desk.find::<String>(kind::PARKED, &parked).map_err(told)? {
                let way = Way::TakenUp { cause: posted.fact.clone() };
                waiting.push_back((Event::parse(&text, expect)?, way));
            }
        }
        Ok(())
    }
}

/// What is to be written about an event.
pub(super) struct Worked {
    code: Code,
    because: Option<String>,
    note: Option<String>,
    receipt: Option<String>,
    decision: Option<Box<crate::Decision>>,
    decision_json: Option<String>,
    granted: Option<Box<crate::GrantsDecision>>,
    held: Option<crate::HoldCause>,
    suspended: Vec<Suspension>,
    alone: Vec<KeptShare>,
    transactions: Vec<fenrun_ledger::Transaction>,
    changes: Vec<fenrun_ledger::Change>,
}

impl From<Desk<'_>> for Worked {
    fn from(desk: Desk<'_>) -> Self {
        let finished = desk.finish();
        Self {
            code: Code::Created,
            because: None,
            note: None,
            receipt: None,
            decision: None,
            decision_json: None,
            granted: None,
            held: None,
            suspended: Vec::new(),
            alone: Vec::new(),
            transactions: finished.transactions,
            changes: finished.changes,
        }
    }
}

impl Worked {
    pub(super) fn done(done: Done, desk: Desk<'_>) -> Self {
        let Done { code, note, decision, granted, receipt: other, alone } = done;
        let decision_json = decision.as_ref().map(|decision| decision.to_json());
        let receipt = decision_json.as_deref().map(receipt).or(other);
        Self { code, note, receipt, decision, decision_json, granted, alone, ..Self::from(desk) }
    }

    pub(super) fn refused(because: String, desk: Desk<'_>) -> Self {
        Self { code: Code::Refused, because: Some(because), ..Self::from(desk) }
    }
}

/// Which engine decides.
pub(super) const ENGINE: &str = concat!("fenrun ", env!("CARGO_PKG_VERSION"), ", wasmtime 48");

/// The record that lets anyone re-run a decision: which engine, and the decision with digests, effects and fuel. The
/// configuration is the program's, which the log holds; the facts are the log up to here.
fn receipt(decision: &str) -> String {
    format!(r#"{{"engine":"{ENGINE}","decision":{decision}}}"#)
}

pub(super) fn broke(event: &Event, stop: Stop) -> BooksError {
    let because = match stop {
        Stop::Ledger(error) => return error.into(),
        Stop::Refused(because) | Stop::Engine(because) => because,
        Stop::Awaits(fact) => format!("it waits for `{fact}`"),
        Stop::Held(cause) => cause.to_string(),
    };
    BooksError::Engine { fact: event.fact_key(), because }
}

/// Puts an event on the held list. The sale stands: it keeps its place in the buyer's count.
fn hold(
    desk: &mut Desk<'_>,
    event: &Event,
    fact: &str,
    text: &str,
    cause: &crate::HoldCause,
    way: &Way,
) -> Result<(), Stop> {
    let own_fault = cause.is_the_events_own_fault();
    let kept = match (event, way) {
        (_, Way::Retried { order_number, .. }) => *order_number,
        (Event::OrderPaid(paid), _) if !own_fault => orders::keep_place(desk, paid.order())?,
        _ => None,
    };
    let record = HeldRecord {
        event: text.to_owned(),
        because: cause.to_string(),
        at: event.time(),
        own_fault,
        order_number: kept,
    };
    desk.put(kind::HELD, fact, &record)
}

/// An event that is worked out again no longer waits where it waited.
pub(super) fn clear(desk: &mut Desk<'_>, fact: &str, way: &Way, was_held: bool) -> Result<(), Stop> {
    if let Way::TakenUp { cause } = way {
        desk.remove(kind::PARKED, key(&[cause, fact]));
        count_parked(desk, -1)?;
    }
    if was_held {
        desk.remove(kind::HELD, fact);
    }
    Ok(())
}

/// The document that counts what is parked, so that a stream in order looks for nothing.
const PARKED_COUNT: &str = "";

fn count_parked(desk: &mut Desk<'_>, by: i64) -> Result<(), Stop> {
    let count: u64 = desk.get(kind::PARKED, PARKED_COUNT)?;
    desk.put(kind::PARKED, PARKED_COUNT, &count.saturating_add_signed(by))
}

/// Works an event out on the desk.
fn work(setting: &Setting<'_>, desk: &mut Desk<'_>, event: &Event, way: &Way) -> Result<Done, Stop> {
    match event {
        Event::OrderPriced(priced) => orders::priced(setting, desk, event, priced),
        Event::OrderPaid(paid) => match way {
            Way::Retried { order_number: Some(kept), .. } => {
                let event = orders::with_place(setting, paid.order(), *kept)?;
                orders::paid(setting, desk, &event, event.order().unwrap_or(paid.order()), true)
            }
            _ => orders::paid(setting, desk, event, paid.order(), false),
        },
        Event::OrderCompleted(event) => orders::completed(setting, desk, event.order(), event.time()),
        Event::OrderCancelled(event) => orders::cancelled(setting, desk, event.order()),
        Event::RefundRequested(event) => refunds::requested(desk, event.refund(), event.order()),
        Event::RefundDeclined(event) => refunds::declined(desk, event.refund(), event.order()),
        Event::OrderRefunded(event) => refunds::refunded(setting, desk, event),
        Event::DisputeOpened(event) => refunds::opened(desk, event),
        Event::DisputeWon(event) => refunds::closed(setting, desk, event.dispute(), event.order(), false),
        Event::DisputeLost(event) => refunds::closed(setting, desk, event.dispute(), event.order(), true),
        Event::DayClosed(event) => days::closed(setting, desk, event.date()),
        Event::PeriodClosed(event) => super::periods::closed(setting, desk, event),
        Event::RelationBound(event) => relations::bound(setting, desk, event),
        Event::RelationUnbound(event) => {
            relations::unbound(desk, event.relation(), event.member(), event.time())
        }
        Event::RelationMoved(event) => relations::moved(desk, event),
        Event::PartyChanged(event) => parties::changed(desk, event),
        Event::BuyerMerged(event) => relations::merged_buyers(desk, event.from(), event.stays()),
        Event::CouponCreated(event) => coupons::created(desk, event),
        Event::CouponIssued(event) => coupons::issued(desk, event),
        Event::CouponRevoked(event) => coupons::revoked(desk, event.coupon()),
        Event::GrantGiven(event) => grants::given(desk, event),
        Event::GrantRedeemed(event) => grants::redeemed(desk, event),
        Event::OccasionNoted(event) => granting::noted(setting, desk, event),
        Event::PayoutRequested(event) => payouts::requested(setting, desk, event),
        Event::PayoutSucceeded(event) => payouts::told(setting, desk, event.payout(), PayoutState::Succeeded),
        Event::PayoutFailed(event) => payouts::told(setting, desk, event.payout(), PayoutState::Failed),
        Event::PayoutReturned(event) => payouts::told(setting, desk, event.payout(), PayoutState::Returned),
        Event::PayoutUnknown(event) => payouts::told(setting, desk, event.payout(), PayoutState::Unknown),
        Event::ReceivableWrittenOff(event) => balances::written_off(setting, desk, event),
        Event::BalanceOpened(event) => balances::opened(desk, event),
        Event::AdjustmentMade(event) => balances::adjusted(desk, event),
        Event::ProgramActivated(event) => programs::activated(desk, event),
        Event::OrdersRestated(_) => Err(Stop::Engine("a restatement is not one order's".into())),
        Event::EventRetried(event) => retried(desk, event.fact()),
        Event::PolicyResumed(event) => conduct::resumed(desk, event.policy()),
    }
}

/// `event.retried`: only what is held can be tried again.
fn retried(desk: &mut Desk<'_>, fact: &str) -> Result<Done, Stop> {
    if desk.find::<HeldRecord>(kind::HELD, fact)?.is_none() {
        return Err(Stop::refused(format!("`{fact}` is not held")));
    }
    Ok(Done::noted())
}
