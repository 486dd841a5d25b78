//! What admission refuses, with the exact text, and what it admits. Modules are WebAssembly text.

#![expect(clippy::panic, clippy::unwrap_used, reason = "tests stop at the first broken expectation")]

mod admitted;
mod costs;
mod random;

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

fn admitted(bytes: &[u8]) -> AdmittedModule {
    admit(bytes, &limits()).unwrap_or_else(|refused| panic!("{refused}"))
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
