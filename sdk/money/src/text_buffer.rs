//! A small text on the stack, so that numbers can be padded without an allocator.
//!
//! Invariant: never cuts a text short: what does not fit is a formatting error.

use core::fmt;

/// The longest text this crate prints for one number: sign, 21 whole digits, point, 18 decimals, unit, with
/// room to spare.
const TEXT_BYTES_MAX: usize = 64;

pub(crate) struct TextBuffer {
    bytes: [u8; TEXT_BYTES_MAX],
    length: usize,
}

impl TextBuffer {
    pub(crate) const fn new() -> TextBuffer {
        TextBuffer { bytes: [0; TEXT_BYTES_MAX], length: 0 }
    }

    pub(crate) fn as_str(&self) -> Result<&str, fmt::Error> {
        let written = self.bytes.get(..self.length).ok_or(fmt::Error)?;
        core::str::from_utf8(written).map_err(|_| fmt::Error)
    }
}

impl fmt::Write for TextBuffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length.checked_add(text.len()).ok_or(fmt::Error)?;
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}
