//! How much compiling one module may cost, each bound with its unit and the attack it stops.
//!
//! Invariant: passed explicitly; nothing here is global.

use std::time::Duration;

/// The bounds of compiling one module in a child process.
///
/// Admission keeps every module that it lets pass far below these; they are for the module that nobody has thought of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompileLimits {
    /// Whole seconds of processor time. Stops a module whose compilation takes minutes; another process that has the
    /// machine busy does not count.
    pub processor_seconds_max: u32,
    /// Time on the wall after which the child is killed whatever it does. Stops a child that sleeps, or that gets no
    /// processor.
    pub wall_time_max: Duration,
    /// Bytes of address space beyond what the child has before it reads the module. Stops a module whose compilation
    /// takes gigabytes.
    pub memory_bytes_max: u64,
    /// Bytes of the artifact that is read back. Stops a child that was taken over from filling the host's memory.
    pub artifact_bytes_max: u64,
    /// Children at once; further modules wait their turn. Stops one merchant's uploads from taking every processor.
    pub children_max: u32,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self {
            processor_seconds_max: 1,
            wall_time_max: Duration::from_secs(10),
            memory_bytes_max: 256 << 20,
            artifact_bytes_max: 16 << 20,
            children_max: 2,
        }
    }
}
