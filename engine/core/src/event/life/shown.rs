//! How the getters of an event show its values, and how a value stands in a fact key.
//!
//! Invariant: looking at a value never changes or copies what is large.

use std::collections::BTreeMap;

use fenrun_money::{Currency, Rate};
use jiff::{Timestamp, civil::Date};

/// A value as its getter shows it.
pub(in crate::event) trait Shown {
    type As<'a>
    where
        Self: 'a;

    fn shown(&self) -> Self::As<'_>;

    /// The value as a part of a fact key; only ids, times and days identify facts.
    fn key_part(&self) -> String {
        String::new()
    }
}

impl Shown for String {
    type As<'a> = &'a str;

    fn shown(&self) -> &str {
        self
    }

    fn key_part(&self) -> String {
        self.clone()
    }
}

impl Shown for Option<String> {
    type As<'a> = Option<&'a str>;

    fn shown(&self) -> Option<&str> {
        self.as_deref()
    }
}

impl<T: 'static> Shown for Vec<T> {
    type As<'a> = &'a [T];

    fn shown(&self) -> &[T] {
        self
    }
}

impl<T: 'static> Shown for Option<Vec<T>> {
    type As<'a> = Option<&'a [T]>;

    fn shown(&self) -> Option<&[T]> {
        self.as_deref()
    }
}

impl Shown for BTreeMap<String, String> {
    type As<'a> = &'a BTreeMap<String, String>;

    fn shown(&self) -> &BTreeMap<String, String> {
        self
    }
}

macro_rules! copied {
    ($($type:ty),* $(,)?) => {
        $(
            impl Shown for $type {
                type As<'a> = $type;

                fn shown(&self) -> $type {
                    *self
                }
            }
        )*
    };
}

copied!(
    i64,
    Option<i64>,
    u32,
    Option<u32>,
    bool,
    Option<bool>,
    Currency,
    Option<Date>,
    Option<Rate>,
    Option<Timestamp>
);

macro_rules! in_keys {
    ($($type:ty),* $(,)?) => {
        $(
            impl Shown for $type {
                type As<'a> = $type;

                fn shown(&self) -> $type {
                    *self
                }

                fn key_part(&self) -> String {
                    self.to_string()
                }
            }
        )*
    };
}

in_keys!(Date, Timestamp);
