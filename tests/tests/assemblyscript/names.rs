//! Nothing of the contract is missing in an SDK: each field and each import stands behind a typed name, in AssemblyScript
//! as in Rust, and what the Rust SDK offers has its counterpart.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use fenrun_abi::import;

use super::root;

const SPECIFICATION: &str = include_str!("../../../sdk/abi/abi-v1.wat");

/// The source files of an SDK by their names, without what is generated or only for tests.
fn sources(folder: &str, extension: &str, without: &[&str]) -> BTreeMap<String, String> {
    let files = fs::read_dir(root().join(folder)).unwrap().map(|file| file.unwrap().path());
    let kept = files.filter(|path| path.extension().is_some_and(|own| own == extension));
    let stem = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let named = kept.map(|path| (stem(&path), fs::read_to_string(&path).unwrap()));
    named.filter(|(name, _)| !without.contains(&name.as_str())).collect()
}

fn assemblyscript() -> BTreeMap<String, String> {
    sources("sdk/assemblyscript/assembly", "ts", &["contract"])
}

fn rust() -> BTreeMap<String, String> {
    sources("sdk/rust/src", "rs", &[])
}

fn capitalized(label: &str) -> String {
    label.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

fn camel(name: &str) -> String {
    let whole = capitalized(name);
    whole[..1].to_lowercase() + &whole[1..]
}

/// The fields of the specification, read from its text, as `CouponField` and `IssuerParty`.
fn specified_fields() -> BTreeSet<(String, String)> {
    let start = SPECIFICATION.find(";; 3  Fields").unwrap();
    let words: Vec<&str> = SPECIFICATION[start..].lines().flat_map(str::split_whitespace).collect();
    let numbered = words.windows(2).filter(|two| two[0].parse::<u32>().is_ok());
    let labels = numbered
        .filter_map(|two| two[1].split_once('.'))
        .filter(|(group, own)| *group != "holding" && !own.is_empty());
    labels
        .map(|(group, own)| match group {
            "buyer" => ("OrderField".to_owned(), capitalized(&format!("buyer_{own}"))),
            _ => (capitalized(group) + "Field", capitalized(own)),
        })
        .collect()
}

#[test]
fn every_field_has_a_typed_name_in_both_languages() {
    let fields = specified_fields();
    assert_eq!(fields.len(), 25 + 15 + 8 + 13 + 17 + 3, "{fields:?}");
    let own = |all: BTreeMap<String, String>| all.into_values().collect::<String>();
    let (assemblyscript, rust) = (own(assemblyscript()), own(rust()));
    for (group, name) in fields {
        let there = |source: &str, whole: &str| {
            source.match_indices(whole).any(|(at, _)| {
                !source[at + whole.len()..].starts_with(|next: char| next.is_alphanumeric() || next == '_')
            })
        };
        let missing = "has no typed name in the SDK of";
        assert!(
            there(&assemblyscript, &format!("{group}.{name}")),
            "{group}.{name} {missing} AssemblyScript"
        );
        assert!(there(&rust, &format!("{group}::{name}")), "{group}.{name} {missing} Rust");
    }
}

#[test]
fn every_import_is_called_and_every_set_of_codes_is_there() {
    let all: String = assemblyscript().into_values().collect();
    for each in import::ALL {
        let call = format!("contract.{}(", each.name);
        assert!(all.contains(&call), "no name of the SDK in AssemblyScript calls `{}`", each.name);
    }
    let contract = fs::read_to_string(root().join("sdk/assemblyscript/assembly/contract.ts")).unwrap();
    for file in ["code", "field"] {
        let source = fs::read_to_string(root().join(format!("sdk/abi/src/{file}.rs"))).unwrap();
        // The hooks are exports; the rest are numbers that a policy passes or reads.
        let sets = source.lines().filter_map(|line| line.strip_prefix("    ")?.strip_suffix(" {"));
        let sets = sets.filter(|name| name.chars().all(char::is_alphanumeric) && *name != "Hook");
        let sets: Vec<_> = sets.collect();
        assert!(sets.len() >= 6, "{sets:?}");
        for name in sets {
            assert!(
                contract.contains(&format!("export const enum {name} {{")),
                "contract.ts has no `{name}`"
            );
        }
    }
}

/// Where the counterpart in AssemblyScript has another name: a language without iterators over facts counts and indexes,
/// sets of lines and bases are numbers, and effects are ended by `because`.
const OTHERWISE: &[(&str, &str)] = &[
    ("bonus.bonus", "Bonus.begin"),
    ("bonus.of", "Bonus.at"),
    ("bonus.plus", "Bonus.at"),
    ("bonus.plus_fixed", "Bonus.fixed"),
    ("config.list", "Config.item"),
    ("config.optional_amount", "Config.amountOr"),
    ("config.optional_integer", "Config.integerOr"),
    ("config.role", "Config.symbol"),
    ("discount.discount", "Discount.on"),
    ("grant.expires_in", "Grant.toBuyer"),
    ("grant.grant", "Grant.to"),
    ("grant.units_for", "unitsFor"),
    ("line.goods", "Line.index"),
    ("occasion.buyer", "Buyer"),
    ("occasion.of", "Config.word"),
    ("occasion.order", "Occasion.hasOrder"),
    ("occasion.parties", "Order.partyCount"),
    ("occasion.time", "LocalTime"),
    ("order.base", "Base"),
    ("order.buyer", "Buyer"),
    ("order.chain", "Party.isInChain"),
    ("order.coupons", "Order.couponCount"),
    ("order.goods", "ALL_GOODS"),
    ("order.goods_in", "Selected.of"),
    ("order.group", "Goods.add"),
    ("order.left", "Base"),
    ("order.lines", "Order.lineCount"),
    ("order.list", "Base"),
    ("order.margin", "Base"),
    ("order.note", "note"),
    ("order.paid", "Base"),
    ("order.parties", "Order.partyCount"),
    ("order.parties_of", "Party.role"),
    ("order.shipping", "SHIPPING"),
    ("order.time", "LocalTime"),
    ("pairs.nth_units", "CountedUnits.everyNth"),
    ("pairs.pairs", "CountedUnits.everyNth"),
    ("share.of", "Share.at"),
    ("share.plus", "Share.at"),
    ("share.plus_fixed", "Share.fixed"),
    ("share.share", "Share.to"),
    ("tier_change.tier", "TierChange.of"),
    ("tiers.by", "Share.by"),
    ("tiers.iter", "Tiers.bands"),
    ("tiers.read", "Tiers"),
];

/// What an author can name: `Coupon`, `Coupon.rate`, `note`, each only where the front page exports it.
fn offered(all: &BTreeMap<String, String>) -> BTreeSet<String> {
    let exported: BTreeSet<&str> =
        all["index"].split(|each: char| !each.is_alphanumeric() && each != '_').collect();
    let mut names: BTreeSet<String> =
        all["index"].split(['{', '}', ',', ' ', '\n']).map(str::to_owned).collect();
    for source in all.values() {
        let mut class = "";
        for line in source.lines() {
            if let Some(rest) = line.strip_prefix("export class ") {
                class = rest.split(' ').next().unwrap();
            }
            let Some(own) = line.strip_prefix("  ").filter(|own| !own.starts_with(' ')) else { continue };
            let own = own.trim_start_matches("static ").trim_start_matches("get ");
            let name = own.split('(').next().unwrap();
            if own.contains('(') && exported.contains(class) {
                names.insert(format!("{class}.{name}"));
            }
        }
    }
    names
}

#[test]
fn what_rust_offers_assemblyscript_offers() {
    let names = offered(&assemblyscript());
    let rust = rust();
    let files = [
        ("order", "Order"),
        ("line", "Line"),
        ("party", "Party"),
        ("buyer", "Buyer"),
        ("coupon", "Coupon"),
        ("occasion", "Occasion"),
        ("period", "Period"),
        ("time", "LocalTime"),
        ("share", "Share"),
        ("bonus", "Bonus"),
        ("discount", "Discount"),
        ("grant", "Grant"),
        ("tier_change", "TierChange"),
        ("config", "Config"),
        ("tiers", "Tiers"),
        ("pairs", "CountedUnits"),
    ];
    let otherwise: BTreeMap<_, _> = OTHERWISE.iter().copied().collect();
    let (mut compared, mut used) = (0, BTreeSet::new());
    for (file, class) in files {
        for line in rust[file].lines() {
            let line = line.trim_start();
            let Some(rest) = line.strip_prefix("pub fn ").or_else(|| line.strip_prefix("pub const fn "))
            else {
                continue;
            };
            let name = rest.split(['(', '<']).next().unwrap();
            // A refusal in the author's words is `refuse` in both.
            if (file, name) == ("config", "new") {
                continue;
            }
            let own = format!("{class}.{}", camel(name));
            let expected = if names.contains(&own) {
                own
            } else {
                let Some((of, other)) = otherwise.get_key_value(format!("{file}.{name}").as_str()) else {
                    panic!("`{file}::{name}` of the Rust SDK has no counterpart `{own}` in AssemblyScript");
                };
                used.insert(*of);
                (*other).to_owned()
            };
            assert!(names.contains(&expected), "`{expected}`, for `{file}::{name}`, is not there");
            compared += 1;
        }
    }
    assert!(compared > 150, "only {compared} names were compared");
    let unused: Vec<_> = otherwise.keys().filter(|of| !used.contains(*of)).collect();
    assert!(unused.is_empty(), "these have the same name in both, or are gone: {unused:?}");
}
