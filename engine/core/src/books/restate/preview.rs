//! What a restatement would change, told before it is posted.
//!
//! Invariant: the same plan that is booked; differences of all parties and the merchant come to zero.

use std::collections::BTreeMap;

use fenrun_ledger::{AccountKind, Asset};
use fenrun_money::{Currency, Overflow, Rate, decimal::format_minor};
use jiff::Timestamp;
use jiff::civil::Date;

use super::change::{OrderChange, is_released};
use super::plan::Plan;
use crate::Program;
use crate::books::accounts::of as account_of;
use crate::books::desk::Desk;
use crate::books::frozen::{FrozenShare, FrozenTerm};
use crate::books::lot::{Lot, LotLine};
use crate::books::setting::Setting;
use crate::books::stop::Stop;

/// What a restatement changes. Amounts are minor units of [`Restatement::currency`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restatement {
    /// The digest of the mended program.
    pub program: String,
    /// The first day of payment.
    pub from: Date,
    /// The last day of payment, included.
    pub to: Date,
    /// The currency of every amount.
    pub currency: Currency,
    /// The orders that change, in the order of the log.
    pub orders: Vec<RestatedOrder>,
    /// Every party of these orders, by name.
    pub parties: Vec<RestatedParty>,
    /// What the merchant gains, or loses where it is negative.
    pub merchant_minor: i64,
    /// How many orders are decided as they stand.
    pub same: u64,
    /// How many orders of the days were cancelled: nothing of them is left.
    pub cancelled: u64,
    /// Payments of the days that are held: they are decided when they are tried again.
    pub held: Vec<String>,
    /// Bonuses of closed periods in the orders that change: they stay.
    pub bonuses_staying_minor: i64,
    /// Why there is nothing to restate, where no order changes.
    pub nothing: Option<String>,
}

/// One order that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestatedOrder {
    /// The order.
    pub order: String,
    /// When it was paid.
    pub paid_at: Timestamp,
    /// What remains of what the buyer paid.
    pub remaining_minor: i64,
    /// Whether its shares had been released.
    pub released: bool,
    /// Its shares, those that go first.
    pub shares: Vec<RestatedShare>,
}

/// What becomes of a party's share by one policy, in one role.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestatedShare {
    /// Whose it is.
    pub party: String,
    /// As what.
    pub role: String,
    /// By which policy.
    pub policy: String,
    /// What the party keeps by now.
    pub was_minor: i64,
    /// What it keeps from then on.
    pub becomes_minor: i64,
    /// How both were made: `20% of 239.20 → 15% of 239.20 · sold it`.
    pub why: String,
}

/// What a party gains or loses in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestatedParty {
    /// The party.
    pub party: String,
    /// What it keeps of these orders by now.
    pub was_minor: i64,
    /// What it keeps from then on.
    pub becomes_minor: i64,
    /// By how much what is held for it changes.
    pub held_minor: i64,
    /// By how much what it has available changes.
    pub available_minor: i64,
    /// By how much what it owes changes: less than zero where it owes more.
    pub receivable_minor: i64,
}

impl RestatedShare {
    /// What the party gains, or loses where it is negative.
    #[must_use]
    pub fn difference_minor(&self) -> i64 {
        self.becomes_minor.saturating_sub(self.was_minor)
    }
}

impl RestatedParty {
    /// What the party gains, or loses where it is negative.
    #[must_use]
    pub fn difference_minor(&self) -> i64 {
        self.becomes_minor.saturating_sub(self.was_minor)
    }
}

/// What a plan would change.
pub(super) fn of(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    plan: Plan,
    mended: &Program,
    (from, to): (Date, Date),
) -> Result<Restatement, Stop> {
    let nothing = plan.changes.is_empty().then(|| plan.nothing(mended));
    let mut told = Restatement {
        program: mended.digest().to_string(),
        from,
        to,
        currency: setting.program.currency(),
        orders: Vec::new(),
        parties: Vec::new(),
        merchant_minor: 0,
        same: plan.same,
        cancelled: plan.cancelled,
        held: plan.held,
        bonuses_staying_minor: 0,
        nothing,
    };
    let mut parties = Parties { asset: Asset::new(told.currency.code()), all: BTreeMap::new() };
    for (change, _) in &plan.changes {
        let Some(lot) = plan.lots.get(&change.order) else { continue };
        let order = order(desk, change, lot, told.currency)?;
        parties.count(desk, &order)?;
        for staying in change.staying(lot) {
            told.bonuses_staying_minor =
                told.bonuses_staying_minor.checked_add(staying.retained).ok_or(Overflow)?;
        }
        told.orders.push(order);
    }
    told.parties = parties.all.into_values().map(|known| known.told).collect();
    for party in &told.parties {
        told.merchant_minor = told.merchant_minor.checked_sub(party.difference_minor()).ok_or(Overflow)?;
    }
    Ok(told)
}

fn order(
    desk: &mut Desk<'_>,
    change: &OrderChange,
    lot: &Lot,
    currency: Currency,
) -> Result<RestatedOrder, Stop> {
    let same = |one: &FrozenShare, other: &RestatedShare| {
        one.party == other.party && one.role == other.role && one.policy == other.policy
    };
    let words = |share: &FrozenShare| formula(share, &lot.lines, currency);
    let mut rows: Vec<(RestatedShare, Vec<String>, Vec<String>)> = Vec::new();
    for (share, is_new) in
        change.before(lot).iter().map(|old| (old, false)).chain(change.shares.iter().map(|new| (new, true)))
    {
        let place = rows.iter().position(|(row, ..)| same(share, row));
        let place = place.unwrap_or_else(|| {
            let (party, role, policy) = (share.party.clone(), share.role.clone(), share.policy.clone());
            let why = share.reason.clone();
            let row = RestatedShare { party, role, policy, was_minor: 0, becomes_minor: 0, why };
            rows.push((row, Vec::new(), Vec::new()));
            rows.len().saturating_sub(1)
        });
        let Some((row, old, new)) = rows.get_mut(place) else { continue };
        let (sum, made) = if is_new { (&mut row.becomes_minor, new) } else { (&mut row.was_minor, old) };
        *sum = sum.checked_add(share.retained).ok_or(Overflow)?;
        made.push(words(share)?);
        row.why.clone_from(&share.reason);
    }
    let side = |made: &[String]| if made.is_empty() { "nothing".to_owned() } else { made.join(" and ") };
    let shares = rows.into_iter().map(|(mut row, old, new)| {
        let (old, new) = (side(&old), side(&new));
        let made = if old == new { new } else { format!("{old} → {new}") };
        row.why = if row.why.is_empty() { made } else { format!("{made} · {}", row.why) };
        row
    });
    Ok(RestatedOrder {
        order: lot.order.clone(),
        paid_at: lot.paid_at,
        remaining_minor: lot.remaining()?,
        released: is_released(desk, lot)?,
        shares: shares.collect(),
    })
}

/// A share's formula on what remains of its lines: `20% of 239.20`, `5.00`, at most and at least what.
fn formula(share: &FrozenShare, lines: &[LotLine], currency: Currency) -> Result<String, Overflow> {
    let show = |amount: i64| format_minor(amount, currency.exponent()).to_string();
    let mut parts = Vec::new();
    for term in &share.terms {
        parts.push(match term {
            FrozenTerm::Rate { bases, band, numerator, denominator } => {
                let mut base = 0_i64;
                for (line, amount) in bases {
                    let left = lines.get(*line).map_or(Ok(0), |line| line.scaled(*amount))?;
                    base = base.checked_add(left).ok_or(Overflow)?;
                }
                let rate = Rate::new(*numerator, *denominator).map_err(|_| Overflow)?;
                let of = show(base);
                match band {
                    Some((from, to)) => format!("{rate} of {of} from {} to {}", show(*from), show(*to)),
                    None => format!("{rate} of {of}"),
                }
            }
            FrozenTerm::Fixed { amount, .. } => show(*amount),
        });
    }
    let mut text = parts.join(" + ");
    if let Some(minimum) = share.minimum {
        text = format!("{text}, at least {}", show(minimum));
    }
    if let Some(maximum) = share.maximum {
        text = format!("{text}, at most {}", show(maximum));
    }
    Ok(text)
}

/// What the parties gain and lose, order by order, as it would be booked.
struct Parties {
    asset: Asset,
    all: BTreeMap<String, Known>,
}

/// A party with what it has free and what it owes so far.
#[derive(Default)]
struct Known {
    told: RestatedParty,
    free: i64,
    owed: i64,
}

impl Parties {
    fn count(&mut self, desk: &mut Desk<'_>, order: &RestatedOrder) -> Result<(), Stop> {
        let mut differences: BTreeMap<&str, i64> = BTreeMap::new();
        for share in &order.shares {
            let party = self.known(desk, &share.party)?;
            party.told.was_minor = party.told.was_minor.checked_add(share.was_minor).ok_or(Overflow)?;
            party.told.becomes_minor =
                party.told.becomes_minor.checked_add(share.becomes_minor).ok_or(Overflow)?;
            let sum = differences.entry(&share.party).or_default();
            *sum = sum.checked_add(share.difference_minor()).ok_or(Overflow)?;
        }
        for (party, amount) in differences {
            self.known(desk, party)?.book(order.released, amount)?;
        }
        Ok(())
    }

    fn known(&mut self, desk: &mut Desk<'_>, party: &str) -> Result<&mut Known, Stop> {
        if !self.all.contains_key(party) {
            let mut balance = |kind| desk.balance(&account_of(kind, party), &self.asset);
            let (free, owed) = (balance(AccountKind::Available)?, balance(AccountKind::Receivable)?);
            let told = RestatedParty { party: party.to_owned(), ..RestatedParty::default() };
            let known = Known { told, free: free.max(0), owed: owed.checked_neg().ok_or(Overflow)?.max(0) };
            self.all.insert(party.to_owned(), known);
        }
        Ok(self.all.entry(party.to_owned()).or_default())
    }
}

impl Known {
    fn book(&mut self, released: bool, amount: i64) -> Result<(), Overflow> {
        if !released {
            self.told.held_minor = self.told.held_minor.checked_add(amount).ok_or(Overflow)?;
            return Ok(());
        }
        // Upwards what is owed is netted first, downwards what is free is taken first.
        let (free, owed) = if amount > 0 {
            let netted = amount.min(self.owed);
            (amount.checked_sub(netted).ok_or(Overflow)?, netted)
        } else {
            let taken = amount.max(self.free.checked_neg().ok_or(Overflow)?);
            (taken, amount.checked_sub(taken).ok_or(Overflow)?)
        };
        self.free = self.free.checked_add(free).ok_or(Overflow)?;
        self.owed = self.owed.checked_sub(owed).ok_or(Overflow)?;
        self.told.available_minor = self.told.available_minor.checked_add(free).ok_or(Overflow)?;
        self.told.receivable_minor = self.told.receivable_minor.checked_add(owed).ok_or(Overflow)?;
        Ok(())
    }
}
