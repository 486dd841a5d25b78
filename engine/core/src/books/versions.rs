//! Which versions of a discounts policy have answered, so that the last good one can stand in for one that breaks.
//!
//! Invariant: kept in the ledger and changed only together with the entry that it follows from; a version that has never
//! answered stands in for none.

use fenrun_abi::code::Hook;
use fenrun_ledger::Ledger;
use serde::{Deserialize, Serialize};

use super::desk::{Desk, key, kind};
use super::programs::{self, InForce};
use super::setting::Done;
use super::stop::Stop;
use crate::Engine;
use crate::admission::Digest;
use crate::decision::{PolicyAnswer, PolicyRun};
use crate::loaded::{LoadedPolicy, Program};
use crate::program::OnFailure;

/// Versions that are remembered: the one in force, and the latest other one.
const VERSIONS_MAX: usize = 2;

/// A version of a policy that has answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Good {
    /// Which module in which configuration.
    identity: Digest,
    /// The fact that brought its program into force.
    activated: String,
}

/// The key of the versions of a policy that have answered, the latest first.
fn good(policy: &str) -> String {
    key(&["good", policy])
}

/// Notes which policies of the program in force have answered for the first time; answers their names.
pub(super) fn note(desk: &mut Desk<'_>, in_force: &InForce, done: &Done) -> Result<Vec<String>, Stop> {
    let Some(decision) = &done.decision else { return Ok(Vec::new()) };
    let mut noted = Vec::new();
    for run in decision.policies.iter().filter(|run| has_answered(run)) {
        if in_force.answered.contains(&run.policy) {
            continue;
        }
        let policy = in_force.program.policies().iter().find(|policy| policy.name() == run.policy);
        let Some(policy) = policy else { continue };
        let now = Good { identity: policy.identity(), activated: in_force.activated.clone() };
        let before: Vec<Good> = desk.get(kind::PROGRAM, &good(policy.name()))?;
        if before.first().is_none_or(|latest| latest.identity != now.identity) {
            let others = before.into_iter().filter(|other| other.identity != now.identity);
            let versions: Vec<Good> = std::iter::once(now.clone()).chain(others).take(VERSIONS_MAX).collect();
            desk.put(kind::PROGRAM, good(policy.name()), &versions)?;
        }
        noted.push(run.policy.clone());
    }
    Ok(noted)
}

/// Whether the version in force was asked for discounts and answered. One that was not asked has used no fuel.
fn has_answered(run: &PolicyRun) -> bool {
    let broke = matches!(run.answer, PolicyAnswer::Failed { .. } | PolicyAnswer::Forbidden { .. });
    run.hook == Hook::Discounts && run.fuel > 0 && !run.stands_in && !broke
}

/// The same program, in which policies that say so have their last good version beside them. A version that cannot be
/// loaded any more is none.
pub(super) fn with_last_good(
    engine: &Engine,
    ledger: &mut dyn Ledger,
    program: Program,
) -> Result<Program, Stop> {
    let wanted = |policy: &&LoadedPolicy| policy.on_failure() == OnFailure::LastGood;
    let names: Vec<(String, Digest)> = program
        .policies()
        .iter()
        .filter(wanted)
        .map(|policy| (policy.name().to_owned(), policy.identity()))
        .collect();
    let mut found: Vec<LoadedPolicy> = Vec::new();
    for (name, identity) in names {
        let versions: Vec<Good> = Desk::new(ledger).get(kind::PROGRAM, &good(&name))?;
        let Some(other) = versions.into_iter().find(|version| version.identity != identity) else { continue };
        let Some(older) = programs::earlier(engine, ledger, &other.activated)? else { continue };
        if older.currency() == program.currency() {
            let policy = older.policies().iter().find(|policy| policy.identity() == other.identity);
            found.extend(policy.filter(|policy| policy.name() == name).cloned());
        }
    }
    if found.is_empty() {
        return Ok(program);
    }
    Ok(program.map(|policy| match found.iter().find(|good| good.name() == policy.name()) {
        Some(good) if policy.on_failure() == OnFailure::LastGood => policy.with_last_good(good.clone()),
        _ => policy.clone(),
    }))
}
