//! What a call leaves in its store: the session, the fuel, and how it ended.
//!
//! Invariant: each call begins with a session and a count of its own; on a trap other than out of fuel the whole limit is charged, because
//! the figure the runtime reports then is not exact.

use fenrun_abi::{
    code::Hook,
    host::{Facts, Fault, Session},
};
use wasmtime::{Memory, ResourceLimiter, Store, Trap};

use super::{ExecutionLimits, Failure, FailureKind};

/// What a store holds for the imports.
pub(super) struct Host {
    pub(super) session: Session,
    pub(super) memory: Option<Memory>,
    memory_bytes_max: usize,
    table_elements_max: usize,
    /// Fuel for memory that grew.
    growth: u64,
    /// Fuel for calls of imports. It is added up here, because handing it to the runtime at each call costs time.
    pub(super) charged: u64,
    /// Whether an import has written the module's memory in this call.
    pub(super) written: bool,
    /// Set once the instance stands: what instantiation itself takes is bounded by admission.
    started: bool,
}

/// Fuel for one page that memory grows by: about what touching and clearing it costs.
pub(super) const PAGE_FUEL: u64 = 8_192;

const PAGE_BYTES: usize = 64 << 10;

impl Host {
    pub(super) fn new(session: Session, limits: &ExecutionLimits) -> Self {
        Self {
            session,
            memory: None,
            memory_bytes_max: limits.memory_bytes_max,
            table_elements_max: limits.table_elements_max,
            growth: 0,
            charged: 0,
            written: false,
            started: false,
        }
    }

    /// The instance stands.
    pub(super) fn start(&mut self) {
        self.started = true;
    }

    /// A call begins. What was grown before, as the image of a configured module may have, is not the call's.
    pub(super) fn begin(&mut self, hook: Hook, facts: &mut Facts) {
        self.session.begin(hook, facts);
        self.growth = 0;
        self.charged = 0;
        self.written = false;
    }
}

impl ResourceLimiter for Host {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // What the module's own maximum does not allow is refused after this.
        let allowed = desired <= self.memory_bytes_max.min(maximum.unwrap_or(usize::MAX));
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

/// The fuel a call has used, the prices of imports and of grown memory included.
pub(super) fn fuel_used(store: &Store<Host>, limit: u64) -> u64 {
    let left = store.get_fuel().unwrap_or(0);
    let host = store.data();
    limit.saturating_sub(left).saturating_add(host.charged).saturating_add(host.growth)
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
