//! The interpreter: how it is set up, and one call from instance to answer.
//!
//! Invariant: each call has an instance of its own, configured by the module itself.

use std::sync::Arc;

use fenrun_abi::{
    code::{Hook, HookResult},
    host::{Asked, Configuration, Facts, Reads, Session},
};
use wasmi::{
    CompilationMode, Config, CustomFuelCosts, Engine, Linker, Module, OperatorCost, Store, TrapCode,
};

use super::{
    guest::{Guest, Told},
    imports,
};
use crate::{
    admission::{AdmittedModule, INITIALIZE},
    sandbox::{ExecutionLimits, FailureKind, call::PAGE_FUEL, runtime::GROW_FUEL},
};

/// Frames of the interpreter. More than the first executor's stack can hold, so that its limit is the one that counts.
const RECURSION_MAX: usize = 1 << 16;

/// Bytes of the interpreter's value stack, for the same reason.
const STACK_BYTES_MAX: usize = 64 << 20;

/// The interpreter charges a block when it is entered, the first executor what is run of it; so its own limit is far
/// above, and only there to end what would not end.
const FUEL_FACTOR: u64 = 1_024;

/// The interpreter with the imports of the contract.
pub(super) struct Executor {
    engine: Engine,
    linker: Arc<Linker<Guest>>,
}

/// A module as the interpreter has it.
pub(super) struct Translated {
    module: Module,
    linker: Arc<Linker<Guest>>,
}

/// What came of a call.
#[derive(Debug)]
pub(super) struct Again {
    /// The hook's code, or how it broke.
    pub(super) ending: Result<HookResult, FailureKind>,
    pub(super) asked: Asked,
    pub(super) reads: Reads,
    /// Fuel that the host charged, exact.
    pub(super) host_fuel: u64,
    /// The most that the instructions can have cost.
    pub(super) instruction_fuel_max: u64,
}

/// Only what admission lets pass.
fn config() -> Config {
    let mut config = Config::default();
    config.wasm_mutable_global(true);
    config.wasm_sign_extension(true);
    config.wasm_bulk_memory(true);
    config.wasm_reference_types(true);
    config.wasm_multi_value(true);
    config.wasm_saturating_float_to_int(false);
    config.wasm_multi_memory(false);
    config.wasm_tail_call(false);
    config.wasm_extended_const(false);
    config.wasm_custom_page_sizes(false);
    config.wasm_wide_arithmetic(false);
    config.floats(false);
    // Fuel as in the first executor, but for a block that is left early: that is charged whole.
    config.consume_fuel(true);
    config.operator_cost(OperatorCost { memory_grow: GROW_FUEL, ..OperatorCost::default() });
    config.fuel_cost(CustomFuelCosts {
        bytes_copied_per_fuel: 1,
        fuel_per_bytes_translated: 0,
        fuel_per_bytes_validated: 0,
    });
    config.compilation_mode(CompilationMode::Eager);
    config.set_max_recursion_depth(RECURSION_MAX);
    config.set_max_stack_height(STACK_BYTES_MAX);
    config
}

impl Executor {
    pub(super) fn new() -> Result<Self, wasmi::Error> {
        let engine = Engine::new(&config());
        let mut linker = Linker::new(&engine);
        imports::link(&mut linker)?;
        Ok(Self { engine, linker: Arc::new(linker) })
    }

    pub(super) fn translate(&self, module: &AdmittedModule) -> Result<Translated, wasmi::Error> {
        let module = Module::new(&self.engine, module.compiled_bytes())?;
        Ok(Translated { module, linker: self.linker.clone() })
    }
}

impl Translated {
    /// Configures an instance and runs the hook over the facts, which are lent.
    pub(super) fn run(
        &self,
        configuration: &Arc<Configuration>,
        (hook, facts): (Hook, &mut Facts),
        limits: &ExecutionLimits,
        fuel_limit: u64,
    ) -> Again {
        let session = Session::configure(configuration.clone());
        let mut store = Store::new(self.module.engine(), Guest::new(session, limits));
        store.limiter(|guest| &mut guest.limits);
        let budget = fuel_limit.saturating_mul(FUEL_FACTOR);
        let ready = self.configured(&mut store, limits);
        store.data_mut().begin(hook, facts, fuel_limit);
        let memory = ready.as_ref().ok().and_then(|instance| instance.get_memory(&store, "memory"));
        let pages = |store: &Store<Guest>| memory.map_or(0, |memory| memory.size(store));
        let pages_before = pages(&store);
        let ending = ready.and_then(|instance| {
            store.set_fuel(budget)?;
            instance.get_typed_func::<(), i32>(&store, hook.name())?.call(&mut store, ())
        });
        let left = store.get_fuel().unwrap_or(0);
        let grown = pages(&store).saturating_sub(pages_before).saturating_mul(PAGE_FUEL);
        let host_fuel = store.data().charged.saturating_add(grown);
        let (asked, reads) = store.data_mut().session.end_call(facts);
        let ending = match ending {
            Ok(code) => HookResult::from_id(code).ok_or(FailureKind::Code { code }),
            Err(error) => Err(kind(&error, fuel_limit)),
        };
        // A memory that the module keeps to itself grows unseen: so far at most.
        let unseen =
            if memory.is_none() { (limits.memory_bytes_max as u64).saturating_mul(PAGE_FUEL) } else { 0 };
        let instruction_fuel_max = budget.saturating_sub(left).saturating_add(unseen);
        #[cfg_attr(not(test), expect(unused_mut, reason = "only a test makes mistakes"))]
        let mut again = Again { ending, asked, reads, host_fuel, instruction_fuel_max };
        #[cfg(test)]
        super::mistake::make(&mut again);
        again
    }

    fn configured(
        &self,
        store: &mut Store<Guest>,
        limits: &ExecutionLimits,
    ) -> Result<wasmi::Instance, wasmi::Error> {
        store.set_fuel(limits.configure_fuel_limit.saturating_mul(FUEL_FACTOR))?;
        let instance = self.linker.instantiate_and_start(&mut *store, &self.module)?;
        if let Ok(initialize) = instance.get_typed_func::<(), ()>(&*store, INITIALIZE) {
            initialize.call(&mut *store, ())?;
        }
        if let Ok(configure) = instance.get_typed_func::<(), i32>(&*store, Hook::Configure.name()) {
            let code = configure.call(&mut *store, ())?;
            if HookResult::from_id(code) != Some(HookResult::Done) {
                return Err(wasmi::Error::new(format!("`configure` returned {code}")));
            }
        }
        Ok(instance)
    }
}

/// How a call broke, in the words of the first executor.
fn kind(error: &wasmi::Error, limit: u64) -> FailureKind {
    if let Some(Told(fault)) = error.downcast_ref::<Told>() {
        return FailureKind::Contract { fault: fault.clone() };
    }
    let trap = match error.as_trap_code() {
        Some(TrapCode::OutOfFuel) => return FailureKind::OutOfFuel { limit },
        Some(TrapCode::StackOverflow) => return FailureKind::StackOverflow,
        Some(TrapCode::UnreachableCodeReached) => return FailureKind::Unreachable,
        Some(TrapCode::MemoryOutOfBounds) => wasmtime::Trap::MemoryOutOfBounds,
        Some(TrapCode::TableOutOfBounds) => wasmtime::Trap::TableOutOfBounds,
        Some(TrapCode::IndirectCallToNull) => wasmtime::Trap::IndirectCallToNull,
        Some(TrapCode::IntegerDivisionByZero) => wasmtime::Trap::IntegerDivisionByZero,
        Some(TrapCode::IntegerOverflow) => wasmtime::Trap::IntegerOverflow,
        Some(TrapCode::BadSignature) => wasmtime::Trap::BadSignature,
        _ => return FailureKind::Trap { trap: error.to_string() },
    };
    FailureKind::Trap { trap: trap.to_string() }
}
