//! A module that passed every check. Nothing else can be compiled or run.
//!
//! Invariant: made by admission only; its fields never change.

use std::fmt;
use std::sync::Arc;

use fenrun_abi::code::Hook;
use fenrun_abi::host::Reads;
use fenrun_abi::import::{self, Import};
use wasmparser::ExternalKind;

use super::digest::Digest;
use super::footprint::Footprint;
use super::shape::{Shape, without_custom_sections};
use crate::manifest::Manifest;

/// The function that is called before `configure`, where a module exports it (AssemblyScript).
pub const INITIALIZE: &str = "_initialize";

/// A module that passed every check of admission; [`admit`](super::admit) is the only way to one.
///
/// Cheap to clone: the bytes and the manifest are shared.
#[derive(Clone)]
pub struct AdmittedModule {
    parts: Arc<Parts>,
}

struct Parts {
    digest: Digest,
    bytes: Arc<[u8]>,
    compiled_bytes: Arc<[u8]>,
    manifest: Manifest,
    hooks: Vec<Hook>,
    /// Of each hook.
    footprints: Vec<Footprint>,
    initialize: bool,
    imports: Vec<&'static Import>,
    reads: Reads,
    memory: Option<MemoryShape>,
    table: Option<TableShape>,
    globals: GlobalsShape,
}

/// The memory of a module, in pages of 64 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryShape {
    /// Whether the host can read and write it.
    pub exported: bool,
    /// Pages at the start.
    pub pages_initial: u64,
    /// The most pages it declares for itself; without one, the sandbox's limit is the only one.
    pub pages_max: Option<u64>,
}

/// The table of a module: functions that `call_indirect` can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableShape {
    /// Elements at the start; no operator can grow the table.
    pub elements_initial: u64,
    /// The most elements it declares for itself.
    pub elements_max: Option<u64>,
}

/// The globals of a module: with the memory, all that `configure` can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlobalsShape {
    /// How many there are.
    pub count: u64,
    /// How many of them can change.
    pub mutable: u64,
}

impl AdmittedModule {
    /// Of a shape for which every check passed; `None` where that is not so after all.
    pub(super) fn of(shape: &Shape<'_>) -> Option<Self> {
        let has_memory = |kind| shape.exports.iter().any(|export| export.kind == kind);
        let mut imports: Vec<&'static Import> =
            shape.imported_functions.iter().filter_map(|(name, _)| import::find(name)).collect();
        imports.sort_by_key(|import| import.name);
        imports.dedup_by_key(|import| import.name);
        let exported = |hook: &Hook| shape.exported_function(hook.name()).is_some();
        let hooks: Vec<Hook> = Hook::ALL.iter().copied().filter(exported).collect();
        Some(Self {
            parts: Arc::new(Parts {
                digest: Digest::of(shape.bytes),
                bytes: shape.bytes.into(),
                compiled_bytes: without_custom_sections(shape.bytes)?.into(),
                manifest: Manifest::parse(shape.manifest).ok()?,
                footprints: hooks.iter().map(|hook| shape.footprint(*hook)).collect(),
                hooks,
                initialize: shape.exported_function(INITIALIZE).is_some(),
                imports,
                reads: shape.reads(),
                memory: shape.memories.first().map(|memory| MemoryShape {
                    exported: has_memory(ExternalKind::Memory),
                    pages_initial: memory.initial,
                    pages_max: memory.maximum,
                }),
                table: shape
                    .tables
                    .first()
                    .map(|table| TableShape { elements_initial: table.initial, elements_max: table.maximum }),
                globals: GlobalsShape { count: shape.globals, mutable: shape.globals_mutable },
            }),
        })
    }

    /// The module's identity: the SHA-256 of its bytes as they were uploaded.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.parts.digest
    }

    /// The bytes as they were uploaded, to be stored and hashed.
    #[must_use]
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.parts.bytes
    }

    /// The bytes to be compiled: the same module without any custom section, so that no debug information, name or
    /// other section that nobody checked is ever read.
    #[must_use]
    pub fn compiled_bytes(&self) -> &Arc<[u8]> {
        &self.parts.compiled_bytes
    }

    /// Its manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.parts.manifest
    }

    /// The hooks it exports, in the order of their codes; at least one that decides.
    #[must_use]
    pub fn hooks(&self) -> &[Hook] {
        &self.parts.hooks
    }

    /// Whether it exports this hook.
    #[must_use]
    pub fn has_hook(&self, hook: Hook) -> bool {
        self.parts.hooks.contains(&hook)
    }

    /// What its own code can leave behind while a hook runs: nothing, for a hook that it does not have.
    #[must_use]
    pub fn footprint(&self, hook: Hook) -> Footprint {
        let mut known = self.parts.hooks.iter().zip(&self.parts.footprints);
        known.find(|(known, _)| **known == hook).map(|(_, footprint)| *footprint).unwrap_or_default()
    }

    /// Whether it exports [`INITIALIZE`], which is called before `configure`.
    #[must_use]
    pub fn has_initialize(&self) -> bool {
        self.parts.initialize
    }

    /// The functions of the contract it imports, sorted by name, each once.
    #[must_use]
    pub fn imports(&self) -> &[&'static Import] {
        &self.parts.imports
    }

    /// The fields of order, lines and parties that it can read, whatever it does. It may read fewer.
    ///
    /// A field counts where a call names it by a constant; where a call does not, every field of that kind counts.
    #[must_use]
    pub fn reads(&self) -> Reads {
        self.parts.reads
    }

    /// Its memory, if it has one.
    #[must_use]
    pub fn memory(&self) -> Option<MemoryShape> {
        self.parts.memory
    }

    /// Its table, if it has one.
    #[must_use]
    pub fn table(&self) -> Option<TableShape> {
        self.parts.table
    }

    /// Its globals.
    #[must_use]
    pub fn globals(&self) -> GlobalsShape {
        self.parts.globals
    }
}

impl fmt::Debug for AdmittedModule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = &self.parts.manifest;
        write!(
            out,
            "AdmittedModule({} {} {})",
            manifest.name(),
            manifest.version(),
            self.parts.digest.short()
        )
    }
}

/// Two modules are equal where their bytes are.
impl PartialEq for AdmittedModule {
    fn eq(&self, other: &Self) -> bool {
        self.parts.digest == other.parts.digest
    }
}

impl Eq for AdmittedModule {}
