//! Decides past orders under two programs, side by side, and counts the money that would have moved otherwise.
//!
//! Invariant: each program has a history of its own, learned from its own outcomes; memory grows with people and with
//! the facts seen, not with what was decided.

mod side;
mod tally;
mod told;

use std::collections::HashSet;
use std::io::BufRead;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use fenrun::event::{Event, EventError, EventReader, Expectations};
use fenrun::{Engine, Program};

pub use tally::{Change, Comparison, Counts, OrderChange, Sides, Totals};

use side::{Seen, Side};

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

type Batch = Arc<Vec<Event>>;

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

    /// Decides every event under both programs. `bad` is told of each line that is no event; the run goes on.
    ///
    /// Orders, carts and bindings are decided; events that only a ledger takes, such as refunds, are counted and left
    /// out.
    pub fn run<R: BufRead>(&self, mut lines: EventReader<R>, bad: BadLine<'_>) -> Comparison {
        let mut comparison = Comparison::new(self.old.currency(), self.orders_max);
        let expect = self.expectations();
        let mut known: HashSet<Box<str>> = HashSet::new();
        std::thread::scope(|scope| {
            let side = |program: &Program| {
                let (send, receive) = sync_channel::<Batch>(BATCHES_WAITING);
                let (answer, answers) = sync_channel::<Vec<Seen>>(BATCHES_WAITING);
                let side = Side::new(self.engine.clone(), program.clone());
                scope.spawn(move || decide_all(side, &receive, &answer));
                (send, answers)
            };
            let (old, new) = (side(&self.old), side(&self.new));
            let mut waiting = 0_usize;
            let mut batch = Vec::with_capacity(BATCH);
            while let Some((number, line)) = lines.next_line() {
                comparison.counts.events = comparison.counts.events.saturating_add(1);
                match line.and_then(|text| Event::parse(text, &expect)) {
                    Ok(event) if event.needs_ledger() => {
                        comparison.counts.left_out = comparison.counts.left_out.saturating_add(1);
                    }
                    Ok(event) if !known.insert(event.fact_key().as_str().into()) => {
                        comparison.counts.repeated = comparison.counts.repeated.saturating_add(1);
                    }
                    Ok(event) => batch.push(event),
                    Err(error) => {
                        comparison.counts.bad = comparison.counts.bad.saturating_add(1);
                        bad(number, &error);
                    }
                }
                if batch.len() >= BATCH {
                    send(&old.0, &new.0, std::mem::replace(&mut batch, Vec::with_capacity(BATCH)));
                    waiting = waiting.saturating_add(1);
                }
                if waiting >= BATCHES_WAITING {
                    receive(&old.1, &new.1, &mut comparison);
                    waiting = waiting.saturating_sub(1);
                }
            }
            send(&old.0, &new.0, batch);
            waiting = waiting.saturating_add(1);
            drop((old.0, new.0));
            for _ in 0..waiting {
                receive(&old.1, &new.1, &mut comparison);
            }
        });
        comparison.finish();
        comparison
    }

    /// Events with the roles of both programs.
    fn expectations(&self) -> Expectations {
        let roles = [&self.old, &self.new].into_iter().flat_map(|program| program.definition().roles());
        roles.fold(Expectations::new(self.old.currency()), |expect, role| expect.role(role))
    }
}

fn decide_all(mut side: Side, batches: &Receiver<Batch>, answer: &SyncSender<Vec<Seen>>) {
    while let Ok(batch) = batches.recv() {
        let seen = batch.iter().map(|event| side.decide(event)).collect();
        if answer.send(seen).is_err() {
            return;
        }
    }
}

fn send(old: &SyncSender<Batch>, new: &SyncSender<Batch>, batch: Vec<Event>) {
    let batch = Arc::new(batch);
    // A side that is gone has panicked, which the scope tells.
    let _ = old.send(batch.clone());
    let _ = new.send(batch);
}

fn receive(old: &Receiver<Vec<Seen>>, new: &Receiver<Vec<Seen>>, comparison: &mut Comparison) {
    if let (Ok(old), Ok(new)) = (old.recv(), new.recv()) {
        for (old, new) in old.into_iter().zip(new) {
            comparison.count(old, new);
        }
    }
}
