//! A refund of an order whose period was closed: where the program says so, the close is worked out again for the order's
//! seller and everybody above, and what it no longer comes to is taken back.
//!
//! Invariant: under the program of the close; what a close gave only becomes less; a refund is never stopped by it.

use std::collections::BTreeMap;

use fenrun_ledger::{AccountKind, Asset};
use fenrun_money::{Allocation, Overflow, allocate};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::accounts::{debit, lot as lot_account, negative, own, posting};
use super::desk::{Desk, SEPARATOR, key, kind};
use super::history::valid;
use super::lot::Lot;
use super::periods::{self, Bounds};
use super::programs;
use super::records::{PartyRecord, Touches};
use super::setting::Setting;
use super::stop::Stop;
use crate::event::UPLINE_RELATION;
use crate::history::VolumeWindow;
use crate::outcome::Undecided;
use crate::periods::PeriodDecision;
use crate::program::LateRefund;

/// The most uplines that are looked at; a chain is at most as deep as the relations are.
const CHAIN_MAX: usize = 1_024;

/// A period that was closed, by its first day and its name. Tiers are by party: before the close, and after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Closed {
    after: Date,
    window: String,
    /// The fact that brought the program of the close into force.
    activated: String,
    tiers: BTreeMap<String, (Option<String>, Option<String>)>,
}

/// Notes that a period is closed, where a late refund may work it out again.
pub(super) fn note(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    (period, bounds): (&str, &Bounds),
    tiers: BTreeMap<String, (Option<String>, Option<String>)>,
) -> Result<(), Stop> {
    if setting.program.definition().ledger().late_refund == LateRefund::Keep {
        return Ok(());
    }
    let closed = Closed {
        after: bounds.after,
        window: bounds.window.name().to_owned(),
        activated: setting.activated.to_owned(),
        tiers,
    };
    desk.put(kind::CLOSED, key(&[&bounds.first.to_string(), period]), &closed)
}

/// Works out again the closes of the periods in which an order was paid, after something of it went back. The lot is on
/// the desk. Answers what is to be told, if anything.
pub(super) fn after_refund(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    order: &str,
) -> Result<Option<String>, Stop> {
    if setting.program.definition().ledger().late_refund == LateRefund::Keep {
        return Ok(None);
    }
    let Some(lot) = desk.find::<Lot>(kind::LOT, order)? else { return Ok(None) };
    let Some(seller) = lot.seller.clone() else { return Ok(None) };
    let day = setting.day(lot.paid_at);
    let mut told = Vec::new();
    for place in desk.keys(kind::CLOSED, "", None)? {
        let mut parts = place.splitn(2, SEPARATOR);
        let (first, period) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default().to_owned());
        let Ok(first) = first.parse::<Date>() else { continue };
        let Some(closed) = desk.find::<Closed>(kind::CLOSED, &place)? else { continue };
        if first <= day && day < closed.after {
            let parties = above(desk, &seller, &lot)?;
            told.extend(again(setting, desk, (&place, &period, first), closed, &parties)?);
        }
    }
    Ok(if told.is_empty() { None } else { Some(told.join("; ")) })
}

/// The seller and everybody above at the order's moment.
fn above(desk: &mut Desk<'_>, seller: &str, lot: &Lot) -> Result<Vec<String>, Stop> {
    let mut chain = vec![seller.to_owned()];
    while let Some(party) = chain.last().filter(|_| chain.len() < CHAIN_MAX) {
        let touches: Touches = desk.get(kind::TOUCH, party)?;
        let touch = touches.get(UPLINE_RELATION).and_then(|touches| valid(touches, lot.paid_at));
        match touch.and_then(|touch| touch.to.clone()) {
            Some(upline) if !chain.contains(&upline) => chain.push(upline),
            _ => break,
        }
    }
    Ok(chain)
}

/// One closed period once more.
fn again(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    (place, period, first): (&str, &str, Date),
    mut closed: Closed,
    parties: &[String],
) -> Result<Vec<String>, Stop> {
    let window = VolumeWindow::ALL.into_iter().find(|window| window.name() == closed.window);
    let Some(window) = window else { return Ok(Vec::new()) };
    let program = if closed.activated == setting.activated {
        setting.program.clone()
    } else {
        match programs::earlier(setting.engine, desk.ledger(), &closed.activated)? {
            Some(program) => program,
            None => return Ok(vec![format!("period `{period}` stays: its program cannot be loaded")]),
        }
    };
    let bounds = Bounds { window, first, after: closed.after };
    let mut told = Vec::new();
    for party in parties {
        let (before, after) = closed.tiers.get(party).cloned().unwrap_or_default();
        let facts = periods::facts_again(setting, desk, (&bounds, period), party, before.clone())?;
        let Some(facts) = facts else { continue };
        let decision = match setting.engine.close_period(&program, &facts) {
            Ok(decision) => decision,
            Err(Undecided::Held(cause)) => {
                told.push(format!("period `{period}` stays for `{party}`: {cause}"));
                continue;
            }
            Err(Undecided::Error(error)) => return Err(Stop::Engine(error.to_string())),
        };
        let back = take_back(setting, desk, (period, &bounds), party, &decision)?;
        if back > 0 {
            told.push(format!("period `{period}`: {} of `{party}` is taken back", setting.show(back)));
        }
        let now = decision.tier.map(|change| change.tier).or(before.clone());
        let mut record: PartyRecord = desk.get(kind::PARTY, party)?;
        // A tier that was reached or set otherwise since is not this close's to change.
        if now != after && record.tier == after {
            let name = |tier: &Option<String>| tier.clone().unwrap_or_else(|| "none".to_owned());
            told.push(format!(
                "period `{period}`: tier of `{party}` is {}, not {}",
                name(&now),
                name(&after)
            ));
            record.tier.clone_from(&now);
            desk.put(kind::PARTY, party.as_str(), &record)?;
            closed.tiers.insert(party.clone(), (before, now));
        }
    }
    desk.put(kind::CLOSED, place, &closed)?;
    Ok(told)
}

/// Takes back what a party's bonuses of a period come to less than before, policy by policy, from each order in proportion
/// to what it keeps.
fn take_back(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    (period, bounds): (&str, &Bounds),
    party: &str,
    decision: &PeriodDecision,
) -> Result<i64, Stop> {
    let mut lots = periods::lots(setting, desk, bounds)?;
    let asset = Asset::new(setting.program.currency().code());
    let (mut postings, mut sum) = (Vec::new(), 0_i64);
    let mut policies: Vec<String> = Vec::new();
    let of_close = |share: &super::frozen::FrozenShare| {
        share.party == party && share.period.as_deref() == Some(period) && share.retained > 0
    };
    for share in lots.values().flat_map(|lot| &lot.shares).filter(|share| of_close(share)) {
        if !policies.contains(&share.policy) {
            policies.push(share.policy.clone());
        }
    }
    for policy in policies {
        let bonuses = decision.bonuses.iter().filter(|bonus| bonus.policy == policy);
        let now = bonuses.map(|bonus| bonus.amount_minor).fold(0, i64::saturating_add);
        let kept: Vec<i64> = lots
            .values()
            .flat_map(|lot| &lot.shares)
            .filter(|share| of_close(share) && share.policy == policy)
            .map(|share| share.retained)
            .collect();
        let excess = kept.iter().copied().fold(0, i64::saturating_add).saturating_sub(now);
        if excess <= 0 {
            continue;
        }
        let mut cuts = vec![0; kept.len()];
        allocate(excess, &kept, Allocation::LargestRemainder, &mut cuts).map_err(|_| Overflow)?;
        let shares =
            lots.iter_mut().flat_map(|(order, lot)| lot.shares.iter_mut().map(move |share| (order, share)));
        let shares = shares.filter(|(_, share)| of_close(share) && share.policy == policy);
        for ((order, share), cut) in shares.zip(cuts) {
            share.retained = share.retained.checked_sub(cut).ok_or(Overflow)?;
            postings.push(posting(own(AccountKind::Merchant), &asset, cut));
            if share.released {
                debit(desk, &mut postings, party, &asset, cut)?;
            } else {
                postings.push(posting(lot_account(party, order), &asset, negative(cut)?));
            }
        }
        sum = sum.checked_add(excess).ok_or(Overflow)?;
    }
    if sum > 0 {
        desk.post("bonus_back", &format!("{period}/{party}"), postings)?;
        for (order, lot) in &lots {
            desk.put(kind::LOT, order.as_str(), lot)?;
        }
    }
    Ok(sum)
}
