//! Why a module that was admitted is not compiled.
//!
//! Invariant: a refusal is the module's fault, an error is ours; each says what was found and what is allowed.

use std::{fmt, io, time::Duration};

use super::CompileLimits;
use crate::admission::Digest;

/// An admitted module that cannot be compiled within the limits.
///
/// It is shaped like [`Refused`](crate::admission::Refused): check, found, limit, hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileRefused {
    /// Which module.
    pub digest: Digest,
    /// What the compiler came to.
    pub end: CompileEnd,
}

/// What a compiler came to that gave no artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompileEnd {
    /// It used up its processor time.
    ProcessorTime {
        /// Seconds allowed.
        seconds: u32,
    },
    /// It was killed when its time on the wall was over.
    WallTime {
        /// Time allowed.
        limit: Duration,
    },
    /// It needed more memory than is allowed.
    Memory {
        /// Bytes allowed.
        bytes: u64,
    },
    /// It made more code than is allowed.
    Artifact {
        /// Bytes it made.
        bytes: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// It died: a panic, an overflow of its stack, a signal.
    Died {
        /// How, such as `signal 6`.
        how: String,
    },
    /// It is not tried any more, because it came to such an end before.
    Quarantined {
        /// What it came to, as it was said then.
        before: String,
    },
}

impl CompileEnd {
    /// Its name in messages, as checks of admission have one.
    #[must_use]
    pub fn check(&self) -> &'static str {
        match self {
            Self::ProcessorTime { .. } => "compile_time",
            Self::WallTime { .. } => "compile_wall_time",
            Self::Memory { .. } => "compile_memory",
            Self::Artifact { .. } => "artifact_bytes",
            Self::Died { .. } => "compiler",
            Self::Quarantined { .. } => "quarantine",
        }
    }
}

impl fmt::Display for CompileEnd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}`: found ", self.check())?;
        match self {
            Self::ProcessorTime { seconds } => {
                write!(out, "more than {seconds} s of processor time, at most {seconds} s are allowed")
            }
            Self::WallTime { limit } => {
                let milliseconds = limit.as_millis();
                write!(out, "no answer after {milliseconds} ms, at most {milliseconds} ms are allowed")
            }
            Self::Memory { bytes } => {
                write!(out, "more than {bytes} bytes of memory, at most {bytes} bytes are allowed")
            }
            Self::Artifact { bytes, limit } => {
                write!(out, "{bytes} bytes of native code, at most {limit} bytes are allowed")
            }
            Self::Died { how } => write!(out, "a compiler that died ({how}), an artifact is expected"),
            Self::Quarantined { before } => write!(out, "a module that is not tried again: {before}"),
        }
    }
}

impl fmt::Display for CompileRefused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hint = match &self.end {
            CompileEnd::Died { .. } => {
                "tell whoever runs this engine; the module may have found a fault of the compiler"
            }
            CompileEnd::Quarantined { .. } => "change the module, or have its quarantine lifted",
            _ => "split large functions into smaller ones",
        };
        write!(out, "{}; hint: {hint}", self.end)
    }
}

impl std::error::Error for CompileRefused {}

/// A module could not be compiled, and it is not the module's fault: we broke, or what we run in does not work.
#[derive(Debug, thiserror::Error)]
#[error("module {digest} could not be compiled")]
pub struct CompileError {
    /// Which module.
    pub digest: Digest,
    /// Why.
    #[source]
    pub cause: CompileErrorCause,
}

/// Why a module could not be compiled although nothing is wrong with it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileErrorCause {
    /// The compiler or the linker says so.
    #[error("{0:#}")]
    Runtime(wasmtime::Error),
    /// The child's compiler says so.
    #[error("the compiler says `{0}`")]
    Compiler(String),
    /// The child could not be started.
    #[error("the compiler `{program}` cannot be started: {reason}")]
    Start {
        /// What was to be started.
        program: String,
        /// What the system said.
        reason: io::Error,
    },
    /// What was started is no compiler of this version.
    #[error("`{program}` does not answer as the compiler of this engine: {reason}; hint: {hint}")]
    NotACompiler {
        /// What was started.
        program: String,
        /// What is wrong with its answer.
        reason: String,
        /// What to do.
        hint: &'static str,
    },
    /// This process is itself a child that was to compile, and did not.
    #[error(
        "this process was started as a compiler, and its `main` went on instead; \
         hint: call `fenrun::compilation::serve_if_asked()` first in `main`"
    )]
    Unserved,
}

impl CompileEnd {
    pub(super) fn processor_time(limits: &CompileLimits) -> Self {
        Self::ProcessorTime { seconds: limits.processor_seconds_max }
    }

    pub(super) fn memory(limits: &CompileLimits) -> Self {
        Self::Memory { bytes: limits.memory_bytes_max }
    }
}
