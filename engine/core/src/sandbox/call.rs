//! One call of an export, in a store and an instance of its own.
//!
//! Invariant: the store is dropped with the call; on a trap other than out of fuel the whole limit is charged, because
//! the figure the runtime reports then is not exact.

use std::{thread, time::Duration};

use fenrun_abi::host::{Fault, Session};
use wasmtime::{Instance, InstancePre, Memory, PoolConcurrencyLimitError, ResourceLimiter, Store, Trap};

use super::{ExecutionLimits, Failure, FailureKind};

/// What a store holds for the imports.
pub(super) struct Host {
    pub(super) session: Session,
    pub(super) memory: Option<Memory>,
    memory_bytes_max: usize,
    table_elements_max: usize,
    growth: u64,
    /// Set once the instance stands: what instantiation itself takes is bounded by admission.
    started: bool,
}

/// Fuel for one page that memory grows by: about what touching and clearing it costs.
const PAGE_FUEL: u64 = 8_192;

const PAGE_BYTES: usize = 64 << 10;

impl Host {
    pub(super) fn new(session: Session, limits: &ExecutionLimits) -> Self {
        Self {
            session,
            memory: None,
            memory_bytes_max: limits.memory_bytes_max,
            table_elements_max: limits.table_elements_max,
            growth: 0,
            started: false,
        }
    }
}

impl ResourceLimiter for Host {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let allowed = desired <= self.memory_bytes_max;
        if allowed && self.started {
            let pages = desired.saturating_sub(current).div_ceil(PAGE_BYTES) as u64;
            self.growth = self.growth.saturating_add(pages.saturating_mul(PAGE_FUEL));
        }
        Ok(allowed)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= self.table_elements_max)
    }
}

/// Why an instance could not be made: we broke, not the policy.
#[derive(Debug, thiserror::Error)]
#[error("no instance could be made")]
pub struct InstanceError(#[source] pub(super) wasmtime::Error);

const POOL_WAIT: Duration = Duration::from_micros(50);
const POOL_WAITS_MAX: u32 = 40_000;

pub(super) fn instantiate(
    instance_pre: &InstancePre<Host>,
    host: Host,
    fuel: u64,
) -> Result<(Store<Host>, Instance), InstanceError> {
    let mut store = Store::new(instance_pre.module().engine(), host);
    store.limiter(|host| host);
    store.set_fuel(fuel).map_err(InstanceError)?;
    let mut waits: u32 = 0;
    loop {
        match instance_pre.instantiate(&mut store) {
            Ok(instance) => {
                store.data_mut().started = true;
                return Ok((store, instance));
            }
            // More threads decide at once than the pool has places: the next one is free in microseconds.
            Err(error) if waits < POOL_WAITS_MAX && error.is::<PoolConcurrencyLimitError>() => {
                waits = waits.saturating_add(1);
                thread::sleep(POOL_WAIT);
            }
            Err(error) => return Err(InstanceError(error)),
        }
    }
}

impl Host {
    /// Forgets the growth so far: what the image of a configured module grows is not the call's.
    pub(super) fn forget_growth(&mut self) {
        self.growth = 0;
    }
}

/// The fuel a call has used, the price of grown memory included.
pub(super) fn fuel_used(store: &Store<Host>, limit: u64) -> u64 {
    let left = store.get_fuel().unwrap_or(0);
    limit.saturating_sub(left).saturating_add(store.data().growth)
}

/// Reads the error of a call: the fault of an import, or the trap.
pub(super) fn failure(error: &wasmtime::Error, limit: u64) -> Failure {
    let kind = if let Some(fault) = error.downcast_ref::<Fault>() {
        FailureKind::Contract { fault: fault.clone() }
    } else {
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => FailureKind::OutOfFuel { limit },
            Some(Trap::StackOverflow) => FailureKind::StackOverflow,
            Some(Trap::UnreachableCodeReached) => FailureKind::Unreachable,
            Some(trap) => FailureKind::Trap { trap: trap.to_string() },
            None => FailureKind::Trap { trap: error.to_string() },
        }
    };
    Failure { kind, fuel: limit }
}
