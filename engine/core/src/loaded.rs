//! A program that is ready to decide: its policies compiled, configured and in order.
//!
//! Invariant: made only by [`Engine::load`](crate::Engine::load); immutable, and shared between threads.

use std::sync::Arc;

use fenrun_abi::{code::Hook, host::Facts};
use fenrun_money::{Allocation, Currency};

use crate::{
    admission::Digest,
    event::Expectations,
    fair::meter,
    manifest::Manifest,
    profile::{GuardProfile, RailProfile},
    program::{Combine, OnFailure, PolicyEntry, ProgramDefinition},
    sandbox::{Answer, ConfiguredModule, Failure, FailureKind, InstanceError},
};

/// One merchant's active list of policies, compiled and configured.
#[derive(Clone, Debug)]
pub struct Program {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    definition: Arc<ProgramDefinition>,
    policies: Vec<LoadedPolicy>,
    digest: Digest,
    keep_facts: bool,
}

/// A policy of a program, compiled and configured.
///
/// Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct LoadedPolicy {
    parts: Arc<Parts>,
    standing: Standing,
    /// The version that stands in where this one breaks.
    last_good: Option<Arc<LoadedPolicy>>,
}

#[derive(Debug)]
struct Parts {
    entry: PolicyEntry,
    configuration: serde_json::Value,
    identity: Digest,
    module: ConfiguredModule,
    fuel_limit: u64,
}

/// How a policy is run.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    /// By the engine.
    Runs,
    /// Not at all: it has failed so often in a row.
    Suspended(u32),
    /// Not at all: two engines did not agree about it.
    Quarantined,
    /// By the engine, but for one hook, or all: a log says that two engines did not agree about that call.
    Disputed { hook: Option<Hook>, difference: Arc<str>, fuel: u64 },
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
        Self { inner: Arc::new(Inner { definition: Arc::new(definition), policies, digest, keep_facts }) }
    }

    /// The same program with its policies in another standing.
    pub(crate) fn map(&self, change: impl FnMut(&LoadedPolicy) -> LoadedPolicy) -> Self {
        let inner = Inner {
            definition: self.inner.definition.clone(),
            policies: self.inner.policies.iter().map(change).collect(),
            digest: self.inner.digest,
            keep_facts: self.inner.keep_facts,
        };
        Self { inner: Arc::new(inner) }
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

    /// The rail profile in force.
    #[must_use]
    pub fn rail(&self) -> &RailProfile {
        self.inner.definition.rail()
    }
}

impl LoadedPolicy {
    pub(crate) fn new(
        entry: PolicyEntry,
        configuration: serde_json::Value,
        module: ConfiguredModule,
        fuel_limit: u64,
    ) -> Self {
        let identity = format!("{}{configuration}", module.module().admitted().digest());
        let identity = Digest::of(identity.as_bytes());
        let parts = Parts { entry, configuration, identity, module, fuel_limit };
        Self { parts: Arc::new(parts), standing: Standing::Runs, last_good: None }
    }

    /// The same policy, not run.
    pub(crate) fn suspended(&self, failures: u32) -> Self {
        Self { standing: Standing::Suspended(failures), ..self.clone() }
    }

    /// The same policy, not run until somebody has looked into it.
    pub(crate) fn quarantined(&self) -> Self {
        Self { standing: Standing::Quarantined, ..self.clone() }
    }

    /// The same policy, whose call two engines did not agree about, as a log says: of one hook, or of whichever comes first.
    pub(crate) fn disputed(&self, hook: Option<Hook>, difference: Arc<str>, fuel: u64) -> Self {
        Self { standing: Standing::Disputed { hook, difference, fuel }, ..self.clone() }
    }

    /// The same policy, with the version that stands in where it breaks.
    pub(crate) fn with_last_good(&self, good: LoadedPolicy) -> Self {
        Self { last_good: Some(Arc::new(good)), ..self.clone() }
    }

    /// The version that stands in where this one breaks, if one is known.
    pub(crate) fn last_good(&self) -> Option<&LoadedPolicy> {
        self.last_good.as_deref()
    }

    /// Whether it is run, rather than suspended or in quarantine.
    pub(crate) fn runs(&self) -> bool {
        matches!(self.standing, Standing::Runs | Standing::Disputed { .. })
    }

    /// Which module in which configuration it is.
    #[must_use]
    pub fn identity(&self) -> Digest {
        self.parts.identity
    }

    /// Its name in the program.
    #[must_use]
    pub fn name(&self) -> &str {
        self.parts.entry.name()
    }

    /// What the program says about it.
    #[must_use]
    pub fn entry(&self) -> &PolicyEntry {
        &self.parts.entry
    }

    /// The digest of its module.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.parts.module.module().admitted().digest()
    }

    /// The manifest of its module.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        self.parts.module.module().admitted().manifest()
    }

    /// Its configuration, complete with defaults.
    #[must_use]
    pub fn configuration(&self) -> &serde_json::Value {
        &self.parts.configuration
    }

    /// Fuel that configuring it used.
    #[must_use]
    pub fn configure_fuel(&self) -> u64 {
        self.parts.module.configure_fuel()
    }

    /// The most fuel that one of its calls may use.
    #[must_use]
    pub fn fuel_limit(&self) -> u64 {
        self.parts.fuel_limit
    }

    /// Whether it has a hook.
    #[must_use]
    pub fn has(&self, hook: Hook) -> bool {
        self.parts.module.has(hook)
    }

    pub(crate) fn combine(&self, program: &ProgramDefinition) -> Combine {
        self.parts.entry.combine().unwrap_or(program.discounts())
    }

    pub(crate) fn on_failure(&self) -> OnFailure {
        self.parts.entry.on_failure().unwrap_or(OnFailure::Skip)
    }

    pub(crate) fn rounding(&self) -> Allocation {
        self.parts.entry.rounding().unwrap_or(Allocation::FloorResidual)
    }

    /// Runs a hook in the state that `configure` left, within the policy's fuel limit.
    ///
    /// This is what [`Engine::decide`](crate::Engine::decide) does for each policy; hosts use it to measure. The facts are
    /// the same after it, but for units that were asked for and not looked up.
    ///
    /// # Errors
    ///
    /// [`InstanceError`] where we broke; the inner result is the policy's answer or its failure.
    pub fn run(&self, hook: Hook, facts: &mut Facts) -> Result<Result<Answer, Failure>, InstanceError> {
        let instead = match &self.standing {
            Standing::Runs => None,
            Standing::Suspended(failures) => Some((FailureKind::Suspended { failures: *failures }, 0)),
            Standing::Quarantined => Some((FailureKind::Quarantined, 0)),
            Standing::Disputed { hook: disputed, difference, fuel } => {
                let kind = || FailureKind::Disputed { difference: difference.to_string() };
                disputed.is_none_or(|disputed| disputed == hook).then(|| (kind(), *fuel))
            }
        };
        if let Some((kind, fuel)) = instead {
            return Ok(Err(Failure { kind, fuel }));
        }
        let answer = self.parts.module.run(hook, facts, self.parts.fuel_limit)?;
        meter::add(match &answer {
            Ok(answer) => answer.fuel,
            Err(failure) => failure.fuel,
        });
        Ok(answer)
    }
}
