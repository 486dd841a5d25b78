//! What must be true of every decision, whatever the policies say.
//!
//! Invariant: a decision leaves here verified or not at all; every broken rule is listed, with its numbers.

mod caps;
mod checks;
mod rail;
mod range;
mod rules;
#[cfg(test)]
mod tests;
mod violation;

pub use checks::{GuardCheck, Relation};
pub use violation::Violation;

pub(crate) use caps::{reduce, trim};
pub(crate) use checks::checks;
pub(crate) use rail::figures as rail_checks;
pub(crate) use range::resolve;
pub(crate) use rules::{ended, verify, wrong_hook};
