//! One connection: its settings, its prepared statements, and the schema brought up to date.
//!
//! Invariant: nothing of a session outlives its connection.

use std::{collections::HashMap, fmt, time::Duration};

use postgres::{Client, Config, NoTls, Row, Statement, types::ToSql};

use super::{errors::classify, schema};
use crate::error::LedgerError;

/// How long to wait for a server that does not answer, where the address does not say it, in seconds.
const CONNECT_SECONDS: u64 = 10;

/// What every session says first. Commits are durable; a lock is waited for 30 seconds; and every lookup goes by its
/// index, however few rows there were when the server planned it.
const SETTINGS: &str = "
    SET synchronous_commit = on;
    SET lock_timeout = 30000;
    SET statement_timeout = 0;
    SET client_min_messages = warning;
    SET enable_seqscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET jit = off;
    SET bytea_output = hex;
";

/// The greatest length of a schema's name that PostgreSQL does not cut, in bytes.
const NAME_BYTES_MAX: usize = 63;

pub(super) struct Session {
    client: Client,
    statements: HashMap<&'static str, Statement>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("statements", &self.statements.len()).finish_non_exhaustive()
    }
}

impl Session {
    pub(super) fn open(config: &Config, place: &str) -> Result<Self, LedgerError> {
        let mut config = config.clone();
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(CONNECT_SECONDS));
        }
        let said = |error| classify(place, &error);
        let mut client = config.connect(NoTls).map_err(said)?;
        client.batch_execute(SETTINGS).map_err(said)?;
        let path = format!("SET search_path = {}", quoted(place));
        client.batch_execute(&path).map_err(said)?;
        Ok(Self { client, statements: HashMap::new() })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    pub(super) fn batch(&mut self, sql: &str) -> Result<(), postgres::Error> {
        self.client.batch_execute(sql)
    }

    pub(super) fn query(
        &mut self,
        sql: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, postgres::Error> {
        let statement = self.prepared(sql)?;
        self.client.query(&statement, params)
    }

    pub(super) fn execute(
        &mut self,
        sql: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, postgres::Error> {
        let statement = self.prepared(sql)?;
        self.client.execute(&statement, params)
    }

    fn prepared(&mut self, sql: &'static str) -> Result<Statement, postgres::Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql)?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    /// Makes the schema where there is none and brings it up to date. Whoever comes second waits and finds it done.
    pub(super) fn migrate(&mut self, place: &str) -> Result<(), LedgerError> {
        let said = |error| classify(place, &error);
        let encoding: String = self
            .client
            .query_one("SHOW server_encoding", &[])
            .and_then(|row| row.try_get(0))
            .map_err(said)?;
        if encoding != "UTF8" {
            let why = format!("expected a database in encoding `UTF8`, found `{encoding}`");
            return Err(LedgerError::Store { place: place.to_owned(), why });
        }
        let mut transaction = self.client.transaction().map_err(said)?;
        transaction
            .execute("SELECT pg_advisory_xact_lock(hashtextextended('fenrun-ledger ' || $1, 0))", &[&place])
            .map_err(said)?;
        let found = found_version(&mut transaction, place)?;
        if found > schema::VERSION {
            return Err(LedgerError::Newer { place: place.to_owned(), found, known: schema::VERSION });
        }
        if found < schema::VERSION {
            schema::step(&mut transaction, found, schema::VERSION).map_err(said)?;
        }
        transaction.commit().map_err(said)
    }
}

/// The version of the tables in a schema, which is made where there is none; 0 where it is empty.
fn found_version(transaction: &mut postgres::Transaction<'_>, place: &str) -> Result<u32, LedgerError> {
    let said = |error| classify(place, &error);
    let row = transaction
        .query_one(
            "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1),
                EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1),
                EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = $1 AND c.relname = 'fenrun_ledger' AND c.relkind = 'r')",
            &[&place],
        )
        .map_err(said)?;
    let [is_there, is_filled, is_ledger]: [bool; 3] =
        [row.try_get(0).map_err(said)?, row.try_get(1).map_err(said)?, row.try_get(2).map_err(said)?];
    if !is_there {
        transaction.batch_execute(&format!("CREATE SCHEMA {}", quoted(place))).map_err(said)?;
    }
    if !is_filled {
        return Ok(0);
    }
    if !is_ledger {
        let why = "the schema has other tables in it".to_owned();
        return Err(LedgerError::NotALedger { place: place.to_owned(), why });
    }
    let rows = transaction.query("SELECT version FROM fenrun_ledger", &[]).map_err(said)?;
    let version: Option<i32> = rows.first().map(|row| row.try_get(0)).transpose().map_err(said)?;
    match version.and_then(|version| u32::try_from(version).ok()) {
        Some(version) if version > 0 => Ok(version),
        _ => Err(LedgerError::Corrupt { place: place.to_owned(), why: "it does not say its version".into() }),
    }
}

/// Whether a schema can have this name.
pub(super) fn check_name(schema: &str) -> Result<(), LedgerError> {
    if schema.is_empty()
        || schema.len() > NAME_BYTES_MAX
        || schema.contains('\0')
        || schema.starts_with("pg_")
    {
        let why =
            format!("a schema has a name of 1 to {NAME_BYTES_MAX} bytes that does not begin with `pg_`");
        return Err(LedgerError::NotALedger { place: schema.to_owned(), why });
    }
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
