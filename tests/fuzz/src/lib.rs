//! What the fuzz targets share: a policy that does what the lines of an order say, and the proof that the host is well.
//!
//! Invariant: every policy here goes through admission, the sandbox and the guard like a merchant's own.

pub mod interpreter;
pub mod well;
