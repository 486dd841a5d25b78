//! Who a balance belongs to: kinds of account with their sign rules, accounts, assets, balances.
//!
//! Invariant: a balance is what is owed to the account's owner, and over all accounts of one asset it sums to zero.

use std::fmt;

/// What kind of account it is: what its balance means and which sign it may have.
///
/// Declaration order is the canonical order of accounts; names are stable.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountKind {
    /// What buyers paid, as a negative balance: the other side of every sale. Any sign.
    Payments,
    /// The merchant's own part of what was paid. Any sign.
    Merchant,
    /// Shares that a party has earned and that are not released yet. Never negative.
    Held,
    /// What a party may be paid out. Never negative.
    Available,
    /// What a party owes after a clawback, as a negative balance. Never positive.
    Receivable,
    /// What is on its way to a party, its result not known yet. Never negative.
    InPayout,
    /// What a party has been paid. Never negative.
    Paid,
    /// What a party owed and will not be asked for any more. Never negative.
    WrittenOff,
    /// What a funder of discounts or benefits owes, as a negative balance. Never positive.
    Funding,
    /// The other side of balances that were brought in from an older system. Any sign.
    Opening,
    /// The other side of corrections made by hand. Any sign.
    Adjustments,
    /// The other side of points, coupons and gift money that were given out. Any sign.
    Issuance,
    /// Points, coupons or money that an owner may use. Never negative.
    Wallet,
    /// What is set aside for an open quote or order. Never negative.
    Reserved,
    /// What has been used. Never negative.
    Redeemed,
    /// What was not used in time. Never negative.
    Expired,
}

/// Which sign a balance may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sign {
    /// Any balance.
    Any,
    /// Zero or above.
    NotNegative,
    /// Zero or below.
    NotPositive,
}

impl AccountKind {
    /// Every kind, in canonical order.
    pub const ALL: [Self; 16] = [
        Self::Payments,
        Self::Merchant,
        Self::Held,
        Self::Available,
        Self::Receivable,
        Self::InPayout,
        Self::Paid,
        Self::WrittenOff,
        Self::Funding,
        Self::Opening,
        Self::Adjustments,
        Self::Issuance,
        Self::Wallet,
        Self::Reserved,
        Self::Redeemed,
        Self::Expired,
    ];

    /// The stable name, as it is stored and shown: `held`, `in_payout` …
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Merchant => "merchant",
            Self::Held => "held",
            Self::Available => "available",
            Self::Receivable => "receivable",
            Self::InPayout => "in_payout",
            Self::Paid => "paid",
            Self::WrittenOff => "written_off",
            Self::Funding => "funding",
            Self::Opening => "opening",
            Self::Adjustments => "adjustments",
            Self::Issuance => "issuance",
            Self::Wallet => "wallet",
            Self::Reserved => "reserved",
            Self::Redeemed => "redeemed",
            Self::Expired => "expired",
        }
    }

    /// The kind of this name; `None` where there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The sign a balance of this kind must have after every entry.
    #[must_use]
    pub const fn sign(self) -> Sign {
        match self {
            Self::Payments | Self::Merchant | Self::Opening | Self::Adjustments | Self::Issuance => Sign::Any,
            Self::Held
            | Self::Available
            | Self::InPayout
            | Self::Paid
            | Self::WrittenOff
            | Self::Wallet
            | Self::Reserved
            | Self::Redeemed
            | Self::Expired => Sign::NotNegative,
            Self::Receivable | Self::Funding => Sign::NotPositive,
        }
    }
}

impl fmt::Display for AccountKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Sign {
    /// Whether a balance, in minor units, may stand.
    #[must_use]
    pub const fn allows(self, balance_minor: i64) -> bool {
        match self {
            Self::Any => true,
            Self::NotNegative => balance_minor >= 0,
            Self::NotPositive => balance_minor <= 0,
        }
    }
}

/// One account: a kind, an owner and a lot.
///
/// It prints as `kind:owner:lot`, without what is empty at the end. A `:` or `%` in an owner or a lot, and every
/// control character, is printed as `%` and two hexadecimal digits for each byte, so two accounts never print alike.
///
/// ```
/// use fenrun_ledger::{Account, AccountKind};
///
/// assert_eq!(Account::new(AccountKind::Held, "s1", "A1001").to_string(), "held:s1:A1001");
/// assert_eq!(Account::new(AccountKind::Merchant, "", "").to_string(), "merchant");
/// assert_eq!(Account::new(AccountKind::Held, "shop:1", "").to_string(), "held:shop%3A1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    kind: AccountKind,
    owner: Box<str>,
    lot: Box<str>,
}

impl Account {
    /// An account. An empty owner is the merchant; an empty lot is none, else an order, a batch or a quote.
    pub fn new(kind: AccountKind, owner: impl Into<Box<str>>, lot: impl Into<Box<str>>) -> Self {
        Self { kind, owner: owner.into(), lot: lot.into() }
    }

    /// What kind of account it is.
    #[must_use]
    pub const fn kind(&self) -> AccountKind {
        self.kind
    }

    /// Whose it is; empty for the merchant's own.
    #[must_use]
    pub const fn owner(&self) -> &str {
        &self.owner
    }

    /// Which order, batch or quote it is kept for; empty for none.
    #[must_use]
    pub const fn lot(&self) -> &str {
        &self.lot
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        if !self.owner.is_empty() || !self.lot.is_empty() {
            f.write_str(":")?;
            write_escaped(f, &self.owner)?;
        }
        if !self.lot.is_empty() {
            f.write_str(":")?;
            write_escaped(f, &self.lot)?;
        }
        Ok(())
    }
}

fn write_escaped(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let mut bytes = [0; 4];
    for character in text.chars() {
        if matches!(character, ':' | '%') || character.is_control() {
            for byte in character.encode_utf8(&mut bytes).bytes() {
                write!(f, "%{byte:02X}")?;
            }
        } else {
            write!(f, "{character}")?;
        }
    }
    Ok(())
}

/// What is counted: a currency (`CNY`), `points`, one coupon (`coupon/SPRING`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asset(Box<str>);

impl Asset {
    /// An asset of this name.
    pub fn new(name: impl Into<Box<str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What one account holds of one asset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Balance {
    /// The account.
    pub account: Account,
    /// The asset.
    pub asset: Asset,
    /// What is owed to the account's owner, in minor units of the asset.
    pub balance_minor: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_stand_in_order() {
        for kind in AccountKind::ALL {
            assert_eq!(AccountKind::named(kind.name()), Some(kind));
        }
        assert!(AccountKind::ALL.is_sorted());
        assert_eq!(AccountKind::named("Held"), None);
        assert_eq!(AccountKind::named(""), None);
    }

    #[test]
    fn signs_are_what_the_documentation_says() {
        assert!(Sign::Any.allows(i64::MIN) && Sign::Any.allows(i64::MAX));
        assert!(!Sign::NotNegative.allows(-1) && Sign::NotNegative.allows(0) && Sign::NotNegative.allows(1));
        assert!(Sign::NotPositive.allows(-1) && Sign::NotPositive.allows(0) && !Sign::NotPositive.allows(1));
        let of = |sign| AccountKind::ALL.into_iter().filter(|kind| kind.sign() == sign).collect::<Vec<_>>();
        assert_eq!(of(Sign::NotPositive), [AccountKind::Receivable, AccountKind::Funding]);
        assert_eq!(of(Sign::Any).len(), 5);
    }

    #[test]
    fn accounts_print_without_two_looking_alike() {
        let print = |owner: &str, lot: &str| Account::new(AccountKind::Held, owner, lot).to_string();
        assert_eq!(print("s1", "A1001"), "held:s1:A1001");
        assert_eq!(print("", "A1001"), "held::A1001");
        assert_eq!(print("s1:A1001", ""), "held:s1%3AA1001");
        assert_eq!(print("50%", "\n"), "held:50%25:%0A");
        assert_eq!(print("店", "\u{85}"), "held:店:%C2%85");
    }
}
