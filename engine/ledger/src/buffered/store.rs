//! What a database has to offer so that a ledger can be kept in it.
//!
//! Invariant: nothing here checks money; what is written was checked before.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    account::{Account, AccountKind, Asset, Balance},
    entry::{Entry, Head, Stored, StoredEntry},
    error::LedgerError,
    transaction::Transaction,
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

/// What the balances of accounts have become.
#[derive(Debug, Default)]
pub(crate) struct Balances {
    /// The number of the first account that is new; the others follow it.
    pub(crate) first_new: i64,
    /// Balances of new accounts.
    pub(crate) new: Vec<i64>,
    /// Number and balance of accounts that were there.
    pub(crate) changed: Vec<(i64, i64)>,
}

/// Documents by kind and key; `None` is one that was deleted.
pub(crate) type ChangedDocuments = BTreeMap<&'static str, BTreeMap<String, Option<Vec<u8>>>>;

/// Everything that is to be written at once. It owns what it holds, so that it can be written on another thread.
#[derive(Debug)]
pub(crate) struct Writing {
    pub(crate) position: Position,
    pub(crate) entries: Vec<NewEntry>,
    pub(crate) balances: Balances,
    /// Shared with who still reads them.
    pub(crate) documents: Arc<ChangedDocuments>,
}

impl Writing {
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

    /// The accounts that are new, by number; what they are called stands in the postings.
    pub(crate) fn new_accounts(&self) -> Vec<NewAccount<'_>> {
        let Balances { first_new, new: balances, .. } = &self.balances;
        let mut new: Vec<Option<NewAccount<'_>>> = Vec::new();
        new.resize_with(balances.len(), || None);
        for entry in &self.entries {
            let postings = entry.entry.transactions.iter().flat_map(Transaction::postings);
            for (line, posting) in entry.postings.iter().zip(postings) {
                let at = line.account.checked_sub(*first_new).and_then(|at| usize::try_from(at).ok());
                if let Some(at) = at
                    && let Some(vacant @ None) = new.get_mut(at)
                    && let Some(balance_minor) = balances.get(at)
                {
                    let (account, asset) = (&posting.account, &posting.asset);
                    let balance_minor = *balance_minor;
                    *vacant = Some(NewAccount { id: line.account, account, asset, balance_minor });
                }
            }
        }
        new.into_iter().flatten().collect()
    }

    /// Documents to put, as kind, key and value, in the order of the table they go to.
    pub(crate) fn put(&self) -> impl Iterator<Item = (&str, &str, &[u8])> {
        self.changes().filter_map(|(kind, key, value)| value.map(|value| (kind, key, value)))
    }

    /// Documents to delete, as kind and key.
    pub(crate) fn deleted(&self) -> impl Iterator<Item = (&str, &str)> {
        self.changes().filter(|(_, _, value)| value.is_none()).map(|(kind, key, _)| (kind, key))
    }

    fn changes(&self) -> impl Iterator<Item = (&str, &str, Option<&[u8]>)> {
        self.documents
            .iter()
            .flat_map(|(kind, keys)| keys.iter().map(|(key, value)| (*kind, key.as_str(), value.as_deref())))
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
    fn write(&mut self, writing: &Writing) -> Result<(), LedgerError>;
    /// Whether a transaction can be written behind.
    fn writes_behind(&self) -> bool {
        false
    }
    /// Lets this be written into the open transaction and made durable while reading goes on. Until
    /// [`settle`](Self::settle) is called, what is read is what was there before, and nothing else is written.
    fn write_behind(&mut self, writing: Writing) -> Result<(), LedgerError> {
        self.write(&writing)?;
        self.commit()
    }
    /// Waits for what is written behind: durable when this returns, undone where it fails.
    fn settle(&mut self) -> Result<(), LedgerError> {
        Ok(())
    }
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
