//! Checks of what a module asks the host for: only reads of facts and writes of effects, with the right signatures.
//!
//! Invariant: permitted is what [`fenrun_abi::import::ALL`] lists, and nothing else.

use std::fmt;

use fenrun_abi::MODULE;
use fenrun_abi::import::{self, Type};
use wasmparser::{FuncType, Import, TypeRef, ValType};

use super::{Check, Needs, Verdict, at_most};
use crate::admission::printable::printable;
use crate::admission::shape::{Shape, count};
use crate::manifest::word::{did_you_mean, listed};

/// Offending imports shown in one refusal.
const SHOWN_MAX: usize = 8;

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "imports",
        about: "imports",
        needs: Needs::Module,
        run: |shape, limits| at_most(count(shape.imports.len()), limits.imports_max),
    },
    Check {
        name: "import_modules",
        about: "imports come from the contract only",
        needs: Needs::Module,
        run: |shape, _| modules(shape),
    },
    Check {
        name: "import_kinds",
        about: "imports are functions",
        needs: Needs::Module,
        run: |shape, _| kinds(shape),
    },
    Check {
        name: "import_names",
        about: "imports are functions of the contract",
        needs: Needs::Module,
        run: |shape, _| names(shape),
    },
    Check {
        name: "import_signatures",
        about: "imports have the signatures of the contract",
        needs: Needs::Module,
        run: |shape, _| signatures(shape),
    },
];

/// A verdict on the imports that offend.
fn verdict<'a>(
    shape: &Shape<'a>,
    limit: String,
    offends: impl Fn(&Import<'a>) -> bool,
    shown: impl Fn(&Import<'a>) -> String,
) -> Verdict {
    let mut offending = shape.imports.iter().filter(|import| offends(import));
    let mut found: Vec<String> = offending.by_ref().take(SHOWN_MAX).map(shown).collect();
    if found.is_empty() {
        return Verdict::of(true, format!("{} imports", shape.imports.len()), limit);
    }
    match offending.count() {
        0 => {}
        more => found.push(format!("{more} more")),
    }
    Verdict::of(false, found.join(", "), limit)
}

fn full_name(import: &Import<'_>) -> String {
    format!("`{}.{}`", printable(import.module), printable(import.name))
}

fn is_function(import: &Import<'_>) -> bool {
    matches!(import.ty, TypeRef::Func(_))
}

fn modules(shape: &Shape<'_>) -> Verdict {
    let offends = |import: &Import<'_>| import.module != MODULE;
    let limit = format!("only functions of `{MODULE}` are permitted");
    let hint = shape.imports.iter().find(|import| offends(import)).and_then(|import| {
        if import.module.starts_with("wasi") {
            Some(
                "build for `wasm32-unknown-unknown`: a policy has no files, no clock and no randomness"
                    .into(),
            )
        } else if (import.module, import.name) == ("env", "abort") {
            Some("for AssemblyScript, build with `--use abort=`".into())
        } else {
            did_you_mean(import.module, [MODULE])
        }
    });
    verdict(shape, limit, offends, full_name).maybe_hint(hint)
}

fn kinds(shape: &Shape<'_>) -> Verdict {
    let shown = |import: &Import<'_>| {
        let kind = match import.ty {
            TypeRef::Table(_) => "a table",
            TypeRef::Memory(_) => "a memory",
            TypeRef::Global(_) => "a global",
            _ => "not a function",
        };
        format!("{} ({kind})", full_name(import))
    };
    let hint = "for a memory, link without `--import-memory`";
    verdict(shape, "only functions may be imported".into(), |import| !is_function(import), shown).hint(hint)
}

fn names(shape: &Shape<'_>) -> Verdict {
    let permitted = || import::ALL.iter().map(|import| import.name);
    let offends = |found: &Import<'_>| import::find(found.name).is_none();
    let hint = shape.imports.iter().find(|import| offends(import));
    let hint = hint.and_then(|import| did_you_mean(import.name, permitted()));
    let all: Vec<String> = permitted().map(|name| listed([name])).collect();
    verdict(shape, format!("permitted are {}", all.join(", ")), offends, full_name).maybe_hint(hint)
}

fn signatures(shape: &Shape<'_>) -> Verdict {
    let type_of = |import: &Import<'_>| match import.ty {
        TypeRef::Func(at) => shape.types.get(usize::try_from(at).ok()?)?.as_ref(),
        _ => None,
    };
    let offends = |found: &Import<'_>| {
        import::find(found.name)
            .is_some_and(|expected| !type_of(found).is_some_and(|found| same(found, expected)))
    };
    let shown = |import: &Import<'_>| {
        let found = type_of(import)
            .map_or_else(|| "no function type".into(), |found| Signature::of(found).to_string());
        match import::find(import.name) {
            Some(expected) => {
                format!("`{}` as `{found}` instead of `{}`", expected.name, Signature::of_import(expected))
            }
            None => full_name(import),
        }
    };
    verdict(shape, "the signatures of the contract are expected".into(), offends, shown)
        .hint("build against the SDK of this version of the contract")
}

fn same(found: &FuncType, expected: &import::Import) -> bool {
    let value = |expected: &Type| match expected {
        Type::I32 => ValType::I32,
        Type::I64 => ValType::I64,
    };
    found.params().iter().copied().eq(expected.parameters.iter().map(value))
        && found.results().iter().copied().eq(expected.result.iter().map(value))
}

/// A function type as a message shows it: `(i32, i64) -> i32`.
pub(super) struct Signature {
    parameters: Vec<String>,
    results: Vec<String>,
}

impl Signature {
    pub(super) fn of(found: &FuncType) -> Self {
        let shown = |values: &[ValType]| values.iter().take(17).map(ToString::to_string).collect();
        Self { parameters: shown(found.params()), results: shown(found.results()) }
    }

    fn of_import(import: &import::Import) -> Self {
        let shown = |value: &Type| match value {
            Type::I32 => "i32".into(),
            Type::I64 => "i64".into(),
        };
        Self {
            parameters: import.parameters.iter().map(shown).collect(),
            results: import.result.iter().map(shown).collect(),
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "({}) -> ", self.parameters.join(", "))?;
        match self.results.as_slice() {
            [one] => out.write_str(one),
            others => write!(out, "({})", others.join(", ")),
        }
    }
}
