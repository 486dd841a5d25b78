//! What one policy was asked, and what it answered.
//!
//! Invariant: a refusal and a failure are two things, and neither is silent.

use std::sync::Arc;

use fenrun_abi::{
    code::Hook,
    host::{Facts, Reads},
};

use crate::{
    admission::Digest,
    guard::Violation,
    loaded::LoadedPolicy,
    sandbox::{Answer, Failure},
};

/// One call of one policy.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PolicyRun {
    /// The policy's name in the program.
    pub policy: String,
    /// The module that ran.
    pub module: Digest,
    /// The hook that was called.
    pub hook: Hook,
    /// Fuel charged.
    pub fuel: u64,
    /// What it answered.
    pub answer: PolicyAnswer,
    /// Whether this is the last good version, which was asked because the version in force broke: its run stands before.
    pub stands_in: bool,
    /// Notes it wrote for the trace, as it gave them.
    pub notes: Vec<String>,
    /// Which facts it read.
    pub reads: Reads,
    /// What it was shown, where the engine keeps that: [`EngineOptions::keep_facts`](crate::EngineOptions::keep_facts).
    pub facts: Option<Arc<Facts>>,
}

impl PolicyRun {
    /// A policy that comes to this without a call, or before anything else is known of its call.
    pub(crate) fn new(policy: &LoadedPolicy, hook: Hook, answer: PolicyAnswer) -> Self {
        Self {
            policy: policy.name().into(),
            module: policy.digest(),
            hook,
            fuel: 0,
            answer,
            stands_in: false,
            notes: Vec::new(),
            reads: Reads::default(),
            facts: None,
        }
    }

    /// A policy that ended by itself: every effect it asked for counts, or it refused.
    pub(crate) fn answered(
        policy: &LoadedPolicy,
        hook: Hook,
        answer: Answer,
        facts: Option<Arc<Facts>>,
    ) -> Self {
        let Answer { asked, refused, fuel, reads } = answer;
        let came_to = if refused {
            PolicyAnswer::Refused { reason: asked.refusal.unwrap_or_default() }
        } else {
            PolicyAnswer::Applied { effects: asked.effects.len() }
        };
        Self { fuel, notes: asked.notes, reads, facts, ..Self::new(policy, hook, came_to) }
    }
}

/// What a policy answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyAnswer {
    /// Its effects count.
    Applied {
        /// How many effects it asked for.
        effects: usize,
    },
    /// It has effects, but another policy excludes it.
    Excluded {
        /// The policy that applies instead.
        by: String,
    },
    /// It says no.
    Refused {
        /// Its reason, as it gave it.
        reason: String,
    },
    /// It broke, and the program goes on without it.
    Failed {
        /// How it broke.
        failure: Failure,
    },
    /// It asked for what the guard forbids, and the program goes on without it.
    Forbidden {
        /// What is wrong.
        violations: Vec<Violation>,
    },
}
