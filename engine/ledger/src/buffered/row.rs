//! A row of the log as a database holds it, before its parts are read.
//!
//! Invariant: a time or transactions that no ledger writes are never replaced by something else.

use jiff::Timestamp;

use crate::{
    encoding::read_transactions,
    entry::{Code, Entry, Hash, StoredEntry},
};

#[derive(Debug)]
pub(crate) struct EntryRow {
    pub(crate) seq: u64,
    pub(crate) previous: Hash,
    pub(crate) hash: Hash,
    pub(crate) fact: String,
    pub(crate) kind: String,
    pub(crate) time: String,
    pub(crate) payload: [u8; 32],
    pub(crate) event: String,
    pub(crate) code: Code,
    pub(crate) because: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) receipt: Option<String>,
    /// Encoded.
    pub(crate) transactions: Vec<u8>,
}

impl EntryRow {
    /// The entry; `None` where its time or its transactions cannot be read.
    pub(crate) fn entry(self) -> Option<StoredEntry> {
        let entry = Entry {
            fact: self.fact,
            kind: self.kind,
            time: self.time.parse::<Timestamp>().ok()?,
            payload: self.payload,
            event: self.event,
            code: self.code,
            because: self.because,
            cause: self.cause,
            receipt: self.receipt,
            transactions: read_transactions(&self.transactions)?,
            changes: Vec::new(),
        };
        Some(StoredEntry { seq: self.seq, previous: self.previous, hash: self.hash, entry })
    }
}
