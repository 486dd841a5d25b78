//! Grants as JSON.
//!
//! Invariant: strings of modules are bounded and printable.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Serialize;

use super::{Grant, GrantsDecision, Recipient};
use crate::decision::{
    PartyRef, TierChange,
    json::{self, PartyWire, PolicyWire, shown},
};

/// What is granted for something that happened.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Granted", inline)]
struct Wire<'a> {
    /// Always `granted`.
    outcome: &'static str,
    /// The kind of event, such as `order.paid`.
    event: &'a str,
    /// The order's id, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<&'a str>,
    /// When it happened, in UTC.
    time: String,
    /// The digest of the program that decided.
    program: String,
    /// The grants, in the order of the policies.
    grants: Vec<GrantWire<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    /// Tiers that parties are to have from now on.
    tiers: Vec<TierWire<'a>>,
    /// What each policy was asked and answered.
    policies: Vec<PolicyWire<'a>>,
}

/// Units of an asset that somebody gets.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Grant")]
struct GrantWire<'a> {
    policy: &'a str,
    to: RecipientWire<'a>,
    /// Units of what, such as `stars`.
    asset: String,
    /// How many: at least 1.
    units: i64,
    /// After how many days they expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_days: Option<u32>,
    /// Why, in the policy's words.
    reason: String,
}

/// Who gets something.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Recipient")]
enum RecipientWire<'a> {
    /// The buyer, by id.
    Buyer(&'a str),
    /// A party.
    Party(PartyWire<'a>),
}

/// A change of tier.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TierChange")]
pub(crate) struct TierWire<'a> {
    policy: &'a str,
    party: PartyWire<'a>,
    tier: String,
    /// Why, in the policy's words.
    reason: String,
}

pub(crate) fn tier(change: &TierChange) -> TierWire<'_> {
    TierWire {
        policy: &change.policy,
        party: json::party(&change.party),
        tier: shown(&change.tier),
        reason: shown(&change.reason),
    }
}

fn grant(grant: &Grant) -> GrantWire<'_> {
    let party = |party| RecipientWire::Party(json::party(party));
    GrantWire {
        policy: &grant.policy,
        to: match &grant.to {
            Recipient::Buyer(id) => RecipientWire::Buyer(id),
            Recipient::Party(to) => party(to as &PartyRef),
        },
        asset: shown(&grant.asset),
        units: grant.units,
        expires_days: grant.expires_days,
        reason: shown(&grant.reason),
    }
}

/// The JSON Schema of [`GrantsDecision::to_json`].
#[must_use]
pub fn schema() -> serde_json::Value {
    let settings = SchemaSettings::default().for_serialize();
    settings.into_generator().into_root_schema_for::<Wire<'_>>().to_value()
}

/// The decision as one line of JSON.
pub(super) fn write(decision: &GrantsDecision) -> String {
    let wire = Wire {
        outcome: "granted",
        event: &decision.kind,
        order: decision.order.as_deref(),
        time: decision.time.to_string(),
        program: decision.program.to_string(),
        grants: decision.grants.iter().map(grant).collect(),
        tiers: decision.tiers.iter().map(tier).collect(),
        policies: decision.policies.iter().map(json::policy).collect(),
    };
    // Strings and numbers only: this cannot fail.
    serde_json::to_string(&wire).unwrap_or_default()
}
