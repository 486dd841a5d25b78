//! A manifest's JSON, read key by key.
//!
//! Invariant: every key is known or refused, every bound and default is checked here, nothing of the module runs.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use fenrun_abi::code::Hook;
use fenrun_abi::limit::{PATH_BYTES_MAX, SYMBOL_BYTES_MAX};
use fenrun_abi::{ABSENT, VERSION};
use fenrun_money::Rate;
use fenrun_money::decimal::{DecimalError, parse_minor};

use super::configure::check_default;
use super::error::{ManifestError, split_hint};
use super::field::{Field, FieldType};
use super::input::{ConfigurationInput, InputError, InputValue};
use super::path::Path;
use super::word::{did_you_mean, listed};
use super::{Manifest, Monotone, duration, limit};
use crate::admission::printable::{hidden_in_prose, printable};

/// The keys of a manifest.
pub(super) const MANIFEST_KEYS: &[&str] =
    &["name", "version", "abi", "summary", "hooks", "monotone", "configuration"];

/// The keys that every field of a configuration may have.
pub(super) const FIELD_KEYS: &[&str] = &["type", "about", "default", "optional"];

/// The keys that the items of a list may have, beside those of their type.
pub(super) const ITEM_KEYS: &[&str] = &["type", "about"];

/// The types with the keys that belong to each.
pub(super) const TYPES: &[(&str, &[&str])] = &[
    ("rate", &["minimum", "maximum"]),
    ("amount", &["minimum", "maximum"]),
    ("integer", &["minimum", "maximum"]),
    ("boolean", &[]),
    ("text", &["max_bytes"]),
    ("choice", &["choices"]),
    ("base", &[]),
    ("role", &[]),
    ("duration", &["minimum", "maximum"]),
    ("list", &["items", "min_items", "max_items"]),
    ("table", &["fields"]),
];

/// The decimals of the finest currency.
const DECIMALS_MAX: u8 = 4;

/// Reads a whole manifest.
pub(super) fn manifest(json: &[u8]) -> Result<Manifest, ManifestError> {
    if json.len() > limit::MANIFEST_BYTES_MAX {
        let message =
            format!("found {} bytes, at most {} are allowed", json.len(), limit::MANIFEST_BYTES_MAX);
        return Err(ManifestError::at(Path::ROOT, message));
    }
    let text = str::from_utf8(json).map_err(|_| ManifestError::at(Path::ROOT, "not JSON: not UTF-8"))?;
    let input = ConfigurationInput::from_json(text)?;
    let table = Table::of(&input, Path::ROOT)?;
    table.only(MANIFEST_KEYS)?;
    check_abi(&table)?;
    let path = Path::ROOT.key("configuration");
    let hooks = hooks(&table)?;
    Ok(Manifest {
        name: name(&table)?,
        version: version(&table)?,
        summary: table.prose("summary", limit::SUMMARY_BYTES_MAX)?,
        monotone: monotone(&table, &hooks)?,
        hooks,
        fields: match table.get("configuration") {
            Some(fields) => read_fields(fields, path, &Place { depth: 0, path_bytes: 0 })?,
            None => Vec::new(),
        },
    })
}

/// A JSON object while its keys are read.
struct Table<'a> {
    entries: &'a [(String, ConfigurationInput)],
    path: Path<'a>,
}

fn wrong_type(path: Path<'_>, found: &InputValue, expected: &str) -> ManifestError {
    ManifestError::at(path, format!("found {found}, expected {expected}"))
}

fn missing(path: Path<'_>, expected: &str) -> ManifestError {
    ManifestError::at(path, format!("missing, expected {expected}"))
}

impl<'a> Table<'a> {
    fn of(input: &'a ConfigurationInput, path: Path<'a>) -> Result<Self, ManifestError> {
        match &input.value {
            InputValue::Table(entries) => Ok(Self { entries, path }),
            other => Err(wrong_type(path, other, "an object")),
        }
    }

    fn only(&self, permitted: &[&'static str]) -> Result<(), ManifestError> {
        match self.entries.iter().find(|(key, _)| !permitted.contains(&key.as_str())) {
            None => Ok(()),
            Some((key, _)) => {
                let words = permitted.iter().copied();
                let hint = did_you_mean(key, words.clone())
                    .unwrap_or_else(|| format!("the permitted keys are {}", listed(words)));
                Err(ManifestError::at(self.path.key(key), "unknown key").hint(hint))
            }
        }
    }

    fn get(&self, key: &str) -> Option<&'a ConfigurationInput> {
        self.entries.iter().find(|(found, _)| found == key).map(|(_, value)| value)
    }

    fn text(&self, key: &'static str, expected: &str) -> Result<Option<&'a str>, ManifestError> {
        match self.get(key).map(|input| &input.value) {
            None => Ok(None),
            Some(InputValue::Text(text)) => Ok(Some(text)),
            Some(other) => Err(wrong_type(self.path.key(key), other, expected)),
        }
    }

    /// A text for people: bounded, and without characters that hide or turn what stands around them.
    fn prose(&self, key: &'static str, bytes_max: usize) -> Result<String, ManifestError> {
        let text = self.text(key, "a text")?.unwrap_or_default();
        if text.len() > bytes_max {
            let message = format!("found {} bytes, at most {bytes_max} are allowed", text.len());
            return Err(ManifestError::at(self.path.key(key), message));
        }
        match hidden_in_prose(text) {
            None => Ok(text.into()),
            Some(hidden) => {
                let message = format!("found the hidden character `{}`", hidden.escape_unicode());
                Err(ManifestError::at(self.path.key(key), message).hint("write plain text on one line"))
            }
        }
    }

    fn integer(&self, key: &'static str) -> Result<Option<i64>, ManifestError> {
        match self.get(key).map(|input| &input.value) {
            None => Ok(None),
            Some(InputValue::Integer(number)) => Ok(Some(*number)),
            Some(other) => Err(wrong_type(self.path.key(key), other, "a whole number")),
        }
    }

    /// A whole number within bounds, or `default`.
    fn count(
        &self,
        key: &'static str,
        bounds: RangeInclusive<usize>,
        default: usize,
    ) -> Result<usize, ManifestError> {
        let Some(found) = self.integer(key)? else { return Ok(default) };
        usize::try_from(found).ok().filter(|count| bounds.contains(count)).ok_or_else(|| {
            let message = format!("found `{found}`, expected {} to {}", bounds.start(), bounds.end());
            ManifestError::at(self.path.key(key), message)
        })
    }

    fn boolean(&self, key: &'static str) -> Result<bool, ManifestError> {
        match self.get(key).map(|input| &input.value) {
            None => Ok(false),
            Some(InputValue::Boolean(flag)) => Ok(*flag),
            Some(other) => Err(wrong_type(self.path.key(key), other, "`true` or `false`")),
        }
    }

    /// A text or a number literal, as text; amounts and rates are read from it.
    fn literal(&self, key: &'static str, expected: &str) -> Result<Option<String>, ManifestError> {
        match self.get(key).map(|input| &input.value) {
            None => Ok(None),
            Some(InputValue::Text(text) | InputValue::Decimal(text)) => Ok(Some(text.clone())),
            Some(InputValue::Integer(number)) => Ok(Some(number.to_string())),
            Some(other) => Err(wrong_type(self.path.key(key), other, expected)),
        }
    }

    fn ordered<T: PartialOrd>(&self, minimum: &T, maximum: &T) -> Result<(), ManifestError> {
        if minimum <= maximum {
            return Ok(());
        }
        Err(ManifestError::at(self.path, "the minimum is above the maximum"))
    }
}

fn check_abi(table: &Table<'_>) -> Result<(), ManifestError> {
    let path = table.path.key("abi");
    match table.integer("abi")? {
        None => Err(missing(path, &format!("`{VERSION}`"))),
        Some(version) if version == i64::from(VERSION) => Ok(()),
        Some(version) => {
            let message =
                format!("found `{version}`, this engine speaks version `{VERSION}` of the contract");
            Err(ManifestError::at(path, message))
        }
    }
}

fn name(table: &Table<'_>) -> Result<String, ManifestError> {
    let expected = "a name such as `three-level`";
    let path = table.path.key("name");
    let name = table.text("name", expected)?.ok_or_else(|| missing(path, expected))?;
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if name.len() <= limit::NAME_BYTES_MAX && name.split('-').all(word) {
        return Ok(name.into());
    }
    let message = format!("found `{}`, expected {expected}", printable(name));
    let hint = format!("lower-case words joined by `-`, at most {} bytes", limit::NAME_BYTES_MAX);
    Err(ManifestError::at(path, message).hint(hint))
}

fn version(table: &Table<'_>) -> Result<String, ManifestError> {
    let expected = "a version such as `1.0.0`";
    let path = table.path.key("version");
    let version = table.text("version", expected)?.ok_or_else(|| missing(path, expected))?;
    let permitted = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+');
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let three = core.split('.').count() == 3 && core.split('.').all(digits);
    if three && version.len() <= limit::VERSION_BYTES_MAX && version.bytes().all(permitted) {
        return Ok(version.into());
    }
    Err(ManifestError::at(path, format!("found `{}`, expected {expected}", printable(version))))
}

fn hooks(table: &Table<'_>) -> Result<Vec<Hook>, ManifestError> {
    let expected = "a list of hooks such as `shares`";
    let path = table.path.key("hooks");
    let names = match table.get("hooks").map(|input| &input.value) {
        None => return Err(missing(path, expected)),
        Some(InputValue::List(names)) => names,
        Some(other) => return Err(wrong_type(path, other, expected)),
    };
    let permitted = || super::deciding_hooks().map(Hook::name);
    let mut hooks = Vec::new();
    for (at, input) in names.iter().enumerate() {
        let path = path.item(at);
        let InputValue::Text(name) = &input.value else {
            return Err(wrong_type(path, &input.value, "the name of a hook"));
        };
        let hook = super::deciding_hooks().find(|hook| hook.name() == name).ok_or_else(|| {
            let message = format!("found `{}`, expected one of {}", printable(name), listed(permitted()));
            let hint = if name == Hook::Configure.name() {
                Some("`configure` is not listed; it is called where the module exports it".into())
            } else {
                did_you_mean(name, permitted())
            };
            ManifestError::at(path, message).maybe_hint(hint)
        })?;
        if hooks.contains(&hook) {
            return Err(ManifestError::at(path, format!("found `{}` twice", hook.name())));
        }
        hooks.push(hook);
    }
    if hooks.is_empty() {
        let message = format!("found no hook, expected at least one of {}", listed(permitted()));
        return Err(ManifestError::at(path, message));
    }
    hooks.sort_by_key(|hook| hook.id());
    Ok(hooks)
}

/// The promises of a policy; each is about a hook that the policy has.
fn monotone(table: &Table<'_>, hooks: &[Hook]) -> Result<Vec<Monotone>, ManifestError> {
    let path = table.path.key("monotone");
    let names = match table.get("monotone").map(|input| &input.value) {
        None => return Ok(Vec::new()),
        Some(InputValue::List(names)) => names,
        Some(other) => return Err(wrong_type(path, other, "a list of words such as `paid`")),
    };
    let permitted = || Monotone::ALL.iter().map(|promise| promise.name());
    let mut promises = Vec::new();
    for (at, input) in names.iter().enumerate() {
        let path = path.item(at);
        let InputValue::Text(name) = &input.value else {
            return Err(wrong_type(path, &input.value, "a word such as `paid`"));
        };
        let promise = Monotone::ALL.into_iter().find(|promise| promise.name() == name).ok_or_else(|| {
            let message = format!("found `{}`, expected one of {}", printable(name), listed(permitted()));
            ManifestError::at(path, message).maybe_hint(did_you_mean(name, permitted()))
        })?;
        if promises.contains(&promise) {
            return Err(ManifestError::at(path, format!("found `{promise}` twice")));
        }
        if !promise.hooks().iter().any(|hook| hooks.contains(hook)) {
            let about = listed(promise.hooks().iter().map(|hook| hook.name()));
            let message = format!("`{promise}` is about {about}, which this policy has not got");
            return Err(ManifestError::at(path, message).hint("leave the word out"));
        }
        promises.push(promise);
    }
    promises.sort();
    Ok(promises)
}

/// How deep a field stands, and how long the path to it can become.
struct Place {
    depth: usize,
    path_bytes: usize,
}

impl Place {
    fn below(&self, path: Path<'_>, step_bytes: usize) -> Result<Self, ManifestError> {
        let depth = self.depth.saturating_add(1);
        if depth > limit::FIELD_DEPTH_MAX {
            let message = format!("more than {} levels of lists and tables", limit::FIELD_DEPTH_MAX);
            return Err(ManifestError::at(path, message));
        }
        // One more for the point between two steps.
        let path_bytes = self.path_bytes.saturating_add(step_bytes).saturating_add(1);
        if path_bytes > PATH_BYTES_MAX {
            let message = format!("a path to this value can be longer than {PATH_BYTES_MAX} bytes");
            return Err(ManifestError::at(path, message).hint("use shorter names or fewer levels"));
        }
        Ok(Self { depth, path_bytes })
    }
}

fn read_fields(
    input: &ConfigurationInput,
    path: Path<'_>,
    place: &Place,
) -> Result<Vec<Field>, ManifestError> {
    let table = Table::of(input, path)?;
    if table.entries.len() > limit::FIELDS_MAX {
        let message =
            format!("found {} fields, at most {} are allowed", table.entries.len(), limit::FIELDS_MAX);
        return Err(ManifestError::at(path, message));
    }
    let fields = table.entries.iter().map(|(name, input)| read_field(name, input, path.key(name), place));
    fields.collect()
}

fn read_field(
    name: &str,
    input: &ConfigurationInput,
    path: Path<'_>,
    place: &Place,
) -> Result<Field, ManifestError> {
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let starts = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    if !starts || name.len() > limit::FIELD_NAME_BYTES_MAX || !name.bytes().all(letters) {
        let hint = format!(
            "a letter, then lower-case letters, digits or `_`, at most {} bytes",
            limit::FIELD_NAME_BYTES_MAX
        );
        return Err(ManifestError::at(path, "not the name of a field").hint(hint));
    }
    let table = Table::of(input, path)?;
    let kind = read_type(&table, FIELD_KEYS, &place.below(path, name.len())?)?;
    let optional = table.boolean("optional")?;
    let default = table.get("default");
    if let Some(default) = default {
        if optional {
            let message = "both `optional` and `default` are given";
            return Err(ManifestError::at(path, message).hint("a field with a default never lacks a value"));
        }
        check_default(&kind, default, path.key("default"))?;
    }
    Ok(Field {
        name: name.into(),
        about: table.prose("about", limit::ABOUT_BYTES_MAX)?,
        optional,
        default: default.cloned().map(ConfigurationInput::without_spans),
        kind,
    })
}

/// The type that `table` describes; `common` are the keys it may have beside those of the type.
fn read_type(table: &Table<'_>, common: &[&'static str], place: &Place) -> Result<FieldType, ManifestError> {
    let words = || TYPES.iter().map(|(name, _)| *name);
    let path = table.path.key("type");
    let expected = format!("one of {}", listed(words()));
    let name = table.text("type", &expected)?.ok_or_else(|| missing(path, &expected))?;
    let Some((name, keys)) = TYPES.iter().find(|(known, _)| *known == name) else {
        let message = format!("found `{}`, expected {expected}", printable(name));
        return Err(ManifestError::at(path, message).maybe_hint(did_you_mean(name, words())));
    };
    let permitted: Vec<&'static str> = common.iter().chain(keys.iter()).copied().collect();
    table.only(&permitted)?;
    match *name {
        "rate" => rate(table),
        "amount" => amount(table),
        "integer" => integer(table),
        "boolean" => Ok(FieldType::Boolean),
        "text" => {
            let bytes_max = table.count("max_bytes", 1..=SYMBOL_BYTES_MAX, SYMBOL_BYTES_MAX)?;
            Ok(FieldType::Text { bytes_max })
        }
        "choice" => choice(table),
        "base" => Ok(FieldType::Base),
        "role" => Ok(FieldType::Role),
        "duration" => duration(table),
        "list" => list(table, place),
        _ => match table.get("fields") {
            Some(fields) => {
                Ok(FieldType::Table { fields: read_fields(fields, table.path.key("fields"), place)? })
            }
            None => Err(missing(table.path.key("fields"), "an object of fields")),
        },
    }
}

fn rate(table: &Table<'_>) -> Result<FieldType, ManifestError> {
    let expected = "a rate such as `20%`";
    let bound = |key: &'static str, default: Rate| {
        let Some(literal) = table.literal(key, expected)? else { return Ok(default) };
        Rate::parse(&literal).map_err(|reason| {
            let reason = reason.to_string();
            let (reason, hint) = split_hint(&reason);
            let message = format!("`{}` is not {expected}: {reason}", printable(&literal));
            ManifestError::at(table.path.key(key), message).maybe_hint(hint.map(Into::into))
        })
    };
    // Above 100 % a manifest has to say so: `200%` written for `20.0%` must not pass unseen.
    let (minimum, maximum) = (bound("minimum", Rate::ZERO)?, bound("maximum", Rate::ONE)?);
    table.ordered(&minimum, &maximum)?;
    Ok(FieldType::Rate { minimum, maximum })
}

fn amount(table: &Table<'_>) -> Result<FieldType, ManifestError> {
    let expected = "an amount such as `49.90`";
    let bound = |key: &'static str| {
        let Some(literal) = table.literal(key, expected)? else { return Ok(None) };
        match parse_minor(&literal, DECIMALS_MAX) {
            // Too large with four decimals may still fit a currency without decimals.
            Ok(_) | Err(DecimalError::Overflow) => Ok(Some(literal)),
            Err(reason) => {
                let message = format!("`{}` is not {expected}: {reason}", printable(&literal));
                Err(ManifestError::at(table.path.key(key), message))
            }
        }
    };
    let (minimum, maximum) = (bound("minimum")?.unwrap_or_else(|| "0".into()), bound("maximum")?);
    let finest = |text: &str| parse_minor(text, DECIMALS_MAX).ok();
    if let (Some(least), Some(most)) = (finest(&minimum), maximum.as_deref().and_then(finest)) {
        table.ordered(&least, &most)?;
    }
    Ok(FieldType::Amount { minimum, maximum })
}

fn integer(table: &Table<'_>) -> Result<FieldType, ManifestError> {
    // The least 64-bit number means "absent" to a module, so no value is ever that.
    let least = ABSENT.saturating_add(1);
    let minimum = table.integer("minimum")?.unwrap_or(least).max(least);
    let maximum = table.integer("maximum")?.unwrap_or(i64::MAX);
    table.ordered(&minimum, &maximum)?;
    Ok(FieldType::Integer { minimum, maximum })
}

fn duration(table: &Table<'_>) -> Result<FieldType, ManifestError> {
    let expected = "a duration such as `7 days`";
    let bound = |key: &'static str, default: i64| {
        let Some(text) = table.text(key, expected)? else { return Ok(default) };
        duration::parse(text).ok_or_else(|| {
            let message = format!("found `{}`, expected {expected}", printable(text));
            ManifestError::at(table.path.key(key), message)
        })
    };
    let (minimum_seconds, maximum_seconds) = (bound("minimum", 0)?, bound("maximum", i64::MAX)?);
    table.ordered(&minimum_seconds, &maximum_seconds)?;
    Ok(FieldType::Duration { minimum_seconds, maximum_seconds })
}

fn choice(table: &Table<'_>) -> Result<FieldType, ManifestError> {
    let expected = "a list of words";
    let path = table.path.key("choices");
    let words = match table.get("choices").map(|input| &input.value) {
        None => return Err(missing(path, expected)),
        Some(InputValue::List(words)) => words,
        Some(other) => return Err(wrong_type(path, other, expected)),
    };
    if words.is_empty() || words.len() > limit::CHOICES_MAX {
        let message = format!("found {} choices, expected 1 to {}", words.len(), limit::CHOICES_MAX);
        return Err(ManifestError::at(path, message));
    }
    let mut seen = BTreeSet::new();
    let mut choices = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let path = path.item(at);
        let InputValue::Text(word) = &word.value else { return Err(wrong_type(path, &word.value, "a word")) };
        if word.is_empty() || word.len() > limit::CHOICE_BYTES_MAX || hidden_in_prose(word).is_some() {
            let message = format!(
                "found `{}`, expected a word of 1 to {} bytes",
                printable(word),
                limit::CHOICE_BYTES_MAX
            );
            return Err(ManifestError::at(path, message));
        }
        if !seen.insert(word) {
            return Err(ManifestError::at(path, format!("found `{}` twice", printable(word))));
        }
        choices.push(word.clone());
    }
    Ok(FieldType::Choice { choices })
}

fn list(table: &Table<'_>, place: &Place) -> Result<FieldType, ManifestError> {
    let path = table.path.key("items");
    let items = table.get("items").ok_or_else(|| missing(path, "an object that says what an item is"))?;
    let items_min = table.count("min_items", 0..=limit::ITEMS_MAX, 0)?;
    let items_max =
        table.count("max_items", 0..=limit::ITEMS_MAX, limit::ITEMS_DEFAULT_MAX.max(items_min))?;
    table.ordered(&items_min, &items_max)?;
    let digits = items_max.saturating_sub(1).to_string().len();
    let items = Table::of(items, path)?;
    let kind = read_type(&items, ITEM_KEYS, &place.below(path, digits)?)?;
    items.prose("about", limit::ABOUT_BYTES_MAX)?;
    Ok(FieldType::List { items: Box::new(kind), items_min, items_max })
}

impl From<InputError> for ManifestError {
    fn from(error: InputError) -> Self {
        let (path, message, hint) = error.into_parts();
        Self::from_parts(path, message, hint)
    }
}
