//! Policies in AssemblyScript: the same contract, the same cases, the same decisions as in Rust.
//!
//! What needs the compiler runs where `npm ci` was run in `sdk/assemblyscript/policies`, and must where
//! `FENRUN_REQUIRE_NODE` is set.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a test stops at the first broken expectation"
)]

mod alike;
mod contract;
mod names;
mod told;

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn folder(name: &str) -> PathBuf {
    root().join("sdk/assemblyscript/policies").join(name)
}

/// Whether the compiler is there; says so where it is not.
fn compiler_is_there() -> bool {
    let there = folder("node_modules/assemblyscript/bin/asc.js").is_file();
    let required = std::env::var_os("FENRUN_REQUIRE_NODE").is_some();
    assert!(
        there || !required,
        "FENRUN_REQUIRE_NODE is set; hint: npm ci --prefix sdk/assemblyscript/policies"
    );
    if !there {
        eprintln!(
            "left out: the AssemblyScript compiler is not there; hint: npm ci --prefix sdk/assemblyscript/policies"
        );
    }
    there
}
