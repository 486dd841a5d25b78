//! The `fenrun` binary.
//!
//! Invariant: nothing but the call into the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    fenrun_cli::main()
}
