//! Every import of the contract with any arguments, in any order, in two hooks: a defined answer, a failure or a violation, never an
//! error of ours; the same again, and the host is well afterwards.
#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use fenrun::{Outcome, Program, event::{Line, Order, Party}, program::OnFailure};
use fenrun_fuzz::{interpreter::{LAST, RETURN, imports, module, with_call}, well};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static COUNT: LazyLock<usize> = LazyLock::new(|| imports().len());
static DISCOUNTS: LazyLock<Program> = LazyLock::new(|| program("discounts"));
static SHARES: LazyLock<Program> = LazyLock::new(|| program("shares"));

fn program(hook: &str) -> Program {
    let refuse = |entry: fenrun::program::PolicyEntry| {
        if hook == "discounts" { entry.with_on_failure(OnFailure::Refuse) } else { entry }
    };
    well::load("open", &[module(hook)], refuse).unwrap()
}

#[derive(Arbitrary, Debug)]
enum Argument {
    Small(i8),
    Address(u16),
    Last,
    Any(i64),
    Edge(u8),
}

impl Argument {
    fn value(&self) -> i64 {
        match self {
            Argument::Small(small) => i64::from(*small),
            Argument::Address(address) => i64::from(*address),
            Argument::Last => LAST,
            Argument::Any(any) => *any,
            Argument::Edge(edge) => {
                [i64::MIN, i64::MIN + 1, i64::MAX, -1, i64::from(i32::MIN), i64::from(i32::MAX), 65_535, 65_536]
                    [usize::from(*edge % 8)]
            }
        }
    }
}

#[derive(Arbitrary, Debug)]
struct Call {
    number: u8,
    arguments: [Argument; 7],
}

#[derive(Arbitrary, Debug)]
struct Case {
    shares: bool,
    calls: Vec<Call>,
}

fn order(case: &Case) -> Order {
    let hook = if case.shares { "shares" } else { "discounts" };
    let order = well::order().party(Party::upline("u1", 1)).source("live").coupon("WELCOME");
    let order = order.attribute("note", "\u{202e}right to left");
    let calls = case.calls.iter().take(64).enumerate().map(|(place, call)| {
        let number = usize::from(call.number) % (*COUNT + 1);
        let number = if number == *COUNT { RETURN } else { number };
        let line = Line::goods(format!("{place:03}"), format!("SKU{place}"), 1, 10_00).category("tea");
        let arguments: Vec<_> = call.arguments.iter().map(Argument::value).collect();
        with_call(line, hook, i64::try_from(number).unwrap(), &arguments)
    });
    calls.fold(order.line(Line::goods("zzz", "SKU", 3, 1_00)), Order::line)
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(case) = Case::arbitrary(&mut Unstructured::new(bytes)) else { return };
    let program = if case.shares { &*SHARES } else { &*DISCOUNTS };
    let shown = |outcome: Option<Outcome>| match outcome {
        Some(Outcome::Decided(decision)) => {
            assert!(decision.totals.balance());
            decision.to_json()
        }
        Some(Outcome::Held(held)) => format!("{held:?}"),
        None => "not an event".to_owned(),
        other => panic!("we broke: {other:?}"),
    };
    let first = shown(well::decide(program, order(&case)));
    assert_eq!(first, shown(well::decide(program, order(&case))));
    well::assert_well();
});
