//! Asks the share policies of a program, in their order, about one final base.
//!
//! Invariant: a policy that breaks or asks for what is forbidden stops the decision; nothing is paid in part.

use fenrun_abi::{
    code::Hook,
    host::{EffectAsked, Facts, ShareAsked},
};

use super::arithmetic::{Setting, reckon};
use crate::{
    cart::{Bases, Cart},
    decision::{PartyRef, PolicyAnswer, PolicyRun, Share},
    guard::{self, Violation},
    loaded::Program,
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
) -> Result<Shared, SharingFailure> {
    let mut taken = vec![0; cart.lines.len()];
    let mut shared = Shared { shares: Vec::new(), runs: Vec::new() };
    let mut violations = Vec::new();
    for policy in program.policies().iter().filter(|policy| policy.has(Hook::Shares)) {
        let (back, answer) = policy.run(Hook::Shares, facts).map_err(SharingFailure::Broken)?;
        facts = back;
        let answer =
            answer.map_err(|failure| SharingFailure::Failed { policy: policy.name().into(), failure })?;
        let run = |answer, fuel, notes, reads| PolicyRun {
            policy: policy.name().into(),
            module: policy.digest(),
            hook: Hook::Shares,
            fuel,
            answer,
            notes,
            reads,
        };
        if answer.refused {
            let reason = answer.asked.refusal.unwrap_or_default();
            let refused = PolicyAnswer::Refused { reason };
            shared.runs.push(run(refused, answer.fuel, answer.asked.notes, answer.reads));
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
        };
        match reckon(&setting, &answer.asked, &asked, &mut taken) {
            Ok(mut shares) => {
                let applied = PolicyAnswer::Applied { effects: shares.len() };
                shared.runs.push(run(applied, answer.fuel, answer.asked.notes, answer.reads));
                shared.shares.append(&mut shares);
            }
            Err(mut more) => violations.append(&mut more),
        }
    }
    if violations.is_empty() { Ok(shared) } else { Err(SharingFailure::Forbidden(violations)) }
}
