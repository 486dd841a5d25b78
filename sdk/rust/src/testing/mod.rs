//! Runs a policy natively, in its own `cargo test`, over the same logic of the contract that production uses.
//!
//! Invariant: shows what a policy asks for; the money is the engine's, and is tested with `fenrun`.

mod configuration;
mod facts;
mod happened;
pub(crate) mod host;
mod wording;

pub use fenrun_abi::field::{CouponField, LineField, OrderField, PartyField, PeriodField};

pub use configuration::{Configuration, configuration};
pub use facts::Facts;
