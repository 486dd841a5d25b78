//! A module's manifest: its name, its hooks, and what can be configured.
//!
//! It is JSON in the custom section [`fenrun_abi::MANIFEST_SECTION`], read without running anything:
//!
//! ```json
//! {
//!   "name": "three-level", "version": "1.0.0", "abi": 1, "summary": "…", "hooks": ["shares"],
//!   "configuration": {
//!     "base":  {"type": "base", "default": "paid", "about": "what the rates apply to"},
//!     "rates": {"type": "list", "items": {"type": "rate"}, "min_items": 1, "max_items": 3},
//!     "limit": {"type": "amount", "optional": true},
//!     "tiers": {"type": "list", "max_items": 8, "default": [],
//!               "items": {"type": "table", "fields": {"from": {"type": "amount"}, "rate": {"type": "rate"}}}},
//!     "mode":  {"type": "choice", "choices": ["marginal", "whole"], "default": "marginal"}
//!   }
//! }
//! ```
//!
//! | type | is written | the module reads |
//! | --- | --- | --- |
//! | `rate` | `"20%"`, `"7‰"`, `0.2`, `"1/3"`; within `minimum` and `maximum`, without them 0 % to 100 % | a ratio |
//! | `amount` | `"49.90"`, `49.9`; within `minimum` (without one: zero) and `maximum` | minor units |
//! | `integer` | `3`; within `minimum` and `maximum` | the number |
//! | `boolean` | `true`, `false` | 1 or 0 |
//! | `text` | `"…"`; at most `max_bytes` (without it: 128) | a symbol |
//! | `choice` | one of `choices` | its place, from 0 |
//! | `base` | `"paid"`, `"list"` …: a name of [`fenrun_abi::code::Base`] | its code |
//! | `role` | a well-known role, or one the program declares | a symbol |
//! | `duration` | `"7 days"`, `"24 hours"`, `"30 minutes"`; within `minimum` and `maximum` | seconds |
//! | `list` | `[…]`; of `items`, from `min_items` (0) to `max_items` (64) | its length; items at `rates.0` |
//! | `table` | `{…}`; its `fields` | each field at `tiers.0.from` |
//!
//! Every field may say what it is `about`, and have a `default` or be `optional`; else it must be given. An optional
//! value that is absent has no path.
//!
//! `monotone` is a list of promises, each about two orders that differ in one number and in nothing else:
//!
//! | word | in words | what may not happen |
//! | --- | --- | --- |
//! | `paid` | more paid never pays anyone less | one line's price is higher, and a party's shares or somebody's granted units are fewer |
//! | `discount` | more taken off never pays anyone more | less was paid for one line at the same price, and a party's shares or somebody's granted units are more |
//! | `price` | a dearer line never has less taken off | one line's price is higher, and the policy's discounts come to less, where no line has a floor |
//!
//! It is for `shares` and `grants` (`paid`, `discount`) and for `discounts` (`price`), under every configuration that the
//! policy takes, to the minor unit. Nothing is decided by it: `fenrun check --properties` looks for orders that break it.
//!
//! Invariant: pure, no I/O; a manifest in hand has been checked, defaults included.

mod configure;
mod duration;
mod error;
mod field;
mod input;
pub mod limit;
mod monotone;
mod parse;
mod path;
mod schema;
pub(crate) mod word;

use fenrun_abi::code::Hook;
use fenrun_abi::host::Configuration;

pub use self::configure::{ConfigureContext, VALUES_MAX};
pub(crate) use self::error::Place;
pub use self::error::{ConfigurationError, ConfigurationErrorKind, ManifestError};
pub use self::field::{Field, FieldType};
pub use self::input::{ConfigurationInput, InputError, InputValue};
pub use self::monotone::Monotone;
pub use self::schema::schema;

/// A checked manifest. Made by [`Manifest::parse`] only.
///
/// ```
/// use fenrun::manifest::{ConfigurationInput, ConfigureContext, Manifest};
/// use fenrun_abi::host::Value;
/// use fenrun_money::{Currency, Rate};
///
/// let manifest = Manifest::parse(br#"{
///     "name": "three-level", "version": "1.0.0", "abi": 1, "hooks": ["shares"],
///     "configuration": {"rates": {"type": "list", "items": {"type": "rate"}, "default": ["20%", "5%", "3%"]}}
/// }"#)?;
///
/// let context = ConfigureContext { currency: Currency::CNY, roles: &[] };
/// let (configuration, canonical) = manifest.configure(&ConfigurationInput::empty(), &context)?;
/// assert_eq!(configuration.get("rates"), Some(&Value::List(3)));
/// assert_eq!(configuration.get("rates.0"), Some(&Value::Rate(Rate::percent(20))));
/// assert_eq!(canonical.to_string(), r#"{"rates":["20%","5%","3%"]}"#);
///
/// let input = ConfigurationInput::from_json(r#"{"rates": ["130%"]}"#)?;
/// let error = manifest.configure(&input, &context).unwrap_err();
/// assert_eq!(error.to_string(), "`rates.0`: found `130%`, at most `100%` is allowed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    name: String,
    version: String,
    summary: String,
    hooks: Vec<Hook>,
    monotone: Vec<Monotone>,
    fields: Vec<Field>,
}

impl Manifest {
    /// Reads the bytes of the manifest section.
    ///
    /// # Errors
    ///
    /// A [`ManifestError`] with the path of what is wrong: not JSON, an unknown or missing key, a bound or a default
    /// that does not fit, more than [`limit`] allows.
    pub fn parse(json: &[u8]) -> Result<Self, ManifestError> {
        parse::manifest(json)
    }

    /// The policy's name, such as `three-level`: lower-case words joined by `-`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The policy's version, such as `1.0.0`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What the policy does, in a sentence; empty where its author wrote none.
    #[must_use]
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// The hooks that decide, in the order of their codes; at least one, and never `configure`.
    #[must_use]
    pub fn hooks(&self) -> &[Hook] {
        &self.hooks
    }

    /// What the policy promises to grow with, each promise once; empty where its author promises nothing.
    #[must_use]
    pub fn monotone(&self) -> &[Monotone] {
        &self.monotone
    }

    /// What can be configured, in the order of the manifest.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Checks a configuration, fills in what has a default, and returns it twice: by path, as the module reads it,
    /// and in its canonical form for digest and trace (keys sorted, rates and amounts as text, no float).
    ///
    /// # Errors
    ///
    /// A [`ConfigurationError`] with the path of the first mistake: a missing or unknown key, a value of the wrong
    /// type, not exact, or out of bounds, an unknown role, more than [`VALUES_MAX`] values.
    pub fn configure(
        &self,
        input: &ConfigurationInput,
        context: &ConfigureContext<'_>,
    ) -> Result<(Configuration, serde_json::Value), ConfigurationError> {
        configure::configure(&self.fields, input, context)
    }
}

/// The hooks that decide: all but `configure`.
pub(crate) fn deciding_hooks() -> impl Iterator<Item = Hook> + Clone {
    Hook::ALL.iter().copied().filter(|hook| *hook != Hook::Configure)
}
