//! The parts of a program: the digest of each module, by name.
//!
//! Invariant: each name once, and each digest whole, so that a program in the log can always be loaded again.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use fenrun_money::Currency;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::field::Field;
use crate::admission::Digest;
use crate::event::error::{EventError, EventErrorKind as Kind};
use crate::event::json::scalar::Text;
use crate::event::place::Place;
use crate::event::shown::{Shown, kept};
use crate::event::{Expectations, check};
use crate::program::limits::{PATH_BYTES_MAX, POLICIES_MAX};

/// The most parts of one program: a module for each policy, and a guard profile.
const PARTS_MAX: usize = POLICIES_MAX + 1;

/// The parts of a program as they stand in JSON, in the order written, repeated names included.
pub(in crate::event) struct ModulesText<'a>(Vec<(Text<'a>, Text<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for ModulesText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ModulesVisitor;

        impl<'de> Visitor<'de> for ModulesVisitor {
            type Value = ModulesText<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry::<Text<'de>, Text<'de>>()? {
                    entries.push(entry);
                }
                Ok(ModulesText(entries))
            }
        }

        deserializer.deserialize_map(ModulesVisitor)
    }
}

impl Serialize for ModulesText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, digest)| (name, digest)))
    }
}

impl JsonSchema for ModulesText<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Modules".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "SHA-256 digests, each 64 lower-case hexadecimal digits, by name.",
            "type": "object",
            "maxProperties": PARTS_MAX,
            "propertyNames": { "minLength": 1, "maxLength": PATH_BYTES_MAX },
            "additionalProperties": { "type": "string", "pattern": DIGEST },
        })
    }
}

/// A digest as a pattern of the schema.
const DIGEST: &str = "^[0-9a-f]{64}$";

/// Stands for a digest in the schema.
pub(super) struct DigestSchema;

impl JsonSchema for DigestSchema {
    fn schema_name() -> Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A SHA-256 digest: 64 lower-case hexadecimal digits.",
            "type": "string",
            "pattern": DIGEST,
        })
    }
}

impl Field for BTreeMap<String, String> {
    type Wire<'a> = ModulesText<'a>;

    fn read(wire: ModulesText<'_>, place: &Place<'_>, _: &Expectations) -> Result<Self, EventError> {
        let mut modules = BTreeMap::new();
        for (name, digest) in wire.0 {
            if modules.contains_key(name.0.as_ref()) {
                return Err(EventError::at(place, Kind::RepeatedField { field: kept(&name.0) }));
            }
            modules.insert(name.0.into_owned(), digest.0.into_owned());
        }
        Ok(modules)
    }

    fn check(&self, place: &Place<'_>, _: &Expectations) -> Result<(), EventError> {
        check::count("modules", self.len(), PARTS_MAX, place)?;
        for (name, found) in self {
            check::text_of(name, PATH_BYTES_MAX, place)?;
            digest(found, &place.field(name))?;
        }
        Ok(())
    }

    fn write(&self, _: Currency) -> ModulesText<'_> {
        ModulesText(self.iter().map(|(name, digest)| (Text::of(name), Text::of(digest))).collect())
    }
}

/// A digest is whole.
pub(super) fn digest(found: &str, place: &Place<'_>) -> Result<(), EventError> {
    let Err(why) = found.parse::<Digest>() else { return Ok(()) };
    let problem = format!("`{}` is not a digest: {why}", Shown(found));
    let remedy = "write the SHA-256 that `fenrun check` prints";
    Err(EventError::at(place, Kind::Contradiction { problem, remedy }))
}
