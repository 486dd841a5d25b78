//! `period.closed`: bonuses and true-ups, as shares of the period's orders; tiers that were reached.
//!
//! Invariant: a bonus becomes shares of the orders it came from, counts in their caps and is clawed back with them;
//! closing twice is a duplicate, and a refund after the close keeps the tier.

use std::collections::{BTreeMap, BTreeSet};

use fenrun_abi::code::Hook;
use fenrun_ledger::{AccountKind, Asset};
use fenrun_money::{Allocation, Overflow, allocate};
use jiff::{Timestamp, ToSpan, civil::Date};

use super::accounts::{credit, lot as lot_account, negative, own, posting};
use super::caps;
use super::desk::{Desk, SEPARATOR, below, key, kind};
use super::frozen::{FrozenShare, FrozenTerm};
use super::history::month;
use super::kept::KeptShare;
use super::lot::{Lot, Stage};
use super::parties;
use super::rail;
use super::recompute;
use super::records::{KnownRecord, PartyRecord};
use super::setting::{Done, Setting};
use super::stop::Stop;
use crate::Violation;
use crate::event::{LineKind, Party, PeriodClosed, ROLES, SELLER, UPLINE, UPLINE_RELATION};
use crate::history::VolumeWindow;
use crate::outcome::{HoldCause, Undecided};
use crate::periods::{Bonus, PeriodDecision, PeriodFacts};
use crate::profile::{OverCap, RoleClass};
use crate::program::LateRefund;

/// What happened in a period, as the books have it now.
struct Period {
    lots: BTreeMap<String, Lot>,
    parties: BTreeMap<String, Sums>,
}

/// From when to when a period goes.
pub(super) struct Bounds {
    pub(super) window: VolumeWindow,
    pub(super) first: Date,
    /// The first day after it.
    pub(super) after: Date,
}

/// What one party did in a period. Amounts are minor units.
#[derive(Default)]
struct Sums {
    volume: i64,
    orders: u64,
    roles: BTreeSet<String>,
    /// As what it belongs to the merchant.
    known: Option<String>,
    accrued: BTreeMap<String, i64>,
}

/// `period.closed`.
pub(crate) fn closed(setting: &Setting<'_>, desk: &mut Desk<'_>, event: &PeriodClosed) -> Result<Done, Stop> {
    if !setting.program.policies().iter().any(|policy| policy.has(Hook::Period)) {
        return Ok(Done::noting("no policy looks at periods"));
    }
    let first = event.first_day();
    let bounds = Bounds { window: event.window(), first, after: after(first, event.window())? };
    let period = gather(setting, desk, &bounds, None)?;
    let mut decisions = Vec::new();
    let ranked = period.ranked();
    for (party, sums) in &period.parties {
        let facts = facts(setting, desk, &bounds, &period, (party, sums), &ranked)?;
        match setting.engine.close_period(setting.program, &facts) {
            Ok(decision) => decisions.push(decision),
            Err(Undecided::Held(cause)) => return Err(Stop::Held(cause)),
            Err(Undecided::Error(error)) => return Err(Stop::Engine(error.to_string())),
        }
    }
    let mut lots = period.lots;
    let (mut bonus, mut changed, mut tiers) = (0_i64, 0_u64, BTreeMap::new());
    let mut alone = Vec::new();
    for decision in &decisions {
        for each in &decision.bonuses {
            bonus = bonus.checked_add(each.amount_minor).ok_or(Overflow)?;
            alone.extend(post_bonus(setting, desk, event.period(), &mut lots, decision, each)?);
        }
        let party = &*decision.party.id;
        let before = desk.get::<PartyRecord>(kind::PARTY, party)?.tier;
        let after = decision.tier.as_ref().map(|change| change.tier.clone()).or_else(|| before.clone());
        tiers.insert(party.to_owned(), (before, after));
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
    recompute::note(setting, desk, (event.period(), &bounds), tiers)?;
    let receipts: Vec<String> = decisions.iter().map(PeriodDecision::to_json).collect();
    let receipt = Some(format!("[{}]", receipts.join(",")));
    Ok(Done { note: Some(told), receipt, alone, ..Done::created() })
}

fn after(first: Date, window: VolumeWindow) -> Result<Date, Stop> {
    let span = match window {
        VolumeWindow::Day => 1.day(),
        VolumeWindow::Month => 1.month(),
        VolumeWindow::Quarter => 3.months(),
        VolumeWindow::Year => 1.year(),
        VolumeWindow::All => return Err(Stop::refused("a period without an end cannot be closed")),
    };
    first.checked_add(span).map_err(|_| Stop::refused(format!("no period ends after {first}")))
}

fn start_of(setting: &Setting<'_>, day: Date) -> Result<Timestamp, Stop> {
    let zoned = day.to_zoned(setting.zone().clone());
    zoned.map(|zoned| zoned.timestamp()).map_err(|_| Stop::refused(format!("{day} has no beginning")))
}

/// The lots of a period's orders.
pub(super) fn lots(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    bounds: &Bounds,
) -> Result<BTreeMap<String, Lot>, Stop> {
    Ok(gather(setting, desk, bounds, None)?.lots)
}

/// What is known of a party's period when it is worked out again; what its close gave does not count. `None` where the
/// party did nothing in it.
pub(super) fn facts_again(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    (bounds, name): (&Bounds, &str),
    party: &str,
    tier: Option<String>,
) -> Result<Option<PeriodFacts>, Stop> {
    let period = gather(setting, desk, bounds, Some(name))?;
    let ranked = period.ranked();
    let party = party.to_owned();
    let Some(sums) = period.parties.get(&party) else { return Ok(None) };
    let mut facts = facts(setting, desk, bounds, &period, (&party, sums), &ranked)?;
    facts.party.tier = tier;
    Ok(Some(facts))
}

/// All orders of a period, and what each party did in them, without what the close of this name gave. Whoever belongs to
/// the merchant by then is there as well, whatever it did.
fn gather(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    bounds: &Bounds,
    without: Option<&str>,
) -> Result<Period, Stop> {
    let mut period = Period { lots: BTreeMap::new(), parties: BTreeMap::new() };
    for seller in sellers(desk, bounds.first, bounds.after)? {
        let from = key(&[&seller, &bounds.first.to_string()]);
        let before = key(&[&seller, &bounds.after.to_string()]);
        for sold in desk.keys(kind::SOLD, &from, Some(&before))? {
            let Some(order) = sold.rsplit(SEPARATOR).next() else { continue };
            let Some(lot) = desk.find::<Lot>(kind::LOT, order)? else { continue };
            period.parties.entry(seller.clone()).or_default().sell(&lot)?;
            let counts = |share: &&FrozenShare| without.is_none() || share.period.as_deref() != without;
            for share in lot.shares.iter().filter(counts) {
                period.parties.entry(share.party.clone()).or_default().earn(share)?;
            }
            period.lots.insert(order.to_owned(), lot);
        }
    }
    let end = start_of(setting, bounds.after)?;
    for party in desk.keys(kind::KNOWN, "", None)? {
        if let Some(known) = desk.find::<KnownRecord>(kind::KNOWN, &party)?.filter(|known| known.since < end)
        {
            period.parties.entry(party).or_default().known = Some(known.role);
        }
    }
    Ok(period)
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

impl Period {
    /// The volumes of all who sold something, the largest first.
    fn ranked(&self) -> Vec<i64> {
        let mut ranked: Vec<i64> =
            self.parties.values().map(|sums| sums.volume).filter(|sum| *sum > 0).collect();
        ranked.sort_unstable_by(|one, other| other.cmp(one));
        ranked
    }
}

impl Sums {
    /// As what a party is asked about: what the merchant said it is, else a seller where it sold, else what it earned as.
    fn role(&self) -> &str {
        match &self.known {
            Some(role) => role,
            None if self.roles.contains(SELLER) => SELLER,
            None => self.roles.first().map_or(SELLER, String::as_str),
        }
    }

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

fn facts(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    bounds: &Bounds,
    period: &Period,
    (party, sums): (&String, &Sums),
    ranked: &[i64],
) -> Result<PeriodFacts, Stop> {
    let (start, end) = (start_of(setting, bounds.first)?, start_of(setting, bounds.after)?);
    let known: PartyRecord = desk.get(kind::PARTY, party)?;
    let role = sums.role();
    let mut named = if role == UPLINE { Party::upline(party, 1) } else { Party::new(party, role) };
    (named.tier, named.tags, named.eligible) = (known.tier, known.tags, known.eligible.unwrap_or(true));
    let volume_of = |party: &str| period.parties.get(party).map_or(0, |sums| sums.volume);
    let (direct, newly_bound) = members(desk, setting.program.definition().roles(), party, (start, end))?;
    let mut facts = PeriodFacts::new(bounds.window, start, end, named);
    facts.by_contract = sums.known.is_some();
    facts.volume_minor = sums.volume;
    facts.orders = sums.orders;
    facts.accrued_minor = sum(sums.accrued.values().copied())?;
    facts.accrued_by_policy_minor.clone_from(&sums.accrued);
    facts.direct_volume_minor = sum(direct.iter().map(|member| volume_of(member)))?;
    facts.group_volume_minor = sum(group(desk, party)?.iter().map(|member| volume_of(member)))?;
    facts.total_volume_minor = sum(ranked.iter().copied())?;
    facts.ranked = u32::try_from(ranked.len()).unwrap_or(u32::MAX);
    if sums.volume > 0 {
        let better = ranked.partition_point(|volume| *volume > sums.volume);
        facts.rank = u32::try_from(better.saturating_add(1)).unwrap_or(u32::MAX);
        let as_good = ranked.partition_point(|volume| *volume >= sums.volume);
        facts.tied = u32::try_from(as_good.saturating_sub(better)).unwrap_or(u32::MAX);
    }
    facts.newly_bound = newly_bound;
    Ok(facts)
}

fn sum(mut amounts: impl Iterator<Item = i64>) -> Result<i64, Overflow> {
    amounts.try_fold(0_i64, i64::checked_add).ok_or(Overflow)
}

/// The direct downlines of a party, and how many members of any relation were bound to it in a period. `upline` is one of
/// the well-known roles; `own` are those that the program declares.
pub(super) fn members(
    desk: &mut Desk<'_>,
    own: &[String],
    party: &str,
    (start, end): (Timestamp, Timestamp),
) -> Result<(Vec<String>, u64), Stop> {
    let mut newly_bound = 0_u64;
    let mut direct = Vec::new();
    for relation in ROLES.into_iter().chain(own.iter().map(String::as_str)) {
        let (from, before) = below(&[relation, party]);
        for under in desk.keys(kind::UNDER, &from, Some(&before))? {
            let since: Timestamp = desk.find(kind::UNDER, &under)?.unwrap_or(end);
            if since >= start && since < end {
                newly_bound = newly_bound.saturating_add(1);
            }
            if relation == UPLINE_RELATION {
                direct.extend(under.rsplit(SEPARATOR).next().map(str::to_owned));
            }
        }
    }
    Ok((direct, newly_bound))
}

/// Everybody below a party, and the party itself.
fn group(desk: &mut Desk<'_>, party: &str) -> Result<BTreeSet<String>, Stop> {
    let mut group = BTreeSet::new();
    let mut next = vec![party.to_owned()];
    while let Some(party) = next.pop() {
        if !group.insert(party.clone()) {
            continue;
        }
        let (from, before) = below(&[UPLINE_RELATION, &party]);
        for under in desk.keys(kind::UNDER, &from, Some(&before))? {
            next.extend(under.rsplit(SEPARATOR).next().map(str::to_owned));
        }
    }
    Ok(group)
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
        return Ok(Some(KeptShare::alone(&bonus.policy, named, bonus.amount_minor)));
    }
    let weights: Vec<i64> = chosen.iter().map(|(_, left)| *left).collect();
    let mut parts = vec![0; weights.len()];
    allocate(bonus.amount_minor, &weights, Allocation::LargestRemainder, &mut parts).map_err(|_| Overflow)?;
    let asset = Asset::new(setting.program.currency().code());
    // Only where a late refund may work the close out again does anybody look for what it gave.
    let late = setting.program.definition().ledger().late_refund;
    let of_close = (late == LateRefund::Recompute).then_some(period);
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
