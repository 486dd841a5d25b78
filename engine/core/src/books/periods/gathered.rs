//! What happened in a period, and what its close is told of each party.
//!
//! Invariant: volumes and what was accrued are as the books have them now; people and relations as the close saw them.

use std::collections::{BTreeMap, BTreeSet};

use fenrun_money::Overflow;
use jiff::{Timestamp, ToSpan, civil::Date};

use super::at_close::{AtClose, Chains};
use crate::books::desk::{Desk, SEPARATOR, below, key, kind};
use crate::books::frozen::FrozenShare;
use crate::books::history::month;
use crate::books::lot::{Lot, Stage};
use crate::books::setting::Setting;
use crate::books::stop::Stop;
use crate::event::{Party, ROLES, SELLER, UPLINE};
use crate::history::VolumeWindow;
use crate::periods::PeriodFacts;

/// From when to when a period goes.
pub(in crate::books) struct Bounds {
    pub(in crate::books) window: VolumeWindow,
    pub(in crate::books) first: Date,
    /// The first day after it.
    pub(in crate::books) after: Date,
}

impl Bounds {
    /// The period of a window that begins on a day.
    pub(super) fn of(first: Date, window: VolumeWindow) -> Result<Self, Stop> {
        let span = match window {
            VolumeWindow::Day => 1.day(),
            VolumeWindow::Month => 1.month(),
            VolumeWindow::Quarter => 3.months(),
            VolumeWindow::Year => 1.year(),
            VolumeWindow::All => return Err(Stop::refused("a period without an end cannot be closed")),
        };
        let after = first.checked_add(span);
        let after = after.map_err(|_| Stop::refused(format!("no period ends after {first}")))?;
        Ok(Self { window, first, after })
    }

    /// Its first moment, and the first one after it.
    pub(super) fn moments(&self, setting: &Setting<'_>) -> Result<(Timestamp, Timestamp), Stop> {
        let start_of = |day: Date| {
            let zoned = day.to_zoned(setting.zone().clone());
            let none = |_| Stop::refused(format!("{day} has no beginning"));
            zoned.map(|zoned| zoned.timestamp()).map_err(none)
        };
        Ok((start_of(self.first)?, start_of(self.after)?))
    }
}

/// What happened in a period, as the books have it now.
pub(in crate::books) struct Period {
    pub(in crate::books) lots: BTreeMap<String, Lot>,
    pub(super) parties: BTreeMap<String, Sums>,
    /// The volumes of all who sold something, the largest first.
    ranked: Vec<i64>,
    /// What the direct downlines of each party sold, and what everybody below and the party itself sold.
    direct: BTreeMap<String, i64>,
    group: BTreeMap<String, i64>,
}

/// What one party did in a period. Amounts are minor units.
#[derive(Default)]
pub(super) struct Sums {
    volume: i64,
    orders: u64,
    roles: BTreeSet<String>,
    accrued: BTreeMap<String, i64>,
}

impl Period {
    /// All orders of a period, and what each party did in them, without what the close of this name gave.
    pub(in crate::books) fn gather(
        desk: &mut Desk<'_>,
        bounds: &Bounds,
        without: Option<&str>,
    ) -> Result<Self, Stop> {
        let mut lots = BTreeMap::new();
        let mut parties: BTreeMap<String, Sums> = BTreeMap::new();
        for seller in sellers(desk, bounds.first, bounds.after)? {
            let from = key(&[&seller, &bounds.first.to_string()]);
            let before = key(&[&seller, &bounds.after.to_string()]);
            for sold in desk.keys(kind::SOLD, &from, Some(&before))? {
                let Some(order) = sold.rsplit(SEPARATOR).next() else { continue };
                let Some(lot) = desk.find::<Lot>(kind::LOT, order)? else { continue };
                parties.entry(seller.clone()).or_default().sell(&lot)?;
                let counts = |share: &&FrozenShare| without.is_none() || share.period.as_deref() != without;
                for share in lot.shares.iter().filter(counts) {
                    parties.entry(share.party.clone()).or_default().earn(share)?;
                }
                lots.insert(order.to_owned(), lot);
            }
        }
        let mut ranked: Vec<i64> = parties.values().map(|sums| sums.volume).filter(|sum| *sum > 0).collect();
        ranked.sort_unstable_by(|one, other| other.cmp(one));
        let (direct, group) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { lots, parties, ranked, direct, group })
    }

    /// Whoever belongs to the merchant is asked about as well, whatever it did.
    pub(in crate::books) fn join<'a>(&mut self, parties: impl Iterator<Item = &'a String>) {
        for party in parties {
            self.parties.entry(party.clone()).or_default();
        }
    }

    /// Adds up what was sold below each party.
    pub(in crate::books) fn add_up(&mut self, chains: &Chains) -> Result<(), Overflow> {
        let add = |sums: &mut BTreeMap<String, i64>, party: &str, volume: i64| {
            let sum = sums.entry(party.to_owned()).or_default();
            *sum = sum.checked_add(volume).ok_or(Overflow)?;
            Ok(())
        };
        for (party, sums) in self.parties.iter().filter(|(_, sums)| sums.volume != 0) {
            if let Some(upline) = chains.upline(party) {
                add(&mut self.direct, upline, sums.volume)?;
            }
            for above in std::iter::once(party.as_str()).chain(chains.above(party)) {
                add(&mut self.group, above, sums.volume)?;
            }
        }
        Ok(())
    }

    /// What a close is told of a party; `None` where the party did nothing in the period.
    pub(in crate::books) fn facts(
        &self,
        setting: &Setting<'_>,
        bounds: &Bounds,
        (party, known): (&str, &AtClose),
    ) -> Result<Option<PeriodFacts>, Stop> {
        let Some(sums) = self.parties.get(party) else { return Ok(None) };
        let (start, end) = bounds.moments(setting)?;
        // As what the merchant said it is, else as a seller where it sold, else as what it earned as.
        let role = match &known.contract {
            Some(role) => role,
            None if sums.roles.contains(SELLER) => SELLER,
            None => sums.roles.first().map_or(SELLER, String::as_str),
        };
        let mut named = if role == UPLINE { Party::upline(party, 1) } else { Party::new(party, role) };
        (named.tier, named.tags) = (known.tier.clone(), known.tags.clone());
        named.eligible = known.eligible.unwrap_or(true);
        let below = |sums: &BTreeMap<String, i64>| sums.get(party).copied().unwrap_or(0);
        let mut facts = PeriodFacts::new(bounds.window, start, end, named);
        facts.by_contract = known.contract.is_some();
        facts.volume_minor = sums.volume;
        facts.orders = sums.orders;
        facts.accrued_minor = sum(sums.accrued.values().copied())?;
        facts.accrued_by_policy_minor.clone_from(&sums.accrued);
        facts.direct_volume_minor = below(&self.direct);
        facts.group_volume_minor = below(&self.group);
        facts.total_volume_minor = sum(self.ranked.iter().copied())?;
        facts.ranked = u32::try_from(self.ranked.len()).unwrap_or(u32::MAX);
        if sums.volume > 0 {
            let better = self.ranked.partition_point(|volume| *volume > sums.volume);
            facts.rank = u32::try_from(better.saturating_add(1)).unwrap_or(u32::MAX);
            let as_good = self.ranked.partition_point(|volume| *volume >= sums.volume);
            facts.tied = u32::try_from(as_good.saturating_sub(better)).unwrap_or(u32::MAX);
        }
        facts.newly_bound = known.newly_bound;
        Ok(Some(facts))
    }
}

/// Everybody who sold something in a period.
fn sellers(desk: &mut Desk<'_>, first: Date, after: Date) -> Result<BTreeSet<String>, Stop> {
    let mut sellers = BTreeSet::new();
    let mut day = first.first_of_month();
    while day < after {
        let (from, before) = below(&[&month(day)]);
        for volume in desk.keys(kind::VOLUME, &from, Some(&before))? {
            sellers.extend(volume.rsplit(SEPARATOR).next().map(str::to_owned));
        }
        let Ok(next) = day.checked_add(1.month()) else { break };
        day = next;
    }
    Ok(sellers)
}

impl Sums {
    fn sell(&mut self, lot: &Lot) -> Result<(), Stop> {
        self.roles.insert(SELLER.to_owned());
        self.volume = self.volume.checked_add(lot.goods_left()?).ok_or(Overflow)?;
        if lot.stage != Stage::Cancelled {
            self.orders = self.orders.saturating_add(1);
        }
        Ok(())
    }

    fn earn(&mut self, share: &FrozenShare) -> Result<(), Stop> {
        self.roles.insert(share.role.clone());
        let accrued = self.accrued.entry(share.policy.clone()).or_default();
        *accrued = accrued.checked_add(share.retained).ok_or(Overflow)?;
        Ok(())
    }
}

fn sum(mut amounts: impl Iterator<Item = i64>) -> Result<i64, Overflow> {
    amounts.try_fold(0_i64, i64::checked_add).ok_or(Overflow)
}

/// How many members of any relation were bound to a party in a period. `upline` is one of the well-known roles; `own` are
/// those that the program declares.
pub(in crate::books) fn newly_bound(
    desk: &mut Desk<'_>,
    own: &[String],
    party: &str,
    (start, end): (Timestamp, Timestamp),
) -> Result<u64, Stop> {
    let mut count = 0_u64;
    for relation in ROLES.into_iter().chain(own.iter().map(String::as_str)) {
        let (from, before) = below(&[relation, party]);
        for under in desk.keys(kind::UNDER, &from, Some(&before))? {
            let since: Timestamp = desk.find(kind::UNDER, &under)?.unwrap_or(end);
            if since >= start && since < end {
                count = count.saturating_add(1);
            }
        }
    }
    Ok(count)
}
