//! The configuration of a policy, from TOML to the tree that a manifest checks.
//!
//! Invariant: numbers keep their exact text, every value keeps its place.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::{Complaint, Flaw, Item, decimal_text, integer_text, integer_value, key_path};
use super::limits::CONFIGURATION_DEPTH_MAX;
use crate::manifest::{ConfigurationInput, InputValue};

/// Reads `[policy.configuration]`.
pub(super) fn read(item: &Item<'_>) -> Result<ConfigurationInput, Complaint> {
    let DeValue::Table(entries) = item.value() else {
        return Err(item.expected("a table"));
    };
    let value = table(entries, 0).map_err(|misfit| {
        let path = format!("{}{}", item.path(), misfit.path);
        item.complain_at(&path, misfit.span, misfit.flaw)
    })?;
    Ok(ConfigurationInput::from(value).with_span(item.span()))
}

/// A value that no configuration can hold. The path is made from the inside out, and only when there is an error.
struct Misfit {
    path: String,
    span: Range<usize>,
    flaw: Flaw,
}

fn table(entries: &DeTable<'_>, depth: usize) -> Result<InputValue, Misfit> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let entries = entries.into_iter().map(|(key, entry)| {
        let read = tree(entry, depth.saturating_add(1));
        let read = read.map_err(|misfit| misfit.below(&format!(".{}", key_path("", key.get_ref()))))?;
        Ok((key.get_ref().to_string(), read))
    });
    Ok(InputValue::Table(entries.collect::<Result<_, _>>()?))
}

fn tree(spanned: &Spanned<DeValue<'_>>, depth: usize) -> Result<ConfigurationInput, Misfit> {
    let misfit = |flaw| Misfit { path: String::new(), span: spanned.span(), flaw };
    if depth > CONFIGURATION_DEPTH_MAX {
        let message = format!("expected at most {CONFIGURATION_DEPTH_MAX} levels of lists and tables");
        return Err(misfit(Flaw::new(message)));
    }
    let value = match spanned.get_ref() {
        DeValue::String(text) => InputValue::Text(text.to_string()),
        DeValue::Integer(number) => match integer_value(number).and_then(|value| i64::try_from(value).ok()) {
            Some(value) => InputValue::Integer(value),
            None => InputValue::Decimal(integer_text(number)),
        },
        DeValue::Float(number) if number.as_str().ends_with(['f', 'n']) => {
            return Err(misfit(Flaw::new(format!("expected a number, found `{}`", number.as_str()))));
        }
        DeValue::Float(number) => InputValue::Decimal(decimal_text(number).to_owned()),
        DeValue::Boolean(truth) => InputValue::Boolean(*truth),
        DeValue::Datetime(date) => {
            let flaw = Flaw::new(format!("a date such as `{date}` has no meaning in a configuration"));
            return Err(misfit(flaw.hint(format!("if the policy expects a text, write `\"{date}\"`"))));
        }
        DeValue::Array(items) => {
            let items = items.iter().enumerate().map(|(index, item)| {
                let read = tree(item, depth.saturating_add(1));
                read.map_err(|misfit| misfit.below(&format!("[{index}]")))
            });
            InputValue::List(items.collect::<Result<_, _>>()?)
        }
        DeValue::Table(entries) => table(entries, depth)?,
    };
    Ok(ConfigurationInput::from(value).with_span(spanned.span()))
}

impl Misfit {
    fn below(mut self, step: &str) -> Misfit {
        self.path.insert_str(0, step);
        self
    }
}
