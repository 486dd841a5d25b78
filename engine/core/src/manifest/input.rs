//! A configuration as it was written, before anything is known about it: texts, numbers, lists and tables.
//!
//! Invariant: no float. A number that is not whole is kept as the text it was written as.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::error::{Hint, Place};
use super::path::Path;
use crate::admission::printable::printable;

/// Levels of lists and tables in JSON. Stops ten thousand brackets from exhausting the stack.
const JSON_DEPTH_MAX: usize = 32;

/// A value of a configuration as someone wrote it, with its place in the file where there is one.
///
/// TOML and JSON both become this, and [`Manifest::configure`](super::Manifest::configure) reads nothing else.
///
/// ```
/// use fenrun::manifest::{ConfigurationInput, InputValue};
///
/// let input = ConfigurationInput::from_json(r#"{"rates": ["20%", 0.05]}"#)?;
/// let InputValue::Table(entries) = &input.value else { panic!("a table") };
/// let InputValue::List(rates) = &entries[0].1.value else { panic!("a list") };
/// // The number literal is kept as its text, to be read exactly where a rate is expected.
/// assert_eq!(rates[1].value, InputValue::Decimal("0.05".into()));
///
/// let error = ConfigurationInput::from_json(r#"{"limit": null}"#).unwrap_err();
/// assert_eq!(error.to_string(), "`limit`: found `null`, expected a value; hint: leave the key out");
/// # Ok::<(), fenrun::manifest::InputError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationInput {
    /// What was written.
    pub value: InputValue,
    /// Where it was written, in bytes from the start of the file.
    pub span: Option<Range<usize>>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputValue {
    /// A string.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Any other number literal, as its text (`0.05`, `1e3`, a whole number beyond 64 bits).
    Decimal(String),
    /// `true` or `false`.
    Boolean(bool),
    /// Values in order.
    List(Vec<ConfigurationInput>),
    /// Values by key, in the order they were written.
    Table(Vec<(String, ConfigurationInput)>),
}

/// Why a JSON text is not a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}{}", Place(.path), Hint(.hint.as_deref()))]
pub struct InputError {
    path: String,
    message: String,
    hint: Option<String>,
}

impl InputError {
    /// The path of the value, such as `tiers.0.from`; empty where the whole text is meant.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Path, message and remedy.
    pub(super) fn into_parts(self) -> (String, String, Option<String>) {
        (self.path, self.message, self.hint)
    }
}

impl ConfigurationInput {
    /// The value as JSON. A number that is not whole becomes its text, which reads as the same exact value.
    ///
    /// ```
    /// use fenrun::manifest::ConfigurationInput;
    ///
    /// let input = ConfigurationInput::from_json(r#"{"rates": ["20%", 0.05], "from": 3}"#)?;
    /// assert_eq!(input.to_json().to_string(), r#"{"from":3,"rates":["20%","0.05"]}"#);
    ///
    /// // What has no place in a configuration never comes this far.
    /// let error = ConfigurationInput::from_json(r#"{"from": null}"#).unwrap_err();
    /// assert_eq!(error.to_string(), "`from`: found `null`, expected a value; hint: leave the key out");
    /// # Ok::<(), fenrun::manifest::InputError>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        match &self.value {
            InputValue::Text(text) | InputValue::Decimal(text) => Value::from(text.as_str()),
            InputValue::Integer(number) => Value::from(*number),
            InputValue::Boolean(truth) => Value::from(*truth),
            InputValue::List(items) => items.iter().map(Self::to_json).collect(),
            InputValue::Table(entries) => {
                Value::Object(entries.iter().map(|(key, value)| (key.clone(), value.to_json())).collect())
            }
        }
    }

    /// A configuration without values, for policies that need none.
    #[must_use]
    pub fn empty() -> Self {
        Self::from(InputValue::Table(Vec::new()))
    }

    /// A table of values built in code.
    ///
    /// ```
    /// use fenrun::manifest::ConfigurationInput;
    ///
    /// let input = ConfigurationInput::table([("base", "paid".into()), ("orders_max", 3.into())]);
    /// assert_eq!(input, ConfigurationInput::from_json(r#"{"base": "paid", "orders_max": 3}"#)?.without_spans());
    /// # Ok::<(), fenrun::manifest::InputError>(())
    /// ```
    #[must_use]
    pub fn table<Key: Into<String>>(entries: impl IntoIterator<Item = (Key, Self)>) -> Self {
        Self::from(InputValue::Table(entries.into_iter().map(|(key, value)| (key.into(), value)).collect()))
    }

    /// A list of values built in code.
    #[must_use]
    pub fn list<Item: Into<Self>>(items: impl IntoIterator<Item = Item>) -> Self {
        Self::from(InputValue::List(items.into_iter().map(Into::into).collect()))
    }

    /// The same value at a place in a file.
    #[must_use]
    pub fn with_span(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    /// The same value, without places.
    #[must_use]
    pub fn without_spans(self) -> Self {
        Self::from(match self.value {
            InputValue::List(items) => InputValue::List(items.into_iter().map(Self::without_spans).collect()),
            InputValue::Table(entries) => InputValue::Table(
                entries.into_iter().map(|(key, value)| (key, value.without_spans())).collect(),
            ),
            scalar => scalar,
        })
    }

    /// Reads JSON. Numbers that are not whole keep their text; keys given twice and `null` are errors.
    ///
    /// # Errors
    ///
    /// An [`InputError`] for text that is not JSON, `null`, a key given twice, and more than 32 levels.
    pub fn from_json(text: &str) -> Result<Self, InputError> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| not_json(Path::ROOT, &error))?;
        read(raw, text, Path::ROOT, 0)
    }
}

impl From<InputValue> for ConfigurationInput {
    fn from(value: InputValue) -> Self {
        Self { value, span: None }
    }
}

impl From<&str> for ConfigurationInput {
    fn from(text: &str) -> Self {
        Self::from(InputValue::Text(text.into()))
    }
}

impl From<String> for ConfigurationInput {
    fn from(text: String) -> Self {
        Self::from(InputValue::Text(text))
    }
}

impl From<i64> for ConfigurationInput {
    fn from(number: i64) -> Self {
        Self::from(InputValue::Integer(number))
    }
}

impl From<bool> for ConfigurationInput {
    fn from(flag: bool) -> Self {
        Self::from(InputValue::Boolean(flag))
    }
}

/// The value as a message quotes it: `` `20%` ``, `a list`.
impl fmt::Display for InputValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Decimal(text) => write!(out, "`{}`", printable(text)),
            Self::Integer(number) => write!(out, "`{number}`"),
            Self::Boolean(flag) => write!(out, "`{flag}`"),
            Self::List(_) => out.write_str("a list"),
            Self::Table(_) => out.write_str("a table"),
        }
    }
}

fn error(path: Path<'_>, message: impl Into<String>) -> InputError {
    InputError { path: path.to_string(), message: message.into(), hint: None }
}

fn not_json(path: Path<'_>, cause: &serde_json::Error) -> InputError {
    error(path, format!("not JSON: {}", printable(&cause.to_string()).at_most(200)))
}

/// Reads one value. Each level scans its own text again, so the work is at most the depth times the length.
fn read(raw: &RawValue, whole: &str, path: Path<'_>, depth: usize) -> Result<ConfigurationInput, InputError> {
    let text = raw.get();
    if depth > JSON_DEPTH_MAX {
        return Err(error(path, format!("more than {JSON_DEPTH_MAX} levels of lists and tables")));
    }
    let value = match text.as_bytes().first() {
        Some(b'{') => read_table(text, whole, path, depth)?,
        Some(b'[') => read_list(text, whole, path, depth)?,
        Some(b'"') => InputValue::Text(serde_json::from_str(text).map_err(|cause| not_json(path, &cause))?),
        Some(b't') => InputValue::Boolean(true),
        Some(b'f') => InputValue::Boolean(false),
        Some(b'n') => {
            let hint = Some("leave the key out".into());
            return Err(InputError { hint, ..error(path, "found `null`, expected a value") });
        }
        _ => text.parse().map_or_else(|_| InputValue::Decimal(text.into()), InputValue::Integer),
    };
    Ok(ConfigurationInput { value, span: place(text, whole) })
}

fn read_table(text: &str, whole: &str, path: Path<'_>, depth: usize) -> Result<InputValue, InputError> {
    let Members(members) = serde_json::from_str(text).map_err(|cause| not_json(path, &cause))?;
    let mut keys = BTreeSet::new();
    if let Some((twice, _)) = members.iter().find(|(key, _)| !keys.insert(key.as_str())) {
        return Err(error(path.key(twice), "given twice"));
    }
    let entries = members.iter().map(|(key, member)| {
        let value = read(member, whole, path.key(key), depth.saturating_add(1))?;
        Ok((key.clone(), value))
    });
    Ok(InputValue::Table(entries.collect::<Result<_, _>>()?))
}

fn read_list(text: &str, whole: &str, path: Path<'_>, depth: usize) -> Result<InputValue, InputError> {
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|cause| not_json(path, &cause))?;
    let items = items.into_iter().enumerate();
    let items = items.map(|(at, item)| read(item, whole, path.item(at), depth.saturating_add(1)));
    Ok(InputValue::List(items.collect::<Result<_, _>>()?))
}

/// Where `part`, a slice of `whole`, stands in it.
fn place(part: &str, whole: &str) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    Some(start..start.checked_add(part.len())?)
}

/// The members of an object in their order, keys given twice included.
struct Members<'text>(Vec<(String, &'text RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry().map_err(de::Error::custom)? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}
