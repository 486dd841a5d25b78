//! One program and its history.
//!
//! Invariant: what is kept of a decision is what is compared: amounts, who and why.

use fenrun::decision::PolicyAnswer;
use fenrun::event::Event;
use fenrun::history::{Learned, MemoryHistory};
use fenrun::{Decision, Engine, HoldCause, Outcome, Program};

use super::tally::Totals;

/// A program with what it has learned.
pub(super) struct Side {
    engine: Engine,
    program: Program,
    history: MemoryHistory,
}

/// What became of one event on one side.
pub(super) enum Seen {
    /// A paid order was decided.
    Paid(Box<Paid>),
    /// A paid order is held.
    Held { because: String, violation: bool },
    /// A cart was priced, a binding noted.
    Other,
    /// It contradicts what was told before, or we broke.
    Refused,
}

/// A decided order.
pub(super) struct Paid {
    pub(super) order: String,
    pub(super) totals: Totals,
    pub(super) effects: Vec<Effect>,
}

/// An amount that a policy moved.
pub(super) struct Effect {
    pub(super) policy: Box<str>,
    /// Who gets it; empty for a discount.
    pub(super) party: Box<str>,
    /// As what; empty for a discount.
    pub(super) role: Box<str>,
    /// Minor units.
    pub(super) amount: i64,
    pub(super) reason: Box<str>,
}

impl Side {
    pub(super) fn new(engine: Engine, program: Program) -> Side {
        Side { engine, program, history: MemoryHistory::new() }
    }

    pub(super) fn decide(&mut self, event: &Event) -> Seen {
        let outcome = self.engine.decide(&self.program, event, &self.history);
        if let Some(learned) = Learned::from_outcome(event, &outcome)
            && self.history.learn(event, &learned).is_err()
        {
            return Seen::Refused;
        }
        let paid = matches!(event, Event::OrderPaid(_));
        match outcome {
            Outcome::Decided(decision) if paid => Seen::Paid(Box::new(Paid::of(&decision))),
            Outcome::Held(held) if paid => Seen::Held {
                because: held.cause.to_string(),
                violation: matches!(held.cause, HoldCause::Violations(_)),
            },
            Outcome::Error(_) => Seen::Refused,
            _ => Seen::Other,
        }
    }
}

impl Paid {
    fn of(decision: &Decision) -> Paid {
        let sums = &decision.totals;
        let answered = |wanted: fn(&PolicyAnswer) -> bool| {
            let policies = decision.policies.iter().filter(|run| wanted(&run.answer)).count();
            u64::try_from(policies).unwrap_or(u64::MAX)
        };
        let discounts = decision.discounts.iter().map(|discount| Effect {
            policy: discount.policy.as_str().into(),
            party: "".into(),
            role: "".into(),
            amount: discount.amount_minor,
            reason: discount.reason.as_str().into(),
        });
        let shares = decision.shares.iter().map(|share| Effect {
            policy: share.policy.as_str().into(),
            party: share.party.id.clone(),
            role: share.party.role.clone(),
            amount: share.amount_minor,
            reason: share.reason.as_str().into(),
        });
        Paid {
            order: decision.order.clone(),
            totals: Totals {
                orders: 1,
                list: sums.list.into(),
                discounts: sums.discounts.into(),
                due: sums.due.into(),
                shares: sums.shares.into(),
                merchant_net: sums.merchant_net.into(),
                funded: sums.funded.into(),
                fuel: decision.policies.iter().map(|run| u128::from(run.fuel)).fold(0, u128::saturating_add),
                held_violations: 0,
                held_failures: 0,
                refusals: answered(|answer| matches!(answer, PolicyAnswer::Refused { .. })),
                policies_left_out: answered(|answer| {
                    matches!(answer, PolicyAnswer::Failed { .. } | PolicyAnswer::Forbidden { .. })
                }),
            },
            effects: discounts.chain(shares).collect(),
        }
    }
}
