//! The contract between the engine and a policy module, version 1.
//!
//! A policy is a core WebAssembly module that imports only from the module [`MODULE`] and exports hooks of
//! the signature `() -> i32`. Everything it imports is a read of the facts or a write of an effect, so a policy
//! is a pure function by construction. The specification is `abi-v1.wat` beside this crate; a test in the
//! `tests` package proves specification, host and SDK equal, names and signatures.
//!
//! | room | what lives there |
//! | --- | --- |
//! | [`field`] | what can be read of an order, a line, a party, a coupon, a period and an event |
//! | [`code`] | hook results, kinds of base, limits, scopes |
//! | [`word`] | the symbols every module knows without registering them |
//! | [`limit`] | how much one hook call may ask for, and why |
//! | [`import`] | every import with its signature and its price in fuel |
//! | `host` | the other side: facts, configuration, symbols and the recorder of effects (not on WebAssembly) |
//!
//! ```
//! use fenrun_abi::{field, import};
//!
//! assert_eq!(field::OrderField::from_id(4), Some(field::OrderField::Paid));
//! assert_eq!(field::OrderField::from_id(99), None); // to the guest: a failure, never a guess
//! assert!(import::find("share_term").is_some());
//! assert!(import::find("clock_time_get").is_none());
//! ```
#![no_std]

#[cfg(not(target_arch = "wasm32"))]
extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

pub mod code;
pub mod field;
#[cfg(not(target_arch = "wasm32"))]
pub mod host;
pub mod import;
pub mod limit;
pub mod word;

/// The only module a policy may import from.
pub const MODULE: &str = "fenrun_v1";

/// The custom section that holds a module's manifest, as JSON.
pub const MANIFEST_SECTION: &str = "fenrun_manifest";

/// The version of the contract, as written in a manifest's `abi`.
pub const VERSION: u32 = 1;

/// What a read answers where there is no value. No amount and no count is ever this number.
pub const ABSENT: i64 = i64::MIN;

/// The line set of all goods of the order.
pub const ALL_GOODS: i32 = -1;

/// The line set of what is paid for shipping; only a discount may name it.
pub const SHIPPING: i32 = -2;

/// No lines: what the parts of a bonus belong to, in the hook `period`.
pub const NO_LINES: i32 = -3;

/// The buyer, where `grant` and `holding` expect a party.
pub const BUYER: i32 = -1;

/// Units that do not expire, where `grant` expects days.
pub const NO_EXPIRY: i32 = -1;

/// The first handle of a group of lines; the group numbered `n` has the handle `FIRST_GROUP - n`.
pub const FIRST_GROUP: i32 = -16;

/// How many lines one word of a group's mask covers.
pub const GROUP_WORD_LINES: u32 = 64;
