//! Checks a whole log against itself: hashes, numbers, head, and balances against their postings.
//!
//! Invariant: reads only; names the first difference.

use std::collections::BTreeMap;

use crate::{
    account::{Account, Asset},
    encoding,
    entry::{Hash, Head},
    error::ChainError,
    ledger::Ledger,
    transaction::Transaction,
};

/// How many entries are held in memory at once.
const PAGE_ENTRIES: usize = 512;

/// Walks all entries, hashes each again at its place, sums its postings, and compares the head and all balances.
///
/// The balances are kept in memory while it runs.
///
/// # Errors
///
/// The first difference, entries before balances; [`ChainError::Ledger`] where an entry cannot be read.
pub fn verify_chain(ledger: &mut dyn Ledger) -> Result<Head, ChainError> {
    let mut sums: BTreeMap<(Account, Asset), i128> = BTreeMap::new();
    let mut last = Head::EMPTY;
    loop {
        let page = ledger.entries(last.entries, PAGE_ENTRIES)?;
        if page.is_empty() {
            break;
        }
        for stored in page {
            let expected = last.entries.saturating_add(1);
            if stored.seq != expected {
                return Err(ChainError::Gap { expected, found: stored.seq });
            }
            if stored.previous != last.hash {
                let (expected, found) = (last.hash, stored.previous);
                return Err(ChainError::Previous { seq: stored.seq, expected, found });
            }
            let (hash, _) = encoding::seal(stored.previous, stored.seq, &stored.entry);
            if hash != stored.hash {
                return Err(ChainError::Changed { seq: stored.seq, expected: hash, found: stored.hash });
            }
            for posting in stored.entry.transactions.iter().flat_map(Transaction::postings) {
                let sum = sums.entry((posting.account.clone(), posting.asset.clone())).or_default();
                *sum = sum.saturating_add(i128::from(posting.amount_minor));
            }
            last = Head { entries: stored.seq, hash };
        }
    }
    let head = ledger.head()?;
    if head != last {
        let (head_entries, head_hash): (u64, Hash) = (head.entries, head.hash);
        return Err(ChainError::Head { head_entries, head_hash, entries: last.entries, hash: last.hash });
    }
    compare_balances(ledger, sums)?;
    Ok(head)
}

fn compare_balances(
    ledger: &mut dyn Ledger,
    sums: BTreeMap<(Account, Asset), i128>,
) -> Result<(), ChainError> {
    let mut both: BTreeMap<(Account, Asset), (i128, i64)> =
        sums.into_iter().map(|(account, sum)| (account, (sum, 0))).collect();
    for balance in ledger.balances(None, None)? {
        both.entry((balance.account, balance.asset)).or_default().1 = balance.balance_minor;
    }
    for ((account, asset), (expected_minor, found_minor)) in both {
        if expected_minor != i128::from(found_minor) {
            return Err(ChainError::Balance { account, asset, expected_minor, found_minor });
        }
    }
    Ok(())
}
