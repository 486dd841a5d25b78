//! fenrun: the two stock policies, built for the sandbox and loaded once.

use fenrun::{
    Engine, EngineOptions, LoadedPolicy, Outcome, Program,
    event::Event,
    history::History,
    program::{ModuleSourceError, PolicySource, ProgramFile},
};
use fenrun_abi::{code::Hook, host::Facts};

use crate::{Amounts, contract};

const NTH_ORDER_DISCOUNT: &[u8] = include_bytes!(env!("NTH_ORDER_DISCOUNT"));
const THREE_LEVEL: &[u8] = include_bytes!(env!("THREE_LEVEL"));

const PROGRAM: &str = r#"
merchant = "old-cellar"
currency = "CNY"
time_zone = "Asia/Shanghai"
guard = "cn"

[[policy]]
name = "first-order"
use = "nth-order-discount"
configuration = { benefits = [{ order = 1, rate = "20%" }] }

[[policy]]
name = "levels"
use = "three-level"
"#;

/// An engine with the program that has both policies.
#[derive(Debug)]
pub struct Sandboxed {
    engine: Engine,
    program: Program,
}

impl Default for Sandboxed {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandboxed {
    /// Starts the engine and loads the program, guard profile `cn`.
    ///
    /// # Panics
    ///
    /// Where it cannot be loaded.
    #[must_use]
    pub fn new() -> Self {
        Self::with(EngineOptions::default())
    }

    /// The same, with a fresh instance for each call.
    ///
    /// # Panics
    ///
    /// Where it cannot be loaded.
    #[must_use]
    pub fn always_fresh() -> Self {
        let mut options = EngineOptions::default();
        options.execution.kept_instances_max = 0;
        Self::with(options)
    }

    fn with(options: EngineOptions) -> Self {
        let engine = Engine::new(options).expect("the engine starts");
        let file = ProgramFile::parse(PROGRAM, "program.toml").expect("the program is complete");
        let modules = |source: &PolicySource| match source {
            PolicySource::Stock(name) if name == "three-level" => Ok(THREE_LEVEL.to_vec()),
            PolicySource::Stock(name) if name == "nth-order-discount" => Ok(NTH_ORDER_DISCOUNT.to_vec()),
            other => Err(ModuleSourceError::unknown(other)),
        };
        let program = engine.load(file.definition().clone(), &modules).expect("the program loads");
        Self { engine, program }
    }

    /// The policy of a hook.
    ///
    /// # Panics
    ///
    /// Where no policy has the hook.
    #[must_use]
    pub fn policy(&self, hook: Hook) -> &LoadedPolicy {
        self.program.policies().iter().find(|policy| policy.has(hook)).expect("one of them has it")
    }

    /// One hook call from the configured state, its effects read.
    ///
    /// # Panics
    ///
    /// Where the policy fails.
    pub fn shares(&self, facts: &mut Facts) -> [i64; 3] {
        let answer = self.policy(Hook::Shares).run(Hook::Shares, facts).expect("an instance");
        contract::amounts(facts, &answer.expect("the policy answers").asked)
    }

    /// Fuel of the hook `shares` over these facts.
    ///
    /// # Panics
    ///
    /// Where the policy fails.
    #[must_use]
    pub fn shares_fuel(&self, facts: &mut Facts) -> u64 {
        let answer = self.policy(Hook::Shares).run(Hook::Shares, facts).expect("an instance");
        answer.expect("the policy answers").fuel
    }

    /// The whole path: facts, both policies, arithmetic, guard.
    #[must_use]
    pub fn decide(&self, event: &Event, history: &dyn History) -> Outcome {
        self.engine.decide(&self.program, event, history)
    }

    /// Fuel of both policies together.
    ///
    /// # Panics
    ///
    /// Where there is no decision.
    #[must_use]
    pub fn fuel(&self, event: &Event, history: &dyn History) -> u64 {
        let outcome = self.decide(event, history);
        outcome.decision().expect("it is decided").policies.iter().map(|run| run.fuel).sum()
    }
}

/// What a decision came to.
///
/// # Panics
///
/// Where there is none.
#[must_use]
pub fn amounts(outcome: &Outcome) -> Amounts {
    let decision = outcome.decision().expect("it is decided");
    let discount = decision.discounts.iter().map(|discount| discount.amount_minor).sum();
    Amounts::new(discount, decision.shares.iter().map(|share| share.amount_minor))
}
