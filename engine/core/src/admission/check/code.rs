//! Checks of functions: which operators and types they use, and how much they cost a compiler.
//!
//! Invariant: what makes results differ between machines (floats) or reaches outside (threads, tables) is refused by
//! name; everything that a compiler's time or memory grows with has a cap.

use super::{Check, Needs, Verdict, at_most, bytes_at_most, each_at_most, none};
use crate::admission::operator::Refusal;
use crate::admission::shape::{Shape, count};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "float_operators",
        about: "operators on floats",
        needs: Needs::Module,
        run: |shape, _| {
            operators(shape, Refusal::Float).hint("amounts are whole minor units and rates are exact ratios")
        },
    },
    Check {
        name: "simd_operators",
        about: "operators on vectors",
        needs: Needs::Module,
        run: |shape, _| operators(shape, Refusal::Simd).hint("build without `-C target-feature=+simd128`"),
    },
    Check {
        name: "thread_operators",
        about: "atomic operators",
        needs: Needs::Module,
        run: |shape, _| {
            operators(shape, Refusal::Thread).hint("a policy is one thread; build without `+atomics`")
        },
    },
    Check {
        name: "table_operators",
        about: "operators that read, write or grow tables",
        needs: Needs::Module,
        run: |shape, _| operators(shape, Refusal::Table).hint("only `call_indirect` may use a table"),
    },
    Check {
        name: "passive_operators",
        about: "operators on passive segments",
        needs: Needs::Module,
        run: |shape, _| {
            operators(shape, Refusal::Passive)
                .hint("data is placed when the module is made; link without shared memory")
        },
    },
    Check {
        name: "other_operators",
        about: "operators of tail calls, exceptions, references, garbage collection and later proposals",
        needs: Needs::Module,
        run: |shape, _| {
            operators(shape, Refusal::Other)
                .hint("build for the WebAssembly of 2017 with bulk memory copy and fill")
        },
    },
    Check {
        name: "value_types",
        about: "types of values other than `i32` and `i64`",
        needs: Needs::Module,
        run: |shape, _| {
            let found = shape.foreign_type.clone();
            Verdict::of(
                found.is_none(),
                found.unwrap_or_else(|| "`i32` and `i64`".into()),
                "only `i32` and `i64` are allowed",
            )
            .hint("amounts are whole minor units and rates are exact ratios")
        },
    },
    Check {
        name: "types",
        about: "function types",
        needs: Needs::Module,
        run: |shape, limits| at_most(count(shape.types.len()), limits.types_max),
    },
    Check {
        name: "parameters",
        about: "parameters of a function",
        needs: Needs::Module,
        run: |shape, limits| each_at_most(shape.parameters, limits.parameters_max, "type"),
    },
    Check {
        name: "results",
        about: "results of a function",
        needs: Needs::Module,
        run: |shape, limits| {
            each_at_most(shape.results, limits.results_max, "type").hint("build without multi-value")
        },
    },
    Check {
        name: "functions",
        about: "functions with a body",
        needs: Needs::Module,
        run: |shape, limits| at_most(count(shape.functions.len()), limits.functions_max),
    },
    Check {
        name: "function_locals",
        about: "locals of a function, parameters included",
        needs: Needs::Module,
        run: |shape, limits| each_at_most(shape.bodies.locals, limits.function_locals_max, "function"),
    },
    Check {
        name: "locals",
        about: "locals of all functions",
        needs: Needs::Module,
        run: |shape, limits| at_most(shape.bodies.locals_total, limits.locals_max),
    },
    Check {
        name: "body_bytes",
        about: "bytes of a function",
        needs: Needs::Module,
        run: |shape, limits| each_at_most(shape.bodies.bytes, limits.body_bytes_max, "function"),
    },
    Check {
        name: "code_bytes",
        about: "bytes of all functions",
        needs: Needs::Module,
        run: |shape, limits| bytes_at_most(shape.bodies.section_bytes, limits.code_bytes_max),
    },
    Check {
        name: "function_operators",
        about: "operators of a function",
        needs: Needs::Module,
        run: |shape, limits| each_at_most(shape.bodies.operators, limits.function_operators_max, "function"),
    },
    Check {
        name: "nesting",
        about: "nested blocks of a function",
        needs: Needs::Module,
        run: |shape, limits| each_at_most(shape.bodies.nesting, limits.nesting_max, "function"),
    },
    Check {
        name: "branch_targets",
        about: "targets of a `br_table`",
        needs: Needs::Module,
        run: |shape, limits| each_at_most(shape.bodies.branch_targets, limits.branch_targets_max, "function"),
    },
    Check {
        name: "merges",
        about: "blocks and branches times locals, over all functions",
        needs: Needs::Module,
        run: |shape, limits| {
            at_most(shape.bodies.merges, limits.merges_max).hint("split large functions into smaller ones")
        },
    },
    Check {
        name: "pressure",
        about: "depths of blocks times the square of locals, over all functions",
        needs: Needs::Module,
        run: |shape, limits| {
            at_most(shape.bodies.pressure, limits.pressure_max)
                .hint("split large functions into smaller ones")
        },
    },
    Check {
        name: "globals",
        about: "globals",
        needs: Needs::Module,
        run: |shape, limits| at_most(shape.globals, limits.globals_max),
    },
];

fn operators(shape: &Shape<'_>, refusal: Refusal) -> Verdict {
    let found = shape.refused.get(refusal as usize).and_then(Option::as_ref);
    none(found.map(|found| match found.function {
        Some(function) => format!("`{}` in function {function}", found.operator),
        None => format!("`{}` in a constant", found.operator),
    }))
}
