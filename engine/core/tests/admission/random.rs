//! Bytes that were changed.

use super::*;

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
