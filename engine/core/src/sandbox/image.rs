//! What `configure` changed: the few bytes and globals that turn a fresh instance into a configured one.
//!
//! Invariant: an image applied to a fresh instance gives exactly the state after `configure`.

use wasmtime::{Extern, Global, Instance, Memory, ModuleExport, Store, Val};

use super::{call::Host, compiled::StateExports};

/// The difference between a fresh and a configured instance.
#[derive(Clone, Default)]
pub(super) struct Image {
    pages: u64,
    patches: Vec<Patch>,
    globals: Vec<(ModuleExport, Number)>,
}

#[derive(Clone, Debug)]
struct Patch {
    start: usize,
    bytes: Box<[u8]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Narrow(i32),
    Wide(i64),
}

/// Changed bytes that lie closer together than this are kept as one patch: one copy is cheaper than two.
const GAP_BYTES: usize = 32;

fn memory(store: &mut Store<Host>, instance: &Instance, export: Option<&ModuleExport>) -> Option<Memory> {
    instance.get_module_export(&mut *store, export?).and_then(Extern::into_memory)
}

fn global(store: &mut Store<Host>, instance: &Instance, export: &ModuleExport) -> Option<Global> {
    instance.get_module_export(&mut *store, export).and_then(Extern::into_global)
}

fn number(value: &Val) -> Option<Number> {
    match value {
        Val::I32(narrow) => Some(Number::Narrow(*narrow)),
        Val::I64(wide) => Some(Number::Wide(*wide)),
        _ => None,
    }
}

fn patches(fresh: &[u8], configured: &[u8]) -> Vec<Patch> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    let before = fresh.iter().copied().chain(std::iter::repeat(0));
    for (place, _) in configured.iter().zip(before).enumerate().filter(|(_, (now, was))| **now != *was) {
        let end = place.saturating_add(1);
        match ranges.last_mut() {
            Some((_, last)) if place.saturating_sub(*last) <= GAP_BYTES => *last = end,
            _ => ranges.push((place, end)),
        }
    }
    ranges
        .into_iter()
        .filter_map(|(start, end)| Some(Patch { start, bytes: configured.get(start..end)?.into() }))
        .collect()
}

/// The state of an instance, copied out of it: so the instance can go before another is made.
pub(super) struct State {
    pages: u64,
    memory: Vec<u8>,
    globals: Vec<Option<Number>>,
}

impl State {
    /// Copies the state of an instance.
    pub(super) fn of(exports: &StateExports, store: &mut Store<Host>, instance: &Instance) -> Self {
        let memory = memory(store, instance, exports.memory.as_ref());
        let (pages, bytes) = match memory {
            Some(memory) => (memory.size(&*store), memory.data(&*store).to_vec()),
            None => (0, Vec::new()),
        };
        let mut globals = Vec::with_capacity(exports.globals.len());
        for export in &exports.globals {
            let value = global(store, instance, export).map(|global| global.get(&mut *store));
            globals.push(value.as_ref().and_then(number));
        }
        Self { pages, memory: bytes, globals }
    }
}

impl Image {
    /// Compares a configured instance with a fresh one.
    pub(super) fn between(exports: &StateExports, fresh: &State, configured: &State) -> Self {
        let rows = exports.globals.iter().zip(&fresh.globals).zip(&configured.globals);
        let changed = rows.filter(|((_, was), now)| was != now);
        Self {
            pages: configured.pages.saturating_sub(fresh.pages),
            patches: patches(&fresh.memory, &configured.memory),
            globals: changed.filter_map(|((export, _), now)| Some((*export, (*now)?))).collect(),
        }
    }

    /// Bytes that are copied into each fresh instance.
    pub(super) fn bytes(&self) -> usize {
        self.patches.iter().map(|patch| patch.bytes.len()).sum()
    }

    /// Turns a fresh instance into a configured one.
    pub(super) fn apply(
        &self,
        exports: &StateExports,
        store: &mut Store<Host>,
        instance: &Instance,
    ) -> Result<(), wasmtime::Error> {
        if let Some(memory) = memory(store, instance, exports.memory.as_ref()) {
            if self.pages > 0 {
                memory.grow(&mut *store, self.pages)?;
                store.data_mut().forget_growth();
            }
            for patch in &self.patches {
                memory.write(&mut *store, patch.start, &patch.bytes)?;
            }
            if exports.memory_is_public {
                store.data_mut().memory = Some(memory);
            }
        }
        for (export, number) in &self.globals {
            if let Some(global) = global(store, instance, export) {
                let value = match *number {
                    Number::Narrow(narrow) => Val::I32(narrow),
                    Number::Wide(wide) => Val::I64(wide),
                };
                global.set(&mut *store, value)?;
            }
        }
        Ok(())
    }
}
