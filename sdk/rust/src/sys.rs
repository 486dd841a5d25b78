//! The imports, declared once: on WebAssembly the host's, natively the same logic in [`crate::testing`].
//!
//! Invariant: the only place with foreign functions; a test compares [`SIGNATURES`] with the specification.

use fenrun_abi::import::Type;

/// A Rust type of the contract.
trait Value {
    const TYPE: Type;
}

impl Value for i32 {
    const TYPE: Type = Type::I32;
}

impl Value for i64 {
    const TYPE: Type = Type::I64;
}

/// A name, its parameters and its result.
pub type Signature = (&'static str, &'static [Type], Option<Type>);

macro_rules! imports {
    (
        numbers { $(fn $number:ident($($p:ident: $t:ty),*) $(-> $r:ty)?;)* }
        memory { $(fn $memory:ident($($mp:ident: $mt:ty),*) $(-> $mr:ty)?;)* }
    ) => {
        /// Every import as this SDK declares it.
        pub const SIGNATURES: &[Signature] = &[
            $((stringify!($number), &[$(<$t as Value>::TYPE),*], imports!(@result $($r)?)),)*
            $((stringify!($memory), &[$(<$mt as Value>::TYPE),*], imports!(@result $($mr)?)),)*
        ];

        #[cfg(target_arch = "wasm32")]
        mod host {
            #[link(wasm_import_module = "fenrun_v1")]
            #[expect(unsafe_code, reason = "the imports of the contract")]
            unsafe extern "C" {
                $(pub(super) safe fn $number($($p: $t),*) $(-> $r)?;)*
                $(pub(super) safe fn $memory($($mp: $mt),*) $(-> $mr)?;)*
            }
        }

        $(#[inline] pub(crate) fn $number($($p: $t),*) $(-> $r)? { host::$number($($p),*) })*
    };
    (@result) => { None };
    (@result $r:ty) => { Some(<$r as Value>::TYPE) };
}

#[cfg(not(target_arch = "wasm32"))]
use crate::testing::host;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use host::{config, lines, note, reason, refuse, symbol, text};

imports! {
    numbers {
        fn attribute(scope: i32, index: i32, key: i32) -> i64;
        fn coupon(index: i32, field: i32) -> i64;
        fn discount(lines: i32) -> i32;
        fn discount_amount(effect: i32, amount: i64);
        fn discount_funder(effect: i32, party: i32, numerator: i64, denominator: i64);
        fn discount_percent(effect: i32, numerator: i64, denominator: i64);
        fn discount_price(effect: i32, amount: i64);
        fn discount_units(effect: i32, units: i64);
        fn end(effect: i32);
        fn event(field: i32) -> i64;
        fn grant(party: i32, asset: i32, units: i64, days: i32) -> i32;
        fn grant_each(effect: i32, asset: i32, each: i64);
        fn grant_term(effect: i32, lines: i32, base: i32, numerator: i64, denominator: i64);
        fn group(handle: i32, word: i32, mask: i64) -> i32;
        fn holding(party: i32, asset: i32, field: i32) -> i64;
        fn line(index: i32, field: i32) -> i64;
        fn order(field: i32) -> i64;
        fn party(index: i32, field: i32) -> i64;
        fn period(field: i32) -> i64;
        fn redeem(effect: i32, coupon: i32);
        fn share(party: i32) -> i32;
        fn share_band(effect: i32, lines: i32, base: i32, from: i64, to: i64, numerator: i64, denominator: i64);
        fn share_fixed(effect: i32, lines: i32, amount: i64);
        fn share_funder(effect: i32, party: i32, numerator: i64, denominator: i64);
        fn share_limit(effect: i32, limit: i32, amount: i64);
        fn share_term(effect: i32, lines: i32, base: i32, numerator: i64, denominator: i64);
        fn tagged(scope: i32, index: i32, tag: i32) -> i32;
        fn tier(party: i32, tier: i32) -> i32;
    }
    memory {
        fn config(address: i32, length: i32, part: i32) -> i64;
        fn lines(field: i32, first: i32, count: i32, address: i32) -> i32;
        fn note(address: i32, length: i32);
        fn reason(effect: i32, address: i32, length: i32);
        fn refuse(address: i32, length: i32);
        fn symbol(address: i32, length: i32) -> i32;
        fn text(scope: i32, index: i32, field: i32, address: i32, size: i32) -> i32;
    }
}

#[cfg(target_arch = "wasm32")]
pub(crate) use memory::{config, lines, note, reason, refuse, symbol, text};

/// The calls that pass bytes: here, and only here, a slice becomes an address and a length.
#[cfg(target_arch = "wasm32")]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "addresses have 32 bits here"
)]
mod memory {
    use super::host;

    fn range(bytes: &[u8]) -> (i32, i32) {
        (bytes.as_ptr() as i32, bytes.len() as i32)
    }

    pub(crate) fn config(path: &[u8], part: i32) -> i64 {
        let (address, length) = range(path);
        host::config(address, length, part)
    }

    pub(crate) fn lines(field: i32, first: i32, values: &mut [i64]) -> i32 {
        host::lines(field, first, values.len() as i32, values.as_mut_ptr() as i32)
    }

    pub(crate) fn note(text: &[u8]) {
        let (address, length) = range(text);
        host::note(address, length);
    }

    pub(crate) fn reason(effect: i32, text: &[u8]) {
        let (address, length) = range(text);
        host::reason(effect, address, length);
    }

    pub(crate) fn refuse(text: &[u8]) {
        let (address, length) = range(text);
        host::refuse(address, length);
    }

    pub(crate) fn symbol(text: &[u8]) -> i32 {
        let (address, length) = range(text);
        host::symbol(address, length)
    }

    pub(crate) fn text(scope: i32, index: i32, field: i32, buffer: &mut [u8]) -> i32 {
        host::text(scope, index, field, buffer.as_mut_ptr() as i32, buffer.len() as i32)
    }
}
