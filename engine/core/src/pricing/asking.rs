//! Asks one discount policy about a cart, and reckons what it offers.
//!
//! Invariant: what an older version offers in place of one that broke is reckoned under the terms of the program in force,
//! and the trace shows both.

use fenrun_abi::{
    code::Hook,
    host::{Asked, EffectAsked, Facts, Reads},
};
use jiff::Timestamp;

use super::arithmetic::{Setting, apply, cut};
use crate::{
    budget::{Scopes, Taken},
    cart::{Bases, Cart},
    decision::{Discount, PartyRef, PolicyAnswer, PolicyRun},
    facts,
    guard::Violation,
    history::History,
    in_play::InPlay,
    loaded::{LoadedPolicy, Program},
    program::OnFailure,
    sandbox::{Failure, InstanceError},
};

/// Why no price can be given.
pub(crate) enum PricingFailure {
    /// A policy broke, and the program refuses to go on without it.
    Failed { policy: String, failure: Failure },
    /// A policy asked for what the guard forbids, and the program refuses to go on without it.
    Forbidden(Vec<Violation>),
    /// We broke.
    Broken(InstanceError),
}

/// What one policy came to, from a given start.
pub(super) struct Offer {
    pub(super) cart: Cart,
    pub(super) discounts: Vec<Discount>,
    pub(super) run: PolicyRun,
}

impl Offer {
    pub(super) fn amount(&self) -> i64 {
        self.discounts.iter().map(|discount| discount.amount_minor).fold(0, i64::saturating_add)
    }
}

/// Who is asked about one order, and what there is to spend on its buyer.
pub(crate) struct Spending<'a> {
    pub(crate) play: &'a InPlay,
    pub(crate) history: &'a dyn History,
    pub(crate) buyer: &'a str,
    pub(crate) at: Timestamp,
}

/// Asks one policy after the other.
pub(super) struct Asking<'a> {
    program: &'a Program,
    parties: &'a [PartyRef],
    facts: Facts,
    spending: &'a Spending<'a>,
    /// The runs of versions for which an older one stood in.
    failed: Vec<PolicyRun>,
}

/// What one version of a policy came to.
enum Came {
    Offer(Offer),
    /// It broke, or asked for what the guard forbids: why, and the run.
    Broke(PricingFailure, PolicyRun),
}

impl<'a> Asking<'a> {
    pub(super) fn new(
        program: &'a Program,
        parties: &'a [PartyRef],
        facts: Facts,
        spending: &'a Spending<'a>,
    ) -> Self {
        Self { program, parties, facts, spending, failed: Vec::new() }
    }

    /// The facts, and the runs of versions for which an older one stood in.
    pub(super) fn close(self) -> (Facts, Vec<PolicyRun>) {
        (self.facts, self.failed)
    }

    /// What a policy offers. Where it breaks, the program says what happens: the sale goes on without it, its last good
    /// version stands in, or there is no price.
    pub(super) fn ask(&mut self, policy: &LoadedPolicy, start: &Cart) -> Result<Offer, PricingFailure> {
        let nothing = |run| Offer { cart: start.clone(), discounts: Vec::new(), run };
        let (why, run) = match self.ask_version(policy, policy, start)? {
            Came::Offer(offer) => return Ok(offer),
            Came::Broke(why, run) => (why, run),
        };
        match policy.on_failure() {
            OnFailure::Skip => Ok(nothing(run)),
            OnFailure::Refuse => Err(why),
            OnFailure::LastGood => {
                let Some(good) = policy.last_good() else { return Ok(nothing(run)) };
                self.failed.push(run);
                let mut offer = match self.ask_version(policy, good, start)? {
                    Came::Offer(offer) => offer,
                    Came::Broke(_, run) => nothing(run),
                };
                offer.run.stands_in = true;
                Ok(offer)
            }
        }
    }

    /// Asks a version of a policy; the program's terms for the policy hold for every version of it.
    fn ask_version(
        &mut self,
        policy: &LoadedPolicy,
        version: &LoadedPolicy,
        start: &Cart,
    ) -> Result<Came, PricingFailure> {
        let bases = Bases::while_pricing(start).map_err(|_| {
            let message = "the amounts of the order do not fit 64 bits".into();
            PricingFailure::Forbidden(vec![Violation::new("overflow", None, message)])
        })?;
        facts::set_prices(&mut self.facts, start, &bases);
        let answer = version.run(Hook::Discounts, &mut self.facts).map_err(PricingFailure::Broken)?;
        let shown = self.program.kept(&self.facts);
        let run = |answer, fuel, notes, reads| {
            let facts = shown.clone();
            PolicyRun { fuel, notes, reads, facts, ..PolicyRun::new(version, Hook::Discounts, answer) }
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) => {
                let fuel = failure.fuel;
                let why = PricingFailure::Failed { policy: policy.name().into(), failure: failure.clone() };
                let failed = PolicyAnswer::Failed { failure };
                return Ok(Came::Broke(why, run(failed, fuel, Vec::new(), Reads::default())));
            }
        };
        let (fuel, reads) = (answer.fuel, answer.reads);
        if answer.refused {
            let reason = answer.asked.refusal.unwrap_or_default();
            let run = run(PolicyAnswer::Refused { reason }, fuel, answer.asked.notes, reads);
            return Ok(Came::Offer(Offer { cart: start.clone(), discounts: Vec::new(), run }));
        }
        Ok(match self.reckon(policy, start, &answer.asked) {
            Ok((mut cart, mut discounts)) => {
                self.keep_to_budget(policy, &mut cart, &mut discounts);
                let applied = PolicyAnswer::Applied { effects: discounts.len() };
                Came::Offer(Offer { cart, discounts, run: run(applied, fuel, answer.asked.notes, reads) })
            }
            Err(violations) => {
                let why = PricingFailure::Forbidden(violations.clone());
                let forbidden = PolicyAnswer::Forbidden { violations };
                Came::Broke(why, run(forbidden, fuel, answer.asked.notes, reads))
            }
        })
    }

    /// Cuts what the policy's budget no longer allows, from the last discount on.
    fn keep_to_budget(&self, policy: &LoadedPolicy, cart: &mut Cart, discounts: &mut Vec<Discount>) {
        if !policy.entry().budget().is_limited() {
            return;
        }
        let scopes = Scopes::of(self.program, policy, self.spending.buyer, self.spending.at);
        let Some(mut left) = scopes.left(self.spending.history, &Taken::default()) else { return };
        for discount in discounts.iter_mut() {
            if discount.amount_minor > left {
                cut(cart, discount, left);
            }
            left = left.saturating_sub(discount.amount_minor);
        }
        discounts.retain(|discount| discount.amount_minor > 0 || discount.asked_minor == 0);
    }

    /// Reckons every discount of one policy; one that is forbidden forbids them all.
    fn reckon(
        &self,
        policy: &LoadedPolicy,
        start: &Cart,
        asked: &Asked,
    ) -> Result<(Cart, Vec<Discount>), Vec<Violation>> {
        let profile = self.program.guard();
        let setting = Setting {
            policy: policy.name(),
            parties: self.parties,
            exponent: self.program.currency().exponent(),
            play: self.spending.play,
            floors_reject: profile.line_floors() == crate::profile::LineFloors::Reject,
        };
        let mut cart = start.clone();
        let mut discounts = Vec::with_capacity(asked.effects.len());
        let mut violations = Vec::new();
        for (number, effect) in asked.effects.iter().enumerate() {
            match effect {
                EffectAsked::Discount(discount, 1) => match apply(&setting, &mut cart, asked, discount) {
                    Ok(discount) => discounts.push(discount),
                    Err(violation) => violations.push(violation),
                },
                EffectAsked::Discount(_, ended) => {
                    violations.push(crate::guard::ended(policy.name(), number, *ended));
                }
                other => {
                    violations.push(crate::guard::wrong_hook(policy.name(), other.what(), Hook::Discounts));
                }
            }
        }
        if violations.is_empty() { Ok((cart, discounts)) } else { Err(violations) }
    }
}
