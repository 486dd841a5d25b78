//! After whatever was done to it, the host decides an honest order right.

use std::sync::LazyLock;

use fenrun::{
    Engine, EngineOptions, Outcome, Program,
    admission::Digest,
    event::{Event, Expectations, Line, Order, Pricing},
    history::NoHistory,
    manifest::ConfigurationInput,
    profile::GuardProfile,
    program::{PolicyEntry, PolicySource, ProgramBuilder},
};
use fenrun_money::Currency;

/// One engine, as in a host.
pub static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(EngineOptions::default()).unwrap());

/// A program of the modules, in order, under a profile; `change` may set the policies' keys.
pub fn load(
    profile: &str,
    modules: &[Vec<u8>],
    change: impl Fn(PolicyEntry) -> PolicyEntry,
) -> Result<Program, fenrun::LoadError> {
    let builder = ProgramBuilder::new("fuzzed", Currency::CNY)
        .time_zone("Asia/Shanghai")
        .unwrap()
        .guard(GuardProfile::named(profile).unwrap());
    let definition = (0..modules.len()).fold(builder, |builder, place| {
        let entry = PolicyEntry::new(format!("p{place}"), PolicySource::Stock(format!("m{place}")));
        builder.policy(change(entry.with_configuration(ConfigurationInput::empty())))
    });
    let source = |source: &PolicySource| {
        let place: usize = source.to_string()[1..].parse().unwrap();
        Ok(modules[place].clone())
    };
    ENGINE.load(definition.build().unwrap(), &source)
}

/// An order that the engine prices.
pub fn order() -> Order {
    Order::new("A1", "b1", "2026-03-01T10:00:00+08:00".parse().unwrap(), Currency::CNY)
        .pricing(Pricing::Engine)
        .seller("s1")
}

/// Decides a paid order; what the event itself forbids is no finding.
pub fn decide(program: &Program, order: Order) -> Option<Outcome> {
    let event = Event::order_paid(order, &Expectations::new(Currency::CNY)).ok()?;
    Some(ENGINE.decide(program, &event, &NoHistory))
}

static HONEST: LazyLock<Program> = LazyLock::new(|| {
    let module = wat::parse_str(include_str!("../../../engine/core/examples/seller-share.wat")).unwrap();
    load("cn", &[module], |entry| {
        entry.with_configuration(ConfigurationInput::from_json(r#"{"rate": "20%"}"#).unwrap())
    })
    .unwrap()
});

/// The next honest order: 20 % of 9.99 is 1.99.
pub fn assert_well() {
    match decide(&HONEST, order().line(Line::goods("1", "SKU1", 1, 9_99))) {
        Some(Outcome::Decided(decision)) => {
            assert_eq!(decision.amount_of("s1"), 1_99);
            assert_eq!(decision.totals.merchant_net, 8_00);
        }
        other => panic!("the honest order got {other:?}"),
    }
}

/// The digest of bytes, as admission names a module.
pub fn digest(bytes: &[u8]) -> Digest {
    Digest::of(bytes)
}
