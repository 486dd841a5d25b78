//! Decides past orders under two programs, side by side, and counts the money that would have moved otherwise.
//!
//! Invariant: each program has a history of its own, learned from its own outcomes; memory grows with people and with
//! the facts seen, not with what was decided; the answer does not depend on how the threads took turns.
//!
//! The path of an event: read and parsed once → decided by each program on a thread of its own → compared. An order of
//! which money goes back later is remembered until the last of it went back ([`Plan`] knows which ones these are), so
//! what is compared is what everybody keeps.

mod change;
mod csv;
mod earned;
mod formula;
mod kept;
mod known;
mod page;
mod plan;
mod side;
mod spread;
mod tally;
mod told;

use std::collections::BTreeSet;
use std::io::BufRead;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use fenrun::books::{Books, BooksError};
use fenrun::event::{Consequence, Event, EventError, EventReader, Expectations};
use fenrun::program::{Budget, OnRefund};
use fenrun::{Engine, Program};

pub use change::{Change, OrderChange};
pub use earned::{Earned, Key, Stop, StopKind};
pub use page::Heading;
pub use plan::Plan;
pub use spread::{Bucket, Spread};
pub use tally::{Comparison, Counts, Sides, Totals};

use kept::Kept;
use known::Known;
use side::{Counted, Item, Seen, Side};

/// Events that go to the two sides at once.
const BATCH: usize = 512;

/// Batches that may wait for a side.
const BATCHES_WAITING: usize = 4;

/// What is compared.
#[derive(Clone, Debug)]
pub struct Backtest {
    /// The engine that decides.
    pub engine: Engine,
    /// What is in force.
    pub old: Program,
    /// What might be.
    pub new: Program,
    /// Orders that are told one by one: those that change most.
    pub orders_max: usize,
}

/// A line that is no event, with its number.
pub type BadLine<'a> = &'a mut dyn FnMut(u64, &EventError);

type Batch = Arc<Vec<Item>>;

/// The way to and from one side.
struct Way {
    send: SyncSender<Batch>,
    answers: Receiver<Vec<Seen>>,
}

impl Backtest {
    /// What the programs share is checked: without one currency there is no difference of money.
    ///
    /// # Errors
    ///
    /// The words to say, with a remedy behind `; hint: `.
    pub fn check(&self) -> Result<(), String> {
        let (old, new) = (self.old.currency(), self.new.currency());
        if old == new {
            return Ok(());
        }
        Err(format!("the programs are in two currencies, {old} and {new}; hint: money is compared in one"))
    }

    /// Events with the roles of both programs.
    #[must_use]
    pub fn expectations(&self) -> Expectations {
        let roles = [&self.old, &self.new].into_iter().flat_map(|program| program.definition().roles());
        roles.fold(Expectations::new(self.old.currency()), |expect, role| expect.role(role))
    }

    /// Why a comparison needs books: events of which only books know what follows, or terms of a program that only books
    /// keep. `None` where decisions and refunds alone tell everything.
    #[must_use]
    pub fn needs_books(&self, plan: &Plan) -> Option<String> {
        if !plan.changes().is_empty() {
            let kinds: Vec<String> =
                plan.changes().iter().map(|(kind, number)| format!("{number} {kind}")).collect();
            return Some(kinds.join(", "));
        }
        let policies =
            || [&self.old, &self.new].into_iter().flat_map(|program| program.definition().policies());
        let named = |all: BTreeSet<String>| all.into_iter().collect::<Vec<_>>().join(", ");
        let reprices = policies().filter(|policy| policy.on_refund() == OnRefund::Reprice);
        let reprices: BTreeSet<_> = reprices.map(|policy| format!("`{}`", policy.name())).collect();
        if plan.takes_back() && !reprices.is_empty() {
            return Some(format!("{} prices again what remains after a refund", named(reprices)));
        }
        let over_orders = |budget: Budget| Budget { order_minor: None, ..budget } != Budget::default();
        let bounded = policies().filter(|policy| over_orders(policy.budget()));
        let bounded: BTreeSet<_> = bounded.map(|policy| format!("`{}`", policy.name())).collect();
        (!bounded.is_empty()).then(|| format!("{} has a budget", named(bounded)))
    }

    /// Decides every event under both programs. `plan` is what a first reading of the same lines found; `bad` is told of
    /// each line that is no event, and the run goes on.
    ///
    /// Orders, carts and bindings are decided; refunds, cancellations and disputes run the frozen formulas of their order
    /// again under each program. What else only a ledger takes is left out, and counted by kind: apart from the rest what
    /// [changes](fenrun::event::Consequence::Changes) later decisions, because the comparison says nothing of it. Where
    /// [`Backtest::needs_books`] says that it should, [`Backtest::run_in_books`] tells it.
    pub fn run<R: BufRead>(&self, plan: Plan, lines: EventReader<R>, bad: BadLine<'_>) -> Comparison {
        let side =
            |program: &Program| Either::Light(Box::new(Side::new(self.engine.clone(), program.clone())));
        let sides = Sides { old: side(&self.old), new: side(&self.new) };
        // Without books nothing can break on the way.
        let (comparison, _) = self.drive(plan, lines, bad, sides, Some(Known::default()));
        comparison
    }

    /// The same with books under each program, which have prepared it and hold nothing yet: closes of periods, coupons,
    /// moved relations, repricing refunds and all else comes to what the books post. Takes several times as long. What
    /// names another program, and what only moves money that was decided, is left out.
    ///
    /// # Errors
    ///
    /// What broke in the books of one side.
    pub fn run_in_books<R: BufRead>(
        &self,
        plan: Plan,
        lines: EventReader<R>,
        bad: BadLine<'_>,
        books: Sides<Books>,
    ) -> Result<Comparison, BooksError> {
        let side = |books: Books| Either::Books(Box::new(Kept::new(books)));
        let sides = Sides { old: side(books.old), new: side(books.new) };
        match self.drive(plan, lines, bad, sides, None) {
            (_, Some(error)) => Err(error),
            (comparison, None) => Ok(comparison),
        }
    }

    fn drive<R: BufRead>(
        &self,
        plan: Plan,
        mut lines: EventReader<R>,
        bad: BadLine<'_>,
        sides: Sides<Either>,
        known: Option<Known>,
    ) -> (Comparison, Option<BooksError>) {
        let mut comparison = Comparison::new(self.old.currency(), self.orders_max);
        let mut intake = Intake { expect: self.expectations(), plan, known };
        let mut broken = None;
        std::thread::scope(|scope| {
            let start = |side: Either| {
                let (send, receive) = sync_channel::<Batch>(BATCHES_WAITING);
                let (answer, answers) = sync_channel::<Vec<Seen>>(BATCHES_WAITING);
                let thread = scope.spawn(move || decide_all(side, &receive, &answer));
                (Way { send, answers }, thread)
            };
            let ((old, old_thread), (new, new_thread)) = (start(sides.old), start(sides.new));
            let mut waiting = 0_usize;
            let mut batch = Vec::with_capacity(BATCH);
            let mut goes_on = true;
            while let Some((number, line)) = lines.next_line().filter(|_| goes_on) {
                batch.extend(intake.take(number, line, &mut comparison.counts, bad));
                if batch.len() < BATCH {
                    continue;
                }
                send(&old, &new, std::mem::replace(&mut batch, Vec::with_capacity(BATCH)));
                waiting = waiting.saturating_add(1);
                if waiting >= BATCHES_WAITING {
                    goes_on = receive(&old, &new, &mut comparison);
                    waiting = waiting.saturating_sub(1);
                }
            }
            send(&old, &new, batch);
            waiting = waiting.saturating_add(1);
            for _ in 0..waiting {
                receive(&old, &new, &mut comparison);
            }
            // Without a sender each side ends, and gives what it counted.
            drop((old, new));
            if let (Ok(old), Ok(new)) = (old_thread.join(), new_thread.join()) {
                match (old, new) {
                    (Ok(old), Ok(new)) => comparison.finish(old, new),
                    (Err(error), _) | (_, Err(error)) => broken = Some(error),
                }
            }
        });
        (comparison, broken)
    }
}

/// How a side works its events out.
enum Either {
    /// By decisions and refunds alone.
    Light(Box<Side>),
    /// With books.
    Books(Box<Kept>),
}

impl Either {
    fn take_all(&mut self, batch: &[Item]) -> Result<Vec<Seen>, BooksError> {
        match self {
            Either::Light(side) => Ok(batch.iter().map(|item| side.take(item)).collect()),
            Either::Books(kept) => kept.take_all(batch),
        }
    }

    fn counted(self) -> Counted {
        match self {
            Either::Light(side) => side.counted(),
            Either::Books(kept) => kept.counted(),
        }
    }
}

/// What takes the lines of the input.
struct Intake {
    expect: Expectations,
    plan: Plan,
    /// What was told before; books know that themselves.
    known: Option<Known>,
}

impl Intake {
    /// The event of a line, where the sides are to see it.
    fn take(
        &mut self,
        number: u64,
        line: Result<&str, EventError>,
        counts: &mut Counts,
        bad: BadLine<'_>,
    ) -> Option<Item> {
        counts.events = counts.events.saturating_add(1);
        let parsed = line.and_then(|text| Event::parse(text, &self.expect).map(|event| (text, event)));
        let (text, event) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => {
                counts.bad = counts.bad.saturating_add(1);
                bad(number, &error);
                return None;
            }
        };
        let touched = plan::touched(&event);
        let left_out = if self.known.is_some() {
            touched.is_none() && event.needs_ledger()
        } else {
            !matters_to_books(&event)
        };
        if left_out {
            counts.leave_out(&event);
            return None;
        }
        let last = touched.is_some_and(|order| self.plan.is_last(order));
        match self.known.as_mut().map_or(known::Told::First, |known| known.tell(&event.fact_key(), text)) {
            known::Told::First => {}
            again => {
                counts.told_again(again);
                // What waits for the last word about its order must hear it, even where it is an old one.
                let order = touched.filter(|_| last)?;
                return Some(Item::Closed(order.into()));
            }
        }
        let kept = event.order().is_some_and(|order| self.plan.is_touched(&order.id));
        Some(Item::Event { event: Box::new(event), kept, last })
    }
}

/// Whether books are told of an event: not of what names another program than the two, and not of what becomes of money
/// that parties have already.
fn matters_to_books(event: &Event) -> bool {
    event.consequence() != Consequence::Moves
        || matches!(
            event,
            Event::OrderCompleted(_)
                | Event::RefundRequested(_)
                | Event::RefundDeclined(_)
                | Event::DayClosed(_)
        )
}

fn decide_all(
    mut side: Either,
    batches: &Receiver<Batch>,
    answer: &SyncSender<Vec<Seen>>,
) -> Result<Counted, BooksError> {
    while let Ok(batch) = batches.recv() {
        if answer.send(side.take_all(&batch)?).is_err() {
            break;
        }
    }
    Ok(side.counted())
}

fn send(old: &Way, new: &Way, batch: Vec<Item>) {
    let batch = Arc::new(batch);
    // A side that is gone has panicked, which the scope tells, or its books broke.
    let _ = old.send.send(batch.clone());
    let _ = new.send.send(batch);
}

/// Takes the answers to one batch; whether both sides go on.
fn receive(old: &Way, new: &Way, comparison: &mut Comparison) -> bool {
    let (Ok(old), Ok(new)) = (old.answers.recv(), new.answers.recv()) else { return false };
    for (old, new) in old.into_iter().zip(new) {
        comparison.take(old, new);
    }
    true
}
