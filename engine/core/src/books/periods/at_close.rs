//! What the close of a period leaves in the books, so that a late refund can work it out again: who was asked, what was
//! known of each, and who stood above whom.
//!
//! Invariant: as of the close; what became of people and relations since is not seen (I7).

use std::collections::{BTreeMap, BTreeSet};

use fenrun_abi::{code::PeriodBase, field::PeriodField};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::gathered::Bounds;
use crate::books::desk::{Desk, SEPARATOR, key, kind};
use crate::books::lot::Lot;
use crate::books::records::{PartyRecord, Touches};
use crate::books::stop::Stop;
use crate::event::UPLINE_RELATION;
use crate::history::VolumeWindow;
use crate::periods::{BonusTerm, PeriodDecision};

/// A period that was closed, by its first day, the first day after it, and its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::books) struct Closed {
    window: String,
    /// The fact that brought the program of the close into force.
    pub(in crate::books) activated: String,
    /// Who was asked about.
    pub(in crate::books) parties: BTreeMap<String, AtClose>,
    pub(in crate::books) chains: Chains,
}

/// What was known of a party at the close beside what it sold and earned, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::books) struct AtClose {
    /// As what it belongs to the merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::books) contract: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::books) tier: Option<String>,
    /// The tier after the close.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::books) reached: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::books) eligible: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::books) tags: Vec<String>,
    #[serde(skip_serializing_if = "is_zero")]
    pub(in crate::books) newly_bound: u64,
    /// Whether what came of it depends on what all others sold: a place in the ranking, or a part of all sales.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::books) looks_around: bool,
    /// Bonuses that are of no order, by policy, minor units: what is kept of them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::books) alone: BTreeMap<String, i64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl AtClose {
    /// What the books know of a party now.
    pub(super) fn of(record: PartyRecord, contract: Option<String>, newly_bound: u64) -> Self {
        let PartyRecord { tier, eligible, tags, frozen: _ } = record;
        Self { contract, tier, eligible, tags, newly_bound, ..Self::default() }
    }

    /// The tier that it has by a decision of this close, or without one.
    pub(in crate::books) fn would_reach(&self, decision: Option<&PeriodDecision>) -> Option<String> {
        let change = decision.and_then(|decision| decision.tier.as_ref());
        change.map(|change| change.tier.clone()).or_else(|| self.tier.clone())
    }

    /// Takes up what was decided about it.
    pub(super) fn decided(&mut self, decision: &PeriodDecision) {
        self.reached = self.would_reach(Some(decision));
        self.look(decision);
    }

    /// Takes up at what a decision looked.
    pub(in crate::books) fn look(&mut self, decision: &PeriodDecision) {
        self.looks_around |= looks_around(decision);
    }
}

fn looks_around(decision: &PeriodDecision) -> bool {
    let shared = [PeriodField::Rank, PeriodField::Ranked, PeriodField::TotalVolume, PeriodField::Tied];
    let reads = decision.policies.iter().fold(0, |all, run| all | run.reads.period);
    let of_all = |term: &BonusTerm| matches!(term, BonusTerm::Rate { base: PeriodBase::TotalVolume, .. });
    shared.iter().any(|field| reads >> field.slot() & 1 == 1)
        || decision.bonuses.iter().flat_map(|bonus| &bonus.terms).any(of_all)
}

impl Closed {
    /// Puts down what a late refund will need.
    pub(super) fn put(
        desk: &mut Desk<'_>,
        (period, bounds, activated): (&str, &Bounds, &str),
        parties: BTreeMap<String, AtClose>,
        chains: Chains,
    ) -> Result<(), Stop> {
        let window = bounds.window.name().to_owned();
        let closed = Self { window, activated: activated.to_owned(), parties, chains };
        let place = key(&[&bounds.first.to_string(), &bounds.after.to_string(), period]);
        desk.put(kind::CLOSED, place, &closed)
    }

    /// The closed periods that hold a day, each with its place in the books and its name.
    pub(in crate::books) fn that_hold(
        desk: &mut Desk<'_>,
        day: Date,
    ) -> Result<Vec<(String, String, Bounds, Self)>, Stop> {
        let mut found = Vec::new();
        // Only those that hold it are looked into: there may be years of closed days, each with everybody in it.
        for place in desk.keys(kind::CLOSED, "", None)? {
            let parts: Vec<&str> = place.splitn(3, SEPARATOR).collect();
            let [first, after, period] = parts.as_slice() else { continue };
            let (Ok(first), Ok(after)) = (first.parse::<Date>(), after.parse::<Date>()) else { continue };
            if day < first || after <= day {
                continue;
            }
            let Some(closed) = desk.find::<Self>(kind::CLOSED, &place)? else { continue };
            let window = VolumeWindow::ALL.into_iter().find(|window| window.name() == closed.window);
            let Some(window) = window else { continue };
            found.push((place.clone(), (*period).to_owned(), Bounds { window, first, after }, closed));
        }
        Ok(found)
    }

    /// Everybody about whom something else may be known after a refund of an order: who sold it, who stood above, who had
    /// a share of it, and who looked at what all sold.
    pub(in crate::books) fn concerned(&self, lot: &Lot) -> BTreeSet<String> {
        let mut concerned: BTreeSet<&str> = lot.shares.iter().map(|share| share.party.as_str()).collect();
        if let Some(seller) = &lot.seller {
            concerned.insert(seller);
            concerned.extend(self.chains.above(seller));
        }
        let around = self.parties.iter().filter(|(_, known)| known.looks_around);
        concerned.extend(around.map(|(party, _)| party.as_str()));
        concerned.into_iter().filter(|party| self.parties.contains_key(*party)).map(str::to_owned).collect()
    }
}

/// Who stands right above whom: everybody who sold or earned something in a period, and all above them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::books) struct Chains(BTreeMap<String, String>);

impl Chains {
    /// The chains above some parties, as they are bound by now.
    pub(super) fn of<'a>(
        desk: &mut Desk<'_>,
        parties: impl Iterator<Item = &'a String>,
    ) -> Result<Self, Stop> {
        let mut chains = Self::default();
        for party in parties {
            let mut party = party.clone();
            while !chains.0.contains_key(&party) {
                let touches: Touches = desk.get(kind::TOUCH, &party)?;
                let newest = touches.get(UPLINE_RELATION).and_then(|touches| touches.last());
                let Some(upline) = newest.and_then(|touch| touch.to.clone()) else { break };
                chains.0.insert(party, upline.clone());
                party = upline;
            }
        }
        Ok(chains)
    }

    /// Who stands right above a party.
    pub(super) fn upline(&self, party: &str) -> Option<&str> {
        self.0.get(party).map(String::as_str)
    }

    /// Everybody above a party, from below.
    pub(super) fn above<'a>(&'a self, party: &'a str) -> impl Iterator<Item = &'a str> {
        // Relations close no circle; the bound keeps a ledger that was tampered with from holding this up for ever.
        std::iter::successors(self.upline(party), |party| self.upline(party)).take(self.0.len())
    }
}
