//! What the databases share: a batch is gathered in memory, checked there, and written in one go when it is committed; a
//! batch that is handed over is written while the next one is gathered.
//!
//! Invariant: what was gathered is read before what is being written, and that before what is stored; where anything
//! fails, all that was gathered is dropped.

mod accounts;
mod delegate;
mod documents;
mod row;
mod store;

use std::{collections::HashMap, sync::Arc};

pub(crate) use self::delegate::delegate;
pub(crate) use self::row::EntryRow;
pub(crate) use self::store::{ChangedDocuments, NewEntry, Position, Store, StoredAccount, Writing};
use self::{accounts::Accounts, documents::Documents};
use crate::{
    account::{Account, AccountKind, Asset, Balance},
    check, encoding,
    entry::{Entry, Head, Stored, StoredEntry},
    error::LedgerError,
    ledger::{HandedOver, Ledger},
    transaction::Transaction,
};

/// How many bytes of entries and documents are gathered before they are written inside the open transaction. It bounds
/// what a long batch holds in memory.
const GATHERED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How many facts are remembered inside a batch; more are asked for again.
const FACTS_MAX: usize = 65_536;

/// A ledger over a store.
#[derive(Debug)]
pub(crate) struct Buffered<S> {
    store: S,
    batch: Batch,
    /// Where the log stands with the open batch.
    position: Position,
    entries: Vec<NewEntry>,
    gathered_bytes: usize,
    facts: HashMap<String, Option<Stored>>,
    /// The facts of the batch that was handed over and is not settled; `None` where none is.
    behind: Option<HashMap<String, Option<Stored>>>,
    /// Whether the open batch is broken because the one handed over before it could not be kept.
    lost: bool,
    /// Whether a part of the open batch is in its transaction already, where only who writes it can read it.
    spilled: bool,
    accounts: Accounts,
    documents: Documents,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Batch {
    Closed,
    Open,
    Broken,
}

impl<S: Store> Buffered<S> {
    pub(crate) fn new(store: S) -> Self {
        Self {
            store,
            batch: Batch::Closed,
            position: Position::START,
            entries: Vec::new(),
            gathered_bytes: 0,
            facts: HashMap::new(),
            behind: None,
            lost: false,
            spilled: false,
            accounts: Accounts::default(),
            documents: Documents::default(),
        }
    }

    #[cfg(all(test, feature = "sqlite"))]
    pub(crate) const fn store(&mut self) -> &mut S {
        &mut self.store
    }

    /// Asks the store; inside a batch, its error breaks the batch.
    fn ask<T>(&mut self, ask: impl FnOnce(&mut S) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        if self.batch == Batch::Broken {
            return Err(LedgerError::BatchBroken);
        }
        let answer = ask(&mut self.store);
        if answer.is_err() && self.batch == Batch::Open {
            self.batch = Batch::Broken;
        }
        answer
    }

    /// Whether what was read may be remembered.
    fn remembers(&self) -> bool {
        self.batch == Batch::Open || self.store.is_alone()
    }

    /// Whether there is surely no document of a kind.
    fn has_none(&mut self, kind: &str) -> Result<bool, LedgerError> {
        if self.batch == Batch::Broken {
            return Err(LedgerError::BatchBroken);
        }
        if !self.remembers() {
            return Ok(false);
        }
        if let Some(has_any) = self.documents.has_any(kind) {
            return Ok(!has_any);
        }
        let found = self.ask(|store| store.scan(kind, "", None, 1))?;
        self.documents.learn_kind(kind, !found.is_empty());
        Ok(found.is_empty())
    }

    fn forget(&mut self) {
        self.entries.clear();
        self.gathered_bytes = 0;
        self.facts.clear();
        self.accounts.clear();
        self.documents.clear();
    }

    /// Takes what was gathered to be written.
    fn take_writing(&mut self, documents: Arc<ChangedDocuments>) -> Writing {
        self.gathered_bytes = 0;
        let entries = std::mem::take(&mut self.entries);
        Writing { position: self.position, entries, balances: self.accounts.take_changes(), documents }
    }

    /// Writes what was gathered into the open transaction.
    fn write(&mut self) -> Result<(), LedgerError> {
        self.land()?;
        if self.batch == Batch::Broken {
            return Err(LedgerError::BatchBroken);
        }
        if self.entries.is_empty() {
            return Ok(());
        }
        let documents = self.documents.take_changes();
        let writing = self.take_writing(documents);
        if let Err(error) = self.store.write(&writing) {
            self.batch = Batch::Broken;
            return Err(error);
        }
        self.documents.written(writing.documents);
        self.spilled = true;
        Ok(())
    }

    /// Waits for the batch that was handed over. Where it could not be kept, the open one, which builds on it, is broken.
    fn land(&mut self) -> Result<(), LedgerError> {
        if self.behind.take().is_none() {
            return Ok(());
        }
        if let Err(error) = self.store.settle() {
            self.forget();
            if self.batch == Batch::Open {
                self.batch = Batch::Broken;
                self.lost = true;
            }
            return Err(error);
        }
        self.documents.settled();
        if self.batch == Batch::Open
            && let Err(error) = self.store.begin()
        {
            self.batch = Batch::Broken;
            return Err(error);
        }
        Ok(())
    }

    /// Undoes what a failed commit leaves, and closes the batch.
    fn undo<T>(&mut self, error: LedgerError) -> Result<T, LedgerError> {
        // The first error is the one to tell; what was begun is gone either way.
        let _ = self.store.rollback();
        self.batch = Batch::Closed;
        self.lost = false;
        self.forget();
        Err(error)
    }

    /// Where the accounts that an entry moves are remembered; learns what the store holds of those that are not.
    fn places(&mut self, wanted: &[(&Account, &Asset)]) -> Result<Vec<usize>, LedgerError> {
        if self.accounts.are_many() {
            self.write()?;
            self.accounts.clear();
        }
        let known: Vec<_> =
            wanted.iter().map(|(account, asset)| self.accounts.find(account, asset)).collect();
        let unknown: Vec<_> = wanted
            .iter()
            .zip(&known)
            .filter(|(_, known)| known.is_none())
            .map(|(wanted, _)| *wanted)
            .collect();
        let found = if unknown.is_empty() { Vec::new() } else { self.ask(|store| store.accounts(&unknown))? };
        let learned = unknown.into_iter().zip(found);
        let mut learned = learned.map(|((account, asset), found)| self.accounts.learn(account, asset, found));
        Ok(known.into_iter().filter_map(|known| known.or_else(|| learned.next())).collect())
    }
}

impl<S: Store> Ledger for Buffered<S> {
    fn head(&mut self) -> Result<Head, LedgerError> {
        match self.batch {
            Batch::Open => Ok(self.position.head),
            Batch::Closed if self.behind.is_some() => Ok(self.position.head),
            Batch::Closed | Batch::Broken => self.ask(S::head),
        }
    }

    fn begin(&mut self) -> Result<(), LedgerError> {
        if self.batch != Batch::Closed {
            return Err(LedgerError::BatchOpen);
        }
        if !self.store.is_alone() {
            self.forget();
        }
        // With a batch behind, its transaction comes first and the log goes on where that one ends.
        if self.behind.is_none() {
            self.position = self.store.begin()?;
        }
        self.batch = Batch::Open;
        self.spilled = false;
        Ok(())
    }

    fn commit(&mut self) -> Result<Head, LedgerError> {
        if self.batch == Batch::Closed {
            return Err(LedgerError::NoBatch);
        }
        if let Err(error) = self.write().and_then(|()| self.store.commit()) {
            return self.undo(error);
        }
        self.batch = Batch::Closed;
        self.facts.clear();
        if !self.store.is_alone() {
            self.forget();
        }
        Ok(self.position.head)
    }

    fn hand_over(&mut self) -> Result<HandedOver, LedgerError> {
        if self.batch != Batch::Open || !self.store.writes_behind() {
            return self.commit().map(HandedOver::durable);
        }
        if let Err(error) = self.land() {
            return self.undo(error);
        }
        // What is neither gathered nor stored yet would be read by nobody until it is.
        if self.entries.is_empty() || self.spilled {
            return self.commit().map(HandedOver::durable);
        }
        let documents = self.documents.write_behind();
        let writing = self.take_writing(documents);
        if let Err(error) = self.store.write_behind(writing) {
            return self.undo(error);
        }
        self.batch = Batch::Closed;
        self.behind = Some(std::mem::take(&mut self.facts));
        Ok(HandedOver { head: self.position.head, is_durable: false })
    }

    fn settle(&mut self) -> Result<(), LedgerError> {
        if self.lost {
            return self.undo(LedgerError::BatchBroken);
        }
        self.land().or_else(|error| self.undo(error))
    }

    fn rollback(&mut self) -> Result<(), LedgerError> {
        let landed = self.land();
        if self.batch != Batch::Closed {
            self.batch = Batch::Closed;
            self.lost = false;
            self.forget();
            self.store.rollback()?;
        }
        landed
    }

    fn stored(&mut self, fact: &str) -> Result<Option<Stored>, LedgerError> {
        let behind = || self.behind.as_ref().and_then(|facts| facts.get(fact));
        if let Some(known) = self.facts.get(fact).or_else(behind) {
            return Ok(known.clone());
        }
        if self.batch != Batch::Open {
            return self.ask(|store| store.stored(fact));
        }
        if self.facts.len() >= FACTS_MAX {
            self.write()?;
            self.facts.clear();
        }
        let stored = self.ask(|store| store.stored(fact))?;
        self.facts.insert(fact.to_owned(), stored.clone());
        Ok(stored)
    }

    fn document(&mut self, kind: &str, key: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        if self.has_none(kind)? {
            return Ok(None);
        }
        if let Some(known) = self.documents.find(kind, key) {
            return Ok(known.clone());
        }
        let value = self.ask(|store| store.document(kind, key))?;
        if self.remembers() {
            self.documents.learn(kind, key, value.clone());
        }
        Ok(value)
    }

    fn scan(
        &mut self,
        kind: &str,
        from: &str,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, LedgerError> {
        if before.is_some_and(|before| before <= from) || limit == 0 {
            return Ok(Vec::new());
        }
        if self.has_none(kind)? {
            return Ok(Vec::new());
        }
        let deleted = self.documents.deleted_in(kind, from, before);
        let stored = self.ask(|store| store.scan(kind, from, before, limit.saturating_add(deleted)))?;
        Ok(self.documents.merge(kind, from, before, limit, stored))
    }

    fn balance(&mut self, account: &Account, asset: &Asset) -> Result<i64, LedgerError> {
        if self.batch == Batch::Broken {
            return Err(LedgerError::BatchBroken);
        }
        if self.remembers() {
            let places = self.places(&[(account, asset)])?;
            return Ok(places.first().map_or(0, |place| self.accounts.balance(*place)));
        }
        let found = self.ask(|store| store.accounts(&[(account, asset)]))?;
        Ok(found.into_iter().flatten().next().map_or(0, |found| found.balance_minor))
    }

    fn balances(
        &mut self,
        owner: Option<&str>,
        kind: Option<AccountKind>,
    ) -> Result<Vec<Balance>, LedgerError> {
        self.write()?;
        let mut balances = self.ask(|store| store.balances(owner, kind))?;
        balances.sort_unstable();
        Ok(balances)
    }

    fn append(&mut self, mut entry: Entry) -> Result<u64, LedgerError> {
        match self.batch {
            Batch::Open => {}
            Batch::Closed => return Err(LedgerError::NoBatch),
            Batch::Broken => return Err(LedgerError::BatchBroken),
        }
        check::storable(&entry)?;
        if self.stored(&entry.fact)?.is_some_and(|stored| stored.code.is_final()) {
            return Err(LedgerError::Known { fact: entry.fact });
        }
        let movements = check::movements(&entry.transactions);
        let moved_accounts: Vec<_> = movements.keys().copied().collect();
        let account_places = self.places(&moved_accounts)?;
        let mut moved = Vec::with_capacity(movements.len());
        for (((account, asset), movement), place) in movements.iter().zip(account_places) {
            let balance_minor = self.accounts.balance(place);
            moved.push((place, check::moved(account, asset, balance_minor, *movement)?));
        }
        // Where the account of each posting is; both lists are in canonical order.
        let places: Vec<usize> = entry
            .transactions
            .iter()
            .flat_map(Transaction::postings)
            .filter_map(|posting| moved_accounts.binary_search(&(&posting.account, &posting.asset)).ok())
            .filter_map(|at| moved.get(at).map(|(place, _)| *place))
            .collect();
        drop(movements);
        // From here on nothing can fail.
        for (place, balance_minor) in moved {
            self.accounts.set(place, balance_minor, &mut self.position.accounts);
        }
        let changes = std::mem::take(&mut entry.changes);
        let seq = self.position.head.entries.saturating_add(1);
        let (hash, transactions) = encoding::seal(self.position.head.hash, seq, &entry);
        self.position.head = Head { entries: seq, hash };
        self.gathered_bytes = self.gathered_bytes.saturating_add(NewEntry::bytes(&entry, &transactions));
        for change in changes {
            let bytes = self.documents.change(change);
            self.gathered_bytes = self.gathered_bytes.saturating_add(bytes);
        }
        let stored = Stored { seq, payload: entry.payload, code: entry.code, because: entry.because.clone() };
        self.facts.insert(entry.fact.clone(), Some(stored));
        let postings = self.accounts.lines(seq, &entry.transactions, &places);
        self.entries.push(NewEntry { seq, hash, entry, transactions, postings });
        if self.gathered_bytes > GATHERED_BYTES_MAX {
            self.write()?;
        }
        Ok(seq)
    }

    fn entries(&mut self, after: u64, limit: usize) -> Result<Vec<StoredEntry>, LedgerError> {
        self.write()?;
        self.ask(|store| store.entries(after, limit))
    }

    fn entries_about(&mut self, correlation: &str) -> Result<Vec<StoredEntry>, LedgerError> {
        self.write()?;
        self.ask(|store| store.entries_about(correlation))
    }

    fn entries_of(&mut self, owner: &str) -> Result<Vec<StoredEntry>, LedgerError> {
        self.write()?;
        self.ask(|store| store.entries_of(owner))
    }

    fn put_module(&mut self, digest: [u8; 32], bytes: &[u8]) -> Result<(), LedgerError> {
        check::module(digest, bytes)?;
        self.land()?;
        self.spilled = true;
        self.ask(|store| store.put_module(digest, bytes))
    }

    fn module(&mut self, digest: [u8; 32]) -> Result<Option<Vec<u8>>, LedgerError> {
        self.ask(|store| store.module(digest))
    }
}
