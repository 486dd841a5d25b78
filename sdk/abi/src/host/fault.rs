//! What a module did that the contract does not allow: the call fails, and with it the hook.
//!
//! Invariant: carries numbers, never the module's own strings.

use core::fmt;

/// A call that the contract answers with a failure of the hook.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A number that is not a field, a code, a scope or a part.
    UnknownCode {
        /// What was expected, such as `order field`.
        what: &'static str,
        /// The number found.
        found: i32,
    },
    /// An index past the end, or negative.
    NoSuch {
        /// What was asked for, such as `line`.
        what: &'static str,
        /// The index found.
        index: i32,
        /// How many there are.
        count: usize,
    },
    /// A call that only `configure` may make.
    OnlyInConfigure {
        /// The import.
        import: &'static str,
    },
    /// A call that `configure` may not make.
    NotInConfigure {
        /// The import.
        import: &'static str,
    },
    /// A call that only another hook may make.
    OnlyInHook {
        /// The import.
        import: &'static str,
        /// The hook that may make it.
        hook: &'static str,
    },
    /// More of something than a hook call may make.
    TooMany {
        /// What there was too much of.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
    /// A string that is longer than its bound.
    TooLong {
        /// Which string.
        what: &'static str,
        /// Its length in bytes.
        bytes: usize,
        /// The bound in bytes.
        limit: usize,
    },
    /// Bytes that are not UTF-8.
    NotText {
        /// Which string.
        what: &'static str,
    },
    /// An address and a length that reach past the end of the module's memory.
    OutOfMemory {
        /// The address.
        address: u32,
        /// The length in bytes.
        bytes: u64,
    },
    /// The module passed an address but exports no memory.
    NoMemory,
    /// A call for a share that was made with a discount's handle, or the reverse.
    WrongEffect {
        /// The import.
        import: &'static str,
    },
    /// The host has not looked up yet what was asked for: it looks, and calls the hook again. No call ends with it.
    NotLookedUp,
    /// A setting of an effect that may be made once and was made twice.
    SetTwice {
        /// Which setting.
        what: &'static str,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCode { what, found } => write!(out, "`{found}` is not the number of a known {what}"),
            Self::NoSuch { what, index, count } => write!(out, "there is no {what} `{index}`, of {count}"),
            Self::OnlyInConfigure { import } => write!(out, "`{import}` may be called only in `configure`"),
            Self::NotInConfigure { import } => write!(out, "`{import}` may not be called in `configure`"),
            Self::OnlyInHook { import, hook } => write!(out, "`{import}` may be called only in `{hook}`"),
            Self::TooMany { what, limit } => write!(out, "more than {limit} {what}"),
            Self::TooLong { what, bytes, limit } => {
                write!(out, "a {what} of {bytes} bytes, at most {limit} are allowed")
            }
            Self::NotText { what } => write!(out, "a {what} that is not UTF-8"),
            Self::OutOfMemory { address, bytes } => {
                write!(out, "{bytes} bytes at address {address} reach past the end of the module's memory")
            }
            Self::NoMemory => write!(out, "an address was passed, but the module exports no memory"),
            Self::WrongEffect { import } => {
                write!(out, "`{import}` was called for an effect of another kind")
            }
            Self::NotLookedUp => write!(out, "what was asked for has not been looked up"),
            Self::SetTwice { what } => write!(out, "the {what} of an effect was set twice"),
        }
    }
}

impl core::error::Error for Fault {}
