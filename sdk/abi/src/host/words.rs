//! The imports that take the module's own words: symbols and configuration, reasons and notes.
//!
//! Invariant: a text is bounded and UTF-8 before anything is made of it.

use alloc::sync::Arc;

use super::{Fault, Session, Value, session::text};
use crate::{
    ABSENT,
    code::{Hook, Part},
    limit,
};

impl Session {
    /// `symbol`: registers a string.
    ///
    /// # Errors
    ///
    /// A fault outside `configure`, and for a string that is too long, not UTF-8 or one too many.
    pub fn symbol(&mut self, bytes: &[u8]) -> Result<i32, Fault> {
        if self.hook != Hook::Configure {
            return Err(Fault::OnlyInConfigure { import: "symbol" });
        }
        let text = text("symbol", bytes, limit::SYMBOL_BYTES_MAX)?;
        Arc::make_mut(&mut self.symbols).register(text)
    }

    /// `config`: a part of the value at a path; absent where there is none.
    ///
    /// # Errors
    ///
    /// A fault outside `configure`, for an unknown part, and for a path that is too long or not UTF-8.
    pub fn config(&mut self, path: &[u8], part: i32) -> Result<i64, Fault> {
        let Some(configuration) = self.configuration.clone() else {
            return Err(Fault::OnlyInConfigure { import: "config" });
        };
        let path = text("configuration path", path, limit::PATH_BYTES_MAX)?;
        let part = Part::from_id(part).ok_or(Fault::UnknownCode { what: "part of a value", found: part })?;
        let Some(value) = configuration.get(path) else { return Ok(ABSENT) };
        Ok(match (value, part) {
            (Value::Integer(number), Part::Value) => *number,
            (Value::Rate(rate), Part::Value) => rate.numerator(),
            (Value::Rate(rate), Part::Denominator) => rate.denominator(),
            (Value::Text(text), Part::Value) => i64::from(self.symbol(text.as_bytes())?),
            (Value::Integer(_) | Value::Text(_), Part::Denominator) => 1,
            (Value::List(length), Part::Length) => i64::try_from(*length).unwrap_or(i64::MAX),
            _ => ABSENT,
        })
    }

    /// `reason`: why, for people.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle, for a reason set before, and for one that is too long or not UTF-8.
    pub fn reason(&mut self, effect: i32, bytes: &[u8]) -> Result<(), Fault> {
        let text = text("reason", bytes, limit::REASON_BYTES_MAX)?;
        self.asked.reason(effect, text)
    }

    /// `note`: a line for the trace.
    ///
    /// # Errors
    ///
    /// A fault for one note too many, and for one that is too long or not UTF-8.
    pub fn note(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let text = text("note", bytes, limit::NOTE_BYTES_MAX)?;
        if self.asked.notes.len() >= limit::NOTES_MAX {
            return Err(Fault::TooMany { what: "notes", limit: limit::NOTES_MAX });
        }
        self.asked.notes.push(text.into());
        Ok(())
    }

    /// `refuse`: why the hook refuses; it then returns 1.
    ///
    /// # Errors
    ///
    /// A fault for a reason set before, and for one that is too long or not UTF-8.
    pub fn refuse(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let text = text("refusal", bytes, limit::REASON_BYTES_MAX)?;
        match self.asked.refusal.replace(text.into()) {
            None => Ok(()),
            Some(_) => Err(Fault::SetTwice { what: "refusal" }),
        }
    }
}
