//! `sdk/assemblyscript/assembly/contract.ts` is what the specification and `fenrun-abi` say, to the letter.
//!
//! Written anew with `FENRUN_WRITE=1 cargo test -p fenrun-tests --test assemblyscript`.

use std::fmt::Write as _;

use fenrun_abi::{
    ABSENT, ALL_GOODS, BUYER, MODULE, NO_EXPIRY, NO_LINES, SHIPPING, code, field, import,
    word::{KINDS, ROLES},
};

const SPECIFICATION: &str = include_str!("../../../sdk/abi/abi-v1.wat");

/// `buyer.order_number` in the group `order` as `BuyerOrderNumber`; `order.paid` as `Paid`.
fn enum_name(group: &str, label: &str) -> String {
    let own = label.strip_prefix(group).and_then(|rest| rest.strip_prefix('.')).unwrap_or(label);
    let words = own.split(['.', '_']);
    words.map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

fn numbers(
    out: &mut String,
    name: &str,
    group: &str,
    about: &str,
    all: impl Iterator<Item = (i32, &'static str)>,
) {
    let _ = write!(out, "\n/** {about} */\nexport const enum {name} {{\n");
    for (id, label) in all {
        let _ = writeln!(out, "  {} = {id},", enum_name(group, label));
    }
    out.push_str("}\n");
}

/// The names of an import's parameters, from the specification.
fn parameters(name: &str) -> Vec<String> {
    let start = format!("(import \"{MODULE}\" \"{name}\"");
    let line = SPECIFICATION.lines().find(|line| line.trim().starts_with(&start)).unwrap();
    line.split("(param $").skip(1).map(|rest| rest.split(' ').next().unwrap().to_owned()).collect()
}

fn contract() -> String {
    let mut out = format!(
        "// The contract {MODULE}: numbers, words and imports.\n//\n// Generated from sdk/abi; a test holds it to the \
         specification. Written anew with\n// `FENRUN_WRITE=1 cargo test -p fenrun-tests --test assemblyscript`.\n\n\
         /** What a read answers where the facts have no value. */\nexport const ABSENT: i64 = i64.MIN_VALUE;\n"
    );
    assert_eq!(ABSENT, i64::MIN);
    let constants = [
        ("ALL_GOODS", ALL_GOODS, "As a set of lines: all goods."),
        ("SHIPPING", SHIPPING, "As a set of lines: shipping."),
        ("NO_LINES", NO_LINES, "As a set of lines: none, as the parts of a bonus."),
        ("BUYER", BUYER, "As a party of a grant: the buyer."),
        ("NO_EXPIRY", NO_EXPIRY, "As the days of a grant: it never expires."),
    ];
    for (name, number, about) in constants {
        let _ = write!(out, "\n/** {about} */\nexport const {name}: i32 = {number};\n");
    }
    macro_rules! all {
        ($($name:literal, $group:literal, $type:ty, $about:literal;)*) => {$(
            numbers(&mut out, $name, $group, $about, <$type>::ALL.iter().map(|each| (each.id(), each.name())));
        )*};
    }
    all! {
        "OrderField", "order", field::OrderField, "Fields of the order.";
        "LineField", "line", field::LineField, "Fields of a line.";
        "PartyField", "party", field::PartyField, "Fields of a party.";
        "CouponField", "coupon", field::CouponField, "Fields of a coupon.";
        "PeriodField", "period", field::PeriodField, "Fields of the period that closes.";
        "EventField", "event", field::EventField, "Fields of what has happened.";
        "HookResult", "", code::HookResult, "What a hook returns.";
        "Base", "", code::Base, "What a rate applies to.";
        "PeriodBase", "", code::PeriodBase, "What a rate of a bonus applies to.";
        "Window", "", code::Window, "How long a period is.";
        "Holding", "holding", code::Holding, "What is asked about an asset.";
        "LineKind", "", code::LineKind, "What a line is for.";
        "Limit", "", code::Limit, "A limit of a share.";
        "Scope", "", code::Scope, "Whose attribute, tag or text.";
        "Part", "", code::Part, "Which part of a configured value.";
        "TextField", "", code::TextField, "Which text.";
    }
    numbers(
        &mut out,
        "Role",
        "",
        "Symbols of the roles that every module knows.",
        ROLES.iter().map(|(text, id)| (*id, *text)),
    );
    numbers(
        &mut out,
        "Kind",
        "",
        "Symbols of the kinds of event that every module knows.",
        KINDS.iter().map(|(text, id)| (*id, *text)),
    );
    for each in import::ALL {
        let kind = |kind: &import::Type| if *kind == import::Type::I32 { "i32" } else { "i64" };
        let names = parameters(each.name);
        assert_eq!(names.len(), each.parameters.len(), "{}", each.name);
        let listed: Vec<_> =
            names.iter().zip(each.parameters).map(|(name, own)| format!("{name}: {}", kind(own))).collect();
        let result = each.result.as_ref().map_or("void", kind);
        let _ = write!(
            out,
            "\n/** {}: {} fuel. */\n// @ts-ignore: decorator\n@external(\"{MODULE}\", \"{name}\")\n\
             export declare function {name}({}): {result};\n",
            each.about,
            each.fuel,
            listed.join(", "),
            name = each.name,
        );
    }
    out
}

#[test]
fn the_contract_in_assemblyscript_is_the_specifications() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk/assemblyscript/assembly/contract.ts");
    let expected = contract();
    if std::env::var_os("FENRUN_WRITE").is_some() {
        std::fs::write(path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == expected,
        "contract.ts is old; hint: FENRUN_WRITE=1 cargo test -p fenrun-tests --test assemblyscript"
    );
}
