//! A second executor, written by others, that makes a share of all calls again and compares.
//!
//! The first executor compiles; this one ([`wasmi`]) interprets. They share no code but the session behind the imports, so
//! a fault of either shows as a difference. It keeps nothing: each of its calls makes an instance, runs `configure`, then
//! the hook; so it also holds the image of a configured module, and instances that are put back, to what they promise.
//!
//! Invariant: it never decides; where the two differ, nobody is believed.

mod difference;
mod executor;
mod guest;
mod imports;
#[cfg(test)]
pub(crate) mod mistake;
#[cfg(test)]
mod tests;

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use fenrun_abi::{
    code::{Hook, Scope, TextField},
    host::{Configuration, Facts},
};

use self::executor::{Executor, Translated};
use super::{Answer, ExecutionLimits, Failure, FailureKind};
use crate::admission::AdmittedModule;

/// Which share of all calls a second executor makes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecondEngine {
    /// One call in so many. Which ones follows from the order, the party and the hook, so the same events are compared
    /// each time, whatever else is decided.
    pub one_in: NonZeroU32,
}

impl SecondEngine {
    /// Compares one call in so many.
    #[must_use]
    pub const fn one_in(one_in: NonZeroU32) -> Self {
        Self { one_in }
    }

    fn is_due(self, hook: Hook, facts: &Facts) -> bool {
        if self.one_in == NonZeroU32::MIN {
            return true;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(hook.name().as_bytes());
        for scope in [Scope::Order, Scope::Buyer, Scope::Party] {
            let text = facts.text(scope, 0, TextField::Id).unwrap_or_default();
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        }
        let [a, b, c, d, ..] = *hasher.finalize().as_bytes();
        u32::from_le_bytes([a, b, c, d]).checked_rem(self.one_in.get()) == Some(0)
    }
}

/// The second executor of an engine.
pub(crate) struct Second {
    option: SecondEngine,
    executor: Executor,
    limits: ExecutionLimits,
    compared: AtomicU64,
}

impl Second {
    pub(super) fn new(option: SecondEngine, limits: ExecutionLimits) -> Result<Self, wasmtime::Error> {
        let executor = Executor::new().map_err(|error| wasmtime::Error::msg(error.to_string()))?;
        Ok(Self { option, executor, limits, compared: AtomicU64::new(0) })
    }

    /// How many calls were compared.
    pub(crate) fn compared(&self) -> u64 {
        self.compared.load(Ordering::Relaxed)
    }
}

/// A configured module as the second executor has it.
pub(super) struct SecondModule {
    second: Arc<Second>,
    translated: Translated,
    configuration: Arc<Configuration>,
}

impl SecondModule {
    pub(super) fn new(
        second: Arc<Second>,
        module: &AdmittedModule,
        configuration: Arc<Configuration>,
    ) -> Result<Self, wasmtime::Error> {
        let translated = second.executor.translate(module);
        let translated = translated.map_err(|error| wasmtime::Error::msg(error.to_string()))?;
        Ok(Self { second, translated, configuration })
    }

    /// Compares, where it is this call's turn; where the two differ, the answer becomes a failure.
    pub(super) fn check(
        &self,
        hook: Hook,
        facts: &mut Facts,
        answer: Result<Answer, Failure>,
        fuel_limit: u64,
    ) -> Result<Answer, Failure> {
        if !difference::comparable(&answer) || !self.second.option.is_due(hook, facts) {
            return answer;
        }
        let limits = &self.second.limits;
        let again = self.translated.run(&self.configuration, (hook, facts), limits, fuel_limit);
        self.second.compared.fetch_add(1, Ordering::Relaxed);
        match difference::between(&answer, &again) {
            None => answer,
            Some(difference) => {
                let fuel = answer.map_or_else(|failure| failure.fuel, |answer| answer.fuel);
                Err(Failure { kind: FailureKind::Disputed { difference: difference.to_string() }, fuel })
            }
        }
    }
}
