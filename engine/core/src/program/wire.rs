//! The JSON Schema of a program file.
//!
//! Invariant: says what `file` reads; a test compares their keys.
#![expect(dead_code, reason = "these types only describe the file; the fields are never read")]

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::{Combine, OnFailure, OnRefund};
use crate::profile::{Overrides, RailOverrides};

/// The JSON Schema of a program file, for editors and for `fenrun schema program`.
///
/// ```
/// let schema = fenrun::program::schema();
/// assert!(schema.pointer("/properties/time_zone").is_some());
/// assert!(schema.pointer("/properties/timezone").is_none());
/// ```
#[must_use]
pub fn schema() -> Schema {
    describe::<ProgramText>()
}

/// The schema of a type, where an optional key may be left out and may not be null: TOML has no null.
pub(crate) fn describe<Text: JsonSchema>() -> Schema {
    let without_null = RecursiveTransform(drop_null as fn(&mut Schema));
    SchemaSettings::draft2020_12()
        .with_transform(without_null)
        .into_generator()
        .into_root_schema_for::<Text>()
}

fn drop_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(choices)) = schema.get_mut("anyOf") else {
        return;
    };
    choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
    if let [Value::Object(only)] = choices.as_slice() {
        let only = only.clone();
        schema.remove("anyOf");
        for (key, value) in only {
            schema.insert(key, value);
        }
    }
}

/// A fenrun program: what one merchant pays, to whom, by which rules.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Program")]
struct ProgramText {
    /// The merchant's id.
    merchant: Name,
    /// The ISO 4217 code of the currency, such as `CNY`.
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    currency: String,
    /// The IANA name of the time zone in which days and months are counted, such as `Asia/Shanghai`.
    time_zone: String,
    /// Roles beside the well-known ones.
    #[schemars(length(max = 64))]
    roles: Option<Vec<Name>>,
    /// The period over which a party's volume is counted; `month` unless given.
    volume_window: Option<Window>,
    /// The guard profile: `cn`, `open`, or the path of a profile file.
    guard: String,
    /// Single keys of the guard profile, changed by the host.
    guard_overrides: Option<Overrides>,
    /// The rail profile: `wechat`, `none`, or the path of a profile file; `none` unless given.
    rail: Option<String>,
    /// Single keys of the rail profile, changed by the host.
    rail_overrides: Option<RailOverrides>,
    /// How discounts of different policies go together; `stack` unless given.
    discounts: Option<Combine>,
    /// Holds, quotes, bindings and payouts; only a ledger uses it.
    ledger: Option<LedgerText>,
    /// The policies, in order.
    #[schemars(length(max = 64))]
    policy: Vec<PolicyText>,
}

/// One policy of the program.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Policy")]
struct PolicyText {
    /// Its name: unique in the program, and part of every effect.
    name: Name,
    /// A stock policy by name, `./folder` with its source, or `./file.wasm`.
    #[schemars(rename = "use", length(min = 1, max = 1_024))]
    uses: String,
    /// How its discounts go together with others, unless as the program says.
    combine: Option<Combine>,
    /// What happens to a quote when it fails; `skip` unless given. Discounts policies only.
    on_failure: Option<OnFailure>,
    /// What becomes of its discount where units of its order come back; `unwind` unless given. Discounts policies only.
    on_refund: Option<OnRefund>,
    /// How its shares are rounded; `floor_residual_to` unless given. Shares policies only.
    rounding: Option<Rounding>,
    /// Fuel of one hook call.
    #[schemars(range(min = 1))]
    fuel_limit: Option<u64>,
    /// The coupon that must be presented for it to be asked; its effects use the coupon up.
    coupon: Option<Name>,
    /// The first day on which it is asked, in the program's time zone.
    from: Option<DateText>,
    /// The last day on which it is asked.
    until: Option<DateText>,
    /// What it may spend, as amounts; a limit over several orders needs a ledger.
    budget: Option<BudgetText>,
    /// What the policy's manifest lets a program choose.
    configuration: Option<BTreeMap<String, Value>>,
}

/// Holds, quotes, bindings and payouts.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Ledger")]
struct LedgerText {
    /// Days from completion until shares are released; 0 by default, the guard profile may ask for more.
    #[schemars(range(max = 3_650))]
    hold_days: Option<u32>,
    /// Minutes a quote stands, where the event does not say; 1440 by default.
    #[schemars(range(max = 44_640))]
    quote_minutes: Option<u32>,
    /// Which binding of a buyer counts; `last` by default.
    touch: Option<TouchText>,
    /// Days in which a binding cannot be replaced by another touch; 0 by default.
    #[schemars(range(max = 3_650))]
    protection_days: Option<u32>,
    /// The least that is paid out at once; less is carried forward. 0 by default.
    payout_min: Option<AmountText>,
    /// What a refund changes of a period that was closed before it; `keep` by default.
    late_refund: Option<LateRefundText>,
}

/// What a refund changes of a period that was closed before it.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", rename = "LateRefund")]
enum LateRefundText {
    Keep,
    Recompute,
}

/// Which binding of a buyer counts.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", rename = "Touch")]
enum TouchText {
    Last,
    First,
}

/// What a policy may spend.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Budget")]
struct BudgetText {
    /// On one order.
    order: Option<AmountText>,
    /// On one party: who gets the shares, or the buyer for discounts.
    party: Option<AmountText>,
    /// In one volume window of the program.
    period: Option<AmountText>,
    /// In all.
    total: Option<AmountText>,
}

/// Stands for a date in the schema.
struct DateText;

impl JsonSchema for DateText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date", "examples": ["2026-03-01"] })
    }
}

/// Stands for an amount in the schema.
struct AmountText;

impl JsonSchema for AmountText {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An amount in the program's currency, major units: `\"50.00\"`.",
            "type": ["string", "number"],
            "pattern": r"^[0-9]+([.][0-9]+)?$",
            "minimum": 0,
        })
    }
}

/// The period over which a volume is counted.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", rename = "VolumeWindow")]
enum Window {
    Day,
    Month,
    Quarter,
    Year,
    All,
}

/// A named rounding. `floor_to_payee` and `floor_residual` are other names of `floor_residual_to`.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Rounding {
    FloorResidualTo,
    FloorToPayee,
    FloorResidual,
    HalfUpEach,
    HalfEvenEach,
    LargestRemainder,
    FirstTakesRest,
    HalfDownFirst,
    LastTakesRest,
}

/// A name of letters, digits, `-`, `_` and `.`.
struct Name;

impl JsonSchema for Name {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "maxLength": 128,
            "pattern": r"^[\p{L}\p{N}][\p{L}\p{N}._-]*$",
        })
    }
}

/// An exact rate: `20%`, `7‰`, `1/5`, or a plain number from 0 to 1.
pub(crate) struct RateText;

impl JsonSchema for RateText {
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An exact rate: `20%`, `7‰`, `1/5`, or a plain number from 0 to 1.",
            "type": ["string", "number"],
            "pattern": r"^[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?(%|‰|/[0-9]+)?$",
            "minimum": 0,
            "maximum": 1,
        })
    }
}
