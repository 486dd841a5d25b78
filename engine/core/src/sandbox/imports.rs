//! The imports of the contract, linked to a [`Session`](fenrun_abi::host::Session).
//!
//! Invariant: charges fuel, resolves addresses with a bounds check, and passes on; no logic of its own.

use std::ops::Range;

use fenrun_abi::{
    MODULE,
    field::LineField,
    host::Fault,
    import::{self, LOOKUP_FUEL, WORD_FUEL},
    limit::TEXT_BYTES_MAX,
};
use wasmtime::{Caller, Error, Extern, Linker, Result, Trap};

use super::call::Host;

type Call<'a> = Caller<'a, Host>;

/// What an import costs beside the instruction; 0 cannot occur, a test compares names with the specification.
fn price(name: &str) -> u64 {
    import::find(name).map_or(0, |import| import.fuel)
}

fn charge(caller: &mut Call<'_>, fuel: u64) -> Result<()> {
    let left = caller.get_fuel()?;
    let host = caller.data_mut();
    host.charged = host.charged.saturating_add(fuel);
    if host.charged > left { Err(Trap::OutOfFuel.into()) } else { Ok(()) }
}

fn memory(caller: &mut Call<'_>) -> Result<wasmtime::Memory> {
    if let Some(memory) = caller.data().memory {
        return Ok(memory);
    }
    match caller.get_export("memory") {
        Some(Extern::Memory(memory)) => {
            caller.data_mut().memory = Some(memory);
            Ok(memory)
        }
        _ => Err(Error::new(Fault::NoMemory)),
    }
}

/// The bytes an import may touch: checked against the memory as it stands before anything is charged, read or written.
fn range(caller: &mut Call<'_>, address: i32, bytes: u64) -> Result<Range<usize>> {
    let address = address.cast_unsigned();
    let size = memory(caller)?.data_size(&caller) as u64;
    let end = u64::from(address).saturating_add(bytes);
    if end > size {
        return Err(Error::new(Fault::OutOfMemory { address, bytes }));
    }
    charge(caller, bytes.div_ceil(8).saturating_mul(WORD_FUEL))?;
    Ok(usize::try_from(address)?..usize::try_from(end)?)
}

/// Reads bytes of the module's memory beside the session. A length is unsigned: a negative one is huge.
fn with_bytes<T>(
    caller: &mut Call<'_>,
    address: i32,
    length: i32,
    import: impl FnOnce(&mut Host, &[u8]) -> Result<T, Fault>,
) -> Result<T> {
    let range = range(caller, address, u64::from(length.cast_unsigned()))?;
    let memory = memory(caller)?;
    let (data, host) = memory.data_and_store_mut(caller);
    import(host, data.get(range).unwrap_or_default()).map_err(Error::new)
}

/// Links every import of the contract.
#[expect(clippy::too_many_lines, reason = "one row for each import of the specification")]
pub(super) fn link(linker: &mut Linker<Host>) -> Result<()> {
    macro_rules! numbers {
        ($($name:ident($($parameter:ident: $type:ty),*) $(-> $result:ty)?;)*) => {$(
            let fuel = price(stringify!($name));
            linker.func_wrap(
                MODULE,
                stringify!($name),
                move |mut caller: Call<'_>, $($parameter: $type),*| -> Result<numbers!(@result $($result)?)> {
                    charge(&mut caller, fuel)?;
                    caller.data_mut().session.$name($($parameter),*).map_err(Error::new)
                },
            )?;
        )*};
        (@result) => { () };
        (@result $result:ty) => { $result };
    }
    numbers! {
        attribute(scope: i32, index: i32, key: i32) -> i64;
        coupon(index: i32, field: i32) -> i64;
        discount(lines: i32) -> i32;
        discount_amount(effect: i32, amount: i64);
        discount_funder(effect: i32, party: i32, numerator: i64, denominator: i64);
        discount_percent(effect: i32, numerator: i64, denominator: i64);
        discount_price(effect: i32, amount: i64);
        discount_units(effect: i32, units: i64);
        end(effect: i32);
        event(field: i32) -> i64;
        grant(party: i32, asset: i32, units: i64, days: i32) -> i32;
        grant_each(effect: i32, asset: i32, each: i64);
        grant_term(effect: i32, lines: i32, base: i32, numerator: i64, denominator: i64);
        group(handle: i32, word: i32, mask: i64) -> i32;
        holding(party: i32, asset: i32, field: i32) -> i64;
        line(index: i32, field: i32) -> i64;
        order(field: i32) -> i64;
        party(index: i32, field: i32) -> i64;
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

    macro_rules! texts {
        ($($name:ident([$($before:ident: $before_type:ty)?] text [$($after:ident: $after_type:ty)?]) -> $result:ty;)*) => {$(
            let fuel = price(stringify!($name));
            linker.func_wrap(
                MODULE,
                stringify!($name),
                move |mut caller: Call<'_>,
                      $($before: $before_type,)?
                      address: i32,
                      length: i32
                      $(, $after: $after_type)?|
                      -> Result<$result> {
                    charge(&mut caller, fuel)?;
                    with_bytes(&mut caller, address, length, |host, bytes| {
                        host.session.$name($($before,)? bytes $(, $after)?)
                    })
                },
            )?;
        )*};
    }
    texts! {
        config([] text [part: i32]) -> i64;
        note([] text []) -> ();
        reason([effect: i32] text []) -> ();
        refuse([] text []) -> ();
        symbol([] text []) -> i32;
    }

    let fuel = price("lines");
    linker.func_wrap(
        MODULE,
        "lines",
        move |mut caller: Call<'_>, field: i32, first: i32, count: i32, address: i32| -> Result<i32> {
            charge(&mut caller, fuel)?;
            copy_lines(&mut caller, (field, first, count), address)
        },
    )?;
    let fuel = price("text");
    linker.func_wrap(
        MODULE,
        "text",
        move |mut caller: Call<'_>,
              scope: i32,
              index: i32,
              field: i32,
              address: i32,
              size: i32|
              -> Result<i32> {
            charge(&mut caller, fuel)?;
            copy_text(&mut caller, (scope, index, field), address, size)
        },
    )?;
    Ok(())
}

/// `lines`: the count is bounded by the order, so fuel is charged for what is copied.
fn copy_lines(caller: &mut Call<'_>, (field, first, count): (i32, i32, i32), address: i32) -> Result<i32> {
    let copied = caller.data_mut().session.lines(field, first, count).map_err(Error::new)?.len();
    if copied == 0 {
        return Ok(0);
    }
    // A text is looked up among the symbols that the module knows: for a thousand lines that is no longer a copy.
    if LineField::from_id(field).is_some_and(LineField::is_text) {
        charge(caller, (copied as u64).saturating_mul(LOOKUP_FUEL))?;
    }
    let range = range(caller, address, (copied as u64).saturating_mul(8))?;
    let memory = memory(caller)?;
    let (data, host) = memory.data_and_store_mut(caller);
    let values = host.session.lines(field, first, count).map_err(Error::new)?;
    let target = data.get_mut(range).unwrap_or_default();
    for (slot, value) in target.chunks_exact_mut(8).zip(values) {
        slot.copy_from_slice(&value.to_le_bytes());
    }
    Ok(i32::try_from(copied)?)
}

/// `text`: copies at most `size` bytes, and never more than the string has.
fn copy_text(
    caller: &mut Call<'_>,
    (scope, index, field): (i32, i32, i32),
    address: i32,
    size: i32,
) -> Result<i32> {
    let text = caller.data().session.text(scope, index, field).map_err(Error::new)?;
    let Some(length) = text.map(<[u8]>::len) else { return Ok(-1) };
    let copied = (length.min(TEXT_BYTES_MAX) as u64).min(u64::from(size.cast_unsigned()));
    let range = range(caller, address, copied)?;
    let memory = memory(caller)?;
    let (data, host) = memory.data_and_store_mut(caller);
    let text = host.session.text(scope, index, field).map_err(Error::new)?.unwrap_or_default();
    let target = data.get_mut(range).unwrap_or_default();
    target.iter_mut().zip(text).for_each(|(slot, byte)| *slot = *byte);
    Ok(i32::try_from(length)?)
}
