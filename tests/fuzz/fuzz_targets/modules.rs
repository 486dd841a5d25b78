//! Whole modules that import the contract and export a hook: admitted or refused, compiled, run on an order, and the host
//! is well afterwards; the same order gives the same answer again.
#![no_main]

use std::sync::LazyLock;

use arbitrary::Unstructured;
use fenrun::{HoldCause, LoadCause, Outcome, admission::{AdmissionLimits, admit}, event::Line};
use fenrun_fuzz::well;
use libfuzzer_sys::fuzz_target;

const HOOKS: [&str; 2] = ["discounts", "shares"];

static CONTRACT: LazyLock<Vec<u8>> =
    LazyLock::new(|| wat::parse_str(include_str!("../../../sdk/abi/abi-v1.wat")).unwrap());

fn exporting(hook: &str) -> Vec<u8> {
    let text = format!(
        r#"(module (memory (export "memory") 1) (func (export "{hook}") (result i32) (i32.const 0))
           (func (export "configure") (result i32) (i32.const 0)))"#
    );
    wat::parse_str(&text).unwrap()
}

fn settings(hook: &str) -> wasm_smith::Config {
    wasm_smith::Config {
        available_imports: Some(CONTRACT.clone()),
        exports: Some(exporting(hook)),
        allow_floats: false,
        allow_start_export: false,
        simd_enabled: false,
        relaxed_simd_enabled: false,
        threads_enabled: false,
        memory64_enabled: false,
        exceptions_enabled: false,
        gc_enabled: false,
        tail_call_enabled: false,
        reference_types_enabled: false,
        wide_arithmetic_enabled: false,
        custom_page_sizes_enabled: false,
        bulk_memory_enabled: true,
        max_memories: 1,
        max_tables: 1,
        max_memory32_bytes: 1 << 20,
        memory_max_size_required: true,
        max_funcs: 16,
        max_instructions: 200,
        min_uleb_size: 1,
        ..wasm_smith::Config::default()
    }
}

fn with_manifest(mut module: Vec<u8>, hook: &str) -> Vec<u8> {
    let manifest = format!(r#"{{"name": "smith", "version": "1.0.0", "abi": 1, "hooks": ["{hook}"]}}"#);
    let name = b"fenrun_manifest";
    let mut section = vec![u8::try_from(name.len()).unwrap()];
    section.extend(name);
    section.extend(manifest.as_bytes());
    module.push(0);
    let mut size = section.len();
    loop {
        let low = u8::try_from(size & 0x7f).unwrap();
        size >>= 7;
        module.push(if size == 0 { low } else { low | 0x80 });
        if size == 0 {
            break;
        }
    }
    module.extend(section);
    module
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Decided(decision) => decision.to_json(),
        Outcome::Held(held) => match &held.cause {
            HoldCause::Failure { failure, .. } => format!("{failure} after {} fuel", failure.fuel),
            HoldCause::Violations(violations) => format!("{violations:?}"),
            other => format!("{other:?}"),
        },
        Outcome::Noted => "noted".to_owned(),
        other => panic!("we broke: {other:?}"),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let hook = HOOKS[usize::from(*choice) % HOOKS.len()];
    let Ok(module) = wasm_smith::Module::new(settings(hook), &mut Unstructured::new(rest)) else { return };
    let module = with_manifest(module.to_bytes(), hook);
    if admit(&module, &AdmissionLimits::default()).is_err() {
        return;
    }
    let program = match well::load("open", &[module], |entry| entry.with_fuel_limit(20_000)) {
        Ok(program) => program,
        Err(error) => {
            // Its `configure` may fail. That it cannot be compiled would be our fault.
            assert!(!matches!(error.cause, LoadCause::Compile(_)), "{error:?}");
            return well::assert_well();
        }
    };
    let order = || {
        let lines = well::order().line(Line::goods("1", "SKU1", 2, 9_99));
        lines.line(Line::goods("2", "SKU2", 1, 30_00).category("tea")).line(Line::shipping("3", 5_00))
    };
    let first = well::decide(&program, order()).map(|outcome| shown(&outcome));
    let again = well::decide(&program, order()).map(|outcome| shown(&outcome));
    assert_eq!(first, again);
    well::assert_well();
});
