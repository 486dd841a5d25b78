//! What PostgreSQL says, as an error a caller can act on.
//!
//! Invariant: a lost connection is always told apart from a refused statement.

use std::error::Error as _;

use postgres::error::{Error, SqlState};

use crate::error::LedgerError;

pub(super) fn classify(place: &str, error: &Error) -> LedgerError {
    let place = place.to_owned();
    let Some(said) = error.as_db_error() else {
        let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        return if is_about_connection(error) {
            LedgerError::Unreachable { why }
        } else {
            LedgerError::Store { place, why }
        };
    };
    let why = said.message().to_owned();
    let code = said.code();
    if *code == SqlState::LOCK_NOT_AVAILABLE || *code == SqlState::T_R_DEADLOCK_DETECTED {
        LedgerError::InUse { place }
    } else if *code == SqlState::READ_ONLY_SQL_TRANSACTION || *code == SqlState::INSUFFICIENT_PRIVILEGE {
        LedgerError::ReadOnly { place }
    } else if *code == SqlState::DISK_FULL {
        LedgerError::Full { place }
    } else if *code == SqlState::DATA_CORRUPTED
        || *code == SqlState::INDEX_CORRUPTED
        || *code == SqlState::UNDEFINED_TABLE
        || *code == SqlState::UNDEFINED_COLUMN
    {
        LedgerError::Corrupt { place, why }
    } else if is_of_connection(code) {
        LedgerError::Unreachable { why }
    } else {
        LedgerError::Store { place, why }
    }
}

/// The connection ended, or never began, without a word of the server.
fn is_about_connection(error: &Error) -> bool {
    error.is_closed() || error.source().is_some_and(|source| source.is::<std::io::Error>())
}

/// What the server says when it lets a connection go or takes none: class 08, shutdowns, too many connections.
fn is_of_connection(code: &SqlState) -> bool {
    code.code().starts_with("08")
        || *code == SqlState::ADMIN_SHUTDOWN
        || *code == SqlState::CRASH_SHUTDOWN
        || *code == SqlState::CANNOT_CONNECT_NOW
        || *code == SqlState::TOO_MANY_CONNECTIONS
        || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
}
