//! Points, stars and whatever else a merchant gives by the unit: given, redeemed, expired.
//!
//! Invariant: units are assets of the same ledger; each grant is a lot of its own, and what expires first is used first.

use fenrun_ledger::{Account, AccountKind, Asset};
use fenrun_money::Overflow;
use jiff::civil::Date;

use super::accounts::{negative, own, posting};
use super::desk::{Desk, SEPARATOR, key, kind};
use super::history::merged;
use super::setting::Done;
use super::stop::Stop;
use crate::event::{GrantGiven, GrantRedeemed};

/// What stands for "never" in a lot's name; it sorts behind every date.
const NEVER: &str = "never";

/// Gives units to a party; answers the lot of the wallet they are in.
pub(crate) fn give(
    desk: &mut Desk<'_>,
    (grant, to, units_of): (&str, &str, &str),
    units: i64,
    expires: Option<Date>,
) -> Result<String, Stop> {
    let until = expires.map_or_else(|| NEVER.to_owned(), |date| date.to_string());
    let wallet = Account::new(AccountKind::Wallet, to, format!("{until}/{grant}"));
    let asset = Asset::new(units_of);
    desk.post(
        "grant",
        grant,
        vec![
            posting(own(AccountKind::Issuance), &asset, negative(units)?),
            posting(wallet.clone(), &asset, units),
        ],
    )?;
    desk.add(kind::EARNED, key(&[to, units_of]), units)?;
    if expires.is_some() {
        // The agenda's id: asset, owner and lot, by which the wallet is found again.
        let id = key(&[units_of, to, wallet.lot()]);
        desk.put(kind::AGENDA, key(&[&until, "wallet", &id]), &())?;
    }
    Ok(wallet.lot().to_owned())
}

/// `grant.given`.
pub(crate) fn given(desk: &mut Desk<'_>, given: &GrantGiven) -> Result<Done, Stop> {
    let units = i64::from(given.units());
    let to = merged(desk, given.to())?;
    give(desk, (given.grant(), &to, given.asset()), units, given.expires())?;
    Ok(Done::created())
}

/// `grant.redeemed`: what expires first goes first.
pub(crate) fn redeemed(desk: &mut Desk<'_>, redeemed: &GrantRedeemed) -> Result<Done, Stop> {
    let asset = Asset::new(redeemed.asset());
    let units = i64::from(redeemed.units());
    let from = merged(desk, redeemed.from())?;
    let mut wallets: Vec<_> = desk
        .balances(Some(&from), AccountKind::Wallet)?
        .into_iter()
        .filter(|balance| balance.asset == asset && balance.balance_minor > 0)
        .collect();
    wallets.sort_by(|one, other| one.account.lot().cmp(other.account.lot()));
    let mut left = units;
    let mut postings = Vec::new();
    for wallet in wallets {
        let taken = left.min(wallet.balance_minor);
        if taken > 0 {
            postings.push(posting(wallet.account, &asset, negative(taken)?));
            left = left.checked_sub(taken).ok_or(Overflow)?;
        }
    }
    if left > 0 {
        let held = units.checked_sub(left).ok_or(Overflow)?;
        let what = redeemed.asset();
        return Err(Stop::refused(format!("`{from}` has {held} {what}, {units} are to be redeemed")));
    }
    let used = Account::new(AccountKind::Redeemed, from.as_str(), redeemed.redemption());
    postings.push(posting(used, &asset, units));
    desk.post("redemption", redeemed.redemption(), postings)?;
    Ok(Done::created())
}

/// What is left of a grant expires; `id` is the agenda's.
pub(crate) fn expire(desk: &mut Desk<'_>, id: &str, expired: &mut u64) -> Result<bool, Stop> {
    let mut parts = id.splitn(3, SEPARATOR);
    let (Some(units_of), Some(owner), Some(lot)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(true);
    };
    let asset = Asset::new(units_of);
    let wallet = Account::new(AccountKind::Wallet, owner, lot);
    let left = desk.balance(&wallet, &asset)?;
    if left > 0 {
        let gone = Account::new(AccountKind::Expired, owner, lot);
        let grant = lot.split_once('/').map_or(lot, |(_, grant)| grant).to_owned();
        desk.post(
            "expiry",
            &grant,
            vec![posting(wallet, &asset, negative(left)?), posting(gone, &asset, left)],
        )?;
        *expired = expired.saturating_add(1);
    }
    Ok(true)
}
