//! What SQLite says, as an error a caller can act on.
//!
//! Invariant: every code that has a remedy of its own has its own variant.

use rusqlite::{Error, ErrorCode};

use crate::error::LedgerError;

pub(super) fn classify(place: &str, error: &Error) -> LedgerError {
    let place = place.to_owned();
    let why = error.to_string();
    match error {
        Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => LedgerError::InUse { place },
            ErrorCode::NotADatabase => LedgerError::NotALedger { place, why: "it is no SQLite file".into() },
            ErrorCode::DatabaseCorrupt => LedgerError::Corrupt { place, why },
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => {
                LedgerError::ReadOnly { place }
            }
            ErrorCode::DiskFull => LedgerError::Full { place },
            _ => LedgerError::Store { place, why },
        },
        Error::FromSqlConversionFailure(..)
        | Error::InvalidColumnType(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::Utf8Error(..)
        | Error::QueryReturnedNoRows => LedgerError::Corrupt { place, why },
        _ => LedgerError::Store { place, why },
    }
}
