//! A module with its configuration: what a program keeps and runs.
//!
//! Invariant: each hook call starts in the state `configure` left, in a fresh instance or in one that was put back into it.

use std::sync::Arc;

use fenrun_abi::{
    code::{Hook, HookResult},
    host::{Configuration, Facts, Session, Symbols},
    limit::REASON_BYTES_MAX,
};
use wasmtime::Extern;

use crate::admission::printable::printable;

use super::{
    Answer, CompiledModule, ExecutionLimits, Failure, FailureKind, Runtime,
    call::{Host, InstanceError, failure, fuel_used},
    image::{Image, State},
    instance::{Called, Ready, instantiate},
    shelf::Tenancy,
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
}

impl std::fmt::Debug for ConfiguredModule {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ConfiguredModule").field("module", &self.module).finish_non_exhaustive()
    }
}

impl ConfiguredModule {
    pub(crate) fn new(
        runtime: &Runtime,
        module: Arc<CompiledModule>,
        configuration: Configuration,
    ) -> Result<Self, ConfigureError> {
        let limits = *runtime.limits();
        let limit = limits.configure_fuel_limit;
        let tenancy = runtime.shelf().tenancy();
        let start =
            |session| instantiate(module.instance_pre(), Host::new(session, &limits), limit, tenancy.shelf());
        let (mut store, instance) = start(Session::configure(Arc::new(configuration)))?;
        let failed = |error: wasmtime::Error| ConfigureError::Failed(failure(&error, limit));
        if let Some(initialize) = module.initialize() {
            let function = instance.get_module_export(&mut store, initialize).and_then(Extern::into_func);
            if let Some(function) = function {
                function
                    .typed::<(), ()>(&store)
                    .and_then(|function| function.call(&mut store, ()))
                    .map_err(failed)?;
            }
        }
        let code = match module.hook(Hook::Configure) {
            Some(configure) => instance
                .get_module_export(&mut store, configure)
                .and_then(Extern::into_func)
                .ok_or_else(|| wasmtime::Error::msg("the export is not a function"))
                .and_then(|function| function.typed::<(), i32>(&store)?.call(&mut store, ()))
                .map_err(failed)?,
            None => HookResult::Done.id(),
        };
        let configure_fuel = fuel_used(&store, limit);
        if configure_fuel > limit {
            let kind = FailureKind::OutOfFuel { limit };
            return Err(ConfigureError::Failed(Failure { kind, fuel: limit }));
        }
        let unreadable = || InstanceError(wasmtime::Error::msg("the state of the instance cannot be read"));
        let configured = State::of(module.state(), &mut store, &instance).ok_or_else(unreadable)?;
        // The store goes before the fresh one comes, so loading needs one place in the pool, not two.
        let session = store.into_data().session;
        let (mut store, instance) = start(Session::configure(Arc::default()))?;
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
        Ok(Self { module, image: image.into(), tenancy: tenancy.into(), symbols, limits, configure_fuel })
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
    /// The facts come back in every case. A hook that the module does not have is done and asks for nothing.
    ///
    /// # Errors
    ///
    /// [`InstanceError`] where we broke; the inner result is the policy's answer or its failure.
    pub fn run(
        &self,
        hook: Hook,
        facts: Facts,
        fuel_limit: u64,
    ) -> Result<(Facts, Result<Answer, Failure>), InstanceError> {
        if !self.has(hook) {
            let nothing = Answer {
                asked: fenrun_abi::host::Asked::default(),
                refused: false,
                fuel: 0,
                reads: fenrun_abi::host::Reads::default(),
            };
            return Ok((facts, Ok(nothing)));
        }
        let mut ready = match self.tenancy.take() {
            Some(kept) => kept,
            None => Ready::new(&self.module, &self.image, &self.symbols, &self.limits, self.tenancy.shelf())?,
        };
        let Called { result, facts, mut asked, reads, fuel } = ready.call(hook, facts, fuel_limit);
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
        Ok((facts, answer))
    }

    /// A fresh instance in the configured state.
    #[cfg(test)]
    pub(super) fn fresh(&self) -> Ready {
        Ready::new(&self.module, &self.image, &self.symbols, &self.limits, self.tenancy.shelf()).unwrap()
    }

    /// The instance that waits for this thread.
    #[cfg(test)]
    pub(super) fn kept(&self) -> Option<Ready> {
        self.tenancy.take()
    }

    /// Whether an instance of it waits for this thread.
    #[cfg(test)]
    pub(super) fn is_kept(&self) -> bool {
        self.tenancy.take().map(|ready| self.tenancy.keep(ready)).is_some()
    }

    /// An instance that stands in the pool for as long as it is held.
    #[cfg(test)]
    pub(super) fn occupy(&self) -> Result<Ready, InstanceError> {
        Ready::new(&self.module, &self.image, &self.symbols, &self.limits, self.tenancy.shelf())
    }

    fn keep(&self, ready: Ready) {
        if self.limits.kept_instances() > 0
            && let Some(ready) = ready.put_back(&self.image)
        {
            self.tenancy.keep(ready);
        }
    }
}
