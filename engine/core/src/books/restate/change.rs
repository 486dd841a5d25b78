//! What a restatement makes of one order, and how that is booked.
//!
//! Invariant: only shares of the order's own decision change; what the buyer paid, what funders carry, what was granted
//! and the bonuses of closed periods stay. Each party's difference is one movement against the merchant.

use std::collections::BTreeMap;

use fenrun_ledger::{AccountKind, Asset};
use fenrun_money::Overflow;
use serde::{Deserialize, Serialize};

use crate::Program;
use crate::books::accounts::{credit, debit, lot as lot_account, negative, own, posting};
use crate::books::caps::caps;
use crate::books::desk::{Desk, key, kind};
use crate::books::frozen::FrozenShare;
use crate::books::lot::{Lot, RestatedMark, Stage};
use crate::books::stop::Stop;
use crate::decision::Decision;
use crate::profile::{OverCap, RefundOverCap};

/// What becomes of one order's shares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OrderChange {
    pub(crate) order: String,
    /// How many of the lot's shares, the first ones, are replaced.
    pub(crate) decided: usize,
    /// What replaces them, with what each keeps of what remains of the order.
    pub(crate) shares: Vec<FrozenShare>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) spent_before: Vec<(String, i64)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) spent: Vec<(String, i64)>,
}

/// By how much a party's part of an order changes, and whether that part has left the lot. Minor units.
pub(super) type Differences = BTreeMap<String, i64>;

/// What was taken of each budget, minor units.
type Spent = Vec<(String, i64)>;

impl OrderChange {
    /// The mended shares on what remains of a lot.
    pub(super) fn of(
        lot: &Lot,
        released: bool,
        decided: usize,
        decision: &Decision,
        (spent_before, spent): (Spent, Spent),
    ) -> Result<Self, Overflow> {
        let mut shares = Vec::new();
        for share in decision.shares.iter().filter(|share| share.amount_minor > 0) {
            let mut frozen = FrozenShare::of(decision, share)?;
            frozen.retained = frozen.kept(&lot.lines)?;
            frozen.released = released;
            shares.push(frozen);
        }
        Ok(Self { order: lot.order.clone(), decided, shares, spent_before, spent })
    }

    /// Whether the lot has these very shares.
    pub(super) fn is_nothing(&self, lot: &Lot) -> bool {
        self.before(lot) == self.shares && self.spent_before == self.spent
    }

    /// The shares that are replaced.
    pub(super) fn before<'lot>(&self, lot: &'lot Lot) -> &'lot [FrozenShare] {
        lot.shares.get(..self.decided).unwrap_or(&lot.shares)
    }

    /// The shares that stay: bonuses of closed periods.
    pub(super) fn staying<'lot>(&self, lot: &'lot Lot) -> &'lot [FrozenShare] {
        lot.shares.get(self.decided..).unwrap_or_default()
    }

    /// By how much each party's part changes.
    pub(super) fn differences(&self, lot: &Lot) -> Result<Differences, Overflow> {
        let mut differences = Differences::new();
        for share in &self.shares {
            let sum = differences.entry(share.party.clone()).or_default();
            *sum = sum.checked_add(share.retained).ok_or(Overflow)?;
        }
        for share in self.before(lot) {
            let sum = differences.entry(share.party.clone()).or_default();
            *sum = sum.checked_sub(share.retained).ok_or(Overflow)?;
        }
        differences.retain(|_, amount| *amount != 0);
        Ok(differences)
    }

    /// Keeps the caps over the whole life of the order, bonuses of closed periods included (I10): shares that would pass
    /// one are reduced, later ones first, where the profile trims; otherwise the reason why the order cannot be restated.
    /// What stands above a cap already, because a refund took what it was measured by, may stay but not grow; it is taken
    /// back where the profile says so.
    pub(super) fn keep_caps(&mut self, lot: &Lot, program: &Program) -> Result<Option<String>, Stop> {
        let profile = program.guard();
        let refunded = lot.lines.iter().any(|line| !line.is_untouched());
        let claws = refunded && profile.refund_over_cap() == RefundOverCap::Claw;
        for cap in caps(profile, lot)? {
            let before = cap.kept(profile, &lot.shares)?;
            let staying = cap.kept(profile, self.staying(lot))?;
            let after = staying.checked_add(cap.kept(profile, &self.shares)?).ok_or(Overflow)?;
            let allowed = if claws { cap.allowed } else { cap.allowed.max(before) };
            let mut excess = after.saturating_sub(allowed);
            if excess <= 0 {
                continue;
            }
            if profile.over_cap() == OverCap::Reject && !claws {
                let show =
                    |amount| fenrun_money::decimal::format_minor(amount, program.currency().exponent());
                let who = cap.who;
                return Ok(Some(format!(
                    "life_cap: {who} would keep {} of the {} that remain, {} of it from closed periods; profile `{}` \
                     allows {}",
                    show(after),
                    show(cap.measure),
                    show(staying),
                    profile.name(),
                    show(allowed)
                )));
            }
            for share in self.shares.iter_mut().rev().filter(|share| cap.counts(profile, &share.role)) {
                let cut = excess.min(share.retained);
                share.retained = share.retained.saturating_sub(cut);
                excess = excess.saturating_sub(cut);
            }
        }
        Ok(None)
    }

    /// Books the change: upwards to where the lot stands, downwards from there as any clawback.
    pub(super) fn book(&self, desk: &mut Desk<'_>, by: &str, program: &str) -> Result<(), Stop> {
        let Some(mut lot) = desk.find::<Lot>(kind::LOT, &self.order)? else {
            return Err(Stop::Engine(format!("the lot of order `{}` is gone", self.order)));
        };
        let released = is_released(desk, &lot)?;
        let asset = Asset::new(lot.currency.as_str());
        let mut postings = Vec::new();
        for (party, amount) in self.differences(&lot)? {
            postings.push(posting(own(AccountKind::Merchant), &asset, negative(amount)?));
            match (released, amount > 0) {
                (false, _) => postings.push(posting(lot_account(&party, &lot.order), &asset, amount)),
                (true, true) => credit(desk, &mut postings, &party, &asset, amount)?,
                (true, false) => debit(desk, &mut postings, &party, &asset, negative(amount)?)?,
            }
        }
        desk.post("restatement", &lot.order, postings)?;
        for (budget, amount) in &self.spent_before {
            desk.add(kind::BUDGET, budget.as_str(), negative(*amount)?)?;
            lot.budgets.push((budget.clone(), negative(*amount)?));
        }
        for (budget, amount) in &self.spent {
            desk.add(kind::BUDGET, budget.as_str(), *amount)?;
            lot.budgets.push((budget.clone(), *amount));
        }
        lot.budgets = summed(std::mem::take(&mut lot.budgets))?;
        let staying = self.staying(&lot).to_vec();
        lot.shares = self.shares.iter().cloned().chain(staying).collect();
        lot.restated = Some(RestatedMark {
            by: by.to_owned(),
            program: program.to_owned(),
            shares: self.shares.len(),
            spent: self.spent.clone(),
        });
        desk.put(kind::LOT, self.order.as_str(), &lot)
    }
}

/// One amount for each budget, in the order in which they came; none of zero.
fn summed(amounts: Vec<(String, i64)>) -> Result<Vec<(String, i64)>, Overflow> {
    let mut sums: Vec<(String, i64)> = Vec::new();
    for (budget, amount) in amounts {
        match sums.iter_mut().find(|(known, _)| *known == budget) {
            Some((_, sum)) => *sum = sum.checked_add(amount).ok_or(Overflow)?,
            None => sums.push((budget, amount)),
        }
    }
    sums.retain(|(_, amount)| *amount != 0);
    Ok(sums)
}

/// Whether an order's lot was released: it is complete, and its release is no longer due.
pub(super) fn is_released(desk: &mut Desk<'_>, lot: &Lot) -> Result<bool, Stop> {
    let (Stage::Completed, Some(due)) = (lot.stage, lot.due) else { return Ok(false) };
    if lot.shares.iter().any(|share| share.released) {
        return Ok(true);
    }
    let waits = desk.find::<()>(kind::AGENDA, &key(&[&due.to_string(), "release", &lot.order]))?;
    Ok(waits.is_none())
}
