//! The rules of the guard, as a list.
//!
//! Invariant: each rule looks at the whole decision and only reads; the only way to a [`Decision`] goes through here.

use fenrun_abi::code::Hook;
use fenrun_money::decimal::format_minor;

use super::{Violation, caps, rail};
use crate::{
    decision::{Decision, LineRange, PartyRef, Share, Term, Unverified},
    event::LineKind,
    profile::{GuardProfile, RailProfile},
};

type Rule = fn(&Decision, &GuardProfile, &mut Vec<Violation>);

/// Every rule, in the order in which broken ones are listed.
const RULES: &[Rule] =
    &[balance, allocations, floors, eligibility, own_order, depth, twice, recruiting, caps::check];

/// Verifies a decision against the profiles of the guard and of the rail.
///
/// # Errors
///
/// Every rule that is broken, with the numbers.
pub(crate) fn verify(
    unverified: Unverified,
    profile: &GuardProfile,
    on: &RailProfile,
) -> Result<Decision, Vec<Violation>> {
    let decision = unverified.0;
    let mut violations = Vec::new();
    for rule in RULES {
        rule(&decision, profile, &mut violations);
    }
    rail::check(&decision, on, &mut violations);
    if violations.is_empty() { Ok(decision) } else { Err(violations) }
}

/// An effect that was not ended exactly once.
pub(crate) fn ended(policy: &str, number: usize, ended: u32) -> Violation {
    let found =
        if ended == 0 { "was begun and never ended".into() } else { format!("was ended {ended} times") };
    let message =
        format!("effect {number} {found}, expected exactly once; hint: return every effect that is built");
    Violation::new("effect_not_ended", Some(policy), message)
}

/// An effect that this hook cannot ask for.
pub(crate) fn wrong_hook(policy: &str, what: &str, hook: Hook) -> Violation {
    let message = format!("{what} was asked for in the hook `{}`", hook.name());
    Violation::new("wrong_hook", Some(policy), message)
}

fn violation(rule: &'static str, share: &Share, message: String) -> Violation {
    Violation::new(rule, Some(&share.policy), message)
}

/// No cent is lost: list = discounts + shares + merchant net (I1, I3).
fn balance(decision: &Decision, _: &GuardProfile, violations: &mut Vec<Violation>) {
    if !decision.totals.balance() {
        let show = |amount| format_minor(amount, decision.currency.exponent());
        let totals = &decision.totals;
        let message = format!(
            "list {} is not discounts {} + shares {} + merchant {}",
            show(totals.list),
            show(totals.discounts),
            show(totals.shares),
            show(totals.merchant_net)
        );
        violations.push(Violation::new("balance", None, message));
    }
}

/// The parts of an effect add up to it (I3), and amounts are not negative.
fn allocations(decision: &Decision, _: &GuardProfile, violations: &mut Vec<Violation>) {
    let exponent = decision.currency.exponent();
    let shares = decision.shares.iter().map(|share| (&share.policy, share.amount_minor, &share.allocation));
    let discounts = decision
        .discounts
        .iter()
        .map(|discount| (&discount.policy, discount.amount_minor, &discount.allocation));
    for (policy, amount, allocation) in shares.chain(discounts) {
        let sum = allocation.iter().map(|part| part.amount_minor).fold(0, i64::saturating_add);
        if sum != amount || amount < 0 || allocation.iter().any(|part| part.amount_minor < 0) {
            let (amount, sum) = (format_minor(amount, exponent), format_minor(sum, exponent));
            let message = format!("an effect of {amount} is allocated as {sum}");
            violations.push(Violation::new("allocation", Some(policy), message));
        }
    }
}

/// No line below zero or below its floor (I4).
fn floors(decision: &Decision, _: &GuardProfile, violations: &mut Vec<Violation>) {
    let show = |amount| format_minor(amount, decision.currency.exponent());
    for line in &decision.lines {
        if line.due_minor < 0 {
            let message = format!("line `{}` would cost {}", line.id, show(line.due_minor));
            violations.push(Violation::new("line_below_zero", None, message));
        }
        // What an event says was paid is a fact; only a discount that the engine decides can break a floor.
        let decided = decision.discounts.iter().any(|discount| !discount.allocation.is_empty());
        if let Some(floor) = line.floor_minor
            && decided
            && line.due_minor < floor.min(line.list_minor)
        {
            let message = format!(
                "line `{}` would cost {}, its floor is {}",
                line.id,
                show(line.due_minor),
                show(floor)
            );
            violations.push(Violation::new("line_floor", None, message));
        }
    }
}

fn eligibility(decision: &Decision, _: &GuardProfile, violations: &mut Vec<Violation>) {
    for share in decision.shares.iter().filter(|share| !share.party.eligible && share.amount_minor > 0) {
        let message = format!("`{}` may not be paid: the party is not eligible", share.party.id);
        violations.push(violation("not_eligible", share, message));
    }
}

fn own_order(decision: &Decision, profile: &GuardProfile, violations: &mut Vec<Violation>) {
    if profile.buyer_may_earn() {
        return;
    }
    for share in decision.shares.iter().filter(|share| share.party.is_buyer && share.amount_minor > 0) {
        let message = format!(
            "the buyer `{}` would earn on the own order, profile `{}` forbids it",
            share.party.id,
            profile.name()
        );
        violations.push(violation("buyer_may_earn", share, message));
    }
}

/// Paid depth ≤ profile (I9).
fn depth(decision: &Decision, profile: &GuardProfile, violations: &mut Vec<Violation>) {
    let Some(max) = profile.max_paid_uplines() else { return };
    for share in decision.shares.iter().filter(|share| share.amount_minor > 0) {
        if let Some(depth) = share.party.depth.filter(|depth| *depth > max) {
            let message = format!(
                "`{}` at depth {depth} would be paid, profile `{}` allows {max} uplines at most",
                share.party.id,
                profile.name()
            );
            violations.push(violation("max_paid_uplines", share, message));
        }
    }
}

/// The lines that a share is of, a bit for each.
fn lines_of(decision: &Decision, share: &Share) -> Vec<bool> {
    let mut lines = vec![false; decision.lines.len()];
    for term in &share.terms {
        let (Term::Rate { lines: range, .. } | Term::Fixed { lines: range, .. }) = term;
        match range {
            LineRange::AllGoods => mark(&mut lines, decision, LineKind::Goods),
            LineRange::Shipping => mark(&mut lines, decision, LineKind::Shipping),
            LineRange::Lines(members) => {
                for member in members {
                    if let Some(slot) = lines.get_mut(*member) {
                        *slot = true;
                    }
                }
            }
        }
    }
    lines
}

fn mark(lines: &mut [bool], decision: &Decision, kind: LineKind) {
    for (slot, line) in lines.iter_mut().zip(&decision.lines) {
        *slot |= line.kind == kind;
    }
}

/// One policy may pay one party once per role and line set.
fn twice(decision: &Decision, _: &GuardProfile, violations: &mut Vec<Violation>) {
    // For each policy and party, the lines that are spoken for.
    let mut spoken: Vec<(&str, &PartyRef, Vec<bool>)> = Vec::new();
    for share in &decision.shares {
        let known =
            spoken.iter_mut().find(|(policy, party, _)| *policy == share.policy && **party == share.party);
        let Some((_, _, taken)) = known else {
            spoken.push((&share.policy, &share.party, lines_of(decision, share)));
            continue;
        };
        let mut again = false;
        for (taken, wanted) in taken.iter_mut().zip(lines_of(decision, share)) {
            again |= *taken && wanted;
            *taken |= wanted;
        }
        if again {
            let message = format!(
                "`{}` would be paid twice as {} for the same lines; hint: put both terms into one share",
                share.party.id, share.party.role
            );
            violations.push(violation("paid_twice", share, message));
        }
    }
}

/// Nothing may be paid where nothing was sold: that would be pay for bringing somebody in.
fn recruiting(decision: &Decision, profile: &GuardProfile, violations: &mut Vec<Violation>) {
    if profile.pay_for_recruiting() || decision.totals.goods_paid > 0 {
        return;
    }
    for share in decision.shares.iter().filter(|share| share.amount_minor > 0) {
        let amount = format_minor(share.amount_minor, decision.currency.exponent());
        let message = format!(
            "`{}` would get {amount} for an order without paid goods, profile `{}` pays nothing for recruiting",
            share.party.id,
            profile.name()
        );
        violations.push(violation("pay_for_recruiting", share, message));
    }
}
