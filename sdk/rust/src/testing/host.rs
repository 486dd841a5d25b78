//! The imports, natively: each goes to the session of the running test.
//!
//! Invariant: the session is the host's own; a call that the contract does not allow stops the test.

use std::cell::RefCell;

use fenrun_abi::host::{Fault, Session};

thread_local! {
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
}

/// Runs a hook in a session, and gives the session back.
pub(super) fn within<T>(session: Session, hook: impl FnOnce() -> T) -> (T, Session) {
    SESSION.with_borrow_mut(|slot| *slot = Some(session));
    let result = hook();
    let session = SESSION.with_borrow_mut(Option::take);
    match session {
        Some(session) => (result, session),
        None => stop("the hook ended the session"),
    }
}

#[expect(clippy::panic, reason = "natively, a failure of the hook is a failed test")]
fn stop(message: &str) -> ! {
    panic!("{message}")
}

fn call<T>(import: impl FnOnce(&mut Session) -> Result<T, Fault>) -> T {
    SESSION.with_borrow_mut(|slot| match slot {
        Some(session) => match import(session) {
            Ok(value) => value,
            Err(fault) => stop(&format!("the hook failed: {fault}")),
        },
        None => stop("facts are read only inside a hook; hint: call the hook through `testing::Facts`"),
    })
}

macro_rules! calls {
    ($(fn $name:ident($($parameter:ident: $type:ty),*) $(-> $result:ty)?;)*) => {
        $(pub(crate) fn $name($($parameter: $type),*) $(-> $result)? {
            call(|session| session.$name($($parameter),*))
        })*
    };
}

calls! {
    fn attribute(scope: i32, index: i32, key: i32) -> i64;
    fn config(path: &[u8], part: i32) -> i64;
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
    fn note(text: &[u8]);
    fn order(field: i32) -> i64;
    fn party(index: i32, field: i32) -> i64;
    fn period(field: i32) -> i64;
    fn reason(effect: i32, text: &[u8]);
    fn refuse(text: &[u8]);
    fn redeem(effect: i32, coupon: i32);
    fn share(party: i32) -> i32;
    fn share_band(effect: i32, lines: i32, base: i32, from: i64, to: i64, numerator: i64, denominator: i64);
    fn share_fixed(effect: i32, lines: i32, amount: i64);
    fn share_funder(effect: i32, party: i32, numerator: i64, denominator: i64);
    fn share_limit(effect: i32, limit: i32, amount: i64);
    fn share_term(effect: i32, lines: i32, base: i32, numerator: i64, denominator: i64);
    fn symbol(text: &[u8]) -> i32;
    fn tagged(scope: i32, index: i32, tag: i32) -> i32;
    fn tier(party: i32, tier: i32) -> i32;
}

pub(crate) fn lines(field: i32, first: i32, values: &mut [i64]) -> i32 {
    call(|session| {
        let count = i32::try_from(values.len()).unwrap_or(i32::MAX);
        let read = session.lines(field, first, count)?;
        let copied = i32::try_from(read.len()).unwrap_or(i32::MAX);
        values.iter_mut().zip(read).for_each(|(slot, value)| *slot = value);
        Ok(copied)
    })
}

pub(crate) fn text(scope: i32, index: i32, field: i32, buffer: &mut [u8]) -> i32 {
    call(|session| {
        let Some(text) = session.text(scope, index, field)? else { return Ok(-1) };
        buffer.iter_mut().zip(text).for_each(|(slot, byte)| *slot = *byte);
        Ok(i32::try_from(text.len()).unwrap_or(i32::MAX))
    })
}
