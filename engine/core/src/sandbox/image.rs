//! What `configure` left: the few bytes and globals that turn a fresh instance into a configured one, and a used one back
//! into it.
//!
//! Invariant: an image applied to a fresh instance, or put back into one whose memory did not grow, gives exactly the
//! state after `configure`. Memory and mutable globals are all the state there is: admission refuses every operator that
//! changes a table or drops a segment.

use wasmtime::{Extern, Instance, Memory, ModuleExport, Store, Val};

use super::{ExecutionLimits, call::Host, compiled::StateExports};

/// The state of a configured instance.
#[derive(Clone, Default)]
pub(super) struct Image {
    /// Pages that `configure` added.
    pages: u64,
    /// What it changed, against a fresh instance.
    patches: Vec<Patch>,
    /// Every mutable global, in the order of the state exports.
    globals: Vec<Number>,
    /// The whole memory; `None` where a used instance is not put back.
    whole: Option<Whole>,
}

/// A memory as its bytes other than zero.
#[derive(Clone)]
struct Whole {
    bytes: usize,
    parts: Vec<Patch>,
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

fn number(value: &Val) -> Option<Number> {
    match value {
        Val::I32(narrow) => Some(Number::Narrow(*narrow)),
        Val::I64(wide) => Some(Number::Wide(*wide)),
        _ => None,
    }
}

/// Where `configured` differs from `fresh`, which is followed by zeros.
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

fn bytes(patches: &[Patch]) -> usize {
    patches.iter().map(|patch| patch.bytes.len()).sum()
}

impl Whole {
    /// `None` where putting it back would cost more than a fresh instance does.
    fn of(memory: &[u8], limits: &ExecutionLimits) -> Option<Self> {
        if memory.len() > limits.kept_memory_bytes_max {
            return None;
        }
        let parts = patches(&[], memory);
        (bytes(&parts) <= limits.image_bytes_max).then_some(Self { bytes: memory.len(), parts })
    }

    fn is(&self, memory: &[u8]) -> bool {
        let mut expected = vec![0; self.bytes];
        self.put_back(&mut expected) && expected == memory
    }

    /// Writes every byte of a memory of the same size. Whether it is of that size.
    fn put_back(&self, memory: &mut [u8]) -> bool {
        if memory.len() != self.bytes {
            return false;
        }
        let mut rest = memory;
        let mut place: usize = 0;
        for part in &self.parts {
            let zeros = part.start.saturating_sub(place);
            let Some((before, from_part)) = rest.split_at_mut_checked(zeros) else { return false };
            let Some((same, after)) = from_part.split_at_mut_checked(part.bytes.len()) else { return false };
            before.fill(0);
            same.copy_from_slice(&part.bytes);
            place = part.start.saturating_add(part.bytes.len());
            rest = after;
        }
        rest.fill(0);
        true
    }
}

/// The state of an instance, copied out of it: so the instance can go before another is made.
pub(super) struct State {
    pages: u64,
    memory: Vec<u8>,
    globals: Vec<Number>,
}

impl State {
    /// Copies the state of an instance; `None` where a part of it is not what its export says, which cannot be.
    pub(super) fn of(exports: &StateExports, store: &mut Store<Host>, instance: &Instance) -> Option<Self> {
        let export =
            |store: &mut Store<Host>, export: &ModuleExport| instance.get_module_export(&mut *store, export);
        let (pages, memory) = match &exports.memory {
            Some(memory) => {
                let memory = export(store, memory).and_then(Extern::into_memory)?;
                (memory.size(&*store), memory.data(&*store).to_vec())
            }
            None => (0, Vec::new()),
        };
        let mut globals = Vec::with_capacity(exports.globals.len());
        for global in &exports.globals {
            let global = export(store, global).and_then(Extern::into_global)?;
            globals.push(number(&global.get(&mut *store))?);
        }
        Some(Self { pages, memory, globals })
    }

    /// The last so many globals, where all of them are wide.
    pub(super) fn last_wide(&self, count: usize) -> Option<Vec<u64>> {
        let last = self.globals.get(self.globals.len().checked_sub(count)?..)?;
        last.iter()
            .map(|number| match number {
                Number::Wide(wide) => Some(wide.cast_unsigned()),
                Number::Narrow(_) => None,
            })
            .collect()
    }
}

impl Image {
    /// Compares a configured instance with a fresh one.
    pub(super) fn between(fresh: &State, configured: State, limits: &ExecutionLimits) -> Self {
        Self {
            pages: configured.pages.saturating_sub(fresh.pages),
            patches: patches(&fresh.memory, &configured.memory),
            whole: Whole::of(&configured.memory, limits),
            globals: configured.globals,
        }
    }

    /// Bytes of memory that `configure` changed.
    pub(super) fn bytes(&self) -> usize {
        bytes(&self.patches)
    }

    /// The values of the mutable globals, in the order of the state exports.
    pub(super) fn globals(&self) -> impl Iterator<Item = Val> {
        self.globals.iter().map(|number| match *number {
            Number::Narrow(narrow) => Val::I32(narrow),
            Number::Wide(wide) => Val::I64(wide),
        })
    }

    /// Turns the memory of a fresh instance into that of a configured one.
    pub(super) fn apply(&self, memory: Memory, store: &mut Store<Host>) -> Result<(), wasmtime::Error> {
        if self.pages > 0 {
            memory.grow(&mut *store, self.pages)?;
        }
        for patch in &self.patches {
            memory.write(&mut *store, patch.start, &patch.bytes)?;
        }
        Ok(())
    }

    /// Whether a used instance can be put back at all.
    pub(super) fn is_whole(&self) -> bool {
        self.whole.is_some()
    }

    /// Whether a memory is that of a configured instance.
    pub(super) fn is(&self, memory: &[u8]) -> bool {
        self.whole.as_ref().is_some_and(|whole| whole.is(memory))
    }

    /// Turns the memory of a used instance back into that of a configured one. Whether that can be done: not where the
    /// memory grew, because memory never shrinks.
    pub(super) fn put_back(&self, memory: &mut [u8]) -> bool {
        self.whole.as_ref().is_some_and(|whole| whole.put_back(memory))
    }
}
