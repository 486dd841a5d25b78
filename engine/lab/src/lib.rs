//! The policy laboratory: case files, their runner, and what it reports.
//!
//! Invariant: opens no file; a case is judged by money that moved, never by how a policy is written.

mod file;
mod schema;

pub use schema::schema;
