//! What the history answered while an order was priced, so that what remains of it can be priced from the same answers.
//!
//! Invariant: frozen with the order: what happened since is not seen (I7).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use fenrun_money::Rate;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::history::{Binding, History, PresentedCoupon, PricedQuote, Standing, VolumeWindow};

/// The answers, by whom or what was asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Heard {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    paid_orders: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    last_order: BTreeMap<String, Timestamp>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    uplines: BTreeMap<String, Bound>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    bindings: BTreeMap<String, Vec<Bound>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    volumes: BTreeMap<String, i64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tiers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    standings: BTreeMap<String, (bool, Vec<String>)>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    coupons: BTreeMap<String, Result<Coupon, String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    spent: BTreeMap<String, i64>,
}

/// A binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Bound {
    relation: String,
    member: String,
    to: String,
    since: Timestamp,
}

impl From<&Binding> for Bound {
    fn from(binding: &Binding) -> Self {
        let Binding { relation, member, to, since } = binding.clone();
        Self { relation, member, to, since }
    }
}

impl From<&Bound> for Binding {
    fn from(bound: &Bound) -> Self {
        let Bound { relation, member, to, since } = bound.clone();
        Self { relation, member, to, since }
    }
}

/// A coupon that could be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Coupon {
    kind: Option<String>,
    issuer: Option<String>,
    giver: Option<String>,
    amount: Option<i64>,
    /// Numerator and denominator.
    rate: Option<(i64, i64)>,
    minimum: Option<i64>,
    uses_left: Option<i64>,
    expires: Option<Date>,
    since: Option<Timestamp>,
}

impl From<&PresentedCoupon> for Coupon {
    fn from(coupon: &PresentedCoupon) -> Self {
        Self {
            kind: coupon.kind.clone(),
            issuer: coupon.issuer.clone(),
            giver: coupon.giver.clone(),
            amount: coupon.amount_minor,
            rate: coupon.rate.map(|rate| (rate.numerator(), rate.denominator())),
            minimum: coupon.minimum_minor,
            uses_left: coupon.uses_left,
            expires: coupon.expires,
            since: coupon.since,
        }
    }
}

impl From<&Coupon> for PresentedCoupon {
    fn from(coupon: &Coupon) -> Self {
        Self {
            kind: coupon.kind.clone(),
            issuer: coupon.issuer.clone(),
            giver: coupon.giver.clone(),
            amount_minor: coupon.amount,
            rate: coupon.rate.and_then(|(numerator, denominator)| Rate::new(numerator, denominator).ok()),
            minimum_minor: coupon.minimum,
            uses_left: coupon.uses_left,
            expires: coupon.expires,
            since: coupon.since,
        }
    }
}

/// A history whose answers are kept.
pub(crate) struct Hearing<'a> {
    history: &'a dyn History,
    heard: RefCell<Heard>,
}

impl<'a> Hearing<'a> {
    pub(crate) fn of(history: &'a dyn History) -> Self {
        Self { history, heard: RefCell::default() }
    }

    /// What was answered.
    pub(crate) fn into_heard(self) -> Heard {
        self.heard.into_inner()
    }
}

impl History for Hearing<'_> {
    fn paid_orders(&self, buyer: &str) -> u64 {
        let answer = self.history.paid_orders(buyer);
        self.heard.borrow_mut().paid_orders.insert(buyer.to_owned(), answer);
        answer
    }

    fn last_order_time(&self, buyer: &str) -> Option<Timestamp> {
        let answer = self.history.last_order_time(buyer);
        if let Some(last) = answer {
            self.heard.borrow_mut().last_order.insert(buyer.to_owned(), last);
        }
        answer
    }

    fn upline(&self, party: &str, at: Timestamp) -> Option<Binding> {
        let answer = self.history.upline(party, at);
        if let Some(binding) = &answer {
            self.heard.borrow_mut().uplines.insert(party.to_owned(), binding.into());
        }
        answer
    }

    fn bindings(&self, buyer: &str, at: Timestamp) -> Vec<Binding> {
        let answer = self.history.bindings(buyer, at);
        if !answer.is_empty() {
            let bound = answer.iter().map(Bound::from).collect();
            self.heard.borrow_mut().bindings.insert(buyer.to_owned(), bound);
        }
        answer
    }

    fn volume(&self, party: &str, window: VolumeWindow, zone: &TimeZone, at: Timestamp) -> i64 {
        let answer = self.history.volume(party, window, zone, at);
        self.heard.borrow_mut().volumes.insert(party.to_owned(), answer);
        answer
    }

    fn tier(&self, party: &str) -> Option<String> {
        let answer = self.history.tier(party);
        if let Some(tier) = &answer {
            self.heard.borrow_mut().tiers.insert(party.to_owned(), tier.clone());
        }
        answer
    }

    fn quote(&self, quote: &str) -> Option<Arc<PricedQuote>> {
        self.history.quote(quote)
    }

    fn quote_paid_by(&self, quote: &str) -> Option<String> {
        self.history.quote_paid_by(quote)
    }

    fn standing(&self, party: &str) -> Standing {
        let answer = self.history.standing(party);
        if answer != Standing::default() {
            let standing = (answer.eligible, answer.tags.clone());
            self.heard.borrow_mut().standings.insert(party.to_owned(), standing);
        }
        answer
    }

    fn presented(
        &self,
        coupon: &str,
        buyer: &str,
        quote: Option<&str>,
        at: Timestamp,
    ) -> Result<PresentedCoupon, String> {
        let answer = self.history.presented(coupon, buyer, quote, at);
        let kept = answer.as_ref().map(Coupon::from).map_err(Clone::clone);
        self.heard.borrow_mut().coupons.insert(coupon.to_owned(), kept);
        answer
    }

    fn spent(&self, budget: &str) -> i64 {
        let answer = self.history.spent(budget);
        self.heard.borrow_mut().spent.insert(budget.to_owned(), answer);
        answer
    }
}

/// The same answers again.
impl History for Heard {
    fn paid_orders(&self, buyer: &str) -> u64 {
        self.paid_orders.get(buyer).copied().unwrap_or(0)
    }

    fn last_order_time(&self, buyer: &str) -> Option<Timestamp> {
        self.last_order.get(buyer).copied()
    }

    fn upline(&self, party: &str, _: Timestamp) -> Option<Binding> {
        self.uplines.get(party).map(Binding::from)
    }

    fn bindings(&self, buyer: &str, _: Timestamp) -> Vec<Binding> {
        self.bindings.get(buyer).into_iter().flatten().map(Binding::from).collect()
    }

    fn volume(&self, party: &str, _: VolumeWindow, _: &TimeZone, _: Timestamp) -> i64 {
        self.volumes.get(party).copied().unwrap_or(0)
    }

    fn tier(&self, party: &str) -> Option<String> {
        self.tiers.get(party).cloned()
    }

    fn quote(&self, _: &str) -> Option<Arc<PricedQuote>> {
        None
    }

    fn standing(&self, party: &str) -> Standing {
        let known = self.standings.get(party);
        known.map_or_else(Standing::default, |(eligible, tags)| Standing {
            eligible: *eligible,
            tags: tags.clone(),
        })
    }

    fn presented(
        &self,
        coupon: &str,
        _: &str,
        _: Option<&str>,
        _: Timestamp,
    ) -> Result<PresentedCoupon, String> {
        match self.coupons.get(coupon) {
            Some(known) => known.as_ref().map(PresentedCoupon::from).map_err(Clone::clone),
            None => Err(format!("coupon `{coupon}` was not presented")),
        }
    }

    fn spent(&self, budget: &str) -> i64 {
        self.spent.get(budget).copied().unwrap_or(0)
    }
}
