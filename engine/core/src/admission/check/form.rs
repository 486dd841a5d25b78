//! Checks of the bytes as a whole: what they are, how many, and that they are a valid module.
//!
//! Invariant: validation comes last; every cost it has is bounded by the checks before it.

use wasmparser::{Validator, WasmFeatures};

use super::{Check, NATIVE_CODE, Needs, Verdict, at_most, bytes_at_most, none};
use crate::admission::kind::Kind;
use crate::admission::printable::printable;
use crate::admission::shape::{Shape, count, read_error};

/// What a policy may use of WebAssembly: what was there in 2017, without floats, and what compilers emit by default
/// today for integer code.
pub(super) const FEATURES: WasmFeatures = WasmFeatures::empty()
    // Rust guests export `__data_end` and keep their stack pointer in a mutable global.
    .union(WasmFeatures::MUTABLE_GLOBAL)
    // `i32.extend8_s` and its kin: integer only.
    .union(WasmFeatures::SIGN_EXTENSION)
    // `memory.copy` and `memory.fill` only, without passive segments.
    .union(WasmFeatures::BULK_MEMORY_OPT)
    // `call_indirect` with a table index of five bytes, as linkers leave it.
    .union(WasmFeatures::CALL_INDIRECT_OVERLONG);

/// Before anything is read.
pub(super) const FORM: &[Check] = &[
    Check {
        name: NATIVE_CODE,
        about: "machine code is never loaded",
        needs: Needs::Bytes,
        run: |shape, _| match shape.kind {
            Kind::Native(found) => Verdict::of(false, found, "native code is never loaded"),
            _ => Verdict::of(true, "none", "native code is never loaded"),
        },
    },
    Check {
        name: "kind",
        about: "a core module in its binary form",
        needs: Needs::Bytes,
        run: |shape, _| kind(shape.kind),
    },
    Check {
        name: "size",
        about: "bytes of the upload",
        needs: Needs::Bytes,
        run: |shape, limits| {
            bytes_at_most(count(shape.bytes.len()), limits.bytes_max)
                .hint("build with `--release` and strip debug information")
        },
    },
    Check {
        name: "format",
        about: "readable from the first byte to the last",
        needs: Needs::Bytes,
        run: |shape, _| {
            let found = shape.malformed.clone();
            Verdict::of(
                found.is_none(),
                found.unwrap_or_else(|| "a whole module".into()),
                "a whole module is expected",
            )
        },
    },
    Check {
        name: "custom_sections",
        about: "custom sections; they are dropped",
        needs: Needs::Module,
        run: |shape, limits| at_most(shape.custom_sections, limits.custom_sections_max),
    },
    Check {
        name: "custom_bytes",
        about: "bytes of custom sections other than the manifest",
        needs: Needs::Module,
        run: |shape, limits| {
            bytes_at_most(shape.custom_bytes, limits.custom_bytes_max)
                .hint("strip debug information, for Rust with `strip = true` in the release profile")
        },
    },
    Check {
        name: "names",
        about: "bytes of the longest name",
        needs: Needs::Module,
        run: |shape, limits| {
            let length = count(shape.longest_name.len());
            let found = if length > limits.name_bytes_max {
                format!("{length} bytes in `{}`", printable(shape.longest_name).at_most(24))
            } else {
                format!("{length} bytes")
            };
            let limit = format!("at most {} bytes are allowed", limits.name_bytes_max);
            Verdict::of(length <= limits.name_bytes_max, found, limit)
        },
    },
    Check {
        name: "start",
        about: "nothing runs by itself",
        needs: Needs::Module,
        run: |shape, _| {
            none(shape.has_start.then(|| "a start section".into()))
                .hint("export the function as `_initialize`; it is called before `configure`")
        },
    },
];

/// After everything else.
pub(super) const VALID: &[Check] = &[Check {
    name: "valid",
    about: "valid by the WebAssembly specification",
    needs: Needs::Everything,
    run: |shape, _| valid(shape),
}];

fn kind(kind: Kind) -> Verdict {
    let expected = "a WebAssembly binary is expected";
    match kind {
        Kind::Module => Verdict::of(true, "a module", expected),
        Kind::Empty => Verdict::of(false, "no bytes", expected),
        // Said by the check before this one.
        Kind::Native(found) => Verdict::of(false, found, expected),
        Kind::Mistaken { found, hint } => Verdict::of(false, found, expected).hint(hint),
        Kind::Unknown => Verdict::of(false, "something else", expected)
            .hint("a module begins with the bytes `00 61 73 6d 01 00 00 00`"),
    }
}

fn valid(shape: &Shape<'_>) -> Verdict {
    let limit = "a valid module is expected";
    match Validator::new_with_features(FEATURES).validate_all(shape.bytes) {
        Ok(_) => Verdict::of(true, "a valid module", limit),
        Err(error) => Verdict::of(false, read_error(&error), limit),
    }
}
