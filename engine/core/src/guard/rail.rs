//! The limits of the payment rail: how much of a payment others may get, and how many they may be.
//!
//! Invariant: measured on the rounded amounts, so they hold to the cent; a rail without limits checks nothing.

use std::collections::BTreeSet;

use fenrun_money::{Rate, Rounding, decimal::format_minor};

use super::{GuardCheck, Relation, Violation};
use crate::{decision::Decision, profile::RailProfile};

/// What others than the merchant would get, and the most that the rail can carry out: the exact part, floored.
pub(super) fn ratio(decision: &Decision, most: Rate) -> (i64, i64) {
    let others = decision.shares.iter().map(|share| share.amount_minor).fold(0, i64::saturating_add);
    (others, most.of(decision.totals.money_paid, Rounding::Floor).unwrap_or(0))
}

/// Who would get money: a party in two roles is one receiver.
fn receivers(decision: &Decision) -> i64 {
    let paid = decision.shares.iter().filter(|share| share.amount_minor > 0);
    let receivers: BTreeSet<&str> = paid.map(|share| &*share.party.id).collect();
    i64::try_from(receivers.len()).unwrap_or(i64::MAX)
}

/// Lists every limit of the rail that is passed.
pub(super) fn check(decision: &Decision, rail: &RailProfile, violations: &mut Vec<Violation>) {
    let show = |amount| format_minor(amount, decision.currency.exponent());
    if let Some(most) = rail.ratio_max() {
        let (others, allowed) = ratio(decision, most);
        if others > allowed {
            let message = format!(
                "all others would get {} of {} paid in money, at most {} ({most}) can be paid out on rail `{}`",
                show(others),
                show(decision.totals.money_paid),
                show(allowed),
                rail.name()
            );
            violations.push(Violation::new("rail_ratio_exceeded", None, message));
        }
    }
    if let Some(most) = rail.receivers_max() {
        let found = receivers(decision);
        if found > i64::from(most) {
            let message = format!(
                "{found} receivers would be paid for one order, rail `{}` pays at most {most}",
                rail.name()
            );
            violations.push(Violation::new("rail_receivers", None, message));
        }
    }
}

/// Every limit of the rail with its numbers.
pub(crate) fn figures(decision: &Decision, rail: &RailProfile) -> Vec<GuardCheck> {
    let ratio = rail.ratio_max().map(|most| {
        let (others, allowed) = ratio(decision, most);
        GuardCheck {
            part_of: Some((decision.totals.money_paid, most)),
            ..GuardCheck::money("rail_ratio_exceeded", others, Relation::AtMost, allowed)
        }
    });
    let receivers = rail
        .receivers_max()
        .map(|most| GuardCheck::count("rail_receivers", receivers(decision), Some(i64::from(most))));
    ratio.into_iter().chain(receivers).collect()
}
