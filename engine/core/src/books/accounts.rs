//! The accounts an order's money moves between.
//!
//! Invariant: names only; which movements are made is decided where the event is.

use fenrun_ledger::{Account, AccountKind, Asset, Posting};
use fenrun_money::Overflow;

use super::desk::Desk;
use super::stop::Stop;

/// The merchant's own account of a kind.
pub(crate) fn own(kind: AccountKind) -> Account {
    Account::new(kind, "", "")
}

/// A party's account of a kind.
pub(crate) fn of(kind: AccountKind, party: &str) -> Account {
    Account::new(kind, party, "")
}

/// What a party has in an order's lot.
pub(crate) fn lot(party: &str, order: &str) -> Account {
    Account::new(AccountKind::Held, party, order)
}

pub(crate) fn posting(account: Account, asset: &Asset, amount_minor: i64) -> Posting {
    Posting { account, asset: asset.clone(), amount_minor }
}

pub(crate) fn negative(amount: i64) -> Result<i64, Overflow> {
    amount.checked_neg().ok_or(Overflow)
}

/// Credits a party freely: first what it owes is netted, the rest is available.
pub(crate) fn credit(
    desk: &mut Desk<'_>,
    postings: &mut Vec<Posting>,
    party: &str,
    asset: &Asset,
    amount: i64,
) -> Result<(), Stop> {
    let receivable = of(AccountKind::Receivable, party);
    let mut owed = desk.balance(&receivable, asset)?;
    for posting in postings.iter().filter(|posting| posting.account == receivable) {
        owed = owed.checked_add(posting.amount_minor).ok_or(Overflow)?;
    }
    let netted = amount.min(negative(owed)?.max(0));
    let free = amount.checked_sub(netted).ok_or(Overflow)?;
    if netted > 0 {
        postings.push(posting(receivable, asset, netted));
    }
    if free > 0 {
        postings.push(posting(of(AccountKind::Available, party), asset, free));
    }
    Ok(())
}

/// Takes an amount back from a party: from what is available, the rest becomes a receivable.
pub(crate) fn debit(
    desk: &mut Desk<'_>,
    postings: &mut Vec<Posting>,
    party: &str,
    asset: &Asset,
    amount: i64,
) -> Result<(), Stop> {
    let available = of(AccountKind::Available, party);
    let mut free = desk.balance(&available, asset)?;
    for posting in postings.iter().filter(|posting| posting.account == available) {
        free = free.checked_add(posting.amount_minor).ok_or(Overflow)?;
    }
    let taken = amount.min(free.max(0));
    let owed = amount.checked_sub(taken).ok_or(Overflow)?;
    if taken > 0 {
        postings.push(posting(available, asset, negative(taken)?));
    }
    if owed > 0 {
        postings.push(posting(of(AccountKind::Receivable, party), asset, negative(owed)?));
    }
    Ok(())
}
