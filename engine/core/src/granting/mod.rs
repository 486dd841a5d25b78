//! Points, stars, coupons and tiers for what has happened: an order was paid, a member was bound, somebody checked in.
//!
//! A policy names who gets how many whole units of which asset, after how many days they expire, and why. There is no
//! money here: a share or a discount in the hook `grants` is a violation.
//!
//! What people hold already comes from [`Holdings`], and is asked for only where a policy wants to know: the call is then
//! made again with the answer, so it sees the same numbers from its first instruction on.
//!
//! Invariant: pure; nothing is granted in part, and nothing without a reason.

mod ask;
mod decision;
mod facts;
mod holdings;
pub(crate) mod json;
mod occasion;
mod terms;
pub(crate) mod tiers;

pub(crate) use ask::{grants, grants_for};
pub use decision::{Grant, GrantTerm, GrantsDecision, Recipient};
pub use holdings::{Holdings, NoHoldings};
pub use json::schema;
pub use occasion::Occasion;
