//! The checks of the guard with their numbers, for whoever wants to see that they hold.
//!
//! Invariant: only tells; what is forbidden is decided by the rules, from the same decision.

use fenrun_money::Rate;

use super::caps;
use crate::{decision::Decision, profile::GuardProfile};

/// How a figure stands to its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It must be the bound.
    Equal,
    /// It may not be more.
    AtMost,
    /// It may not be less.
    AtLeast,
}

/// One check of the guard: what was found, against what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GuardCheck {
    /// The rule, as violations name it.
    pub rule: &'static str,
    /// The line that it is about, by its place in [`Decision::lines`].
    pub line: Option<usize>,
    /// What was found: minor units, or a count.
    pub found: i64,
    /// How it stands to the bound.
    pub relation: Relation,
    /// What is allowed; `None` where the profile sets no bound.
    pub bound: Option<i64>,
    /// Whether both are minor units.
    pub is_money: bool,
    /// Of a cap: the amount that it is a part of, in minor units, and which part. The bound is that product, floored.
    pub part_of: Option<(i64, Rate)>,
}

impl Relation {
    /// The name used in explanations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Relation::Equal => "equal",
            Relation::AtMost => "at_most",
            Relation::AtLeast => "at_least",
        }
    }
}

impl GuardCheck {
    pub(super) const fn money(rule: &'static str, found: i64, relation: Relation, bound: i64) -> Self {
        Self { rule, line: None, found, relation, bound: Some(bound), is_money: true, part_of: None }
    }

    /// A count; without a bound anything is allowed.
    pub(super) const fn count(rule: &'static str, found: i64, bound: Option<i64>) -> Self {
        Self { rule, line: None, found, relation: Relation::AtMost, bound, is_money: false, part_of: None }
    }

    /// Whether it holds; it does for every decision that left the guard.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.bound.is_none_or(|bound| match self.relation {
            Relation::Equal => self.found == bound,
            Relation::AtMost => self.found <= bound,
            Relation::AtLeast => self.found >= bound,
        })
    }
}

fn sum(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}

/// Every check of a decision, in the order of the rules.
pub(crate) fn checks(decision: &Decision, profile: &GuardProfile) -> Vec<GuardCheck> {
    let totals = &decision.totals;
    let parts = sum([totals.discounts, totals.shares, totals.merchant_net].into_iter());
    let effects = || {
        let shares = decision.shares.iter().map(|share| (share.amount_minor, &share.allocation));
        shares.chain(decision.discounts.iter().map(|discount| (discount.amount_minor, &discount.allocation)))
    };
    let allocated = sum(effects().flat_map(|(_, parts)| parts.iter().map(|part| part.amount_minor)));
    let amounts = sum(effects().map(|(amount, _)| amount));
    let mut checks = vec![
        GuardCheck::money("balance", parts, Relation::Equal, totals.list),
        GuardCheck::money("allocation", allocated, Relation::Equal, amounts),
    ];
    floors(decision, &mut checks);
    let paid = || decision.shares.iter().filter(|share| share.amount_minor > 0);
    let counted = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let ineligible = paid().filter(|share| !share.party.eligible).count();
    checks.push(GuardCheck::count("not_eligible", counted(ineligible), Some(0)));
    let to_buyer = paid().filter(|share| share.party.is_buyer).count();
    let bound = (!profile.buyer_may_earn()).then_some(0);
    checks.push(GuardCheck::count("buyer_may_earn", counted(to_buyer), bound));
    let deepest = paid().filter_map(|share| share.party.depth).max().unwrap_or(0);
    let bound = profile.max_paid_uplines().map(i64::from);
    checks.push(GuardCheck::count("max_paid_uplines", i64::from(deepest), bound));
    if totals.goods_paid <= 0 {
        let bound = (!profile.pay_for_recruiting()).then_some(0);
        let found = sum(paid().map(|share| share.amount_minor));
        checks.push(GuardCheck {
            bound,
            ..GuardCheck::money("pay_for_recruiting", found, Relation::AtMost, 0)
        });
    }
    checks.extend(caps::figures(decision, profile));
    checks
}

/// Every line is worth at least nothing, and at least its floor where the engine took something off.
fn floors(decision: &Decision, checks: &mut Vec<GuardCheck>) {
    let decided = decision.discounts.iter().any(|discount| !discount.allocation.is_empty());
    for (place, line) in decision.lines.iter().enumerate() {
        let at = |check| GuardCheck { line: Some(place), ..check };
        checks.push(at(GuardCheck::money("line_below_zero", line.due_minor, Relation::AtLeast, 0)));
        if let Some(floor) = line.floor_minor.filter(|_| decided) {
            let bound = floor.min(line.list_minor);
            checks.push(at(GuardCheck::money("line_floor", line.due_minor, Relation::AtLeast, bound)));
        }
    }
}
