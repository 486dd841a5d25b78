//! The same rule in three rules engines.
//!
//! Invariant: compiled once; the input is converted outside of the measured call and re-used, which favours the peers:
//! a host has to convert each new order.

pub mod regorus;
pub mod rhai;
pub mod zen;
