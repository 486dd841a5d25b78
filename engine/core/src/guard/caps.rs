//! The caps of a profile: how much the parties of a class may get of what was paid.
//!
//! Invariant: a cap is measured on the rounded amounts, so it holds to the cent.

use fenrun_money::{Allocation, Rate, Rounding, allocate, decimal::format_minor};

use super::{GuardCheck, Relation, Violation};
use crate::{
    decision::{Decision, Share, Unverified},
    event::LineKind,
    profile::{GuardProfile, OverCap, RailProfile, RoleClass},
};

/// One cap with the shares that count in it.
struct Cap {
    rule: &'static str,
    who: &'static str,
    class: Option<RoleClass>,
    rate: Rate,
}

impl Cap {
    fn counts(&self, profile: &GuardProfile, share: &Share) -> bool {
        self.class.is_none_or(|class| profile.class(&share.party.role) == class)
    }

    fn sum(&self, profile: &GuardProfile, decision: &Decision) -> i64 {
        let counted = decision.shares.iter().filter(|share| self.counts(profile, share));
        counted.map(|share| share.amount_minor).fold(0, i64::saturating_add)
    }

    /// The most this cap allows: the exact part of what was paid, floored.
    fn allowed(&self, profile: &GuardProfile, decision: &Decision) -> i64 {
        self.rate.of(self.measure(profile, decision), Rounding::Floor).unwrap_or(0)
    }

    /// What the cap is a part of: goods paid; for all parties together also fees and deposits, where they may be shared.
    fn measure(&self, profile: &GuardProfile, decision: &Decision) -> i64 {
        let goods = decision.totals.goods_paid;
        if self.class.is_some() || !profile.pay_from_fees() {
            return goods;
        }
        let fees =
            decision.lines.iter().filter(|line| matches!(line.kind, LineKind::Fee | LineKind::Deposit));
        fees.map(|line| line.paid_minor).fold(goods, i64::saturating_add)
    }
}

fn caps(profile: &GuardProfile) -> Vec<Cap> {
    let class = |class: RoleClass, rule, who| {
        profile.cap(class).map(|rate| Cap { rule, who, class: Some(class), rate })
    };
    let total = profile.total_cap().unwrap_or(Rate::ONE);
    [
        class(RoleClass::Promoters, "promoters_cap", "promoters"),
        class(RoleClass::TradePartners, "trade_partners_cap", "trade partners"),
        class(RoleClass::Platform, "platform_cap", "the platform"),
        Some(Cap { rule: "total_cap", who: "all parties", class: None, rate: total }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Lists every cap that is passed.
pub(super) fn check(decision: &Decision, profile: &GuardProfile, violations: &mut Vec<Violation>) {
    let exponent = decision.currency.exponent();
    for cap in caps(profile) {
        let (sum, allowed) = (cap.sum(profile, decision), cap.allowed(profile, decision));
        if sum > allowed {
            let message = format!(
                "{} would get {} of {} goods paid, at most {} ({}) is allowed by profile `{}`",
                cap.who,
                format_minor(sum, exponent),
                format_minor(cap.measure(profile, decision), exponent),
                format_minor(allowed, exponent),
                cap.rate,
                profile.name(),
            );
            violations.push(Violation::new(cap.rule, None, message));
        }
    }
}

/// Every cap with its numbers.
pub(super) fn figures(decision: &Decision, profile: &GuardProfile) -> Vec<GuardCheck> {
    let check = |cap: Cap| GuardCheck {
        part_of: Some((cap.measure(profile, decision), cap.rate)),
        ..GuardCheck::money(
            cap.rule,
            cap.sum(profile, decision),
            Relation::AtMost,
            cap.allowed(profile, decision),
        )
    };
    caps(profile).into_iter().map(check).collect()
}

/// Reduces shares until every cap and the rail's ratio hold, where the profile says so: those of later policies first.
pub(crate) fn trim(unverified: &mut Unverified, profile: &GuardProfile, rail: &RailProfile) {
    if profile.over_cap() != OverCap::Trim {
        return;
    }
    let decision = &mut unverified.0;
    for cap in caps(profile) {
        let excess = cap.sum(profile, decision).saturating_sub(cap.allowed(profile, decision));
        reduce_from_last(decision, excess, |share| cap.counts(profile, share));
    }
    if let Some(most) = rail.ratio_max() {
        let (others, allowed) = super::rail::ratio(decision, most);
        reduce_from_last(decision, others.saturating_sub(allowed), |_| true);
    }
    let shares = decision.shares.iter().map(|share| share.amount_minor).fold(0, i64::saturating_add);
    decision.totals.shares = shares;
    decision.totals.merchant_net = decision.totals.due.saturating_sub(shares);
}

/// Takes an amount off the shares that count, from the last on.
fn reduce_from_last(decision: &mut Decision, mut excess: i64, counts: impl Fn(&Share) -> bool) {
    for share in decision.shares.iter_mut().rev() {
        if excess <= 0 {
            break;
        }
        if counts(share) {
            let cut = excess.min(share.amount_minor);
            reduce(share, cut);
            excess = excess.saturating_sub(cut);
        }
    }
}

/// Takes an amount off a share; the trace keeps what was taken.
pub(crate) fn reduce(share: &mut Share, cut: i64) {
    if cut <= 0 {
        return;
    }
    share.amount_minor = share.amount_minor.saturating_sub(cut);
    share.trimmed_minor = share.trimmed_minor.saturating_add(cut);
    let weights: Vec<i64> = share.allocation.iter().map(|part| part.amount_minor).collect();
    let mut parts = vec![0; weights.len()];
    // The weights add up to at least the reduced amount, so this cannot fail; if it did, the guard would see it.
    let _ = allocate(share.amount_minor, &weights, Allocation::LargestRemainder, &mut parts);
    for (part, amount) in share.allocation.iter_mut().zip(parts) {
        part.amount_minor = amount;
    }
    share.allocation.retain(|part| part.amount_minor != 0);
}
