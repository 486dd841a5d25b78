//! Policies in AssemblyScript: built, tested with the case files of the Rust ones, and begun anew.
//!
//! What needs the compiler runs where `npm ci` was run in `sdk/assemblyscript/policies`, and must where
//! `FENRUN_REQUIRE_NODE` is set.

use std::path::PathBuf;

use crate::support::{Shop, root};

const POLICIES: [&str; 7] = [
    "alliance-coupon",
    "guide-lifetime",
    "membership-stars",
    "nth-order-discount",
    "second-half-price",
    "three-level",
    "volume-tiers",
];

fn written(name: &str) -> PathBuf {
    root().join("sdk/assemblyscript/policies").join(name)
}

pub(crate) fn compiler_is_there() -> bool {
    let there = written("node_modules/assemblyscript/bin/asc.js").is_file();
    let required = std::env::var_os("FENRUN_REQUIRE_NODE").is_some();
    let hint = "hint: npm ci --prefix sdk/assemblyscript/policies";
    assert!(there || !required, "FENRUN_REQUIRE_NODE is set; {hint}");
    if !there {
        eprintln!("left out: the AssemblyScript compiler is not there; {hint}");
    }
    there
}

#[test]
fn both_languages_have_one_manifest() {
    for name in POLICIES {
        let read = |folder: PathBuf| std::fs::read_to_string(folder.join("manifest.json")).unwrap();
        assert_eq!(read(written(name)), read(root().join("policies").join(name)), "{name}");
    }
}

#[test]
fn the_same_cases_pass() {
    if !compiler_is_there() {
        return;
    }
    let shop = Shop::new();
    for name in POLICIES {
        let cases = shop.path(&format!("policies/{name}/cases"));
        std::fs::create_dir_all(&cases).unwrap();
        let out = format!("policies/{name}/policy.wasm");
        let built = shop.fenrun(&["build", written(name).to_str().unwrap(), "--out", &out]);
        assert_eq!(built.code, 0, "{built}");
        for file in std::fs::read_dir(root().join("policies").join(name).join("cases")).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), cases.join(file.file_name())).unwrap();
        }
    }
    let tested = shop.fenrun(&["test", "policies", "--quiet"]);
    assert_eq!(tested.code, 0, "{tested}");
}

#[test]
fn a_new_policy_passes_its_cases() {
    let shop = Shop::new();
    let sdk = root().join("sdk/assemblyscript");
    let variables = [("FENRUN_SDK", sdk.to_str().unwrap())];
    let made = shop.fenrun_with(&["new", "tea-club", "--lang", "assemblyscript"], "", &variables);
    assert_eq!(
        made.to_string(),
        "exit 0\n--- stdout\ntea-club\n  .gitignore\n  README.md\n  assembly/index.ts\n  cases.schema.json\n  \
         cases/figures.json\n  manifest.json\n  package.json\n  tsconfig.json\n\nnpm install --prefix tea-club\n\
         fenrun test tea-club\n--- stderr\n"
    );
    // Before npm has brought the compiler, that is what is said.
    let before = shop.fenrun(&["build", "tea-club"]);
    assert_eq!(
        before.to_string(),
        "exit 3\n--- stdout\n--- stderr\nerror: the AssemblyScript compiler is not there for `[shop]/tea-club`: no \
         `node_modules/assemblyscript` was found in it or above\n\
         hint: run `npm install` where its `package.json` is; it needs Node.js, see https://nodejs.org\n"
    );
    if !compiler_is_there() {
        return;
    }
    // What `npm install` makes, from the packages that are here already.
    packages_for(&shop, "tea-club");
    let tested = shop.fenrun(&["test", "tea-club"]);
    assert_eq!(tested.code, 0, "{tested}");
    assert_eq!(tested.stdout.lines().last(), Some("2 passed"), "{tested}");

    // A mistake in the source is told as the compiler tells it, and nothing is built.
    let source = shop.read("tea-club/assembly/index.ts");
    std::fs::write(shop.path("tea-club/assembly/index.ts"), source.replace("return done();", "return;"))
        .unwrap();
    let wrong = shop.fenrun(&["build", "tea-club"]);
    assert_eq!(wrong.code, 3, "{wrong}");
    assert!(wrong.stderr.starts_with("error: the policy in `[shop]/tea-club` does not compile\n"), "{wrong}");
    assert!(wrong.stderr.contains("assembly/index.ts("), "{wrong}");

    let nowhere = shop.fenrun_with(&["build", "tea-club"], "", &[("PATH", "")]);
    assert_eq!(nowhere.code, 3, "{nowhere}");
    assert!(nowhere.stderr.contains("`node` cannot be started: "), "{nowhere}");
    assert!(nowhere.stderr.contains("\nhint: policies in AssemblyScript need Node.js, "), "{nowhere}");
}

/// Gives a policy's folder the packages that are here already.
pub(crate) fn packages_for(shop: &Shop, folder: &str) {
    link(&written("node_modules"), &shop.path(folder).join("node_modules"));
}

#[cfg(unix)]
fn link(from: &std::path::Path, to: &std::path::Path) {
    std::os::unix::fs::symlink(from, to).unwrap();
}

#[cfg(not(unix))]
fn link(_from: &std::path::Path, _to: &std::path::Path) {}
