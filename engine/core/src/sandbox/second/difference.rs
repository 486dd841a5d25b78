//! Where two executors do not agree about a call.
//!
//! Invariant: what depends on the executor alone (how deep its stack is, where its fuel ends) is never a difference.

use fenrun_abi::{code::HookResult, host::Fault};

use super::executor::Again;
use crate::sandbox::{Answer, Failure, FailureKind};

/// The first thing they do not agree about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Difference {
    /// How the call ended.
    #[error("the call ended as `{first}` in one engine and as `{second}` in the other")]
    Ending { first: String, second: String },
    /// An effect.
    #[error("effect {place} is not the same")]
    Effect { place: usize },
    /// What it asked for beside effects.
    #[error("the {what} are not the same")]
    Words { what: &'static str },
    /// Which fields it read.
    #[error("they read other fields")]
    Reads,
    /// What it cost.
    #[error("fuel {found} cannot be, expected {least} to {most}")]
    Fuel { found: u64, least: u64, most: u64 },
}

/// Whether another executor has to say the same.
pub(super) fn comparable(answer: &Result<Answer, Failure>) -> bool {
    !matches!(
        answer,
        Err(Failure {
            kind: FailureKind::OutOfFuel { .. }
                | FailureKind::StackOverflow
                | FailureKind::Contract { fault: Fault::NotLookedUp },
            ..
        })
    )
}

/// What they do not agree about, if anything.
pub(super) fn between(first: &Result<Answer, Failure>, second: &Again) -> Option<Difference> {
    let ended = |first: &dyn std::fmt::Display, second: &dyn std::fmt::Display| {
        Some(Difference::Ending { first: first.to_string(), second: second.to_string() })
    };
    let (answer, result) = match (first, &second.ending) {
        (Ok(answer), Ok(result)) => (answer, *result),
        (Err(failure), Err(kind)) if failure.kind == *kind => return None,
        (Err(failure), Err(kind)) => return ended(&failure.kind, kind),
        (Ok(answer), Err(kind)) => return ended(&result_of(answer).name(), kind),
        (Err(failure), Ok(result)) => return ended(&failure.kind, &result.name()),
    };
    if result_of(answer) != result {
        return ended(&result_of(answer).name(), &result.name());
    }
    // A refusal's effects are dropped.
    if !answer.refused {
        let (first, second) = (&answer.asked.effects, &second.asked.effects);
        let same = first.iter().zip(second).take_while(|(first, second)| first == second).count();
        if same < first.len().max(second.len()) {
            return Some(Difference::Effect { place: same });
        }
    }
    let words = [
        ("groups", answer.asked.groups == second.asked.groups),
        ("notes", answer.asked.notes == second.asked.notes),
        ("reasons of the refusal", answer.asked.refusal == second.asked.refusal),
    ];
    if let Some((what, _)) = words.iter().find(|(_, same)| !same) {
        return Some(Difference::Words { what });
    }
    if answer.reads != second.reads {
        return Some(Difference::Reads);
    }
    // A call costs one instruction at least.
    let least = second.host_fuel.saturating_add(1);
    let most = second.host_fuel.saturating_add(second.instruction_fuel_max);
    (answer.fuel < least || answer.fuel > most).then_some(Difference::Fuel {
        found: answer.fuel,
        least,
        most,
    })
}

fn result_of(answer: &Answer) -> HookResult {
    if answer.refused { HookResult::Refused } else { HookResult::Done }
}
