//! The WebAssembly runtime, configured in one place.
//!
//! Invariant: every switch stands here with its reason; no other file makes a runtime.

use std::sync::Arc;

use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, Linker, OptLevel, PoolingAllocationConfig, WasmFeatures,
};

use super::{ExecutionLimits, call::Host, imports, shelf::Shelf};

/// A configured runtime with the imports of the contract.
#[derive(Clone)]
pub(crate) struct Runtime {
    engine: wasmtime::Engine,
    linker: Linker<Host>,
    limits: ExecutionLimits,
    shelf: Arc<Shelf>,
}

fn pool(limits: &ExecutionLimits) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    // One instance, one memory and one table for each thread that decides, and for each kept instance.
    pool.total_core_instances(limits.instances_max);
    pool.total_memories(limits.instances_max);
    pool.total_tables(limits.instances_max);
    pool.max_memories_per_module(1);
    pool.max_tables_per_module(1);
    pool.max_memory_size(limits.memory_bytes_max);
    pool.table_elements(limits.table_elements_max);
    // Resetting by copying a few kilobytes is cheaper than giving pages back to the system, and threads that give pages
    // back wait for each other.
    pool.linear_memory_keep_resident(limits.keep_resident_bytes);
    pool.table_keep_resident(limits.table_elements_max.saturating_mul(size_of::<usize>()));
    pool.max_unused_warm_slots(limits.instances_max);
    pool.pagemap_scan(Enabled::No);
    pool
}

fn config(limits: &ExecutionLimits) -> Config {
    let mut config = Config::new();
    // Only what admission lets pass. What it refuses is refused here once more.
    config.wasm_features(WasmFeatures::all(), false);
    config.wasm_features(WasmFeatures::MUTABLE_GLOBAL, true);
    config.wasm_features(WasmFeatures::SIGN_EXTENSION, true);
    config.wasm_features(WasmFeatures::BULK_MEMORY, true);
    config.wasm_features(WasmFeatures::REFERENCE_TYPES, true);
    config.wasm_features(WasmFeatures::MULTI_VALUE, true);
    // Every instruction costs fuel, so that each call ends, and ends at the same place each time.
    config.consume_fuel(true);
    // Recursion ends before the thread's own stack does.
    config.max_wasm_stack(limits.stack_bytes_max);
    // Modules are small and run often.
    config.cranelift_opt_level(OptLevel::Speed);
    // A fresh instance for each call must cost no system call.
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
    // The first bytes of memory come from a mapping that is shared by all instances of a module.
    config.memory_init_cow(true);
    // A trap is told by its kind; walking the guest's stack would cost time in every failure.
    config.wasm_backtrace_max_frames(None);
    config
}

impl Runtime {
    pub(crate) fn new(limits: ExecutionLimits) -> Result<Self, wasmtime::Error> {
        let engine = wasmtime::Engine::new(&config(&limits))?;
        let mut linker = Linker::new(&engine);
        imports::link(&mut linker)?;
        let shelf = Arc::new(Shelf::new(&limits));
        Ok(Self { engine, linker, limits, shelf })
    }

    pub(super) fn engine(&self) -> &wasmtime::Engine {
        &self.engine
    }

    pub(super) fn linker(&self) -> &Linker<Host> {
        &self.linker
    }

    pub(super) fn shelf(&self) -> &Arc<Shelf> {
        &self.shelf
    }

    pub(super) fn limits(&self) -> &ExecutionLimits {
        &self.limits
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fenrun_abi::{
        host::{Configuration, Session},
        import,
    };
    use wasmtime::Store;

    use super::{ExecutionLimits, Host, Runtime};

    /// With the test that links the whole specification: the linker has every import, and nothing else.
    #[test]
    fn the_linker_has_nothing_but_the_contract() {
        let limits = ExecutionLimits::default();
        let runtime = Runtime::new(limits).unwrap();
        let session = Session::configure(Configuration::new().into());
        let mut store = Store::new(runtime.engine(), Host::new(session, &limits));
        let linked: BTreeSet<String> =
            runtime.linker().iter(&mut store).map(|(module, name, _)| format!("{module} {name}")).collect();
        let specified: BTreeSet<String> =
            import::ALL.iter().map(|import| format!("{} {}", fenrun_abi::MODULE, import.name)).collect();
        assert_eq!(linked, specified);
    }
}
