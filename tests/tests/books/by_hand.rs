//! Policies written by hand for the books: what they ask for is plain, and so is when they break.

use fenrun::books::Books;
use fenrun::program::{ModuleSource as _, PolicySource};
use fenrun_abi::{code::PeriodBase, field::PeriodField};
use fenrun_cli::modules::PolicyModules;

/// Every import of the contract, as the specification declares them.
fn imports() -> String {
    let specification = include_str!("../../../sdk/abi/abi-v1.wat");
    let imports = specification.lines().filter(|line| line.trim_start().starts_with("(import"));
    imports.collect::<Vec<_>>().join("\n")
}

/// A module with the hook `discounts` of this body.
fn discounts(body: &str) -> Vec<u8> {
    module("discounts", body, "")
}

/// The tier `gold` at the close of a period, from so much volume on, minor units.
pub(crate) fn gold_from(volume_minor: i64) -> Vec<u8> {
    gold_where(PeriodField::Volume, volume_minor)
}

/// The tier `gold` at the close of a period where a field of it is at least this.
pub(crate) fn gold_where(field: PeriodField, least: i64) -> Vec<u8> {
    let field = field.slot();
    let body = format!(
        "(if (i64.ge_s (call $period (i32.const {field})) (i64.const {least})) (then
           (local.set $effect (call $tier (i32.const 0) (i32.const 64)))
           (call $reason (local.get $effect) (i32.const 0) (i32.const 7))
           (call $end (local.get $effect))))"
    );
    let gold = r#"(data (i32.const 64) "gold")
        (func (export "configure") (result i32)
          (drop (call $symbol (i32.const 64) (i32.const 4))) (i32.const 0))"#;
    module("period", &body, gold)
}

/// At the close of a period, so many percent of one of its bases.
pub(crate) fn bonus_of(base: PeriodBase, percent: i64) -> Vec<u8> {
    let base = base.id();
    let body = format!(
        "(local.set $effect (call $share (i32.const 0)))
         (call $share_term (local.get $effect) (i32.const -3) (i32.const {base}) (i64.const {percent}) (i64.const 100))
         (call $reason (local.get $effect) (i32.const 0) (i32.const 7))
         (call $end (local.get $effect))"
    );
    module("period", &body, "")
}

/// A module with one hook of this body, and further fields.
fn module(hook: &str, body: &str, more: &str) -> Vec<u8> {
    let manifest =
        format!(r#"{{\"name\": \"by-hand\", \"version\": \"1.0.0\", \"abi\": 1, \"hooks\": [\"{hook}\"]}}"#);
    let text = format!(
        r#"(module {} (memory (export "memory") 1) (data (i32.const 0) "because") {more}
        (func (export "{hook}") (result i32) (local $effect i32) {body} (i32.const 0))
        (@custom "fenrun_manifest" "{manifest}"))"#,
        imports()
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// So many percent off everything; it breaks where the list price is odd, in minor units.
pub(crate) fn off_even_prices(percent: i64) -> Vec<u8> {
    let odd = "(i64.ne (i64.rem_s (call $order (i32.const 2)) (i64.const 2)) (i64.const 0))";
    discounts(&format!("(if {odd} (then unreachable)) {}", percent_off(percent)))
}

/// So many percent off everything; it breaks where the list price, in minor units, cannot be divided by sixteen.
pub(crate) fn off_sixteenth_prices(percent: i64) -> Vec<u8> {
    let odd = "(i64.ne (i64.rem_s (call $order (i32.const 2)) (i64.const 16)) (i64.const 0))";
    discounts(&format!("(if {odd} (then unreachable)) {}", percent_off(percent)))
}

/// So many percent off everything, whatever it costs.
pub(crate) fn off(percent: i64) -> Vec<u8> {
    discounts(&percent_off(percent))
}

/// So many percent off everything where the cart has at least so many units.
pub(crate) fn off_from_units(percent: i64, units: i64) -> Vec<u8> {
    let enough = format!("(i64.ge_s (call $order (i32.const 9)) (i64.const {units}))");
    discounts(&format!("(if {enough} (then {}))", percent_off(percent)))
}

fn percent_off(percent: i64) -> String {
    format!(
        "(local.set $effect (call $discount (i32.const -1)))
         (call $discount_percent (local.get $effect) (i64.const {percent}) (i64.const 100))
         (call $reason (local.get $effect) (i32.const 0) (i32.const 7))
         (call $end (local.get $effect))"
    )
}

/// Brings a program into force whose policies are stock ones, and this module where they name a file.
pub(crate) fn prepare(books: &mut Books, program: &str, module: &[u8]) {
    let stock = PolicyModules::new(".").quiet(true);
    let modules = |source: &PolicySource| match source {
        PolicySource::Module(_) => Ok(module.to_vec()),
        PolicySource::Stock(_) | PolicySource::Folder(_) => stock.module(source),
    };
    assert!(books.prepare(program, "program.toml", &modules).unwrap());
}
