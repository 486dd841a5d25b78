//! The JSON schema of a manifest, for editors and for authors in other languages.
//!
//! Invariant: describes what the parser reads; a test compares the keys of both.

#![expect(dead_code, reason = "these types are only described, the parser reads the JSON itself")]

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, schema_for};

/// The JSON schema of the manifest section.
///
/// ```
/// let schema = fenrun::manifest::schema();
/// assert_eq!(schema.get("title").unwrap(), "manifest");
/// ```
#[must_use]
pub fn schema() -> Schema {
    schema_for!(Manifest)
}

/// The manifest of a policy module, in its custom section `fenrun_manifest`.
#[derive(JsonSchema)]
#[schemars(rename = "manifest", deny_unknown_fields)]
struct Manifest {
    /// The policy's name: lower-case words joined by `-`.
    #[schemars(regex(pattern = r"^[a-z0-9]+(-[a-z0-9]+)*$"), length(max = 64))]
    name: String,
    /// The policy's version.
    #[schemars(regex(pattern = r"^[0-9]+\.[0-9]+\.[0-9]+([-+][A-Za-z0-9.+-]*)?$"), length(max = 32))]
    version: String,
    /// The version of the contract.
    #[schemars(range(min = 1, max = 1))]
    abi: u32,
    /// What the policy does, in a sentence.
    #[schemars(length(max = 300))]
    summary: Option<String>,
    /// The exported hooks that decide; `configure` is not listed.
    #[schemars(length(min = 1))]
    hooks: Vec<Hook>,
    /// What the policy promises to grow with; `fenrun check --properties` looks for orders that break it.
    monotone: Option<Vec<Monotone>>,
    /// What can be configured, by name.
    configuration: Option<BTreeMap<String, Field>>,
}

/// A hook that decides.
#[derive(JsonSchema)]
#[schemars(rename = "hook", rename_all = "snake_case")]
enum Hook {
    /// Decides discounts while pricing.
    Discounts,
    /// Decides shares when the order is paid.
    Shares,
    /// Decides points, stars, coupons and tiers when an order is paid or something else happens; no money.
    Grants,
    /// Decides bonuses and tiers when a period closes, once for each party.
    Period,
}

/// A promise about two orders that differ in one number.
#[derive(JsonSchema)]
#[schemars(rename = "monotone", rename_all = "snake_case")]
enum Monotone {
    /// More paid never pays anyone less.
    Paid,
    /// More taken off never pays anyone more.
    Discount,
    /// A dearer line never has less taken off.
    Price,
}

/// A field of a configuration. It must be given unless it has a default or is optional.
#[derive(JsonSchema)]
#[schemars(rename = "field")]
struct Field {
    /// What it is for.
    #[schemars(length(max = 500))]
    about: Option<String>,
    /// The value it has where it is left out.
    default: Option<serde_json::Value>,
    /// Whether it may be left out and then has no value.
    optional: Option<bool>,
    #[schemars(flatten)]
    kind: Type,
}

/// What each item of a list is.
#[derive(JsonSchema)]
#[schemars(rename = "item")]
struct Item {
    /// What it is for.
    #[schemars(length(max = 500))]
    about: Option<String>,
    #[schemars(flatten)]
    kind: Type,
}

/// A decimal number, exactly as written: text, or a number literal.
#[derive(JsonSchema)]
#[schemars(rename = "literal", untagged)]
enum Literal {
    Text(String),
    Number(serde_json::Number),
}

/// What a field may hold.
#[derive(JsonSchema)]
#[schemars(rename = "type", tag = "type", rename_all = "snake_case")]
enum Type {
    /// An exact rate such as `20%`; without bounds from 0 % to 100 %.
    Rate { minimum: Option<Literal>, maximum: Option<Literal> },
    /// Money in units of the program's currency, such as `49.90`; without a minimum from zero.
    Amount { minimum: Option<Literal>, maximum: Option<Literal> },
    /// A whole number.
    Integer { minimum: Option<i64>, maximum: Option<i64> },
    /// `true` or `false`.
    Boolean {},
    /// A text of at most so many bytes.
    Text {
        #[schemars(range(min = 1, max = 128))]
        max_bytes: Option<u32>,
    },
    /// One of a list of words.
    Choice {
        #[schemars(length(min = 1, max = 64))]
        choices: Vec<String>,
    },
    /// A kind of base by its name.
    Base {},
    /// A role of a party.
    Role {},
    /// A span of time such as `7 days`.
    Duration { minimum: Option<String>, maximum: Option<String> },
    /// Values of one type, in order.
    List {
        items: Box<Item>,
        #[schemars(range(max = 1024))]
        min_items: Option<u32>,
        #[schemars(range(max = 1024))]
        max_items: Option<u32>,
    },
    /// Named values.
    Table { fields: BTreeMap<String, Field> },
}
