//! Any text as a program or a guard profile: refused with a reason, or read and written as the same.
#![no_main]

use fenrun::{profile::GuardProfile, program::ProgramFile};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match ProgramFile::parse(text, "program.toml") {
        Ok(file) => {
            let definition = file.into_definition();
            let again = ProgramFile::parse(text, "elsewhere.toml").expect("read once").into_definition();
            assert_eq!(definition.to_json(), again.to_json());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let _ = GuardProfile::parse(text, "profile.toml");
});
