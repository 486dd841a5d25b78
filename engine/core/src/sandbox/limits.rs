//! How much one call may use, each bound with its unit and the attack it stops.
//!
//! Invariant: passed explicitly; nothing here is global.

/// The bounds of execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecutionLimits {
    /// Fuel for one hook call, about one unit for each instruction. Stops endless loops; the stock policies use a few
    /// hundred.
    pub fuel_limit: u64,
    /// Fuel for `_initialize` and `configure` together. Stops a module from looping while a program is loaded.
    pub configure_fuel_limit: u64,
    /// Bytes of linear memory. Stops a module from taking the host's memory.
    pub memory_bytes_max: usize,
    /// Elements of a table. Stops a table of 2³² elements.
    pub table_elements_max: usize,
    /// Bytes that `configure` may change in memory. They are copied into each fresh instance, so they cost time in each
    /// decision.
    pub image_bytes_max: usize,
    /// Bytes of the module's call stack. Stops unbounded recursion.
    pub stack_bytes_max: usize,
    /// Instances alive at once, which is to say threads that decide at once; further ones wait. From 128 on, the runtime
    /// keeps a part of its pool for each thread; below, one lock serves them all, and two threads are as slow as one.
    pub instances_max: u32,
    /// Instances that are kept after an answer, put back into the configured state, for the next call of the same policy
    /// on the same thread: about a third of the time of a fresh one. Up to 8 threads have an equal part each, so a thread
    /// that serves more policies by turns than its part holds makes fresh ones. At most half of [`Self::instances_max`]
    /// are kept, and one that somebody else needs the place of goes at once, so no policy waits for another's. With 0 each
    /// call has a fresh instance; the decisions are the same.
    pub kept_instances_max: u32,
    /// Bytes of linear memory up to which an instance is kept. All of it is written at each call; beyond this, a fresh
    /// one is cheaper.
    pub kept_memory_bytes_max: usize,
    /// Bytes of memory a pooled instance keeps mapped for the next one. Small guests stay below it, and so need no
    /// system call at all.
    pub keep_resident_bytes: usize,
}

impl Default for ExecutionLimits {
    fn default() -> Self {
        Self {
            fuel_limit: 5_000_000,
            configure_fuel_limit: 20_000_000,
            memory_bytes_max: 1 << 20,
            table_elements_max: 1_024,
            image_bytes_max: 64 << 10,
            stack_bytes_max: 256 << 10,
            instances_max: 256,
            kept_instances_max: 128,
            kept_memory_bytes_max: 128 << 10,
            keep_resident_bytes: 128 << 10,
        }
    }
}

impl ExecutionLimits {
    /// Instances that may be kept in all.
    pub(super) fn kept_instances(&self) -> u32 {
        self.kept_instances_max.min(self.instances_max >> 1)
    }
}
