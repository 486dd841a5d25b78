//! The ledger in memory: for tests, trials and backtests, and the oracle of the others.
//!
//! Invariant: plain collections and one journal of what to undo; nothing outlives the value.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
};

use crate::{
    account::{Account, AccountKind, Asset, Balance},
    check, encoding,
    entry::{Change, Entry, Head, Stored, StoredEntry},
    error::LedgerError,
    ledger::Ledger,
    transaction::Transaction,
};

/// A ledger in memory. See [`Ledger`].
#[derive(Clone, Debug, Default)]
pub struct MemoryLedger {
    entries: Vec<StoredEntry>,
    /// Places in `entries` of all entries of a fact.
    facts: HashMap<String, Vec<usize>>,
    correlations: HashMap<Box<str>, Vec<usize>>,
    owners: HashMap<Box<str>, Vec<usize>>,
    balances: HashMap<Account, BTreeMap<Asset, i64>>,
    documents: BTreeMap<&'static str, BTreeMap<String, Vec<u8>>>,
    modules: HashMap<[u8; 32], Vec<u8>>,
    /// What the open batch has to undo, newest last; `None` outside a batch.
    journal: Option<Vec<Undo>>,
}

#[derive(Clone, Debug)]
enum Undo {
    Entry,
    Balance(Account, Asset, Option<i64>),
    Document(&'static str, String, Option<Vec<u8>>),
    Module([u8; 32]),
}

impl MemoryLedger {
    /// An empty ledger.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn balance_of(&self, account: &Account, asset: &Asset) -> i64 {
        self.balances.get(account).and_then(|assets| assets.get(asset)).copied().unwrap_or(0)
    }

    fn at(&self, places: Option<&Vec<usize>>) -> Vec<StoredEntry> {
        places.into_iter().flatten().filter_map(|place| self.entries.get(*place)).cloned().collect()
    }

    fn index(&mut self, place: usize, fact: &str, transactions: &[Transaction]) {
        self.facts.entry(fact.to_owned()).or_default().push(place);
        for transaction in transactions {
            note(&mut self.correlations, transaction.correlation(), place);
            for posting in transaction.postings() {
                note(&mut self.owners, posting.account.owner(), place);
            }
        }
    }

    fn undo(&mut self, undo: Undo) {
        match undo {
            Undo::Entry => {
                let Some(stored) = self.entries.pop() else { return };
                let place = self.entries.len();
                forget(&mut self.facts, &stored.entry.fact, place);
                for transaction in &stored.entry.transactions {
                    forget(&mut self.correlations, transaction.correlation(), place);
                    for posting in transaction.postings() {
                        forget(&mut self.owners, posting.account.owner(), place);
                    }
                }
            }
            Undo::Balance(account, asset, before) => {
                let assets = self.balances.entry(account).or_default();
                match before {
                    Some(before) => drop(assets.insert(asset, before)),
                    None => drop(assets.remove(&asset)),
                }
            }
            Undo::Document(kind, key, before) => {
                let documents = self.documents.entry(kind).or_default();
                match before {
                    Some(before) => drop(documents.insert(key, before)),
                    None => drop(documents.remove(&key)),
                }
            }
            Undo::Module(digest) => drop(self.modules.remove(&digest)),
        }
    }
}

fn note(index: &mut HashMap<Box<str>, Vec<usize>>, key: &str, place: usize) {
    match index.get_mut(key) {
        Some(places) if places.last() == Some(&place) => {}
        Some(places) => places.push(place),
        None => drop(index.insert(key.into(), vec![place])),
    }
}

fn forget<K>(index: &mut HashMap<K, Vec<usize>>, key: &str, place: usize)
where
    K: std::borrow::Borrow<str> + Eq + std::hash::Hash,
{
    if let Some(places) = index.get_mut(key) {
        places.pop_if(|last| *last == place);
        if places.is_empty() {
            index.remove(key);
        }
    }
}

impl Ledger for MemoryLedger {
    fn head(&mut self) -> Result<Head, LedgerError> {
        Ok(self.entries.last().map_or(Head::EMPTY, |last| Head { entries: last.seq, hash: last.hash }))
    }

    fn begin(&mut self) -> Result<(), LedgerError> {
        if self.journal.is_some() {
            return Err(LedgerError::BatchOpen);
        }
        self.journal = Some(Vec::new());
        Ok(())
    }

    fn commit(&mut self) -> Result<Head, LedgerError> {
        self.journal.take().ok_or(LedgerError::NoBatch)?;
        self.head()
    }

    fn rollback(&mut self) -> Result<(), LedgerError> {
        for undo in self.journal.take().into_iter().flatten().rev() {
            self.undo(undo);
        }
        Ok(())
    }

    fn stored(&mut self, fact: &str) -> Result<Option<Stored>, LedgerError> {
        let newest = self.facts.get(fact).and_then(|places| places.last());
        Ok(newest.and_then(|place| self.entries.get(*place)).map(|stored| Stored {
            seq: stored.seq,
            payload: stored.entry.payload,
            code: stored.entry.code,
            because: stored.entry.because.clone(),
        }))
    }

    fn document(&mut self, kind: &str, key: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        Ok(self.documents.get(kind).and_then(|documents| documents.get(key)).cloned())
    }

    fn scan(
        &mut self,
        kind: &str,
        from: &str,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, LedgerError> {
        let Some(documents) = self.documents.get(kind) else { return Ok(Vec::new()) };
        if before.is_some_and(|before| before <= from) {
            return Ok(Vec::new());
        }
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let found = documents.range::<str, _>((Bound::Included(from), end)).take(limit);
        Ok(found.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn balance(&mut self, account: &Account, asset: &Asset) -> Result<i64, LedgerError> {
        Ok(self.balance_of(account, asset))
    }

    fn balances(
        &mut self,
        owner: Option<&str>,
        kind: Option<AccountKind>,
    ) -> Result<Vec<Balance>, LedgerError> {
        let wanted = |account: &Account| {
            owner.is_none_or(|owner| account.owner() == owner)
                && kind.is_none_or(|kind| account.kind() == kind)
        };
        let mut balances = Vec::new();
        for (account, assets) in self.balances.iter().filter(|(account, _)| wanted(account)) {
            for (asset, &balance_minor) in assets.iter().filter(|(_, balance)| **balance != 0) {
                balances.push(Balance { account: account.clone(), asset: asset.clone(), balance_minor });
            }
        }
        balances.sort_unstable();
        Ok(balances)
    }

    fn append(&mut self, mut entry: Entry) -> Result<u64, LedgerError> {
        if self.journal.is_none() {
            return Err(LedgerError::NoBatch);
        }
        check::storable(&entry)?;
        if self.stored(&entry.fact)?.is_some_and(|stored| stored.code.is_final()) {
            return Err(LedgerError::Known { fact: entry.fact });
        }
        let mut moved = Vec::new();
        for ((account, asset), movement) in check::movements(&entry.transactions) {
            let balance_minor = check::moved(account, asset, self.balance_of(account, asset), movement)?;
            moved.push((account.clone(), asset.clone(), balance_minor));
        }
        // From here on nothing can fail.
        let journal = self.journal.get_or_insert_default();
        for (account, asset, balance_minor) in moved {
            let assets = self.balances.entry(account.clone()).or_default();
            let before = assets.insert(asset.clone(), balance_minor);
            journal.push(Undo::Balance(account, asset, before));
        }
        for change in std::mem::take(&mut entry.changes) {
            let documents = self.documents.entry(change.kind()).or_default();
            journal.push(match change {
                Change::Put { kind, key, value } => {
                    let before = documents.insert(key.clone(), value);
                    Undo::Document(kind, key, before)
                }
                Change::Delete { kind, key } => {
                    let before = documents.remove(&key);
                    Undo::Document(kind, key, before)
                }
            });
        }
        journal.push(Undo::Entry);
        let head = self.head()?;
        let seq = head.entries.saturating_add(1);
        let (hash, _) = encoding::seal(head.hash, seq, &entry);
        self.index(self.entries.len(), &entry.fact, &entry.transactions);
        self.entries.push(StoredEntry { seq, previous: head.hash, hash, entry });
        Ok(seq)
    }

    fn entries(&mut self, after: u64, limit: usize) -> Result<Vec<StoredEntry>, LedgerError> {
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        Ok(self.entries.iter().skip(after).take(limit).cloned().collect())
    }

    fn entries_about(&mut self, correlation: &str) -> Result<Vec<StoredEntry>, LedgerError> {
        Ok(self.at(self.correlations.get(correlation)))
    }

    fn entries_of(&mut self, owner: &str) -> Result<Vec<StoredEntry>, LedgerError> {
        Ok(self.at(self.owners.get(owner)))
    }

    fn put_module(&mut self, digest: [u8; 32], bytes: &[u8]) -> Result<(), LedgerError> {
        check::module(digest, bytes)?;
        if self.modules.insert(digest, bytes.to_vec()).is_none()
            && let Some(journal) = &mut self.journal
        {
            journal.push(Undo::Module(digest));
        }
        Ok(())
    }

    fn module(&mut self, digest: [u8; 32]) -> Result<Option<Vec<u8>>, LedgerError> {
        Ok(self.modules.get(&digest).cloned())
    }
}
