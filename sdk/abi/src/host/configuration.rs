//! A configuration as the host parsed it: exact values by path.
//!
//! Invariant: values are already checked against the manifest's schema; a module reads them, it never parses.

use alloc::{collections::BTreeMap, string::String};

use fenrun_money::Rate;

/// A configured value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// A whole number: a count, an amount in minor units, seconds, a choice's place, a base's code, 0 or 1.
    Integer(i64),
    /// An exact rate.
    Rate(Rate),
    /// A string; the module reads it as a symbol.
    Text(String),
    /// A list; its items have the paths `list.0`, `list.1` ….
    List(usize),
}

/// The values of one configuration, by path (`rates.0`, `tiers.2.from`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    values: BTreeMap<String, Value>,
}

impl Configuration {
    /// A configuration without values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a value, and returns the configuration.
    #[must_use]
    pub fn with(mut self, path: &str, value: Value) -> Self {
        self.set(path, value);
        self
    }

    /// Sets a value.
    pub fn set(&mut self, path: &str, value: Value) {
        self.values.insert(path.into(), value);
    }

    /// The value at a path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Value> {
        self.values.get(path)
    }

    /// Every path with its value, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(path, value)| (path.as_str(), value))
    }
}
