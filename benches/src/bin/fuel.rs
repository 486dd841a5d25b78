//! Nanoseconds for each unit of fuel, by class of instruction and by import with its worst arguments:
//! `cargo run --release --bin fuel`. The last line compares the worst with the typical.
//!
//! Invariant: only the engine's public interface is used; the fastest of many calls counts, which other work on the
//! machine disturbs least.

use std::time::Instant;

use fenrun_abi::{
    ABSENT,
    code::{Hook, Scope, TextField},
    field::{LineField, OrderField},
    host::{Attribute, Facts, LineTexts, OrderTexts, PartyTexts},
    import::{self, Type},
};
use fenrun_benches::steps;

const LINES: usize = 1_000;
const CALLS: usize = 60;
/// Copies of the instruction in one turn of the loop, so that the loop itself hardly counts.
const COPIES: usize = 16;

fn imports() -> String {
    let ty = |ty: &Type| match ty {
        Type::I32 => "i32",
        Type::I64 => "i64",
    };
    let row = |import: &import::Import| {
        let parameters: Vec<&str> = import.parameters.iter().map(ty).collect();
        let result =
            import.result.as_ref().map_or_else(String::new, |result| format!("(result {})", ty(result)));
        format!(
            "(import \"fenrun_v1\" \"{0}\" (func ${0} (param {1}) {result}))\n",
            import.name,
            parameters.join(" ")
        )
    };
    import::ALL.iter().map(row).collect()
}

/// A hook that does `body` so many times. In `body`, `$a` is a number that looks random, `$n` one that is not zero.
fn module(turns: usize, copies: usize, body: &str) -> String {
    format!(
        r#"{imports} (memory (export "memory") 16)
        (type $unary (func (param i64) (result i64))) (table 4 funcref) (elem (i32.const 0) $same $same $same $same)
        (func $same (param i64) (result i64) (local.get 0))
        (data (i32.const 0) "{text}")
        (func (export "configure") (result i32) (drop (call $symbol (i32.const 0) (i32.const 128))) (i32.const 0))
        (func (export "shares") (result i32)
            (local $left i32) (local $a i64) (local $n i64) (local $h i32)
            (local.set $left (i32.const {turns})) (local.set $n (i64.const 12345)) (local.set $a (i64.const 88172645463325252))
            (loop $again {body} (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
            (i32.const 0))"#,
        imports = imports(),
        text = "a".repeat(1_024),
        body = body.repeat(copies),
    )
}

fn facts() -> Facts {
    // As long, and as many, as an event may have them (`event::limits`).
    let long = "b".repeat(128);
    let mut facts = Facts::new(OrderTexts { id: &long, buyer: &long, source: Some(&long) });
    for place in 0..LINES {
        let id = format!("{place:04}{}", &long[4..]);
        let line = facts.push_line(LineTexts { id: &id, category: Some(&id), item: Some(&id) });
        facts.set_line(line, LineField::Id, ABSENT);
    }
    facts.push_party(PartyTexts { id: "p", role: "seller", tier: None });
    for place in 0..32 {
        let name = format!("{}{place:02}", "a".repeat(126));
        facts.push_tag(Scope::Order, 0, &name);
        facts.push_attribute(Scope::Order, 0, &name, Attribute::Text(&long));
    }
    facts
}

/// Nanoseconds and fuel of one call: the fastest of many.
fn measure(text: &str, facts: &mut Facts) -> (f64, f64) {
    let program = steps::load(text);
    let policy = &program.policies()[0];
    let mut best = f64::INFINITY;
    let mut fuel = 0;
    for _ in 0..CALLS {
        let start = Instant::now();
        let answer = policy.run(Hook::Shares, facts).expect("an instance");
        best = best.min(start.elapsed().as_secs_f64() * 1e9);
        fuel = answer.unwrap_or_else(|failure| panic!("{failure}: {text}")).fuel;
    }
    #[expect(clippy::cast_precision_loss, reason = "statistics")]
    (best, fuel as f64)
}

fn main() {
    let text = |scope: Scope, field: TextField| {
        format!(
            "(drop (call $text (i32.const {}) (i32.const 0) (i32.const {}) (i32.const 4096) (i32.const 1024)))",
            scope.id(),
            field.id()
        )
    };
    let random = "(local.set $a (i64.add (i64.mul (local.get $a) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))";
    let address = "(i32.wrap_i64 (i64.and (i64.shr_u (local.get $a) (i64.const 40)) (i64.const 1048568)))";
    let read = |field: OrderField| format!("(drop (call $order (i32.const {})))", field.id());
    let line = |field: LineField| format!("(drop (call $line (i32.const 999) (i32.const {})))", field.id());
    let classes: Vec<(&str, usize, usize, String)> = vec![
        ("add, multiply (typical)", 2_000, COPIES, random.into()),
        ("i64.div_s", 2_000, COPIES, "(local.set $a (i64.div_s (i64.const 9223372036854775807) (i64.or (local.get $a) (i64.const 1))))".into()),
        ("i64.rem_u", 2_000, COPIES, "(local.set $a (i64.rem_u (i64.const -1) (i64.or (local.get $a) (i64.const 1))))".into()),
        ("load that misses the cache", 2_000, COPIES, format!("{random} (local.set $a (i64.xor (local.get $a) (i64.load {address})))")),
        ("store that misses the cache", 2_000, COPIES, format!("{random} (i64.store {address} (local.get $a))")),
        ("call", 2_000, COPIES, "(local.set $a (call $same (local.get $a)))".into()),
        ("call_indirect", 2_000, COPIES, "(local.set $a (call_indirect (type $unary) (local.get $a) (i32.and (local.get $left) (i32.const 3))))".into()),
        ("br_table", 2_000, COPIES, format!("{random} (block (block (block (block (br_table 0 1 2 3 (i32.wrap_i64 (i64.shr_u (local.get $a) (i64.const 62))))))))")),
        ("memory.fill of 64 KiB", 4, 4, "(memory.fill (i32.const 4096) (i32.const 1) (i32.const 65536))".into()),
        ("memory.copy of 64 KiB", 4, 4, "(memory.copy (i32.const 4096) (i32.const 524288) (i32.const 65536))".into()),
        ("memory.fill of nothing", 2_000, COPIES, "(memory.fill (i32.const 4096) (i32.const 1) (i32.const 0))".into()),
        ("memory.copy of nothing", 2_000, COPIES, "(memory.copy (i32.const 4096) (i32.const 0) (i32.const 0))".into()),
        ("memory.grow by nothing", 500, COPIES, "(drop (memory.grow (i32.const 0)))".into()),
        ("memory.grow refused", 500, COPIES, "(drop (memory.grow (i32.const 1)))".into()),
        ("order", 500, COPIES, read(OrderField::PartyCount)),
        ("order: the buyer, a text of 128 bytes", 500, COPIES, read(OrderField::BuyerId)),
        ("line", 500, COPIES, line(LineField::Paid)),
        ("line: the item, a text of 128 bytes", 500, COPIES, line(LineField::Item)),
        ("lines: 1,000 amounts", 8, 4, format!("(drop (call $lines (i32.const {}) (i32.const 0) (i32.const 1000) (i32.const 4096)))", LineField::Paid.id())),
        ("lines: 1,000 items of 128 bytes", 8, 4, format!("(drop (call $lines (i32.const {}) (i32.const 0) (i32.const 1000) (i32.const 4096)))", LineField::Item.id())),
        ("attribute: the last of 32, all alike", 200, COPIES, format!("(drop (call $attribute (i32.const {}) (i32.const 0) (i32.const 64)))", Scope::Order.id())),
        ("tagged: none of 32, all alike", 200, COPIES, format!("(drop (call $tagged (i32.const {}) (i32.const 0) (i32.const 64)))", Scope::Order.id())),
        ("text of 128 bytes", 200, COPIES, text(Scope::Order, TextField::Id)),
        ("share with a term, a reason of 200 bytes", 32, 4, "(local.set $h (call $share (i32.const 0))) (call $share_term (local.get $h) (i32.const -1) (i32.const 1) (i64.const 1) (i64.const 5)) (call $reason (local.get $h) (i32.const 0) (i32.const 200)) (call $end (local.get $h))".into()),
        ("64 terms of one share", 1, 1, format!("(local.set $h (call $share (i32.const 0))) {}", "(call $share_term (local.get $h) (i32.const -1) (i32.const 1) (i64.const 1) (i64.const 5))".repeat(64))),
        ("group of 1,000 lines", 4, 16, "(drop (call $group (i32.const -1) (i32.const 15) (i64.const -1)))".into()),
        ("note of 200 bytes", 1, 16, "(call $note (i32.const 0) (i32.const 200))".into()),
    ];
    let mut facts = facts();
    let (base, base_fuel) = measure(&module(1, 1, ""), &mut facts);
    println!("| class | ns a unit of fuel | × typical |\n| --- | ---: | ---: |");
    let (mut typical, mut worst) = (0.0, (0.0, ""));
    for (name, turns, copies, body) in &classes {
        let (time, fuel) = measure(&module(*turns, *copies, body), &mut facts);
        let each = (time - base).max(0.0) / (fuel - base_fuel).max(1.0);
        if typical == 0.0 {
            typical = each;
        }
        if each > worst.0 {
            worst = (each, *name);
        }
        println!("| {name} | {each:.2} | {:.1} |", each / typical);
    }
    println!("\nworst: {} at {:.2} ns a unit, {:.1} × typical", worst.1, worst.0, worst.0 / typical);
}
