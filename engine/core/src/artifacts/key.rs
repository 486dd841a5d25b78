//! The host's key: 32 random bytes, made on first use, readable by nobody else.
//!
//! Invariant: a key that others can read or could have put there is refused, not used.

use std::{fmt, fs, io, path::Path};

use super::folder::{self, CacheError};

const NAME: &str = "key";
const BYTES: usize = 32;

/// A key. It is never printed.
pub(super) struct Key([u8; BYTES]);

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Key")
    }
}

impl Key {
    #[cfg(test)]
    pub(super) fn of(bytes: [u8; BYTES]) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8; BYTES] {
        &self.0
    }

    /// Reads the key of a folder, or makes it. Of several processes that do so at once, one wins and all read its key.
    pub(super) fn in_folder(folder: &Path) -> Result<Self, CacheError> {
        let path = folder.join(NAME);
        let failed = |reason| CacheError::Unusable { path: path.clone(), reason };
        match fs::symlink_metadata(&path) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(folder, &path).map_err(failed)?,
            Err(error) => return Err(failed(error)),
        }
        folder::check_private(&path, false)?;
        let bytes = fs::read(&path).map_err(failed)?;
        let length = bytes.len();
        let bytes = bytes.try_into().map_err(|_| CacheError::BadKey { path: path.clone(), length })?;
        Ok(Self(bytes))
    }
}

fn make(folder: &Path, path: &Path) -> io::Result<()> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    let temporary = folder::write_temporary(folder, &bytes)?;
    // A link is never made over a file that is there.
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}
