//! Movements that balance: postings and the transactions made of them.
//!
//! Invariant: a transaction that exists balances exactly for each asset; there is one way to make one.

use std::collections::BTreeMap;

use crate::account::{Account, Asset};

/// One movement: an account gets an amount.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Posting {
    /// The account.
    pub account: Account,
    /// What is moved.
    pub asset: Asset,
    /// How much the account's balance grows, in minor units of the asset; negative where it shrinks.
    pub amount_minor: i64,
}

/// A balanced set of postings, in canonical order: by account, then by asset, each pair once, no zero among them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Transaction {
    code: Box<str>,
    correlation: Box<str>,
    postings: Vec<Posting>,
}

/// Why postings are not a transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionError {
    /// What is taken and what is given differ.
    #[error("transaction `{code}` does not balance: `{asset}` sums to {sum_minor}, expected 0")]
    Unbalanced {
        /// The transaction's code.
        code: Box<str>,
        /// The first asset that does not balance, in canonical order.
        asset: Asset,
        /// What its postings sum to, in minor units.
        sum_minor: i128,
    },
    /// The merged amount of one account does not fit.
    #[error("transaction `{code}` moves more of `{asset}` on `{account}` than 64 bits hold")]
    Overflow {
        /// The transaction's code.
        code: Box<str>,
        /// The account.
        account: Account,
        /// The asset.
        asset: Asset,
    },
}

impl Transaction {
    /// Makes a transaction, the only way there is: merges postings of the same account and asset, drops those that
    /// come to zero, sorts the rest. `None` where nothing is left to move.
    ///
    /// `code` says what kind of movement it is (`accrual`, `release` …), `correlation` what it belongs to (an order, a
    /// batch).
    ///
    /// # Errors
    ///
    /// [`TransactionError::Unbalanced`] where an asset does not sum to exactly zero, [`TransactionError::Overflow`]
    /// where the merged amount of an account does not fit 64 bits.
    ///
    /// ```
    /// use fenrun_ledger::{Account, AccountKind, Asset, Posting, Transaction};
    ///
    /// let posting = |kind, owner: &str, amount_minor| Posting {
    ///     account: Account::new(kind, owner, "A1001"),
    ///     asset: Asset::new("CNY"),
    ///     amount_minor,
    /// };
    /// let payments = posting(AccountKind::Payments, "", -999);
    /// let held = posting(AccountKind::Held, "s1", 199);
    /// let merchant = posting(AccountKind::Merchant, "", 800);
    ///
    /// let postings = vec![payments.clone(), held.clone(), merchant];
    /// let accrual = Transaction::balanced("accrual", "A1001", postings)?.unwrap();
    /// assert_eq!(accrual.postings().len(), 3);
    ///
    /// let error = Transaction::balanced("accrual", "A1001", vec![payments, held]).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "transaction `accrual` does not balance: `CNY` sums to -800, expected 0",
    /// );
    /// # Ok::<(), fenrun_ledger::TransactionError>(())
    /// ```
    pub fn balanced(
        code: impl Into<Box<str>>,
        correlation: impl Into<Box<str>>,
        mut postings: Vec<Posting>,
    ) -> Result<Option<Self>, TransactionError> {
        let code = code.into();
        postings.sort_unstable_by(|a, b| (&a.account, &a.asset).cmp(&(&b.account, &b.asset)));
        let mut sums: BTreeMap<Asset, i128> = BTreeMap::new();
        let mut merged: Vec<Posting> = Vec::with_capacity(postings.len());
        let mut postings = postings.into_iter().peekable();
        while let Some(mut posting) = postings.next() {
            let mut amount = i128::from(posting.amount_minor);
            while let Some(same) =
                postings.next_if(|next| next.account == posting.account && next.asset == posting.asset)
            {
                // 2^64 postings of 2^63 each would be needed to leave 128 bits.
                amount = amount.saturating_add(i128::from(same.amount_minor));
            }
            if amount == 0 {
                continue;
            }
            let Ok(amount_minor) = i64::try_from(amount) else {
                return Err(TransactionError::Overflow {
                    code,
                    account: posting.account,
                    asset: posting.asset,
                });
            };
            posting.amount_minor = amount_minor;
            match sums.get_mut(&posting.asset) {
                Some(sum) => *sum = sum.saturating_add(amount),
                None => drop(sums.insert(posting.asset.clone(), amount)),
            }
            merged.push(posting);
        }
        if let Some((asset, sum_minor)) = sums.into_iter().find(|(_, sum)| *sum != 0) {
            return Err(TransactionError::Unbalanced { code, asset, sum_minor });
        }
        if merged.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { code, correlation: correlation.into(), postings: merged }))
    }

    /// What kind of movement it is.
    #[must_use]
    pub const fn code(&self) -> &str {
        &self.code
    }

    /// What it belongs to: an order, a batch.
    #[must_use]
    pub const fn correlation(&self) -> &str {
        &self.correlation
    }

    /// The postings, in canonical order.
    #[must_use]
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::AccountKind::{self, Held, Merchant, Payments};

    fn posting(kind: AccountKind, asset: &str, amount_minor: i64) -> Posting {
        Posting { account: Account::new(kind, "", ""), asset: Asset::new(asset), amount_minor }
    }

    #[test]
    fn postings_are_merged_sorted_and_without_zeros() {
        let postings = vec![
            posting(Merchant, "CNY", 5),
            posting(Held, "CNY", 7),
            posting(Payments, "CNY", -10),
            posting(Held, "CNY", -7),
            posting(Merchant, "CNY", 5),
        ];
        let made = Transaction::balanced("accrual", "A1", postings).unwrap().unwrap();
        assert_eq!(made.postings(), [posting(Payments, "CNY", -10), posting(Merchant, "CNY", 10)]);
        assert_eq!((made.code(), made.correlation()), ("accrual", "A1"));
    }

    #[test]
    fn nothing_left_is_no_transaction() {
        assert_eq!(Transaction::balanced("release", "A1", vec![]).unwrap(), None);
        let nothing = vec![posting(Held, "CNY", 3), posting(Held, "CNY", -3), posting(Merchant, "CNY", 0)];
        assert_eq!(Transaction::balanced("release", "A1", nothing).unwrap(), None);
    }

    #[test]
    fn each_asset_balances_by_itself() {
        let error = Transaction::balanced(
            "accrual",
            "A1",
            vec![posting(Held, "points", 5), posting(Payments, "CNY", -5)],
        )
        .unwrap_err();
        assert_eq!(error.to_string(), "transaction `accrual` does not balance: `CNY` sums to -5, expected 0");
        let wrapped = vec![
            posting(Held, "CNY", i64::MIN),
            posting(Merchant, "CNY", i64::MIN),
            posting(Payments, "CNY", 0),
        ];
        assert_eq!(
            Transaction::balanced("accrual", "A1", wrapped).unwrap_err().to_string(),
            "transaction `accrual` does not balance: `CNY` sums to -18446744073709551616, expected 0"
        );
    }

    #[test]
    fn merged_amounts_fit_or_are_refused() {
        let wide =
            vec![posting(Held, "CNY", i64::MAX), posting(Held, "CNY", 1), posting(Payments, "CNY", i64::MIN)];
        assert_eq!(
            Transaction::balanced("accrual", "A1", wide).unwrap_err().to_string(),
            "transaction `accrual` moves more of `CNY` on `held` than 64 bits hold"
        );
    }
}
