//! An instance in the state that `configure` left, ready for a call.
//!
//! Invariant: it makes one call at a time, and another one only after it was put back into the configured state; after
//! anything but an answer it is thrown away.

use std::{sync::Arc, thread, time::Duration};

use fenrun_abi::{
    code::Hook,
    host::{Asked, Facts, Reads, Session, Symbols},
};
use wasmtime::{
    Extern, Global, Instance, InstancePre, Memory, PoolConcurrencyLimitError, Store, TypedFunc, Val,
};

use crate::admission::Footprint;

use super::{
    CompiledModule, ExecutionLimits,
    call::{Host, InstanceError, fuel_used},
    image::Image,
    shelf::Shelf,
};

const POOL_WAIT: Duration = Duration::from_micros(50);
const POOL_WAITS_MAX: u32 = 40_000;

/// Makes an instance as the module is, not configured.
pub(super) fn instantiate(
    instance_pre: &InstancePre<Host>,
    host: Host,
    fuel: u64,
    shelf: &Shelf,
) -> Result<(Store<Host>, Instance), InstanceError> {
    let mut store = Store::new(instance_pre.module().engine(), host);
    store.limiter(|host| host);
    store.set_fuel(fuel).map_err(InstanceError)?;
    let mut waits: u32 = 0;
    loop {
        match instance_pre.instantiate(&mut store) {
            Ok(instance) => {
                store.data_mut().start();
                return Ok((store, instance));
            }
            // Every place of the pool is taken, perhaps by an instance that only waits for a call that may never come.
            Err(error) if error.is::<PoolConcurrencyLimitError>() && shelf.give_up() => {}
            // More threads decide at once than the pool has places: the next one is free in microseconds.
            Err(error) if waits < POOL_WAITS_MAX && error.is::<PoolConcurrencyLimitError>() => {
                waits = waits.saturating_add(1);
                thread::sleep(POOL_WAIT);
            }
            Err(error) => return Err(InstanceError(error)),
        }
    }
}

/// What came of a call.
pub(super) struct Called {
    pub(super) result: Result<i32, wasmtime::Error>,
    pub(super) asked: Asked,
    pub(super) reads: Reads,
    /// Fuel used; exact only without an error.
    pub(super) fuel: u64,
}

/// The hooks that decide.
const HOOKS: [Hook; 4] = [Hook::Discounts, Hook::Shares, Hook::Grants, Hook::Period];

/// A hook of an instance.
#[derive(Clone)]
struct Exported {
    function: TypedFunc<(), i32>,
    footprint: Footprint,
}

/// An instance in the configured state, with everything it is called and put back by.
pub(super) struct Ready {
    store: Store<Host>,
    /// In the order of [`HOOKS`].
    hooks: [Option<Exported>; HOOKS.len()],
    /// What the calls since it was put back can have left behind.
    left: Footprint,
    memory: Option<Memory>,
    /// The module's mutable globals, in the order of its state exports, with what `configure` left in them.
    globals: Vec<(Global, Val)>,
}

impl Ready {
    /// A fresh instance, turned into a configured one.
    pub(super) fn new(
        module: &CompiledModule,
        image: &Image,
        symbols: &Arc<Symbols>,
        limits: &ExecutionLimits,
        shelf: &Shelf,
    ) -> Result<Self, InstanceError> {
        let session = Session::decide(Hook::Shares, Facts::default(), symbols.clone());
        let host = Host::new(session, limits);
        let (mut store, instance) = instantiate(module.instance_pre(), host, 0, shelf)?;
        let function = |store: &mut Store<Host>, hook| {
            let export = module.hook(hook)?;
            let function = instance.get_module_export(&mut *store, export).and_then(Extern::into_func)?;
            let function = function.typed::<(), i32>(&*store).ok()?;
            Some(Exported { function, footprint: module.admitted().footprint(hook) })
        };
        let hooks = HOOKS.map(|hook| function(&mut store, hook));
        let state = module.state();
        let memory = state
            .memory
            .and_then(|export| instance.get_module_export(&mut store, &export))
            .and_then(Extern::into_memory);
        let mut globals = Vec::with_capacity(state.globals.len());
        for (export, value) in state.globals.iter().zip(image.globals()) {
            if let Some(global) = instance.get_module_export(&mut store, export).and_then(Extern::into_global)
            {
                globals.push((global, value));
            }
        }
        let mut ready = Self { store, hooks, left: Footprint::default(), memory, globals };
        ready.configure(module, image).map_err(InstanceError)?;
        Ok(ready)
    }

    fn configure(&mut self, module: &CompiledModule, image: &Image) -> Result<(), wasmtime::Error> {
        if let Some(memory) = self.memory {
            image.apply(memory, &mut self.store)?;
            if module.state().memory_is_public {
                self.store.data_mut().memory = Some(memory);
            }
        }
        self.put_globals_back()
    }

    fn put_globals_back(&mut self) -> Result<(), wasmtime::Error> {
        self.globals.iter().try_for_each(|(global, value)| global.set(&mut self.store, *value))
    }

    /// Makes a call within its fuel.
    pub(super) fn call(&mut self, hook: Hook, facts: &mut Facts, fuel: u64) -> Called {
        self.store.data_mut().begin(hook, facts);
        let place = HOOKS.iter().position(|known| *known == hook);
        let function = place.and_then(|place| self.hooks.get(place)).and_then(Option::as_ref);
        let result = match (function, self.store.set_fuel(fuel)) {
            (Some(Exported { function, footprint }), Ok(())) => {
                self.left = self.left.and(*footprint);
                function.call(&mut self.store, ())
            }
            (None, _) => Err(wasmtime::Error::msg("the export is not a function")),
            (_, Err(error)) => Err(error),
        };
        let fuel = fuel_used(&self.store, fuel);
        self.left.memory |= self.store.data().written;
        let (asked, reads) = self.store.data_mut().session.end_call(facts);
        Called { result, asked, reads, fuel }
    }

    /// By how much the last so many globals grew since `configure`; those that are not wide count as nothing.
    pub(super) fn grown(&mut self, count: usize) -> Vec<u64> {
        let first = self.globals.len().saturating_sub(count);
        let Self { store, globals, .. } = self;
        let last = globals.iter().skip(first);
        let grown = |now: Val, before: &Val| Some(now.i64()?.wrapping_sub(before.i64()?).cast_unsigned());
        last.map(|(global, before)| grown(global.get(&mut *store), before).unwrap_or(0)).collect()
    }

    /// Every byte of memory and every mutable global.
    #[cfg(test)]
    pub(super) fn state(&mut self) -> (Vec<u8>, Vec<String>) {
        let memory = self.memory.map(|memory| memory.data(&self.store).to_vec()).unwrap_or_default();
        let globals = self.globals.iter().map(|(global, _)| format!("{:?}", global.get(&mut self.store)));
        (memory, globals.collect())
    }

    /// Puts it back into the configured state. Whether that could be done: otherwise it must go.
    pub(super) fn put_back(&mut self, image: &Image) -> bool {
        let left = std::mem::take(&mut self.left);
        let memory = if left.memory { image.put_back(self.memory()) } else { image.is_whole() };
        let globals = !left.globals || self.put_globals_back().is_ok();
        let done = memory && globals;
        debug_assert!(!done || self.is_as_configured(image), "it was not put back");
        done
    }

    fn memory(&mut self) -> &mut [u8] {
        self.memory.map(|memory| memory.data_mut(&mut self.store)).unwrap_or_default()
    }

    /// Looks at every byte and every global: what tests hold each call to.
    fn is_as_configured(&mut self, image: &Image) -> bool {
        let globals = std::mem::take(&mut self.globals);
        let same = |(global, value): &(Global, Val)| match (global.get(&mut self.store), value) {
            (Val::I32(found), Val::I32(expected)) => found == *expected,
            (Val::I64(found), Val::I64(expected)) => found == *expected,
            _ => false,
        };
        let globals_same = globals.iter().all(same);
        self.globals = globals;
        globals_same && image.is(self.memory())
    }
}
