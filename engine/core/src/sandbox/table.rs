//! The imports of the contract as one table, so that every executor is given the same ones.
//!
//! Invariant: names, parameters and results only; a test compares them with the specification.

/// Hands the rows to three macros of the caller: imports that take and give numbers, those that read a field, which may
/// be a text that is looked up, and those that read a text of the module.
macro_rules! each_import {
    ($numbers:ident, $fields:ident, $texts:ident) => {
        $numbers! {
            attribute(scope: i32, index: i32, key: i32) -> i64;
            discount(lines: i32) -> i32;
            discount_amount(effect: i32, amount: i64);
            discount_funder(effect: i32, party: i32, numerator: i64, denominator: i64);
            discount_percent(effect: i32, numerator: i64, denominator: i64);
            discount_price(effect: i32, amount: i64);
            discount_units(effect: i32, units: i64);
            end(effect: i32);
            grant(party: i32, asset: i32, units: i64, days: i32) -> i32;
            grant_each(effect: i32, asset: i32, each: i64);
            grant_term(effect: i32, lines: i32, base: i32, numerator: i64, denominator: i64);
            group(handle: i32, word: i32, mask: i64) -> i32;
            holding(party: i32, asset: i32, field: i32) -> i64;
            period(field: i32) -> i64;
            redeem(effect: i32, coupon: i32);
            share(party: i32) -> i32;
            share_band(effect: i32, lines: i32, base: i32, from: i64, to: i64, numerator: i64, denominator: i64);
            share_fixed(effect: i32, lines: i32, amount: i64);
            share_funder(effect: i32, party: i32, numerator: i64, denominator: i64);
            share_limit(effect: i32, limit: i32, amount: i64);
            share_term(effect: i32, lines: i32, base: i32, numerator: i64, denominator: i64);
            tagged(scope: i32, index: i32, tag: i32) -> i32;
            tier(party: i32, tier: i32) -> i32;
        }
        $fields! {
            coupon(index) CouponField;
            event() EventField;
            line(index) LineField;
            order() OrderField;
            party(index) PartyField;
        }
        $texts! {
            config([] text [part: i32]) -> i64;
            note([] text []) -> ();
            reason([effect: i32] text []) -> ();
            refuse([] text []) -> ();
            symbol([] text []) -> i32;
        }
    };
}

pub(super) use each_import;

/// What an import costs beside the instruction; 0 cannot occur, a test compares names with the specification.
pub(super) fn price(name: &str) -> u64 {
    fenrun_abi::import::find(name).map_or(0, |import| import.fuel)
}
