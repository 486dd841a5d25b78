//! The close of a month in the model: what the seller's tier comes to over the whole month, less what its orders gave.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::Value;

use super::accounts::{MONEY, spread};
use super::orders::{Class, Order, Share};
use super::world::{Answer, Rules, World, text};

/// A month that was closed: who was asked about, and who of them could be paid.
#[derive(Clone, Debug)]
pub(super) struct Closed {
    first: Date,
    eligible: BTreeMap<String, bool>,
}

impl World {
    fn of_month(&self, first: Date) -> impl Iterator<Item = (&String, &Order)> {
        self.orders.iter().filter(move |(_, order)| !order.cancelled && order.day.first_of_month() == first)
    }

    /// The true-up of a seller's month, without what the close itself gave.
    fn owed(&self, party: &str, first: Date, close: Option<&str>) -> i128 {
        if !self.of_month(first).any(|(_, order)| order.seller == party) {
            return 0;
        }
        let volume = self.volume(party, first);
        let shares = self.of_month(first).flat_map(|(_, order)| &order.shares);
        let here = shares.filter(|share| share.policy == "tiers" && share.party == party);
        let accrued: i128 = here
            .filter(|share| close.is_none() || share.period.as_deref() != close)
            .map(|share| share.kept)
            .sum();
        (volume * Rules::tier(volume) / 100 - accrued).max(0)
    }

    pub(super) fn period_closed(&mut self, event: &Value) -> Answer {
        let period = text(event, "period");
        let first: Date = format!("{period}-01").parse().unwrap();
        let sellers = self.of_month(first).map(|(_, order)| &order.seller);
        let sharers = self.of_month(first).flat_map(|(_, order)| &order.shares).map(|share| &share.party);
        let parties: BTreeSet<String> = sellers.chain(sharers).cloned().collect();
        let eligible =
            |party: &String| !self.standings.get(party).is_some_and(|standing| standing.ineligible);
        let eligible: BTreeMap<String, bool> =
            parties.iter().map(|party| (party.clone(), eligible(party))).collect();
        let owed: Vec<(String, i128)> = eligible
            .iter()
            .filter(|(_, eligible)| **eligible)
            .map(|(party, _)| (party.clone(), self.owed(party, first, None)))
            .collect();
        for (party, owed) in owed.into_iter().filter(|(_, owed)| *owed > 0) {
            let theirs = |order: &Order| {
                order.seller == party || order.shares.iter().any(|share| share.party == party)
            };
            let chosen: Vec<(String, i128)> = self
                .of_month(first)
                .filter(|(_, order)| theirs(order) && order.goods_left() > 0)
                .map(|(id, order)| (id.clone(), order.goods_left()))
                .collect();
            let weights: Vec<i128> = chosen.iter().map(|(_, left)| *left).collect();
            for ((id, left), part) in chosen.into_iter().zip(spread(owed, &weights)) {
                let order = self.orders.get_mut(&id).unwrap();
                let kept = |class: Option<Class>| -> i128 {
                    let shares =
                        order.shares.iter().filter(|share| class.is_none_or(|class| share.class == class));
                    shares.map(|share| share.kept).sum()
                };
                if part > left / 2 - kept(Some(Class::Promoter)) || part > left - kept(None) {
                    return Answer::Held { own: false };
                }
                if part > 0 {
                    order.shares.push(Share {
                        policy: "tiers",
                        party: party.clone(),
                        class: Class::Promoter,
                        rate: (part, left),
                        special: false,
                        accrued: part,
                        kept: part,
                        released: false,
                        period: Some(period.clone()),
                    });
                    self.accounts.own("merchant", -part);
                    self.accounts.add("held", (&party, &id), MONEY, part);
                }
            }
        }
        self.closed.insert(period, Closed { first, eligible });
        Answer::Created
    }

    /// After a refund of an order of this day: whatever a close gave more than it would give now goes back, whoever had it.
    pub(super) fn close_again(&mut self, day: Date) {
        for (period, closed) in self.closed.clone() {
            if closed.first != day.first_of_month() {
                continue;
            }
            for (party, eligible) in &closed.eligible {
                let owed = if *eligible { self.owed(party, closed.first, Some(&period)) } else { 0 };
                let of_close = |share: &Share| {
                    share.party == *party && share.period.as_ref() == Some(&period) && share.kept > 0
                };
                let mut orders: BTreeMap<String, Order> =
                    self.of_month(closed.first).map(|(id, order)| (id.clone(), order.clone())).collect();
                let kept: Vec<i128> = orders
                    .values()
                    .flat_map(|order| &order.shares)
                    .filter(|share| of_close(share))
                    .map(|share| share.kept)
                    .collect();
                let excess = (kept.iter().sum::<i128>() - owed).max(0);
                let mut cuts = spread(excess, &kept).into_iter();
                for (id, order) in &mut orders {
                    for share in order.shares.iter_mut().filter(|share| of_close(share)) {
                        let cut = cuts.next().unwrap();
                        self.claw(id, share, cut);
                    }
                }
                self.orders.extend(orders);
            }
        }
    }
}
