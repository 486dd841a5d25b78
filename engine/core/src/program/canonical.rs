//! JSON whose bytes depend on its content alone.
//!
//! Invariant: keys are inserted in their order, so it does not matter whether the map of `serde_json` sorts them (an
//! embedding application may have switched that); there are no floats.

use fenrun_money::Allocation;
use serde_json::{Map, Value};

use super::{LedgerTerms, OnRefund, PolicyEntry, ProgramDefinition};
use crate::manifest::{ConfigurationInput, InputValue};
use crate::profile::RailProfile;

/// An object with its keys sorted.
pub(crate) fn object<Key: Into<String>>(entries: impl IntoIterator<Item = (Key, Value)>) -> Value {
    let mut entries: Vec<(String, Value)> =
        entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
    entries.sort_by(|(first, _), (second, _)| first.cmp(second));
    Value::Object(entries.into_iter().collect::<Map<_, _>>())
}

/// What a program leaves at its default does not show, so that a key that is added later changes no digest.
pub(super) fn program(program: &ProgramDefinition) -> Value {
    let mut entries = vec![
        ("merchant", program.merchant().into()),
        ("currency", program.currency().code().into()),
        ("time_zone", program.time_zone_name().into()),
        ("roles", program.roles().into()),
        ("volume_window", program.volume_window().name().into()),
        ("discounts", program.discounts().name().into()),
        ("guard", program.guard().to_json()),
        ("policy", program.policies().iter().map(policy).collect()),
    ];
    if *program.ledger() != LedgerTerms::default() {
        entries.push(("ledger", program.ledger().to_json()));
    }
    if *program.rail() != RailProfile::default() {
        entries.push(("rail", program.rail().to_json()));
    }
    object(entries)
}

fn policy(policy: &PolicyEntry) -> Value {
    let mut entries: Vec<(&str, Value)> = vec![
        ("name", policy.name().into()),
        ("use", policy.source().to_string().into()),
        ("combine", policy.combine().map(|combine| combine.name()).into()),
        ("on_failure", policy.on_failure().map(|answer| answer.name()).into()),
        ("rounding", policy.rounding().map(Allocation::name).into()),
        ("fuel_limit", policy.fuel_limit().into()),
        ("configuration", configuration(policy.configuration())),
    ];
    if let Some(coupon) = policy.coupon() {
        entries.push(("coupon", coupon.into()));
    }
    if policy.on_refund() != OnRefund::default() {
        entries.push(("on_refund", policy.on_refund().name().into()));
    }
    for (key, date) in [("from", policy.from()), ("until", policy.until())] {
        if let Some(date) = date {
            entries.push((key, date.to_string().into()));
        }
    }
    if policy.budget().is_limited() {
        entries.push(("budget", budget(policy.budget())));
    }
    object(entries)
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
