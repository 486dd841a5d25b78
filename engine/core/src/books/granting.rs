//! Asks the policies what an event is worth in points, stars and tiers, and books it.
//!
//! Invariant: asked of the state before the event, booked with it; a cancelled order takes back what is left of its
//! grants.

use fenrun_abi::code::Hook;
use fenrun_ledger::{Account, AccountKind, Asset};
use fenrun_money::Overflow;
use jiff::{Timestamp, ToSpan};

use super::accounts::{negative, own, posting};
use super::desk::{Desk, key, kind};
use super::frozen::FrozenTerm;
use super::grants;
use super::history::{DeskHistory, merged};
use super::lot::{GrantLot, Lot};
use super::parties;
use super::setting::{Done, Setting};
use super::stop::Stop;
use crate::Decision;
use crate::event::{Event, OccasionNoted};
use crate::granting::{GrantTerm, GrantsDecision, Holdings};
use crate::outcome::Undecided;

/// Asks about an event; nothing where no policy looks at such events.
pub(crate) fn ask(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    event: &Event,
    decision: Option<&Decision>,
) -> Result<Option<GrantsDecision>, Stop> {
    if !setting.program.policies().iter().any(|policy| policy.has(Hook::Grants)) {
        return Ok(None);
    }
    // What is held is asked while the history is; both look at one desk.
    let held = held_by(desk, event, decision)?;
    let history = DeskHistory::new(desk, setting.expect, setting.zone());
    let answer = setting.engine.grants(setting.program, event, decision, &held, &history);
    history.close()?;
    match answer {
        Ok(granted) => Ok(Some(granted)),
        Err(Undecided::Held(cause)) => Err(Stop::Held(cause)),
        Err(Undecided::Error(error)) => Err(Stop::Engine(error.to_string())),
    }
}

/// `occasion.noted`: policies say what it is worth to the one person that the buyer is by now.
pub(crate) fn noted(setting: &Setting<'_>, desk: &mut Desk<'_>, noted: &OccasionNoted) -> Result<Done, Stop> {
    let fact = Event::from(noted.clone()).fact_key();
    let of = merged(desk, noted.of())?;
    let (occasion, what) = (noted.occasion().to_owned(), noted.what().to_owned());
    let party = noted.party().map(str::to_owned);
    let event = OccasionNoted::new(occasion, of, noted.time(), what, party, setting.expect)
        .map_err(|error| Stop::Refused(error.to_string()))?;
    let Some(granted) = ask(setting, desk, &event.into(), None)? else { return Ok(Done::noted()) };
    if granted.grants.is_empty() && granted.tiers.is_empty() {
        return Ok(Done { granted: Some(Box::new(granted)), ..Done::noted() });
    }
    book(setting, desk, &granted, fact.as_str(), noted.time())?;
    let receipt = Some(granted.to_json());
    Ok(Done { receipt, granted: Some(Box::new(granted)), ..Done::created() })
}

/// Books what was granted; answers the lots, for the order that they came of.
pub(crate) fn book(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    granted: &GrantsDecision,
    fact: &str,
    at: Timestamp,
) -> Result<Vec<GrantLot>, Stop> {
    let mut lots = Vec::new();
    for (place, grant) in granted.grants.iter().enumerate() {
        let days = grant.expires_days.map(i64::from);
        let expires = days.and_then(|days| setting.day(at).checked_add(days.days()).ok());
        let id = format!("{fact}/{place}");
        let to = merged(desk, grant.to.id())?;
        let lot = grants::give(desk, (&id, &to, &grant.asset), grant.units, expires)?;
        lots.push(GrantLot {
            to: to.clone(),
            asset: grant.asset.clone(),
            lot,
            units: grant.units,
            terms: grant.terms.iter().map(frozen).collect(),
            counted: grant.counted.is_some(),
        });
        if let Some((counted, each)) = &grant.counted {
            desk.put(kind::COUNTED, key(&[&to, counted, &grant.asset]), each)?;
        }
    }
    for change in &granted.tiers {
        parties::set_tier(desk, change)?;
    }
    Ok(lots)
}

/// What the units of a grant came from, so that the formula can be run again.
fn frozen(term: &GrantTerm) -> FrozenTerm {
    FrozenTerm::Rate {
        bases: term.bases.iter().map(|part| (part.line, part.amount_minor)).collect(),
        band: None,
        numerator: term.rate.numerator(),
        denominator: term.rate.denominator(),
    }
}

/// A cancelled order takes back what is left of its grants; those that are counted over other units go with those.
pub(crate) fn take_back(desk: &mut Desk<'_>, lot: &mut Lot) -> Result<(), Stop> {
    restate_to(desk, lot, |_| Ok(0))
}

/// After a refund, units that came from the order are what their formula gives on what remains of it.
pub(crate) fn restate(desk: &mut Desk<'_>, lot: &mut Lot) -> Result<(), Stop> {
    let lines = lot.lines.clone();
    restate_to(desk, lot, |grant| grant.kept(&lines))
}

fn restate_to(
    desk: &mut Desk<'_>,
    lot: &mut Lot,
    kept: impl Fn(&GrantLot) -> Result<i64, Overflow>,
) -> Result<(), Stop> {
    let mut changed: Vec<(String, String)> = Vec::new();
    for grant in lot.grants.iter_mut().filter(|grant| !grant.counted) {
        let lacking = grant.units.checked_sub(kept(grant)?).ok_or(Overflow)?;
        if lacking <= 0 {
            continue;
        }
        grant.units = grant.units.checked_sub(lacking).ok_or(Overflow)?;
        let asset = Asset::new(grant.asset.as_str());
        let to = merged(desk, &grant.to)?;
        let wallet = Account::new(AccountKind::Wallet, to.as_str(), grant.lot.as_str());
        take(desk, &lot.order, wallet, &asset, lacking)?;
        desk.add(kind::EARNED, key(&[&to, &grant.asset]), negative(lacking)?)?;
        changed.push((to, grant.asset.clone()));
    }
    for (who, asset) in changed {
        recount(desk, &lot.order, &who, &asset)?;
    }
    Ok(())
}

/// Takes units out of a wallet, as many as it still holds; answers how many.
fn take(desk: &mut Desk<'_>, order: &str, wallet: Account, asset: &Asset, units: i64) -> Result<i64, Stop> {
    let left = desk.balance(&wallet, asset)?.min(units).max(0);
    if left > 0 {
        let back = posting(own(AccountKind::Issuance), asset, left);
        desk.post("grant_taken_back", order, vec![posting(wallet, asset, negative(left)?), back])?;
    }
    Ok(left)
}

/// Units that are counted over others are no more than those still allow: what is too many is taken back, the latest to
/// expire first, as far as it is still held. What was spent or has expired stays earned, so it is not given again.
fn recount(desk: &mut Desk<'_>, order: &str, who: &str, counted: &str) -> Result<(), Stop> {
    let (from, before) = super::desk::below(&[who, counted]);
    for found in desk.keys(kind::COUNTED, &from, Some(&before))? {
        let Some(asset) = found.rsplit(super::desk::SEPARATOR).next().map(str::to_owned) else { continue };
        let each: i64 = desk.get(kind::COUNTED, &found)?;
        let over: i64 = desk.get(kind::EARNED, &key(&[who, counted]))?;
        let earned: i64 = desk.get(kind::EARNED, &key(&[who, &asset]))?;
        let mut excess = earned.saturating_sub(over.max(0).checked_div(each.max(1)).unwrap_or(0));
        let units_of = Asset::new(asset.as_str());
        let mut wallets = desk.balances(Some(who), AccountKind::Wallet)?;
        wallets.retain(|wallet| wallet.asset == units_of && wallet.balance_minor > 0);
        wallets.sort_by(|one, other| other.account.lot().cmp(one.account.lot()));
        for wallet in wallets {
            if excess <= 0 {
                break;
            }
            let taken = take(desk, order, wallet.account, &units_of, excess)?;
            excess = excess.saturating_sub(taken);
            desk.add(kind::EARNED, key(&[who, &asset]), negative(taken)?)?;
        }
    }
    Ok(())
}

/// What the people of an event hold, read before it is asked about.
struct Held {
    known: Vec<(String, String, i64, i64)>,
}

impl Held {
    fn find(&self, party: &str, asset: &str) -> (i64, i64) {
        let found = self.known.iter().find(|(who, what, ..)| who == party && what == asset);
        found.map_or((0, 0), |(_, _, held, earned)| (*held, *earned))
    }
}

impl Holdings for Held {
    fn held(&self, party: &str, asset: &str) -> i64 {
        self.find(party, asset).0
    }

    fn earned(&self, party: &str, asset: &str) -> i64 {
        self.find(party, asset).1
    }
}

fn held_by(desk: &mut Desk<'_>, event: &Event, decision: Option<&Decision>) -> Result<Held, Stop> {
    let mut people: Vec<String> = Vec::new();
    if let Some(order) = event.order() {
        people.push(order.buyer.id.clone());
    }
    if let Event::RelationBound(bound) = event {
        people.extend([bound.member().to_owned(), bound.to().to_owned()]);
    }
    if let Event::OccasionNoted(noted) = event {
        people.extend([noted.of(), noted.party().unwrap_or_default()].map(str::to_owned));
    }
    people.extend(
        decision.into_iter().flat_map(|decision| &decision.parties).map(|party| party.id.to_string()),
    );
    people.sort();
    people.dedup();
    let mut known: Vec<(String, String, i64, i64)> = Vec::new();
    for who in people {
        let one = merged(desk, &who)?;
        for wallet in desk.balances(Some(&one), AccountKind::Wallet)? {
            let asset = wallet.asset.as_str().to_owned();
            match known.iter_mut().find(|(one, what, ..)| *one == who && *what == asset) {
                Some((_, _, held, _)) => *held = held.saturating_add(wallet.balance_minor),
                None => known.push((who.clone(), asset, wallet.balance_minor, 0)),
            }
        }
        let (from, before) = super::desk::below(&[&one]);
        for earned in desk.keys(kind::EARNED, &from, Some(&before))? {
            let Some(asset) = earned.rsplit(super::desk::SEPARATOR).next().map(str::to_owned) else {
                continue;
            };
            let sum: i64 = desk.get(kind::EARNED, &earned)?;
            match known.iter_mut().find(|(one, what, ..)| *one == who && *what == asset) {
                Some((_, _, _, earned)) => *earned = sum,
                None => known.push((who.clone(), asset, 0, sum)),
            }
        }
    }
    Ok(Held { known })
}
