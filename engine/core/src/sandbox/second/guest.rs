//! What a call of the second executor keeps for its imports: the session, and the fuel that the host charges.
//!
//! Invariant: charges what the first executor's host charges, counted apart from it.

use fenrun_abi::{
    code::Hook,
    host::{Facts, Fault, Session},
};
use wasmi::{StoreLimits, StoreLimitsBuilder, TrapCode, errors::HostError};

use crate::sandbox::ExecutionLimits;

/// What a store holds.
pub(super) struct Guest {
    pub(super) session: Session,
    /// Fuel for calls of imports.
    pub(super) charged: u64,
    fuel_limit: u64,
    pub(super) limits: StoreLimits,
}

/// A call that the contract does not allow, on its way through the interpreter.
#[derive(Debug)]
pub(super) struct Told(pub(super) Fault);

impl std::fmt::Display for Told {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

impl HostError for Told {}

impl Guest {
    pub(super) fn new(session: Session, limits: &ExecutionLimits) -> Self {
        Self {
            session,
            charged: 0,
            fuel_limit: limits.configure_fuel_limit,
            limits: StoreLimitsBuilder::new()
                .memory_size(limits.memory_bytes_max)
                .table_elements(limits.table_elements_max)
                .build(),
        }
    }

    pub(super) fn begin(&mut self, hook: Hook, facts: &mut Facts, fuel_limit: u64) {
        self.session.begin(hook, facts);
        self.charged = 0;
        self.fuel_limit = fuel_limit;
    }

    pub(super) fn charge(&mut self, fuel: u64) -> Result<(), wasmi::Error> {
        self.charged = self.charged.saturating_add(fuel);
        if self.charged > self.fuel_limit { Err(TrapCode::OutOfFuel.into()) } else { Ok(()) }
    }
}
