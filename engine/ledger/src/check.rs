//! What is asked of every entry, whatever it is kept in: storable texts, and what its postings come to.
//!
//! Invariant: pure, and the same for every backend.

use std::collections::BTreeMap;

use crate::{
    account::{Account, Asset},
    encoding,
    entry::{Change, Entry, Hash},
    error::{Found, LedgerError},
    ledger::{KEY_BYTES_MAX, KIND_BYTES_MAX, VALUE_BYTES_MAX},
    transaction::Transaction,
};

/// Code and texts of an entry.
pub(crate) fn storable(entry: &Entry) -> Result<(), LedgerError> {
    if !entry.code.is_stored() {
        return Err(LedgerError::NotStorable { code: entry.code });
    }
    text("fact", &entry.fact, KEY_BYTES_MAX)?;
    text("kind of event", &entry.kind, KIND_BYTES_MAX)?;
    text("event", &entry.event, VALUE_BYTES_MAX)?;
    for (what, present, limit) in [
        ("reason", &entry.because, VALUE_BYTES_MAX),
        ("cause", &entry.cause, KEY_BYTES_MAX),
        ("receipt", &entry.receipt, VALUE_BYTES_MAX),
    ] {
        if let Some(present) = present {
            text(what, present, limit)?;
        }
    }
    for transaction in &entry.transactions {
        text("code of a transaction", transaction.code(), KIND_BYTES_MAX)?;
        text("correlation", transaction.correlation(), KEY_BYTES_MAX)?;
        for posting in transaction.postings() {
            text("owner of an account", posting.account.owner(), KEY_BYTES_MAX)?;
            text("lot of an account", posting.account.lot(), KEY_BYTES_MAX)?;
            text("asset", posting.asset.as_str(), KEY_BYTES_MAX)?;
        }
    }
    for change in &entry.changes {
        text("kind of document", change.kind(), KIND_BYTES_MAX)?;
        text("key of a document", change.key(), KEY_BYTES_MAX)?;
        if let Change::Put { value, .. } = change {
            bytes("document", value)?;
        }
    }
    Ok(())
}

/// Bytes and digest of a module.
pub(crate) fn module(digest: [u8; 32], content: &[u8]) -> Result<(), LedgerError> {
    bytes("module", content)?;
    if encoding::digest(content) == digest {
        Ok(())
    } else {
        Err(LedgerError::ModuleDigest { digest: Hash(digest) })
    }
}

fn text(what: &'static str, text: &str, limit: usize) -> Result<(), LedgerError> {
    if text.len() > limit {
        return Err(LedgerError::Unstorable { what, limit, found: Found::Bytes(text.len()) });
    }
    // PostgreSQL keeps no zero byte in a text.
    if text.as_bytes().contains(&0) {
        return Err(LedgerError::Unstorable { what, limit, found: Found::ZeroByte });
    }
    Ok(())
}

fn bytes(what: &'static str, bytes: &[u8]) -> Result<(), LedgerError> {
    if bytes.len() > VALUE_BYTES_MAX {
        let found = Found::Bytes(bytes.len());
        return Err(LedgerError::Unstorable { what, limit: VALUE_BYTES_MAX, found });
    }
    Ok(())
}

/// What all transactions of an entry together move on each account, in canonical order.
pub(crate) fn movements(transactions: &[Transaction]) -> BTreeMap<(&Account, &Asset), i128> {
    let mut movements = BTreeMap::new();
    for posting in transactions.iter().flat_map(Transaction::postings) {
        let sum: &mut i128 = movements.entry((&posting.account, &posting.asset)).or_default();
        *sum = sum.saturating_add(i128::from(posting.amount_minor));
    }
    movements
}

/// A balance after a movement, where it fits and may stand.
pub(crate) fn moved(
    account: &Account,
    asset: &Asset,
    balance_minor: i64,
    movement: i128,
) -> Result<i64, LedgerError> {
    let moved = i128::from(balance_minor).saturating_add(movement);
    let Ok(balance_minor) = i64::try_from(moved) else {
        return Err(LedgerError::Overflow { account: account.clone(), asset: asset.clone() });
    };
    if account.kind().sign().allows(balance_minor) {
        Ok(balance_minor)
    } else {
        Err(LedgerError::Overdrawn { account: account.clone(), asset: asset.clone(), balance_minor })
    }
}
