//! How much one hook call may ask for. Each bound stops a module from turning little fuel into much host work
//! or memory.
//!
//! Invariant: limits are only ever raised within a version of the contract.

/// Effects begun in one hook call. Stops a module from making the host keep a million drafts.
pub const EFFECTS_MAX: usize = 128;

/// Terms of one share, fixed parts included. Stops one effect from holding what the effect cap would not.
pub const TERMS_MAX: usize = 64;

/// Lines that the terms of one hook call touch, counted once for each term. The host reckons each of them, so this
/// bounds what a few cheap calls can make it do.
pub const TERM_LINES_MAX: usize = 65_536;

/// Funders of one discount or share.
pub const FUNDERS_MAX: usize = 8;

/// Terms that one grant came from.
pub const GRANT_TERMS_MAX: usize = 8;

/// Line groups made in one hook call.
pub const GROUPS_MAX: usize = 64;

/// Symbols one module may register. Every string read is looked up among them.
pub const SYMBOLS_MAX: usize = 1_024;

/// Bytes of one symbol.
pub const SYMBOL_BYTES_MAX: usize = 128;

/// Bytes of one reason. It is stored with every decision and shown to people.
pub const REASON_BYTES_MAX: usize = 200;

/// Notes in one hook call.
pub const NOTES_MAX: usize = 16;

/// Bytes of one note.
pub const NOTE_BYTES_MAX: usize = 200;

/// Bytes of a configuration path such as `tiers.2.rate`.
pub const PATH_BYTES_MAX: usize = 128;

/// Bytes that one `text` read copies at most.
pub const TEXT_BYTES_MAX: usize = 1_024;

/// People whose units of an asset one hook call of `grants` asks for, counted once for each asset. Each is a question to
/// the host's books.
pub const HOLDINGS_MAX: usize = 32;
