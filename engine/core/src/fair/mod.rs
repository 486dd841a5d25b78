//! Fair shares between merchants: who is served next, so that one that floods the engine, or burns all its fuel in each
//! event, leaves the others theirs.
//!
//! This is for a host that takes the events of many merchants on a few threads. What comes in is offered; each thread takes
//! the next turn under the lock, decides without it, and settles:
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::sync::{Mutex, PoisonError};
//! use fenrun::event::{Event, Expectations, Line, Order};
//! use fenrun::fair::{FairLimits, FairShare};
//! use fenrun::history::NoHistory;
//! use fenrun::program::{PolicySource, ProgramFile};
//! use fenrun::{Engine, EngineOptions};
//! use fenrun_money::Currency;
//!
//! let program = |merchant: &str| format!(r#"
//! merchant  = "{merchant}"
//! currency  = "CNY"
//! time_zone = "Asia/Shanghai"
//! guard     = "cn"
//!
//! [[policy]]
//! name = "seller"
//! use  = "seller-share"
//! configuration = {{ rate = "20%" }}
//! "#);
//! let modules = |_: &PolicySource| Ok(wat::parse_str(include_str!("../../examples/seller-share.wat")).unwrap());
//! let engine = Engine::new(EngineOptions::default())?;
//! let mut programs = BTreeMap::new();
//! for merchant in ["flood", "quiet"] {
//!     let file = ProgramFile::parse(&program(merchant), "program.toml")?;
//!     programs.insert(merchant, engine.load(file.into_definition(), &modules)?);
//! }
//!
//! // Where events come in: nothing is decided here, and who sends too much is told so.
//! let fair = Mutex::new(FairShare::new(FairLimits::default()));
//! let line = || fair.lock().unwrap_or_else(PoisonError::into_inner);
//! for (merchant, orders) in [("flood", 100), ("quiet", 1)] {
//!     for number in 0..orders {
//!         let time = "2026-03-01T10:00:00+08:00".parse()?;
//!         let order = Order::new(format!("A{number}"), "b1", time, Currency::CNY)
//!             .line(Line::goods("1", "SKU1", 1, 9_99))
//!             .seller("s1");
//!         line().offer(merchant, Event::order_paid(order, &Expectations::new(Currency::CNY))?)?;
//!     }
//! }
//!
//! // A thread of the host; the others do the same.
//! let work = || {
//!     let mut served = Vec::new();
//!     loop {
//!         let Some(mut turn) = line().next_turn() else { break served };
//!         if let Some(event) = turn.take() {
//!             let outcome = engine.decide(&programs[turn.merchant()], &event, &NoHistory);
//!             assert_eq!(outcome.decision().map(|decision| decision.totals.shares), Some(1_99));
//!         }
//!         served.push(turn.merchant().to_owned());
//!         line().settle(turn);
//!     }
//! };
//! let served = std::thread::scope(|scope| {
//!     let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
//!     threads.into_iter().flat_map(|thread| thread.join()).collect::<Vec<_>>()
//! });
//! // The one order of the quiet merchant was not behind the hundred of the other.
//! let turns: Vec<usize> = served.iter().filter_map(|by| by.iter().position(|who| who == "quiet")).collect();
//! assert!(matches!(turns[..], [0 | 1]), "{turns:?}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Invariant: decides by fuel, never by time or arrival; holds no thread, no clock and no event longer than its turn.

pub(crate) mod meter;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// Fuel that a turn costs beside what its policies use: about what reading an event, the arithmetic and the ledger cost.
/// Without it, events that ask no policy would be free, and a flood of them would never come to an end.
pub const TURN_FUEL: u64 = 2_000;

/// How much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FairLimits {
    /// Jobs of one merchant that wait. Stops one merchant from filling the host's memory; whoever sends more is told so
    /// and sends again.
    pub waiting_max: usize,
    /// Merchants that are remembered. Stops invented merchants from filling the memory. Those that wait for nothing and
    /// owe the others nothing are forgotten first.
    pub merchants_max: usize,
}

impl Default for FairLimits {
    fn default() -> Self {
        Self { waiting_max: 1_024, merchants_max: 65_536 }
    }
}

/// Why a job was not taken; the host gives it back to whoever sent it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Full<T> {
    /// The merchant has too many that wait.
    #[error(
        "merchant `{merchant}` has {limit} events waiting, no more are taken; hint: wait for answers before sending on"
    )]
    Merchant {
        /// Who.
        merchant: String,
        /// The bound.
        limit: usize,
        /// What was not taken.
        job: T,
    },
    /// Too many merchants wait.
    #[error("{limit} merchants have events waiting, no more are taken; hint: send again later")]
    Merchants {
        /// The bound.
        limit: usize,
        /// What was not taken.
        job: T,
    },
}

/// Puts the jobs of many merchants into a fair order.
///
/// The merchant that has used the least fuel is served next. Who was idle begins where the least of the busy ones
/// stands: nobody saves up turns, and nobody's debts are forgiven by waiting for an answer before sending on. So of any
/// two merchants that both have work, neither gets ahead of the other by more than its costliest turn.
///
/// It is a plain value: a host with several threads keeps it under a lock, takes a turn, works without the lock, and
/// settles.
///
/// ```
/// use fenrun::fair::{FairLimits, FairShare};
///
/// let mut fair = FairShare::new(FairLimits::default());
/// for number in 0..100 {
///     fair.offer("flood", number).unwrap();
/// }
/// fair.offer("quiet", 0).unwrap();
///
/// let mut served = Vec::new();
/// while let Some(turn) = fair.next_turn() {
///     served.push(turn.merchant().to_owned());
///     // Here the host decides; what the policies use is counted by itself.
///     fair.settle(turn);
/// }
/// assert_eq!(served[..3], ["flood", "quiet", "flood"]);
/// ```
#[derive(Debug)]
pub struct FairShare<T> {
    limits: FairLimits,
    merchants: HashMap<Arc<str>, Merchant<T>>,
    /// Those that have jobs waiting: by fuel used, then by who came first.
    line: BTreeSet<(u64, u64, Arc<str>)>,
    /// What the merchant that was served last had used: nobody who comes starts below.
    least: u64,
    next: u64,
}

#[derive(Debug)]
struct Merchant<T> {
    waiting: VecDeque<T>,
    used: u64,
    number: u64,
    /// Turns that are not settled.
    running: usize,
    /// What the last turn cost: what the next one is taken to cost until it is settled.
    last: u64,
}

/// One job of one merchant, while it is worked on.
#[derive(Debug)]
#[must_use = "a turn is to be settled, else its merchant pays what the one before cost"]
pub struct Turn<T> {
    merchant: Arc<str>,
    job: Option<T>,
    taken_to_cost: u64,
    before: u64,
}

impl<T> Turn<T> {
    /// Whose it is.
    #[must_use]
    pub fn merchant(&self) -> &str {
        &self.merchant
    }

    /// The job, once.
    pub fn take(&mut self) -> Option<T> {
        // What the thread did before is not this turn's.
        self.before = meter::used();
        self.job.take()
    }
}

impl<T> FairShare<T> {
    /// An empty line.
    #[must_use]
    pub fn new(limits: FairLimits) -> Self {
        Self { limits, merchants: HashMap::new(), line: BTreeSet::new(), least: 0, next: 0 }
    }

    /// Takes a job of a merchant, to be worked on in its turn.
    ///
    /// # Errors
    ///
    /// [`Full`], with the job.
    pub fn offer(&mut self, merchant: &str, job: T) -> Result<(), Full<T>> {
        if !self.merchants.contains_key(merchant) {
            if self.merchants.len() >= self.limits.merchants_max && !self.forget() {
                return Err(Full::Merchants { limit: self.limits.merchants_max, job });
            }
            let number = self.next;
            self.next = self.next.saturating_add(1);
            let fresh =
                Merchant { waiting: VecDeque::new(), used: self.least, number, running: 0, last: TURN_FUEL };
            self.merchants.insert(merchant.into(), fresh);
        }
        let least = self.least;
        let Some((name, known)) =
            self.merchants.get_key_value(merchant).map(|(name, _)| name.clone()).and_then(|name| {
                let known = self.merchants.get_mut(merchant)?;
                Some((name, known))
            })
        else {
            return Ok(());
        };
        if known.waiting.len() >= self.limits.waiting_max {
            return Err(Full::Merchant {
                merchant: merchant.to_owned(),
                limit: self.limits.waiting_max,
                job,
            });
        }
        if known.waiting.is_empty() {
            // Turns that were not used are not saved up.
            known.used = known.used.max(least);
            self.line.insert((known.used, known.number, name));
        }
        known.waiting.push_back(job);
        Ok(())
    }

    /// The next turn: of the merchant that has used the least. `None` where nothing waits.
    pub fn next_turn(&mut self) -> Option<Turn<T>> {
        let (used, number, merchant) = self.line.pop_first()?;
        self.least = self.least.max(used);
        let known = self.merchants.get_mut(&merchant)?;
        let job = known.waiting.pop_front();
        let taken_to_cost = known.last;
        known.used = used.saturating_add(taken_to_cost);
        known.running = known.running.saturating_add(1);
        if !known.waiting.is_empty() {
            self.line.insert((known.used, number, merchant.clone()));
        }
        Some(Turn { merchant, job, taken_to_cost, before: meter::used() })
    }

    /// Ends a turn on the thread that worked on it: its merchant pays the fuel that the thread has used since.
    pub fn settle(&mut self, turn: Turn<T>) {
        let fuel = meter::used().wrapping_sub(turn.before);
        self.settle_at(turn, fuel);
    }

    /// Ends a turn that was worked on elsewhere, at the fuel that was used for it.
    pub fn settle_at(&mut self, turn: Turn<T>, fuel: u64) {
        let Some(known) = self.merchants.get_mut(&turn.merchant) else { return };
        let place = (known.used, known.number, turn.merchant.clone());
        let cost = fuel.saturating_add(TURN_FUEL);
        known.used = known.used.saturating_sub(turn.taken_to_cost).saturating_add(cost);
        known.last = cost;
        known.running = known.running.saturating_sub(1);
        if self.line.remove(&place) {
            self.line.insert((known.used, known.number, turn.merchant));
        }
    }

    /// How many jobs wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.merchants.values().map(|merchant| merchant.waiting.len()).sum()
    }

    /// Forgets merchants that wait for nothing: those that owe nothing, or else the one that owes least. Whether there
    /// was one.
    fn forget(&mut self) -> bool {
        let least = self.least;
        let idle = |merchant: &Merchant<T>| merchant.waiting.is_empty() && merchant.running == 0;
        let before = self.merchants.len();
        self.merchants.retain(|_, merchant| !idle(merchant) || merchant.used > least);
        if self.merchants.len() < before {
            return true;
        }
        let owing = self.merchants.iter().filter(|(_, merchant)| idle(merchant));
        let Some(name) =
            owing.min_by_key(|(_, merchant)| (merchant.used, merchant.number)).map(|(name, _)| name.clone())
        else {
            return false;
        };
        self.merchants.remove(&name).is_some()
    }
}
