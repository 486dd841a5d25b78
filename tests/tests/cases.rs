//! The list of worked cases in `tests/cases.toml`: complete, and every test that it names is there and cites the case.
//!
//! Invariant: nothing is decided here; an id without a test has a sentence that says why.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;

/// The list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    case: BTreeMap<String, Vec<String>>,
    without: BTreeMap<String, String>,
}

/// The rows that the books play.
const ROWS: &str = "tests/cases/ledger.toml";

/// Bugs of other systems, by number.
const BUGS: [u8; 32] = [
    1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20, 22, 23, 25, 26, 28, 29, 31, 32, 34, 35, 37, 38, 40, 41,
    43, 44, 46, 47,
];

/// The bugs behind those.
const LAST_BUGS: [u8; 3] = [49, 50, 52];

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn list() -> List {
    toml::from_str(&read("tests/cases.toml")).unwrap()
}

/// Every id that was published: odd numbers of three tables, and the bugs.
fn every_id() -> BTreeSet<String> {
    let odd = |table: char, last: u8| {
        (1..=last).step_by(2).map(move |number| format!("{table}{number:02}")).collect::<Vec<_>>()
    };
    let bugs = BUGS.into_iter().chain(LAST_BUGS).map(|number| format!("B{number:02}"));
    odd('A', 29).into_iter().chain(odd('C', 49)).chain(odd('D', 45)).chain(bugs).collect()
}

#[test]
fn every_id_is_there_once() {
    let list = list();
    let both: Vec<_> = list.case.keys().filter(|id| list.without.contains_key(*id)).collect();
    assert!(both.is_empty(), "{both:?} have a test and a reason for none");
    let found: BTreeSet<String> = list.case.into_keys().chain(list.without.into_keys()).collect();
    assert_eq!(found, every_id());
}

#[test]
fn every_named_test_is_there_and_cites_its_case() {
    for (id, tests) in list().case {
        assert!(!tests.is_empty(), "{id} names no test");
        for test in tests {
            let Some((path, name)) = test.split_once("::") else {
                assert_eq!(test, ROWS, "{id}");
                assert!(rows().contains(&id), "{id} is no row of {ROWS}");
                continue;
            };
            let text = read(path);
            let opening = format!("#[test]\nfn {name}() {{");
            assert_eq!(text.matches(&opening).count(), 1, "{id}: {test} is no test");
            let cites = text.to_uppercase().match_indices(&id).any(|(at, _)| {
                // Not a part of a longer word, such as an order `A11` in a script.
                let after = text.get(at + id.len()..).and_then(|rest| rest.chars().next());
                !after.is_some_and(|next| next.is_ascii_digit())
            });
            assert!(cites, "{path} does not cite {id}");
        }
    }
}

#[test]
fn every_row_is_in_the_list() {
    let list = list();
    for id in rows() {
        let tests = list.case.get(&id).unwrap_or_else(|| panic!("{id} of {ROWS} is not in the list"));
        assert!(tests.iter().any(|test| test == ROWS), "{id} of {ROWS} is not named in the list");
    }
}

/// The ids of the rows; one stands in one row.
fn rows() -> BTreeSet<String> {
    let table: toml::Table = read(ROWS).parse().unwrap();
    let mut ids = BTreeSet::new();
    for case in table["case"].as_array().unwrap() {
        for id in case["ids"].as_array().unwrap() {
            let id = id.as_str().unwrap().to_owned();
            assert!(ids.insert(id.clone()), "{id} is in two rows");
        }
    }
    ids
}
