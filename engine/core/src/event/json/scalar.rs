//! Single values as they stand in JSON: texts, amounts, whole numbers, attributes.
//!
//! Invariant: a number is kept as the text that was written; no value ever passes through a float.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::event::{ATTRIBUTES_MAX, AttributeValue, Attributes, QUANTITY_MAX, TEXT_BYTES_MAX};

/// A text, borrowed from the event's JSON where no escape stands in the way.
pub(in crate::event) struct Text<'a>(pub(in crate::event) Cow<'a, str>);

impl<'a> Text<'a> {
    pub(in crate::event) fn of(text: &'a str) -> Text<'a> {
        Text(Cow::Borrowed(text))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl JsonSchema for Text<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A text of 1 to 128 bytes of UTF-8 without control or direction characters; kept exactly \
                            as written.",
            "type": "string",
            "minLength": 1,
            "maxLength": TEXT_BYTES_MAX,
        })
    }
}

/// A number as it was written, or as it is to be written.
pub(in crate::event) enum Literal<'a> {
    Raw(&'a RawValue),
    Written(String),
}

impl Literal<'_> {
    /// The JSON text.
    pub(in crate::event) fn text(&self) -> &str {
        match self {
            Literal::Raw(raw) => raw.get(),
            Literal::Written(text) => text,
        }
    }
}

/// An amount in major units: a decimal string or a number literal.
pub(in crate::event) struct AmountText<'a>(pub(in crate::event) Literal<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for AmountText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'de RawValue>::deserialize(deserializer).map(|raw| AmountText(Literal::Raw(raw)))
    }
}

impl Serialize for AmountText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.text())
    }
}

impl JsonSchema for AmountText<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An exact amount in major units of the event's currency, such as \"49.90\": a decimal \
                            string or a number literal, with no more decimals than the currency has. Not negative.",
            "type": ["string", "number"],
            "pattern": r"^(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$",
            "minimum": 0,
        })
    }
}

/// A whole number from 0 up.
pub(in crate::event) struct WholeNumber<'a>(pub(in crate::event) Literal<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for WholeNumber<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'de RawValue>::deserialize(deserializer).map(|raw| WholeNumber(Literal::Raw(raw)))
    }
}

impl WholeNumber<'_> {
    pub(in crate::event) fn of(number: u32) -> WholeNumber<'static> {
        WholeNumber(Literal::Written(number.to_string()))
    }
}

impl Serialize for WholeNumber<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number: u32 = self.0.text().parse().map_err(serde::ser::Error::custom)?;
        serializer.serialize_u32(number)
    }
}

impl JsonSchema for WholeNumber<'_> {
    fn schema_name() -> Cow<'static, str> {
        "WholeNumber".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 0, "maximum": QUANTITY_MAX })
    }
}

/// Free attributes, in the order written, repeated keys included.
pub(in crate::event) enum AttributesText<'a> {
    Raw(Vec<(Text<'a>, &'a RawValue)>),
    Written(&'a Attributes),
}

impl<'de: 'a, 'a> Deserialize<'de> for AttributesText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AttributesVisitor;

        impl<'de> Visitor<'de> for AttributesVisitor {
            type Value = AttributesText<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                    entries.push(entry);
                }
                Ok(AttributesText::Raw(entries))
            }
        }

        deserializer.deserialize_map(AttributesVisitor)
    }
}

impl Serialize for AttributesText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            AttributesText::Raw(entries) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key, value)))
            }
            AttributesText::Written(attributes) => serializer.collect_map(attributes.iter()),
        }
    }
}

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            AttributeValue::Text(text) => serializer.serialize_str(text),
            AttributeValue::Integer(number) => serializer.serialize_i64(*number),
            AttributeValue::Boolean(truth) => serializer.serialize_bool(*truth),
        }
    }
}

impl JsonSchema for AttributesText<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Attributes".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Free attributes: texts of up to 128 bytes, whole numbers of 64 bits, or truth values. \
                            Fractions are refused; write amounts in minor units or as text.",
            "type": "object",
            "maxProperties": ATTRIBUTES_MAX,
            "propertyNames": { "minLength": 1, "maxLength": TEXT_BYTES_MAX },
            "additionalProperties": {
                "anyOf": [
                    { "type": "string", "maxLength": TEXT_BYTES_MAX },
                    { "type": "integer", "minimum": i64::MIN, "maximum": i64::MAX },
                    { "type": "boolean" },
                ]
            },
        })
    }
}
