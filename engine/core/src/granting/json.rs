//! Grants as JSON.
//!
//! Invariant: strings of modules are bounded and printable.

use serde::Serialize;

use super::{Grant, GrantsDecision, Recipient};
use crate::decision::{
    PartyRef, TierChange,
    json::{self, PartyWire, PolicyWire, shown},
};

#[derive(Serialize)]
struct Wire<'a> {
    outcome: &'static str,
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<&'a str>,
    time: String,
    program: String,
    grants: Vec<GrantWire<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tiers: Vec<TierWire<'a>>,
    policies: Vec<PolicyWire<'a>>,
}

#[derive(Serialize)]
struct GrantWire<'a> {
    policy: &'a str,
    to: RecipientWire<'a>,
    asset: String,
    units: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_days: Option<u32>,
    reason: String,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum RecipientWire<'a> {
    Buyer(&'a str),
    Party(PartyWire<'a>),
}

/// A change of tier.
#[derive(Serialize)]
pub(crate) struct TierWire<'a> {
    policy: &'a str,
    party: PartyWire<'a>,
    tier: String,
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
