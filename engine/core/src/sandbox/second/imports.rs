//! The imports of the contract for the second executor.
//!
//! Invariant: the same table, the same session and the same prices as for the first; addresses are checked here again.

use std::ops::Range;

use fenrun_abi::{
    MODULE,
    field::{CouponField, EventField, LineField, OrderField, PartyField},
    host::Fault,
    import::{LINE_FUEL, LOOKUP_FUEL, WORD_FUEL},
    limit::TEXT_BYTES_MAX,
};
use wasmi::{Caller, Error, Linker, Memory};

use super::guest::{Guest, Told};
use crate::sandbox::table::{each_import, price};

type Call<'a> = Caller<'a, Guest>;

fn told(fault: Fault) -> Error {
    Error::host(Told(fault))
}

/// The memory, and the bytes of it that an import may touch, charged by the word.
fn range(caller: &mut Call<'_>, address: i32, bytes: u64) -> Result<(Memory, Range<usize>), Error> {
    let memory = caller.get_export("memory").and_then(wasmi::Extern::into_memory);
    let memory = memory.ok_or_else(|| told(Fault::NoMemory))?;
    let address = address.cast_unsigned();
    let size = memory.data(&*caller).len() as u64;
    let end = u64::from(address).saturating_add(bytes);
    let places = usize::try_from(address).ok().zip(usize::try_from(end).ok());
    let (first, last) =
        places.filter(|_| end <= size).ok_or_else(|| told(Fault::OutOfMemory { address, bytes }))?;
    caller.data_mut().charge(bytes.div_ceil(8).saturating_mul(WORD_FUEL))?;
    Ok((memory, first..last))
}

/// Links every import.
pub(super) fn link(linker: &mut Linker<Guest>) -> Result<(), Error> {
    macro_rules! numbers {
        ($($name:ident($($parameter:ident: $type:ty),*) $(-> $result:ty)?;)*) => {$(
            let fuel = price(stringify!($name));
            linker.func_wrap(
                MODULE,
                stringify!($name),
                move |mut caller: Call<'_>, $($parameter: $type),*| -> Result<numbers!(@result $($result)?), Error> {
                    caller.data_mut().charge(fuel)?;
                    caller.data_mut().session.$name($($parameter),*).map_err(told)
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
                      -> Result<$result, Error> {
                    caller.data_mut().charge(fuel)?;
                    let (memory, range) = range(&mut caller, address, u64::from(length.cast_unsigned()))?;
                    let (data, guest) = memory.data_and_store_mut(&mut caller);
                    let bytes = data.get(range).unwrap_or_default();
                    guest.session.$name($($before,)? bytes $(, $after)?).map_err(told)
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
                move |mut caller: Call<'_>, $($index: i32,)? field: i32| -> Result<i64, Error> {
                    caller.data_mut().charge(fuel)?;
                    if $field::from_id(field).is_some_and($field::is_text) {
                        caller.data_mut().charge(LOOKUP_FUEL)?;
                    }
                    caller.data_mut().session.$name($($index,)? field).map_err(told)
                },
            )?;
        )*};
    }
    each_import!(numbers, fields, texts);

    let fuel = price("lines");
    linker.func_wrap(
        MODULE,
        "lines",
        move |mut caller: Call<'_>, field: i32, first: i32, count: i32, address: i32| -> Result<i32, Error> {
            caller.data_mut().charge(fuel)?;
            let values: Vec<i64> =
                caller.data_mut().session.lines(field, first, count).map_err(told)?.collect();
            if values.is_empty() {
                return Ok(0);
            }
            let copied = values.len() as u64;
            caller.data_mut().charge(copied.saturating_mul(LINE_FUEL))?;
            if LineField::from_id(field).is_some_and(LineField::is_text) {
                caller.data_mut().charge(copied.saturating_mul(LOOKUP_FUEL))?;
            }
            let (memory, range) = range(&mut caller, address, copied.saturating_mul(8))?;
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            memory.write(&mut caller, range.start, &bytes).map_err(|error| Error::new(error.to_string()))?;
            i32::try_from(copied).map_err(|error| Error::new(error.to_string()))
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
              -> Result<i32, Error> {
            caller.data_mut().charge(fuel)?;
            let text = caller.data().session.text(scope, index, field).map_err(told)?.map(<[u8]>::to_vec);
            let Some(text) = text else { return Ok(-1) };
            let copied = (text.len().min(TEXT_BYTES_MAX) as u64).min(u64::from(size.cast_unsigned()));
            let (memory, range) = range(&mut caller, address, copied)?;
            let bytes = text.get(..range.len()).unwrap_or_default();
            memory.write(&mut caller, range.start, bytes).map_err(|error| Error::new(error.to_string()))?;
            i32::try_from(text.len()).map_err(|error| Error::new(error.to_string()))
        },
    )?;
    Ok(())
}
