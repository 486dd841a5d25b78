//! Writing behind: a batch is written on a thread of its own, while what was there before is still read.
//!
//! Invariant: one thread at a time has the connection that writes; whoever reads meanwhile sees none of its batch.

use std::thread::{self, JoinHandle};

use rusqlite::{Connection, Result};

use super::{open::CHECKPOINT_PAGES, write};
use crate::buffered::Writing;

/// The connection that writes.
#[derive(Debug)]
pub(super) enum Writer {
    Here(Connection),
    /// With a batch.
    Away(JoinHandle<(Connection, Result<()>)>),
    /// It never came back.
    Lost,
}

impl Writer {
    pub(super) const fn here(&self) -> Option<&Connection> {
        match self {
            Self::Here(connection) => Some(connection),
            Self::Away(_) | Self::Lost => None,
        }
    }

    /// Sends it away to write into its open transaction and to commit; `None` where it is not here, or the system has no
    /// thread left for it, which undoes the transaction.
    pub(super) fn send(&mut self, writing: Writing) -> Option<()> {
        match std::mem::replace(self, Self::Lost) {
            Self::Here(connection) => {
                let thread = thread::Builder::new().name("ledger".into()).spawn(move || {
                    let written = commit(&connection, &writing);
                    (connection, written)
                });
                *self = Self::Away(thread.ok()?);
                Some(())
            }
            other => {
                *self = other;
                None
            }
        }
    }

    /// Waits until it is here again, and answers what became of its batch; `None` where it does not come back.
    pub(super) fn wait(&mut self) -> Option<Result<()>> {
        match std::mem::replace(self, Self::Lost) {
            Self::Here(connection) => {
                *self = Self::Here(connection);
                Some(Ok(()))
            }
            Self::Away(thread) => {
                let (connection, written) = thread.join().ok()?;
                *self = Self::Here(connection);
                Some(written)
            }
            Self::Lost => None,
        }
    }
}

fn commit(connection: &Connection, writing: &Writing) -> Result<()> {
    let written =
        write(connection, writing).and_then(|()| connection.prepare_cached("COMMIT")?.execute([]).map(drop));
    if written.is_err() && !connection.is_autocommit() {
        // The first error is the one to tell.
        let _ = connection.prepare_cached("ROLLBACK").and_then(|mut rollback| rollback.execute([]));
    }
    written
}

/// Opens a transaction that sees what is stored now. Its first read is what pins it.
pub(super) fn pin(reader: &Connection) -> Result<()> {
    reader.prepare_cached("BEGIN")?.execute([])?;
    reader.prepare_cached("SELECT entries FROM head")?.query_row([], |_| Ok(()))
}

/// Ends the transaction of [`pin`].
pub(super) fn let_go(reader: &Connection) -> Result<()> {
    if reader.is_autocommit() {
        return Ok(());
    }
    reader.prepare_cached("COMMIT")?.execute([]).map(drop)
}

/// Copies to the file what is left of a long write-ahead log, so that it begins anew. The writer copies what it can by
/// itself, but the end of the log only where nobody reads, and between two batches nobody does.
pub(super) fn checkpoint(writer: &Connection) -> Result<()> {
    let mut pages = writer.prepare_cached("PRAGMA wal_checkpoint(NOOP)")?;
    let pages: i64 = pages.query_row([], |row| row.get(1))?;
    if pages < i64::from(CHECKPOINT_PAGES) {
        return Ok(());
    }
    writer.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?.query_row([], |_| Ok(()))
}
