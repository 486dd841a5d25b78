//! The bounds that SECURITY.md names are the bounds in code, each of them, with their values.

use std::collections::BTreeMap;

use fenrun::admission::AdmissionLimits;
use fenrun::conduct::FAILURES_IN_A_ROW_MAX;
use fenrun::event::EventLimits;
use fenrun::fair::{FairLimits, TURN_FUEL};
use fenrun::sandbox::ExecutionLimits;

type Bounds = BTreeMap<String, u64>;

/// The rows of the table under a heading that holds `title`.
fn told(title: &str) -> Bounds {
    let page = include_str!("../../../SECURITY.md");
    let section = page.split("\n### ").find(|section| section.lines().next().unwrap().contains(title));
    let section = section.unwrap_or_else(|| panic!("SECURITY.md has a table for {title}"));
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert!(cells[3].len() > 10, "`{}` says what it stops", cells[1]);
        (cells[1].trim_matches('`').to_owned(), cells[2].parse().unwrap())
    })
    .collect()
}

/// Every field of a value with numbers only, by its name.
fn fields(value: &impl std::fmt::Debug) -> Bounds {
    let text = format!("{value:?}");
    let inner = text.split_once('{').unwrap().1.trim_end_matches('}');
    let pairs = inner.split(',').map(|pair| pair.split_once(':').unwrap());
    pairs.map(|(name, number)| (name.trim().to_owned(), number.trim().parse().unwrap())).collect()
}

/// Every constant of a file of bounds; the numbers are plain, or products and shifts of plain numbers.
fn constants(text: &str) -> Bounds {
    let lines = text.lines().filter_map(|line| line.strip_prefix("pub const ")?.strip_suffix(';'));
    let rows = lines.map(|line| {
        let (name, value) = line.split_once(" = ").unwrap();
        let plain = |text: &str| text.trim().replace('_', "").parse::<u64>().unwrap();
        let value = match value.split_once("<<") {
            Some((base, by)) => plain(base) << plain(by),
            None => value.split('*').map(plain).product(),
        };
        (name.split(':').next().unwrap().to_owned(), value)
    });
    rows.collect()
}

#[test]
fn the_bounds_are_those_in_code() {
    assert_eq!(told("AdmissionLimits"), fields(&AdmissionLimits::default()));
    assert_eq!(told("ExecutionLimits"), fields(&ExecutionLimits::default()));
    let contract = constants(include_str!("../../../sdk/abi/src/limit.rs"));
    assert_eq!(contract["TERM_LINES_MAX"], fenrun_abi::limit::TERM_LINES_MAX as u64);
    assert_eq!(told("fenrun_abi::limit"), contract);
    let event = constants(include_str!("../../../engine/core/src/event/limits.rs"));
    assert_eq!(told("event::limits"), event);
    let defaults: Bounds = fields(&EventLimits::default());
    let defaults = defaults.into_iter().map(|(name, value)| (name.to_uppercase(), value)).collect::<Bounds>();
    assert_eq!(event, defaults);
    let beside: Bounds = fields(&FairLimits::default())
        .into_iter()
        .chain([
            ("FAILURES_IN_A_ROW_MAX".to_owned(), u64::from(FAILURES_IN_A_ROW_MAX)),
            ("TURN_FUEL".to_owned(), TURN_FUEL),
        ])
        .collect();
    assert_eq!(told("Beside a call"), beside);
}
