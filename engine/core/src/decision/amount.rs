//! An amount as it stands in printed decisions: decimal text in the currency.
//!
//! Invariant: exactly the minor units; a string in JSON, never a number.

use std::borrow::Cow;
use std::fmt;

use fenrun_money::Currency;
use fenrun_money::decimal::{Decimal, format_minor};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

/// Decimal text that is made where it is written: a decision has dozens of amounts, and none needs a string of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount(Decimal);

impl Amount {
    pub(crate) const fn of(minor: i64, currency: Currency) -> Self {
        Self(format_minor(minor, currency.exponent()))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }

    fn inline_schema() -> bool {
        true
    }
}
