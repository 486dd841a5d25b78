//! regorus: a Rego policy compiled once, by its virtual machine and by its interpreter.

use std::sync::Arc;

use regorus::{
    Engine, PolicyModule, Value, compile_policy_with_entrypoint,
    languages::rego::compiler::Compiler,
    rvm::{program::Program, vm::RegoVM},
};

use crate::{Amounts, Sale};

const POLICY: &str = include_str!("../../rules/split.rego");

fn program(rule: &str) -> Arc<Program> {
    let module = PolicyModule { id: "split.rego".into(), content: POLICY.into() };
    let policy = compile_policy_with_entrypoint(Value::new_object(), &[module], rule.into())
        .expect("the policy compiles");
    Compiler::compile_from_policy(&policy, &[rule]).expect("the policy compiles for the machine")
}

fn machine(rule: &str) -> RegoVM {
    let mut machine = RegoVM::new();
    machine.load_program(program(rule));
    machine.set_data(Value::new_object()).expect("no data");
    machine
}

/// The virtual machine, re-used from decision to decision.
#[derive(Debug)]
pub struct Machine {
    split: RegoVM,
    shares: RegoVM,
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

impl Machine {
    /// Compiles the policy and loads it.
    ///
    /// # Panics
    ///
    /// Where it does not compile.
    #[must_use]
    pub fn new() -> Self {
        Self { split: machine("data.split.decision"), shares: machine("data.split.shares") }
    }

    /// The whole rule.
    ///
    /// # Panics
    ///
    /// Where the policy fails or answers something else, as for [`Self::shares`].
    #[must_use]
    pub fn decide(&mut self, input: &Value) -> Amounts {
        self.split.set_input(input.clone());
        decision(&self.split.execute().expect("the policy decides"))
    }

    /// The shares of what was paid.
    #[must_use]
    pub fn shares(&mut self, input: &Value) -> [i64; 3] {
        self.shares.set_input(input.clone());
        shares(&self.shares.execute().expect("the policy decides"))
    }
}

/// The interpreter, as the introduction of regorus uses it.
#[derive(Debug)]
pub struct Interpreter {
    engine: Engine,
}

impl Default for Interpreter {
    fn default() -> Self {
        Self::new()
    }
}

impl Interpreter {
    /// Adds the policy to an engine.
    ///
    /// # Panics
    ///
    /// Where it does not compile.
    #[must_use]
    pub fn new() -> Self {
        let mut engine = Engine::new();
        engine.add_policy("split.rego".into(), POLICY.into()).expect("the policy compiles");
        Self { engine }
    }

    /// The whole rule.
    ///
    /// # Panics
    ///
    /// Where the policy fails or answers something else, as for [`Self::shares`].
    #[must_use]
    pub fn decide(&mut self, input: &Value) -> Amounts {
        self.engine.set_input(input.clone());
        decision(&self.engine.eval_rule("data.split.decision".into()).expect("the policy decides"))
    }

    /// The shares of what was paid.
    #[must_use]
    pub fn shares(&mut self, input: &Value) -> [i64; 3] {
        self.engine.set_input(input.clone());
        shares(&self.engine.eval_rule("data.split.shares".into()).expect("the policy decides"))
    }
}

/// Converts a sale, once for many decisions. A clone of it is a counted reference.
///
/// # Panics
///
/// Never: a sale is JSON.
#[must_use]
pub fn prepare(sale: &Sale) -> Value {
    Value::from_json_str(&sale.json().to_string()).expect("it is JSON")
}

fn integer(value: &Value) -> i64 {
    value.as_i64().expect("an integer")
}

fn decision(decision: &Value) -> Amounts {
    Amounts::new(integer(&decision["discount"]), shares(&decision["shares"]))
}

fn shares(shares: &Value) -> [i64; 3] {
    let shares = shares.as_array().expect("a list");
    Amounts::new(0, shares.iter().map(|share| integer(&share["amount"]))).shares
}
