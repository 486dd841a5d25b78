//! A refund of an order whose period was closed: where the program says so, the close is worked out again for everybody
//! about whom it would know something else now, and what it no longer comes to is taken back.
//!
//! Invariant: under the program of the close, and of people and relations as they were then; what a close gave only becomes
//! less; a refund is never stopped by it.

use std::collections::BTreeMap;

use fenrun_ledger::{AccountKind, Asset, Posting};
use fenrun_money::{Allocation, Overflow, allocate};

use super::accounts::{debit, lot as lot_account, negative, own, posting};
use super::desk::{Desk, kind};
use super::frozen::FrozenShare;
use super::kept::KeptShare;
use super::lot::Lot;
use super::periods::{AtClose, Bounds, Closed, Period};
use super::programs;
use super::records::PartyRecord;
use super::setting::{Done, Setting};
use super::stop::Stop;
use crate::event::SELLER;
use crate::outcome::Undecided;
use crate::periods::PeriodDecision;
use crate::program::LateRefund;

/// Works out again the closes of the periods in which an order was paid, after something of it went back. The lot is on
/// the desk. Adds what is to be told, if anything, to what is done.
pub(super) fn after_refund(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    order: &str,
    mut done: Done,
) -> Result<Done, Stop> {
    if setting.program.definition().ledger().late_refund == LateRefund::Keep {
        return Ok(done);
    }
    let Some(lot) = desk.find::<Lot>(kind::LOT, order)? else { return Ok(done) };
    let mut told: Vec<String> = done.note.take().into_iter().collect();
    for (place, period, bounds, mut closed) in Closed::that_hold(desk, setting.day(lot.paid_at))? {
        told.extend(again(setting, desk, (&period, &bounds), &mut closed, (&lot, &mut done.alone))?);
        desk.put(kind::CLOSED, place, &closed)?;
    }
    done.note = (!told.is_empty()).then(|| told.join("; "));
    Ok(done)
}

/// One closed period once more.
fn again(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    (name, bounds): (&str, &Bounds),
    closed: &mut Closed,
    (lot, alone): (&Lot, &mut Vec<KeptShare>),
) -> Result<Vec<String>, Stop> {
    let program = if closed.activated == setting.activated {
        setting.program.clone()
    } else {
        match programs::earlier(setting.engine, desk.ledger(), &closed.activated)? {
            Some(program) => program,
            None => return Ok(vec![format!("period `{name}` stays: its program cannot be loaded")]),
        }
    };
    // What the close gave itself is no fact of the close.
    let mut period = Period::gather(desk, bounds, Some(name))?;
    period.join(closed.parties.iter().filter(|(_, known)| known.contract.is_some()).map(|(party, _)| party));
    period.add_up(&closed.chains)?;
    let mut told = Vec::new();
    for party in closed.concerned(lot) {
        let Some(known) = closed.parties.get_mut(&party) else { continue };
        // Whoever did nothing in the period by now would not be asked about, and get nothing.
        let decision = match period.facts(setting, bounds, (&party, known))? {
            None => None,
            Some(facts) => match setting.engine.close_period(&program, &facts) {
                Ok(decision) => {
                    known.look(&decision);
                    Some(decision)
                }
                Err(Undecided::Held(cause)) => {
                    told.push(format!("period `{name}` stays for `{party}`: {cause}"));
                    continue;
                }
                Err(Undecided::Error(error)) => return Err(Stop::Engine(error.to_string())),
            },
        };
        let role = decision.as_ref().map_or(SELLER, |decision| &*decision.party.role).to_owned();
        let named = (party.as_str(), role.as_str());
        let mut back = Back { setting, desk, period: name, named, postings: Vec::new(), sum: 0, alone };
        back.take(&mut period.lots, known, decision.as_ref())?;
        let sum = back.post(&period.lots)?;
        if sum > 0 {
            told.push(format!("period `{name}`: {} of `{party}` is taken back", setting.show(sum)));
        }
        told.extend(correct_tier(desk, (name, &party), known, decision.as_ref())?);
    }
    Ok(told)
}

/// The tier becomes what the close would have made it. One that was set otherwise since is not this close's to change.
fn correct_tier(
    desk: &mut Desk<'_>,
    (period, party): (&str, &str),
    known: &mut AtClose,
    decision: Option<&PeriodDecision>,
) -> Result<Option<String>, Stop> {
    let reached = known.would_reach(decision);
    let mut record: PartyRecord = desk.get(kind::PARTY, party)?;
    if reached == known.reached || record.tier != known.reached {
        return Ok(None);
    }
    let name = |tier: &Option<String>| tier.clone().unwrap_or_else(|| "none".to_owned());
    let told =
        format!("period `{period}`: tier of `{party}` is {}, not {}", name(&reached), name(&known.reached));
    record.tier.clone_from(&reached);
    desk.put(kind::PARTY, party, &record)?;
    known.reached = reached;
    Ok(Some(told))
}

/// What a party's bonuses of a period come to less than before, on its way back to the merchant.
struct Back<'a, 'desk, 'ledger> {
    setting: &'a Setting<'a>,
    desk: &'desk mut Desk<'ledger>,
    period: &'a str,
    /// The party and its role.
    named: (&'a str, &'a str),
    postings: Vec<Posting>,
    sum: i64,
    /// What is kept of bonuses that are of no order.
    alone: &'a mut Vec<KeptShare>,
}

impl Back<'_, '_, '_> {
    fn is_of_close(&self, share: &FrozenShare) -> bool {
        share.party == self.named.0 && share.period.as_deref() == Some(self.period) && share.retained > 0
    }

    /// Policy by policy: first what is of no order, then from each order in proportion to what it keeps.
    fn take(
        &mut self,
        lots: &mut BTreeMap<String, Lot>,
        known: &mut AtClose,
        decision: Option<&PeriodDecision>,
    ) -> Result<(), Stop> {
        let of_orders = lots.values().flat_map(|lot| &lot.shares).filter(|share| self.is_of_close(share));
        let mut kept: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for share in of_orders {
            kept.entry(share.policy.clone()).or_default().push(share.retained);
        }
        for policy in known.alone.keys() {
            kept.entry(policy.clone()).or_default();
        }
        for (policy, kept) in kept {
            let bonuses = decision.into_iter().flat_map(|decision| &decision.bonuses);
            let now = bonuses.filter(|bonus| bonus.policy == policy).map(|bonus| bonus.amount_minor);
            let now = now.fold(0, i64::saturating_add);
            let alone = known.alone.get(&policy).copied().unwrap_or(0);
            let of_orders = kept.iter().copied().fold(0, i64::saturating_add);
            let excess = of_orders.saturating_add(alone).saturating_sub(now).max(0);
            let alone_back = excess.min(alone);
            if alone_back > 0 {
                let left = alone.saturating_sub(alone_back);
                known.alone.insert(policy.clone(), left);
                self.alone.push(KeptShare::alone(&policy, self.named, (alone, left)));
                self.debit_party(alone_back)?;
            }
            self.cut_orders(lots, &policy, (&kept, excess.saturating_sub(alone_back)))?;
        }
        known.alone.retain(|_, amount| *amount > 0);
        Ok(())
    }

    fn asset(&self) -> Asset {
        Asset::new(self.setting.program.currency().code())
    }

    /// What is the party's freely: from what it has available, the rest is owed.
    fn debit_party(&mut self, amount: i64) -> Result<(), Stop> {
        let asset = self.asset();
        self.postings.push(posting(own(AccountKind::Merchant), &asset, amount));
        debit(self.desk, &mut self.postings, self.named.0, &asset, amount)?;
        self.sum = self.sum.checked_add(amount).ok_or(Overflow)?;
        Ok(())
    }

    fn cut_orders(
        &mut self,
        lots: &mut BTreeMap<String, Lot>,
        policy: &str,
        (kept, excess): (&[i64], i64),
    ) -> Result<(), Stop> {
        if excess <= 0 {
            return Ok(());
        }
        let mut cuts = vec![0; kept.len()];
        allocate(excess, kept, Allocation::LargestRemainder, &mut cuts).map_err(|_| Overflow)?;
        let shares =
            lots.iter_mut().flat_map(|(order, lot)| lot.shares.iter_mut().map(move |share| (order, share)));
        let shares = shares.filter(|(_, share)| self.is_of_close(share) && share.policy == policy);
        let cuts: Vec<_> = shares.zip(cuts).filter(|(_, cut)| *cut > 0).collect();
        for ((order, share), cut) in cuts {
            share.retained = share.retained.checked_sub(cut).ok_or(Overflow)?;
            if share.released {
                self.debit_party(cut)?;
                continue;
            }
            let asset = self.asset();
            self.postings.push(posting(own(AccountKind::Merchant), &asset, cut));
            self.postings.push(posting(lot_account(self.named.0, order), &asset, negative(cut)?));
            self.sum = self.sum.checked_add(cut).ok_or(Overflow)?;
        }
        Ok(())
    }

    /// Posts it; answers how much it is.
    fn post(self, lots: &BTreeMap<String, Lot>) -> Result<i64, Stop> {
        if self.sum > 0 {
            self.desk.post("bonus_back", &format!("{}/{}", self.period, self.named.0), self.postings)?;
            for (order, lot) in lots {
                self.desk.put(kind::LOT, order.as_str(), lot)?;
            }
        }
        Ok(self.sum)
    }
}
