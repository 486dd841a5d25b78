//! Checks a whole log against itself: hashes, numbers, head, and balances against their postings.
//!
//! Invariant: reads only; names the first difference.

use std::collections::{BTreeMap, HashMap};

use crate::{
    account::{Account, Asset, Balance},
    encoding,
    entry::{Hash, Head},
    error::ChainError,
    ledger::Ledger,
    transaction::{Posting, Transaction},
};

/// How many entries are held in memory at once.
const PAGE_ENTRIES: usize = 512;

type Sums = HashMap<Account, BTreeMap<Asset, i128>>;

/// Walks all entries, hashes each again at its place, sums its postings, and compares the head and all balances.
///
/// The balances are kept in memory while it runs.
///
/// # Errors
///
/// The first difference, entries before balances; [`ChainError::Ledger`] where an entry cannot be read.
pub fn verify_chain(ledger: &mut dyn Ledger) -> Result<Head, ChainError> {
    let mut sums = Sums::new();
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
                add(&mut sums, posting);
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

fn add(sums: &mut Sums, posting: &Posting) {
    let assets = match sums.get_mut(&posting.account) {
        Some(assets) => assets,
        None => sums.entry(posting.account.clone()).or_default(),
    };
    let sum = match assets.get_mut(&posting.asset) {
        Some(sum) => sum,
        None => assets.entry(posting.asset.clone()).or_default(),
    };
    *sum = sum.saturating_add(i128::from(posting.amount_minor));
}

/// Takes each balance off its sum: what is left is wrong.
fn compare_balances(ledger: &mut dyn Ledger, mut sums: Sums) -> Result<(), ChainError> {
    let mut wrong: BTreeMap<(Account, Asset), (i128, i64)> = BTreeMap::new();
    for Balance { account, asset, balance_minor } in ledger.balances(None, None)? {
        let sum = sums.get_mut(&account).and_then(|assets| assets.remove(&asset)).unwrap_or(0);
        if sum != i128::from(balance_minor) {
            wrong.insert((account, asset), (sum, balance_minor));
        }
    }
    for (account, assets) in sums {
        for (asset, sum) in assets.into_iter().filter(|(_, sum)| *sum != 0) {
            wrong.insert((account.clone(), asset), (sum, 0));
        }
    }
    match wrong.pop_first() {
        None => Ok(()),
        Some(((account, asset), (expected_minor, found_minor))) => {
            Err(ChainError::Balance { account, asset, expected_minor, found_minor })
        }
    }
}
