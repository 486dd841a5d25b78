//! The caps of the guard profile over what is left of an order.
//!
//! Invariant: measured on the rounded amounts, like the guard's own; what a refund lifts above a cap is told or taken
//! back, never passed over (I10).

use fenrun_money::{Overflow, Rate, Rounding};

use super::frozen::FrozenShare;
use super::lot::{Lot, Reduction};
use crate::event::LineKind;
use crate::profile::{GuardProfile, RefundOverCap, RoleClass};

/// One cap, with what it allows of what is left of an order. Amounts are minor units.
pub(super) struct Cap {
    /// Who counts in it, for people.
    pub(super) who: &'static str,
    class: Option<RoleClass>,
    /// The part that is allowed.
    pub(super) rate: Rate,
    /// What it is a part of: goods that are left; for all parties together also fees and deposits, where they may be
    /// shared.
    pub(super) measure: i64,
    /// The most that may be kept.
    pub(super) allowed: i64,
}

/// Every cap of a profile on what is left of an order.
pub(super) fn caps(profile: &GuardProfile, lot: &Lot) -> Result<Vec<Cap>, Overflow> {
    let goods = lot.goods_left()?;
    let all = if profile.pay_from_fees() {
        lot.paid_left(|kind| matches!(kind, LineKind::Goods | LineKind::Fee | LineKind::Deposit))?
    } else {
        goods
    };
    let classes = [
        (RoleClass::Promoters, "promoters"),
        (RoleClass::TradePartners, "trade partners"),
        (RoleClass::Platform, "the platform"),
    ];
    let of_classes =
        classes.into_iter().filter_map(|(class, who)| Some((who, Some(class), profile.cap(class)?, goods)));
    let total = ("all parties", None, profile.total_cap().unwrap_or(Rate::ONE), all);
    let cap = |(who, class, rate, measure): (_, _, Rate, _)| {
        Ok(Cap { who, class, rate, measure, allowed: rate.of(measure, Rounding::Floor)? })
    };
    of_classes.chain([total]).map(cap).collect()
}

impl Cap {
    /// Whether a party of this role counts in it.
    pub(super) fn counts(&self, profile: &GuardProfile, role: &str) -> bool {
        self.class.is_none_or(|class| profile.class(role) == class)
    }

    /// What those that count in it keep.
    pub(super) fn kept<'a>(
        &self,
        profile: &GuardProfile,
        shares: impl IntoIterator<Item = &'a FrozenShare>,
    ) -> Result<i64, Overflow> {
        let counted = shares.into_iter().filter(|share| self.counts(profile, &share.role));
        counted.map(|share| share.retained).try_fold(0_i64, i64::checked_add).ok_or(Overflow)
    }
}

/// What becomes of shares that stand above a cap after a refund: told, or taken back down to the cap, later ones first.
/// Answers what is to be told, if anything.
pub(super) fn after_refund(
    profile: &GuardProfile,
    lot: &mut Lot,
    reduction: &mut Reduction,
    show: impl Fn(i64) -> String,
) -> Result<Option<String>, Overflow> {
    let mut told = Vec::new();
    for cap in caps(profile, lot)? {
        let kept = cap.kept(profile, &lot.shares)?;
        let mut excess = kept.saturating_sub(cap.allowed);
        if excess <= 0 {
            continue;
        }
        let (measure, allowed, rate, name) = (show(cap.measure), show(cap.allowed), cap.rate, profile.name());
        let above = format!(
            "{} would keep {} of the {measure} that remain, profile `{name}` allows {allowed} ({rate})",
            cap.who,
            show(kept)
        );
        if profile.refund_over_cap() == RefundOverCap::Report {
            told.push(above);
            continue;
        }
        told.push(format!("{above}; {} more is taken back", show(excess)));
        for share in lot.shares.iter_mut().rev() {
            let cut = excess.min(share.retained);
            if cut > 0 && cap.counts(profile, &share.role) {
                let kept = share.retained.checked_sub(cut).ok_or(Overflow)?;
                reduction.funders.append(&mut share.funders_back(kept)?);
                share.retained = kept;
                reduction.clawbacks.push((share.party.clone(), share.released, cut));
                excess = excess.saturating_sub(cut);
            }
        }
    }
    Ok(if told.is_empty() { None } else { Some(told.join("; ")) })
}
