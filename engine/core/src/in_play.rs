//! Which policies of a program are asked about one order: those within their validity whose coupon is presented.
//!
//! Invariant: decided before any policy runs, from the order's own moment; a coupon that cannot be used is told, with
//! the reason.

use fenrun_abi::{code::Hook, host::Reads};

use crate::{
    decision::{PolicyAnswer, PolicyRun},
    event::Order,
    history::History,
    loaded::{LoadedPolicy, Program},
};

/// The policies that are asked, and what is told of those whose coupon cannot be used.
pub(crate) struct InPlay {
    asked: Vec<bool>,
    refused: Vec<(usize, String)>,
}

impl InPlay {
    /// Who is asked about an order. `reserved`: its coupons were reserved by its quote and are good.
    pub(crate) fn of(program: &Program, order: &Order, history: &dyn History, reserved: bool) -> Self {
        let day = program.definition().time_zone().to_datetime(order.time).date();
        let mut play = Self { asked: Vec::with_capacity(program.policies().len()), refused: Vec::new() };
        for (place, policy) in program.policies().iter().enumerate() {
            let entry = policy.entry();
            let valid =
                entry.from().is_none_or(|from| from <= day) && entry.until().is_none_or(|until| day <= until);
            let coupon = match entry.coupon() {
                None => true,
                Some(coupon) if !order.coupons.iter().any(|presented| presented == coupon) => false,
                Some(_) if reserved || !valid => true,
                Some(coupon) => match history.coupon(coupon, &order.buyer.id, order.time) {
                    Ok(()) => true,
                    Err(reason) => {
                        play.refused.push((place, reason));
                        false
                    }
                },
            };
            play.asked.push(valid && coupon);
        }
        play
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
            Some(PolicyRun {
                policy: policy.name().into(),
                module: policy.digest(),
                hook,
                fuel: 0,
                answer: PolicyAnswer::Refused { reason: reason.clone() },
                notes: Vec::new(),
                reads: Reads::default(),
                facts: None,
            })
        };
        self.refused.iter().filter_map(run).collect()
    }
}
