//! JSON whose bytes depend on its content alone.
//!
//! Invariant: keys are inserted in their order, so it does not matter whether the map of `serde_json` sorts them (an
//! embedding application may have switched that); there are no floats.

use fenrun_money::Allocation;
use serde_json::{Map, Value};

use super::{PolicyEntry, ProgramDefinition};
use crate::manifest::{ConfigurationInput, InputValue};

/// An object with its keys sorted.
pub(crate) fn object<Key: Into<String>>(entries: impl IntoIterator<Item = (Key, Value)>) -> Value {
    let mut entries: Vec<(String, Value)> =
        entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
    entries.sort_by(|(first, _), (second, _)| first.cmp(second));
    Value::Object(entries.into_iter().collect::<Map<_, _>>())
}

pub(super) fn program(program: &ProgramDefinition) -> Value {
    object([
        ("merchant", program.merchant().into()),
        ("currency", program.currency().code().into()),
        ("time_zone", program.time_zone_name().into()),
        ("roles", program.roles().into()),
        ("volume_window", program.volume_window().name().into()),
        ("discounts", program.discounts().name().into()),
        ("ledger", program.ledger().to_json()),
        ("guard", program.guard().to_json()),
        ("policy", program.policies().iter().map(policy).collect()),
    ])
}

fn policy(policy: &PolicyEntry) -> Value {
    object([
        ("name", policy.name().into()),
        ("use", policy.source().to_string().into()),
        ("combine", policy.combine().map(|combine| combine.name()).into()),
        ("on_failure", policy.on_failure().map(|answer| answer.name()).into()),
        ("rounding", policy.rounding().map(Allocation::name).into()),
        ("fuel_limit", policy.fuel_limit().into()),
        ("coupon", policy.coupon().into()),
        ("from", policy.from().map(|date| date.to_string()).into()),
        ("until", policy.until().map(|date| date.to_string()).into()),
        ("budget", budget(policy.budget())),
        ("configuration", configuration(policy.configuration())),
    ])
}

/// A configuration as it was written; numbers that are not whole are the text they were written as.
fn configuration(input: &ConfigurationInput) -> Value {
    match &input.value {
        InputValue::Text(text) | InputValue::Decimal(text) => text.as_str().into(),
        InputValue::Integer(number) => (*number).into(),
        InputValue::Boolean(truth) => (*truth).into(),
        InputValue::List(items) => items.iter().map(configuration).collect(),
        InputValue::Table(entries) => {
            object(entries.iter().map(|(key, value)| (key.as_str(), configuration(value))))
        }
    }
}

fn budget(budget: super::Budget) -> Value {
    object([
        ("order_minor", budget.order_minor.into()),
        ("party_minor", budget.party_minor.into()),
        ("period_minor", budget.period_minor.into()),
        ("total_minor", budget.total_minor.into()),
    ])
}
