//! The imports of the contract, linked to a [`Session`](fenrun_abi::host::Session).
//!
//! Invariant: charges fuel, resolves addresses with a bounds check, and passes on; no logic of its own.

use std::ops::Range;

use fenrun_abi::{
    MODULE,
    field::{CouponField, EventField, LineField, OrderField, PartyField},
    host::Fault,
    import::{LINE_FUEL, LOOKUP_FUEL, WORD_FUEL},
    limit::TEXT_BYTES_MAX,
};
use wasmtime::{Caller, Error, Extern, Linker, Result, Trap};

use super::{
    call::Host,
    table::{each_import, price},
};

type Call<'a> = Caller<'a, Host>;

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

/// The memory, and the bytes of it that an import may touch: checked against the memory as it stands before anything is
/// charged, read or written.
fn range(caller: &mut Call<'_>, address: i32, bytes: u64) -> Result<(wasmtime::Memory, Range<usize>)> {
    let address = address.cast_unsigned();
    let memory = memory(caller)?;
    let size = memory.data_size(&caller) as u64;
    let end = u64::from(address).saturating_add(bytes);
    if end > size {
        return Err(Error::new(Fault::OutOfMemory { address, bytes }));
    }
    charge(caller, bytes.div_ceil(8).saturating_mul(WORD_FUEL))?;
    Ok((memory, usize::try_from(address)?..usize::try_from(end)?))
}

/// Reads bytes of the module's memory beside the session. A length is unsigned: a negative one is huge.
fn with_bytes<T>(
    caller: &mut Call<'_>,
    address: i32,
    length: i32,
    import: impl FnOnce(&mut Host, &[u8]) -> Result<T, Fault>,
) -> Result<T> {
    let (memory, range) = range(caller, address, u64::from(length.cast_unsigned()))?;
    let (data, host) = memory.data_and_store_mut(caller);
    import(host, data.get(range).unwrap_or_default()).map_err(Error::new)
}

/// Bytes of the module's memory to be written, beside the session.
fn bytes_to_write<'a>(
    caller: &'a mut Call<'_>,
    (memory, range): (wasmtime::Memory, Range<usize>),
) -> (&'a mut [u8], &'a mut Host) {
    let (data, host) = memory.data_and_store_mut(caller);
    host.written = true;
    (data.get_mut(range).unwrap_or_default(), host)
}

/// Links every import of the contract.
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
    macro_rules! fields {
        ($($name:ident($($index:ident)?) $field:ident;)*) => {$(
            let fuel = price(stringify!($name));
            linker.func_wrap(
                MODULE,
                stringify!($name),
                move |mut caller: Call<'_>, $($index: i32,)? field: i32| -> Result<i64> {
                    let is_text = $field::from_id(field).is_some_and($field::is_text);
                    charge(&mut caller, if is_text { fuel.saturating_add(LOOKUP_FUEL) } else { fuel })?;
                    caller.data_mut().session.$name($($index,)? field).map_err(Error::new)
                },
            )?;
        )*};
    }

    each_import!(numbers, fields, texts);

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
    charge(caller, (copied as u64).saturating_mul(LINE_FUEL))?;
    // A text is looked up among the symbols that the module knows: for a thousand lines that is no longer a copy.
    if LineField::from_id(field).is_some_and(LineField::is_text) {
        charge(caller, (copied as u64).saturating_mul(LOOKUP_FUEL))?;
    }
    let range = range(caller, address, (copied as u64).saturating_mul(8))?;
    let (target, host) = bytes_to_write(caller, range);
    let values = host.session.lines(field, first, count).map_err(Error::new)?;
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
    let (target, host) = bytes_to_write(caller, range);
    let text = host.session.text(scope, index, field).map_err(Error::new)?.unwrap_or_default();
    target.iter_mut().zip(text).for_each(|(slot, byte)| *slot = *byte);
    Ok(i32::try_from(length)?)
}
