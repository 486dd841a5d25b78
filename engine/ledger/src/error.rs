//! What can go wrong with a ledger: what a caller did, what its file or server is, what a chain shows.
//!
//! Invariant: each case a caller can act on has its own variant; messages name the remedy.

use std::path::Path;

use crate::{
    account::{Account, Asset},
    entry::{Code, Hash},
};

/// Why a ledger did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// A balance would have a sign that its kind of account must not have. Nothing was appended.
    #[error("`{account}` would hold {balance_minor} `{asset}`, which its kind must not")]
    Overdrawn {
        /// The first such account, in canonical order.
        account: Account,
        /// The asset.
        asset: Asset,
        /// What the balance would be, in minor units.
        balance_minor: i64,
    },
    /// A balance would not fit 64 bits. Nothing was appended.
    #[error("the balance of `{asset}` on `{account}` would not fit 64 bits")]
    Overflow {
        /// The first such account, in canonical order.
        account: Account,
        /// The asset.
        asset: Asset,
    },
    /// A final entry stands under the fact. Nothing was appended.
    #[error("`{fact}` has its final outcome already")]
    Known {
        /// The fact key.
        fact: String,
    },
    /// The code is one that is only answered. Nothing was appended.
    #[error("an entry must not carry the code `{code}`, which is only answered")]
    NotStorable {
        /// The code.
        code: Code,
    },
    /// A text or a value that a ledger does not take: too long, or with a zero byte in it. Nothing was stored.
    #[error("the {what} is not storable: expected at most {limit} bytes and no zero byte, found {found}")]
    Unstorable {
        /// Which part.
        what: &'static str,
        /// How many bytes it may have.
        limit: usize,
        /// What it has instead.
        found: Found,
    },
    /// The bytes of a module are not those of its digest. Nothing was stored.
    #[error("module `{digest}` comes with other bytes than its digest says")]
    ModuleDigest {
        /// The digest that was named.
        digest: Hash,
    },
    /// Something that belongs into a batch was asked for outside one.
    #[error("no batch is open; hint: call `begin` first")]
    NoBatch,
    /// A batch was opened inside another.
    #[error("a batch is open; hint: call `commit` or `rollback` first")]
    BatchOpen,
    /// The batch met an error of its store and can only be rolled back.
    #[error("the batch is broken by an error before this; hint: call `rollback` and do it again")]
    BatchBroken,
    /// Someone else holds the ledger.
    #[error("`{place}`: ledger is in use by another process; hint: stop that one or wait for it")]
    InUse {
        /// The file or schema.
        place: String,
    },
    /// The file or the schema is something else.
    #[error("`{place}` is not a ledger: {why}")]
    NotALedger {
        /// The file or schema.
        place: String,
        /// What shows it.
        why: String,
    },
    /// It was written by a later version of this program.
    #[error("`{place}` is a ledger of version {found}, expected at most {known}; hint: use a newer fenrun")]
    Newer {
        /// The file or schema.
        place: String,
        /// Its version.
        found: u32,
        /// The newest version that is known here.
        known: u32,
    },
    /// It was written by an earlier version and cannot be brought up to date by reading.
    #[error("`{place}` is a ledger of version {found}, expected {known}; hint: open it for writing once")]
    Older {
        /// The file or schema.
        place: String,
        /// Its version.
        found: u32,
        /// The version that is expected.
        known: u32,
    },
    /// What is stored contradicts itself or cannot be read.
    #[error("`{place}` is damaged: {why}; hint: restore it from a copy")]
    Corrupt {
        /// The file or schema.
        place: String,
        /// What shows it.
        why: String,
    },
    /// There is nothing at this place.
    #[error("`{place}` does not exist")]
    Missing {
        /// The file.
        place: String,
    },
    /// The place cannot be written to, or was opened for reading.
    #[error("`{place}` cannot be written; hint: give the folder and the file write permission")]
    ReadOnly {
        /// The file or server.
        place: String,
    },
    /// There is no room left. The batch is undone; the ledger goes on when there is room.
    #[error("`{place}` has no room left; hint: free some space and send the batch again")]
    Full {
        /// The file or server.
        place: String,
    },
    /// The server cannot be reached or the connection was lost. `begin` tries again.
    ///
    /// Where it was lost during `commit`, the batch is either whole or not there: `head` tells.
    #[error("the ledger's server cannot be reached: {why}; hint: begin again when it is back")]
    Unreachable {
        /// What the connection said.
        why: String,
    },
    /// Anything else the store said.
    #[error("`{place}`: {why}")]
    Store {
        /// The file or server.
        place: String,
        /// What it said.
        why: String,
    },
}

/// What a text or value has that a ledger does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Found {
    /// This many bytes.
    #[error("{0} bytes")]
    Bytes(usize),
    /// A zero byte.
    #[error("a zero byte")]
    ZeroByte,
}

/// The first difference between a log and what it says of itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// An entry is missing or twice there.
    #[error("entry {expected} is missing: {found} comes in its place")]
    Gap {
        /// The number that should come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// An entry does not name the hash of the one before it.
    #[error("entry {seq} follows `{found}`, expected `{expected}`")]
    Previous {
        /// The entry.
        seq: u64,
        /// The hash of the entry before it.
        expected: Hash,
        /// The hash it names.
        found: Hash,
    },
    /// An entry is not what was hashed.
    #[error("entry {seq} was changed: its hash is `{expected}`, stored is `{found}`")]
    Changed {
        /// The entry.
        seq: u64,
        /// The hash of what it says.
        expected: Hash,
        /// The hash that is stored.
        found: Hash,
    },
    /// The head is not the last entry.
    #[error(
        "the head names entry {head_entries} with `{head_hash}`, the log ends at {entries} with `{hash}`"
    )]
    Head {
        /// How many entries the head counts.
        head_entries: u64,
        /// The hash it names.
        head_hash: Hash,
        /// How many entries there are.
        entries: u64,
        /// The hash of the last.
        hash: Hash,
    },
    /// A balance is not the sum of its postings.
    #[error("`{account}` holds {found_minor} `{asset}`, its postings sum to {expected_minor}")]
    Balance {
        /// The first such account, in canonical order.
        account: Account,
        /// The asset.
        asset: Asset,
        /// The sum of its postings, in minor units.
        expected_minor: i128,
        /// The stored balance, in minor units.
        found_minor: i64,
    },
    /// The ledger could not be read.
    #[error("the ledger could not be read")]
    Ledger(#[from] LedgerError),
}

/// A path as messages name it.
#[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "only files have paths"))]
pub(crate) fn place(path: &Path) -> String {
    path.display().to_string()
}
