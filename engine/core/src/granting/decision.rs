//! What is granted for something that happened.
//!
//! Invariant: whole units, at least one, with a reason; no money.

use fenrun_money::Rate;
use jiff::Timestamp;

use crate::{
    admission::Digest,
    decision::{Allocated, PartyRef, PolicyRun, TierChange},
};

/// What is granted for something that happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GrantsDecision {
    /// The kind of event, such as `order.paid`.
    pub kind: String,
    /// The order's id, where it is about one.
    pub order: Option<String>,
    /// When it happened.
    pub time: Timestamp,
    /// The digest of the program that decided.
    pub program: Digest,
    /// The grants, in the order of the policies.
    pub grants: Vec<Grant>,
    /// Tiers that parties are to have from now on; one for each party at most.
    pub tiers: Vec<TierChange>,
    /// What each policy was asked and answered.
    pub policies: Vec<PolicyRun>,
}

/// Who is granted something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recipient {
    /// The buyer, by id.
    Buyer(Box<str>),
    /// A party.
    Party(PartyRef),
}

/// Units of an asset that somebody gets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// The policy that asked for it.
    pub policy: String,
    /// Who gets them.
    pub to: Recipient,
    /// Units of what, such as `stars`.
    pub asset: String,
    /// How many: at least 1.
    pub units: i64,
    /// After how many days they expire: at least 1. `None` where they do not.
    pub expires_days: Option<u32>,
    /// What they came from; empty where a refund of a part of the order changes nothing.
    pub terms: Vec<GrantTerm>,
    /// What they are counted over: one for each so many units of another asset that the receiver has earned in all.
    pub counted: Option<(String, i64)>,
    /// Why, as the policy gave it.
    pub reason: String,
}

/// A part of what the units of a grant came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GrantTerm {
    /// What each line brought, in minor units.
    pub bases: Vec<Allocated>,
    /// Units for each minor unit.
    pub rate: Rate,
}

impl Recipient {
    /// Whose books it goes into.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Buyer(id) => id,
            Self::Party(party) => &party.id,
        }
    }
}

impl GrantsDecision {
    /// Units of an asset that somebody gets, in any role.
    #[must_use]
    pub fn units_of(&self, id: &str, asset: &str) -> i64 {
        let own = self.grants.iter().filter(|grant| grant.to.id() == id && grant.asset == asset);
        own.map(|grant| grant.units).fold(0, i64::saturating_add)
    }

    /// The decision as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        super::json::write(self)
    }
}
