//! What admission refuses, with the exact text, and what it admits. Modules are WebAssembly text.

#![expect(clippy::panic, clippy::unwrap_used, reason = "tests stop at the first broken expectation")]

use std::fmt::{Display, Write as _};

use fenrun::admission::{
    AdmissionLimits, AdmittedModule, Digest, MemoryShape, Refused, TableShape, Verdict, admit, read, report,
};
use fenrun_abi::code::Hook;
use proptest::prelude::*;

const MANIFEST: &str = r#"{"name":"three-level","version":"1.0.0","abi":1,"hooks":["shares"]}"#;

const SHARES: &str = r#"(func (export "shares") (result i32) i32.const 0)"#;

fn limits() -> AdmissionLimits {
    AdmissionLimits::default()
}

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn custom(name: &str, data: &str) -> String {
    format!("(@custom \"{name}\" \"{}\")", data.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A policy with these fields, beside a hook and a manifest.
fn policy(fields: &str) -> Vec<u8> {
    wasm(&format!("(module {fields} {SHARES} {})", custom("fenrun_manifest", MANIFEST)))
}

/// A policy with this function body beside its hook.
fn body(instructions: &str) -> Vec<u8> {
    policy(&format!("(memory 1) (table 1 funcref) (func {instructions})"))
}

fn refusal(bytes: &[u8]) -> Refused {
    match admit(bytes, &limits()) {
        Err(refused) => refused,
        Ok(module) => panic!("admitted {module:?}"),
    }
}

/// Every case is refused with its text; all that are not are shown at once.
#[track_caller]
fn refused<Name: Display, Bytes: AsRef<[u8]>, Text: AsRef<str>>(
    cases: impl IntoIterator<Item = (Name, Bytes, Text)>,
) {
    let mut wrong = String::new();
    for (name, bytes, expected) in cases {
        let (bytes, expected) = (bytes.as_ref(), expected.as_ref());
        let found = admit(bytes, &limits()).map_or_else(|refused| refused.to_string(), |_| "admitted".into());
        if found != expected {
            write!(wrong, "\n{name}\n  found    {found}\n  expected {expected}").unwrap();
        }
        // The report agrees with the decision.
        let report = report(bytes, &limits());
        assert_eq!(report.refusals().first(), admit(bytes, &limits()).as_ref().err(), "{name}");
        assert_eq!(report.module().is_some(), report.refusals().is_empty(), "{name}");
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn bytes_that_are_no_module_are_named() {
    let component = b"\0asm\x0d\0\x01\0";
    refused([
        ("empty", &b""[..], "`kind`: found no bytes, a WebAssembly binary is expected"),
        (
            "text",
            b"  (module)",
            "`kind`: found WebAssembly text, a WebAssembly binary is expected; hint: `fenrun build` compiles text",
        ),
        (
            "text with a comment",
            b"\xef\xbb\xbf;; three levels",
            "`kind`: found WebAssembly text, a WebAssembly binary is expected; hint: `fenrun build` compiles text",
        ),
        (
            "ELF",
            b"\x7fELF\x02\x01\x01",
            "`native_code`: found a precompiled native artifact (ELF, `.cwasm` or `.so`), native code is never loaded",
        ),
        (
            "PE",
            b"MZ\x90\0",
            "`native_code`: found a native artifact (PE, `.dll` or `.exe`), native code is never loaded",
        ),
        (
            "component",
            component,
            "`kind`: found a WebAssembly component, a WebAssembly binary is expected; \
             hint: build a core module, for Rust with `--target wasm32-unknown-unknown`",
        ),
        (
            "gzip",
            b"\x1f\x8b\x08\0",
            "`kind`: found a compressed file, a WebAssembly binary is expected; hint: upload the module itself",
        ),
        (
            "something else",
            b"{\"name\": 1}",
            "`kind`: found something else, a WebAssembly binary is expected; \
             hint: a module begins with the bytes `00 61 73 6d 01 00 00 00`",
        ),
        (
            "another version",
            b"\0asm\x02\0\0\0",
            "`format`: found `unknown binary version: 0x2` at byte 4, a whole module is expected",
        ),
        (
            "truncated header",
            b"\0asm\x01",
            "`format`: found `unexpected end-of-file` at byte 4, a whole module is expected",
        ),
        (
            "overlong length",
            b"\0asm\x01\0\0\0\x01\xff\xff\xff\xff\xff",
            "`format`: found `invalid var_u32: integer representation too long` at byte 13, a whole module is expected",
        ),
        (
            "section past the end",
            b"\0asm\x01\0\0\0\x01\x7f",
            "`format`: found `unexpected end-of-file` at byte 10, a whole module is expected",
        ),
        (
            "name that is not UTF-8",
            b"\0asm\x01\0\0\0\0\x02\x01\xff",
            "`format`: found `malformed UTF-8 encoding` at byte 11, a whole module is expected",
        ),
        (
            "duplicate section",
            b"\0asm\x01\0\0\0\x01\x01\0\x01\x01\0",
            "`format`: found `section out of order` at byte 13, a whole module is expected",
        ),
    ]);
    assert!(refusal(b"\x7fELF").is_attack());
    assert!(!refusal(b"").is_attack());
}

#[test]
fn a_module_that_is_too_large_is_never_read_whole() {
    let endless = std::io::repeat(0);
    let bytes = read(endless, &limits()).unwrap();
    assert_eq!(bytes.len(), 256 * 1024 + 1);
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.resize(300_000, 0);
    refused([(
        "too large",
        &bytes,
        "`size`: found 300000 bytes, at most 262144 bytes are allowed; \
         hint: build with `--release` and strip debug information",
    )]);
}

#[test]
fn imports_beyond_the_contract_are_listed_with_what_is_permitted() {
    let permitted = "permitted are `attribute`, `config`, `coupon`, `discount`, `discount_amount`, `discount_funder`, \
                     `discount_percent`, `discount_price`, `discount_units`, `end`, `event`, `grant`, `grant_each`, \
                     `grant_term`, `group`, `holding`, `line`, `lines`, `note`, `order`, `party`, `period`, `reason`, \
                     `redeem`, `refuse`, `share`, `share_band`, `share_fixed`, `share_funder`, `share_limit`, \
                     `share_term`, `symbol`, `tagged`, `text`, `tier`";
    refused([
        (
            "WASI and another module",
            r#"(import "wasi_snapshot_preview1" "fd_write" (func)) (import "fenrun_v1" "order" (func)) (import "env" "f" (func))"#,
            "`import_modules`: found `wasi_snapshot_preview1.fd_write`, `env.f`, only functions of `fenrun_v1` are \
             permitted; hint: build for `wasm32-unknown-unknown`: a policy has no files, no clock and no randomness"
                .to_owned(),
        ),
        (
            "AssemblyScript's abort",
            r#"(import "env" "abort" (func (param i32 i32 i32 i32)))"#,
            "`import_modules`: found `env.abort`, only functions of `fenrun_v1` are permitted; \
             hint: for AssemblyScript, build with `--use abort=`"
                .to_owned(),
        ),
        (
            "look-alike module",
            r#"(import "fenrun_v2" "order" (func (param i32) (result i64)))"#,
            "`import_modules`: found `fenrun_v2.order`, only functions of `fenrun_v1` are permitted; \
             hint: did you mean `fenrun_v1`?"
                .to_owned(),
        ),
        (
            "look-alike module with a hidden character",
            "(import \"fenrun_v1\\u{200b}\" \"or\\u{202e}der\" (func))",
            "`import_modules`: found `fenrun_v1\\u{200b}.or\\u{202e}der`, only functions of `fenrun_v1` are \
             permitted; hint: did you mean `fenrun_v1`?"
                .to_owned(),
        ),
        (
            "unknown name",
            r#"(import "fenrun_v1" "orders" (func (param i32) (result i64)))"#,
            format!("`import_names`: found `fenrun_v1.orders`, {permitted}; hint: did you mean `order`?"),
        ),
        (
            "clock",
            r#"(import "fenrun_v1" "clock_time_get" (func (result i64)))"#,
            format!("`import_names`: found `fenrun_v1.clock_time_get`, {permitted}"),
        ),
        (
            "a memory, a table and a global",
            r#"(import "fenrun_v1" "memory" (memory 1)) (import "fenrun_v1" "order" (table 1 funcref)) (import "fenrun_v1" "g" (global i32))"#,
            "`import_kinds`: found `fenrun_v1.memory` (a memory), `fenrun_v1.order` (a table), `fenrun_v1.g` (a global), \
             only functions may be imported; hint: for a memory, link without `--import-memory`"
                .to_owned(),
        ),
        (
            "wrong signature",
            r#"(import "fenrun_v1" "order" (func (param i32 i32) (result i64))) (import "fenrun_v1" "end" (func (param i32)))"#,
            "`import_signatures`: found `order` as `(i32, i32) -> i64` instead of `(i32) -> i64`, \
             the signatures of the contract are expected; hint: build against the SDK of this version of the contract"
                .to_owned(),
        ),
    ]
    .map(|(name, fields, expected)| (name, policy(fields), expected)));
    let many = r#"(import "fenrun_v1" "end" (func (param i32)))"#.repeat(65);
    refused([("65 imports", policy(&many), "`imports`: found 65, at most 64 are allowed")]);
    let mut many = String::new();
    (0..20).for_each(|at| write!(many, r#"(import "m{at}" "f" (func))"#).unwrap());
    assert!(refusal(&policy(&many)).found.ends_with("`m7.f`, 12 more"));
}

#[test]
fn exports_have_to_be_hooks_of_the_right_signature() {
    let with_manifest =
        |fields: &str| wasm(&format!("(module {fields} {})", custom("fenrun_manifest", MANIFEST)));
    refused([
        (
            "no hook",
            with_manifest(r#"(func (export "configure") (result i32) i32.const 0)"#),
            "`hooks`: found no hook that decides, at least one of `discounts`, `shares`, `grants`, `period` is expected; \
             hint: export a function `() -> i32` with the name of the hook",
        ),
        (
            "nearly a hook",
            with_manifest(r#"(func (export "share") (result i32) i32.const 0)"#),
            "`hooks`: found no hook that decides, at least one of `discounts`, `shares`, `grants`, `period` is expected; \
             hint: did you mean `shares`?",
        ),
        (
            "a hook with a parameter",
            with_manifest(r#"(func (export "shares") (param i32) (result i32) i32.const 0)"#),
            "`hook_signatures`: found `shares` as `(i32) -> i32`, `() -> i32` is expected",
        ),
        (
            "configure without a result",
            policy(r#"(func (export "configure"))"#),
            "`hook_signatures`: found `configure` as `() -> ()`, `() -> i32` is expected",
        ),
        (
            "a hook that is a global",
            with_manifest(r#"(global (export "shares") i32 (i32.const 0))"#),
            "`hook_signatures`: found `shares`, which is not a function, `() -> i32` is expected",
        ),
        (
            "_initialize with a result",
            policy(r#"(func (export "_initialize") (result i32) i32.const 0)"#),
            "`hook_signatures`: found `_initialize` as `() -> i32`, `() -> ()` is expected",
        ),
        (
            "a memory that is a function",
            policy(r#"(func (export "memory"))"#),
            "`memory_export`: found `memory`, which is not a memory, the memory has to be exported as `memory`",
        ),
        (
            "an address without a memory",
            policy(r#"(import "fenrun_v1" "note" (func (param i32 i32))) (memory 1)"#),
            "`memory_export`: found the import `note`, which takes an address, and no memory, \
             the memory has to be exported as `memory`",
        ),
        (
            "65 exports",
            policy(&(0..64).fold(String::from("(func $f)"), |text, at| {
                text + &format!(r#"(export "f{at}" (func $f))"#)
            })),
            "`exports`: found 65, at most 64 are allowed",
        ),
        (
            "a long name",
            policy(&format!(r#"(func (export "{}"))"#, "x".repeat(300))),
            "`names`: found 300 bytes in `xxxxxxxxxxxxxxxxxxxxxxxx…`, at most 256 bytes are allowed",
        ),
        (
            "a start section",
            policy("(func $f) (start $f)"),
            "`start`: found a start section, none are allowed; \
             hint: export the function as `_initialize`; it is called before `configure`",
        ),
    ]);
}

#[test]
fn operators_outside_the_integer_core_are_refused_by_name() {
    let cases = [
        (
            "f64.const 1 f64.const 2 f64.mul drop",
            "`float_operators`: found `f64.const` in function 0, none are allowed; \
             hint: amounts are whole minor units and rates are exact ratios",
        ),
        (
            "i32.const 0 f32.load drop",
            "`float_operators`: found `f32.load` in function 0, none are allowed; \
             hint: amounts are whole minor units and rates are exact ratios",
        ),
        (
            "i32.const 0 i32.const 1 i32.atomic.rmw.add drop",
            "`thread_operators`: found `i32.atomic.rmw.add` in function 0, none are allowed; \
             hint: a policy is one thread; build without `+atomics`",
        ),
        (
            "ref.null func i32.const 1 table.grow 0 drop",
            "`table_operators`: found `table.grow` in function 0, none are allowed; \
             hint: only `call_indirect` may use a table",
        ),
        (
            "i32.const 0 i32.const 0 i32.const 0 table.copy",
            "`table_operators`: found `table.copy` in function 0, none are allowed; \
             hint: only `call_indirect` may use a table",
        ),
        (
            "data.drop 0) (data \"x\"",
            "`passive_operators`: found `data.drop` in function 0, none are allowed; \
             hint: data is placed when the module is made; link without shared memory",
        ),
        (
            "return_call 0",
            "`other_operators`: found `return_call` in function 0, none are allowed; \
             hint: build for the WebAssembly of 2017 with bulk memory copy and fill",
        ),
        (
            "(try_table (catch_all 0))",
            "`other_operators`: found `try_table` in function 0, none are allowed; \
             hint: build for the WebAssembly of 2017 with bulk memory copy and fill",
        ),
        (
            "i32.const 0 ref.i31 drop",
            "`other_operators`: found `ref.i31` in function 0, none are allowed; \
             hint: build for the WebAssembly of 2017 with bulk memory copy and fill",
        ),
        (
            "(local f64)",
            "`value_types`: found `f64` in the locals of function 0, only `i32` and `i64` are allowed; \
             hint: amounts are whole minor units and rates are exact ratios",
        ),
        (
            "(block (result f32) unreachable) drop",
            "`value_types`: found `f32` in a block of function 0, only `i32` and `i64` are allowed; \
             hint: amounts are whole minor units and rates are exact ratios",
        ),
        (
            "(param f64)",
            "`value_types`: found `f64` in type 0, only `i32` and `i64` are allowed; \
             hint: amounts are whole minor units and rates are exact ratios",
        ),
        (
            ") (global f32 (f32.const 0)",
            "`float_operators`: found `f32.const` in a constant, none are allowed; \
             hint: amounts are whole minor units and rates are exact ratios",
        ),
        (
            ") (type (struct (field i32))",
            "`value_types`: found type 0, which is no function type, only `i32` and `i64` are allowed; \
             hint: amounts are whole minor units and rates are exact ratios",
        ),
        (
            "i32.const 0 i32.const 0 i32.const 0 memory.copy 1 0) (memory 1",
            "`memories`: found 2, at most 1 are allowed",
        ),
    ];
    refused(cases.map(|(instructions, expected)| (instructions, body(instructions), expected)));

    // A parser built without vectors cannot tell which operator it is.
    let vector = refusal(&body("v128.const i32x4 0 0 0 0 drop"));
    assert_eq!(vector.check, "simd_operators");
    assert!(
        ["`v128.const` in function 0", "`v128` in function 0"].contains(&vector.found.as_str()),
        "{vector}"
    );
}

/// What would cost a compiler seconds or gigabytes: every row of the first table of HOSTILE.md that is about size.
#[test]
fn modules_that_cost_a_compiler_too_much_are_refused_by_their_caps() {
    let funcs = |count: usize, text: &str| policy(&text.repeat(count));
    let operators = |count: usize, text: &str| body(&text.repeat(count));
    refused([
        ("functions", funcs(2_000, "(func)"), "`functions`: found 2001, at most 2000 are allowed"),
        (
            "locals of a function",
            body(&format!("(local {})", "i64 ".repeat(1_025))),
            "`function_locals`: found 1025 in function 0, at most 1024 are allowed",
        ),
        (
            "locals of all functions",
            funcs(33, &format!("(func (local {}))", "i64 ".repeat(1_000))),
            "`locals`: found 33000, at most 32768 are allowed",
        ),
        (
            "parameters",
            body(&format!("(param {})", "i32 ".repeat(17))),
            "`parameters`: found 17 in type 0, at most 16 are allowed",
        ),
        (
            "results",
            body("(result i32 i32) unreachable"),
            "`results`: found 2 in type 0, at most 1 are allowed; hint: build without multi-value",
        ),
        (
            "types",
            policy(&(0..520_u32).fold(String::new(), |text, at| {
                let parameters: String =
                    (0..12).map(|bit| if at >> bit & 1 == 1 { "i32 " } else { "i64 " }).collect();
                text + &format!("(type (func (param {parameters})))")
            })),
            "`types`: found 521, at most 512 are allowed",
        ),
        (
            "nesting",
            body(&format!("{} {}", "loop ".repeat(300), "end ".repeat(300))),
            "`nesting`: found 300 in function 0, at most 256 are allowed",
        ),
        (
            "a jump table",
            body(&format!("i32.const 0 br_table {}", "0 ".repeat(1_026))),
            "`branch_targets`: found 1025 in function 0, at most 1024 are allowed",
        ),
        (
            "a large function",
            operators(9_000, "i64.const 1000000000000 drop "),
            "`body_bytes`: found 72002 in function 0, at most 65536 are allowed",
        ),
        (
            "a function of many operators",
            operators(24_000, "nop "),
            "`function_operators`: found 24001 in function 0, at most 24000 are allowed",
        ),
        (
            "all code",
            funcs(4, &format!("(func {})", "i64.const 1000000000000 drop ".repeat(6_500))),
            "`code_bytes`: found 208025 bytes, at most 196608 bytes are allowed",
        ),
        (
            "blocks with locals",
            body(&format!("(local {}) {}", "i64 ".repeat(100), "block end ".repeat(2_622))),
            "`merges`: found 262200, at most 262144 are allowed; hint: split large functions into smaller ones",
        ),
        (
            "loops around many locals",
            body(&format!("(local {}) {} {}", "i64 ".repeat(1_000), "loop ".repeat(64), "end ".repeat(64))),
            "`pressure`: found 2080000000, at most 67108864 are allowed; \
             hint: split large functions into smaller ones",
        ),
        (
            "globals",
            policy(&"(global i32 (i32.const 0))".repeat(257)),
            "`globals`: found 257, at most 256 are allowed",
        ),
        (
            "memory of 4 GiB",
            policy("(memory 65536)"),
            "`memory_pages`: found 65536, at most 16 are allowed; \
             hint: link with a small stack, for Rust `-C link-arg=-zstack-size=16384`",
        ),
        (
            "memory that may grow to 4 GiB",
            policy("(memory 1 65536)"),
            "`memory_pages`: found 65536, at most 16 are allowed; \
             hint: link with a small stack, for Rust `-C link-arg=-zstack-size=16384`",
        ),
        ("two memories", policy("(memory 1) (memory 1)"), "`memories`: found 2, at most 1 are allowed"),
        ("64-bit memory", policy("(memory i64 1)"), "`memory_kind`: found a 64-bit memory, none are allowed"),
        (
            "shared memory",
            policy("(memory 1 2 shared)"),
            "`memory_kind`: found a shared memory, none are allowed",
        ),
        (
            "pages of one byte",
            policy("(memory 1 (pagesize 1))"),
            "`memory_kind`: found a memory with its own page size, none are allowed",
        ),
        (
            "table of 2³² elements",
            policy("(table 4294967295 funcref)"),
            "`table_elements`: found 4294967295, at most 1024 are allowed",
        ),
        (
            "two tables",
            policy("(table 1 funcref) (table 1 funcref)"),
            "`tables`: found 2, at most 1 are allowed",
        ),
        (
            "table of references",
            policy("(table 1 externref)"),
            "`table_kind`: found a table of references, none are allowed",
        ),
        (
            "element segments",
            policy(&format!("(table 1 funcref) {}", "(elem (i32.const 0))".repeat(65))),
            "`element_segments`: found 65, at most 64 are allowed",
        ),
        (
            "elements",
            policy(&format!("(table 1024 funcref) (elem (i32.const 0) func {})", "0 ".repeat(1_025))),
            "`element_items`: found 1025, at most 1024 are allowed",
        ),
        (
            "elements past the table",
            policy("(table 2 funcref) (elem (i32.const 1) func 0 0)"),
            "`element_places`: found a segment that ends at 3, there are 2 elements",
        ),
        (
            "passive elements",
            policy("(table 2 funcref) (elem func 0)"),
            "`element_places`: found 1 segments without a constant place, every segment has to be placed by a constant",
        ),
        (
            "data segments",
            policy(&format!("(memory 1) {}", "(data (i32.const 0) \"\")".repeat(129))),
            "`data_segments`: found 129, at most 128 are allowed",
        ),
        (
            "data",
            policy(&format!("(memory 3) (data (i32.const 0) \"{}\")", "x".repeat(131_073))),
            "`data_bytes`: found 131073 bytes, at most 131072 bytes are allowed",
        ),
        (
            "data past the memory",
            policy("(memory 1) (data (i32.const 65535) \"xy\")"),
            "`data_places`: found a segment that ends at 65537, there are 65536 bytes",
        ),
        (
            "data at a negative address",
            policy("(memory 1) (data (i32.const -1) \"\")"),
            "`data_places`: found a segment that ends at 4294967295, there are 65536 bytes",
        ),
        (
            "passive data",
            policy("(memory 1) (data \"x\")"),
            "`data_places`: found 1 segments without a constant place, every segment has to be placed by a constant",
        ),
        (
            "custom sections",
            policy(&custom("x", "").repeat(64)),
            "`custom_sections`: found 65, at most 64 are allowed",
        ),
        (
            "debug information",
            policy(&custom(".debug_info", &"x".repeat(140_000))),
            "`custom_bytes`: found 140012 bytes, at most 131072 bytes are allowed; \
             hint: strip debug information, for Rust with `strip = true` in the release profile",
        ),
    ]);
}

/// The figures of HOSTILE.md, which are beyond the size cap: with a larger one, the caps refuse them still.
#[test]
fn the_measured_attacks_are_refused_even_where_a_host_takes_larger_uploads() {
    let large = AdmissionLimits { bytes_max: 4 * 1024 * 1024, ..limits() };
    for (bytes, check) in [
        (policy(&"(func)".repeat(200_000)), "functions"),
        (policy(&format!("(func (local {}))", "i64 ".repeat(50_000)).repeat(20)), "function_locals"),
        (body(&format!("{} {}", "loop ".repeat(30_000), "end ".repeat(30_000))), "body_bytes"),
        (body(&format!("i32.const 0 br_table {}", "0 ".repeat(1_000_000))), "body_bytes"),
        (policy(&format!("(memory 1) {}", "(data (i32.const 0) \"\")".repeat(100_000))), "data_segments"),
    ] {
        assert_eq!(admit(&bytes, &large).unwrap_err().check, check);
    }
}

#[test]
fn the_manifest_has_to_be_there_and_to_say_what_the_exports_say() {
    let with = |sections: &str| wasm(&format!("(module {SHARES} {sections})"));
    refused([
        (
            "missing",
            with(""),
            "`manifest_section`: found no manifest, one custom section `fenrun_manifest` is expected; \
             hint: in Rust, the SDK's `policy!` macro writes it",
        ),
        (
            "twice",
            with(&custom("fenrun_manifest", MANIFEST).repeat(2)),
            "`manifest_section`: found 2 manifests, one custom section `fenrun_manifest` is expected; \
             hint: in Rust, the SDK's `policy!` macro writes it",
        ),
        (
            "huge",
            with(&custom("fenrun_manifest", &" ".repeat(70_000))),
            "`manifest_bytes`: found 70000 bytes, at most 65536 bytes are allowed",
        ),
        (
            "not JSON",
            with(&custom("fenrun_manifest", "name = 1")),
            "`manifest`: found not JSON: expected ident at line 1 column 2, a manifest without mistakes is expected",
        ),
        (
            "unknown key",
            with(&custom("fenrun_manifest", &MANIFEST.replace("version", "verison"))),
            "`manifest`: found `verison`: unknown key, a manifest without mistakes is expected; hint: did you mean `version`?",
        ),
        (
            "other hooks",
            with(&custom("fenrun_manifest", &MANIFEST.replace("shares", "discounts"))),
            "`manifest_hooks`: found `discounts`, the module exports `shares`; \
             hint: list in `hooks` exactly the hooks that the module exports, without `configure`",
        ),
    ]);
}

#[test]
fn what_the_parser_lets_pass_is_validated_at_the_end() {
    refused([
        (
            "type mismatch",
            body("i32.const 1 i64.const 1 i32.add drop"),
            "`valid`: found `type mismatch: expected i32, found i64` at byte 55, a valid module is expected",
        ),
        (
            "unknown function",
            body("call 99"),
            "`valid`: found `unknown function 99: function index out of bounds` at byte 51, a valid module is expected",
        ),
    ]);
}

fn admitted(bytes: &[u8]) -> AdmittedModule {
    admit(bytes, &limits()).unwrap_or_else(|refused| panic!("{refused}"))
}

#[test]
fn an_admitted_module_says_what_it_is() {
    let bytes = wasm(&format!(
        r#"(module
            (import "fenrun_v1" "share_term" (func (param i32 i32 i32 i64 i64)))
            (import "fenrun_v1" "order" (func $order (param i32) (result i64)))
            (import "fenrun_v1" "line" (func $line (param i32 i32) (result i64)))
            (import "fenrun_v1" "lines" (func $lines (param i32 i32 i32 i32) (result i32)))
            (import "fenrun_v1" "party" (func $party (param i32 i32) (result i64)))
            (memory (export "memory") 1 2)
            (table 2 2 funcref)
            (global $top (mut i32) (i32.const 1024))
            (global (export "__data_end") i32 (i32.const 1024))
            (elem (i32.const 1) func $helper)
            (data (i32.const 1024) "because")
            (func $helper (param i64) (result i64) local.get 0 i64.extend8_s)
            (func (export "_initialize"))
            (func (export "configure") (result i32) i32.const 0)
            (func (export "unknown") (param i32))
            (func (export "shares") (result i32)
                (drop (call $order (i32.const 4)))
                (drop (call $order (i32.const 99)))
                (drop (call $line (global.get $top) (i32.const 13)))
                (drop (call $lines (i32.const 6) (i32.const 0) (i32.const 10) (i32.const 0)))
                (memory.fill (i32.const 0) (i32.const 0) (i32.const 8))
                (memory.copy (i32.const 0) (i32.const 8) (i32.const 8))
                (drop (memory.grow (i32.const 0)))
                (drop (call_indirect (param i64) (result i64) (i64.const 1) (i32.const 1)))
                i32.const 0)
            {} {})"#,
        custom("producers", "anyone"),
        custom("fenrun_manifest", MANIFEST),
    ));
    let module = admitted(&bytes);
    assert_eq!(module.digest(), Digest::of(&bytes));
    assert_eq!(module.bytes().as_ref(), bytes);
    assert_eq!(module.manifest().name(), "three-level");
    assert_eq!(module.hooks(), [Hook::Configure, Hook::Shares]);
    assert!(module.has_hook(Hook::Shares) && !module.has_hook(Hook::Discounts) && module.has_initialize());
    let imports: Vec<_> = module.imports().iter().map(|import| import.name).collect();
    assert_eq!(imports, ["line", "lines", "order", "party", "share_term"]);
    assert_eq!(module.memory(), Some(MemoryShape { exported: true, pages_initial: 1, pages_max: Some(2) }));
    assert_eq!(module.table(), Some(TableShape { elements_initial: 2, elements_max: Some(2) }));
    assert_eq!((module.globals().count, module.globals().mutable), (2, 1));
    // `party` is imported but never called.
    let reads: Vec<_> = module.reads().names().collect();
    assert_eq!(reads, ["order.paid", "line.paid", "line.category"]);

    let stripped = module.compiled_bytes();
    assert!(stripped.len() < bytes.len());
    let contains = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    for dropped in ["fenrun_manifest", "producers", "helper"] {
        assert!(contains(&bytes, dropped) && !contains(stripped, dropped), "{dropped}");
    }
    wasmparser::validate(stripped).unwrap();
}

#[test]
fn a_field_that_is_not_a_constant_may_be_any() {
    let import = r#"(import "fenrun_v1" "party" (func $party (param i32 i32) (result i64)))"#;
    let all = ["id", "role", "depth", "tier", "volume", "is_buyer", "eligible", "bound_days"];
    let all: Vec<String> = all.iter().map(|name| format!("party.{name}")).collect();
    for fields in [
        "(func (param i32) (drop (call $party (i32.const 0) (local.get 0))))",
        "(table 1 funcref) (elem (i32.const 0) func $party)",
    ] {
        let module = admitted(&policy(&format!("{import} {fields}")));
        assert_eq!(module.reads().names().collect::<Vec<_>>(), all);
    }
    let module =
        admitted(&policy(&format!("{import} (func (drop (call $party (i32.const 0) (i32.const 2))))")));
    assert_eq!(module.reads().names().collect::<Vec<_>>(), ["party.depth"]);
}

#[test]
fn reads_of_periods_events_and_holdings_are_found() {
    let import = r#"(import "fenrun_v1" "period" (func $period (param i32) (result i64)))
        (import "fenrun_v1" "event" (func $event (param i32) (result i64)))
        (import "fenrun_v1" "holding" (func $holding (param i32 i32 i32) (result i64)))"#;
    let reads = |body: &str| {
        let module = admitted(&policy(&format!("{import} (func (param i32) {body})")));
        module.reads().names().map(str::to_owned).collect::<Vec<_>>()
    };
    let constant = "(drop (call $period (i32.const 14))) (drop (call $event (i32.const 1)))
        (drop (call $holding (local.get 0) (local.get 0) (i32.const 1)))";
    assert_eq!(reads(constant), ["period.total_volume", "event.party", "holding.earned"]);
    let any =
        "(drop (call $holding (i32.const 0) (i32.const 1) (local.get 0))) (drop (call $event (local.get 0)))";
    assert_eq!(reads(any), ["event.kind", "event.party", "event.relation", "holding.held", "holding.earned"]);
    assert_eq!(reads("(drop (call $period (local.get 0)))").len(), 17);
}

#[test]
fn the_report_lists_every_check_that_could_be_looked_at() {
    let report_of = |bytes: &[u8]| report(bytes, &limits());
    let good = report_of(&policy(""));
    assert!(good.refusals().is_empty() && good.module().is_some());
    assert!(good.checks().iter().all(|check| matches!(check.verdict, Verdict::Pass { .. })));
    let mut names: Vec<_> = good.checks().iter().map(|check| check.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), good.checks().len(), "two checks of one name");

    // Several refusals at once; validation is not run, because its cost is bounded by what failed.
    let bad = report_of(&policy("(memory 99) (func (param f64) f64.const 1 drop) (start 0)"));
    let failed: Vec<_> = bad.refusals().iter().map(|refused| refused.check).collect();
    assert_eq!(failed, ["start", "float_operators", "value_types", "memory_pages"]);
    assert_eq!(bad.checks().last().map(|check| &check.verdict), Some(&Verdict::NotRun));

    // Nothing is said of a module that cannot be read.
    let broken = report_of(b"\0asm\x01\0\0\0\x01\x7f");
    assert_eq!(broken.refusals().len(), 1);
    assert!(broken.checks().iter().filter(|check| check.verdict == Verdict::NotRun).count() > 40);
}

/// A module with something of everything.
fn rich() -> Vec<u8> {
    wasm(&format!(
        r#"(module (import "fenrun_v1" "order" (func (param i32) (result i64))) (memory (export "memory") 1)
            (table 2 funcref) (global (mut i32) (i32.const 1)) (elem (i32.const 0) func 1 1)
            (data (i32.const 8) "text") (func (param i32) (local i64) block loop br 1 end end
            local.get 0 br_table 0 0 0) {SHARES} {})"#,
        custom("fenrun_manifest", MANIFEST)
    ))
}

fn never_panics(bytes: &[u8]) {
    let decision = admit(bytes, &limits());
    let report = report(bytes, &limits());
    assert_eq!(report.refusals().first(), decision.as_ref().err());
    assert_eq!(report.module(), decision.as_ref().ok());
    if let Err(refused) = decision {
        let text = refused.to_string();
        assert!(text.len() < 2_000 && !text.chars().any(char::is_control), "{text}");
    }
}

#[test]
fn a_truncated_module_is_refused_at_every_length() {
    let bytes = rich();
    admitted(&bytes);
    for length in 0..bytes.len() {
        never_panics(&bytes[..length]);
    }
}

#[test]
fn a_module_with_any_one_byte_changed_is_admitted_or_refused() {
    let bytes = rich();
    for at in 0..bytes.len() {
        for byte in [0, 1, 0x0b, 0x40, 0x7f, 0x80, 0xfb, 0xfc, 0xfd, 0xfe, 0xff] {
            let mut changed = bytes.clone();
            changed[at] = byte;
            never_panics(&changed);
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_admitted_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        never_panics(&bytes);
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        module.extend(bytes);
        never_panics(&module);
    }

    #[test]
    fn a_mutated_module_is_admitted_or_refused(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        insert in proptest::collection::vec(any::<u8>(), 0..16),
    ) {
        let mut bytes = rich();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let cut = cut.index(bytes.len());
        bytes.splice(cut..cut, insert);
        never_panics(&bytes);
    }
}
