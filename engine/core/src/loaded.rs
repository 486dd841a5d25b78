//! A program that is ready to decide: its policies compiled, configured and in order.
//!
//! Invariant: made only by [`Engine::load`](crate::Engine::load); immutable, and shared between threads.

use std::sync::Arc;

use fenrun_abi::{code::Hook, host::Facts};
use fenrun_money::{Allocation, Currency};

use crate::{
    admission::Digest,
    event::Expectations,
    manifest::Manifest,
    profile::GuardProfile,
    program::{Combine, OnFailure, PolicyEntry, ProgramDefinition},
    sandbox::{Answer, ConfiguredModule, Failure, InstanceError},
};

/// One merchant's active list of policies, compiled and configured.
#[derive(Clone, Debug)]
pub struct Program {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    definition: ProgramDefinition,
    policies: Vec<LoadedPolicy>,
    digest: Digest,
    keep_facts: bool,
}

/// A policy of a program, compiled and configured.
#[derive(Clone, Debug)]
pub struct LoadedPolicy {
    entry: PolicyEntry,
    configuration: serde_json::Value,
    module: ConfiguredModule,
    fuel_limit: u64,
}

impl Program {
    pub(crate) fn new(definition: ProgramDefinition, policies: Vec<LoadedPolicy>, keep_facts: bool) -> Self {
        let modules: Vec<String> = policies.iter().map(|policy| policy.digest().to_string()).collect();
        let configurations: Vec<&serde_json::Value> =
            policies.iter().map(LoadedPolicy::configuration).collect();
        let identity = serde_json::json!({
            "program": definition.to_json(),
            "modules": modules,
            "configurations": configurations,
        });
        let digest = Digest::of(identity.to_string().as_bytes());
        Self { inner: Arc::new(Inner { definition, policies, digest, keep_facts }) }
    }

    /// What the merchant wrote.
    #[must_use]
    pub fn definition(&self) -> &ProgramDefinition {
        &self.inner.definition
    }

    /// The policies, in their order.
    #[must_use]
    pub fn policies(&self) -> &[LoadedPolicy] {
        &self.inner.policies
    }

    /// The identity of the program: its definition, its modules and their configurations.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.inner.digest
    }

    /// A copy of what a policy was shown, for the trace, where the engine keeps that.
    pub(crate) fn kept(&self, facts: &Facts) -> Option<Arc<Facts>> {
        self.inner.keep_facts.then(|| Arc::new(facts.clone()))
    }

    /// The merchant's currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.inner.definition.currency()
    }

    /// What the program expects of its events: its currency, and its roles beside the well-known ones.
    #[must_use]
    pub fn expectations(&self) -> Expectations {
        let roles = self.inner.definition.roles().iter();
        roles.fold(Expectations::new(self.currency()), |expect, role| expect.role(role))
    }

    /// The guard profile in force.
    #[must_use]
    pub fn guard(&self) -> &GuardProfile {
        self.inner.definition.guard()
    }
}

impl LoadedPolicy {
    pub(crate) fn new(
        entry: PolicyEntry,
        configuration: serde_json::Value,
        module: ConfiguredModule,
        fuel_limit: u64,
    ) -> Self {
        Self { entry, configuration, module, fuel_limit }
    }

    /// Its name in the program.
    #[must_use]
    pub fn name(&self) -> &str {
        self.entry.name()
    }

    /// What the program says about it.
    #[must_use]
    pub fn entry(&self) -> &PolicyEntry {
        &self.entry
    }

    /// The digest of its module.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.module.module().admitted().digest()
    }

    /// The manifest of its module.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        self.module.module().admitted().manifest()
    }

    /// Its configuration, complete with defaults.
    #[must_use]
    pub fn configuration(&self) -> &serde_json::Value {
        &self.configuration
    }

    /// Fuel that configuring it used.
    #[must_use]
    pub fn configure_fuel(&self) -> u64 {
        self.module.configure_fuel()
    }

    /// Whether it has a hook.
    #[must_use]
    pub fn has(&self, hook: Hook) -> bool {
        self.module.has(hook)
    }

    pub(crate) fn combine(&self, program: &ProgramDefinition) -> Combine {
        self.entry.combine().unwrap_or(program.discounts())
    }

    pub(crate) fn on_failure(&self) -> OnFailure {
        self.entry.on_failure().unwrap_or(OnFailure::Skip)
    }

    pub(crate) fn rounding(&self) -> Allocation {
        self.entry.rounding().unwrap_or(Allocation::FloorResidual)
    }

    /// Runs a hook in the state that `configure` left, within the policy's fuel limit.
    ///
    /// This is what [`Engine::decide`](crate::Engine::decide) does for each policy; hosts use it to measure.
    ///
    /// # Errors
    ///
    /// [`InstanceError`] where we broke; the inner result is the policy's answer or its failure.
    pub fn run(&self, hook: Hook, facts: Facts) -> Result<(Facts, Result<Answer, Failure>), InstanceError> {
        self.module.run(hook, facts, self.fuel_limit)
    }
}
