//! Who holds a file: one ledger, in one process.
//!
//! Invariant: a file that is held is not even opened a second time in this process; closing it would let go of the lock
//! that keeps other processes away.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::error::{LedgerError, place};

/// What a file is known by, whatever path leads to it.
type Identity = (u64, u64);

static HELD: Mutex<BTreeSet<Identity>> = Mutex::new(BTreeSet::new());

/// A file that is held until this is dropped.
#[derive(Debug)]
pub(super) struct Hold(Identity);

/// Nobody else in this process takes a hold meanwhile.
pub(super) struct Taking(MutexGuard<'static, BTreeSet<Identity>>);

impl Hold {
    /// Begins to take a hold of a file that may have to be made first.
    pub(super) fn take(path: &Path) -> Result<Taking, LedgerError> {
        let taking = Taking(HELD.lock().unwrap_or_else(PoisonError::into_inner));
        match identity(path) {
            Some(identity) if taking.0.contains(&identity) => Err(LedgerError::InUse { place: place(path) }),
            _ => Ok(taking),
        }
    }
}

impl Taking {
    /// Holds the file, which is there by now; `None` on a system that does not tell files apart.
    pub(super) fn of(mut self, path: &Path) -> Option<Hold> {
        let identity = identity(path)?;
        self.0.insert(identity);
        Some(Hold(identity))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        HELD.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Path) -> Option<Identity> {
    None
}
