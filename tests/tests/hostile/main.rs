//! What a hostile module, upload or event tries, and what the host answers: each row of the table of cases is a test that
//! gives the exact answer and then asks the host for an honest decision.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

mod compilation;
mod data;
mod execution;
mod host;
mod limits;
mod security;
mod upload;
