//! Native code of admitted modules: how it is made, and the one place where it is mapped.
//!
//! Invariant: bytes become code only by a [`NativeCode`], and that comes only from this process's compiler, from the pipe
//! of a child that this process started for an admitted module, or from a cache file that bears this host's seal.

use wasmtime::{Engine, Module};
use wasmtime_wizer::Wizer;

use crate::{admission::AdmittedModule, artifacts::Authentic, compilation::FromChild};

/// Native code whose origin is known.
pub(crate) struct NativeCode {
    origin: Origin,
}

enum Origin {
    Here(Vec<u8>),
    Child(FromChild),
    Cache(Authentic),
}

/// Why a compiler gives no artifact.
#[derive(Debug)]
pub(crate) enum PrecompileError {
    /// There was not enough memory.
    Memory,
    /// It says something else.
    Other(wasmtime::Error),
}

impl NativeCode {
    /// Compiles a module in this process.
    pub(crate) fn compiled_here(engine: &Engine, module: &AdmittedModule) -> Result<Self, wasmtime::Error> {
        match precompile(engine, module.compiled_bytes()) {
            Ok(bytes) => Ok(Self { origin: Origin::Here(bytes) }),
            Err(PrecompileError::Other(error)) => Err(error),
            Err(PrecompileError::Memory) => Err(wasmtime::Error::msg("there is not enough memory")),
        }
    }

    /// What a child answered.
    pub(crate) fn from_child(artifact: FromChild) -> Self {
        Self { origin: Origin::Child(artifact) }
    }

    /// What the cache had, under this host's seal.
    pub(crate) fn from_cache(artifact: Authentic) -> Self {
        Self { origin: Origin::Cache(artifact) }
    }

    /// The artifact.
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.origin {
            Origin::Here(bytes) => bytes,
            Origin::Child(artifact) => artifact.bytes(),
            Origin::Cache(artifact) => artifact.bytes(),
        }
    }

    /// Makes it a module. The bytes are copied: no file is mapped, so nobody can change them afterwards.
    #[expect(unsafe_code, reason = "the origin proves that a compiler of this version made the bytes")]
    pub(super) fn load(&self, engine: &Engine) -> Result<Module, wasmtime::Error> {
        // SAFETY: the bytes are what `Engine::precompile_module` gave: in this process, in a child with the same
        // identity, or in either before they were sealed with a key that only this host can read.
        unsafe { Module::deserialize(engine, self.bytes()) }
    }
}

/// Compiles a module, instrumented so that all of its state can be reached.
pub(crate) fn precompile(engine: &Engine, module: &[u8]) -> Result<Vec<u8>, PrecompileError> {
    let compiled =
        Wizer::new().instrument(module).and_then(|(_, instrumented)| engine.precompile_module(&instrumented));
    compiled.map_err(
        |error| if is_memory(&error) { PrecompileError::Memory } else { PrecompileError::Other(error) },
    )
}

fn is_memory(error: &wasmtime::Error) -> bool {
    error.is::<wasmtime::OutOfMemory>()
        || error.chain().any(|cause| {
            let io = cause.downcast_ref::<std::io::Error>();
            io.is_some_and(|error| error.kind() == std::io::ErrorKind::OutOfMemory)
        })
}
