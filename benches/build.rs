//! Builds the two stock policies for the sandbox, as `fenrun build` does: a stack of 16 KiB, one page of memory.

use std::{env, path::PathBuf, process::Command};

const POLICIES: [&str; 2] = ["three-level", "nth-order-discount"];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("..");
    let target = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("policies");
    for source in ["policies/three-level", "policies/nth-order-discount", "sdk"] {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    let mut cargo = Command::new(env::var_os("CARGO").expect("cargo sets it"));
    cargo
        .current_dir(&root)
        .args(["build", "--release", "--target", "wasm32-unknown-unknown", "--target-dir"])
        .arg(&target)
        .args(["--config", "profile.release.lto=true"])
        .args(["--config", "profile.release.codegen-units=1"])
        .args(["--config", "profile.release.strip=true"])
        .args(POLICIES.map(|policy| format!("--package=fenrun-policy-{policy}")))
        .env("RUSTFLAGS", "-Clink-arg=-zstack-size=16384")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    let built = cargo.status().is_ok_and(|status| status.success());
    assert!(built, "the stock policies could not be built: {cargo:?}");
    for policy in POLICIES.map(|policy| policy.replace('-', "_")) {
        let module = target.join(format!("wasm32-unknown-unknown/release/fenrun_policy_{policy}.wasm"));
        println!("cargo::rustc-env={}={}", policy.to_uppercase(), module.display());
    }
}
