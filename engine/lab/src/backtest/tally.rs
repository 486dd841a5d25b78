//! What two programs came to, and where they differ.
//!
//! Invariant: sums are exact, in 128 bits of minor units; only so many single orders are kept as are to be told.

use std::collections::BTreeMap;

use fenrun_money::Currency;

use super::side::{Effect, Paid, Seen};

/// What one program came to. Amounts are minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// Orders that were decided.
    pub orders: u64,
    /// Their goods and shipping at list price.
    pub list: i128,
    /// What came off.
    pub discounts: i128,
    /// What buyers pay.
    pub due: i128,
    /// What parties get.
    pub shares: i128,
    /// What stays with the merchant.
    pub merchant_net: i128,
    /// What funders of discounts give the merchant.
    pub funded: i128,
    /// Fuel of all hook calls.
    pub fuel: u128,
    /// Orders that are held because the guard forbids their decision.
    pub held_violations: u64,
    /// Orders that are held because a policy broke.
    pub held_failures: u64,
    /// Answers of policies that said no.
    pub refusals: u64,
    /// Policies that broke or asked for what is forbidden, and were left out of a decision.
    pub policies_left_out: u64,
}

/// A value under both programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides<T> {
    /// Under the old one.
    pub old: T,
    /// Under the new one.
    pub new: T,
}

/// How many lines there were of which kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// All lines.
    pub events: u64,
    /// Lines that are no event.
    pub bad: u64,
    /// Facts that were told before.
    pub repeated: u64,
    /// Events that only a ledger takes.
    pub left_out: u64,
    /// Events that contradict earlier ones.
    pub refused: u64,
    /// Orders for which anybody gets or pays something else.
    pub changed: u64,
    /// Orders that only the new program holds.
    pub newly_held: u64,
}

/// What somebody gets from one policy for one order, under both programs. Amounts are minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The policy.
    pub policy: String,
    /// Who; empty for a discount, which is the buyer's.
    pub party: String,
    /// As what; empty for a discount.
    pub role: String,
    /// How much.
    pub amount: Sides<i64>,
    /// Why, as the new policy says, or else the old one.
    pub reason: String,
}

/// An order for which the programs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderChange {
    /// The order.
    pub order: String,
    /// The money that moves otherwise, minor units: all differences, without their signs.
    pub moved: u128,
    /// What stays with the merchant; none where the order is held.
    pub merchant_net: Sides<Option<i128>>,
    /// What differs.
    pub changes: Vec<Change>,
    /// Why it is held, where it is.
    pub held: Sides<Option<String>>,
}

/// What a backtest came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Comparison {
    /// The currency of every amount.
    pub currency: Currency,
    /// What was read.
    pub counts: Counts,
    /// The sums.
    pub totals: Sides<Totals>,
    /// What each party gets, by id and role, where that differs.
    pub parties: BTreeMap<(String, String), Sides<i128>>,
    /// What each role gets.
    pub roles: BTreeMap<String, Sides<i128>>,
    /// The orders that change most, first the one that changes most.
    pub orders: Vec<OrderChange>,
    /// Orders that only the new program holds; the first ones.
    pub newly_held: Vec<OrderChange>,
    orders_max: usize,
}

impl Comparison {
    pub(super) fn new(currency: Currency, orders_max: usize) -> Comparison {
        Comparison {
            currency,
            counts: Counts::default(),
            totals: Sides::default(),
            parties: BTreeMap::new(),
            roles: BTreeMap::new(),
            orders: Vec::new(),
            newly_held: Vec::new(),
            orders_max,
        }
    }

    /// Counts one event.
    pub(super) fn count(&mut self, old: Seen, new: Seen) {
        if matches!((&old, &new), (Seen::Refused, _) | (_, Seen::Refused)) {
            self.counts.refused = self.counts.refused.saturating_add(1);
        }
        self.totals.old.add(&old);
        self.totals.new.add(&new);
        self.earn(&old, |sides| &mut sides.old);
        self.earn(&new, |sides| &mut sides.new);
        let newly_held = matches!((&old, &new), (Seen::Paid(_), Seen::Held { .. }));
        let Some(change) = OrderChange::between(old, new) else { return };
        self.counts.changed = self.counts.changed.saturating_add(1);
        if newly_held {
            self.counts.newly_held = self.counts.newly_held.saturating_add(1);
            if self.newly_held.len() < self.orders_max {
                self.newly_held.push(change.clone());
            }
        }
        self.keep(change);
    }

    /// Keeps an order where it is among those that change most; of equals the earlier one.
    fn keep(&mut self, change: OrderChange) {
        let place = self.orders.partition_point(|known| known.moved >= change.moved);
        if place < self.orders_max {
            self.orders.insert(place, change);
            self.orders.truncate(self.orders_max);
        }
    }

    fn earn(&mut self, seen: &Seen, side: impl Fn(&mut Sides<i128>) -> &mut i128) {
        let Seen::Paid(paid) = seen else { return };
        for effect in paid.effects.iter().filter(|effect| !effect.party.is_empty()) {
            let key = (effect.party.to_string(), effect.role.to_string());
            let sum = side(self.parties.entry(key).or_default());
            *sum = sum.saturating_add(effect.amount.into());
            let sum = side(self.roles.entry(effect.role.to_string()).or_default());
            *sum = sum.saturating_add(effect.amount.into());
        }
    }

    /// Drops the parties for whom nothing changes.
    pub(super) fn finish(&mut self) {
        self.parties.retain(|_, sides| sides.old != sides.new);
    }
}

impl Totals {
    fn add(&mut self, seen: &Seen) {
        match seen {
            Seen::Paid(paid) => {
                let other = &paid.totals;
                self.orders = self.orders.saturating_add(other.orders);
                self.refusals = self.refusals.saturating_add(other.refusals);
                self.policies_left_out = self.policies_left_out.saturating_add(other.policies_left_out);
                self.list = self.list.saturating_add(other.list);
                self.discounts = self.discounts.saturating_add(other.discounts);
                self.due = self.due.saturating_add(other.due);
                self.shares = self.shares.saturating_add(other.shares);
                self.merchant_net = self.merchant_net.saturating_add(other.merchant_net);
                self.funded = self.funded.saturating_add(other.funded);
                self.fuel = self.fuel.saturating_add(other.fuel);
            }
            Seen::Held { violation: true, .. } => {
                self.held_violations = self.held_violations.saturating_add(1);
            }
            Seen::Held { .. } => self.held_failures = self.held_failures.saturating_add(1),
            Seen::Other | Seen::Refused => {}
        }
    }
}

impl OrderChange {
    fn between(old: Seen, new: Seen) -> Option<OrderChange> {
        let (old, old_held) = apart(old);
        let (new, new_held) = apart(new);
        let order = [&old, &new].into_iter().flatten().map(|paid| paid.order.clone()).next()?;
        let net = |paid: &Option<Box<Paid>>| paid.as_ref().map(|paid| paid.totals.merchant_net);
        let merchant_net = Sides { old: net(&old), new: net(&new) };
        let mut changes: Vec<Change> = Vec::new();
        collect(&mut changes, old, |sides| &mut sides.old);
        collect(&mut changes, new, |sides| &mut sides.new);
        changes.retain(|change| change.amount.old != change.amount.new);
        let held = Sides { old: old_held, new: new_held };
        if changes.is_empty() && held.old.is_none() == held.new.is_none() {
            return None;
        }
        let by = |change: &Change| u128::from(change.amount.old.abs_diff(change.amount.new));
        let moved = changes.iter().map(by).fold(0, u128::saturating_add);
        Some(OrderChange { order, moved, merchant_net, changes, held })
    }
}

fn apart(seen: Seen) -> (Option<Box<Paid>>, Option<String>) {
    match seen {
        Seen::Paid(paid) => (Some(paid), None),
        Seen::Held { because, .. } => (None, Some(because)),
        Seen::Other | Seen::Refused => (None, None),
    }
}

/// Adds the effects of one side; what one policy gives one party in one role is one change.
fn collect(changes: &mut Vec<Change>, paid: Option<Box<Paid>>, side: impl Fn(&mut Sides<i64>) -> &mut i64) {
    for Effect { policy, party, role, amount, reason } in paid.into_iter().flat_map(|paid| paid.effects) {
        let same =
            |change: &Change| *change.policy == *policy && *change.party == *party && *change.role == *role;
        let place = match changes.iter().position(same) {
            Some(place) => place,
            None => {
                changes.push(Change {
                    policy: policy.into(),
                    party: party.into(),
                    role: role.into(),
                    amount: Sides::default(),
                    reason: String::new(),
                });
                changes.len().saturating_sub(1)
            }
        };
        if let Some(change) = changes.get_mut(place) {
            let sum = side(&mut change.amount);
            *sum = sum.saturating_add(amount);
            change.reason = reason.into();
        }
    }
}
