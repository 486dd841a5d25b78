//! A configuration for a test, by path.
//!
//! Invariant: values are exact; what cannot be read stops the test with the value in the message.

use std::sync::Arc;

use fenrun_abi::host::{Configuration as Values, Value};
use fenrun_money::Rate;

use crate::BaseKind;

/// A configuration for a test.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    values: Values,
}

/// A configuration without values.
#[must_use]
pub fn configuration() -> Configuration {
    Configuration::default()
}

impl Configuration {
    fn with(mut self, path: &str, value: Value) -> Self {
        self.values.set(path, value);
        self
    }

    /// Sets a rate, as `20%` or `1/3`.
    ///
    /// # Panics
    ///
    /// Where the text is not a rate.
    #[must_use]
    #[expect(clippy::panic, reason = "a test with a wrong rate stops")]
    pub fn rate(self, path: &str, text: &str) -> Self {
        match Rate::parse(text) {
            Ok(rate) => self.with(path, Value::Rate(rate)),
            Err(error) => panic!("`{text}` is not a rate: {error}"),
        }
    }

    /// Sets a list of rates.
    #[must_use]
    pub fn rates(self, path: &str, texts: &[&str]) -> Self {
        let list = self.length(path, texts.len());
        texts.iter().enumerate().fold(list, |all, (place, text)| all.rate(&format!("{path}.{place}"), text))
    }

    /// Sets how many items a list has; their paths are `list.0`, `list.1` ….
    #[must_use]
    pub fn length(self, path: &str, items: usize) -> Self {
        self.with(path, Value::List(items))
    }

    /// Sets a number: an integer, an amount in minor units, seconds, or a choice's place.
    #[must_use]
    pub fn number(self, path: &str, number: i64) -> Self {
        self.with(path, Value::Integer(number))
    }

    /// Sets a flag.
    #[must_use]
    pub fn flag(self, path: &str, flag: bool) -> Self {
        self.number(path, i64::from(flag))
    }

    /// Sets a kind of base.
    #[must_use]
    pub fn base(self, path: &str, base: BaseKind) -> Self {
        self.number(path, i64::from(base.id()))
    }

    /// Sets a text or a role.
    #[must_use]
    pub fn text(self, path: &str, text: &str) -> Self {
        self.with(path, Value::Text(text.to_owned()))
    }

    pub(super) fn values(&self) -> Arc<Values> {
        Arc::new(self.values.clone())
    }
}
