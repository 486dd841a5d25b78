//! How much fuel this thread has used, so that a turn can be charged for what it did.
//!
//! Invariant: only ever counts up; what matters is the difference between two readings on one thread.

use std::cell::Cell;

thread_local! {
    static USED: Cell<u64> = const { Cell::new(0) };
}

/// Counts the fuel of a call that was made on this thread.
pub(crate) fn add(fuel: u64) {
    // While a thread ends, its own count may be gone already; nobody reads it any more.
    let _ = USED.try_with(|used| used.set(used.get().wrapping_add(fuel)));
}

/// What the calls of this thread have used in all.
pub(crate) fn used() -> u64 {
    USED.try_with(Cell::get).unwrap_or(0)
}
