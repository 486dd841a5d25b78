//! The sandbox: compiles admitted modules, configures them once, and runs each hook call in an instance that is in the
//! state `configure` left.
//!
//! Invariant: takes only an [`AdmittedModule`](crate::admission::AdmittedModule); nothing a call writes is seen by
//! another call; a call ends within its fuel.

mod answer;
mod call;
mod compiled;
mod configured;
mod image;
mod imports;
mod instance;
mod limits;
mod native;
mod runtime;
#[cfg(feature = "second-engine")]
mod second;
mod shelf;
mod table;
#[cfg(test)]
mod tests;
mod twin;

pub use answer::{Answer, Failure, FailureKind};
pub use call::InstanceError;
pub use compiled::CompiledModule;
pub use configured::{ConfigureError, ConfiguredModule};
pub use limits::ExecutionLimits;
pub(crate) use native::{NativeCode, PrecompileError, precompile};
pub(crate) use runtime::{Runtime, compiler};
#[cfg(feature = "second-engine")]
pub(crate) use second::Second;
#[cfg(feature = "second-engine")]
pub use second::SecondEngine;
pub(crate) use twin::Twin;
pub use twin::{Laboratory, TwinFault, TwinSource};
