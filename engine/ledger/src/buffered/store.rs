//! What a database has to offer so that a ledger can be kept in it.
//!
//! Invariant: nothing here checks money; what is written was checked before.

use crate::{
    account::{Account, AccountKind, Asset, Balance},
    entry::{Entry, Head, Stored, StoredEntry},
    error::LedgerError,
};

/// How far the log and the list of accounts go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) head: Head,
    /// The number of the newest account.
    pub(crate) accounts: i64,
}

impl Position {
    pub(crate) const START: Self = Self { head: Head::EMPTY, accounts: 0 };
}

/// An account as it is stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoredAccount {
    pub(crate) id: i64,
    pub(crate) balance_minor: i64,
}

/// An entry that is to be written.
#[derive(Debug)]
pub(crate) struct NewEntry {
    pub(crate) seq: u64,
    pub(crate) hash: crate::entry::Hash,
    pub(crate) entry: Entry,
    /// The transactions, encoded.
    pub(crate) transactions: Vec<u8>,
    pub(crate) postings: Vec<Line>,
}

impl NewEntry {
    /// About how much memory it takes.
    pub(crate) fn bytes(entry: &Entry, transactions: &[u8]) -> usize {
        let receipt = entry.receipt.as_ref().map_or(0, String::len);
        let because = entry.because.as_ref().map_or(0, String::len);
        // Each encoded posting is there a second time as it came.
        [entry.event.len(), receipt, because, transactions.len(), transactions.len(), 512]
            .into_iter()
            .fold(0, usize::saturating_add)
    }
}

/// A posting as a line of its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    pub(crate) account: i64,
    pub(crate) seq: u64,
    /// Which transaction of the entry, from 1.
    pub(crate) number: i64,
    pub(crate) amount_minor: i64,
}

/// An account that is to be written for the first time.
#[derive(Debug)]
pub(crate) struct NewAccount<'a> {
    pub(crate) id: i64,
    pub(crate) account: &'a Account,
    pub(crate) asset: &'a Asset,
    pub(crate) balance_minor: i64,
}

/// Everything that is to be written at once.
#[derive(Debug)]
pub(crate) struct Writing<'a> {
    pub(crate) position: Position,
    pub(crate) entries: &'a [NewEntry],
    pub(crate) new_accounts: Vec<NewAccount<'a>>,
    /// Number and balance.
    pub(crate) changed_accounts: Vec<(i64, i64)>,
    /// Kind, key, value.
    pub(crate) put: Vec<(&'a str, &'a str, &'a [u8])>,
    /// Kind, key.
    pub(crate) deleted: Vec<(&'a str, &'a str)>,
}

impl Writing<'_> {
    /// All postings in the order of the table they go to.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let mut lines: Vec<_> =
            self.entries.iter().flat_map(|entry| entry.postings.iter().copied()).collect();
        lines.sort_unstable();
        lines
    }

    /// Correlations of all entries, each pair once, in the order of the table they go to.
    pub(crate) fn correlations(&self) -> Vec<(&str, u64)> {
        let mut correlations: Vec<_> = self
            .entries
            .iter()
            .flat_map(|new| new.entry.transactions.iter().map(|one| (one.correlation(), new.seq)))
            .collect();
        correlations.sort_unstable();
        correlations.dedup();
        correlations
    }
}

/// A database that keeps a ledger. Errors inside a transaction may have ended it.
pub(crate) trait Store {
    /// Whether nobody else can write, so that what was read stays true between batches.
    fn is_alone(&self) -> bool;
    /// Opens a transaction, takes the writers' lock and says how far the log goes.
    fn begin(&mut self) -> Result<Position, LedgerError>;
    /// Makes the transaction durable.
    fn commit(&mut self) -> Result<(), LedgerError>;
    /// Undoes the transaction, where there still is one.
    fn rollback(&mut self) -> Result<(), LedgerError>;
    /// Writes into the open transaction.
    fn write(&mut self, writing: &Writing<'_>) -> Result<(), LedgerError>;
    fn head(&mut self) -> Result<Head, LedgerError>;
    fn stored(&mut self, fact: &str) -> Result<Option<Stored>, LedgerError>;
    fn document(&mut self, kind: &str, key: &str) -> Result<Option<Vec<u8>>, LedgerError>;
    /// As [`Ledger::scan`](crate::Ledger::scan), where `before` is above `from`.
    fn scan(
        &mut self,
        kind: &str,
        from: &str,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, LedgerError>;
    /// As many answers as there are accounts asked for, in the same order.
    fn accounts(&mut self, wanted: &[(&Account, &Asset)]) -> Result<Vec<Option<StoredAccount>>, LedgerError>;
    /// In any order.
    fn balances(
        &mut self,
        owner: Option<&str>,
        kind: Option<AccountKind>,
    ) -> Result<Vec<Balance>, LedgerError>;
    fn entries(&mut self, after: u64, limit: usize) -> Result<Vec<StoredEntry>, LedgerError>;
    fn entries_about(&mut self, correlation: &str) -> Result<Vec<StoredEntry>, LedgerError>;
    fn entries_of(&mut self, owner: &str) -> Result<Vec<StoredEntry>, LedgerError>;
    fn put_module(&mut self, digest: [u8; 32], bytes: &[u8]) -> Result<(), LedgerError>;
    fn module(&mut self, digest: [u8; 32]) -> Result<Option<Vec<u8>>, LedgerError>;
}
