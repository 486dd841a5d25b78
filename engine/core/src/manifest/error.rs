//! What can be wrong with a manifest, and with a configuration written for it.
//!
//! Invariant: a path and one sentence; nothing of the input is shown unescaped.

use std::fmt;
use std::ops::Range;

use super::path::Path;

/// Why bytes are not a manifest.
///
/// ```
/// use fenrun::manifest::Manifest;
///
/// let json = br#"{"name": "tiers", "version": "1.0.0", "abi": 1, "hooks": ["share"]}"#;
/// let error = Manifest::parse(json).unwrap_err();
/// assert_eq!(error.path(), "hooks.0");
/// assert_eq!(
///     error.to_string(),
///     "`hooks.0`: found `share`, expected one of `discounts`, `shares`, `grants`, `period`; hint: did you mean `shares`?"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}{}", Place(.path), Hint(.hint.as_deref()))]
pub struct ManifestError {
    path: String,
    message: String,
    hint: Option<String>,
}

impl ManifestError {
    pub(super) fn at(path: Path<'_>, message: impl Into<String>) -> Self {
        Self { path: path.to_string(), message: message.into(), hint: None }
    }

    pub(super) fn from_parts(path: String, message: String, hint: Option<String>) -> Self {
        Self { path, message, hint }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// Where in the manifest, such as `configuration.rates.default.1`; empty where the whole is meant.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong, without path and remedy.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// How to mend it, where that is known.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

/// Why a configuration does not fit the manifest it was written for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}{}", Place(.path), Hint(.hint.as_deref()))]
pub struct ConfigurationError {
    path: String,
    span: Option<Range<usize>>,
    kind: ConfigurationErrorKind,
    message: String,
    hint: Option<String>,
}

/// What kind of mistake a [`ConfigurationError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigurationErrorKind {
    /// A key that the manifest does not have.
    UnknownKey,
    /// A key that was given twice.
    Repeated,
    /// A value that is needed and was not given.
    Missing,
    /// A list where a rate is expected, a text where a number is expected …
    WrongType,
    /// A text that is not a rate, an amount, a duration, or one of the permitted words.
    Malformed,
    /// A value below its minimum or above its maximum, or a list too short or too long.
    OutOfBounds,
    /// More values in all than a configuration may hold.
    TooMany,
}

impl ConfigurationError {
    pub(super) fn at(path: Path<'_>, kind: ConfigurationErrorKind, message: impl Into<String>) -> Self {
        Self { path: path.to_string(), span: None, kind, message: message.into(), hint: None }
    }

    pub(super) fn span(mut self, span: Option<&Range<usize>>) -> Self {
        self.span = span.cloned();
        self
    }

    pub(super) fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// Where in the configuration, such as `tiers.0.from`; empty where the whole is meant.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same mistake below another path, such as that of the policy in the program file.
    #[must_use]
    pub fn below(mut self, parent: &str) -> Self {
        self.path = if self.path.is_empty() { parent.into() } else { format!("{parent}.{}", self.path) };
        self
    }

    /// The bytes of the file that are wrong, where the input knew its place. For a missing value, its table.
    #[must_use]
    pub fn place(&self) -> Option<Range<usize>> {
        self.span.clone()
    }

    /// What kind of mistake it is.
    #[must_use]
    pub fn kind(&self) -> ConfigurationErrorKind {
        self.kind
    }

    /// What is wrong, without path and remedy.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// How to mend it, where that is known.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

/// A reason of `fenrun_money` and the remedy it may carry.
pub(super) fn split_hint(reason: &str) -> (&str, Option<&str>) {
    reason.split_once(", hint: ").map_or((reason, None), |(reason, hint)| (reason, Some(hint)))
}

/// A default that does not fit its own field is the manifest's mistake.
impl From<ConfigurationError> for ManifestError {
    fn from(error: ConfigurationError) -> Self {
        Self { path: error.path, message: error.message, hint: error.hint }
    }
}

/// A path, already escaped, in front of a message.
pub(crate) struct Place<'a>(pub(crate) &'a str);

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(out, "`{}`: ", self.0) }
    }
}

/// A remedy behind a message.
pub(super) struct Hint<'a>(pub(super) Option<&'a str>);

impl fmt::Display for Hint<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |hint| write!(out, "; hint: {hint}"))
    }
}
