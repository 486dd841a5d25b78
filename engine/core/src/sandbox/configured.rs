//! A module with its configuration: what a program keeps and runs.
//!
//! Invariant: each hook call starts in the state `configure` left, in a fresh instance or in one that was put back into it.

use std::sync::Arc;

use fenrun_abi::{
    code::{Hook, HookResult},
    host::{Configuration, Facts, Session, Symbols},
    limit::REASON_BYTES_MAX,
};
use wasmtime::{Extern, Instance, Store};

use crate::admission::printable::printable;

use super::{
    Answer, CompiledModule, ExecutionLimits, Failure, FailureKind, Runtime,
    call::{Host, InstanceError, failure, fuel_used},
    image::{Image, State},
    instance::{Called, Ready, instantiate},
    shelf::Tenancy,
    twin::ConfiguredTwin,
};

/// A module could not be configured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigureError {
    /// The policy said no.
    #[error("the policy refuses this configuration: {}", printable(.reason).at_most(REASON_BYTES_MAX))]
    Refused {
        /// Its reason, as it gave it.
        reason: String,
    },
    /// The policy broke.
    #[error("`configure` failed: {0}")]
    Failed(#[source] Failure),
    /// It changed more memory than may be copied into each instance.
    #[error(
        "`configure` changed {found} bytes of memory, at most {limit} are allowed; hint: keep the configuration small"
    )]
    ImageTooLarge {
        /// Bytes changed.
        found: usize,
        /// The bound.
        limit: usize,
    },
    /// We broke.
    #[error(transparent)]
    Instance(#[from] InstanceError),
}

/// A module with its configuration.
#[derive(Clone)]
pub struct ConfiguredModule {
    module: Arc<CompiledModule>,
    image: Arc<Image>,
    tenancy: Arc<Tenancy>,
    symbols: Arc<Symbols>,
    limits: ExecutionLimits,
    configure_fuel: u64,
    /// Runs every call once more, where a laboratory watches; its answers are dropped.
    twin: Option<Arc<ConfiguredTwin>>,
    #[cfg(feature = "second-engine")]
    second: Option<Arc<super::second::SecondModule>>,
}

impl std::fmt::Debug for ConfiguredModule {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ConfiguredModule").field("module", &self.module).finish_non_exhaustive()
    }
}

/// A module that ran `configure`, in whatever way it ended.
pub(super) struct Begun {
    store: Store<Host>,
    instance: Instance,
    tenancy: Tenancy,
    /// What `configure` returned, or how it broke.
    pub(super) ended: Result<i32, Failure>,
    fuel: u64,
}

impl Begun {
    /// Runs `_initialize` and `configure` in a fresh instance, within `limit`.
    pub(super) fn new(
        runtime: &Runtime,
        module: &CompiledModule,
        configuration: impl Into<Arc<Configuration>>,
        limit: u64,
    ) -> Result<Self, InstanceError> {
        let tenancy = runtime.shelf().tenancy();
        let host = Host::new(Session::configure(configuration.into()), runtime.limits());
        let (mut store, instance) = instantiate(module.instance_pre(), host, limit, tenancy.shelf())?;
        let called = call_configure(module, &mut store, &instance);
        let fuel = fuel_used(&store, limit);
        let ended = match called {
            Err(error) => Err(failure(&error, limit)),
            Ok(_) if fuel > limit => Err(Failure { kind: FailureKind::OutOfFuel { limit }, fuel: limit }),
            Ok(code) => Ok(code),
        };
        Ok(Self { store, instance, tenancy, ended, fuel })
    }

    /// The state as it is now.
    pub(super) fn state(&mut self, module: &CompiledModule) -> Result<State, InstanceError> {
        State::of(module.state(), &mut self.store, &self.instance).ok_or_else(unreadable)
    }
}

fn call_configure(
    module: &CompiledModule,
    store: &mut Store<Host>,
    instance: &Instance,
) -> Result<i32, wasmtime::Error> {
    if let Some(initialize) = module.initialize() {
        let function = instance.get_module_export(&mut *store, initialize).and_then(Extern::into_func);
        if let Some(function) = function {
            function.typed::<(), ()>(&*store).and_then(|function| function.call(&mut *store, ()))?;
        }
    }
    let Some(configure) = module.hook(Hook::Configure) else { return Ok(HookResult::Done.id()) };
    instance
        .get_module_export(&mut *store, configure)
        .and_then(Extern::into_func)
        .ok_or_else(|| wasmtime::Error::msg("the export is not a function"))
        .and_then(|function| function.typed::<(), i32>(&*store)?.call(&mut *store, ()))
}

fn unreadable() -> InstanceError {
    InstanceError(wasmtime::Error::msg("the state of the instance cannot be read"))
}

impl ConfiguredModule {
    pub(crate) fn new(
        runtime: &Runtime,
        module: Arc<CompiledModule>,
        configuration: Configuration,
    ) -> Result<Self, ConfigureError> {
        let limit = runtime.limits().configure_fuel_limit;
        let configuration = Arc::new(configuration);
        let begun = Begun::new(runtime, &module, configuration.clone(), limit)?;
        let configured = Self::of(runtime, module, begun)?;
        #[cfg(feature = "second-engine")]
        let configured = configured.beside_second(runtime, configuration)?;
        Ok(configured)
    }

    /// The same, with a second executor that makes a share of the calls again, where the engine has one.
    #[cfg(feature = "second-engine")]
    fn beside_second(
        self,
        runtime: &Runtime,
        configuration: Arc<Configuration>,
    ) -> Result<Self, ConfigureError> {
        let module = self.module.admitted();
        let of = |second: &Arc<super::Second>| {
            super::second::SecondModule::new(second.clone(), module, configuration).map(Arc::new)
        };
        let second = runtime.second().map(of).transpose().map_err(InstanceError)?;
        Ok(Self { second, ..self })
    }

    /// Keeps what `configure` left, where it took the configuration.
    pub(super) fn of(
        runtime: &Runtime,
        module: Arc<CompiledModule>,
        mut begun: Begun,
    ) -> Result<Self, ConfigureError> {
        let limits = *runtime.limits();
        let code = begun.ended.clone().map_err(ConfigureError::Failed)?;
        let configured = begun.state(&module)?;
        let Begun { store, tenancy, fuel: configure_fuel, .. } = begun;
        // The store goes before the fresh one comes, so loading needs one place in the pool, not two.
        let session = store.into_data().session;
        let host = Host::new(Session::configure(Arc::default()), &limits);
        let (mut store, instance) =
            instantiate(module.instance_pre(), host, limits.configure_fuel_limit, tenancy.shelf())?;
        let fresh = State::of(module.state(), &mut store, &instance).ok_or_else(unreadable)?;
        drop(store);
        let image = Image::between(&fresh, configured, &limits);
        let symbols = session.symbols().clone();
        match HookResult::from_id(code) {
            Some(HookResult::Done) => {}
            Some(HookResult::Refused) => {
                let reason = session.finish().1.refusal.unwrap_or_default();
                return Err(ConfigureError::Refused { reason });
            }
            None => {
                let kind = FailureKind::Code { code };
                return Err(ConfigureError::Failed(Failure { kind, fuel: configure_fuel }));
            }
        }
        if image.bytes() > limits.image_bytes_max {
            return Err(ConfigureError::ImageTooLarge {
                found: image.bytes(),
                limit: limits.image_bytes_max,
            });
        }
        Ok(Self {
            module,
            image: image.into(),
            tenancy: tenancy.into(),
            symbols,
            limits,
            configure_fuel,
            twin: None,
            #[cfg(feature = "second-engine")]
            second: None,
        })
    }

    /// The same, with a twin that runs beside it.
    pub(crate) fn beside(self, twin: Option<ConfiguredTwin>) -> Self {
        Self { twin: twin.map(Arc::new), ..self }
    }

    /// The module without its configuration.
    #[must_use]
    pub fn module(&self) -> &CompiledModule {
        &self.module
    }

    /// Whether the module has a hook.
    #[must_use]
    pub fn has(&self, hook: Hook) -> bool {
        self.module.hook(hook).is_some()
    }

    /// Fuel that `configure` used.
    #[must_use]
    pub fn configure_fuel(&self) -> u64 {
        self.configure_fuel
    }

    /// Runs a hook over the facts, in the state `configure` left, within `fuel_limit`.
    ///
    /// The facts are lent. A hook that the module does not have is done and asks for nothing.
    ///
    /// # Errors
    ///
    /// [`InstanceError`] where we broke; the inner result is the policy's answer or its failure.
    pub fn run(
        &self,
        hook: Hook,
        facts: &mut Facts,
        fuel_limit: u64,
    ) -> Result<Result<Answer, Failure>, InstanceError> {
        if !self.has(hook) {
            let nothing = Answer {
                asked: fenrun_abi::host::Asked::default(),
                refused: false,
                fuel: 0,
                reads: fenrun_abi::host::Reads::default(),
            };
            return Ok(Ok(nothing));
        }
        let beside = self.twin.as_ref().map(|twin| (twin, facts.clone()));
        let mut ready = match self.tenancy.take() {
            Some(kept) => kept,
            None => self.fresh()?,
        };
        let Called { result, mut asked, reads, fuel } = ready.call(hook, facts, fuel_limit);
        let answer = match result {
            Err(error) => Err(failure(&error, fuel_limit)),
            Ok(_) if fuel > fuel_limit => {
                Err(Failure { kind: FailureKind::OutOfFuel { limit: fuel_limit }, fuel: fuel_limit })
            }
            Ok(code) => match HookResult::from_id(code) {
                Some(HookResult::Done) => Ok(Answer { asked, refused: false, fuel, reads }),
                Some(HookResult::Refused) => {
                    asked.effects.clear();
                    Ok(Answer { asked, refused: true, fuel, reads })
                }
                None => Err(Failure { kind: FailureKind::Code { code }, fuel }),
            },
        };
        // Only an answer ends a call in a way that leaves nothing but memory and globals behind.
        if answer.is_ok() {
            self.keep(ready);
        }
        if let Some((twin, facts)) = beside {
            twin.run(hook, facts, fuel_limit, &answer);
        }
        Ok(self.compared(hook, facts, answer, fuel_limit))
    }

    /// What the two executors say, where this call is one that both make.
    #[cfg(feature = "second-engine")]
    fn compared(
        &self,
        hook: Hook,
        facts: &mut Facts,
        answer: Result<Answer, Failure>,
        fuel_limit: u64,
    ) -> Result<Answer, Failure> {
        match &self.second {
            Some(second) => second.check(hook, facts, answer, fuel_limit),
            None => answer,
        }
    }

    #[cfg(not(feature = "second-engine"))]
    #[expect(clippy::unused_self, reason = "as where a second engine is built in")]
    fn compared(
        &self,
        _hook: Hook,
        _facts: &mut Facts,
        answer: Result<Answer, Failure>,
        _fuel_limit: u64,
    ) -> Result<Answer, Failure> {
        answer
    }

    /// A fresh instance in the configured state.
    pub(super) fn fresh(&self) -> Result<Box<Ready>, InstanceError> {
        let shelf = self.tenancy.shelf();
        Ready::new(&self.module, &self.image, &self.symbols, &self.limits, shelf).map(Box::new)
    }

    /// The instance that waits for this thread.
    #[cfg(test)]
    pub(super) fn kept(&self) -> Option<Box<Ready>> {
        self.tenancy.take()
    }

    /// Whether an instance of it waits for this thread.
    #[cfg(test)]
    pub(super) fn is_kept(&self) -> bool {
        self.tenancy.take().map(|ready| self.tenancy.keep(ready)).is_some()
    }

    fn keep(&self, mut ready: Box<Ready>) {
        if self.limits.kept_instances() > 0 && ready.put_back(&self.image) {
            self.tenancy.keep(ready);
        }
    }
}
