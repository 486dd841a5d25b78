//! The policy laboratory: case files, their runner, and what it reports.
//!
//! Invariant: opens no file; a case is judged by money that moved, never by how a policy is written.

pub mod backtest;
mod compare;
mod file;
mod flaw;
mod given;
mod observed;
mod program_text;
mod raw;
mod read;
pub mod report;
mod rows;
mod run;
mod schema;
mod spot;
mod suite;
pub mod template;
mod verdict;

pub use flaw::Flaw;
pub use program_text::Subject;
pub use read::CaseSet;
pub use run::Lab;
pub use schema::schema;
pub use verdict::{CaseReport, Difference, Failing, Verdict};
