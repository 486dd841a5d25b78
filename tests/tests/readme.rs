//! What the README shows is what the project holds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first broken expectation")]

use std::{fs, path::PathBuf};

fn read(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The blocks of the README in this language.
fn blocks(language: &str) -> Vec<String> {
    let readme = read("README.md");
    let fence = format!("```{language}\n");
    readme.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned()).collect()
}

#[test]
fn the_policy_is_the_stock_policy() {
    let [policy] = &blocks("rust")[..] else { panic!("one policy in the README") };
    assert!(read("policies/three-level/src/lib.rs").contains(policy.as_str()));
}

#[test]
fn the_program_is_the_demo() {
    let [program] = &blocks("toml")[..] else { panic!("one program in the README") };
    assert!(read("policies/demo/program.toml").contains(program.as_str()));
}

#[test]
fn the_two_commands_are_what_ci_and_the_demo_use() {
    let commands = blocks("sh");
    assert_eq!(commands.len(), 2);
    for path in commands.first().unwrap().split_whitespace().filter(|word| word.starts_with("policies/")) {
        read(path);
    }
    let test = commands.last().unwrap();
    assert!(read(".ci/run").lines().any(|line| line == test), "`.ci/run` calls `{test}`");
}

#[test]
fn every_link_leads_to_a_file() {
    for document in ["README.md", "ARCHITECTURE.md", "SECURITY.md", "policies/README.md"] {
        let folder = PathBuf::from(document).parent().unwrap().to_owned();
        for link in read(document).split("](").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned())
        {
            if link.starts_with("http") || link.starts_with('#') {
                continue;
            }
            let file = link.split('#').next().unwrap();
            let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(&folder).join(file);
            assert!(path.exists(), "{document} links to `{link}`");
        }
    }
}
