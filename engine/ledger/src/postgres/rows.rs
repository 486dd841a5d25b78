//! Rows of the tables, read into values.
//!
//! Invariant: a value that is not what the tables hold is an error, never a default.

use postgres::{Row, types::FromSql};

use crate::{
    account::{Account, AccountKind, Asset, Balance},
    buffered::EntryRow,
    entry::{Code, Hash},
};

/// Why a row cannot be read.
pub(super) type Unreadable = String;

pub(super) fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, Unreadable> {
    row.try_get(column).map_err(|error| error.to_string())
}

pub(super) fn entry(row: &Row) -> Result<EntryRow, Unreadable> {
    Ok(EntryRow {
        seq: unsigned(row, 0)?,
        previous: match get::<Option<&[u8]>>(row, 1)? {
            Some(_) => hash(row, 1)?,
            None => Hash::ZERO,
        },
        hash: hash(row, 2)?,
        fact: get(row, 3)?,
        kind: get(row, 4)?,
        time: get(row, 5)?,
        payload: hash(row, 6)?.0,
        event: get(row, 7)?,
        code: code(row, 8)?,
        because: get(row, 9)?,
        cause: get(row, 10)?,
        receipt: get(row, 11)?,
        transactions: get(row, 12)?,
    })
}

pub(super) fn balance(row: &Row) -> Result<Balance, Unreadable> {
    let name: &str = get(row, 0)?;
    let kind = AccountKind::named(name).ok_or_else(|| format!("no account is of kind `{name}`"))?;
    let account = Account::new(kind, get::<&str>(row, 1)?, get::<&str>(row, 2)?);
    Ok(Balance { account, asset: Asset::new(get::<&str>(row, 3)?), balance_minor: get(row, 4)? })
}

pub(super) fn code(row: &Row, column: usize) -> Result<Code, Unreadable> {
    let name: &str = get(row, column)?;
    Code::named(name).ok_or_else(|| format!("no entry has the code `{name}`"))
}

pub(super) fn hash(row: &Row, column: usize) -> Result<Hash, Unreadable> {
    let bytes: &[u8] = get(row, column)?;
    bytes.try_into().map(Hash).map_err(|_| format!("a digest has 32 bytes, found {}", bytes.len()))
}

/// Numbers of entries are counted up from 1, far below what a column holds.
pub(super) fn signed(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(row: &Row, column: usize) -> Result<u64, Unreadable> {
    let number: i64 = get(row, column)?;
    u64::try_from(number).map_err(|_| format!("a number of an entry is not below 0, found {number}"))
}
