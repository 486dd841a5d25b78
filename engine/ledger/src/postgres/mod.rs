//! The ledger in a schema of a PostgreSQL server: several processes may write, one batch at a time.
//!
//! Invariant: everything a batch reads is read under the lock of the head's row, and nothing is remembered after it.

mod errors;
mod rows;
mod schema;
mod session;
mod write;

use postgres::{Config, Row, types::ToSql};

use self::{
    errors::classify,
    rows::{Unreadable, signed},
    session::Session,
};
use crate::{
    account::{Account, AccountKind, Asset, Balance},
    buffered::{Buffered, Position, Store, StoredAccount, Writing, delegate},
    entry::{Head, Stored, StoredEntry},
    error::LedgerError,
};

/// A ledger in a schema of a PostgreSQL server. See [`Ledger`](crate::Ledger).
///
/// Any number of these, in any number of processes, may hold the same schema: `begin` waits for the batch before it, at
/// most 30 seconds. What several calls read outside a batch may come from before and after another's commit; inside a
/// batch nothing moves. It must not be called on a thread that drives an async runtime.
#[derive(Debug)]
pub struct PostgresLedger(Buffered<PostgresStore>);

impl PostgresLedger {
    /// Connects, makes the schema where there is none, and brings its tables up to date. The connection is not
    /// encrypted.
    ///
    /// `url` is `host=… port=… user=… dbname=…` or `postgresql://user@host:port/dbname`.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Unreachable`], [`LedgerError::NotALedger`] where the schema has other tables or cannot have this
    /// name, [`LedgerError::Newer`], [`LedgerError::Corrupt`], [`LedgerError::ReadOnly`].
    pub fn connect(url: &str, schema: &str) -> Result<Self, LedgerError> {
        session::check_name(schema)?;
        let config: Config = url.parse().map_err(|error| classify(schema, &error))?;
        let mut session = Session::open(&config, schema)?;
        session.migrate(schema)?;
        let place = schema.to_owned();
        let store = PostgresStore { config, place, session: Some(session), is_in_batch: false };
        Ok(Self(Buffered::new(store)))
    }
}

#[derive(Debug)]
struct PostgresStore {
    config: Config,
    /// The schema.
    place: String,
    /// `None` after the connection was lost.
    session: Option<Session>,
    is_in_batch: bool,
}

const ENTRIES_AFTER: &str = "
    SELECT e.seq, p.hash, e.hash, e.fact, e.kind, e.time, e.payload, e.event, e.code, e.because, e.cause, e.receipt,
        e.transactions
    FROM entries AS e LEFT JOIN entries AS p ON p.seq = e.seq - 1
    WHERE e.seq > $1 ORDER BY e.seq LIMIT $2";

const ENTRIES_ABOUT: &str = "
    SELECT e.seq, p.hash, e.hash, e.fact, e.kind, e.time, e.payload, e.event, e.code, e.because, e.cause, e.receipt,
        e.transactions
    FROM entries AS e LEFT JOIN entries AS p ON p.seq = e.seq - 1
    WHERE e.seq IN (SELECT seq FROM correlations WHERE correlation = $1) ORDER BY e.seq";

const ENTRIES_OF: &str = "
    SELECT e.seq, p.hash, e.hash, e.fact, e.kind, e.time, e.payload, e.event, e.code, e.because, e.cause, e.receipt,
        e.transactions
    FROM entries AS e LEFT JOIN entries AS p ON p.seq = e.seq - 1
    WHERE e.seq IN (
        SELECT postings.seq FROM accounts JOIN postings ON postings.account = accounts.id WHERE accounts.owner = $1
    ) ORDER BY e.seq";

impl PostgresStore {
    /// Runs on the open session. Outside a batch a lost one is replaced; inside it is lost with its batch.
    fn run<T>(
        &mut self,
        run: impl FnOnce(&mut Session) -> Result<T, postgres::Error>,
    ) -> Result<T, LedgerError> {
        if !self.is_in_batch && self.session.as_ref().is_none_or(Session::is_closed) {
            self.session = None;
            self.session = Some(Session::open(&self.config, &self.place)?);
        }
        let Some(session) = &mut self.session else {
            return Err(LedgerError::Unreachable { why: "the connection was lost".into() });
        };
        let answer = run(session).map_err(|error| classify(&self.place, &error));
        if let Err(LedgerError::Unreachable { .. }) = answer {
            self.session = None;
        }
        answer
    }

    fn rows(&mut self, sql: &'static str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, LedgerError> {
        self.run(|session| session.query(sql, params))
    }

    fn read<T>(&self, read: Result<T, Unreadable>) -> Result<T, LedgerError> {
        read.map_err(|why| LedgerError::Corrupt { place: self.place.clone(), why })
    }

    fn position(&mut self, sql: &'static str) -> Result<Position, LedgerError> {
        let rows = self.rows(sql, &[])?;
        self.read(rows.first().ok_or_else(|| "its head is missing".to_owned()).and_then(|row| {
            let head = Head { entries: rows::unsigned(row, 0)?, hash: rows::hash(row, 1)? };
            Ok(Position { head, accounts: rows::get(row, 2)? })
        }))
    }

    fn read_entries(
        &mut self,
        sql: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<StoredEntry>, LedgerError> {
        let rows = self.rows(sql, params)?;
        self.read(
            rows.iter()
                .map(|row| {
                    let row = rows::entry(row)?;
                    let seq = row.seq;
                    row.entry().ok_or_else(|| format!("entry {seq} cannot be read"))
                })
                .collect(),
        )
    }

    /// Opens a transaction and takes the lock.
    fn lock(&mut self) -> Result<Position, LedgerError> {
        self.run(|session| session.batch("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"))?;
        self.is_in_batch = true;
        let position = self.position("SELECT entries, hash, accounts FROM head FOR UPDATE");
        if position.is_err() {
            // The first error is the one to tell.
            let _ = self.rollback();
        }
        position
    }
}

impl Store for PostgresStore {
    fn is_alone(&self) -> bool {
        false
    }

    fn begin(&mut self) -> Result<Position, LedgerError> {
        match self.lock() {
            // A connection that was lost since it was used last shows only now: once more on a new one.
            Err(LedgerError::Unreachable { .. }) => self.lock(),
            position => position,
        }
    }

    fn commit(&mut self) -> Result<(), LedgerError> {
        let committed = self.run(|session| session.batch("COMMIT"));
        if committed.is_ok() {
            self.is_in_batch = false;
        }
        committed
    }

    fn rollback(&mut self) -> Result<(), LedgerError> {
        if !std::mem::take(&mut self.is_in_batch) {
            return Ok(());
        }
        // The server itself undoes what a lost connection began.
        let Some(session) = &mut self.session else { return Ok(()) };
        if session.batch("ROLLBACK").is_err() {
            self.session = None;
        }
        Ok(())
    }

    fn write(&mut self, writing: &Writing) -> Result<(), LedgerError> {
        self.run(|session| write::write(session, writing))
    }

    fn head(&mut self) -> Result<Head, LedgerError> {
        Ok(self.position("SELECT entries, hash, accounts FROM head")?.head)
    }

    fn stored(&mut self, fact: &str) -> Result<Option<Stored>, LedgerError> {
        if is_never_stored(fact) {
            return Ok(None);
        }
        let rows = self.rows(
            "SELECT seq, payload, code, because FROM entries WHERE fact = $1 ORDER BY seq DESC LIMIT 1",
            &[&fact],
        )?;
        let stored = |row: &Row| {
            Ok(Stored {
                seq: rows::unsigned(row, 0)?,
                payload: rows::hash(row, 1)?.0,
                code: rows::code(row, 2)?,
                because: rows::get(row, 3)?,
            })
        };
        self.read(rows.first().map(stored).transpose())
    }

    fn document(&mut self, kind: &str, key: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        if is_never_stored(kind) || is_never_stored(key) {
            return Ok(None);
        }
        let rows = self.rows("SELECT value FROM documents WHERE kind = $1 AND key = $2", &[&kind, &key])?;
        self.read(rows.first().map(|row| rows::get(row, 0)).transpose())
    }

    fn scan(
        &mut self,
        kind: &str,
        from: &str,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, LedgerError> {
        if is_never_stored(kind) {
            return Ok(Vec::new());
        }
        // No key has a zero byte, so one in a bound comes after the text before it and before all that is longer.
        let (from, is_after) = bound(from);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = match (is_after, before.map(bound)) {
            (false, None) => self.rows(
                "SELECT key, value FROM documents WHERE kind = $1 AND key >= $2 ORDER BY key LIMIT $3",
                &[&kind, &from, &limit],
            ),
            (true, None) => self.rows(
                "SELECT key, value FROM documents WHERE kind = $1 AND key > $2 ORDER BY key LIMIT $3",
                &[&kind, &from, &limit],
            ),
            (false, Some((before, false))) => self.rows(
                "SELECT key, value FROM documents WHERE kind = $1 AND key >= $2 AND key < $3 ORDER BY key LIMIT $4",
                &[&kind, &from, &before, &limit],
            ),
            (false, Some((before, true))) => self.rows(
                "SELECT key, value FROM documents WHERE kind = $1 AND key >= $2 AND key <= $3 ORDER BY key LIMIT $4",
                &[&kind, &from, &before, &limit],
            ),
            (true, Some((before, false))) => self.rows(
                "SELECT key, value FROM documents WHERE kind = $1 AND key > $2 AND key < $3 ORDER BY key LIMIT $4",
                &[&kind, &from, &before, &limit],
            ),
            (true, Some((before, true))) => self.rows(
                "SELECT key, value FROM documents WHERE kind = $1 AND key > $2 AND key <= $3 ORDER BY key LIMIT $4",
                &[&kind, &from, &before, &limit],
            ),
        }?;
        self.read(rows.iter().map(|row| Ok((rows::get(row, 0)?, rows::get(row, 1)?))).collect())
    }

    fn accounts(&mut self, wanted: &[(&Account, &Asset)]) -> Result<Vec<Option<StoredAccount>>, LedgerError> {
        let mut found = vec![None; wanted.len()];
        // What is never stored is asked for as nothing, which equals nothing.
        let text = |text: &'_ str| if is_never_stored(text) { None } else { Some(text.to_owned()) };
        let owner: Vec<_> = wanted.iter().map(|(account, _)| text(account.owner())).collect();
        let kind: Vec<_> = wanted.iter().map(|(account, _)| account.kind().name()).collect();
        let lot: Vec<_> = wanted.iter().map(|(account, _)| text(account.lot())).collect();
        let asset: Vec<_> = wanted.iter().map(|(_, asset)| text(asset.as_str())).collect();
        let rows = self.rows(
            r#"SELECT wanted.number - 1, accounts.id, accounts.balance
                FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
                    WITH ORDINALITY AS wanted (owner, kind, lot, asset, number)
                JOIN accounts ON accounts.owner = wanted.owner COLLATE "C" AND accounts.kind = wanted.kind COLLATE "C"
                    AND accounts.lot = wanted.lot COLLATE "C" AND accounts.asset = wanted.asset COLLATE "C""#,
            &[&owner, &kind, &lot, &asset],
        )?;
        for row in &rows {
            let (number, id, balance_minor): (u64, i64, i64) =
                self.read((|| Ok((rows::unsigned(row, 0)?, rows::get(row, 1)?, rows::get(row, 2)?)))())?;
            if let Some(place) = usize::try_from(number).ok().and_then(|place| found.get_mut(place)) {
                *place = Some(StoredAccount { id, balance_minor });
            }
        }
        Ok(found)
    }

    fn balances(
        &mut self,
        owner: Option<&str>,
        kind: Option<AccountKind>,
    ) -> Result<Vec<Balance>, LedgerError> {
        if owner.is_some_and(is_never_stored) {
            return Ok(Vec::new());
        }
        let rows = match (owner, kind.map(AccountKind::name)) {
            (None, None) => {
                self.rows("SELECT kind, owner, lot, asset, balance FROM accounts WHERE balance <> 0", &[])
            }
            (Some(owner), None) => self.rows(
                "SELECT kind, owner, lot, asset, balance FROM accounts WHERE balance <> 0 AND owner = $1",
                &[&owner],
            ),
            (None, Some(kind)) => self.rows(
                "SELECT kind, owner, lot, asset, balance FROM accounts WHERE balance <> 0 AND kind = $1",
                &[&kind],
            ),
            (Some(owner), Some(kind)) => self.rows(
                "SELECT kind, owner, lot, asset, balance FROM accounts
                    WHERE balance <> 0 AND owner = $1 AND kind = $2",
                &[&owner, &kind],
            ),
        }?;
        self.read(rows.iter().map(rows::balance).collect())
    }

    fn entries(&mut self, after: u64, limit: usize) -> Result<Vec<StoredEntry>, LedgerError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read_entries(ENTRIES_AFTER, &[&signed(after), &limit])
    }

    fn entries_about(&mut self, correlation: &str) -> Result<Vec<StoredEntry>, LedgerError> {
        if is_never_stored(correlation) {
            return Ok(Vec::new());
        }
        self.read_entries(ENTRIES_ABOUT, &[&correlation])
    }

    fn entries_of(&mut self, owner: &str) -> Result<Vec<StoredEntry>, LedgerError> {
        if is_never_stored(owner) {
            return Ok(Vec::new());
        }
        self.read_entries(ENTRIES_OF, &[&owner])
    }

    fn put_module(&mut self, digest: [u8; 32], bytes: &[u8]) -> Result<(), LedgerError> {
        self.run(|session| {
            session.execute(
                "INSERT INTO modules (digest, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                &[&&digest[..], &bytes],
            )
        })
        .map(drop)
    }

    fn module(&mut self, digest: [u8; 32]) -> Result<Option<Vec<u8>>, LedgerError> {
        let rows = self.rows("SELECT bytes FROM modules WHERE digest = $1", &[&&digest[..]])?;
        self.read(rows.first().map(|row| rows::get(row, 0)).transpose())
    }
}

/// A text with a zero byte is never stored, and PostgreSQL does not even take it as a question.
fn is_never_stored(text: &str) -> bool {
    text.contains('\0')
}

/// A bound up to its first zero byte, and whether there was one.
fn bound(text: &str) -> (&str, bool) {
    text.split_once('\0').map_or((text, false), |(text, _)| (text, true))
}

delegate!(PostgresLedger);
