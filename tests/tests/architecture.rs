//! The arrows between the crates go one way: sdk ← ledger ← core ← {lab, server, worker} ← cli ← tests; policies see only
//! the SDK.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;

/// What each room may import of the workspace's own crates. Development dependencies of a crate are its tests' business.
fn allowed(package: &str) -> &'static [&'static str] {
    match package {
        "fenrun-money" => &[],
        "fenrun-abi" => &["fenrun-money"],
        "fenrun-sdk" => &["fenrun-money", "fenrun-abi"],
        "fenrun-ledger" => &["fenrun-money"],
        "fenrun" => &["fenrun-money", "fenrun-abi", "fenrun-ledger"],
        "fenrun-lab" => &["fenrun-money", "fenrun-abi", "fenrun-ledger", "fenrun"],
        "fenrun-cli" => &["fenrun-money", "fenrun-abi", "fenrun-ledger", "fenrun", "fenrun-lab"],
        "fenrun-tests" => &["fenrun"],
        policy if policy.starts_with("fenrun-policy-") => &["fenrun-sdk"],
        other => {
            panic!("`{other}` has no place in the layout; hint: give it one in ARCHITECTURE.md and here")
        }
    }
}

fn metadata() -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn arrows_go_one_way() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let names: BTreeMap<&str, &Value> =
        packages.iter().map(|package| (package["name"].as_str().unwrap(), package)).collect();
    let mut wrong = Vec::new();
    for (name, package) in &names {
        let permitted = allowed(name);
        for dependency in package["dependencies"].as_array().unwrap() {
            let target = dependency["name"].as_str().unwrap();
            let normal = dependency["kind"].is_null();
            if normal && names.contains_key(target) && !permitted.contains(&target) {
                wrong.push(format!("{name} imports {target}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_engine_brings_no_async_runtime_and_no_server() {
    let metadata = metadata();
    let engine =
        metadata["packages"].as_array().unwrap().iter().find(|package| package["name"] == "fenrun").unwrap();
    let heavy = ["tokio", "async-std", "axum", "hyper", "reqwest", "rusqlite", "postgres"];
    for dependency in engine["dependencies"].as_array().unwrap() {
        let name = dependency["name"].as_str().unwrap();
        assert!(!heavy.contains(&name), "the engine must not bring {name}");
    }
}
