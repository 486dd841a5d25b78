//! The host's side of the contract: what a hook call can see and what it asked for.
//!
//! The engine's linker and the SDK's native build both call [`Session`], so a policy's own `cargo test` runs the
//! same logic as production. Invariant: nothing here does money; amounts pass through as they are.

mod configuration;
mod effects;
mod facts;
mod fault;
mod happened;
mod inline;
mod reads;
mod recorder;
mod session;
mod symbols;
mod words;

pub use configuration::{Configuration, Value};
pub use facts::{Attribute, CouponTexts, Facts, LineTexts, OrderTexts, PartyTexts, Reads};
pub use fault::Fault;
pub use happened::Units;
pub use inline::{Parts, Reason};
pub use recorder::{
    Asked, Counted, DiscountAsked, EffectAsked, Funder, Funding, GrantAsked, GrantTerm, Group, How, LineSet,
    ShareAsked, SharePart, TierAsked,
};
pub use session::Session;
pub use symbols::Symbols;
