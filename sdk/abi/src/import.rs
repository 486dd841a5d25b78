//! Every import of the contract: name, parameters, result, and the fuel it costs beside the call itself.
//!
//! Invariant: equal to `abi-v1.wat`, to the host's linker and to the SDK; a test compares all four.

/// A value type of the contract. There are no others: no floats, no references.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A 32-bit integer: an index, a field id, a symbol, a handle, an address or a length.
    I32,
    /// A 64-bit integer: an amount in minor units, a ratio's part, a count.
    I64,
}

/// One import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Import {
    /// Its name in [`crate::MODULE`].
    pub name: &'static str,
    /// Its parameters, in order.
    pub parameters: &'static [Type],
    /// Its result, if it has one.
    pub result: Option<Type>,
    /// Fuel charged for one call, beside the instruction.
    pub fuel: u64,
    /// What it does, in a few words; the specification says it in full.
    pub about: &'static str,
}

/// Fuel for one scalar read. Of a field that is a text, which is looked up, [`LOOKUP_FUEL`] more.
pub const READ_FUEL: u64 = 8;

/// Fuel for each value that `lines` reads, beside the word it writes: the rows of a long order are not in the cache.
pub const LINE_FUEL: u64 = 1;

/// Fuel for one call that writes part of an effect.
pub const EFFECT_FUEL: u64 = 16;

/// Fuel for reading or writing guest memory, for each started 8 bytes.
pub const WORD_FUEL: u64 = 1;

/// Fuel for a call that looks a string up.
pub const LOOKUP_FUEL: u64 = 64;

/// Fuel for a call that looks through the tags or attributes of one thing: there may be 32, all but alike.
pub const SEARCH_FUEL: u64 = 160;

/// Fuel for making or widening a set of lines: it may have to be made longer.
pub const GROUP_FUEL: u64 = 32;

use Type::{I32, I64};

const fn import(
    name: &'static str,
    parameters: &'static [Type],
    result: Option<Type>,
    fuel: u64,
    about: &'static str,
) -> Import {
    Import { name, parameters, result, fuel, about }
}

/// Every import, sorted by name.
pub const ALL: &[Import] = &[
    import("attribute", &[I32, I32, I32], Some(I64), SEARCH_FUEL, "reads a custom attribute"),
    import("config", &[I32, I32, I32], Some(I64), LOOKUP_FUEL, "reads a configured value"),
    import("coupon", &[I32, I32], Some(I64), READ_FUEL, "reads a field of a coupon"),
    import("discount", &[I32], Some(I32), EFFECT_FUEL, "begins a discount on a set of lines"),
    import("discount_amount", &[I32, I64], None, EFFECT_FUEL, "takes an amount off"),
    import("discount_funder", &[I32, I32, I64, I64], None, EFFECT_FUEL, "names who funds a part"),
    import("discount_percent", &[I32, I64, I64], None, EFFECT_FUEL, "takes an exact part off"),
    import("discount_price", &[I32, I64], None, EFFECT_FUEL, "sets the price of a unit"),
    import("discount_units", &[I32, I64], None, EFFECT_FUEL, "applies to so many units only"),
    import("end", &[I32], None, EFFECT_FUEL, "ends an effect: only ended effects are asked for"),
    import("event", &[I32], Some(I64), READ_FUEL, "reads a field of what has happened"),
    import("grant", &[I32, I32, I64, I32], Some(I32), EFFECT_FUEL, "begins a grant of units of an asset"),
    import("grant_each", &[I32, I32, I64], None, EFFECT_FUEL, "counts a grant over other units"),
    import("grant_term", &[I32, I32, I32, I64, I64], None, EFFECT_FUEL, "says what a grant came from"),
    import("group", &[I32, I32, I64], Some(I32), GROUP_FUEL, "makes or widens a set of lines"),
    import("holding", &[I32, I32, I32], Some(I64), LOOKUP_FUEL, "reads units of an asset"),
    import("line", &[I32, I32], Some(I64), READ_FUEL, "reads a field of a line"),
    import("lines", &[I32, I32, I32, I32], Some(I32), READ_FUEL, "copies one field of many lines"),
    import("note", &[I32, I32], None, EFFECT_FUEL, "writes a line into the trace"),
    import("order", &[I32], Some(I64), READ_FUEL, "reads a field of the order"),
    import("party", &[I32, I32], Some(I64), READ_FUEL, "reads a field of a party"),
    import("period", &[I32], Some(I64), READ_FUEL, "reads a field of the period"),
    import("reason", &[I32, I32, I32], None, EFFECT_FUEL, "says why, for people"),
    import("redeem", &[I32, I32], None, EFFECT_FUEL, "uses a coupon up with an effect"),
    import("refuse", &[I32, I32], None, EFFECT_FUEL, "says why the hook refuses"),
    import("share", &[I32], Some(I32), EFFECT_FUEL, "begins a share of a party"),
    import("share_band", &[I32, I32, I32, I64, I64, I64, I64], None, EFFECT_FUEL, "adds a rate of a band"),
    import("share_fixed", &[I32, I32, I64], None, EFFECT_FUEL, "adds a fixed amount"),
    import("share_funder", &[I32, I32, I64, I64], None, EFFECT_FUEL, "names who funds a part of a share"),
    import("share_limit", &[I32, I32, I64], None, EFFECT_FUEL, "bounds the share"),
    import("share_term", &[I32, I32, I32, I64, I64], None, EFFECT_FUEL, "adds a rate of a base"),
    import("symbol", &[I32, I32], Some(I32), LOOKUP_FUEL, "registers a string"),
    import("tagged", &[I32, I32, I32], Some(I32), SEARCH_FUEL, "asks for a tag"),
    import("text", &[I32, I32, I32, I32, I32], Some(I32), LOOKUP_FUEL, "copies the bytes of a string"),
    import("tier", &[I32, I32], Some(I32), EFFECT_FUEL, "begins a change of tier"),
];

/// The import with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Import> {
    let at = ALL.binary_search_by(|import| import.name.cmp(name)).ok()?;
    ALL.get(at)
}
