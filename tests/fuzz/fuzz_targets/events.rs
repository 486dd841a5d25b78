//! Any text as an event: refused with a bounded reason, or read, written, and read again as the same.
#![no_main]

use fenrun::event::{Event, Expectations};
use fenrun_money::Currency;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let expect = Expectations::new(Currency::CNY);
    match Event::parse(text, &expect) {
        Ok(event) => {
            let written = event.to_json();
            let again = Event::parse(&written, &expect).unwrap_or_else(|error| panic!("{error}: {written}"));
            assert_eq!(again.to_json(), written);
            assert_eq!(again.fact_key(), event.fact_key());
        }
        Err(error) => {
            let told = error.to_string();
            assert!(told.len() < 4_096 && !told.chars().any(char::is_control), "{told:?}");
        }
    }
});
