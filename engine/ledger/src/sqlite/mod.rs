//! The ledger in a file: SQLite with a write-ahead log, synced at every commit.
//!
//! Invariant: one process at a time writes a file; what `commit` answered survives a crash of process or machine.

mod behind;
mod errors;
mod hold;
mod open;
mod rows;
mod schema;

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use self::{behind::Writer, errors::classify, hold::Hold};
use crate::{
    account::{Account, AccountKind, Asset, Balance},
    buffered::{Buffered, EntryRow, Position, Store, StoredAccount, Writing, delegate},
    entry::{Entry, Head, Stored, StoredEntry},
    error::LedgerError,
};

/// A ledger in a SQLite file. See [`Ledger`](crate::Ledger).
#[derive(Debug)]
pub struct SqliteLedger(Buffered<SqliteStore>);

impl SqliteLedger {
    /// Opens the ledger of a file, or makes one where there is no file, and brings it up to date. No other process can
    /// open the file until this is dropped.
    ///
    /// # Errors
    ///
    /// [`LedgerError::InUse`], [`LedgerError::NotALedger`], [`LedgerError::Newer`], [`LedgerError::Corrupt`],
    /// [`LedgerError::Missing`] where the folder does not exist, [`LedgerError::ReadOnly`], [`LedgerError::Full`].
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        Ok(Self(Buffered::new(open::for_writing(path)?)))
    }

    /// Opens the ledger of a file for reading only. It can be read by several at once, as long as none writes.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); [`LedgerError::Missing`] where there is no file, [`LedgerError::Older`] where it would
    /// have to be brought up to date first.
    pub fn open_read_only(path: &Path) -> Result<Self, LedgerError> {
        Ok(Self(Buffered::new(open::for_reading(path)?)))
    }
}

/// A file. Its connections are closed before its hold is let go of.
#[derive(Debug)]
struct SqliteStore {
    /// Reads while the writer is away with a batch; `None` where only one connection can have the file.
    reader: Option<Connection>,
    writer: Writer,
    place: String,
    is_read_only: bool,
    _hold: Option<Hold>,
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // The file is let go of only when nobody writes into it.
        let _ = self.writer.wait();
    }
}

const ENTRIES: &str = "
    SELECT e.seq, p.hash, e.hash, e.fact, e.kind, e.time, e.payload, e.event, e.code, e.because, e.cause, e.receipt,
        e.transactions
    FROM entries AS e LEFT JOIN entries AS p ON p.seq = e.seq - 1 ";

impl SqliteStore {
    fn run<T>(&self, run: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        let connection = self.writer.here().or(self.reader.as_ref());
        // A writer that broke down took its connection with it, and what it had not committed.
        let connection = connection.ok_or_else(|| self.broken_down())?;
        run(connection).map_err(|error| classify(&self.place, &error))
    }

    /// What only the connection that writes can do.
    fn run_writing<T>(&self, run: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        let connection = self.writer.here().ok_or_else(|| self.broken_down())?;
        run(connection).map_err(|error| classify(&self.place, &error))
    }

    fn broken_down(&self) -> LedgerError {
        let why = "the thread that writes has broken down; hint: open the ledger again".to_owned();
        LedgerError::Store { place: self.place.clone(), why }
    }

    fn corrupt(&self, why: String) -> LedgerError {
        LedgerError::Corrupt { place: self.place.clone(), why }
    }

    fn position(&self) -> Result<Position, LedgerError> {
        self.run(|connection| {
            let mut select = connection.prepare_cached("SELECT entries, hash, accounts FROM head")?;
            select.query_row([], |row| {
                let head = Head { entries: rows::unsigned(row, 0)?, hash: rows::hash(row, 1)? };
                Ok(Position { head, accounts: row.get(2)? })
            })
        })
    }

    fn read_entries(
        &self,
        condition: &str,
        params: impl rusqlite::Params,
    ) -> Result<Vec<StoredEntry>, LedgerError> {
        let rows: Vec<EntryRow> = self.run(|connection| {
            let mut select = connection.prepare_cached(&format!("{ENTRIES}{condition}"))?;
            select.query_map(params, rows::entry)?.collect()
        })?;
        rows.into_iter()
            .map(|row| {
                let seq = row.seq;
                row.entry().ok_or_else(|| self.corrupt(format!("entry {seq} cannot be read")))
            })
            .collect()
    }
}

impl Store for SqliteStore {
    fn is_alone(&self) -> bool {
        !self.is_read_only
    }

    fn begin(&mut self) -> Result<Position, LedgerError> {
        if self.is_read_only {
            return Err(LedgerError::ReadOnly { place: self.place.clone() });
        }
        self.run_writing(|connection| connection.prepare_cached("BEGIN IMMEDIATE")?.execute([]))?;
        let position = self.position();
        if position.is_err() {
            self.rollback()?;
        }
        position
    }

    fn commit(&mut self) -> Result<(), LedgerError> {
        self.run_writing(|connection| connection.prepare_cached("COMMIT")?.execute([])).map(drop)
    }

    fn rollback(&mut self) -> Result<(), LedgerError> {
        if self.writer.here().is_none_or(Connection::is_autocommit) {
            return Ok(());
        }
        self.run(|connection| connection.prepare_cached("ROLLBACK")?.execute([])).map(drop)
    }

    fn write(&mut self, writing: &Writing) -> Result<(), LedgerError> {
        self.run_writing(|connection| write(connection, writing))
    }

    fn writes_behind(&self) -> bool {
        self.reader.is_some()
    }

    fn write_behind(&mut self, writing: Writing) -> Result<(), LedgerError> {
        if let Some(reader) = &self.reader {
            // What is read from here on is what is stored now, however far the writer has come.
            behind::pin(reader).map_err(|error| classify(&self.place, &error))?;
        }
        self.writer.send(writing).ok_or_else(|| self.broken_down())
    }

    fn settle(&mut self) -> Result<(), LedgerError> {
        let written = self.writer.wait();
        if let Some(reader) = &self.reader {
            behind::let_go(reader).map_err(|error| classify(&self.place, &error))?;
        }
        match written {
            Some(Ok(())) => {
                // The batch is durable whether the log can be copied now or later.
                let _ = self.run_writing(behind::checkpoint);
                Ok(())
            }
            Some(Err(error)) => Err(classify(&self.place, &error)),
            None => Err(self.broken_down()),
        }
    }

    fn head(&mut self) -> Result<Head, LedgerError> {
        Ok(self.position()?.head)
    }

    fn stored(&mut self, fact: &str) -> Result<Option<Stored>, LedgerError> {
        self.run(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT seq, payload, code, because FROM entries WHERE fact = ?1 ORDER BY seq DESC LIMIT 1",
            )?;
            select
                .query_row([fact], |row| {
                    Ok(Stored {
                        seq: rows::unsigned(row, 0)?,
                        payload: rows::hash(row, 1)?.0,
                        code: rows::code(row, 2)?,
                        because: row.get(3)?,
                    })
                })
                .optional()
        })
    }

    fn document(&mut self, kind: &str, key: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        self.run(|connection| {
            let mut select =
                connection.prepare_cached("SELECT value FROM documents WHERE kind = ?1 AND key = ?2")?;
            select.query_row([kind, key], |row| row.get(0)).optional()
        })
    }

    fn scan(
        &mut self,
        kind: &str,
        from: &str,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, LedgerError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        self.run(|connection| match before {
            Some(before) => {
                let mut select = connection.prepare_cached(
                    "SELECT key, value FROM documents WHERE kind = ?1 AND key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4",
                )?;
                select.query_map(params![kind, from, before, limit], read)?.collect()
            }
            None => {
                let mut select = connection.prepare_cached(
                    "SELECT key, value FROM documents WHERE kind = ?1 AND key >= ?2 ORDER BY key LIMIT ?3",
                )?;
                select.query_map(params![kind, from, limit], read)?.collect()
            }
        })
    }

    fn accounts(&mut self, wanted: &[(&Account, &Asset)]) -> Result<Vec<Option<StoredAccount>>, LedgerError> {
        self.run(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT id, balance FROM accounts WHERE owner = ?1 AND kind = ?2 AND lot = ?3 AND asset = ?4",
            )?;
            wanted
                .iter()
                .map(|(account, asset)| {
                    let key = [account.owner(), account.kind().name(), account.lot(), asset.as_str()];
                    let found = select.query_row(key, |row| {
                        Ok(StoredAccount { id: row.get(0)?, balance_minor: row.get(1)? })
                    });
                    found.optional()
                })
                .collect()
        })
    }

    fn balances(
        &mut self,
        owner: Option<&str>,
        kind: Option<AccountKind>,
    ) -> Result<Vec<Balance>, LedgerError> {
        let mut condition = String::new();
        let mut params: Vec<&str> = Vec::new();
        if let Some(owner) = owner {
            condition.push_str(" AND owner = ?");
            params.push(owner);
        }
        if let Some(kind) = kind {
            condition.push_str(" AND kind = ?");
            params.push(kind.name());
        }
        self.run(|connection| {
            let mut select = connection.prepare_cached(&format!(
                "SELECT kind, owner, lot, asset, balance FROM accounts WHERE balance <> 0{condition}"
            ))?;
            select.query_map(rusqlite::params_from_iter(params), rows::balance)?.collect()
        })
    }

    fn entries(&mut self, after: u64, limit: usize) -> Result<Vec<StoredEntry>, LedgerError> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read_entries("WHERE e.seq > ?1 ORDER BY e.seq LIMIT ?2", [after, limit])
    }

    fn entries_about(&mut self, correlation: &str) -> Result<Vec<StoredEntry>, LedgerError> {
        self.read_entries(
            "WHERE e.seq IN (SELECT seq FROM correlations WHERE correlation = ?1) ORDER BY e.seq",
            [correlation],
        )
    }

    fn entries_of(&mut self, owner: &str) -> Result<Vec<StoredEntry>, LedgerError> {
        self.read_entries(
            "WHERE e.seq IN (
                SELECT postings.seq FROM accounts JOIN postings ON postings.account = accounts.id
                WHERE accounts.owner = ?1
            ) ORDER BY e.seq",
            [owner],
        )
    }

    fn put_module(&mut self, digest: [u8; 32], bytes: &[u8]) -> Result<(), LedgerError> {
        if self.is_read_only {
            return Err(LedgerError::ReadOnly { place: self.place.clone() });
        }
        self.run_writing(|connection| {
            connection
                .prepare_cached("INSERT INTO modules (digest, bytes) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
                .execute(params![digest, bytes])
        })
        .map(drop)
    }

    fn module(&mut self, digest: [u8; 32]) -> Result<Option<Vec<u8>>, LedgerError> {
        self.run(|connection| {
            let mut select = connection.prepare_cached("SELECT bytes FROM modules WHERE digest = ?1")?;
            select.query_row([digest], |row| row.get(0)).optional()
        })
    }
}

/// Writes everything table by table, each in the order of its key where that is not the order of time.
fn write(connection: &Connection, writing: &Writing) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO entries
            (seq, fact, kind, time, payload, code, because, cause, hash, transactions, event, receipt)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for new in &writing.entries {
        let Entry { fact, kind, time, payload, event, code, because, cause, receipt, .. } = &new.entry;
        insert.execute(params![
            rows::signed(new.seq),
            fact,
            kind,
            time.to_string(),
            payload,
            code.name(),
            because,
            cause,
            new.hash.0,
            new.transactions,
            event,
            receipt,
        ])?;
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO accounts (id, kind, owner, lot, asset, balance) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for new in writing.new_accounts() {
        let account = new.account;
        insert.execute(params![
            new.id,
            account.kind().name(),
            account.owner(),
            account.lot(),
            new.asset.as_str(),
            new.balance_minor,
        ])?;
    }
    let mut update = connection.prepare_cached("UPDATE accounts SET balance = ?2 WHERE id = ?1")?;
    for (id, balance) in &writing.balances.changed {
        update.execute([id, balance])?;
    }
    let mut insert = connection
        .prepare_cached("INSERT INTO postings (account, seq, number, amount) VALUES (?1, ?2, ?3, ?4)")?;
    for line in writing.lines() {
        insert.execute([line.account, rows::signed(line.seq), line.number, line.amount_minor])?;
    }
    let mut insert =
        connection.prepare_cached("INSERT INTO correlations (correlation, seq) VALUES (?1, ?2)")?;
    for (correlation, seq) in writing.correlations() {
        insert.execute(params![correlation, rows::signed(seq)])?;
    }
    let mut put = connection.prepare_cached(
        "INSERT INTO documents (kind, key, value) VALUES (?1, ?2, ?3)
            ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
    )?;
    for (kind, key, value) in writing.put() {
        put.execute(params![kind, key, value])?;
    }
    let mut delete = connection.prepare_cached("DELETE FROM documents WHERE kind = ?1 AND key = ?2")?;
    for (kind, key) in writing.deleted() {
        delete.execute([kind, key])?;
    }
    let Position { head, accounts } = writing.position;
    connection
        .prepare_cached("UPDATE head SET entries = ?1, hash = ?2, accounts = ?3")?
        .execute(params![rows::signed(head.entries), head.hash.0, accounts])
        .map(drop)
}

delegate!(SqliteLedger);

#[cfg(test)]
mod tests;
