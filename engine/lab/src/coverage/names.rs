//! What the functions of a module are called.
//!
//! Invariant: every function has a name; what a module says is made printable and bounded before it is shown.

use std::collections::HashMap;

use fenrun::admission::printable;
use wasmparser::{ExternalKind, KnownCustom, Name, Parser, Payload, TypeRef};

use super::CoverageError;

/// Characters of a name that are kept.
const NAME_CHARACTERS_MAX: usize = 200;

/// The names of the functions with a body, in the order of the module.
pub(super) fn names(module: &[u8]) -> Result<Vec<String>, CoverageError> {
    let mut named: HashMap<u32, String> = HashMap::new();
    let mut exported: HashMap<u32, String> = HashMap::new();
    let (mut imports, mut bodies) = (0_u32, 0_u32);
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let is_function = matches!(import?.ty, TypeRef::Func(_));
                    imports = imports.saturating_add(u32::from(is_function));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        exported.entry(export.index).or_insert_with(|| export.name.to_owned());
                    }
                }
            }
            Payload::CodeSectionStart { count, .. } => bodies = count,
            Payload::CustomSection(custom) => {
                if let KnownCustom::Name(section) = custom.as_known() {
                    // A name section is a courtesy; a broken one is no reason not to count.
                    for name in section.into_iter().map_while(Result::ok) {
                        let Name::Function(functions) = name else { continue };
                        let functions = functions.into_iter().map_while(Result::ok);
                        named.extend(functions.map(|function| (function.index, function.name.to_owned())));
                    }
                }
            }
            _ => {}
        }
    }
    let name = |body: u32| {
        let index = imports.saturating_add(body);
        // The number keeps two functions of one name apart nowhere, so it stands only where there is no name.
        let said = named.remove(&index).or_else(|| exported.remove(&index));
        said.map_or_else(|| format!("function {index}"), |said| shown(&said))
    };
    Ok((0..bodies).map(name).collect())
}

/// A name as a person reads it: demangled, without the hash that a compiler adds.
fn shown(name: &str) -> String {
    let name = format!("{:#}", rustc_demangle::demangle(name));
    printable(&name).at_most(NAME_CHARACTERS_MAX).to_string()
}

/// The name of an author's function without what all of them have in common: `<shop::Rule as fenrun_sdk::Policy>::shares`
/// is `Rule::shares`.
pub(super) fn short(name: &str) -> String {
    let of_trait = name.strip_prefix('<').and_then(|rest| rest.split_once(" as "));
    let joined = of_trait.and_then(|(of, rest)| Some(format!("{of}{}", rest.get(end_of(rest)?..)?)));
    let name = joined.as_deref().unwrap_or(name);
    match name.split_once("::") {
        Some((first, rest)) if first.chars().all(|each| each.is_alphanumeric() || each == '_') => {
            rest.to_owned()
        }
        _ => name.to_owned(),
    }
}

/// Where the `>` ends that closes what stands before it.
fn end_of(rest: &str) -> Option<usize> {
    let mut open = 1_usize;
    for (place, character) in rest.char_indices() {
        match character {
            '<' => open = open.saturating_add(1),
            '>' => open = open.saturating_sub(1),
            _ => {}
        }
        if open == 0 {
            return place.checked_add(1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first broken expectation")]

    use super::{names, short};

    #[test]
    fn the_name_section_counts_before_exports_and_those_before_numbers() {
        let module = wat::parse_str(
            r#"(module (import "m" "f" (func (result i32)))
            (func $_RNvCs1234_7mycrate3foo) (func (export "shares")) (func) (func $plain (export "other")))"#,
        );
        let expected = ["mycrate::foo", "shares", "function 3", "plain"];
        assert_eq!(names(&module.unwrap()).unwrap(), expected);
    }

    #[test]
    fn crates_and_traits_are_left_out() {
        for (long, expected) in [
            ("my_policy::rates", "rates"),
            ("<my_policy::Rates as fenrun_sdk::policy::Policy>::shares", "Rates::shares"),
            ("<my_policy::Rates as core::convert::From<my_policy::Rate<3>>>::from", "Rates::from"),
            ("my_policy::Rates::of::{{closure}}", "Rates::of::{{closure}}"),
            ("assembly/index/shares", "assembly/index/shares"),
            ("shares", "shares"),
        ] {
            assert_eq!(short(long), expected);
        }
    }
}
