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
mod known;
mod page;
mod plan;
mod side;
mod spread;
mod tally;
mod told;

use std::io::BufRead;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use fenrun::event::{Event, EventError, EventReader, Expectations};
use fenrun::{Engine, Program};

pub use change::{Change, OrderChange};
pub use earned::{Earned, Key, Stop, StopKind};
pub use page::Heading;
pub use plan::Plan;
pub use spread::{Bucket, Spread};
pub use tally::{Comparison, Counts, Sides, Totals};

use known::Known;
use side::{Item, Seen, Side};

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

    /// Decides every event under both programs. `plan` is what a first reading of the same lines found; `bad` is told of
    /// each line that is no event, and the run goes on.
    ///
    /// Orders, carts and bindings are decided; refunds, cancellations and disputes run the frozen formulas of their order
    /// again under each program. What else only a ledger takes is left out, and counted by kind: apart from the rest what
    /// [changes](fenrun::event::Consequence::Changes) later decisions, because the comparison says nothing of it.
    pub fn run<R: BufRead>(&self, plan: Plan, mut lines: EventReader<R>, bad: BadLine<'_>) -> Comparison {
        let mut comparison = Comparison::new(self.old.currency(), self.orders_max);
        let mut intake = Intake { expect: self.expectations(), plan, known: Known::default() };
        std::thread::scope(|scope| {
            let side = |program: &Program| {
                let (send, receive) = sync_channel::<Batch>(BATCHES_WAITING);
                let (answer, answers) = sync_channel::<Vec<Seen>>(BATCHES_WAITING);
                let side = Side::new(self.engine.clone(), program.clone());
                let thread = scope.spawn(move || decide_all(side, &receive, &answer));
                (Way { send, answers }, thread)
            };
            let ((old, old_thread), (new, new_thread)) = (side(&self.old), side(&self.new));
            let mut waiting = 0_usize;
            let mut batch = Vec::with_capacity(BATCH);
            while let Some((number, line)) = lines.next_line() {
                batch.extend(intake.take(number, line, &mut comparison.counts, bad));
                if batch.len() < BATCH {
                    continue;
                }
                send(&old, &new, std::mem::replace(&mut batch, Vec::with_capacity(BATCH)));
                waiting = waiting.saturating_add(1);
                if waiting >= BATCHES_WAITING {
                    receive(&old, &new, &mut comparison);
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
                comparison.finish(old, new);
            }
        });
        comparison
    }
}

/// What takes the lines of the input.
struct Intake {
    expect: Expectations,
    plan: Plan,
    known: Known,
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
        if touched.is_none() && event.needs_ledger() {
            counts.leave_out(&event);
            return None;
        }
        let last = touched.is_some_and(|order| self.plan.is_last(order));
        match self.known.tell(&event.fact_key(), text) {
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

fn decide_all(mut side: Side, batches: &Receiver<Batch>, answer: &SyncSender<Vec<Seen>>) -> Side {
    while let Ok(batch) = batches.recv() {
        let seen = batch.iter().map(|item| side.take(item)).collect();
        if answer.send(seen).is_err() {
            break;
        }
    }
    side
}

fn send(old: &Way, new: &Way, batch: Vec<Item>) {
    let batch = Arc::new(batch);
    // A side that is gone has panicked, which the scope tells.
    let _ = old.send.send(batch.clone());
    let _ = new.send.send(batch);
}

fn receive(old: &Way, new: &Way, comparison: &mut Comparison) {
    if let (Ok(old), Ok(new)) = (old.answers.recv(), new.answers.recv()) {
        for (old, new) in old.into_iter().zip(new) {
            comparison.take(old, new);
        }
    }
}
