//! Free attributes: what a merchant wants its rules to see and the engine has no field for.
//!
//! Invariant: text, whole numbers and truth values only; never a float, never nested.

use std::collections::BTreeMap;

/// The attributes of one thing, in key order. A key is 1 to 128 bytes, a text value 0 to 128 bytes.
pub type Attributes = BTreeMap<String, AttributeValue>;

/// One attribute's value.
///
/// ```
/// use fenrun::event::AttributeValue;
///
/// assert_eq!(AttributeValue::from("live"), AttributeValue::Text("live".to_owned()));
/// assert_eq!(AttributeValue::from(3), AttributeValue::Integer(3));
/// assert_eq!(AttributeValue::from(true), AttributeValue::Boolean(true));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AttributeValue {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// True or false.
    Boolean(bool),
}

impl From<&str> for AttributeValue {
    fn from(text: &str) -> Self {
        AttributeValue::Text(text.to_owned())
    }
}

impl From<String> for AttributeValue {
    fn from(text: String) -> Self {
        AttributeValue::Text(text)
    }
}

impl From<i64> for AttributeValue {
    fn from(number: i64) -> Self {
        AttributeValue::Integer(number)
    }
}

impl From<bool> for AttributeValue {
    fn from(truth: bool) -> Self {
        AttributeValue::Boolean(truth)
    }
}
