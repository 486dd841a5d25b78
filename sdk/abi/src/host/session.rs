//! One hook call, seen from the host: what it sees, what it has said so far, and which calls it may make.
//!
//! Invariant: the imports are its methods, in `reads`, `words` and `effects`; addresses are resolved to bytes before they
//! come here.

use alloc::sync::Arc;
use core::{
    mem::{swap, take},
    str,
};

use super::{Asked, Configuration, Facts, Fault, Reads, Symbols};
use crate::{
    ABSENT, BUYER,
    code::{Hook, Scope, TextField},
};

/// What one hook call sees and says.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) hook: Hook,
    pub(super) facts: Facts,
    pub(super) symbols: Arc<Symbols>,
    pub(super) configuration: Option<Arc<Configuration>>,
    pub(super) asked: Asked,
    pub(super) reads: Reads,
}

impl Session {
    /// A session of `configure`.
    #[must_use]
    pub fn configure(configuration: Arc<Configuration>) -> Self {
        Self {
            hook: Hook::Configure,
            facts: Facts::default(),
            symbols: Arc::default(),
            configuration: Some(configuration),
            asked: Asked::default(),
            reads: Reads::default(),
        }
    }

    /// A session of a hook that decides.
    #[must_use]
    pub fn decide(hook: Hook, facts: Facts, symbols: Arc<Symbols>) -> Self {
        Self { hook, facts, symbols, configuration: None, asked: Asked::default(), reads: Reads::default() }
    }

    /// Begins another call of the same module: the symbols stay, everything else is of the new call. The facts are lent
    /// until it ends.
    pub fn begin(&mut self, hook: Hook, facts: &mut Facts) {
        self.hook = hook;
        swap(&mut self.facts, facts);
        self.configuration = None;
        self.asked = Asked::default();
        self.reads = Reads::default();
    }

    /// Ends a call that began with [`begin`](Self::begin), and keeps the session for another one.
    pub fn end_call(&mut self, facts: &mut Facts) -> (Asked, Reads) {
        swap(&mut self.facts, facts);
        (take(&mut self.asked), take(&mut self.reads))
    }

    /// Ends the session: the facts back, what was asked for, and what was read.
    #[must_use]
    pub fn finish(self) -> (Facts, Asked, Reads) {
        (self.facts, self.asked, self.reads)
    }

    /// The symbols as they stand.
    #[must_use]
    pub fn symbols(&self) -> &Arc<Symbols> {
        &self.symbols
    }

    pub(super) fn deciding(&self, import: &'static str) -> Result<(), Fault> {
        match self.hook {
            Hook::Configure => Err(Fault::NotInConfigure { import }),
            Hook::Discounts | Hook::Shares | Hook::Grants | Hook::Period => Ok(()),
        }
    }

    pub(super) fn only_in(&self, hook: Hook, import: &'static str) -> Result<(), Fault> {
        self.deciding(import)?;
        if self.hook == hook { Ok(()) } else { Err(Fault::OnlyInHook { import, hook: hook.name() }) }
    }

    pub(super) fn symbol_of(&self, scope: Scope, index: usize, field: TextField) -> i64 {
        match self.facts.text(scope, index, field) {
            Some(text) => i64::from(self.symbols.resolve(text)),
            None => ABSENT,
        }
    }

    /// A party by its index, or the buyer.
    pub(super) fn receiver(&self, party: i32) -> Result<Option<usize>, Fault> {
        if party != BUYER {
            return index("party", party, self.facts.party_count()).map(Some);
        }
        match self.facts.text(Scope::Buyer, 0, TextField::Id) {
            Some(id) if !id.is_empty() => Ok(None),
            _ => Err(Fault::NoSuch { what: "buyer", index: party, count: 0 }),
        }
    }

    pub(super) fn owner(&self, scope: i32, place: i32) -> Result<(Scope, usize), Fault> {
        let scope = Scope::from_id(scope).ok_or(Fault::UnknownCode { what: "scope", found: scope })?;
        match scope {
            Scope::Order | Scope::Buyer => Ok((scope, 0)),
            Scope::Line => Ok((scope, index("line", place, self.facts.line_count())?)),
            Scope::Party => Ok((scope, index("party", place, self.facts.party_count())?)),
            Scope::Coupon => Ok((scope, index("coupon", place, self.facts.coupon_count())?)),
        }
    }
}

/// Bytes of the module that must be a text, and not too long.
pub(super) fn text<'a>(what: &'static str, bytes: &'a [u8], limit: usize) -> Result<&'a str, Fault> {
    if bytes.len() > limit {
        return Err(Fault::TooLong { what, bytes: bytes.len(), limit });
    }
    str::from_utf8(bytes).map_err(|_| Fault::NotText { what })
}

/// The index of something that must exist.
pub(super) fn index(what: &'static str, found: i32, count: usize) -> Result<usize, Fault> {
    usize::try_from(found).ok().filter(|place| *place < count).ok_or(Fault::NoSuch {
        what,
        index: found,
        count,
    })
}

/// The string of a symbol that must be one.
pub(super) fn known_text(symbols: &Symbols, symbol: i32) -> Result<&str, Fault> {
    symbols.text(symbol).ok_or(Fault::UnknownCode { what: "symbol", found: symbol })
}
