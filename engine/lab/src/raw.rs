//! JSON as it was written: merged, looked into and printed without reading its numbers.
//!
//! Invariant: a number keeps its digits; nothing here passes through a float.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The entries of an object, in the order they were written.
pub(crate) struct Entries<'a>(pub(crate) Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Entries<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry::<String, &'de RawValue>()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

/// The entries of a text that is an object.
pub(crate) fn entries(json: &str) -> Option<Vec<(String, &RawValue)>> {
    serde_json::from_str::<Entries<'_>>(json).ok().map(|entries| entries.0)
}

/// The elements of a text that is a list.
pub(crate) fn items(json: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json).ok()
}

/// The string that a text is.
pub(crate) fn text(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

/// Objects merged key by key, deeply; of anything else the upper one.
pub(crate) fn merge(under: &str, over: &str) -> String {
    let (Some(mut merged), Some(upper)) = (owned(under), owned(over)) else { return over.trim().to_owned() };
    for (key, value) in upper {
        match merged.iter_mut().find(|(known, _)| *known == key) {
            Some((_, below)) => *below = merge(below, &value),
            None => merged.push((key, value)),
        }
    }
    print(&merged)
}

/// The same where either may be missing.
pub(crate) fn merge_some(under: Option<&str>, over: Option<&str>) -> Option<String> {
    match (under, over) {
        (Some(under), Some(over)) => Some(merge(under, over)),
        (one, other) => other.or(one).map(str::to_owned),
    }
}

/// The entries of an object, to change.
pub(crate) fn owned(json: &str) -> Option<Vec<(String, String)>> {
    let entries = entries(json)?;
    Some(entries.into_iter().map(|(key, value)| (key, value.get().to_owned())).collect())
}

/// An object of these entries.
pub(crate) fn print(entries: &[(String, String)]) -> String {
    let entries = entries.iter().map(|(key, value)| format!("{}:{value}", quoted(key)));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
}

/// A text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The first key that stands twice in one object: where, and which.
pub(crate) fn repeated(json: &str) -> Option<(&str, String)> {
    if let Some(entries) = entries(json) {
        for (place, (key, value)) in entries.iter().enumerate() {
            if entries.iter().take(place).any(|(before, _)| before == key) {
                return Some((value.get(), key.clone()));
            }
        }
        return entries.into_iter().find_map(|(_, value)| repeated(value.get()));
    }
    items(json)?.into_iter().find_map(|value| repeated(value.get()))
}

#[cfg(test)]
mod tests {
    use super::{merge, repeated};

    #[test]
    fn objects_are_merged_and_numbers_keep_their_digits() {
        assert_eq!(
            merge(r#"{"a":{"x":1.10,"y":[1,2]},"b":0}"#, r#"{"a":{"y":[3],"z":"t"},"c":1e2}"#),
            r#"{"a":{"x":1.10,"y":[3],"z":"t"},"b":0,"c":1e2}"#
        );
        assert_eq!(merge(r#"{"a":1}"#, " [2] "), "[2]");
    }

    #[test]
    fn a_key_that_stands_twice_is_found() {
        let json = r#"{"a":[{"b":1},{"c":1,"c":22}]}"#;
        assert_eq!(
            repeated(json).map(|(value, key)| (value.to_owned(), key)),
            Some(("22".into(), "c".into()))
        );
        assert!(repeated(r#"{"a":{"a":1}}"#).is_none());
    }
}
