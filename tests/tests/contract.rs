//! The specification is the truth: the shared crate, the host's linker and the Rust SDK are equal to it, names and
//! signatures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first broken expectation"
)]

use std::collections::BTreeMap;

use fenrun::{
    Engine, EngineOptions,
    manifest::ConfigurationInput,
    program::{PolicyEntry, PolicySource, ProgramBuilder},
};
use fenrun_abi::{
    MODULE,
    code::{Base, Holding, Hook, PeriodBase, Scope, TextField, Window},
    field, import,
    import::Type::{self, I32, I64},
};
use fenrun_money::Currency;

const SPECIFICATION: &str = include_str!("../../sdk/abi/abi-v1.wat");

type Signatures = BTreeMap<String, (Vec<Type>, Option<Type>)>;

/// Reads the import lines of the specification: `(import "fenrun_v1" "line" (func $line (param $index i32) … (result i64)))`.
fn specified() -> Signatures {
    let kind = |word: &str| match word.trim_end_matches(')') {
        "i32" => I32,
        "i64" => I64,
        other => panic!("the contract has no type `{other}`"),
    };
    let lines = SPECIFICATION.lines().map(str::trim).filter(|line| line.starts_with("(import"));
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(words[1].trim_matches('"'), MODULE, "{line}");
            let parameters = words.iter().enumerate().filter(|(_, word)| **word == "(param");
            let parameters = parameters.map(|(at, _)| kind(words[at + 2])).collect();
            let result = words.iter().position(|word| *word == "(result").map(|at| kind(words[at + 1]));
            (words[2].trim_matches('"').to_owned(), (parameters, result))
        })
        .collect()
}

#[test]
fn the_shared_crate_is_the_specification() {
    let shared: Signatures = import::ALL
        .iter()
        .map(|import| (import.name.to_owned(), (import.parameters.to_vec(), import.result)))
        .collect();
    assert_eq!(shared, specified());
    assert!(import::ALL.is_sorted_by_key(|import| import.name), "look-ups need the names sorted");
}

#[test]
fn the_rust_sdk_is_the_specification() {
    let sdk: Signatures = fenrun_sdk::sys::SIGNATURES
        .iter()
        .map(|(name, parameters, result)| ((*name).to_owned(), (parameters.to_vec(), *result)))
        .collect();
    assert_eq!(sdk, specified());
}

#[test]
fn the_host_links_every_import_with_its_signature() {
    // The specification is a module that imports everything: it is linked, so every name and signature is there.
    let module = SPECIFICATION.trim_end().strip_suffix(')').expect("a module");
    let deciding = Hook::ALL.iter().filter(|hook| **hook != Hook::Configure).map(|hook| hook.name());
    let named = deciding.map(|hook| format!("\\\"{hook}\\\"")).collect::<Vec<_>>().join(", ");
    let manifest =
        format!(r#"{{\"name\": \"all\", \"version\": \"1.0.0\", \"abi\": 1, \"hooks\": [{named}]}}"#);
    let hooks: String = Hook::ALL
        .iter()
        .map(|hook| format!("(func (export \"{}\") (result i32) (i32.const 0)) ", hook.name()))
        .collect();
    let text = format!(
        "{module} (memory (export \"memory\") 1) {hooks} (@custom \"fenrun_manifest\" \"{manifest}\"))"
    );
    let bytes = wat::parse_str(text).unwrap();
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let load = |bytes: Vec<u8>| {
        let entry = PolicyEntry::new("all", PolicySource::Stock("all".into()))
            .with_configuration(ConfigurationInput::empty());
        let guard = fenrun::profile::GuardProfile::named("open").unwrap();
        let builder =
            ProgramBuilder::new("shop", Currency::CNY).time_zone("UTC").unwrap().guard(guard).policy(entry);
        engine.load(builder.build().unwrap(), &move |_: &PolicySource| Ok(bytes.clone()))
    };
    let program = load(bytes).unwrap();
    assert_eq!(program.policies().len(), 1);
    assert!(Hook::ALL.iter().all(|hook| program.policies()[0].has(*hook)));
}

#[test]
fn the_specification_names_every_field_and_its_price() {
    for (id, name) in field::OrderField::ALL.iter().map(|field| (field.id(), field.name())).chain(
        field::LineField::ALL
            .iter()
            .map(|field| (field.id(), field.name()))
            .chain(field::PartyField::ALL.iter().map(|field| (field.id(), field.name())))
            .chain(field::CouponField::ALL.iter().map(|field| (field.id(), field.name())))
            .chain(field::PeriodField::ALL.iter().map(|field| (field.id(), field.name())))
            .chain(field::EventField::ALL.iter().map(|field| (field.id(), field.name()))),
    ) {
        let entry = format!("{id} {name}");
        assert!(SPECIFICATION.contains(&entry), "`{entry}` is not in the specification");
    }
    let plain = SPECIFICATION.replace(";;", " ").split_whitespace().collect::<Vec<_>>().join(" ");
    for (id, name) in Base::ALL
        .iter()
        .map(|code| (code.id(), code.name()))
        .chain(PeriodBase::ALL.iter().map(|code| (code.id(), code.name())))
        .chain(Window::ALL.iter().map(|code| (code.id(), code.name())))
        .chain(Scope::ALL.iter().map(|code| (code.id(), code.name())))
        .chain(TextField::ALL.iter().map(|code| (code.id(), code.name())))
        .chain(Holding::ALL.iter().map(|code| (code.id(), code.name())))
    {
        assert!(plain.contains(&format!("{id} {name}")), "`{id} {name}` is not in the specification");
    }
    let mut price = None;
    for line in SPECIFICATION.lines().map(str::trim) {
        if let Some((_, fuel)) =
            line.split_once("fuel ").filter(|_| line.starts_with(";;") && line.contains('('))
        {
            price = fuel.split_whitespace().next().and_then(|fuel| fuel.parse::<u64>().ok());
        }
        if line.starts_with("(import") {
            let name = line.split('"').nth(3).unwrap();
            assert_eq!(price.take(), Some(import::find(name).unwrap().fuel), "fuel of `{name}`");
        }
    }
    for (word, symbol) in fenrun_abi::word::ROLES.iter().chain(fenrun_abi::word::KINDS) {
        assert!(plain.contains(&format!("{symbol} {word}")), "`{symbol} {word}` is not in the specification");
    }
}
