//! Policies written by hand for tests: a hook's body in WebAssembly text, inside a module that imports everything.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part of this")]

use std::sync::LazyLock;

use fenrun::{
    Decision, Engine, EngineOptions, HoldCause, Outcome, Program,
    event::{Event, Expectations, Line, Order, Pricing},
    history::NoHistory,
    manifest::ConfigurationInput,
    profile::{GuardProfile, RailProfile},
    program::{PolicyEntry, PolicySource, ProgramBuilder, ProgramDefinition},
};
use fenrun_money::Currency;

/// Every import of the contract, as the specification declares them.
pub fn imports() -> String {
    let specification = include_str!("../../../../sdk/abi/abi-v1.wat");
    specification
        .lines()
        .filter(|line| line.trim_start().starts_with("(import"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A policy with one hook; `body` is its instructions, before `i32.const 0`.
pub fn policy(hook: &str, body: &str) -> Vec<u8> {
    module(hook, &format!("{body}\n(i32.const 0)"), "")
}

/// A policy with one hook; `body` ends with the hook's result, `more` are further module fields.
pub fn module(hook: &str, body: &str, more: &str) -> Vec<u8> {
    let manifest =
        format!(r#"{{\"name\": \"by-hand\", \"version\": \"1.0.0\", \"abi\": 1, \"hooks\": [\"{hook}\"]}}"#);
    let text = format!(
        r#"(module
{imports}
(memory (export "memory") 1)
(data (i32.const 0) "because of the test")
{more}
(func $why (param $effect i32)
  (call $reason (local.get $effect) (i32.const 0) (i32.const 19))
  (call $end (local.get $effect)))
(func $percent (param $lines i32) (param $numerator i64) (param $denominator i64)
  (local $effect i32)
  (local.set $effect (call $discount (local.get $lines)))
  (call $discount_percent (local.get $effect) (local.get $numerator) (local.get $denominator))
  (call $why (local.get $effect)))
(func $off (param $lines i32) (param $amount i64)
  (local $effect i32)
  (local.set $effect (call $discount (local.get $lines)))
  (call $discount_amount (local.get $effect) (local.get $amount))
  (call $why (local.get $effect)))
(func $rate (param $party i32) (param $lines i32) (param $base i32) (param $numerator i64) (param $denominator i64)
  (local $effect i32)
  (local.set $effect (call $share (local.get $party)))
  (call $share_term (local.get $effect) (local.get $lines) (local.get $base)
    (local.get $numerator) (local.get $denominator))
  (call $why (local.get $effect)))
(func (export "{hook}") (result i32)
  (local $effect i32)
{body})
(@custom "fenrun_manifest" "{manifest}"))"#,
        imports = imports(),
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// One engine for all tests of a binary, as in a host.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(EngineOptions::default()).unwrap());

/// A program being put together from modules in memory.
pub struct Bench {
    builder: ProgramBuilder,
    modules: Vec<Vec<u8>>,
    engine: Engine,
}

impl Bench {
    /// A program in CNY under a guard profile.
    pub fn new(profile: &str) -> Self {
        Self::under(GuardProfile::named(profile).unwrap())
    }

    pub fn under(profile: GuardProfile) -> Self {
        let builder = ProgramBuilder::new("test-shop", Currency::CNY)
            .time_zone("Asia/Shanghai")
            .unwrap()
            .guard(profile);
        Self { builder, modules: Vec::new(), engine: ENGINE.clone() }
    }

    /// The same program on a payment rail.
    pub fn rail(mut self, rail: RailProfile) -> Self {
        self.builder = self.builder.rail(rail);
        self
    }

    /// Adds a policy, changed by the closure.
    pub fn with(mut self, module: Vec<u8>, change: impl FnOnce(PolicyEntry) -> PolicyEntry) -> Self {
        let number = self.modules.len();
        let entry = PolicyEntry::new(format!("p{number}"), PolicySource::Stock(format!("m{number}")))
            .with_configuration(ConfigurationInput::empty());
        self.builder = self.builder.policy(change(entry));
        self.modules.push(module);
        self
    }

    /// Adds a policy.
    pub fn policy(self, module: Vec<u8>) -> Self {
        self.with(module, |entry| entry)
    }

    /// The same program on an engine of its own.
    pub fn on(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub fn definition(&self) -> ProgramDefinition {
        self.builder.clone().build().unwrap()
    }

    /// Loads the program.
    pub fn load(&self) -> Result<Program, fenrun::LoadError> {
        let modules = |source: &PolicySource| {
            let name = source.to_string();
            Ok(self.modules[name[1..].parse::<usize>().unwrap()].clone())
        };
        self.engine.load(self.definition(), &modules)
    }

    /// Decides a paid order.
    pub fn decide(&self, order: Order) -> Outcome {
        let event = Event::order_paid(order, &Expectations::new(Currency::CNY)).unwrap();
        self.engine.decide(&self.load().unwrap(), &event, &NoHistory)
    }

    /// Decides a paid order that must be decided.
    pub fn decided(&self, order: Order) -> Decision {
        match self.decide(order) {
            Outcome::Decided(decision) => *decision,
            other => panic!("expected a decision, found {other:?}"),
        }
    }

    /// Decides a paid order that must be held, and says why.
    pub fn held(&self, order: Order) -> HoldCause {
        match self.decide(order) {
            Outcome::Held(held) => held.cause,
            other => panic!("expected a held event, found {other:?}"),
        }
    }
}

/// An order that the engine prices: lines `1`, `2` … of one unit at these prices, sold by `s1`.
pub fn order(prices: &[i64]) -> Order {
    let time = "2026-03-01T10:00:00+08:00".parse().unwrap();
    prices.iter().enumerate().fold(
        Order::new("A1", "b1", time, Currency::CNY).pricing(Pricing::Engine).seller("s1"),
        |order, (place, price)| order.line(Line::goods(format!("{}", place + 1), "SKU", 1, *price)),
    )
}

/// Every amount that falls on each line, by discounts.
pub fn line_discounts(decision: &Decision) -> Vec<i64> {
    decision.lines.iter().map(|line| line.discount_minor).collect()
}
