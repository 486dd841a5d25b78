//! Asks the share policies of a program, in their order, about one final base.
//!
//! Invariant: a policy that breaks or asks for what is forbidden stops the decision; nothing is paid in part.

use fenrun_abi::{
    code::Hook,
    host::{EffectAsked, Facts, ShareAsked},
};

use super::arithmetic::{Setting, reckon};
use crate::{
    budget::{Scopes, Taken},
    cart::{Bases, Cart},
    decision::{PartyRef, PolicyRun, Share},
    guard::{self, Violation},
    loaded::{LoadedPolicy, Program},
    pricing::Spending,
    sandbox::{Failure, InstanceError},
};

/// The shares of an order, before the guard has seen them together.
pub(crate) struct Shared {
    pub(crate) shares: Vec<Share>,
    pub(crate) runs: Vec<PolicyRun>,
}

/// Why there are no shares.
pub(crate) enum SharingFailure {
    /// A policy broke.
    Failed { policy: String, failure: Failure },
    /// Policies asked for what the guard forbids.
    Forbidden(Vec<Violation>),
    /// We broke.
    Broken(InstanceError),
}

/// Asks every share policy of the program.
pub(crate) fn share(
    program: &Program,
    cart: &Cart,
    bases: &Bases,
    mut facts: Facts,
    parties: &[PartyRef],
    spending: &Spending<'_>,
) -> Result<Shared, SharingFailure> {
    let mut taken = vec![0; cart.lines.len()];
    let runs = spending.play.refused(program, Hook::Shares);
    let mut shared = Shared { shares: Vec::new(), runs };
    let mut violations = Vec::new();
    for policy in spending.play.with(program, Hook::Shares) {
        let answer = policy.run(Hook::Shares, &mut facts).map_err(SharingFailure::Broken)?;
        let answer =
            answer.map_err(|failure| SharingFailure::Failed { policy: policy.name().into(), failure })?;
        let shown = program.kept(&facts);
        if answer.refused {
            shared.runs.push(PolicyRun::answered(policy, Hook::Shares, answer, shown));
            continue;
        }
        let mut asked: Vec<&ShareAsked> = Vec::with_capacity(answer.asked.effects.len());
        for (number, effect) in answer.asked.effects.iter().enumerate() {
            match effect {
                EffectAsked::Share(share, 1) => asked.push(share),
                EffectAsked::Share(_, ended) => violations.push(guard::ended(policy.name(), number, *ended)),
                other => violations.push(guard::wrong_hook(policy.name(), other.what(), Hook::Shares)),
            }
        }
        let setting = Setting {
            policy: policy.name(),
            parties,
            cart,
            bases,
            exponent: program.currency().exponent(),
            rounding: policy.rounding(),
            pay_from_fees: program.guard().pay_from_fees(),
            play: spending.play,
        };
        match reckon(&setting, &answer.asked, &asked, &mut taken) {
            Ok(mut shares) => {
                keep_to_budget(program, policy, &mut shares, spending);
                shared.runs.push(PolicyRun::answered(policy, Hook::Shares, answer, shown));
                shared.shares.append(&mut shares);
            }
            Err(mut more) => violations.append(&mut more),
        }
    }
    if violations.is_empty() { Ok(shared) } else { Err(SharingFailure::Forbidden(violations)) }
}

/// Cuts what the policy's budget no longer allows, share by share in their order.
fn keep_to_budget(program: &Program, policy: &LoadedPolicy, shares: &mut [Share], spending: &Spending<'_>) {
    if !policy.entry().budget().is_limited() {
        return;
    }
    let mut taken = Taken::default();
    for share in shares {
        let scopes = Scopes::of(program, policy, &share.party.id, spending.at);
        if let Some(left) = scopes.left(spending.history, &taken) {
            guard::reduce(share, share.amount_minor.saturating_sub(left).max(0));
        }
        scopes.take(&mut taken, share.amount_minor);
    }
}
