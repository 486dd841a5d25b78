//! The list of what `scripts/mutations` switches off: complete, and each place still there exactly once.
//!
//! Invariant: nothing is built or changed here; that a test fails for each is shown by the script.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test stops at the first broken expectation"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn mutations() -> Vec<toml::Table> {
    let mut all = Vec::new();
    for file in fs::read_dir(root().join("tests/mutations")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let table: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
            let found = table["mutation"].as_array().unwrap();
            all.extend(found.iter().map(|each| each.as_table().unwrap().clone()));
        }
    }
    all
}

#[test]
fn every_place_is_there_exactly_once_and_every_name_is_one() {
    let mut names = BTreeSet::new();
    for mutation in mutations() {
        let text = |key: &str| mutation.get(key).and_then(toml::Value::as_str);
        let (name, file, find) = (text("name").unwrap(), text("file").unwrap(), text("find").unwrap());
        assert!(names.insert(name.to_owned()), "`{name}` is there twice");
        let source = fs::read_to_string(root().join(file)).unwrap();
        let around = text("in").unwrap_or(find);
        assert_eq!(
            source.matches(around).count(),
            1,
            "`{name}`: `{around}` in {file}; hint: mend tests/mutations"
        );
        assert_eq!(around.matches(find).count(), 1, "`{name}`: `{find}` in `{around}`");
        assert!(text("instead").is_some() || text("wrap").is_some(), "`{name}` puts nothing there");
        assert!(!mutation["tests"].as_array().unwrap().is_empty(), "`{name}` names no test");
    }
}

/// Every name that is given to a violation anywhere in the engine.
fn rules() -> BTreeSet<String> {
    let mut rules = BTreeSet::new();
    let mut folders = vec![root().join("engine/core/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = fs::read_to_string(&path).unwrap();
            for opening in ["violation(", "Violation::new("] {
                for (_, after) in
                    source.match_indices(opening).map(|(at, _)| source.split_at(at + opening.len()))
                {
                    if let Some(quoted) = after.trim_start().strip_prefix('"') {
                        rules.insert(quoted.split('"').next().unwrap().to_owned());
                    }
                }
            }
        }
    }
    rules
}

#[test]
fn every_rule_and_every_invariant_is_switched_off_once() {
    let covered: BTreeSet<String> = mutations()
        .iter()
        .flat_map(|mutation| mutation["of"].as_array().unwrap().clone())
        .map(|of| of.as_str().unwrap().to_owned())
        .collect();
    let rules = rules();
    assert!(rules.contains("max_paid_uplines") && rules.len() > 35, "the rules are found: {rules:?}");
    let capped = [
        "promoters_cap",
        "trade_partners_cap",
        "platform_cap",
        "total_cap",
        "pay_from_fees",
        "pay_from_shipping",
    ];
    let wanted =
        rules.into_iter().chain(capped.map(str::to_owned)).chain((1..=20).map(|number| format!("I{number}")));
    let missing: Vec<String> = wanted.filter(|name| !covered.contains(name)).collect();
    assert!(missing.is_empty(), "no mutation switches off {missing:?}; hint: add one to tests/mutations");
}
