//! The WebAssembly runtime, configured in one place.
//!
//! Invariant: every switch stands here with its reason; no other file makes a runtime.

use std::{
    hash::{Hash as _, Hasher},
    sync::Arc,
};

use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, Linker, OperatorCost, OptLevel, PoolingAllocationConfig,
    WasmFeatures,
};

use super::{ExecutionLimits, call::Host, imports, shelf::Shelf};
use crate::admission::Digest;

/// A configured runtime with the imports of the contract.
#[derive(Clone)]
pub(crate) struct Runtime {
    engine: wasmtime::Engine,
    identity: Digest,
    linker: Linker<Host>,
    limits: ExecutionLimits,
    shelf: Arc<Shelf>,
    #[cfg(feature = "second-engine")]
    second: Option<Arc<super::Second>>,
}

/// Fuel for `memory.grow`, whether it adds pages or not; pages are charged beside it.
pub(super) const GROW_FUEL: u8 = 32;

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

/// Everything that compiled code depends on, and so the same in a child that compiles.
fn config() -> Config {
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
    // An instruction costs 1, but for one that costs as much time as fifty, even where it adds nothing.
    let mut cost = OperatorCost::new();
    cost.MemoryGrow = GROW_FUEL;
    config.operator_cost(cost);
    // Modules are small and run often.
    config.cranelift_opt_level(OptLevel::Speed);
    // The first bytes of memory come from a mapping that is shared by all instances of a module.
    config.memory_init_cow(true);
    // A trap is told by its kind; walking the guest's stack would cost time in every failure.
    config.wasm_backtrace_max_frames(None);
    config
}

/// What running code needs besides.
fn running(limits: &ExecutionLimits) -> Config {
    let mut config = config();
    // Recursion ends before the thread's own stack does.
    config.max_wasm_stack(limits.stack_bytes_max);
    // A fresh instance for each call must cost no system call.
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
    config
}

/// An engine that compiles and runs nothing, with its identity: it reserves no address space.
pub(crate) fn compiler() -> Result<(wasmtime::Engine, Digest), wasmtime::Error> {
    let engine = wasmtime::Engine::new(&config())?;
    let identity = identity(&engine);
    Ok((engine, identity))
}

/// Bytes that are hashed later.
struct Hashed(Vec<u8>);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

/// What an artifact has to come from: this version of this crate, which says how modules are instrumented, and the
/// version, settings, features and processor of the runtime's compiler.
fn identity(engine: &wasmtime::Engine) -> Digest {
    let mut hashed = Hashed(Vec::new());
    concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).hash(&mut hashed);
    engine.precompile_compatibility_hash().hash(&mut hashed);
    Digest::of(&hashed.0)
}

impl Runtime {
    pub(crate) fn new(limits: ExecutionLimits) -> Result<Self, wasmtime::Error> {
        let engine = wasmtime::Engine::new(&running(&limits))?;
        let identity = identity(&engine);
        let mut linker = Linker::new(&engine);
        imports::link(&mut linker)?;
        let shelf = Arc::new(Shelf::new(&limits));
        Ok(Self {
            engine,
            identity,
            linker,
            limits,
            shelf,
            #[cfg(feature = "second-engine")]
            second: None,
        })
    }

    /// The same runtime, of which another executor makes a share of the calls again.
    #[cfg(feature = "second-engine")]
    pub(crate) fn with_second(self, option: Option<super::SecondEngine>) -> Result<Self, wasmtime::Error> {
        let second =
            option.map(|option| super::Second::new(option, self.limits).map(Arc::new)).transpose()?;
        Ok(Self { second, ..self })
    }

    /// The second executor, where there is one.
    #[cfg(feature = "second-engine")]
    pub(crate) fn second(&self) -> Option<&Arc<super::Second>> {
        self.second.as_ref()
    }

    pub(crate) fn engine(&self) -> &wasmtime::Engine {
        &self.engine
    }

    /// What an artifact has to come from to be loaded here.
    pub(crate) fn identity(&self) -> &Digest {
        &self.identity
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

    /// A child's artifacts fit, whatever the limits of execution are.
    #[test]
    fn an_engine_that_only_compiles_has_the_same_identity() {
        let mut limits = ExecutionLimits::default();
        let (_, identity) = super::compiler().unwrap();
        assert_eq!(*Runtime::new(limits).unwrap().identity(), identity);
        limits.memory_bytes_max = 4 << 20;
        limits.stack_bytes_max = 128 << 10;
        limits.table_elements_max = 16;
        assert_eq!(*Runtime::new(limits).unwrap().identity(), identity);
    }

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
