//! The folder of a cache: who may look into it, and how a file gets there whole or not at all.
//!
//! Invariant: what this process writes is for its user only.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// A cache that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// The system does not let it be read or written.
    #[error("the artifact cache cannot use `{}`", .path.display())]
    Unusable {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        #[source]
        reason: io::Error,
    },
    /// Others can get at it.
    #[error(
        "`{}` is open to other users (mode {mode:o}), at most {allowed:o} is allowed; hint: chmod {allowed:o} {}",
        .path.display(), .path.display()
    )]
    Open {
        /// The folder or file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
        /// Those it may have.
        allowed: u32,
    },
    /// It belongs to somebody else.
    #[error("`{}` belongs to user {owner}, user {expected} is expected; hint: name a folder of your own", .path.display())]
    Foreign {
        /// The folder or file.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Whose it has to be.
        expected: u32,
    },
    /// It is not what it has to be.
    #[error("`{}` is no {expected}", .path.display())]
    Kind {
        /// The path.
        path: PathBuf,
        /// `folder` or `file`.
        expected: &'static str,
    },
    /// The key has not 32 bytes.
    #[error(
        "the key `{}` has {length} bytes, 32 are expected; hint: remove it, and every artifact is compiled again",
        .path.display()
    )]
    BadKey {
        /// The file.
        path: PathBuf,
        /// Its length.
        length: usize,
    },
}

/// Makes a folder for this user only, or checks that it is one.
pub(super) fn make_private(path: &Path) -> Result<(), CacheError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|reason| CacheError::Unusable { path: path.to_owned(), reason })?;
    check_private(path, true)
}

/// Checks that a folder or file is this user's and closed to all others. Where the system has no such permissions, its
/// kind is all that is checked.
pub(super) fn check_private(path: &Path, is_folder: bool) -> Result<(), CacheError> {
    let metadata = fs::symlink_metadata(path)
        .and_then(|found| if is_folder { fs::metadata(path) } else { Ok(found) })
        .map_err(|reason| CacheError::Unusable { path: path.to_owned(), reason })?;
    let right = if is_folder { metadata.is_dir() } else { metadata.is_file() };
    if !right {
        let expected = if is_folder { "folder" } else { "file" };
        return Err(CacheError::Kind { path: path.to_owned(), expected });
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let expected = own_user(path, is_folder)?;
        if metadata.uid() != expected {
            return Err(CacheError::Foreign { path: path.to_owned(), owner: metadata.uid(), expected });
        }
        let mode = metadata.mode() & 0o777;
        if mode & 0o077 != 0 {
            let allowed = if is_folder { 0o700 } else { 0o600 };
            return Err(CacheError::Open { path: path.to_owned(), mode, allowed });
        }
    }
    Ok(())
}

/// Whose files this process makes.
#[cfg(unix)]
fn own_user(path: &Path, is_folder: bool) -> Result<u32, CacheError> {
    let folder = if is_folder { path } else { path.parent().unwrap_or(path) };
    let asked = write_temporary(folder, &[]).and_then(|probe| {
        let owner = fs::symlink_metadata(&probe).map(|found| std::os::unix::fs::MetadataExt::uid(&found));
        fs::remove_file(&probe).and(owner)
    });
    asked.map_err(|reason| CacheError::Unusable { path: path.to_owned(), reason })
}

/// How temporary files begin.
pub(super) const TEMPORARY: &str = "new-";

/// Writes a file under a name that nobody else uses, for this user only.
pub(super) fn write_temporary(folder: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("{TEMPORARY}{}-{number}-{:x}", std::process::id(), u64::from_le_bytes(random));
    let path = folder.join(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&path).and_then(|mut file: File| file.write_all(bytes));
    if let Err(error) = written {
        // What is half written is of no use to anybody.
        let _ = fs::remove_file(&path);
        return Err(error);
    }
    Ok(path)
}

/// Writes a file whole or not at all.
pub(super) fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = write_temporary(folder, bytes)?;
    fs::rename(&temporary, folder.join(name)).inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}
