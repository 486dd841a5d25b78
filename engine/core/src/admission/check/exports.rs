//! Checks of what a module offers: hooks with the right signature, and its memory.
//!
//! Invariant: an export that is no hook is never called, so it is only counted.

use fenrun_abi::code::Hook;
use wasmparser::{ExternalKind, FuncType, ValType};

use super::imports::Signature;
use super::{Check, Needs, Verdict, at_most};
use crate::admission::module::INITIALIZE;
use crate::admission::shape::{Shape, count};
use crate::manifest::deciding_hooks;
use crate::manifest::word::{did_you_mean, listed};

/// The name of an exported memory.
const MEMORY: &str = "memory";

/// Imports that take an address.
const WITH_ADDRESS: [&str; 7] = ["config", "lines", "note", "reason", "refuse", "symbol", "text"];

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "exports",
        about: "exports",
        needs: Needs::Module,
        run: |shape, limits| at_most(count(shape.exports.len()), limits.exports_max),
    },
    Check {
        name: "hooks",
        about: "at least one hook that decides",
        needs: Needs::Module,
        run: |shape, _| hooks(shape),
    },
    Check {
        name: "hook_signatures",
        about: "hooks are functions of the right signature",
        needs: Needs::Module,
        run: |shape, _| hook_signatures(shape),
    },
    Check {
        name: "reserved_exports",
        about: "no export has a name that the sandbox uses",
        needs: Needs::Module,
        run: |shape, _| reserved_exports(shape),
    },
    Check {
        name: "memory_export",
        about: "the memory is exported where an import takes an address",
        needs: Needs::Module,
        run: |shape, _| memory_export(shape),
    },
];

fn hooks(shape: &Shape<'_>) -> Verdict {
    let names = || deciding_hooks().map(Hook::name);
    let exported = |name: &&str| shape.exports.iter().any(|export| export.name == *name);
    let found = listed(names().filter(|name| exported(name)));
    let limit = format!("at least one of {} is expected", listed(names()));
    if !found.is_empty() {
        return Verdict::of(true, found, limit);
    }
    let near = shape.exports.iter().filter(|export| export.kind == ExternalKind::Func);
    let near = near.take(64).find_map(|export| did_you_mean(export.name, names()));
    let hint = near.unwrap_or_else(|| "export a function `() -> i32` with the name of the hook".into());
    Verdict::of(false, "no hook that decides", limit).hint(hint)
}

fn hook_signatures(shape: &Shape<'_>) -> Verdict {
    let hook = |found: &FuncType| found.params().is_empty() && *found.results() == [ValType::I32];
    let nothing = |found: &FuncType| found.params().is_empty() && found.results().is_empty();
    for export in &shape.exports {
        let (right, expected): (&dyn Fn(&FuncType) -> bool, _) =
            if Hook::ALL.iter().any(|hook| hook.name() == export.name) {
                (&hook, "`() -> i32` is expected")
            } else if export.name == INITIALIZE {
                (&nothing, "`() -> ()` is expected")
            } else {
                continue;
            };
        // The name is one of ours, so it needs no escaping.
        let name = export.name;
        if export.kind != ExternalKind::Func {
            return Verdict::of(false, format!("`{name}`, which is not a function"), expected);
        }
        match shape.function_type_of(export.index) {
            Some(found) if right(found) => {}
            Some(found) => {
                return Verdict::of(false, format!("`{name}` as `{}`", Signature::of(found)), expected);
            }
            None => return Verdict::of(false, format!("`{name}`, which has no type"), expected),
        }
    }
    Verdict::of(true, "the right signatures", "`() -> i32` is expected")
}

/// The sandbox exports a module's state under names of its own, to keep what `configure` changed.
const RESERVED: &str = "__wizer_";

fn reserved_exports(shape: &Shape<'_>) -> Verdict {
    let reserved = shape.exports.iter().filter(|export| export.name.starts_with(RESERVED)).count();
    let limit = format!("no name that begins with `{RESERVED}` is allowed");
    match reserved {
        0 => Verdict::of(true, "no reserved name", limit),
        found => Verdict::of(false, format!("{found} exports with a reserved name"), limit),
    }
}

fn memory_export(shape: &Shape<'_>) -> Verdict {
    let needs = shape.imports.iter().map(|import| import.name).find(|name| WITH_ADDRESS.contains(name));
    let named = shape.exports.iter().find(|export| export.name == MEMORY);
    let limit = format!("the memory has to be exported as `{MEMORY}`");
    match (named.map(|export| export.kind), needs) {
        (Some(ExternalKind::Memory), _) => Verdict::of(true, format!("`{MEMORY}`"), limit),
        (Some(_), _) => Verdict::of(false, format!("`{MEMORY}`, which is not a memory"), limit),
        (None, None) => Verdict::of(true, "no import that takes an address", limit),
        (None, Some(import)) => {
            Verdict::of(false, format!("the import `{import}`, which takes an address, and no memory"), limit)
        }
    }
}
