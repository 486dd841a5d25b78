//! One program and its history.
//!
//! Invariant: what is kept of a decision is what is compared: amounts, who and why. Of an order of which nothing goes
//! back, nothing is kept here.

use std::collections::HashMap;

use fenrun::books::OrderRemains;
use fenrun::event::Event;
use fenrun::history::{History as _, Learned, Lesson, MemoryHistory};
use fenrun::{Decision, Engine, HoldCause, Outcome, Program};
use jiff::Timestamp;

use super::earned::Earned;
use super::formula::Formula;
use super::known::Told;
use super::plan::touched;
use super::tally::Totals;

/// What a side is told.
#[derive(Debug)]
pub(super) enum Item {
    /// An event.
    Event {
        event: Box<Event>,
        /// It is an order of which something goes back later.
        kept: bool,
        /// It is the last event about its order.
        last: bool,
    },
    /// Nothing more comes about this order.
    Closed(Box<str>),
}

/// What became of one event on one side.
pub(super) enum Seen {
    /// A paid order was decided.
    Paid(Box<Paid>),
    /// A paid order is held.
    Held(Box<Held>),
    /// Something of an order went back.
    Back { order: Box<str>, back: Back, last: bool },
    /// A cart was priced, a binding noted.
    Other,
    /// It was told before; and the order about which nothing more comes.
    Told(Told, Option<Box<str>>),
    /// It came before its order, and waits.
    Waits,
    /// It contradicts what was told before, or we broke.
    Refused { because: String, closed: Option<Box<str>> },
    /// Nothing more comes about this order.
    Closed(Box<str>),
}

/// A decided order.
#[derive(Clone, Debug)]
pub(super) struct Paid {
    pub(super) order: String,
    /// What stays with the merchant, with what funders give: minor units.
    pub(super) merchant_net: i128,
    pub(super) effects: Vec<Effect>,
    /// Something may still go back.
    pub(super) kept: bool,
    /// What had waited for the order.
    pub(super) backs: Vec<Back>,
}

/// A held order.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) order: String,
    pub(super) because: String,
    pub(super) kept: bool,
}

/// An amount that a policy moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Effect {
    pub(super) policy: String,
    /// Who gets it; empty for a discount.
    pub(super) party: Box<str>,
    /// As what; empty for a discount.
    pub(super) role: Box<str>,
    /// Minor units.
    pub(super) amount: i64,
    pub(super) reason: String,
    pub(super) formula: Formula,
}

/// What went back of an order: minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Back {
    /// The merchant keeps this much more, or less where it is below zero.
    pub(super) merchant: i128,
    /// Effects that got smaller, by their place.
    pub(super) clawbacks: Vec<(usize, i64)>,
}

/// An order of which something goes back.
struct Open {
    remains: Option<OrderRemains>,
    /// Effects before the first share.
    discounts: usize,
    /// Policy, role and party of each share that is not zero.
    shares: Vec<(Box<str>, Box<str>, Box<str>)>,
    buyer: String,
    seller: Option<Box<str>>,
    paid_at: Timestamp,
    order_before: Option<Timestamp>,
}

/// A program with what it has learned, and what it came to.
pub(super) struct Side {
    engine: Engine,
    program: Program,
    history: MemoryHistory,
    open: HashMap<Box<str>, Open>,
    /// Events that came before their order.
    waiting: HashMap<Box<str>, Vec<Event>>,
    totals: Totals,
    earned: Earned,
}

/// What a side came to at the end.
pub(super) struct Counted {
    pub(super) totals: Totals,
    pub(super) earned: Earned,
    /// Events that wait for an order that never came.
    pub(super) still_waiting: u64,
}

impl Side {
    pub(super) fn new(engine: Engine, program: Program) -> Side {
        let definition = program.definition();
        let history =
            MemoryHistory::of_distinct_facts(definition.volume_window(), definition.time_zone().clone());
        Side {
            engine,
            program,
            history,
            open: HashMap::new(),
            waiting: HashMap::new(),
            totals: Totals::default(),
            earned: Earned::default(),
        }
    }

    /// What it came to.
    pub(super) fn counted(self) -> Counted {
        let waiting = self.waiting.values().map(Vec::len).fold(0, usize::saturating_add);
        let still_waiting = u64::try_from(waiting).unwrap_or(u64::MAX);
        Counted { totals: self.totals, earned: self.earned, still_waiting }
    }

    pub(super) fn take(&mut self, item: &Item) -> Seen {
        match item {
            Item::Closed(order) => {
                self.open.remove(order);
                Seen::Closed(order.clone())
            }
            Item::Event { event, kept, last } => match touched(event) {
                Some(order) => self.take_back(event, order, *last),
                None => self.decide(event, *kept),
            },
        }
    }

    fn decide(&mut self, event: &Event, kept: bool) -> Seen {
        let buyer = event.order().map(|order| order.buyer.id.as_str());
        let order_before = buyer.filter(|_| kept).and_then(|buyer| self.history.last_order_time(buyer));
        let outcome = self.engine.decide(&self.program, event, &self.history);
        if let Some(learned) = Learned::from_outcome(event, &outcome) {
            match self.history.learn(event, &learned) {
                Ok(Lesson::New | Lesson::Duplicate) => {}
                Err(error) => return Seen::Refused { because: error.to_string(), closed: None },
            }
        }
        let paid = matches!(event, Event::OrderPaid(_));
        match outcome {
            Outcome::Decided(decision) if paid => self.paid(event, *decision, kept, order_before),
            Outcome::Held(held) if paid => {
                let violation = matches!(held.cause, HoldCause::Violations(_));
                self.totals.hold(violation);
                self.earned.held(&held.cause);
                let order = event.order().map(|order| order.id.clone()).unwrap_or_default();
                self.waiting.remove(order.as_str());
                Seen::Held(Box::new(Held { order, because: held.cause.to_string(), kept }))
            }
            Outcome::Error(error) => Seen::Refused { because: error.to_string(), closed: None },
            _ => Seen::Other,
        }
    }

    fn paid(
        &mut self,
        event: &Event,
        mut decision: Decision,
        kept: bool,
        order_before: Option<Timestamp>,
    ) -> Seen {
        let local = self.program.definition().time_zone().to_datetime(decision.time);
        let month = (local.year(), local.month());
        let waiting = self.waiting.remove(decision.order.as_str()).unwrap_or_default();
        let seller = decision.parties.iter().find(|party| party.depth == Some(0));
        let seller = seller.map(|party| party.id.clone());
        let remains = || OrderRemains::of(&decision).ok().map(|remains| remains.under(self.program.guard()));
        let remains = (kept || !waiting.is_empty()).then(remains);
        let (merchant_net, effects) = count(&mut self.totals, &mut self.earned, &mut decision, month);
        let mut paid = Paid { order: decision.order, merchant_net, effects, kept, backs: Vec::new() };
        if let Some(remains) = remains {
            let shares = paid.effects.iter().filter(|effect| !effect.role.is_empty());
            let shares = shares
                .map(|effect| (effect.policy.as_str().into(), effect.role.clone(), effect.party.clone()));
            let shares: Vec<_> = shares.collect();
            let discounts = paid.effects.len().saturating_sub(shares.len());
            let buyer = event.order().map(|order| order.buyer.id.clone()).unwrap_or_default();
            let paid_at = decision.time;
            let mut open = Open { remains, discounts, shares, buyer, seller, paid_at, order_before };
            for event in waiting {
                if let Ok(back) = self.back(&mut open, &event) {
                    paid.backs.push(back);
                }
            }
            if kept {
                self.open.insert(paid.order.as_str().into(), open);
            }
        }
        Seen::Paid(Box::new(paid))
    }

    /// An event that takes something back of an order.
    fn take_back(&mut self, event: &Event, order: &str, last: bool) -> Seen {
        let Some(mut open) = self.open.remove(order) else {
            self.waiting.entry(order.into()).or_default().push(event.clone());
            return Seen::Waits;
        };
        let result = self.back(&mut open, event);
        if !last {
            self.open.insert(order.into(), open);
        }
        match result {
            Ok(back) => Seen::Back { order: order.into(), back, last },
            Err(because) => Seen::Refused { because, closed: last.then(|| order.into()) },
        }
    }

    fn back(&mut self, open: &mut Open, event: &Event) -> Result<Back, String> {
        let Some(remains) = &mut open.remains else { return Ok(Back::default()) };
        let taken = remains.take_back(event).map_err(|error| error.to_string())?;
        let mut merchant = i128::from(taken.refund_minor)
            .saturating_add(taken.funders_minor.into())
            .checked_neg()
            .unwrap_or_default();
        let mut clawbacks = Vec::with_capacity(taken.clawbacks.len());
        let mut clawed = 0_i128;
        for clawback in &taken.clawbacks {
            let amount = i128::from(clawback.amount_minor);
            clawed = clawed.saturating_add(amount);
            clawbacks.push((open.discounts.saturating_add(clawback.share), clawback.amount_minor));
            if let Some((policy, role, party)) = open.shares.get(clawback.share) {
                let less = amount.checked_neg().unwrap_or_default();
                self.earned.policy(policy, true, less);
                self.earned.party(role, party, less);
            }
        }
        merchant = merchant.saturating_add(clawed);
        self.totals.take_back(&taken, clawed);
        let local = self.program.definition().time_zone().to_datetime(open.paid_at);
        self.earned.month((local.year(), local.month()), merchant);
        if let Some(seller) = &open.seller {
            self.history.take_back_goods(seller, open.paid_at, taken.goods_minor);
        }
        if taken.cancelled {
            self.history.free_place(&open.buyer, open.paid_at, open.order_before);
        }
        Ok(Back { merchant, clawbacks })
    }
}

/// Counts what a paid order of a month comes to. Answers what stays with the merchant, and what policies moved, which is
/// taken out of the decision.
pub(super) fn count(
    totals: &mut Totals,
    earned: &mut Earned,
    decision: &mut Decision,
    month: (i16, i8),
) -> (i128, Vec<Effect>) {
    totals.decide(decision);
    for run in &decision.policies {
        earned.answered(run);
    }
    let merchant_net = i128::from(decision.totals.merchant_net).saturating_add(decision.totals.funded.into());
    earned.month(month, merchant_net);
    let effects = effects(decision);
    for effect in &effects {
        let is_share = !effect.role.is_empty();
        earned.policy(&effect.policy, is_share, effect.amount.into());
        if is_share {
            earned.party(&effect.role, &effect.party, effect.amount.into());
        }
    }
    (merchant_net, effects)
}

/// What policies moved, discounts first; a share of nothing moves nothing.
fn effects(decision: &mut Decision) -> Vec<Effect> {
    let discounts = std::mem::take(&mut decision.discounts);
    let shares = std::mem::take(&mut decision.shares);
    let mut effects = Vec::with_capacity(discounts.len().saturating_add(shares.len()));
    for discount in discounts {
        let formula = Formula::of_discount(&discount);
        effects.push(Effect {
            policy: discount.policy,
            party: Box::default(),
            role: Box::default(),
            amount: discount.amount_minor,
            reason: discount.reason,
            formula,
        });
    }
    for mut share in shares.into_iter().filter(|share| share.amount_minor > 0) {
        let formula = Formula::of_share(&mut share);
        effects.push(Effect {
            policy: share.policy,
            party: share.party.id,
            role: share.party.role,
            amount: share.amount_minor,
            reason: share.reason,
            formula,
        });
    }
    effects
}
