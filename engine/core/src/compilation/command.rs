//! The program that is started to compile one module.
//!
//! Invariant: it is started with an empty environment but for what stands here, and with nothing but three pipes.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The argument by which a program knows that it was started to compile. No command line of a host begins like this.
pub(super) const ARGUMENT: &str = "--fenrun-compile-one-module";

/// Set in the child, so that a program whose `main` does not serve cannot start itself over and over.
pub(super) const VARIABLE: &str = "FENRUN_COMPILE_CHILD";

/// The program that compiles: one whose `main` begins with [`serve_if_asked`](super::serve_if_asked).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompilerCommand {
    program: PathBuf,
    variables: Vec<(OsString, OsString)>,
}

impl CompilerCommand {
    /// Another program, such as an installed `fenrun` of the same version.
    #[must_use]
    pub fn new(program: impl AsRef<Path>) -> Self {
        Self { program: program.as_ref().to_owned(), variables: Vec::new() }
    }

    /// This program, started again: even where its file was replaced since, as an update does.
    ///
    /// # Errors
    ///
    /// What asking the system for the program's path gives.
    pub fn this_program() -> std::io::Result<Self> {
        // The link leads to the file that runs, whatever stands at its path by now.
        let running = Path::new("/proc/self/exe");
        if cfg!(target_os = "linux") && running.exists() {
            return Ok(Self::new(running));
        }
        std::env::current_exe().map(Self::new)
    }

    /// The same with a variable in the child's environment, which is otherwise empty: such as a path by which the
    /// system finds libraries that the program is linked with.
    #[must_use]
    pub fn with_variable(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    pub(super) fn program(&self) -> String {
        self.program.display().to_string()
    }

    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(ARGUMENT).env_clear().env(VARIABLE, "1");
        // An allocator that reserves a gigabyte before the limit is set would make the limit void. Of those that do so
        // unasked, mimalloc is the one in `fenrun` itself.
        command.env("MIMALLOC_ARENA_RESERVE", "0");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}
