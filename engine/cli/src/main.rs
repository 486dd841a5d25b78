//! The `fenrun` binary.
//!
//! Invariant: nothing but the call into the library, and which allocator serves it.

use std::process::ExitCode;

/// A quarter of the time of posting a stream went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    fenrun_cli::main()
}
