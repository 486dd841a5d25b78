//! Decides shares: asks the policies in their order, and does the arithmetic.
//!
//! Invariant: a share is one exact sum, rounded once; floor to the payee unless the program says otherwise by name.

mod arithmetic;
mod ask;

pub(crate) use ask::{SharingFailure, share};
