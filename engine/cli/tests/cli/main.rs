//! Transcripts of the real binary: exit code, standard output, standard error.
//!
//! Invariant: exact text, with only timings and paths redacted; every amount is asserted.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where something is not as expected, in its helpers too"
)]

mod assemblyscript;
mod backtest;
mod bad_input;
mod build_and_check;
mod cases;
mod coverage;
mod demo;
mod events;
mod explain;
mod explanations;
mod ledger;
mod policies;
mod programs;
mod properties;
mod restate;
mod schemas;
mod streams;
mod support;
