//! Who is bound to whom, since when: bound, unbound, moved; and people who turn out to be one.
//!
//! Invariant: at no moment does a relation close a circle, at any length; the store is where that is enforced (I8).

use std::collections::BTreeSet;

use fenrun_ledger::{Account, AccountKind};
use jiff::{Timestamp, ToSpan};

use super::accounts::{negative, posting};
use super::desk::{Desk, SEPARATOR, below, key, kind};
use super::granting;
use super::history::{merged, valid};
use super::records::{BuyerRecord, Touch, Touches};
use super::setting::{Done, Setting};
use super::stop::Stop;
use crate::event::{RelationBound, RelationMoved, UPLINE_RELATION};
use crate::program::Touch as Rule;

/// Steps that a search for a circle takes; a store with more links on one way is refused rather than trusted.
const STEPS_MAX: usize = 100_000;

/// A stretch of time, from a moment until before another; no end is for ever.
type Stretch = (Timestamp, Option<Timestamp>);

/// Somebody on the way up, reached within a stretch of time, from the one at this place.
type Visited = (String, Stretch, Option<usize>);

/// `relation.bound`.
pub(crate) fn bound(setting: &Setting<'_>, desk: &mut Desk<'_>, bound: &RelationBound) -> Result<Done, Stop> {
    let (relation, to, at) = (bound.relation(), bound.to(), bound.time());
    let member =
        if relation == UPLINE_RELATION { bound.member().to_owned() } else { merged(desk, bound.member())? };
    let touches: Touches = desk.get(kind::TOUCH, &member)?;
    let now = touches.get(relation).and_then(|touches| valid(touches, at));
    if relation != UPLINE_RELATION
        && let Some(Touch { since, to: Some(holder) }) = now
        && holder != to
    {
        let terms = setting.program.definition().ledger();
        if terms.touch == Rule::First {
            let message = format!("`{member}` stays with `{holder}` in `{relation}`: the first touch counts");
            return Err(Stop::refused(message));
        }
        let until = since.checked_add((i64::from(terms.protection_days).saturating_mul(24)).hours());
        if until.is_ok_and(|until| at < until) {
            let days = terms.protection_days;
            let message = format!(
                "`{member}` stays with `{holder}` in `{relation}`: a binding is protected for {days} days"
            );
            return Err(Stop::refused(message));
        }
    }
    // Who turned out to be somebody else is asked about, and granted to, by the name that counts.
    let event = crate::event::Event::from(
        RelationBound::new(relation, member.as_str(), to, at, setting.expect)
            .map_err(|error| Stop::Refused(error.to_string()))?,
    );
    let fact = crate::event::Event::from(bound.clone()).fact_key();
    let granted = granting::ask(setting, desk, &event, None)?;
    bind(desk, relation, &member, Some(to), at)?;
    let Some(granted) = granted else { return Ok(Done::noted()) };
    if granted.grants.is_empty() && granted.tiers.is_empty() {
        return Ok(Done { granted: Some(Box::new(granted)), ..Done::noted() });
    }
    granting::book(setting, desk, &granted, fact.as_str(), at)?;
    let receipt = Some(granted.to_json());
    Ok(Done { receipt, granted: Some(Box::new(granted)), ..Done::created() })
}

/// `relation.unbound`.
pub(crate) fn unbound(
    desk: &mut Desk<'_>,
    relation: &str,
    member: &str,
    at: Timestamp,
) -> Result<Done, Stop> {
    let member = if relation == UPLINE_RELATION { member.to_owned() } else { merged(desk, member)? };
    let touches: Touches = desk.get(kind::TOUCH, &member)?;
    let now = touches.get(relation).and_then(|touches| valid(touches, at));
    if now.is_none_or(|touch| touch.to.is_none()) {
        return Err(Stop::refused(format!("`{member}` is bound to nobody in `{relation}`")));
    }
    bind(desk, relation, &member, None, at)?;
    Ok(Done::noted())
}

/// `relation.moved`: whoever is bound to one is bound to another from then on.
pub(crate) fn moved(desk: &mut Desk<'_>, moved: &RelationMoved) -> Result<Done, Stop> {
    let (relation, from, to, at) = (moved.relation(), moved.from(), moved.to(), moved.time());
    let (first, before) = below(&[relation, from]);
    let under = desk.keys(kind::UNDER, &first, Some(&before))?;
    let all: Vec<String> =
        under.iter().filter_map(|key| key.rsplit(SEPARATOR).next()).map(str::to_owned).collect();
    let members = match moved.members() {
        Some(named) => {
            if let Some(stranger) = named.iter().find(|member| !all.contains(member)) {
                return Err(Stop::refused(format!("`{stranger}` is not bound to `{from}` in `{relation}`")));
            }
            named.to_vec()
        }
        None => all,
    };
    let count = members.len();
    for member in members.iter().filter(|member| *member != to) {
        bind(desk, relation, member, Some(to), at)?;
    }
    Ok(Done::noting(format!("{count} moved")))
}

/// From a moment on, a member is bound to somebody or nobody, until its next touch.
fn bind(
    desk: &mut Desk<'_>,
    relation: &str,
    member: &str,
    to: Option<&str>,
    since: Timestamp,
) -> Result<(), Stop> {
    if to == Some(member) {
        return Err(Stop::refused(format!("`{member}` cannot be bound to itself in `{relation}`")));
    }
    let mut all: Touches = desk.get(kind::TOUCH, member)?;
    let touches = all.entry(relation.to_owned()).or_default();
    let place = touches.partition_point(|touch| touch.since < since);
    let next = touches.get(place);
    if let Some(same) = next.filter(|touch| touch.since == since) {
        if same.to.as_deref() == to {
            return Ok(());
        }
        return Err(Stop::refused(format!("`{member}` is bound twice in `{relation}` at {since}")));
    }
    let end = next.map(|touch| touch.since);
    if let Some(to) = to {
        refuse_circle(desk, relation, member, to, (since, end))?;
    }
    let newest = end.is_none();
    let before = touches.last().and_then(|touch| touch.to.clone());
    touches.insert(place, Touch { since, to: to.map(str::to_owned) });
    if newest {
        if let Some(before) = before {
            desk.remove(kind::UNDER, key(&[relation, &before, member]));
        }
        if let Some(to) = to {
            desk.put(kind::UNDER, key(&[relation, to, member]), &since)?;
        }
    }
    desk.put(kind::TOUCH, member, &all)
}

/// Walks up from `to`, along bindings that are valid within the new binding's time, and refuses to meet `member`.
fn refuse_circle(
    desk: &mut Desk<'_>,
    relation: &str,
    member: &str,
    to: &str,
    stretch: Stretch,
) -> Result<(), Stop> {
    let mut visited: Vec<Visited> = vec![(to.to_owned(), stretch, None)];
    let mut seen: BTreeSet<(String, Timestamp)> = BTreeSet::new();
    let mut next = 0;
    while let Some((party, (start, end), _)) = visited.get(next).cloned() {
        if party == member {
            return Err(Stop::refused(circle(relation, member, to, &visited, next)));
        }
        if visited.len() > STEPS_MAX {
            return Err(Stop::refused(format!(
                "the way above `{to}` in `{relation}` is longer than {STEPS_MAX}"
            )));
        }
        let touches: Touches = desk.get(kind::TOUCH, &party)?;
        let touches = touches.get(relation).map(Vec::as_slice).unwrap_or_default();
        for (place, touch) in touches.iter().enumerate() {
            let Some(above) = &touch.to else { continue };
            let until = touches.get(place.saturating_add(1)).map(|later| later.since);
            let from = touch.since.max(start);
            let shared = match (end, until) {
                (Some(one), Some(two)) => Some(one.min(two)),
                (one, two) => one.or(two),
            };
            if shared.is_none_or(|shared| from < shared) && seen.insert((above.clone(), from)) {
                visited.push((above.clone(), (from, shared), Some(next)));
            }
        }
        next = next.saturating_add(1);
    }
    Ok(())
}

fn circle(relation: &str, member: &str, to: &str, visited: &[Visited], last: usize) -> String {
    let mut path = Vec::new();
    let mut step = Some(last);
    while let Some((party, _, from)) = step.and_then(|place| visited.get(place)) {
        path.push(format!("`{party}`"));
        step = *from;
    }
    path.reverse();
    format!(
        "`{member}` cannot have `{to}` as {relation}: `{to}` is below `{member}` ({}); \
         hint: relations must not close a circle",
        path.join(" → ")
    )
}

/// `buyer.merged`: two buyers turn out to be one person; their orders count together from then on.
pub(crate) fn merged_buyers(desk: &mut Desk<'_>, from: &str, into: &str) -> Result<Done, Stop> {
    let (from, into) = (from.to_owned(), merged(desk, into)?);
    let mut gone: BuyerRecord = desk.get(kind::BUYER, &from)?;
    if gone.merged_into.is_some() {
        return Err(Stop::refused(format!("`{from}` was merged before")));
    }
    if from == into {
        return Err(Stop::refused(format!("`{from}` is that buyer already")));
    }
    let mut stays: BuyerRecord = desk.get(kind::BUYER, &into)?;
    stays.paid = stays.paid.saturating_add(gone.paid);
    stays.reserved = stays.reserved.saturating_add(gone.reserved);
    stays.last = stays.last.max(gone.last);
    gone = BuyerRecord { merged_into: Some(into.clone()), ..BuyerRecord::default() };
    desk.put(kind::BUYER, from.as_str(), &gone)?;
    desk.put(kind::BUYER, into.as_str(), &stays)?;
    merge_coupons(desk, &from, &into)?;
    merge_wallets(desk, &from, &into)?;
    merge_bindings(desk, &from, &into)?;
    Ok(Done::noted())
}

/// What one identity used of a coupon counts for the other.
fn merge_coupons(desk: &mut Desk<'_>, from: &str, into: &str) -> Result<(), Stop> {
    let (first, before) = below(&[from]);
    for found in desk.keys(kind::COUPON_USE, &first, Some(&before))? {
        let Some(coupon) = found.rsplit(SEPARATOR).next().map(str::to_owned) else { continue };
        let used: u64 = desk.get(kind::COUPON_USE, &found)?;
        let other = key(&[into, &coupon]);
        let known: u64 = desk.get(kind::COUPON_USE, &other)?;
        desk.put(kind::COUPON_USE, other, &known.saturating_add(used))?;
        desk.remove(kind::COUPON_USE, found);
    }
    Ok(())
}

/// Issued coupons, points and stars go along, each with its own last day; what was earned in all is added up.
fn merge_wallets(desk: &mut Desk<'_>, from: &str, into: &str) -> Result<(), Stop> {
    for wallet in desk.balances(Some(from), AccountKind::Wallet)? {
        let (lot, units) = (wallet.account.lot().to_owned(), wallet.balance_minor);
        if units <= 0 {
            continue;
        }
        let to = Account::new(AccountKind::Wallet, into, lot.as_str());
        let postings =
            vec![posting(wallet.account, &wallet.asset, negative(units)?), posting(to, &wallet.asset, units)];
        desk.post("buyer_merged", from, postings)?;
        expires_with(desk, wallet.asset.as_str(), into, &lot)?;
    }
    let (first, before) = below(&[from]);
    for found in desk.keys(kind::EARNED, &first, Some(&before))? {
        let Some(asset) = found.rsplit(SEPARATOR).next() else { continue };
        let earned: i64 = desk.get(kind::EARNED, &found)?;
        desk.add(kind::EARNED, key(&[into, asset]), earned)?;
        desk.remove(kind::EARNED, found);
    }
    for found in desk.keys(kind::COUNTED, &first, Some(&before))? {
        let Some(rule) = found.strip_prefix(&first) else { continue };
        let each: i64 = desk.get(kind::COUNTED, &found)?;
        desk.put(kind::COUNTED, format!("{into}{SEPARATOR}{rule}"), &each)?;
        desk.remove(kind::COUNTED, found);
    }
    Ok(())
}

/// A wallet that expires is on the agenda of its last day.
pub(super) fn expires_with(desk: &mut Desk<'_>, asset: &str, owner: &str, lot: &str) -> Result<(), Stop> {
    let until = lot.split('/').next().unwrap_or_default();
    if until.parse::<jiff::civil::Date>().is_err() {
        return Ok(());
    }
    let id = key(&[asset, owner, lot]);
    desk.put(kind::AGENDA, key(&[until, "wallet", &id]), &())
}

/// Bindings that only the merged identity has become the other's; where both have one, the other's stays.
fn merge_bindings(desk: &mut Desk<'_>, from: &str, into: &str) -> Result<(), Stop> {
    let gone: Touches = desk.get(kind::TOUCH, from)?;
    let mut stays: Touches = desk.get(kind::TOUCH, into)?;
    let mut changed = false;
    for (relation, touches) in gone {
        if relation == UPLINE_RELATION || stays.contains_key(&relation) {
            continue;
        }
        if touches.iter().any(|touch| touch.to.as_deref() == Some(into)) {
            continue;
        }
        if let Some(Touch { to: Some(to), since }) = touches.last() {
            desk.remove(kind::UNDER, key(&[&relation, to, from]));
            desk.put(kind::UNDER, key(&[&relation, to, into]), since)?;
        }
        stays.insert(relation, touches);
        changed = true;
    }
    if changed {
        desk.put(kind::TOUCH, into, &stays)?;
    }
    Ok(())
}
