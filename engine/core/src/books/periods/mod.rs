//! `period.closed`: bonuses and true-ups, as shares of the period's orders; tiers that were reached.
//!
//! Invariant: a bonus becomes shares of the orders it came from, counts in their caps and is clawed back with them;
//! closing twice is a duplicate, and a refund after the close keeps the tier.

mod at_close;
mod gathered;

use std::collections::BTreeMap;

use fenrun_abi::code::Hook;
use fenrun_ledger::{AccountKind, Asset};
use fenrun_money::{Allocation, Overflow, allocate};

pub(super) use at_close::{AtClose, Closed};
pub(super) use gathered::{Bounds, Period, newly_bound};

use super::accounts::{credit, lot as lot_account, negative, own, posting};
use super::caps;
use super::desk::{Desk, key, kind};
use super::frozen::{FrozenShare, FrozenTerm};
use super::kept::KeptShare;
use super::lot::{Lot, Stage};
use super::parties;
use super::rail;
use super::records::{KnownRecord, PartyRecord};
use super::setting::{Done, Setting};
use super::stop::Stop;
use crate::Violation;
use crate::event::{LineKind, PeriodClosed};
use crate::outcome::{HoldCause, Undecided};
use crate::periods::{Bonus, PeriodDecision};
use crate::profile::{OverCap, RoleClass};
use crate::program::LateRefund;
use at_close::Chains;

/// `period.closed`.
pub(crate) fn closed(setting: &Setting<'_>, desk: &mut Desk<'_>, event: &PeriodClosed) -> Result<Done, Stop> {
    if !setting.program.policies().iter().any(|policy| policy.has(Hook::Period)) {
        return Ok(Done::noting("no policy looks at periods"));
    }
    let bounds = Bounds::of(event.first_day(), event.window())?;
    let mut period = Period::gather(desk, &bounds, None)?;
    let contracts = contracts(setting, desk, &bounds)?;
    period.join(contracts.keys());
    let chains = Chains::of(desk, period.parties.keys())?;
    period.add_up(&chains)?;
    let (mut decisions, mut parties) = (Vec::new(), BTreeMap::new());
    for party in period.parties.keys() {
        let known = known(setting, desk, &bounds, (party, &contracts))?;
        let Some(facts) = period.facts(setting, &bounds, (party, &known))? else { continue };
        match setting.engine.close_period(setting.program, &facts) {
            Ok(decision) => decisions.push(decision),
            Err(Undecided::Held(cause)) => return Err(Stop::Held(cause)),
            Err(Undecided::Error(error)) => return Err(Stop::Engine(error.to_string())),
        }
        parties.insert(party.clone(), known);
    }
    let mut lots = period.lots;
    let (mut bonus, mut changed, mut alone) = (0_i64, 0_u64, Vec::new());
    for decision in &decisions {
        let known = parties.entry(decision.party.id.to_string()).or_default();
        known.decided(decision);
        for each in &decision.bonuses {
            bonus = bonus.checked_add(each.amount_minor).ok_or(Overflow)?;
            if let Some(kept) = post_bonus(setting, desk, event.period(), &mut lots, decision, each)? {
                let sum = known.alone.entry(each.policy.clone()).or_default();
                *sum = sum.checked_add(kept.after_minor).ok_or(Overflow)?;
                alone.push(kept);
            }
        }
        if let Some(change) = &decision.tier {
            parties::set_tier(desk, change)?;
            changed = changed.saturating_add(1);
        }
    }
    for (order, lot) in &lots {
        desk.put(kind::LOT, order.as_str(), lot)?;
    }
    let asked = decisions.len();
    let told = format!("{asked} parties, {} in bonuses, {changed} tiers changed", setting.show(bonus));
    // Only where a late refund may work the close out again does anybody look for what it knew and gave.
    if late(setting) == LateRefund::Recompute {
        Closed::put(desk, (event.period(), &bounds, setting.activated), parties, chains)?;
    }
    let receipts: Vec<String> = decisions.iter().map(PeriodDecision::to_json).collect();
    let receipt = Some(format!("[{}]", receipts.join(",")));
    Ok(Done { note: Some(told), receipt, alone, ..Done::created() })
}

fn late(setting: &Setting<'_>) -> LateRefund {
    setting.program.definition().ledger().late_refund
}

/// Who belongs to the merchant by the end of a period, and as what.
fn contracts(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    bounds: &Bounds,
) -> Result<BTreeMap<String, String>, Stop> {
    let (_, end) = bounds.moments(setting)?;
    let mut contracts = BTreeMap::new();
    for party in desk.keys(kind::KNOWN, "", None)? {
        let known = desk.find::<KnownRecord>(kind::KNOWN, &party)?;
        if let Some(known) = known.filter(|known| known.since < end) {
            contracts.insert(party, known.role);
        }
    }
    Ok(contracts)
}

/// What is known of a party by now, beside what it sold and earned.
fn known(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    bounds: &Bounds,
    (party, contracts): (&str, &BTreeMap<String, String>),
) -> Result<AtClose, Stop> {
    let record: PartyRecord = desk.get(kind::PARTY, party)?;
    let roles = setting.program.definition().roles();
    let newly_bound = newly_bound(desk, roles, party, bounds.moments(setting)?)?;
    Ok(AtClose::of(record, contracts.get(party).cloned(), newly_bound))
}

/// Shares a bonus out over the party's orders of the period, by what is left of their goods; answers one that no order
/// bears.
fn post_bonus(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    period: &str,
    lots: &mut BTreeMap<String, Lot>,
    decision: &PeriodDecision,
    bonus: &Bonus,
) -> Result<Option<KeptShare>, Stop> {
    if bonus.amount_minor == 0 {
        return Ok(None);
    }
    let party = &*decision.party.id;
    let mut chosen = Vec::new();
    for (order, lot) in lots.iter() {
        let theirs =
            lot.seller.as_deref() == Some(party) || lot.shares.iter().any(|share| share.party == party);
        let left = lot.goods_left()?;
        if theirs && left > 0 {
            chosen.push((order.clone(), left));
        }
    }
    if chosen.is_empty() {
        post_alone(setting, desk, period, decision, bonus)?;
        let named = (party, &*decision.party.role);
        return Ok(Some(KeptShare::alone(&bonus.policy, named, (0, bonus.amount_minor))));
    }
    let weights: Vec<i64> = chosen.iter().map(|(_, left)| *left).collect();
    let mut parts = vec![0; weights.len()];
    allocate(bonus.amount_minor, &weights, Allocation::LargestRemainder, &mut parts).map_err(|_| Overflow)?;
    let asset = Asset::new(setting.program.currency().code());
    let of_close = (late(setting) == LateRefund::Recompute).then_some(period);
    let mut postings = Vec::new();
    for ((order, left), part) in chosen.into_iter().zip(parts) {
        let Some(lot) = lots.get_mut(&order) else { continue };
        let amount = keep_caps(setting, lot, (party, &decision.party.role), part)?;
        if amount == 0 {
            continue;
        }
        lot.shares.push(share_of(lot, (of_close, decision), bonus, (amount, left)));
        postings.push(posting(own(AccountKind::Merchant), &asset, negative(amount)?));
        postings.push(posting(lot_account(party, &order), &asset, amount));
        if let (Stage::Completed, Some(due)) = (lot.stage, lot.due) {
            desk.put(kind::AGENDA, key(&[&due.to_string(), "release", &order]), &())?;
        }
    }
    desk.post("bonus", &format!("{period}/{party}"), postings)?;
    Ok(None)
}

/// A bonus of a party without orders, such as a guaranteed minimum.
fn post_alone(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    period: &str,
    decision: &PeriodDecision,
    bonus: &Bonus,
) -> Result<(), Stop> {
    let (party, profile) = (&*decision.party.id, setting.program.guard());
    if profile.class(&decision.party.role) == RoleClass::Promoters && !profile.pay_for_recruiting() {
        let amount = setting.show(bonus.amount_minor);
        let message = format!(
            "`{party}` would get {amount} without an order of the period, which profile `{}` forbids",
            profile.name()
        );
        return Err(violation("pay_for_recruiting", &bonus.policy, message));
    }
    let asset = Asset::new(setting.program.currency().code());
    let mut postings = vec![posting(own(AccountKind::Merchant), &asset, negative(bonus.amount_minor)?)];
    credit(desk, &mut postings, party, &asset, bonus.amount_minor)?;
    desk.post("bonus", &format!("{period}/{party}"), postings)
}

fn violation(rule: &'static str, policy: &str, message: String) -> Stop {
    Stop::Held(HoldCause::Violations(vec![Violation::new(rule, Some(policy), message)]))
}

/// What of an amount an order can bear: its caps count over its whole life (I10).
fn keep_caps(
    setting: &Setting<'_>,
    lot: &Lot,
    (party, role): (&str, &str),
    amount: i64,
) -> Result<i64, Stop> {
    let profile = setting.program.guard();
    let mut bearable = amount;
    for cap in caps::caps(profile, lot)?.into_iter().filter(|cap| cap.counts(profile, role)) {
        let room = cap.allowed.saturating_sub(cap.kept(profile, &lot.shares)?).max(0);
        bearable = bearable.min(room);
    }
    if bearable < amount && profile.over_cap() == OverCap::Reject {
        let (asked, room) = (setting.show(amount), setting.show(bearable));
        let message = format!(
            "order `{}` would bear {asked} more at the close of the period, {room} is allowed by profile `{}`",
            lot.order,
            profile.name()
        );
        return Err(Stop::Held(HoldCause::Violations(vec![Violation::new("life_cap", None, message)])));
    }
    if let Some((room, rule)) = rail::room(setting.program.rail(), lot, party)?
        && room < bearable
    {
        if profile.over_cap() == OverCap::Reject {
            let broken = rail::violation(setting, rule, &lot.order, (bearable, room));
            return Err(Stop::Held(HoldCause::Violations(vec![broken])));
        }
        bearable = room;
    }
    Ok(bearable)
}

/// The bonus as a share of one order: in proportion to what is left of its goods.
fn share_of(
    lot: &Lot,
    (period, decision): (Option<&str>, &PeriodDecision),
    bonus: &Bonus,
    (amount, left): (i64, i64),
) -> FrozenShare {
    let goods = lot.lines.iter().enumerate().filter(|(_, line)| line.kind == LineKind::Goods);
    let bases = goods.map(|(place, line)| (place, line.paid)).collect();
    FrozenShare {
        policy: bonus.policy.clone(),
        party: decision.party.id.to_string(),
        role: decision.party.role.to_string(),
        reason: bonus.reason.clone(),
        terms: vec![FrozenTerm::Rate { bases, band: None, numerator: amount, denominator: left }],
        minimum: None,
        maximum: None,
        accrued: amount,
        full: amount,
        retained: amount,
        funders: Vec::new(),
        period: period.map(str::to_owned),
        released: false,
    }
}
