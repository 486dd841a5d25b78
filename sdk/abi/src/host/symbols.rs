//! The strings a module knows, by number.
//!
//! Invariant: a symbol is stable for the life of a configured module; 0 is every string the module does not know.

use alloc::{boxed::Box, vec::Vec};
use std::collections::HashMap;

use super::Fault;
use crate::{limit, word};

/// A module's symbols: the well-known words and what it registered in `configure`.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    registered: HashMap<Box<str>, i32>,
    texts: Vec<Box<str>>,
    /// Bytes of the longest: whatever is longer need not be looked up.
    longest: usize,
}

impl Symbols {
    /// The symbol of a string, registered now if it is new.
    ///
    /// # Errors
    ///
    /// A fault if the string is too long or the module has registered too many.
    pub fn register(&mut self, text: &str) -> Result<i32, Fault> {
        if text.len() > limit::SYMBOL_BYTES_MAX {
            return Err(Fault::TooLong { what: "symbol", bytes: text.len(), limit: limit::SYMBOL_BYTES_MAX });
        }
        let known = self.resolve(text);
        if known != word::UNKNOWN {
            return Ok(known);
        }
        if self.registered.len() >= limit::SYMBOLS_MAX {
            return Err(Fault::TooMany { what: "symbols", limit: limit::SYMBOLS_MAX });
        }
        let count = i32::try_from(self.registered.len()).unwrap_or(i32::MAX);
        let symbol = word::FIRST_REGISTERED.saturating_add(count);
        self.registered.insert(text.into(), symbol);
        self.texts.push(text.into());
        self.longest = self.longest.max(text.len());
        Ok(symbol)
    }

    /// The symbol of a string, or [`word::UNKNOWN`].
    #[must_use]
    pub fn resolve(&self, text: &str) -> i32 {
        match word::find(text) {
            Some(symbol) => symbol,
            None if text.len() > self.longest => word::UNKNOWN,
            None => self.registered.get(text).copied().unwrap_or(word::UNKNOWN),
        }
    }

    /// The string of a symbol, if it is known.
    #[must_use]
    pub fn text(&self, symbol: i32) -> Option<&str> {
        if let Some(text) = word::text(symbol) {
            return Some(text);
        }
        let place = symbol.checked_sub(word::FIRST_REGISTERED)?;
        self.texts.get(usize::try_from(place).ok()?).map(|text| &**text)
    }
}
