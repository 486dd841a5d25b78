//! Opening a file: is it a ledger, of which version, whole, and ours alone.
//!
//! Invariant: a file that is not a ledger is not changed by a byte.

use std::{ffi::CStr, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{SqliteStore, behind::Writer, errors::classify, hold::Hold, schema};
use crate::{
    entry::{Hash, Head},
    error::{LedgerError, place},
};

/// How long to wait for a holder that is just letting go, in milliseconds.
const WAIT_MS: u64 = 200;

/// How many statements are kept prepared: more than there are.
const STATEMENTS: usize = 64;

/// Bytes of a page. Entries are about two kilobytes, documents half of one; measured, see the throughput example.
const PAGE_BYTES: u32 = 8192;

/// Bytes of the smallest page there is.
const PAGE_BYTES_MIN: u64 = 512;

/// Pages of the write-ahead log before they are copied to the file: few enough to keep it small, enough that a page
/// that changes in many batches is copied once.
pub(super) const CHECKPOINT_PAGES: u32 = 8192;

/// Kibibytes of pages kept in memory (a negative number means that to SQLite).
const CACHE_KIB: i32 = -64 * 1024;

pub(super) fn for_writing(path: &Path) -> Result<SqliteStore, LedgerError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder
        && !folder.is_dir()
    {
        return Err(LedgerError::Missing { place: place(folder) });
    }
    check_is_file(path)?;
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let bytes_alone = bytes_alone(path);
    let taking = Hold::take(path)?;
    let mut store = connect(path, path, flags, Use::Alone)?;
    let run = |sql: &str| store.run(|connection| connection.execute_batch(sql));
    if ALONE.is_none() {
        // Before anything is read: the lock that is taken then is kept, and the index of the write-ahead log stays in memory.
        run("PRAGMA locking_mode = EXCLUSIVE")?;
    }
    let version = version(&store)?;
    if version == 0 {
        check_is_empty(path)?;
    }
    check_pages(&store, bytes_alone)?;
    if version == 0 {
        run(&format!("PRAGMA page_size = {PAGE_BYTES}"))?;
    }
    let mode: String =
        store.run(|connection| connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)))?;
    if mode != "wal" {
        let why = format!("it has no write-ahead log: its journal mode stays `{mode}`");
        return Err(LedgerError::Store { place: store.place.clone(), why });
    }
    run(&format!(
        "PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};
         PRAGMA cache_size = {CACHE_KIB};
         PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = OFF;"
    ))?;
    run("BEGIN IMMEDIATE")?;
    if version < schema::VERSION {
        store.run(|connection| schema::step(connection, version, schema::VERSION))?;
    }
    run("COMMIT")?;
    check_end(&store)?;
    store._hold = taking.of(path);
    if ALONE.is_some() {
        store.reader = Some(reader(path)?);
    }
    Ok(store)
}

/// The connection that reads while the first one writes behind.
fn reader(path: &Path) -> Result<Connection, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let reader = open(path, path, flags, Use::Alone)?;
    let settings = format!(
        "PRAGMA query_only = ON; PRAGMA cache_size = {CACHE_KIB}; PRAGMA trusted_schema = OFF;
         PRAGMA wal_autocheckpoint = 0;"
    );
    reader.execute_batch(&settings).map_err(|error| classify(&place(path), &error))?;
    Ok(reader)
}

pub(super) fn for_reading(path: &Path) -> Result<SqliteStore, LedgerError> {
    if !path.exists() {
        return Err(LedgerError::Missing { place: place(path) });
    }
    check_is_file(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let bytes_alone = bytes_alone(path);
    // A file that this process holds is not opened again.
    drop(Hold::take(path)?);
    let store = connect(path, path, flags, Use::ReadOnly)?;
    let (store, found) = match version(&store) {
        Err(LedgerError::ReadOnly { .. }) if !has_log(path) => {
            // Reading beside a writer needs a file beside this one. Where the folder takes none and there is no
            // write-ahead log, nobody is writing.
            drop(store);
            let flags = flags | OpenFlags::SQLITE_OPEN_URI;
            let store = connect(&immutable(path), path, flags, Use::ReadOnly)?;
            let found = version(&store)?;
            (store, found)
        }
        found => (store, found?),
    };
    check_pages(&store, bytes_alone)?;
    if found < schema::VERSION {
        return Err(LedgerError::Older { place: store.place.clone(), found, known: schema::VERSION });
    }
    check_end(&store)?;
    Ok(store)
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// By nobody else; this process may open it more than once.
    Alone,
    ReadOnly,
}

/// The way to open a file that locks other processes out, not other connections of this one, and keeps the index of the
/// write-ahead log in memory. Where there is none, only one connection has the file.
const ALONE: Option<&CStr> = if cfg!(unix) { Some(c"unix-excl") } else { None };

fn connect(address: &Path, path: &Path, flags: OpenFlags, how: Use) -> Result<SqliteStore, LedgerError> {
    let connection = open(address, path, flags, how)?;
    let is_read_only = how == Use::ReadOnly;
    let writer = Writer::Here(connection);
    Ok(SqliteStore { writer, reader: None, place: place(path), is_read_only, _hold: None })
}

fn open(address: &Path, path: &Path, flags: OpenFlags, how: Use) -> Result<Connection, LedgerError> {
    let opened = match ALONE {
        Some(alone) if how == Use::Alone => Connection::open_with_flags_and_vfs(address, flags, alone),
        _ => Connection::open_with_flags(address, flags),
    };
    let prepared = opened.and_then(|connection| {
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Otherwise a statement with a range is planned anew for every value that is bound to it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.busy_timeout(Duration::from_millis(WAIT_MS))?;
        Ok(connection)
    });
    prepared.map_err(|error| classify(&place(path), &error))
}

fn immutable(path: &Path) -> std::path::PathBuf {
    let mut address = String::from("file:");
    for character in path.to_string_lossy().chars() {
        match character {
            '?' => address.push_str("%3f"),
            '#' => address.push_str("%23"),
            '%' => address.push_str("%25"),
            other => address.push(other),
        }
    }
    address.push_str("?immutable=1");
    address.into()
}

fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

/// Only the file's entry in its folder is looked at: in the process that holds a ledger, opening and closing the file a
/// second time would let go of the holder's lock.
fn check_is_file(path: &Path) -> Result<(), LedgerError> {
    if path.is_dir() {
        return Err(LedgerError::NotALedger { place: place(path), why: "it is a folder".into() });
    }
    Ok(())
}

/// How long the file is, where no write-ahead log has a part of it.
fn bytes_alone(path: &Path) -> Option<u64> {
    if has_log(path) { None } else { std::fs::metadata(path).ok().map(|file| file.len()) }
}

/// SQLite reads what is missing of the last page as zeros.
fn check_pages(store: &SqliteStore, bytes_alone: Option<u64>) -> Result<(), LedgerError> {
    let page_bytes = store.run(|connection| {
        connection.query_row("PRAGMA page_size", [], |row| super::rows::unsigned(row, 0))
    })?;
    match bytes_alone.and_then(|bytes| bytes.checked_rem(page_bytes)) {
        None | Some(0) => Ok(()),
        Some(_) => Err(store.corrupt("its last page is cut short".to_owned())),
    }
}

/// SQLite takes a file of one byte for an empty one; a file without a single page is not an empty ledger.
fn check_is_empty(path: &Path) -> Result<(), LedgerError> {
    let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
    if (1..PAGE_BYTES_MIN).contains(&bytes) {
        return Err(LedgerError::NotALedger { place: place(path), why: "it is no SQLite file".into() });
    }
    Ok(())
}

/// The version of a ledger; 0 for an empty file.
fn version(store: &SqliteStore) -> Result<u32, LedgerError> {
    let number = |pragma: &str| {
        store.run(|connection| {
            connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0))
        })
    };
    let tables: i64 = store
        .run(|connection| connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)))?;
    let application = number("application_id")?;
    let version = number("user_version")?;
    if tables == 0 && application == 0 && version == 0 && !store.is_read_only {
        return Ok(0);
    }
    if application != i64::from(schema::APPLICATION_ID) {
        let why = format!("expected application id {}, found {application}", schema::APPLICATION_ID);
        return Err(LedgerError::NotALedger { place: store.place.clone(), why });
    }
    let found = u32::try_from(version).unwrap_or(0);
    if found == 0 {
        return Err(store.corrupt(format!("its version is {version}")));
    }
    if found > schema::VERSION {
        return Err(LedgerError::Newer { place: store.place.clone(), found, known: schema::VERSION });
    }
    Ok(found)
}

/// Whether the log ends where the head says.
fn check_end(store: &SqliteStore) -> Result<(), LedgerError> {
    let head = store.position()?.head;
    let last = store.run(|connection| {
        let mut select = connection.prepare("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1")?;
        let mut rows = select.query_map([], |row| {
            Ok(Head { entries: super::rows::unsigned(row, 0)?, hash: super::rows::hash(row, 1)? })
        })?;
        rows.next().transpose()
    })?;
    let last = last.unwrap_or(Head { entries: 0, hash: Hash::ZERO });
    if last == head {
        return Ok(());
    }
    Err(store.corrupt(format!("its head names entry {}, its log ends at {}", head.entries, last.entries)))
}
