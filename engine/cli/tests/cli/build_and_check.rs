//! `fenrun build` and `fenrun check`.
//!
//! Invariant: both say what admission says.

use serde_json::Value;

use crate::support::{Shop, manifest, module};

const SHARES: &str = r#"  (func (export "shares") (result i32) (i32.const 0))"#;

#[test]
fn text_becomes_a_module() {
    let shop = Shop::new().file("policy.wat", &module(&manifest("shares"), SHARES));
    let transcript = shop.fenrun(&["build", "policy.wat"]);
    let bytes = std::fs::read(shop.path("policy.wasm")).unwrap();
    assert_eq!(
        transcript.to_string(),
        format!(
            "exit 0\n--- stdout\npolicy.wasm\n  policy   ours 1.0.0\n  size     {} bytes\n  digest   {}\n  \
             hooks    shares\n--- stderr\n",
            bytes.len(),
            fenrun::admission::Digest::of(&bytes),
        )
    );
    let report = shop.fenrun(&["check", "policy.wasm", "--format", "json"]);
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(report["admitted"], true);
    assert_eq!(report["module"]["name"], "ours");
    assert_eq!(report["module"]["hooks"], serde_json::json!(["shares"]));
    assert!(report["checks"].as_array().unwrap().iter().all(|check| check["verdict"] == "pass"));
}

#[test]
fn text_that_is_none_is_shown_at_its_place() {
    let transcript =
        Shop::new().file("bad.wat", "(module (func (i32.nonsense)))").fenrun(&["build", "bad.wat"]);
    assert_eq!(transcript.code, 3, "{transcript}");
    assert!(
        transcript.stderr.starts_with("error: `bad.wat` is not WebAssembly text\n  because: "),
        "{transcript}"
    );
    assert!(transcript.stderr.contains("bad.wat:1:16"), "{transcript}");
}

#[test]
fn a_stock_policy_is_built_and_said_to_be_admitted() {
    let policy = crate::support::root().join("policies/three-level");
    let shop = Shop::new();
    let built = shop.fenrun(&["build", policy.to_str().unwrap()]);
    assert_eq!(built.code, 0, "{built}");
    assert!(built.stdout.starts_with("three-level.wasm\n  policy   three-level 1.0.0\n"), "{built}");
    let report = shop.fenrun(&["check", "three-level.wasm"]);
    assert_eq!(report.code, 0, "{report}");
    assert!(report.stdout.starts_with("three-level.wasm: admitted\n"), "{report}");
    for expected in ["\n  may read  order.", "\n  rates  ", "  manifest_hooks      ✓  `shares`"] {
        assert!(report.stdout.contains(expected), "{expected}: {report}");
    }
}

#[test]
fn a_folder_that_is_no_policy_is_said_to_be_none() {
    let shop = Shop::new();
    std::fs::create_dir(shop.path("empty")).unwrap();
    let transcript = shop.fenrun(&["build", "empty"]);
    assert_eq!(transcript.code, 3);
    assert_eq!(
        transcript.stderr,
        "error: `[shop]/empty` has no `Cargo.toml`\n\
         hint: a policy folder is a Rust crate, or has `assembly/index.ts`; write other languages' modules as `.wasm`\n"
    );
}

fn crate_with(source: &str) -> Shop {
    let shop = Shop::new();
    std::fs::create_dir_all(shop.path("ours/src")).unwrap();
    let sdk = crate::support::root().join("sdk/rust");
    shop.file(
        "ours/Cargo.toml",
        &format!(
            "[package]\nname = \"ours\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n\
             [dependencies]\nfenrun-sdk = {{ path = \"{}\" }}\n[workspace]\n",
            sdk.display()
        ),
    )
    .file("ours/src/lib.rs", source)
}

#[test]
fn what_does_not_compile_is_shown_with_the_compilers_words() {
    let shop = crate_with("#![no_std]\nfn wrong() -> u8 { \"text\" }\n");
    let transcript = shop.fenrun(&["build", "ours", "--quiet"]);
    assert_eq!(transcript.code, 3, "{transcript}");
    let first = "error: the policy in `[shop]/ours` does not compile\n";
    assert!(transcript.stderr.starts_with(first), "{transcript}");
    assert!(transcript.stderr.contains("expected `u8`, found `&str`"), "{transcript}");
}

#[test]
fn a_policy_without_a_manifest_is_said_to_have_none() {
    let shop = crate_with("#![no_std]\nconst MANIFEST: &str = include_str!(\"../manifest.json\");\n");
    let transcript = shop.fenrun(&["build", "ours", "--quiet"]);
    assert_eq!(transcript.code, 3, "{transcript}");
    assert!(
        transcript.stderr.starts_with("error: `[shop]/ours` has no `manifest.json`\nhint: "),
        "{transcript}"
    );
}

#[test]
fn without_cargo_it_says_how_to_get_it() {
    let shop = crate_with("");
    let transcript = shop.fenrun_with(&["build", "ours", "--quiet"], "", &[("CARGO", "no-such-cargo")]);
    assert_eq!(transcript.code, 3);
    assert_eq!(
        transcript.stderr,
        "error: cargo cannot be started: no such file or directory\n\
         hint: install Rust with rustup, see https://rustup.rs\n"
    );
}

const POLICY: &str = r#"#![cfg_attr(target_arch = "wasm32", no_std)]
use fenrun_sdk::prelude::*;
#[derive(Clone, Copy, Debug)]
pub struct Nothing;
impl Policy for Nothing {
    fn configure(_: &Config) -> Configured<Self> {
        Ok(Self)
    }
    fn shares(&self, _: &Order) -> Decided<Share> {
        Decided::none()
    }
}
policy!(Nothing, hooks: [shares], manifest: include_str!("../manifest.json"));
"#;

/// A module that is newer than all it is made from is used as it is; cargo is asked only after a change.
#[test]
fn cargo_is_asked_only_where_something_has_changed() {
    let no_cargo = [("CARGO", "no-such-cargo")];
    let shop = crate_with(POLICY).file("ours/manifest.json", &manifest("shares"));
    let target = shop.path("target");
    let own_target = [("CARGO_TARGET_DIR", target.to_str().unwrap())];
    let variables = [own_target[0], no_cargo[0]];
    let build = |variables: &[(&str, &str)]| shop.fenrun_with(&["build", "ours", "--quiet"], "", variables);

    let first = build(&own_target);
    assert_eq!((first.code, first.stderr.as_str()), (0, ""), "{first}");
    let second = build(&variables);
    assert_eq!(second, first, "without cargo, the same module");

    for changed in ["ours/src/lib.rs", "ours/manifest.json", "ours/Cargo.toml"] {
        let text = shop.read(changed);
        std::fs::write(shop.path(changed), &text).unwrap();
        assert_eq!(build(&variables).code, 3, "{changed} is newer than the module");
        assert_eq!(build(&own_target), first);
        assert_eq!(build(&variables), first);
    }
    std::fs::write(shop.path("ours/src/more.rs"), "").unwrap();
    assert_eq!(build(&variables).code, 3, "a new file may be part of it");
}

#[cfg(unix)]
#[test]
fn without_the_target_it_says_how_to_get_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let said = "error[E0463]: can't find crate for `core`\n  = note: the `wasm32-unknown-unknown` target may not be installed";
    let shop =
        crate_with(POLICY).file("cargo.sh", &format!("#!/bin/sh\ncat >&2 <<'END'\n{said}\nEND\nexit 101\n"));
    std::fs::set_permissions(shop.path("cargo.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let cargo = shop.path("cargo.sh");
    let transcript =
        shop.fenrun_with(&["build", "ours", "--quiet"], "", &[("CARGO", cargo.to_str().unwrap())]);
    assert_eq!(transcript.code, 3);
    assert_eq!(
        transcript.stderr,
        "error: the compiler cannot build for `wasm32-unknown-unknown`\n\
         hint: rustup target add wasm32-unknown-unknown\n"
    );
}
