//! How an admitted module becomes native code, and who is trusted on the way.
//!
//! A compiler is a large program that is fed a stranger's bytes. Admission keeps it from being driven far; what
//! admission did not think of is kept by a process of its own, in which the compiler can eat its time and memory, die,
//! or be taken over, and nothing else happens.
//!
//! # What is trusted
//!
//! - The child is this host's own program, started by this host with an empty environment and three pipes. It gets only
//!   bytes that passed admission *in the parent*, without their custom sections.
//! - Before it reads them, it gives up all that compiling does not need ([`Protection`]): descriptors, core dumps,
//!   processor time, memory, and on Linux every system call but a few, so that it has neither files nor network and
//!   cannot make memory executable. The parent's clock kills it in any case.
//! - What comes back is native code, and the parent will run it. **Nothing proves that it is the module's code** but the
//!   pipe it came through: a compiler that a module has taken over could answer with other code. So the child is a
//!   defence against time, memory and crashes, and it keeps a taken-over compiler from the host's files and network
//!   for as long as it is compiling; it does not make a compiler's fault harmless. Whoever must hold against that runs
//!   the whole engine in a process that may do nothing else.
//! - An artifact in the [`ArtifactCache`](crate::artifacts::ArtifactCache) is believed only with this host's seal.
//!
//! A host that embeds the engine compiles in its own process unless it says otherwise
//! ([`Compilation`], [`serve_if_asked`]): a library does not start processes unasked. The `fenrun` binary uses the child.
//!
//! Invariant: a module that makes its compiler die twice is not tried again until somebody lifts its quarantine.

mod child;
mod command;
mod compiler;
mod confine;
mod descriptors;
mod error;
mod frame;
mod limits;
mod notice;
mod parent;

pub use child::serve_if_asked;
pub use command::CompilerCommand;
pub(crate) use compiler::{Compiler, Failed};
pub use confine::Protection;
pub use error::{CompileEnd, CompileError, CompileErrorCause, CompileRefused};
pub use limits::CompileLimits;
pub use notice::{Notice, Notices};
pub use parent::CompileCost;
pub(crate) use parent::FromChild;

/// Where modules are compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compilation {
    /// In this process, without a limit but those of admission. For hosts that trust who writes their policies, and for
    /// systems without processes.
    #[default]
    InProcess,
    /// In a child process for each module, within [`CompileLimits`].
    Child(CompilerCommand),
}

/// What a compiler child can still do after it has confined itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Confinement {
    /// The protections that are in force.
    pub protections: Vec<Protection>,
    /// Those that this system does not have.
    pub missing: Vec<Protection>,
    /// What the child tried and should not have been able to do, such as `opened a file`.
    pub possible: Vec<String>,
}

impl CompilerCommand {
    /// Starts a child that compiles nothing, but tries what it must not be able to do.
    ///
    /// # Errors
    ///
    /// A [`CompileErrorCause`] where it cannot be started or does not answer.
    pub fn confinement(&self, limits: &CompileLimits) -> Result<Confinement, CompileErrorCause> {
        let (possible, bits) = parent::probe(self, limits)?;
        let missing = Protection::missing(bits);
        let in_force = Protection::ALL.into_iter().filter(|protection| !missing.contains(protection));
        Ok(Confinement {
            protections: in_force.collect(),
            possible: possible.lines().map(str::to_owned).collect(),
            missing,
        })
    }
}
