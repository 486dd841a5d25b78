//! A configuration checked against its manifest: every text becomes the exact value it stands for.
//!
//! Invariant: nothing is guessed. What is missing, unknown, out of bounds or not exact is an error, never a zero, a
//! wider rule or a rounded number (DESIGN §6.2, §6.6).

use std::collections::BTreeSet;
use std::ops::Range;

use fenrun_abi::ABSENT;
use fenrun_abi::code::Base;
use fenrun_abi::host::{Configuration, Value};
use fenrun_abi::word;
use fenrun_money::decimal::{DecimalError, format_minor, parse_minor};
use fenrun_money::{Currency, Rate};
use serde_json::Value as Json;

use super::duration;
use super::error::{ConfigurationError, ConfigurationErrorKind as Kind, split_hint};
use super::field::{Field, FieldType};
use super::input::{ConfigurationInput, InputValue};
use super::path::Path;
use super::word::{did_you_mean, listed};
use crate::admission::printable::printable;

/// Values in one configuration, lists and their items included. Stops a list of tables with long defaults from
/// becoming millions of values.
pub const VALUES_MAX: usize = 4_096;

/// Decimals of the finest currency, for amounts whose currency is not known yet.
const DECIMALS_MAX: u8 = 4;

/// What a configuration is read for.
#[derive(Clone, Copy, Debug)]
pub struct ConfigureContext<'a> {
    /// The program's currency: it says how many decimals an amount may have.
    pub currency: Currency,
    /// The roles that the program declares beside the well-known ones of [`fenrun_abi::word`].
    pub roles: &'a [String],
}

/// A checked value: as the module reads it, and as digest and trace show it.
enum Checked<'a> {
    Scalar { value: Value, canonical: Json },
    List(Vec<Checked<'a>>),
    Table(Vec<(&'a str, Checked<'a>)>),
}

/// The configuration by path, and its canonical form.
pub(super) fn configure(
    fields: &[Field],
    input: &ConfigurationInput,
    context: &ConfigureContext<'_>,
) -> Result<(Configuration, Json), ConfigurationError> {
    let mut checker = Checker { context: Some(context), values: 0 };
    let checked = checker.table(fields, input, Path::ROOT)?;
    let mut configuration = Configuration::new();
    let canonical = write(checked, "", &mut configuration);
    Ok((configuration, canonical))
}

/// Whether a default fits its field, as far as that can be said without a currency and a program's roles.
pub(super) fn check_default(
    kind: &FieldType,
    default: &ConfigurationInput,
    path: Path<'_>,
) -> Result<(), ConfigurationError> {
    Checker { context: None, values: 0 }.value(kind, default, path).map(|_| ())
}

/// Writes a checked value below its path, and returns its canonical form.
fn write(checked: Checked<'_>, path: &str, configuration: &mut Configuration) -> Json {
    let below = |key: &dyn std::fmt::Display| {
        if path.is_empty() { key.to_string() } else { format!("{path}.{key}") }
    };
    match checked {
        Checked::Scalar { value, canonical } => {
            configuration.set(path, value);
            canonical
        }
        Checked::List(items) => {
            configuration.set(path, Value::List(items.len()));
            let items = items.into_iter().enumerate();
            items.map(|(at, item)| write(item, &below(&at), configuration)).collect()
        }
        Checked::Table(mut entries) => {
            // In the order of their keys, so that the text of two equal configurations is equal.
            entries.sort_by_key(|(name, _)| *name);
            let entries = entries.into_iter();
            entries
                .map(|(name, value)| (name.to_owned(), write(value, &below(&name), configuration)))
                .collect()
        }
    }
}

struct Checker<'a> {
    /// `None` while a manifest's defaults are checked.
    context: Option<&'a ConfigureContext<'a>>,
    /// How many values there are so far.
    values: usize,
}

/// One value to be checked: what it is, and where.
struct At<'a> {
    kind: &'a FieldType,
    input: &'a ConfigurationInput,
    path: Path<'a>,
}

impl At<'_> {
    fn error(&self, kind: Kind, message: String) -> ConfigurationError {
        ConfigurationError::at(self.path, kind, message).span(self.input.span.as_ref())
    }

    fn wrong_type(&self) -> ConfigurationError {
        let text = if matches!(self.input.value, InputValue::Text(_)) { "the text " } else { "" };
        let expected = self.kind.expected();
        self.error(Kind::WrongType, format!("found {text}{}, expected {expected}", self.input.value))
    }

    /// The text is not what it should be, for a reason that may carry its own hint.
    fn malformed(&self, reason: &str) -> ConfigurationError {
        let (reason, hint) = split_hint(reason);
        let message = format!("{} is not {}: {reason}", self.input.value, self.kind.expected());
        self.error(Kind::Malformed, message).hint(hint.map(Into::into))
    }

    fn not_one_of<'w>(
        &self,
        found: &str,
        words: impl Iterator<Item = &'w str> + Clone,
    ) -> ConfigurationError {
        let message = format!("found `{}`, expected one of {}", printable(found), listed(words.clone()));
        self.error(Kind::Malformed, message).hint(did_you_mean(found, words))
    }

    fn bound(&self, found: &str, bound: &str, is_maximum: bool) -> ConfigurationError {
        let side = if is_maximum { "at most" } else { "at least" };
        self.error(Kind::OutOfBounds, format!("found {found}, {side} {bound} is allowed"))
    }

    /// The number or text as it was written; everything that may stand for a rate or an amount.
    fn literal(&self) -> Result<String, ConfigurationError> {
        match &self.input.value {
            InputValue::Text(text) | InputValue::Decimal(text) => Ok(text.clone()),
            InputValue::Integer(number) => Ok(number.to_string()),
            InputValue::Boolean(_) | InputValue::List(_) | InputValue::Table(_) => Err(self.wrong_type()),
        }
    }

    fn text(&self) -> Result<&str, ConfigurationError> {
        match &self.input.value {
            InputValue::Text(text) => Ok(text),
            _ => Err(self.wrong_type()),
        }
    }
}

fn scalar<'a>(value: Value, canonical: impl Into<Json>) -> Checked<'a> {
    Checked::Scalar { value, canonical: canonical.into() }
}

impl Checker<'_> {
    fn value<'a>(
        &mut self,
        kind: &'a FieldType,
        input: &ConfigurationInput,
        path: Path<'_>,
    ) -> Result<Checked<'a>, ConfigurationError> {
        self.values = self.values.saturating_add(1);
        if self.values > VALUES_MAX {
            let message = format!("more than {VALUES_MAX} values in one configuration");
            return Err(ConfigurationError::at(path, Kind::TooMany, message).span(input.span.as_ref()));
        }
        let at = At { kind, input, path };
        match kind {
            FieldType::Rate { minimum, maximum } => rate(&at, *minimum, *maximum),
            FieldType::Amount { minimum, maximum } => self.amount(&at, minimum, maximum.as_deref()),
            FieldType::Integer { minimum, maximum } => integer(&at, *minimum, *maximum),
            FieldType::Boolean => match input.value {
                InputValue::Boolean(flag) => Ok(scalar(Value::Integer(i64::from(flag)), flag)),
                _ => Err(at.wrong_type()),
            },
            FieldType::Text { bytes_max } => text(&at, *bytes_max),
            FieldType::Choice { choices } => choice(&at, choices),
            FieldType::Base => base(&at),
            FieldType::Role => self.role(&at),
            FieldType::Duration { minimum_seconds, maximum_seconds } => {
                seconds(&at, *minimum_seconds, *maximum_seconds)
            }
            FieldType::List { items, items_min, items_max } => self.list(&at, items, *items_min..*items_max),
            FieldType::Table { fields } => self.table(fields, input, path),
        }
    }

    fn table<'a>(
        &mut self,
        fields: &'a [Field],
        input: &ConfigurationInput,
        path: Path<'_>,
    ) -> Result<Checked<'a>, ConfigurationError> {
        let error = |path: Path<'_>, kind, message: String| ConfigurationError::at(path, kind, message);
        let InputValue::Table(entries) = &input.value else {
            let message = format!("found {}, expected a table", input.value);
            return Err(error(path, Kind::WrongType, message).span(input.span.as_ref()));
        };
        let names = || fields.iter().map(Field::name);
        let mut given = BTreeSet::new();
        for (key, value) in entries {
            if !names().any(|name| name == key) {
                let hint = did_you_mean(key, names()).or_else(|| {
                    Some(if fields.is_empty() {
                        "no keys are permitted here".into()
                    } else {
                        format!("the permitted keys are {}", listed(names()))
                    })
                });
                let unknown = error(path.key(key), Kind::UnknownKey, "unknown key".into());
                return Err(unknown.span(value.span.as_ref()).hint(hint));
            }
            if !given.insert(key.as_str()) {
                let twice = error(path.key(key), Kind::Repeated, "given twice".into());
                return Err(twice.span(value.span.as_ref()));
            }
        }
        let mut checked = Vec::new();
        for field in fields {
            let written = entries.iter().find(|(key, _)| *key == field.name).map(|(_, value)| value);
            let path = path.key(&field.name);
            match written.or(field.default.as_ref()) {
                Some(value) => checked.push((field.name.as_str(), self.value(&field.kind, value, path)?)),
                None if field.optional => {}
                None => return Err(missing(field, path, input.span.as_ref())),
            }
        }
        Ok(Checked::Table(checked))
    }

    fn list<'a>(
        &mut self,
        at: &At<'_>,
        items: &'a FieldType,
        bounds: Range<usize>,
    ) -> Result<Checked<'a>, ConfigurationError> {
        let InputValue::List(found) = &at.input.value else { return Err(at.wrong_type()) };
        let (side, bound) = if found.len() < bounds.start {
            ("at least", bounds.start)
        } else if found.len() > bounds.end {
            ("at most", bounds.end)
        } else {
            let items =
                found.iter().enumerate().map(|(place, item)| self.value(items, item, at.path.item(place)));
            return Ok(Checked::List(items.collect::<Result<_, _>>()?));
        };
        let message = format!("found {} items, {side} {bound} are allowed", found.len());
        Err(at.error(Kind::OutOfBounds, message))
    }

    fn amount<'a>(
        &self,
        at: &At<'_>,
        minimum: &str,
        maximum: Option<&str>,
    ) -> Result<Checked<'a>, ConfigurationError> {
        let literal = at.literal()?;
        let Some(context) = self.context else {
            return match parse_minor(&literal, DECIMALS_MAX) {
                // A large amount may still fit a currency without decimals.
                Ok(_) | Err(DecimalError::Overflow) => Ok(scalar(Value::Integer(0), literal)),
                Err(reason) => Err(at.malformed(&reason.to_string())),
            };
        };
        let currency = context.currency;
        let exponent = currency.exponent();
        let minor = parse_minor(&literal, exponent)
            .map_err(|reason| at.malformed(&format!("in {currency}, {reason}")))?;
        let bound = |text: &str| {
            parse_minor(text, exponent).map_err(|reason| {
                let message = format!(
                    "the manifest's bound `{}` is no amount in {currency}: {reason}",
                    printable(text)
                );
                at.error(Kind::Malformed, message)
            })
        };
        let shown = |minor| format!("`{}`", format_minor(minor, exponent));
        let minimum = bound(minimum)?;
        if minor < minimum || minor == ABSENT {
            return Err(at.bound(&shown(minor), &shown(minimum), false));
        }
        if let Some(maximum) = maximum.map(bound).transpose()?
            && minor > maximum
        {
            return Err(at.bound(&shown(minor), &shown(maximum), true));
        }
        Ok(scalar(Value::Integer(minor), format_minor(minor, exponent).to_string()))
    }

    fn role<'a>(&self, at: &At<'_>) -> Result<Checked<'a>, ConfigurationError> {
        let text = at.text()?;
        let declared = self.context.map_or(&[][..], |context| context.roles);
        let mut roles = word::ROLES.iter().map(|(text, _)| *text).chain(declared.iter().map(String::as_str));
        // Which roles a program declares is not known while a manifest is read.
        if self.context.is_some() && !roles.clone().any(|role| role == text) {
            let hint = did_you_mean(text, roles.by_ref())
                .unwrap_or_else(|| "declare the role in the program file".into());
            let message =
                format!("`{}` is neither a well-known role nor declared by the program", printable(text));
            return Err(at.error(Kind::Malformed, message).hint(Some(hint)));
        }
        let bytes_max = fenrun_abi::limit::SYMBOL_BYTES_MAX;
        if text.is_empty() || text.len() > bytes_max {
            let message = format!("found {} bytes, a role has 1 to {bytes_max}", text.len());
            return Err(at.error(Kind::OutOfBounds, message));
        }
        Ok(scalar(Value::Text(text.into()), text))
    }
}

fn missing(field: &Field, path: Path<'_>, span: Option<&Range<usize>>) -> ConfigurationError {
    let message = format!("missing, expected {}", field.kind.expected());
    let hint = match field.kind {
        FieldType::Rate { .. } => {
            Some("a missing rate is not a zero rate; write `0%` to give nothing".into())
        }
        _ => None,
    };
    ConfigurationError::at(path, Kind::Missing, message).span(span).hint(hint)
}

fn rate<'a>(at: &At<'_>, minimum: Rate, maximum: Rate) -> Result<Checked<'a>, ConfigurationError> {
    let rate = Rate::parse(&at.literal()?).map_err(|reason| at.malformed(&reason.to_string()))?;
    let shown = |rate: Rate| format!("`{rate}`");
    if rate < minimum {
        return Err(at.bound(&shown(rate), &shown(minimum), false));
    }
    if rate > maximum {
        return Err(at.bound(&shown(rate), &shown(maximum), true));
    }
    Ok(scalar(Value::Rate(rate), rate.to_string()))
}

fn integer<'a>(at: &At<'_>, minimum: i64, maximum: i64) -> Result<Checked<'a>, ConfigurationError> {
    let InputValue::Integer(number) = at.input.value else { return Err(at.wrong_type()) };
    let shown = |number: i64| format!("`{number}`");
    if number < minimum {
        return Err(at.bound(&shown(number), &shown(minimum), false));
    }
    if number > maximum {
        return Err(at.bound(&shown(number), &shown(maximum), true));
    }
    Ok(scalar(Value::Integer(number), number))
}

fn text<'a>(at: &At<'_>, bytes_max: usize) -> Result<Checked<'a>, ConfigurationError> {
    let text = at.text()?;
    if text.len() > bytes_max {
        let message = format!("found {} bytes, at most {bytes_max} are allowed", text.len());
        return Err(at.error(Kind::OutOfBounds, message));
    }
    Ok(scalar(Value::Text(text.into()), text))
}

fn choice<'a>(at: &At<'_>, choices: &[String]) -> Result<Checked<'a>, ConfigurationError> {
    let text = at.text()?;
    let place = choices.iter().position(|choice| choice == text);
    let code = place.and_then(|place| i64::try_from(place).ok());
    let code = code.ok_or_else(|| at.not_one_of(text, choices.iter().map(String::as_str)))?;
    Ok(scalar(Value::Integer(code), text))
}

fn base<'a>(at: &At<'_>) -> Result<Checked<'a>, ConfigurationError> {
    let text = at.text()?;
    let base = Base::ALL.iter().find(|base| base.name() == text);
    let base = base.ok_or_else(|| at.not_one_of(text, Base::ALL.iter().map(|base| base.name())))?;
    Ok(scalar(Value::Integer(i64::from(base.id())), base.name()))
}

fn seconds<'a>(at: &At<'_>, minimum: i64, maximum: i64) -> Result<Checked<'a>, ConfigurationError> {
    let InputValue::Text(text) = &at.input.value else { return Err(at.wrong_type()) };
    let seconds = duration::parse(text).ok_or_else(|| {
        at.malformed("expected a whole number and one of `weeks`, `days`, `hours`, `minutes`, `seconds`")
    })?;
    let shown = |seconds| format!("`{}`", duration::show(seconds));
    if seconds < minimum {
        return Err(at.bound(&shown(seconds), &shown(minimum), false));
    }
    if seconds > maximum {
        return Err(at.bound(&shown(seconds), &shown(maximum), true));
    }
    Ok(scalar(Value::Integer(seconds), duration::show(seconds)))
}
