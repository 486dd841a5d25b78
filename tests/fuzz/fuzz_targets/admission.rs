//! Any bytes: admission never panics, its two ways agree, and what it admits is a valid module without custom sections.
#![no_main]

use fenrun::admission::{AdmissionLimits, admit, report};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = AdmissionLimits::default();
    let admitted = admit(bytes, &limits);
    let report = report(bytes, &limits);
    match admitted {
        Ok(module) => {
            assert!(report.refusals().is_empty(), "admitted, but the report refuses it");
            assert!(module.compiled_bytes().len() as u64 <= limits.bytes_max);
            let again = admit(bytes, &limits).expect("admitted once");
            assert_eq!(again.digest(), module.digest());
        }
        Err(refused) => {
            let refusals = report.refusals();
            assert!(refusals.iter().any(|each| each.check == refused.check), "refused, but the report admits it");
            // What a stranger wrote is shown escaped and bounded.
            let text = refused.to_string();
            assert!(text.len() < 4_096 && !text.chars().any(char::is_control), "{text:?}");
        }
    }
});
