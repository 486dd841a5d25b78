//! Which policies of a program are asked about one order: those within their validity whose coupon is presented.
//!
//! Invariant: decided before any policy runs, from the order's own moment; a coupon that cannot be used is told, with
//! the reason.

use std::collections::BTreeMap;

use fenrun_abi::code::Hook;

use crate::{
    decision::{PolicyAnswer, PolicyRun},
    event::Order,
    history::{History, PresentedCoupon},
    loaded::{LoadedPolicy, Program},
};

/// The coupons that a buyer presents and can use, by id.
pub(crate) type Coupons = BTreeMap<String, PresentedCoupon>;

/// The policies that are asked, and what is told of those whose coupon cannot be used.
pub(crate) struct InPlay {
    asked: Vec<bool>,
    refused: Vec<(usize, String)>,
    coupons: Coupons,
}

impl InPlay {
    /// Who is asked about an order. What its quote has reserved is good.
    pub(crate) fn of(program: &Program, order: &Order, history: &dyn History, quote: Option<&str>) -> Self {
        let day = program.definition().time_zone().to_datetime(order.time).date();
        let mut unusable: BTreeMap<&str, String> = BTreeMap::new();
        let mut play = Self {
            asked: Vec::with_capacity(program.policies().len()),
            refused: Vec::new(),
            coupons: Coupons::new(),
        };
        for coupon in &order.coupons {
            match history.presented(coupon, &order.buyer.id, quote, order.time) {
                Ok(presented) => {
                    play.coupons.insert(coupon.clone(), presented);
                }
                Err(reason) => {
                    unusable.insert(coupon, reason);
                }
            }
        }
        for (place, policy) in program.policies().iter().enumerate() {
            let entry = policy.entry();
            let valid =
                entry.from().is_none_or(|from| from <= day) && entry.until().is_none_or(|until| day <= until);
            let coupon = match entry.coupon() {
                None => true,
                Some(coupon) => {
                    if let Some(reason) = unusable.get(coupon).filter(|_| valid) {
                        play.refused.push((place, reason.clone()));
                    }
                    play.coupons.contains_key(coupon)
                }
            };
            play.asked.push(valid && coupon);
        }
        play
    }

    /// The coupons that the buyer presents and can use.
    pub(crate) const fn coupons(&self) -> &Coupons {
        &self.coupons
    }

    /// The ids of coupons that a hook call names by their indices.
    pub(crate) fn named(&self, indices: &[usize]) -> Vec<String> {
        indices.iter().filter_map(|index| self.coupons.keys().nth(*index)).cloned().collect()
    }

    /// The policies with a hook that are asked.
    pub(crate) fn with<'a>(
        &'a self,
        program: &'a Program,
        hook: Hook,
    ) -> impl Iterator<Item = &'a LoadedPolicy> {
        let policies = program.policies().iter().zip(&self.asked);
        policies.filter(move |(policy, asked)| **asked && policy.has(hook)).map(|(policy, _)| policy)
    }

    /// What is told of policies with a hook whose coupon cannot be used.
    pub(crate) fn refused(&self, program: &Program, hook: Hook) -> Vec<PolicyRun> {
        let run = |(place, reason): &(usize, String)| {
            let policy = program.policies().get(*place).filter(|policy| policy.has(hook))?;
            Some(PolicyRun::new(policy, hook, PolicyAnswer::Refused { reason: reason.clone() }))
        };
        self.refused.iter().filter_map(run).collect()
    }
}
