//! What a ledger can do, whatever it is kept in.
//!
//! Invariant: every backend answers every call alike; the conformance suite compares them.

use crate::{
    account::{Account, AccountKind, Asset, Balance},
    entry::{Entry, Head, Stored, StoredEntry},
    error::LedgerError,
};

/// How many bytes a key may have: a fact, a correlation, an owner, a lot, an asset, a document's key.
///
/// It keeps every key inside what an index of each backend takes (about 2,700 bytes in PostgreSQL for the three keys of
/// an account together), so that no id from outside can make an entry that one backend stores and another cannot.
pub const KEY_BYTES_MAX: usize = 768;

/// How many bytes a kind of document, a kind of event or a transaction's code may have.
pub const KIND_BYTES_MAX: usize = 64;

/// How many bytes one value may have: an event, a receipt, a reason, a document, a module.
///
/// It bounds what one event from outside can make a ledger hold in memory at once.
pub const VALUE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What became of a batch that was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandedOver {
    /// How far the log goes with it.
    pub head: Head,
    /// Whether it is durable already; else it is on its way.
    pub is_durable: bool,
}

impl HandedOver {
    /// A batch that was committed at once.
    #[must_use]
    pub const fn durable(head: Head) -> Self {
        Self { head, is_durable: true }
    }
}

/// An append-only, hash-chained log of entries with the balances and documents that follow from it.
///
/// Writing happens in batches: [`begin`](Self::begin), any number of reads and [`append`](Self::append)s, then
/// [`commit`](Self::commit) or [`rollback`](Self::rollback). One writer at a time holds a ledger's lock, so everything
/// read inside a batch is current until it ends. Reading outside a batch sees what was committed last.
///
/// Every method takes `&mut self` because backends keep caches and statements; every method returns [`LedgerError`]
/// where its store fails (`Unreachable`, `Full`, `Corrupt`, `Store` …), and only what it returns beside that is named at
/// the method. An error of the store inside a batch breaks the batch: until [`rollback`](Self::rollback), everything
/// returns [`LedgerError::BatchBroken`].
pub trait Ledger {
    /// How far the log goes, the open batch included.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn head(&mut self) -> Result<Head, LedgerError>;

    /// Opens a batch and takes the writers' lock.
    ///
    /// # Errors
    ///
    /// [`LedgerError::BatchOpen`] inside a batch, [`LedgerError::InUse`] where another writer does not let go,
    /// [`LedgerError::ReadOnly`].
    fn begin(&mut self) -> Result<(), LedgerError>;

    /// Ends the batch and keeps it: durable when this returns.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NoBatch`] outside a batch. Whatever the error, the batch is undone and closed.
    fn commit(&mut self) -> Result<Head, LedgerError>;

    /// Ends the batch and lets it be kept while the next one is worked on. From here on it is read like one that is
    /// committed, but it is durable only when [`settle`](Self::settle), or the next `hand_over` or
    /// [`commit`](Self::commit), has returned without an error. At most one batch is on its way; a ledger that cannot write
    /// and read at once commits here, and says so.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NoBatch`] outside a batch. Whatever the error, the batch is undone and closed; where the one handed
    /// over before it could not be kept, that one is undone as well, and [`head`](Self::head) says how far the log goes.
    fn hand_over(&mut self) -> Result<HandedOver, LedgerError> {
        self.commit().map(HandedOver::durable)
    }

    /// Waits until what was handed over is durable.
    ///
    /// # Errors
    ///
    /// Why it could not be kept. It is undone then, and with it the open batch, which is closed.
    fn settle(&mut self) -> Result<(), LedgerError> {
        Ok(())
    }

    /// Ends the batch and undoes it. Outside a batch it does nothing. What was handed over before is settled first.
    ///
    /// # Errors
    ///
    /// Those of the store; the batch is closed and not kept all the same.
    fn rollback(&mut self) -> Result<(), LedgerError>;

    /// The newest entry under a fact, in short.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn stored(&mut self, fact: &str) -> Result<Option<Stored>, LedgerError>;

    /// A document.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn document(&mut self, kind: &str, key: &str) -> Result<Option<Vec<u8>>, LedgerError>;

    /// Documents of a kind in byte order of their keys: from a key on (included), before a key (excluded; `None` for no
    /// end), at most so many. `from` and `before` may be any text; the next page begins at the last key and `"\0"`.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn scan(
        &mut self,
        kind: &str,
        from: &str,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, LedgerError>;

    /// What an account holds of an asset, in minor units; 0 where nothing was posted.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn balance(&mut self, account: &Account, asset: &Asset) -> Result<i64, LedgerError>;

    /// The balances that are not zero, of one owner, of one kind, or of all, in canonical order.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn balances(
        &mut self,
        owner: Option<&str>,
        kind: Option<AccountKind>,
    ) -> Result<Vec<Balance>, LedgerError>;

    /// Appends an entry to the open batch, whole or not at all, and answers its number.
    ///
    /// # Errors
    ///
    /// In this order: [`LedgerError::NoBatch`], [`LedgerError::NotStorable`], [`LedgerError::Unstorable`],
    /// [`LedgerError::Known`] where a final entry stands under the fact, then for the first account in canonical order
    /// [`LedgerError::Overflow`] or [`LedgerError::Overdrawn`], by its balance after all of the entry's transactions.
    /// After any of these the batch goes on as if the entry had not been sent.
    fn append(&mut self, entry: Entry) -> Result<u64, LedgerError>;

    /// Entries after a number (0 for the first), in order, at most so many.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn entries(&mut self, after: u64, limit: usize) -> Result<Vec<StoredEntry>, LedgerError>;

    /// Entries with a transaction of this correlation, in order.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn entries_about(&mut self, correlation: &str) -> Result<Vec<StoredEntry>, LedgerError>;

    /// Entries with a posting on one of this owner's accounts, in order.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn entries_of(&mut self, owner: &str) -> Result<Vec<StoredEntry>, LedgerError>;

    /// Keeps a policy's bytes under their digest. Inside a batch it belongs to the batch, outside it is kept at once.
    /// Keeping the same again does nothing.
    ///
    /// # Errors
    ///
    /// [`LedgerError::ModuleDigest`] where `digest` is not the SHA-256 of `bytes`, [`LedgerError::Unstorable`] where
    /// they are too many, [`LedgerError::ReadOnly`].
    fn put_module(&mut self, digest: [u8; 32], bytes: &[u8]) -> Result<(), LedgerError>;

    /// A policy's bytes by their digest.
    ///
    /// # Errors
    ///
    /// Those of the store.
    fn module(&mut self, digest: [u8; 32]) -> Result<Option<Vec<u8>>, LedgerError>;
}
