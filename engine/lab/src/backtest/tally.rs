//! What two programs came to, and where they differ.
//!
//! Invariant: sums are exact, in 128 bits of minor units; only so many single orders are kept as are to be told.

use std::collections::{BTreeMap, HashMap};

use fenrun::Decision;
use fenrun::books::TakenBack;
use fenrun::decision::PolicyAnswer;
use fenrun::event::{Consequence, Event};
use fenrun_money::Currency;

use super::change::{Difference, Made, OrderChange};
use super::earned::{Key, Stop};
use super::known::Told;
use super::side::{Counted, Seen};
use super::spread::Spread;

/// Refused events whose reasons are told one by one.
const REFUSED_TOLD_MAX: usize = 10;

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
    /// What went back to buyers later.
    pub refunded: i128,
    /// What was taken back from parties for that.
    pub clawed_back: i128,
    /// What funders got back for that.
    pub funded_back: i128,
    /// What closes of periods gave parties beyond their orders' shares, less what was taken back of it.
    pub bonuses: i128,
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// All lines.
    pub events: u64,
    /// Lines that are no event.
    pub bad: u64,
    /// Facts that were told before in the same words.
    pub repeated: u64,
    /// Facts that were told before in other words; the first telling counts.
    pub retold: u64,
    /// Events that move nothing here.
    pub left_out: u64,
    /// The same by kind.
    pub left_out_kinds: BTreeMap<&'static str, u64>,
    /// Events that change later decisions, or about which policies are asked, by what only books know: the comparison is
    /// as if they had not been.
    pub changes_left_out: u64,
    /// The same by kind.
    pub changes_left_out_kinds: BTreeMap<&'static str, u64>,
    /// Events that contradict earlier ones.
    pub refused: u64,
    /// Refunds, cancellations and disputes of orders that were never paid.
    pub without_order: u64,
    /// Orders for which anybody keeps or pays something else.
    pub changed: u64,
    /// Orders that only the new program holds.
    pub newly_held: u64,
    /// Orders that only the old program holds.
    pub newly_decided: u64,
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
    /// What each party keeps, by id and role, where that differs.
    pub parties: BTreeMap<Key, Sides<i128>>,
    /// How many parties there are, each in its role.
    pub parties_all: u64,
    /// What each role keeps.
    pub roles: BTreeMap<String, Sides<i128>>,
    /// What each policy takes off, and what it gives to parties.
    pub policies: BTreeMap<String, (Sides<i128>, Sides<i128>)>,
    /// What the merchant keeps of the orders of each local month.
    pub months: BTreeMap<(i16, i8), Sides<i128>>,
    /// What was said no to, where that differs.
    pub stops: BTreeMap<Stop, Sides<u64>>,
    /// How the change of what the merchant keeps is spread over the orders.
    pub spread: Spread,
    /// The orders that change most, first the one that changes most.
    pub orders: Vec<OrderChange>,
    /// Orders that only the new program holds; the first ones.
    pub newly_held: Vec<OrderChange>,
    /// Why events were refused; the first ones.
    pub refused_told: Vec<String>,
    orders_max: usize,
    open: HashMap<Box<str>, (Made, Made)>,
}

impl Counts {
    pub(super) fn leave_out(&mut self, event: &Event) {
        let (all, kinds) = match event.consequence() {
            Consequence::Changes => (&mut self.changes_left_out, &mut self.changes_left_out_kinds),
            _ => (&mut self.left_out, &mut self.left_out_kinds),
        };
        *all = all.saturating_add(1);
        let count = kinds.entry(event.kind()).or_default();
        *count = count.saturating_add(1);
    }

    pub(super) fn told_again(&mut self, told: Told) {
        match told {
            Told::First => {}
            Told::Again => self.repeated = self.repeated.saturating_add(1),
            Told::Otherwise => self.retold = self.retold.saturating_add(1),
        }
    }
}

impl Comparison {
    pub(super) fn new(currency: Currency, orders_max: usize) -> Comparison {
        Comparison {
            currency,
            counts: Counts::default(),
            totals: Sides::default(),
            parties: BTreeMap::new(),
            parties_all: 0,
            roles: BTreeMap::new(),
            policies: BTreeMap::new(),
            months: BTreeMap::new(),
            stops: BTreeMap::new(),
            spread: Spread::default(),
            orders: Vec::new(),
            newly_held: Vec::new(),
            refused_told: Vec::new(),
            orders_max,
            open: HashMap::new(),
        }
    }

    /// Takes what one event came to on both sides.
    pub(super) fn take(&mut self, old: Seen, new: Seen) {
        let (old, new) = match (made(old), made(new)) {
            (Ok(old), Ok(new)) => return self.order(old, new),
            (Err(old), Err(new)) => (old, new),
            // One side decided an order that the other refused to learn: there is nothing to compare.
            (Err(seen), Ok(_)) | (Ok(_), Err(seen)) => (seen, Seen::Other),
        };
        if let Some(because) = [&old, &new].into_iter().find_map(refusal) {
            self.counts.refused = self.counts.refused.saturating_add(1);
            if self.refused_told.len() < REFUSED_TOLD_MAX {
                self.refused_told.push(because.to_owned());
            }
        }
        if let Seen::Told(told, _) = &old {
            self.counts.told_again(*told);
        }
        let mut closed: Option<Box<str>> = None;
        for (seen, is_new) in [(old, false), (new, true)] {
            match seen {
                Seen::Back { order, back, last } => {
                    if let Some((old, new)) = self.open.get_mut(&order) {
                        if is_new { new.take_back(&back) } else { old.take_back(&back) }
                    }
                    closed = if last { Some(order) } else { closed };
                }
                Seen::Closed(order) | Seen::Told(_, Some(order)) => closed = Some(order),
                Seen::Refused { closed: Some(order), .. } => closed = Some(order),
                _ => {}
            }
        }
        if let Some((old, new)) = closed.and_then(|order| self.open.remove(&order)) {
            self.settle(&old, &new);
        }
    }

    /// An order that both sides have decided or hold.
    fn order(&mut self, mut old: Made, mut new: Made) {
        for made in [&mut old, &mut new] {
            if let Made::Paid(paid) = made {
                let backs = std::mem::take(&mut paid.backs);
                backs.iter().for_each(|back| made.take_back(back));
            }
        }
        if old.kept() || new.kept() {
            self.open.insert(old.order().into(), (old, new));
        } else {
            self.settle(&old, &new);
        }
    }

    /// Nothing more comes about an order.
    fn settle(&mut self, old: &Made, new: &Made) {
        if let (Some(old), Some(new)) = (old.merchant(), new.merchant()) {
            self.spread.add(new.saturating_sub(old));
        }
        let Some(difference) = Difference::between(old, new) else { return };
        let exponent = self.currency.exponent();
        let show = |minor: i64| fenrun_money::decimal::format_minor(minor, exponent).to_string();
        self.counts.changed = self.counts.changed.saturating_add(1);
        match (old, new) {
            (Made::Paid(_), Made::Held(_)) => {
                self.counts.newly_held = self.counts.newly_held.saturating_add(1);
                if self.newly_held.len() < self.orders_max {
                    self.newly_held.push(difference.told(&show));
                }
            }
            (Made::Held(_), Made::Paid(_)) => {
                self.counts.newly_decided = self.counts.newly_decided.saturating_add(1);
            }
            _ => {}
        }
        // Of equals the earlier one stays.
        let place = self.orders.partition_point(|known| known.moved >= difference.moved);
        if place < self.orders_max {
            self.orders.insert(place, difference.told(&show));
            self.orders.truncate(self.orders_max);
        }
    }

    /// Adds what each side has counted by itself, and drops what does not differ.
    pub(super) fn finish(&mut self, old: Counted, new: Counted) {
        let mut open: Vec<(Made, Made)> = std::mem::take(&mut self.open).into_values().collect();
        open.sort_by(|(one, _), (other, _)| one.order().cmp(other.order()));
        for (old, new) in &open {
            self.settle(old, new);
        }
        self.counts.without_order = old.still_waiting;
        self.totals = Sides { old: old.totals, new: new.totals };
        self.add(old, |sides| &mut sides.old, |sides| &mut sides.old);
        self.add(new, |sides| &mut sides.new, |sides| &mut sides.new);
        self.parties_all = u64::try_from(self.parties.len()).unwrap_or(u64::MAX);
        self.parties.retain(|_, sides| sides.old != sides.new);
        self.stops.retain(|_, sides| sides.old != sides.new);
    }

    fn add(
        &mut self,
        side: Counted,
        money: impl Fn(&mut Sides<i128>) -> &mut i128,
        number: impl Fn(&mut Sides<u64>) -> &mut u64,
    ) {
        let parts = side.earned.into_parts();
        for (role, parties) in parts.parties {
            for (party, minor) in parties {
                let key = (party.into_string(), role.to_string());
                *money(self.parties.entry(key).or_default()) = minor;
                let sum = money(self.roles.entry(role.to_string()).or_default());
                *sum = sum.saturating_add(minor);
            }
        }
        for (policy, [discounts, shares]) in parts.policies {
            let (off, given) = self.policies.entry(policy.into_string()).or_default();
            (*money(off), *money(given)) = (discounts, shares);
        }
        for (month, minor) in parts.months {
            *money(self.months.entry(month).or_default()) = minor;
        }
        for (stop, count) in parts.stops {
            *number(self.stops.entry(stop).or_default()) = count;
        }
    }
}

fn made(seen: Seen) -> Result<Made, Seen> {
    match seen {
        Seen::Paid(paid) => Ok(Made::Paid(paid)),
        Seen::Held(held) => Ok(Made::Held(held)),
        other => Err(other),
    }
}

fn refusal(seen: &Seen) -> Option<&str> {
    match seen {
        Seen::Refused { because, .. } => Some(because),
        _ => None,
    }
}

impl Totals {
    /// What the merchant keeps: its net with what funders give, less what went back, with what was taken back.
    #[must_use]
    pub fn merchant_keeps(&self) -> i128 {
        self.merchant_net
            .saturating_add(self.funded)
            .saturating_sub(self.refunded)
            .saturating_sub(self.funded_back)
            .saturating_add(self.clawed_back)
            .saturating_sub(self.bonuses)
    }

    /// What parties keep.
    #[must_use]
    pub fn parties_keep(&self) -> i128 {
        self.shares.saturating_sub(self.clawed_back).saturating_add(self.bonuses)
    }

    pub(super) fn hold(&mut self, violation: bool) {
        let count = if violation { &mut self.held_violations } else { &mut self.held_failures };
        *count = count.saturating_add(1);
    }

    pub(super) fn decide(&mut self, decision: &Decision) {
        let sums = &decision.totals;
        let answered = |wanted: fn(&PolicyAnswer) -> bool| {
            let policies = decision.policies.iter().filter(|run| wanted(&run.answer)).count();
            u64::try_from(policies).unwrap_or(u64::MAX)
        };
        let refusals = answered(|answer| matches!(answer, PolicyAnswer::Refused { .. }));
        let left_out =
            answered(|answer| matches!(answer, PolicyAnswer::Failed { .. } | PolicyAnswer::Forbidden { .. }));
        let fuel = decision.policies.iter().map(|run| u128::from(run.fuel)).fold(0, u128::saturating_add);
        self.orders = self.orders.saturating_add(1);
        self.refusals = self.refusals.saturating_add(refusals);
        self.policies_left_out = self.policies_left_out.saturating_add(left_out);
        self.list = self.list.saturating_add(sums.list.into());
        self.discounts = self.discounts.saturating_add(sums.discounts.into());
        self.due = self.due.saturating_add(sums.due.into());
        self.shares = self.shares.saturating_add(sums.shares.into());
        self.merchant_net = self.merchant_net.saturating_add(sums.merchant_net.into());
        self.funded = self.funded.saturating_add(sums.funded.into());
        self.fuel = self.fuel.saturating_add(fuel);
    }

    pub(super) fn take_back(&mut self, taken: &TakenBack, clawed: i128) {
        self.refunded = self.refunded.saturating_add(taken.refund_minor.into());
        self.funded_back = self.funded_back.saturating_add(taken.funders_minor.into());
        self.clawed_back = self.clawed_back.saturating_add(clawed);
    }
}
