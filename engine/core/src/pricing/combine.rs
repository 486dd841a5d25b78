//! Which discount policies apply: those that exclude, then the best deal, then those that stack.
//!
//! Invariant: exclusive and best-deal policies are all asked from the same start; stacking ones in program order, each
//! about what is left of the price.

use fenrun_abi::{
    code::Hook,
    host::{Asked, EffectAsked, Facts, Reads},
};

use super::arithmetic::{Setting, apply, cut};
use jiff::Timestamp;

use crate::{
    budget::{Scopes, Taken},
    cart::{Bases, Cart},
    decision::{Discount, PartyRef, PolicyAnswer, PolicyRun},
    facts,
    guard::Violation,
    history::History,
    in_play::InPlay,
    loaded::{LoadedPolicy, Program},
    program::{Combine, OnFailure},
    sandbox::{Failure, InstanceError},
};

/// A priced cart.
pub(crate) struct Priced {
    pub(crate) cart: Cart,
    pub(crate) facts: Facts,
    pub(crate) discounts: Vec<Discount>,
    pub(crate) runs: Vec<PolicyRun>,
}

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
struct Offer {
    cart: Cart,
    discounts: Vec<Discount>,
    run: PolicyRun,
}

impl Offer {
    fn amount(&self) -> i64 {
        self.discounts.iter().map(|discount| discount.amount_minor).fold(0, i64::saturating_add)
    }
}

/// Asks every discount policy of the program.
pub(crate) fn price(
    program: &Program,
    cart: Cart,
    facts: Facts,
    parties: &[PartyRef],
    spending: &Spending<'_>,
) -> Result<Priced, PricingFailure> {
    let mut asking = Asking { program, parties, facts, spending };
    let play = spending.play;
    let with = |wanted: Combine| {
        let policies = play.with(program, Hook::Discounts);
        policies.filter(move |policy| policy.combine(program.definition()) == wanted)
    };
    let mut runs = play.refused(program, Hook::Discounts);
    let mut exclusive: Option<Offer> = None;
    for policy in with(Combine::Exclusive) {
        if let Some(first) = &exclusive {
            runs.push(not_asked(policy, &first.run.policy));
            continue;
        }
        let offer = asking.ask(policy, &cart)?;
        if offer.amount() > 0 {
            exclusive = Some(offer);
        } else {
            runs.push(offer.run);
        }
    }
    let mut best: Option<Offer> = None;
    for policy in with(Combine::BestDeal) {
        if let Some(winner) = &exclusive {
            runs.push(not_asked(policy, &winner.run.policy));
            continue;
        }
        let offer = asking.ask(policy, &cart)?;
        best = Some(match best.take() {
            None => offer,
            Some(earlier) if offer.amount() > earlier.amount() => {
                exclude(earlier, &offer.run.policy, &mut runs);
                offer
            }
            Some(earlier) => {
                exclude(offer, &earlier.run.policy, &mut runs);
                earlier
            }
        });
    }
    let alone = exclusive.as_ref().map(|offer| offer.run.policy.clone());
    let start = exclusive.or(best);
    let mut priced = Priced { cart, facts: Facts::default(), discounts: Vec::new(), runs };
    if let Some(offer) = start {
        priced.cart = offer.cart;
        priced.discounts = offer.discounts;
        priced.runs.push(offer.run);
    }
    for policy in with(Combine::Stack) {
        if let Some(winner) = &alone {
            priced.runs.push(not_asked(policy, winner));
            continue;
        }
        let mut offer = asking.ask(policy, &priced.cart)?;
        priced.cart = offer.cart;
        priced.discounts.append(&mut offer.discounts);
        priced.runs.push(offer.run);
    }
    priced.facts = asking.facts;
    Ok(priced)
}

/// Sets an offer aside that another one beats.
fn exclude(offer: Offer, by: &str, runs: &mut Vec<PolicyRun>) {
    let beaten = offer.amount() > 0;
    let mut run = offer.run;
    if beaten {
        run.answer = PolicyAnswer::Excluded { by: by.into() };
    }
    runs.push(run);
}

/// A policy that cannot apply is not asked: whatever it would do, it cannot stop the sale.
fn not_asked(policy: &LoadedPolicy, by: &str) -> PolicyRun {
    PolicyRun {
        policy: policy.name().into(),
        module: policy.digest(),
        hook: Hook::Discounts,
        fuel: 0,
        answer: PolicyAnswer::Excluded { by: by.into() },
        notes: Vec::new(),
        reads: Reads::default(),
        facts: None,
    }
}

/// Who is asked about one order, and what there is to spend on its buyer.
pub(crate) struct Spending<'a> {
    pub(crate) play: &'a InPlay,
    pub(crate) history: &'a dyn History,
    pub(crate) buyer: &'a str,
    pub(crate) at: Timestamp,
}

struct Asking<'a> {
    program: &'a Program,
    parties: &'a [PartyRef],
    facts: Facts,
    spending: &'a Spending<'a>,
}

impl Asking<'_> {
    fn ask(&mut self, policy: &LoadedPolicy, start: &Cart) -> Result<Offer, PricingFailure> {
        let bases = Bases::while_pricing(start).map_err(|_| {
            let message = "the amounts of the order do not fit 64 bits".into();
            PricingFailure::Forbidden(vec![Violation::new("overflow", None, message)])
        })?;
        facts::set_prices(&mut self.facts, start, &bases);
        let facts = std::mem::take(&mut self.facts);
        let (facts, answer) = policy.run(Hook::Discounts, facts).map_err(PricingFailure::Broken)?;
        self.facts = facts;
        let shown = self.program.kept(&self.facts);
        let run = |answer, fuel, notes, reads| PolicyRun {
            policy: policy.name().into(),
            module: policy.digest(),
            hook: Hook::Discounts,
            fuel,
            answer,
            notes,
            reads,
            facts: shown.clone(),
        };
        let nothing = |run| Offer { cart: start.clone(), discounts: Vec::new(), run };
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) if policy.on_failure() == OnFailure::Skip => {
                let fuel = failure.fuel;
                return Ok(nothing(run(
                    PolicyAnswer::Failed { failure },
                    fuel,
                    Vec::new(),
                    Reads::default(),
                )));
            }
            Err(failure) => return Err(PricingFailure::Failed { policy: policy.name().into(), failure }),
        };
        let (fuel, reads) = (answer.fuel, answer.reads);
        if answer.refused {
            let reason = answer.asked.refusal.unwrap_or_default();
            return Ok(nothing(run(PolicyAnswer::Refused { reason }, fuel, answer.asked.notes, reads)));
        }
        match self.reckon(policy, start, &answer.asked) {
            Ok((mut cart, mut discounts)) => {
                self.keep_to_budget(policy, &mut cart, &mut discounts);
                let applied = PolicyAnswer::Applied { effects: discounts.len() };
                Ok(Offer { cart, discounts, run: run(applied, fuel, answer.asked.notes, reads) })
            }
            Err(violations) if policy.on_failure() == OnFailure::Skip => {
                Ok(nothing(run(PolicyAnswer::Forbidden { violations }, fuel, answer.asked.notes, reads)))
            }
            Err(violations) => Err(PricingFailure::Forbidden(violations)),
        }
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
