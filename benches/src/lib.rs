//! One rule, decided by fenrun, by native Rust, by Rhai, by ZEN and by regorus.
//!
//! The rule: the buyer's first order costs 20 % less (half up), and the seller, its upline and the upline's upline share
//! 20 %, 5 % and 3 % of what is then paid (each rounded down). Every engine is set up once and decides many times; what is
//! prepared outside of the measured call is what `prepare` of each module does.
//!
//! Invariant: no engine is measured before [`Amounts`] of all of them are equal.

pub mod amounts;
pub mod contract;
pub mod native;
pub mod peers;
pub mod sale;
pub mod sandboxed;
pub mod steps;

pub use amounts::Amounts;
pub use sale::Sale;
