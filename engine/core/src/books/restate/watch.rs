//! Decides orders again at the moment when they were decided, while the log is replayed.
//!
//! Invariant: a mended decision sees what the first one saw: the books as they stood before the order, and the prices that
//! were paid; only of budgets and coupons it sees what is left of them now.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::change::OrderChange;
use crate::books::desk::Desk;
use crate::books::history::DeskHistory;
use crate::books::lot::Lot;
use crate::books::orders::share_spending;
use crate::books::setting::Setting;
use crate::books::stop::Stop;
use crate::decide::share_again;
use crate::decision::Decision;
use crate::event::Event;
use crate::history::{Binding, History, PricedQuote, Standing, VolumeWindow};
use crate::outcome::Outcome;
use crate::{HoldCause, Program};

/// Amounts by budget, minor units.
pub(super) type Amounts = BTreeMap<String, i64>;

/// Who decides some orders again.
#[derive(Debug)]
pub(crate) struct Watch {
    mended: Program,
    /// The lots of these orders, as they stand now.
    lots: BTreeMap<String, Lot>,
    /// What is spent of each budget by now.
    spent_now: Amounts,
    found: RefCell<Found>,
}

/// What was found so far.
#[derive(Debug, Default)]
struct Found {
    orders: BTreeMap<String, Again>,
    /// By how much the orders found so far spend more than they did at their moment.
    since_then: Amounts,
    /// By how much they spend more than they do now.
    since_now: Amounts,
}

/// One order decided again.
#[derive(Debug)]
pub(super) struct Again {
    /// The mended decision, or why there is none.
    pub(super) outcome: Result<Box<Decision>, HoldCause>,
    /// How many of its lot's shares came of the decision it has.
    pub(super) decided: usize,
    /// What these took from budgets.
    pub(super) spent_before: Vec<(String, i64)>,
    /// What the mended ones take.
    pub(super) spent: Vec<(String, i64)>,
}

impl Watch {
    pub(super) fn new(mended: Program, lots: BTreeMap<String, Lot>, spent_now: Amounts) -> Self {
        Self { mended, lots, spent_now, found: RefCell::default() }
    }

    /// What was found, by order.
    pub(super) fn into_found(self) -> (BTreeMap<String, Lot>, BTreeMap<String, Again>) {
        (self.lots, self.found.into_inner().orders)
    }

    /// Decides an order again, where it is one of those, before the first decision has changed anything.
    pub(crate) fn decide_again(
        &self,
        setting: &Setting<'_>,
        desk: &mut Desk<'_>,
        event: &Event,
        first: &Decision,
    ) -> Result<(), Stop> {
        let Some(order) = event.order() else { return Ok(()) };
        let Some(lot) = self.lots.get(&order.id) else { return Ok(()) };
        let then = share_spending(setting.program, first);
        let decided = first.shares.iter().filter(|share| share.amount_minor > 0).count();
        let (decided, own) = match &lot.restated {
            Some(mark) => (mark.shares, mark.spent.clone()),
            None => (decided, then.clone()),
        };
        let paid: Vec<(String, i64)> = lot.lines.iter().map(|line| (line.id.clone(), line.due)).collect();
        let history = DeskHistory::new(desk, setting.expect, setting.zone());
        let seen = AsOf { history: &history, watch: self, lot, own: &own };
        let fact = event.fact_key();
        let outcome = share_again(&self.mended, order, &paid, &seen, fact.as_str());
        history.close()?;
        let outcome = match outcome {
            Outcome::Decided(decision) => Ok(decision),
            Outcome::Held(held) => Err(held.cause),
            Outcome::Error(error) => return Err(Stop::Engine(error.to_string())),
            Outcome::Noted => return Err(Stop::Engine("the engine decided nothing".into())),
        };
        let spent = outcome.as_deref().map(|decision| share_spending(&self.mended, decision));
        let spent = spent.unwrap_or_default();
        let mut found = self.found.borrow_mut();
        add(&mut found.since_then, &spent, &then);
        add(&mut found.since_now, &spent, &own);
        found.orders.insert(order.id.clone(), Again { outcome, decided, spent_before: own, spent });
        Ok(())
    }

    /// An earlier restatement comes by in the log: what it changed is in the books from here on.
    pub(super) fn restated_before(&self, change: &OrderChange) {
        let mut found = self.found.borrow_mut();
        if found.orders.contains_key(&change.order) {
            add(&mut found.since_then, &change.spent_before, &change.spent);
        }
    }
}

/// Adds what is more to the sums, and takes off what is less.
fn add(sums: &mut Amounts, more: &[(String, i64)], less: &[(String, i64)]) {
    for (key, amount) in more {
        let sum = sums.entry(key.clone()).or_default();
        *sum = sum.saturating_add(*amount);
    }
    for (key, amount) in less {
        let sum = sums.entry(key.clone()).or_default();
        *sum = sum.saturating_sub(*amount);
    }
}

/// The history as of an order, with the budgets and coupons that count now.
struct AsOf<'a, 'desk, 'ledger> {
    history: &'a DeskHistory<'desk, 'ledger>,
    watch: &'a Watch,
    lot: &'a Lot,
    own: &'a [(String, i64)],
}

impl History for AsOf<'_, '_, '_> {
    fn paid_orders(&self, buyer: &str) -> u64 {
        self.history.paid_orders(buyer)
    }

    fn last_order_time(&self, buyer: &str) -> Option<Timestamp> {
        self.history.last_order_time(buyer)
    }

    fn upline(&self, party: &str, at: Timestamp) -> Option<Binding> {
        self.history.upline(party, at)
    }

    fn bindings(&self, buyer: &str, at: Timestamp) -> Vec<Binding> {
        self.history.bindings(buyer, at)
    }

    fn volume(&self, party: &str, window: VolumeWindow, zone: &TimeZone, at: Timestamp) -> i64 {
        self.history.volume(party, window, zone, at)
    }

    fn tier(&self, party: &str) -> Option<String> {
        self.history.tier(party)
    }

    fn standing(&self, party: &str) -> Standing {
        self.history.standing(party)
    }

    fn quote(&self, quote: &str) -> Option<Arc<PricedQuote>> {
        self.history.quote(quote)
    }

    fn quote_paid_by(&self, quote: &str) -> Option<String> {
        self.history.quote_paid_by(quote)
    }

    /// A coupon is not used up long after the sale.
    fn coupon(&self, coupon: &str, _: &str, _: Timestamp) -> Result<(), String> {
        if self.lot.coupons.iter().any(|used| used == coupon) {
            return Ok(());
        }
        Err(format!("order `{}` did not use coupon `{coupon}`", self.lot.order))
    }

    /// Neither what was left then nor what is left now may be passed (I11).
    fn spent(&self, budget: &str) -> i64 {
        let found = self.watch.found.borrow();
        let of = |sums: &Amounts| sums.get(budget).copied().unwrap_or(0);
        let own = self.own.iter().filter(|(key, _)| key == budget).map(|(_, amount)| *amount);
        let own = own.fold(0_i64, i64::saturating_add);
        let then = self.history.spent(budget).saturating_add(of(&found.since_then));
        let now = of(&self.watch.spent_now).saturating_add(of(&found.since_now)).saturating_sub(own);
        then.max(now)
    }
}
