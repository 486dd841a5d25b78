//! A host with few places, on which hostile modules run and which must be well afterwards.

use std::num::NonZeroU32;

use fenrun::event::{Event, Expectations, Line, Order, Pricing};
use fenrun::history::NoHistory;
use fenrun::manifest::ConfigurationInput;
use fenrun::profile::GuardProfile;
use fenrun::program::{PolicyEntry, PolicySource, ProgramBuilder};
use fenrun::sandbox::SecondEngine;
use fenrun::{Engine, EngineOptions, HoldCause, LoadError, Outcome, Program};
use fenrun_money::Currency;

/// Every import of the contract, as the specification declares them.
pub(crate) fn imports() -> String {
    let specification = include_str!("../../../sdk/abi/abi-v1.wat");
    let imports = specification.lines().filter(|line| line.trim_start().starts_with("(import"));
    imports.collect::<Vec<_>>().join("\n")
}

/// A module with these hooks in its manifest and these fields beside the imports.
pub(crate) fn fields(hooks: &[&str], fields: &str) -> Vec<u8> {
    let hooks = hooks.iter().map(|hook| format!(r#"\"{hook}\""#)).collect::<Vec<_>>().join(", ");
    let manifest =
        format!(r#"{{\"name\": \"hostile\", \"version\": \"1.0.0\", \"abi\": 1, \"hooks\": [{hooks}]}}"#);
    let text = format!("(module {} {fields} (@custom \"fenrun_manifest\" \"{manifest}\"))", imports());
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A module with one page of memory and a hook of this body, which ends with the hook's result.
pub(crate) fn hook(name: &str, body: &str) -> Vec<u8> {
    let text = format!(
        r#"(memory (export "memory") 1) (data (i32.const 0) "because")
        (func (export "{name}") (result i32) (local $i i32) (local $effect i32) {body})"#
    );
    fields(&[name], &text)
}

/// A hook `shares` of this body that is done.
pub(crate) fn shares(body: &str) -> Vec<u8> {
    hook("shares", &format!("{body} (i32.const 0)"))
}

/// A share of 20 % of what was paid to the seller.
pub(crate) const HONEST: &str = r#"
    (local.set $effect (call $share (i32.const 0)))
    (call $share_term (local.get $effect) (i32.const -1) (i32.const 1) (i64.const 20) (i64.const 100))
    (call $reason (local.get $effect) (i32.const 0) (i32.const 7))
    (call $end (local.get $effect))"#;

/// An order of these prices, sold by `s1`.
pub(crate) fn order(prices: &[i64]) -> Order {
    let time = "2026-03-01T10:00:00+08:00".parse().unwrap();
    let order = Order::new("A1", "b1", time, Currency::CNY).pricing(Pricing::Engine).seller("s1");
    prices.iter().enumerate().fold(order, |order, (place, price)| {
        order.line(Line::goods(format!("{}", place + 1), "SKU", 1, *price))
    })
}

pub(crate) fn paid(order: Order) -> Event {
    Event::order_paid(order, &Expectations::new(Currency::CNY)).unwrap()
}

/// An engine with two places in its pool: a place that is not given back is missed at once.
pub(crate) struct Host {
    pub(crate) engine: Engine,
    honest: Program,
    expected: String,
}

impl Host {
    pub(crate) fn new() -> Self {
        let mut options = EngineOptions::default();
        options.execution.instances_max = 2;
        // Every call is made by a second engine as well: a hostile module must not make the two differ.
        options.second_engine = Some(SecondEngine::one_in(NonZeroU32::MIN));
        let engine = Engine::new(options).unwrap();
        let honest = load(&engine, &[shares(HONEST)]).unwrap();
        let outcome = engine.decide(&honest, &paid(order(&[999])), &NoHistory);
        let decision = outcome.decision().expect("an honest decision");
        assert_eq!((decision.amount_of("s1"), decision.totals.merchant_net), (199, 800));
        let expected = decision.to_json();
        Self { engine, honest, expected }
    }

    pub(crate) fn load(&self, module: &[u8]) -> Result<Program, LoadError> {
        load(&self.engine, &[module.to_vec()])
    }

    /// Decides an order more often than there are places; the outcome is the same each time, and the host is well.
    pub(crate) fn outcome(&self, module: &[u8], order: Order) -> Outcome {
        let program = self.load(module).unwrap();
        let event = paid(order);
        let first = self.engine.decide(&program, &event, &NoHistory);
        for _ in 0..4 {
            let again = self.engine.decide(&program, &event, &NoHistory);
            assert_eq!(format!("{again:?}"), format!("{first:?}"));
        }
        drop(program);
        self.well();
        first
    }

    /// What an order is held for.
    pub(crate) fn held(&self, module: &[u8], order: Order) -> HoldCause {
        match self.outcome(module, order) {
            Outcome::Held(held) => held.cause,
            other => panic!("expected a held event, found {other:?}"),
        }
    }

    /// The words of what an order of 100.00 is held for.
    pub(crate) fn words(&self, module: &[u8]) -> String {
        self.held(module, order(&[10_000])).to_string()
    }

    /// The next honest decision is right to the last byte, on more threads than there are places.
    pub(crate) fn well(&self) {
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let outcome = self.engine.decide(&self.honest, &paid(order(&[999])), &NoHistory);
                    assert_eq!(outcome.decision().expect("an honest decision").to_json(), self.expected);
                });
            }
        });
    }
}

/// A program of these modules, as policies `p0`, `p1` ….
pub(crate) fn load(engine: &Engine, modules: &[Vec<u8>]) -> Result<Program, LoadError> {
    let builder = ProgramBuilder::new("shop", Currency::CNY)
        .time_zone("Asia/Shanghai")
        .unwrap()
        .guard(GuardProfile::named("open").unwrap());
    let builder = (0..modules.len()).fold(builder, |builder, number| {
        let source = PolicySource::Stock(number.to_string());
        builder.policy(
            PolicyEntry::new(format!("p{number}"), source).with_configuration(ConfigurationInput::empty()),
        )
    });
    let source = |source: &PolicySource| Ok(modules[source.to_string().parse::<usize>().unwrap()].clone());
    engine.load(builder.build().unwrap(), &source)
}

/// Memory that the process holds, in KiB; `None` where the system does not say.
pub(crate) fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Whether each row of a table of cases names tests that stand in the text of its room.
pub(crate) fn every_row_is_a_test(room: &str, rows: &[(&str, &[&str])], count: usize) {
    assert_eq!(rows.len(), count, "the table has {count} rows");
    for (case, tests) in rows {
        assert!(!tests.is_empty(), "`{case}` has no test");
        for test in *tests {
            assert!(room.contains(&format!("#[test]\nfn {test}()")), "`{case}`: there is no test `{test}`");
        }
    }
}
