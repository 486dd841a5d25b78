//! Write payout and coupon policies for fenrun in Rust.
//!
//! A policy is a struct with its configuration. It implements the hooks it needs over typed facts and returns the
//! effects it asks for. The host does the money: a policy says "20 % of what was paid", and why, and never rounds.
//! There is no allocator, no JSON, no pointer and no `unsafe` to write.
//!
//! ```
//! use fenrun_sdk::prelude::*;
//!
//! /// Three levels share in a sale: the seller, its upline, and the upline's upline.
//! #[derive(Clone, Copy)]
//! struct ThreeLevel {
//!     rates: List<Rate, 3>,
//! }
//!
//! impl Policy for ThreeLevel {
//!     fn configure(config: &Config) -> Configured<Self> {
//!         Ok(Self { rates: config.rates("rates")? })
//!     }
//!
//!     fn shares(&self, order: &Order) -> Decided<Share> {
//!         order
//!             .chain()
//!             .zip(&self.rates)
//!             .map(|(party, rate)| share(party).of(order.paid()).at(rate).because("level of the chain"))
//!             .collect()
//!     }
//! }
//!
//! // The same policy runs natively, over the same logic of the contract that production uses.
//! use fenrun_sdk::testing::{Facts, configuration};
//! let facts = Facts::order("A1").line("1", 1, 10_000).seller("s1").upline("s2");
//! let asked = facts.shares::<ThreeLevel>(&configuration().rates("rates", &["20%", "5%", "3%"])).unwrap();
//! assert_eq!(asked, ["seller s1: 20% of paid, level of the chain", "upline s2: 5% of paid, level of the chain"]);
//!
//! // A configuration without the value that the policy reads is refused, with its path.
//! let problem = facts.shares::<ThreeLevel>(&configuration()).unwrap_err();
//! assert_eq!(problem, "configure refused: the configuration has no list `rates`");
//! ```
//!
//! # Concepts
//!
//! - [`Policy`] is what you implement; [`policy!`] exports it and embeds its manifest.
//! - [`Order`], [`Line`], [`Party`] and [`Buyer`] are the facts. Reading one is a cheap call to the host; nothing is
//!   copied before you ask.
//! - [`Base`] is what a rate applies to: a set of lines × list, paid, ex tax, margin, net or what is left.
//! - [`share`] and [`discount`] build effects. [`Share`] and [`Discount`] exist only with a reason, and count only
//!   when the hook returns them.
//! - [`Period`] is what closes, and [`bonus`] what a party gets for it; [`Occasion`] is what has happened, and [`grant`]
//!   the points, stars or coupons it gives; [`tier`] changes a party's tier.
//! - [`Config`] reads the configuration, which the host has parsed and checked against the manifest.
//! - [`Tiers`] is a table of cutoffs, marginal or whole; [`pairs`] finds the second units, [`nth_units`] every
//!   nth.
//! - [`testing`] runs a policy in its own `cargo test`.
//!
//! # Building
//!
//! `fenrun build FOLDER` builds for `wasm32-unknown-unknown` with the settings the sandbox likes (a stack of 16 KiB,
//! one or two pages of memory) and checks the module for admission.
#![cfg_attr(target_arch = "wasm32", no_std)]

#[cfg(all(target_family = "wasm", not(all(target_arch = "wasm32", target_os = "unknown"))))]
compile_error!(
    "fenrun policies are built for the target `wasm32-unknown-unknown`: policies have no WASI and no JavaScript; \
     hint: run `fenrun build`, or pass `--target wasm32-unknown-unknown`"
);

mod base;
mod bonus;
mod buyer;
mod config;
mod coupon;
mod decided;
mod discount;
#[doc(hidden)]
pub mod entry;
mod grant;
mod line;
mod list;
mod mixed;
mod occasion;
mod order;
mod pairs;
mod party;
mod period;
mod policy;
mod share;
mod symbol;
#[doc(hidden)]
pub mod sys;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod tier_change;
mod tiers;
mod time;

pub use base::{Base, BaseKind, Goods};
pub use bonus::{Bonus, BonusOf, BonusStart, BonusTerms, bonus};
pub use buyer::Buyer;
pub use config::{Config, Configured, Refusal};
pub use coupon::Coupon;
pub use decided::{Decided, Effect};
pub use discount::{Discount, DiscountStart, DiscountTerms, discount};
pub use fenrun_abi::field::LineField;
pub use fenrun_money::Rate;
pub use grant::{Grant, GrantStart, GrantTerms, grant, units_for};
pub use line::{Line, LineKind};
pub use list::List;
pub use mixed::{GrantsEffect, PeriodEffect};
pub use occasion::{Kind, Occasion};
pub use order::{Order, note};
pub use pairs::{COUNTED_LINES_MAX, Units, nth_units, pairs};
pub use party::{Party, Role};
pub use period::{Period, PeriodBase, Window};
pub use policy::Policy;
pub use share::{Share, ShareOf, ShareStart, ShareTerms, share};
pub use symbol::{Attribute, Symbol, TextKey};
pub use tier_change::{TierChange, TierStart, tier};
pub use tiers::{Cutoff, Tier, Tiers};
pub use time::LocalTime;

/// Everything a policy usually needs.
pub mod prelude {
    pub use crate::{
        Base, BaseKind, Bonus, Buyer, Config, Configured, Coupon, Cutoff, Decided, Discount, Goods, Grant,
        GrantsEffect, Kind, Line, LineKind, List, Occasion, Order, Party, Period, PeriodBase, PeriodEffect,
        Policy, Rate, Refusal, Role, Share, Symbol, TextKey, Tier, TierChange, Tiers, Units, bonus, discount,
        grant, note, nth_units, pairs, policy, share, tier, units_for,
    };
}
