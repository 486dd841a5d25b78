//! ZEN: a decision graph compiled once. Its evaluation is asynchronous, but a graph of expressions never waits, so it is
//! polled once, without a runtime.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use serde_json::json;
use zen_engine::{Decision, DecisionEngine, Variable, model::DecisionContent};

use crate::{Amounts, Sale};

/// The decision graphs.
#[derive(Debug)]
pub struct Zen {
    split: Decision,
    shares: Decision,
}

impl Default for Zen {
    fn default() -> Self {
        Self::new()
    }
}

fn compile(graph: &str) -> Decision {
    let content: DecisionContent = serde_json::from_str(graph).expect("a decision graph");
    let mut decision = DecisionEngine::default().create_decision(Arc::new(content)).expect("a graph");
    decision.compile();
    decision
}

impl Zen {
    /// Compiles the graphs.
    ///
    /// # Panics
    ///
    /// Where one does not compile.
    #[must_use]
    pub fn new() -> Self {
        let split = compile(include_str!("../../rules/split.zen.json"));
        Self { split, shares: compile(include_str!("../../rules/shares.zen.json")) }
    }

    /// Converts a sale, once for many decisions. A clone of it is a counted reference.
    #[must_use]
    pub fn prepare(&self, sale: &Sale) -> Variable {
        let mut input = sale.json();
        let parties = sale.chain.iter().enumerate();
        input["chain"] = parties.map(|(depth, id)| json!({ "id": id, "depth": depth })).collect();
        input.into()
    }

    /// The whole rule.
    ///
    /// # Panics
    ///
    /// Where the graph fails or answers something else, as for [`Self::shares`].
    #[must_use]
    pub fn decide(&self, input: &Variable) -> Amounts {
        let decision = evaluate(&self.split, input);
        let discount = decision.dot("discount").as_ref().and_then(integer).expect("an integer");
        Amounts::new(discount, amounts(&decision))
    }

    /// The shares of what was paid.
    #[must_use]
    pub fn shares(&self, input: &Variable) -> [i64; 3] {
        Amounts::new(0, amounts(&evaluate(&self.shares, input))).shares
    }
}

fn evaluate(decision: &Decision, input: &Variable) -> Variable {
    let evaluation = pin!(decision.evaluate(input.clone()));
    match evaluation.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(response) => response.expect("the graph decides").result,
        Poll::Pending => unreachable!("expressions do not wait"),
    }
}

fn integer(number: &Variable) -> Option<i64> {
    number.as_number()?.try_into().ok()
}

fn amounts(decision: &Variable) -> Vec<i64> {
    let shares = decision.dot("shares").and_then(|shares| shares.as_array()).expect("a list");
    let amount = |share: &Variable| share.dot("amount").as_ref().and_then(integer).expect("an integer");
    shares.borrow().iter().map(amount).collect()
}
