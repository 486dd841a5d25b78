//! What the `fenrun` binary does, as a library.

pub mod exit;
pub mod import;
