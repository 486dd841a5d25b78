//! Builds the two stock policies for the sandbox, with the settings of `fenrun build`.

#[path = "../engine/cli/src/modules/settings.rs"]
#[expect(dead_code, reason = "only the table is needed here")]
mod settings;

use std::{env, path::PathBuf, process::Command};

use settings::{PROFILE, PROFILE_SETTINGS, RUSTC_FLAGS, TARGET};

const POLICIES: [&str; 2] = ["three-level", "nth-order-discount"];

fn main() {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let root = package.ancestors().find(|folder| folder.join("policies").is_dir()).expect("the packages are in it");
    let target = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("policies");
    let sources =
        ["policies/three-level", "policies/nth-order-discount", "sdk", "engine/cli/src/modules/settings.rs"];
    for source in sources {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    for policy in POLICIES {
        // As `fenrun build` does: with two kinds of library, cargo leaves link-time optimisation out.
        let mut cargo = Command::new(env::var_os("CARGO").expect("cargo sets it"));
        cargo.current_dir(root.join("policies").join(policy));
        cargo.args(["rustc", "--lib", "--crate-type", "cdylib", "--target", TARGET, "--profile", PROFILE]);
        cargo.arg("--target-dir").arg(&target);
        for (key, value) in PROFILE_SETTINGS {
            cargo.arg("--config").arg(format!("profile.{PROFILE}.{key}={value}"));
        }
        cargo.env("CARGO_ENCODED_RUSTFLAGS", RUSTC_FLAGS.join("\u{1f}"));
        let built = cargo.status().is_ok_and(|status| status.success());
        assert!(built, "the stock policies could not be built: {cargo:?}");
    }
    for policy in POLICIES.map(|policy| policy.replace('-', "_")) {
        let module = target.join(format!("{TARGET}/{PROFILE}/fenrun_policy_{policy}.wasm"));
        println!("cargo::rustc-env={}={}", policy.to_uppercase(), module.display());
    }
}
