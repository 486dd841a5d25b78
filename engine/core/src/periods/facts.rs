//! What is known of a period that closes, for one party.
//!
//! Invariant: amounts are as the ledger has them at the close, less what was refunded and clawed back.

use std::collections::BTreeMap;

use fenrun_abi::{
    ABSENT,
    code::Window,
    field::{OrderField, PeriodField},
    host::{Facts, OrderTexts},
};
use jiff::Timestamp;

use crate::{
    event::Party,
    facts::{self, PartyFacts},
    history::VolumeWindow,
    loaded::Program,
};

/// A period that closes, seen from one party. Amounts are minor units of the program's currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodFacts {
    /// The calendar window of the period.
    pub window: VolumeWindow,
    /// Its first moment.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
    /// Who is considered: id, role, depth, tier, tags, attributes, and whether it may be paid. Its own `volume_minor`
    /// is not looked at.
    pub party: Party,
    /// Whether the merchant has named it in this role (`party.changed`): it is asked about whether it sold or not, and a
    /// trade partner or platform may have a guaranteed minimum for a period without sales.
    pub by_contract: bool,
    /// Goods paid in the period with the party as the seller of record.
    pub volume_minor: i64,
    /// How many paid orders that were.
    pub orders: u64,
    /// Shares of the period's orders that the party has accrued, by every policy, less what was clawed back.
    pub accrued_minor: i64,
    /// The same by the name of the policy that gave them. A policy that is not there has given nothing.
    pub accrued_by_policy_minor: BTreeMap<String, i64>,
    /// What the party's direct downlines sold.
    pub direct_volume_minor: i64,
    /// What everybody below the party sold, and the party itself.
    pub group_volume_minor: i64,
    /// The party's place by volume, 1 the best; equal volumes share the better place. 0: it has none.
    pub rank: u32,
    /// How many parties share that place, this one included. 0 counts as 1.
    pub tied: u32,
    /// How many parties have a place.
    pub ranked: u32,
    /// What all parties sold.
    pub total_volume_minor: i64,
    /// How many members were newly bound to the party in the period.
    pub newly_bound: u64,
}

impl PeriodFacts {
    /// A period in which nothing happened.
    #[must_use]
    pub fn new(window: VolumeWindow, start: Timestamp, end: Timestamp, party: Party) -> Self {
        Self {
            window,
            start,
            end,
            party,
            by_contract: false,
            volume_minor: 0,
            orders: 0,
            accrued_minor: 0,
            accrued_by_policy_minor: BTreeMap::new(),
            direct_volume_minor: 0,
            group_volume_minor: 0,
            rank: 0,
            tied: 0,
            ranked: 0,
            total_volume_minor: 0,
            newly_bound: 0,
        }
    }

    /// What the policy with this name has accrued to the party.
    pub(super) fn accrued_by(&self, policy: &str) -> i64 {
        self.accrued_by_policy_minor.get(policy).copied().unwrap_or(0)
    }
}

fn window(window: VolumeWindow) -> Window {
    match window {
        VolumeWindow::Day => Window::Day,
        VolumeWindow::Month => Window::Month,
        VolumeWindow::Quarter => Window::Quarter,
        VolumeWindow::Year => Window::Year,
        VolumeWindow::All => Window::All,
    }
}

/// The party as its decision names it, and as a policy sees it.
pub(super) fn party(period: &PeriodFacts) -> PartyFacts {
    let party = &period.party;
    PartyFacts {
        id: party.id.as_str().into(),
        role: party.role.as_str().into(),
        depth: party.depth,
        tier: party.tier.clone(),
        volume_minor: period.volume_minor,
        is_buyer: false,
        eligible: party.eligible,
        bound_days: None,
        tags: party.tags.clone(),
        attributes: party.attributes.clone(),
    }
}

/// What a policy may see of the period.
pub(super) fn build(program: &Program, period: &PeriodFacts, party: &PartyFacts) -> Facts {
    let mut facts = Facts::new(OrderTexts::default());
    facts::push_party(&mut facts, party);
    for (field, value) in [
        (OrderField::LineCount, 0),
        (OrderField::PartyCount, 1),
        (OrderField::CurrencyExponent, i64::from(program.currency().exponent())),
        (OrderField::Seller, if party.depth == Some(0) { 0 } else { ABSENT }),
    ] {
        facts.set_order(field, value);
    }
    let local = period.start.to_zoned(program.definition().time_zone().clone());
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let rank = if period.rank == 0 { ABSENT } else { i64::from(period.rank) };
    let tied = if period.rank == 0 { ABSENT } else { i64::from(period.tied.max(1)) };
    for (field, value) in [
        (PeriodField::Window, i64::from(window(period.window).id())),
        (PeriodField::Start, period.start.as_second()),
        (PeriodField::End, period.end.as_second()),
        (PeriodField::Year, i64::from(local.year())),
        (PeriodField::Month, i64::from(local.month())),
        (PeriodField::Day, i64::from(local.day())),
        (PeriodField::Volume, period.volume_minor),
        (PeriodField::Orders, count(period.orders)),
        (PeriodField::Accrued, period.accrued_minor),
        (PeriodField::DirectVolume, period.direct_volume_minor),
        (PeriodField::GroupVolume, period.group_volume_minor),
        (PeriodField::Rank, rank),
        (PeriodField::Ranked, i64::from(period.ranked)),
        (PeriodField::TotalVolume, period.total_volume_minor),
        (PeriodField::NewlyBound, count(period.newly_bound)),
        (PeriodField::Tied, tied),
    ] {
        facts.set_period(field, value);
    }
    facts
}
