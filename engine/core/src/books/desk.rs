//! Where one event is worked out: reads of the ledger, and what is to change, before anything changes.
//!
//! Invariant: what was set aside is read back; the ledger sees all of it at once or nothing.

use std::collections::{BTreeMap, BTreeSet};

use fenrun_ledger::{
    Account, AccountKind, Asset, Change, Ledger, LedgerError, Posting, Transaction, TransactionError,
};
use fenrun_money::Overflow;
use serde::{Serialize, de::DeserializeOwned};

use super::stop::Stop;

/// The kinds of documents the books keep beside the log.
pub(crate) mod kind {
    pub(crate) const AGENDA: &str = "agenda";
    pub(crate) const BUDGET: &str = "budget";
    pub(crate) const BUYER: &str = "buyer";
    pub(crate) const CLOSED: &str = "closed";
    pub(crate) const CONDUCT: &str = "conduct";
    pub(crate) const COUPON: &str = "coupon";
    pub(crate) const COUPON_USE: &str = "coupon_use";
    pub(crate) const COUPON_ISSUE: &str = "coupon_issue";
    pub(crate) const COUNTED: &str = "counted";
    pub(crate) const EARNED: &str = "earned";
    pub(crate) const HELD: &str = "held";
    pub(crate) const KNOWN: &str = "known";
    pub(crate) const LOT: &str = "lot";
    pub(crate) const PARKED: &str = "parked";
    pub(crate) const PARTY: &str = "party";
    pub(crate) const PAYOUT: &str = "payout";
    pub(crate) const PROGRAM: &str = "program";
    pub(crate) const QUOTE: &str = "quote";
    pub(crate) const SOLD: &str = "sold";
    pub(crate) const TOUCH: &str = "touch";
    pub(crate) const UNDER: &str = "under";
    pub(crate) const VOLUME: &str = "volume";

    /// Every kind.
    pub(crate) const ALL: [&str; 22] = [
        AGENDA,
        BUDGET,
        BUYER,
        CLOSED,
        CONDUCT,
        COUNTED,
        COUPON,
        COUPON_ISSUE,
        COUPON_USE,
        EARNED,
        HELD,
        KNOWN,
        LOT,
        PARKED,
        PARTY,
        PAYOUT,
        PROGRAM,
        QUOTE,
        SOLD,
        TOUCH,
        UNDER,
        VOLUME,
    ];
}

/// Between the parts of a document's key; no id holds it.
pub(crate) const SEPARATOR: char = '\u{1f}';

/// A key of several parts.
pub(crate) fn key(parts: &[&str]) -> String {
    let mut key = String::new();
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            key.push(SEPARATOR);
        }
        key.push_str(part);
    }
    key
}

/// The bounds of all keys that begin with these parts.
pub(crate) fn below(parts: &[&str]) -> (String, String) {
    let mut from = key(parts);
    let mut before = from.clone();
    from.push(SEPARATOR);
    before.push('\u{20}');
    (from, before)
}

/// One event on the desk.
pub(crate) struct Desk<'ledger> {
    ledger: &'ledger mut dyn Ledger,
    pending: BTreeMap<(&'static str, String), Option<Vec<u8>>>,
    transactions: Vec<Transaction>,
}

/// What is to change.
pub(crate) struct Worked {
    pub(crate) transactions: Vec<Transaction>,
    pub(crate) changes: Vec<Change>,
}

impl<'ledger> Desk<'ledger> {
    pub(crate) fn new(ledger: &'ledger mut dyn Ledger) -> Self {
        Self { ledger, pending: BTreeMap::new(), transactions: Vec::new() }
    }

    /// The ledger below, as it stands without what was set aside.
    pub(crate) fn ledger(&mut self) -> &mut dyn Ledger {
        self.ledger
    }

    /// A document as it stands on the desk.
    pub(crate) fn find<T: DeserializeOwned>(
        &mut self,
        kind: &'static str,
        key: &str,
    ) -> Result<Option<T>, Stop> {
        if !self.pending.is_empty()
            && let Some(pending) = self.pending.get(&(kind, key.to_owned()))
        {
            return pending.as_deref().map(|bytes| decode(kind, key, bytes)).transpose();
        }
        let found = self.ledger.document(kind, key)?;
        found.map(|bytes| decode(kind, key, &bytes)).transpose()
    }

    /// A document, or its beginning.
    pub(crate) fn get<T: DeserializeOwned + Default>(
        &mut self,
        kind: &'static str,
        key: &str,
    ) -> Result<T, Stop> {
        Ok(self.find(kind, key)?.unwrap_or_default())
    }

    /// Sets a document aside.
    pub(crate) fn put<T: Serialize>(
        &mut self,
        kind: &'static str,
        key: impl Into<String>,
        value: &T,
    ) -> Result<(), Stop> {
        let key = key.into();
        let bytes = serde_json::to_vec(value).map_err(|error| broken(kind, &key, &error))?;
        self.pending.insert((kind, key), Some(bytes));
        Ok(())
    }

    /// Sets aside that a sum has changed; what is not there is 0.
    pub(crate) fn add(
        &mut self,
        kind: &'static str,
        key: impl Into<String>,
        amount: i64,
    ) -> Result<(), Stop> {
        let key = key.into();
        let sum: i64 = self.get(kind, &key)?;
        self.put(kind, key, &sum.checked_add(amount).ok_or(Overflow)?)
    }

    /// Sets aside that a document goes.
    pub(crate) fn remove(&mut self, kind: &'static str, key: impl Into<String>) {
        self.pending.insert((kind, key.into()), None);
    }

    /// The keys from one to another, as they stand on the desk.
    pub(crate) fn keys(
        &mut self,
        kind: &'static str,
        from: &str,
        before: Option<&str>,
    ) -> Result<Vec<String>, Stop> {
        let stored = every(self.ledger, kind, from, before)?;
        let mut keys: BTreeSet<String> = stored.into_iter().map(|(key, _)| key).collect();
        for ((pending, key), value) in &self.pending {
            let within = key.as_str() >= from && before.is_none_or(|before| key.as_str() < before);
            if *pending == kind && within {
                match value {
                    Some(_) => keys.insert(key.clone()),
                    None => keys.remove(key),
                };
            }
        }
        Ok(keys.into_iter().collect())
    }

    /// An account's balance with what was set aside.
    pub(crate) fn balance(&mut self, account: &Account, asset: &Asset) -> Result<i64, Stop> {
        let mut balance = self.ledger.balance(account, asset)?;
        for posting in self.transactions.iter().flat_map(Transaction::postings) {
            if posting.account == *account && posting.asset == *asset {
                balance = balance.checked_add(posting.amount_minor).ok_or(Overflow)?;
            }
        }
        Ok(balance)
    }

    /// All balances of an owner in one kind of account, without what was set aside.
    pub(crate) fn balances(
        &mut self,
        owner: Option<&str>,
        kind: AccountKind,
    ) -> Result<Vec<fenrun_ledger::Balance>, Stop> {
        Ok(self.ledger.balances(owner, Some(kind))?)
    }

    /// Whether a fact has come to its end, and at what.
    pub(crate) fn stored(&mut self, fact: &str) -> Result<Option<fenrun_ledger::Stored>, Stop> {
        Ok(self.ledger.stored(fact)?)
    }

    /// Sets a transaction aside; one that moves nothing is none.
    pub(crate) fn post(&mut self, code: &str, correlation: &str, postings: Vec<Posting>) -> Result<(), Stop> {
        match Transaction::balanced(code, correlation, postings) {
            Ok(Some(transaction)) => self.transactions.push(transaction),
            Ok(None) => {}
            Err(error) => return Err(unbalanced(&error)),
        }
        Ok(())
    }

    /// What is to change.
    pub(crate) fn finish(self) -> Worked {
        let changes = self.pending.into_iter().map(|((kind, key), value)| match value {
            Some(value) => Change::Put { kind, key, value },
            None => Change::Delete { kind, key },
        });
        Worked { transactions: self.transactions, changes: changes.collect() }
    }
}

/// Documents read at once.
const PAGE: usize = 4_096;

/// Where the scan goes on after a key: no key holds a character below this one.
pub(crate) fn after(key: &str) -> String {
    format!("{key}\u{1}")
}

/// All documents of a kind from one key to another, page by page.
pub(crate) fn every(
    ledger: &mut dyn Ledger,
    kind: &str,
    from: &str,
    before: Option<&str>,
) -> Result<Vec<(String, Vec<u8>)>, LedgerError> {
    let (mut all, mut from) = (Vec::new(), from.to_owned());
    loop {
        let page = ledger.scan(kind, &from, before, PAGE)?;
        let full = page.len() >= PAGE;
        if let Some((last, _)) = page.last() {
            from = after(last);
        }
        all.extend(page);
        if !full {
            return Ok(all);
        }
    }
}

fn decode<T: DeserializeOwned>(kind: &str, key: &str, bytes: &[u8]) -> Result<T, Stop> {
    serde_json::from_slice(bytes).map_err(|error| broken(kind, key, &error))
}

fn broken(kind: &str, key: &str, error: &serde_json::Error) -> Stop {
    Stop::Ledger(LedgerError::Corrupt { place: format!("{kind}/{key}"), why: error.to_string() })
}

fn unbalanced(error: &TransactionError) -> Stop {
    Stop::Engine(format!("a transaction cannot be made: {error}"))
}
