//! Which discount policies apply: those that exclude, then the best deal, then those that stack.
//!
//! Invariant: exclusive and best-deal policies are all asked from the same start; stacking ones in program order, each
//! about what is left of the price.

use fenrun_abi::{code::Hook, host::Facts};

use super::asking::{Asking, Offer, PricingFailure, Spending};
use crate::{
    cart::Cart,
    decision::{Discount, PartyRef, PolicyAnswer, PolicyRun},
    loaded::{LoadedPolicy, Program},
    program::Combine,
};

/// A priced cart.
pub(crate) struct Priced {
    pub(crate) cart: Cart,
    pub(crate) facts: Facts,
    pub(crate) discounts: Vec<Discount>,
    pub(crate) runs: Vec<PolicyRun>,
}

/// Asks every discount policy of the program.
pub(crate) fn price(
    program: &Program,
    cart: Cart,
    facts: Facts,
    parties: &[PartyRef],
    spending: &Spending<'_>,
) -> Result<Priced, PricingFailure> {
    let mut asking = Asking::new(program, parties, facts, spending);
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
    let (facts, mut failed) = asking.close();
    // What broke comes first, so that who stands in for it is read after it.
    failed.append(&mut priced.runs);
    (priced.facts, priced.runs) = (facts, failed);
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
    PolicyRun::new(policy, Hook::Discounts, PolicyAnswer::Excluded { by: by.into() })
}
