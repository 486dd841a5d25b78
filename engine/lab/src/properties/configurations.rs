//! Configurations that a manifest permits: defaults, what lies next to them, the bounds, and anything between.
//!
//! Invariant: made of the manifest alone; whether the policy takes one is for `configure` to say.

use fenrun::manifest::{ConfigurationInput, Field, FieldType, InputValue};
use fenrun_abi::code::Base;
use fenrun_money::Rate;
use fenrun_money::decimal::parse_minor;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::edges::well_known_roles;
use super::minor::{CURRENCY, Minor};

/// Items of a generated list beyond the fewest; longer ones say little more and are seldom taken.
const ITEMS_MORE_MAX: usize = 4;

/// Whole numbers above the least that are tried.
const INTEGERS_MAX: i64 = 20;

/// Amounts that are tried whatever the manifest says, in minor units.
const AMOUNTS: [i64; 5] = [0, 1, 100, 5_000, 10_000];

/// Rates that are tried whatever the manifest says.
const RATES: [&str; 8] = ["0%", "0.01%", "1%", "5%", "12.5%", "1/3", "50%", "100%"];

/// Words for texts that mean nothing in particular.
const WORDS: [&str; 4] = ["tea", "wine", "points", "live"];

/// Seconds that are tried whatever the manifest says.
const SPANS: [i64; 3] = [3_600, 86_400, 604_800];

/// A value of a configuration, or nothing where a field is left out.
type Made = BoxedStrategy<Option<Value>>;

/// Configurations of these fields.
pub(super) fn configurations(fields: &[Field]) -> BoxedStrategy<Map<String, Value>> {
    let made: Vec<_> = fields.iter().map(|field| (Just(field.name().to_owned()), of_field(field))).collect();
    made.prop_map(|entries| {
        entries.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
    })
    .boxed()
}

fn of_field(field: &Field) -> Made {
    let made = value(field.kind());
    match field.default() {
        Some(default) => {
            let near = near(field.kind(), default);
            prop_oneof![6 => Just(None), 2 => near.prop_map(Some), 1 => made.prop_map(Some)].boxed()
        }
        None if field.is_required() => made.prop_map(Some).boxed(),
        None => prop_oneof![2 => Just(None), 1 => made.prop_map(Some)].boxed(),
    }
}

/// One step beside a value, or the value itself.
fn near(kind: &FieldType, default: &ConfigurationInput) -> BoxedStrategy<Value> {
    let written = default.to_json();
    match (kind, &default.value) {
        (FieldType::Rate { minimum, maximum }, _) => {
            let Some(rate) = text_of(&written).and_then(|text| Rate::parse(&text).ok()) else {
                return Just(written).boxed();
            };
            let step = Rate::basis_points(1);
            let less = step.numerator().checked_neg().and_then(|one| Rate::new(one, step.denominator()).ok());
            let beside = [Some(step), less].into_iter().flatten();
            let beside = beside.filter_map(|step| rate.checked_add(step).ok());
            let rates = beside.filter(|rate| minimum <= rate && rate <= maximum).chain([rate]);
            select(rates.map(|rate| json!(rate.to_string())).collect::<Vec<_>>()).boxed()
        }
        (FieldType::Amount { minimum, maximum }, _) => {
            let Some(minor) = text_of(&written).and_then(|text| minor_of(&text)) else {
                return Just(written).boxed();
            };
            let beside = [minor.saturating_sub(1), minor.saturating_add(1), minor];
            select(amounts(minimum, maximum.as_deref(), &beside)).boxed()
        }
        (FieldType::Integer { minimum, maximum }, InputValue::Integer(number)) => {
            let beside = [number.saturating_sub(1), number.saturating_add(1), *number];
            let permitted = beside.into_iter().filter(|number| minimum <= number && number <= maximum);
            select(permitted.map(Value::from).collect::<Vec<_>>()).boxed()
        }
        (FieldType::List { items, items_min, .. }, InputValue::List(found)) => {
            let all: Vec<_> = found.iter().map(|item| near(items, item)).collect();
            let least = *items_min;
            (all, any::<bool>())
                .prop_map(move |(mut items, shorter)| {
                    if shorter && items.len() > least {
                        items.pop();
                    }
                    Value::from(items)
                })
                .boxed()
        }
        (FieldType::Table { fields }, InputValue::Table(found)) => {
            let entries: Vec<_> = found
                .iter()
                .filter_map(|(name, value)| {
                    let field = fields.iter().find(|field| field.name() == name)?;
                    Some((Just(name.clone()), near(field.kind(), value)))
                })
                .collect();
            entries.prop_map(|entries| Value::Object(entries.into_iter().collect())).boxed()
        }
        _ => Just(written).boxed(),
    }
}

/// Any value of a type.
fn value(kind: &FieldType) -> BoxedStrategy<Value> {
    match kind {
        FieldType::Rate { minimum, maximum } => {
            let (minimum, maximum) = (*minimum, *maximum);
            let known = RATES.iter().filter_map(|text| Rate::parse(text).ok()).chain([minimum, maximum]);
            let known: Vec<_> = known.filter(|rate| minimum <= *rate && *rate <= maximum).collect();
            let any = (0_u32..=10_000).prop_map(Rate::basis_points);
            let any = any.prop_map(move |rate| rate.max(minimum).min(maximum));
            prop_oneof![select(known), any].prop_map(|rate| json!(rate.to_string())).boxed()
        }
        FieldType::Amount { minimum, maximum } => {
            let known = amounts(minimum, maximum.as_deref(), &AMOUNTS);
            let (minimum, maximum) = (minimum.clone(), maximum.clone());
            let any = (0_i64..=100_000).prop_map(move |minor| {
                amounts(&minimum, maximum.as_deref(), &[minor]).pop().unwrap_or_default()
            });
            prop_oneof![select(known), any].boxed()
        }
        FieldType::Integer { minimum, maximum } => {
            let (minimum, maximum) = (*minimum, *maximum);
            let most = minimum.saturating_add(INTEGERS_MAX).min(maximum);
            prop_oneof![8 => minimum..=most, 1 => Just(maximum)].prop_map(Value::from).boxed()
        }
        FieldType::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        FieldType::Text { bytes_max } => {
            let fitting: Vec<_> = WORDS.iter().filter(|word| word.len() <= *bytes_max).collect();
            let fitting: Vec<Value> =
                fitting.into_iter().map(|word| json!(word)).chain([json!("x")]).collect();
            select(fitting).boxed()
        }
        FieldType::Choice { choices } => select(choices.clone()).prop_map(Value::from).boxed(),
        FieldType::Base => {
            select(Base::ALL.iter().map(|base| json!(base.name())).collect::<Vec<_>>()).boxed()
        }
        FieldType::Role => select(well_known_roles()).prop_map(Value::from).boxed(),
        FieldType::Duration { minimum_seconds, maximum_seconds } => {
            let (minimum, maximum) = (*minimum_seconds, *maximum_seconds);
            let spans = SPANS.iter().copied().chain([minimum, maximum]);
            let spans = spans.filter(|seconds| minimum <= *seconds && *seconds <= maximum);
            select(spans.map(|seconds| json!(format!("{seconds} seconds"))).collect::<Vec<_>>()).boxed()
        }
        FieldType::List { items, items_min, items_max } => {
            let most = items_min.saturating_add(ITEMS_MORE_MAX).min(*items_max);
            let items = value(items);
            (prop::collection::vec(items, *items_min..=most), any::<bool>())
                .prop_map(|(mut items, rises)| {
                    // Tiers and steps are mostly asked for in rising order.
                    if rises {
                        items.sort_by_key(first_number);
                    }
                    Value::from(items)
                })
                .boxed()
        }
        FieldType::Table { fields } => configurations(fields).prop_map(Value::Object).boxed(),
        _ => Just(Value::Null).boxed(),
    }
}

/// These amounts as far as they are permitted; never none.
fn amounts(minimum: &str, maximum: Option<&str>, wanted: &[i64]) -> Vec<Value> {
    let least = minor_of(minimum).unwrap_or(0);
    let most = maximum.and_then(minor_of).unwrap_or(i64::MAX);
    let bounds = [least].into_iter().chain(maximum.and_then(minor_of));
    let permitted = wanted.iter().copied().filter(|minor| least <= *minor && *minor <= most);
    bounds.chain(permitted).map(|minor| json!(Minor(minor).to_string())).collect()
}

fn first_number(item: &Value) -> i64 {
    let whole = |value: &Value| value.as_i64().or_else(|| value.as_str().and_then(minor_of));
    match item {
        Value::Object(fields) => fields.values().find_map(whole).unwrap_or(0),
        other => whole(other).unwrap_or(0),
    }
}

fn minor_of(text: &str) -> Option<i64> {
    parse_minor(text, CURRENCY.exponent()).ok()
}

/// A default's text, whether it was written as a text or as a number.
fn text_of(written: &Value) -> Option<String> {
    match written {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
