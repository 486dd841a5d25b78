//! The values around which a policy may change its mind: those of its configuration, and the constants of its module.
//!
//! Invariant: only where to look; nothing is concluded from a value that is missing here.

use std::collections::BTreeSet;

use fenrun::manifest::{Field, FieldType};
use fenrun_abi::word;
use fenrun_money::Rate;
use fenrun_money::decimal::parse_minor;
use serde_json::Value;
use wasmparser::{Operator, Parser, Payload};

use super::minor::CURRENCY;

/// Constants of a module that are kept. A large module has thousands, most of them addresses and masks.
const CONSTANTS_MAX: usize = 64;

/// The largest constant that is taken for an amount: ten million, in units with two decimals.
const CONSTANT_MAX: i64 = 1_000_000_000;

/// Amounts at which rules often change, whatever is configured.
const ROUND: [i64; 6] = [1, 10, 100, 1_000, 10_000, 100_000];

/// Values of interest. Never empty, so that one can always be chosen.
#[derive(Clone, Debug)]
pub(super) struct Edges {
    /// Minor units.
    pub(super) amounts: Vec<i64>,
    pub(super) counts: Vec<i64>,
    pub(super) words: Vec<String>,
    pub(super) roles: Vec<String>,
    /// Months and days.
    pub(super) dates: Vec<(i64, i64)>,
}

#[derive(Default)]
struct Found {
    amounts: BTreeSet<i64>,
    counts: BTreeSet<i64>,
    words: BTreeSet<String>,
    roles: BTreeSet<String>,
    dates: BTreeSet<(i64, i64)>,
}

impl Edges {
    /// Of a whole configuration, defaults included, and of what the module compares with.
    pub(super) fn of(fields: &[Field], configuration: &Value, constants: &[i64]) -> Edges {
        let mut found = Found::default();
        found.table(fields, configuration);
        let around = |center: i64| [center.saturating_sub(1), center, center.saturating_add(1)];
        let amounts = found.amounts.iter().chain(constants).chain(&ROUND).copied();
        let amounts: BTreeSet<i64> = amounts.flat_map(around).filter(|amount| *amount >= 0).collect();
        let counts = found.counts.iter().copied().chain([1, 2, 3]);
        let counts: BTreeSet<i64> = counts.flat_map(around).filter(|count| *count >= 0).collect();
        found.words.extend(["tea", "wine"].map(str::to_owned));
        if found.roles.is_empty() {
            found.roles.insert("guide".to_owned());
        }
        Edges {
            amounts: amounts.into_iter().collect(),
            counts: counts.into_iter().collect(),
            words: found.words.into_iter().collect(),
            roles: found.roles.into_iter().collect(),
            dates: found.dates.into_iter().collect(),
        }
    }
}

impl Found {
    fn table(&mut self, fields: &[Field], value: &Value) {
        let number = |name: &str| value.get(name).and_then(Value::as_i64);
        if let (Some(month), Some(day)) = (number("month"), number("day")) {
            self.dates.insert((month, day));
        }
        for field in fields {
            if let Some(value) = value.get(field.name()) {
                self.value(field.kind(), value);
            }
        }
    }

    fn value(&mut self, kind: &FieldType, value: &Value) {
        let text = value.as_str();
        match kind {
            FieldType::Amount { .. } => {
                let minor = text.and_then(|text| parse_minor(text, CURRENCY.exponent()).ok());
                self.amounts.extend(minor);
            }
            FieldType::Rate { .. } => self.rate(text.and_then(|text| Rate::parse(text).ok())),
            FieldType::Integer { .. } => self.counts.extend(value.as_i64()),
            FieldType::Text { .. } => self.words.extend(text.map(str::to_owned)),
            FieldType::Role => self.roles.extend(text.map(str::to_owned)),
            FieldType::List { items, .. } => {
                for item in value.as_array().into_iter().flatten() {
                    self.value(items, item);
                }
            }
            FieldType::Table { fields } => self.table(fields, value),
            _ => {}
        }
    }

    /// The amount of which the rate first is a whole minor unit, and the one of which it always is.
    fn rate(&mut self, rate: Option<Rate>) {
        let Some(rate) = rate.filter(|rate| !rate.is_zero()) else { return };
        let first = rate.denominator().checked_div(rate.numerator());
        self.amounts.extend(first.filter(|first| *first < CONSTANT_MAX));
        self.amounts.extend(Some(rate.denominator()).filter(|whole| *whole < CONSTANT_MAX));
    }
}

/// What a module compares with, as far as that can be told from its constants: whole numbers of 64 bits, as amounts are.
pub(super) fn constants(module: &[u8]) -> Vec<i64> {
    let mut found = BTreeSet::new();
    for payload in Parser::new(0).parse_all(module) {
        let Ok(Payload::CodeSectionEntry(body)) = payload else { continue };
        let Ok(operators) = body.get_operators_reader() else { continue };
        for operator in operators.into_iter().flatten() {
            if let Operator::I64Const { value } = operator
                && (1..=CONSTANT_MAX).contains(&value)
            {
                found.insert(value);
            }
        }
    }
    // Of too many the largest: small ones are handles and masks.
    found.into_iter().rev().take(CONSTANTS_MAX).collect()
}

/// The roles that every program knows.
pub(super) fn well_known_roles() -> Vec<String> {
    word::ROLES.iter().map(|(role, _)| (*role).to_owned()).collect()
}
