//! A TOML document whose every value knows where it stands, so that every error can point at it.
//!
//! Invariant: strict and pure. A key that nobody asked for is an error, numbers are read as text, nothing does I/O.

mod choices;
mod complaint;
mod flaw;
mod item;
mod keys;
mod snippet;
mod source;
mod spots;
mod table;

pub(crate) use choices::choices;
pub(crate) use complaint::{Complaint, located_error};
pub(crate) use flaw::Flaw;
pub(crate) use item::{Item, decimal_text, integer_text, integer_value};
pub(crate) use source::Source;
pub(crate) use table::{Table, key_path};
