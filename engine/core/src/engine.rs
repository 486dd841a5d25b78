//! The engine that a host application embeds.
//!
//! Invariant: safe to share between threads; holds compiled modules and no business state.

use std::{
    collections::HashMap,
    io::Read,
    sync::{Arc, Mutex, PoisonError},
};

use fenrun_abi::host::Configuration;

#[cfg(feature = "second-engine")]
use crate::sandbox::SecondEngine;
use crate::{
    admission::{AdmissionLimits, AdmittedModule, Digest, Refused, admit, read},
    artifacts::ArtifactCache,
    compilation::{
        Compilation, CompileCost, CompileError, CompileErrorCause, CompileLimits, CompileRefused, Compiler,
        Failed, Notice, Notices,
    },
    decide::decide,
    decision::Decision,
    event::Event,
    granting::{self, GrantsDecision, Holdings, Occasion},
    history::History,
    loaded::{LoadedPolicy, Program},
    manifest::{ConfigurationError, ConfigureContext},
    modules::{IdleLimits, Modules},
    outcome::{Outcome, Undecided},
    periods::{self, PeriodDecision, PeriodFacts},
    program::{ModuleSource, ModuleSourceError, PolicyEntry, ProgramDefinition},
    quota::{Quota, UploadError},
    sandbox::{CompiledModule, ConfigureError, ConfiguredModule, ExecutionLimits, Laboratory, Runtime, Twin},
};

/// The limits of an engine.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EngineOptions {
    /// What a module may be.
    pub admission: AdmissionLimits,
    /// What a call may use.
    pub execution: ExecutionLimits,
    /// Whether the trace of a decision keeps the facts that each policy was shown, for explanations. Costs a copy of
    /// them for each call; off by default.
    pub keep_facts: bool,
    /// Where modules are compiled: in this process, unless the host says otherwise.
    pub compilation: Compilation,
    /// What compiling a module in a child may cost.
    pub compile: CompileLimits,
    /// Where compiled modules are kept; nowhere but in memory, unless the host says so.
    pub artifacts: Option<ArtifactCache>,
    /// Compiled modules that no program holds and that are kept for the next program: some 100 KB each, but up to 16 MiB for
    /// one that was made to be large. Beyond, the one used longest ago is forgotten. Loading it again takes the artifacts or
    /// the compiler, and changes no decision.
    pub idle_modules_max: usize,
    /// Bytes that those may take together. A module that does not fit beside those used after it is forgotten.
    pub idle_bytes_max: usize,
    /// Another executor that makes a share of the calls again and compares; none, unless the host says so.
    #[cfg(feature = "second-engine")]
    pub second_engine: Option<SecondEngine>,
    /// Who is told of attacks, rejected artifacts and quarantined modules.
    pub notices: Notices,
    /// Who watches which code of a policy is run; nobody, and at no cost, unless the host says so.
    pub laboratory: Option<Arc<dyn Laboratory>>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            admission: AdmissionLimits::default(),
            execution: ExecutionLimits::default(),
            keep_facts: false,
            compilation: Compilation::default(),
            compile: CompileLimits::default(),
            artifacts: None,
            idle_modules_max: 64,
            idle_bytes_max: 64 << 20,
            #[cfg(feature = "second-engine")]
            second_engine: None,
            notices: Notices::default(),
            laboratory: None,
        }
    }
}

/// Loads programs and decides events. Cloning it is cheap: clones share the compiled modules.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    options: EngineOptions,
    runtime: Runtime,
    compiler: Compiler,
    modules: Modules<CompiledModule>,
    /// By the digest of the module they run beside, and apart from the modules: a twin cannot be loaded by a program.
    twins: Mutex<HashMap<Digest, Option<Arc<Twin>>>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Engine").field("options", &self.inner.options).finish_non_exhaustive()
    }
}

/// The runtime could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the WebAssembly runtime could not be started")]
pub struct StartError(#[source] wasmtime::Error);

/// A program could not be loaded.
#[derive(Debug, thiserror::Error)]
#[error("policy `{policy}` cannot be loaded")]
#[non_exhaustive]
pub struct LoadError {
    /// Its place in the program, from 0.
    pub index: usize,
    /// Its name in the program.
    pub policy: String,
    /// Why.
    #[source]
    pub cause: LoadCause,
}

/// Why a policy could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadCause {
    /// There are no bytes for it.
    #[error(transparent)]
    Module(#[from] ModuleSourceError),
    /// The module is not admitted.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The configuration does not fit the manifest.
    #[error(transparent)]
    Configuration(#[from] Box<ConfigurationError>),
    /// The policy does not take the configuration.
    #[error(transparent)]
    Configure(#[from] ConfigureError),
    /// The module is admitted, and yet cannot be compiled within the limits.
    #[error(transparent)]
    CompileRefused(#[from] Box<CompileRefused>),
    /// We broke.
    #[error(transparent)]
    Compile(#[from] Box<CompileError>),
}

impl From<Failed> for LoadCause {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Refused(refused) => Self::CompileRefused(Box::new(refused)),
            Failed::Error(error) => Self::Compile(Box::new(error)),
        }
    }
}

impl Engine {
    /// Starts an engine.
    ///
    /// # Errors
    ///
    /// A [`StartError`] where the system cannot give what the runtime needs, such as address space for the pool.
    pub fn new(options: EngineOptions) -> Result<Self, StartError> {
        let runtime = Runtime::new(options.execution).map_err(StartError)?;
        #[cfg(feature = "second-engine")]
        let runtime = runtime.with_second(options.second_engine).map_err(StartError)?;
        let compiler = Compiler::new(
            options.compilation.clone(),
            options.compile,
            options.artifacts.clone(),
            options.notices.clone(),
        );
        let idle = IdleLimits { modules_max: options.idle_modules_max, bytes_max: options.idle_bytes_max };
        let modules = Modules::new(idle);
        Ok(Self { inner: Arc::new(Inner { options, runtime, compiler, modules, twins: Mutex::default() }) })
    }

    /// Loads a program: fetches, admits, compiles and configures each of its policies.
    ///
    /// A module that was loaded before is not compiled again.
    ///
    /// # Errors
    ///
    /// A [`LoadError`] for the first policy that cannot be loaded.
    pub fn load(
        &self,
        definition: ProgramDefinition,
        modules: &dyn ModuleSource,
    ) -> Result<Program, LoadError> {
        let entries = definition.policies().iter().enumerate();
        let policies = entries
            .map(|(index, entry)| {
                self.load_policy(&definition, entry, modules).map_err(|cause| LoadError {
                    index,
                    policy: entry.name().to_owned(),
                    cause,
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Program::new(definition, policies, self.inner.options.keep_facts))
    }

    fn load_policy(
        &self,
        definition: &ProgramDefinition,
        entry: &PolicyEntry,
        modules: &dyn ModuleSource,
    ) -> Result<LoadedPolicy, LoadCause> {
        let bytes = modules.module(entry.source())?;
        let module = self.compiled(&bytes)?;
        let context = ConfigureContext { currency: definition.currency(), roles: definition.roles() };
        let manifest = module.admitted().manifest();
        let (configuration, canonical) =
            manifest.configure(entry.configuration(), &context).map_err(Box::new)?;
        let module = self.configured(module, configuration)?;
        let fuel_limit = entry.fuel_limit().unwrap_or(self.inner.options.execution.fuel_limit);
        Ok(LoadedPolicy::new(entry.clone(), canonical, module, fuel_limit))
    }

    fn configured(
        &self,
        module: Arc<CompiledModule>,
        configuration: Configuration,
    ) -> Result<ConfiguredModule, ConfigureError> {
        let runtime = &self.inner.runtime;
        let Some(twin) = self.twin(module.admitted()) else {
            return ConfiguredModule::new(runtime, module, configuration);
        };
        let real = ConfiguredModule::new(runtime, module, configuration.clone());
        let twin = twin.configure(runtime, configuration, real.is_ok());
        real.map(|real| real.beside(twin))
    }

    /// What runs beside a module, where a laboratory watches it.
    fn twin(&self, module: &AdmittedModule) -> Option<Arc<Twin>> {
        let laboratory = self.inner.options.laboratory.as_ref()?;
        let source = laboratory.twin(module)?;
        let mut twins = self.inner.twins.lock().unwrap_or_else(PoisonError::into_inner);
        let known = twins.entry(module.digest());
        known.or_insert_with(|| Twin::of(&self.inner.runtime, laboratory, module, &source)).clone()
    }

    fn compiled(&self, bytes: &[u8]) -> Result<Arc<CompiledModule>, LoadCause> {
        match self.known(&Digest::of(bytes)) {
            Some(module) => Ok(module),
            None => Ok(self.compile(self.admit(bytes)?).0?),
        }
    }

    fn known(&self, digest: &Digest) -> Option<Arc<CompiledModule>> {
        self.inner.modules.get(digest)
    }

    /// Admits a module under this engine's limits. Native code is told to the host's notices as an attack.
    ///
    /// # Errors
    ///
    /// [`Refused`] with the first check that fails.
    pub fn admit(&self, bytes: &[u8]) -> Result<AdmittedModule, Refused> {
        admit(bytes, &self.inner.options.admission).inspect_err(|refused| {
            if refused.is_attack() {
                let attack = Notice::Attack { digest: Digest::of(bytes), refused: refused.clone() };
                self.inner.compiler.notices().tell(&attack);
            }
        })
    }

    /// Compiles an admitted module, unless this engine or its cache has it, so that loading a program with it takes no
    /// compiler.
    ///
    /// # Errors
    ///
    /// [`LoadCause::CompileRefused`] where it cannot be compiled within the limits, [`LoadCause::Compile`] where we broke.
    pub fn prepare(&self, module: AdmittedModule) -> Result<CompileCost, LoadCause> {
        let (compiled, cost) = self.compile(module);
        compiled?;
        Ok(cost)
    }

    /// Takes a module that a merchant uploads: reads it up to the cap, admits it, and compiles it within the merchant's
    /// quota. What is uploaded again costs nothing.
    ///
    /// # Errors
    ///
    /// An [`UploadError`] that says what was found, what is allowed, and how to mend it.
    pub fn upload(
        &self,
        merchant: &str,
        source: impl Read,
        quota: &Quota,
    ) -> Result<AdmittedModule, UploadError> {
        let module = self.admit(&read(source, &self.inner.options.admission)?)?;
        let digest = module.digest();
        let reserved = quota.reserve(merchant, digest, self.inner.compiler.processor_time_max())?;
        let (compiled, cost) = self.compile(module.clone());
        quota.settle(merchant, &digest, &reserved, &cost, compiled.is_ok());
        match compiled {
            Ok(_) => Ok(module),
            Err(Failed::Refused(refused)) => Err(Box::new(refused).into()),
            Err(Failed::Error(error)) => Err(Box::new(error).into()),
        }
    }

    fn compile(&self, admitted: AdmittedModule) -> (Result<Arc<CompiledModule>, Failed>, CompileCost) {
        let digest = admitted.digest();
        let Inner { compiler, runtime, modules, .. } = &*self.inner;
        let _turn = compiler.turn(digest);
        // Somebody else may have had the turn before.
        if let Some(module) = self.known(&digest) {
            return (Ok(module), CompileCost::default());
        }
        let link = |code| {
            let linked = CompiledModule::new(runtime, admitted.clone(), &code).map(Arc::new);
            let module = linked.map_err(|source| {
                Failed::Error(CompileError { digest, cause: CompileErrorCause::Runtime(source) })
            })?;
            modules.insert(digest, module.clone());
            Ok(module)
        };
        if let Some(Ok(module)) = compiler.cached(runtime, &admitted).map(link) {
            return (Ok(module), CompileCost::default());
        }
        let (code, cost) = compiler.compile(runtime, &admitted);
        (code.and_then(link), cost)
    }

    /// Whether a second executor makes calls again, so that a dispute can come up here.
    pub(crate) fn compares(&self) -> bool {
        #[cfg(feature = "second-engine")]
        let compares = self.inner.runtime.second().is_some();
        #[cfg(not(feature = "second-engine"))]
        let compares = false;
        compares
    }

    /// How many calls both executors have made, since this engine was started; each of them was compared.
    #[cfg(feature = "second-engine")]
    #[must_use]
    pub fn calls_compared(&self) -> u64 {
        self.inner.runtime.second().map_or(0, |second| second.compared())
    }

    /// Decides one event under a program. What the event leaves out comes from the history, as it stands.
    ///
    /// It never panics on what a policy does, changes nothing, and gives the same outcome for the same program, event and
    /// history, on every thread.
    #[must_use]
    pub fn decide(&self, program: &Program, event: &Event, history: &dyn History) -> Outcome {
        decide(program, event, history)
    }

    /// Closes a period for one party: asks every policy that has the hook `period`.
    ///
    /// Bonuses are not allocated to orders here, and no cap is checked: whoever posts them counts them in the caps of
    /// the period's orders.
    ///
    /// # Errors
    ///
    /// [`Undecided::Held`] where a policy broke or asked for what the guard forbids, [`Undecided::Error`] where we broke.
    pub fn close_period(&self, program: &Program, facts: &PeriodFacts) -> Result<PeriodDecision, Undecided> {
        periods::close(program, facts)
    }

    /// Asks every policy that has the hook `grants` about an event: points, stars, coupons and tiers, no money.
    ///
    /// For a paid order, give the decision about it: the prices are then the decided ones. The history must be the one
    /// that [`Engine::decide`] saw, from before the event. A cart that is priced earns nothing: no policy is asked.
    ///
    /// # Errors
    ///
    /// [`Undecided::Held`] where a policy broke or asked for what the guard forbids, [`Undecided::Error`] where we broke.
    pub fn grants(
        &self,
        program: &Program,
        event: &Event,
        decision: Option<&Decision>,
        holdings: &dyn Holdings,
        history: &dyn History,
    ) -> Result<GrantsDecision, Undecided> {
        granting::grants(program, event, decision, holdings, history)
    }

    /// As [`Engine::grants`], for a kind of event that the host application describes, such as a check-in.
    ///
    /// # Errors
    ///
    /// As [`Engine::grants`].
    pub fn grants_for(
        &self,
        program: &Program,
        occasion: &Occasion,
        holdings: &dyn Holdings,
        history: &dyn History,
    ) -> Result<GrantsDecision, Undecided> {
        granting::grants_for(program, occasion, holdings, history)
    }
}
