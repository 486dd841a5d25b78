//! Rows of the tables, read into values.
//!
//! Invariant: a value that is not what the tables hold is an error, never a default.

use rusqlite::{Row, types::Type};

use crate::{
    account::{Account, AccountKind, Asset, Balance},
    buffered::EntryRow,
    entry::{Code, Hash},
};

pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<EntryRow> {
    let previous: Option<[u8; 32]> = row.get(1)?;
    Ok(EntryRow {
        seq: unsigned(row, 0)?,
        previous: previous.map_or(Hash::ZERO, Hash),
        hash: hash(row, 2)?,
        fact: row.get(3)?,
        kind: row.get(4)?,
        time: row.get(5)?,
        payload: row.get(6)?,
        event: row.get(7)?,
        code: code(row, 8)?,
        because: row.get(9)?,
        cause: row.get(10)?,
        receipt: row.get(11)?,
        transactions: row.get(12)?,
    })
}

pub(super) fn balance(row: &Row<'_>) -> rusqlite::Result<Balance> {
    let kind: String = row.get(0)?;
    let kind = AccountKind::named(&kind).ok_or_else(|| unreadable(0, Type::Text))?;
    let account = Account::new(kind, row.get::<_, Box<str>>(1)?, row.get::<_, Box<str>>(2)?);
    Ok(Balance { account, asset: Asset::new(row.get::<_, Box<str>>(3)?), balance_minor: row.get(4)? })
}

pub(super) fn code(row: &Row<'_>, column: usize) -> rusqlite::Result<Code> {
    let name = row.get_ref(column)?.as_str()?;
    Code::named(name).ok_or_else(|| unreadable(column, Type::Text))
}

pub(super) fn hash(row: &Row<'_>, column: usize) -> rusqlite::Result<Hash> {
    row.get(column).map(Hash)
}

/// Numbers of entries are counted up from 1, far below what SQLite's integers hold.
pub(super) fn signed(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| unreadable(column, Type::Integer))
}

fn unreadable(column: usize, kind: Type) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, "a value that no ledger writes".into())
}
