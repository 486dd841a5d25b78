//! Looking artifacts up, storing them, and making room.
//!
//! Invariant: a name is made of digests only; what a file holds is never believed for its name.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    folder::{self, CacheError, TEMPORARY},
    key::Key,
    seal::{self, Authentic},
};
use crate::admission::Digest;

/// How much a cache may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheLimits {
    /// Bytes of all artifacts together; the least recently used ones go first.
    pub bytes_max: u64,
    /// Artifacts. Stops a folder of a million files.
    pub artifacts_max: usize,
    /// Bytes of one file that is read: a larger one was not written by this cache.
    pub artifact_bytes_max: u64,
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self { bytes_max: 512 << 20, artifacts_max: 10_000, artifact_bytes_max: 17 << 20 }
    }
}

/// A file is marked as used when that was not done for so long; more often would be a write for every start.
const USED_EVERY: Duration = Duration::from_secs(3_600);

/// Temporary files older than this were left behind by a process that is gone.
const TEMPORARY_AGE_MAX: Duration = Duration::from_secs(3_600);

const ARTIFACT: &str = ".artifact";
const QUARANTINE: &str = ".quarantine";

/// Bytes of a note that are read.
const NOTE_BYTES_MAX: u64 = 1 << 10;

/// A folder of artifacts under this host's seal. Cheap to clone; may be shared by threads and by processes.
#[derive(Clone, Debug)]
pub struct ArtifactCache {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    key: Key,
    limits: CacheLimits,
}

/// What the cache has of a module.
pub(crate) enum Lookup {
    /// Its artifact.
    Found(Authentic),
    /// Nothing.
    Missing,
    /// Something that this host did not write, and why it is known.
    Rejected(PathBuf, String),
}

fn name(module: &Digest, engine: &Digest, kind: &str) -> String {
    format!("{module}-{}{kind}", engine.short())
}

fn read_bounded(path: &Path, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > bytes_max {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(bytes_max).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

impl ArtifactCache {
    /// Opens a folder, and makes it and its key where they are not there.
    ///
    /// # Errors
    ///
    /// A [`CacheError`] where it cannot be used, or where folder or key are open to other users.
    pub fn open(folder: impl AsRef<Path>, limits: CacheLimits) -> Result<Self, CacheError> {
        let folder = folder.as_ref().to_owned();
        folder::make_private(&folder)?;
        let key = Key::in_folder(&folder)?;
        Ok(Self { inner: Arc::new(Inner { folder, key, limits }) })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    pub(crate) fn look_up(&self, module: &Digest, engine: &Digest) -> Lookup {
        let path = self.inner.folder.join(name(module, engine, ARTIFACT));
        let rejected = |reason: &str| {
            // It would be rejected at each start; the module is compiled and stored anew.
            let _ = fs::remove_file(&path);
            Lookup::Rejected(path.clone(), reason.into())
        };
        match read_bounded(&path, self.inner.limits.artifact_bytes_max) {
            Ok(Some(file)) => match seal::opened(&self.inner.key, module, engine, file) {
                Ok(artifact) => {
                    mark_used(&path);
                    Lookup::Found(artifact)
                }
                Err(reason) => rejected(reason),
            },
            Ok(None) => rejected("it is too large"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Lookup::Missing,
            Err(error) => Lookup::Rejected(path, error.to_string()),
        }
    }

    pub(crate) fn store(
        &self,
        module: &Digest,
        engine: &Digest,
        artifact: &[u8],
    ) -> Result<(), (PathBuf, io::Error)> {
        let name = name(module, engine, ARTIFACT);
        let file = seal::sealed(&self.inner.key, module, engine, artifact);
        let stored = folder::write(&self.inner.folder, &name, &file).and_then(|()| self.make_room(&name));
        stored.map_err(|error| (self.inner.folder.join(name), error))
    }

    /// Why a module is in quarantine, if it is.
    pub(crate) fn quarantined(&self, module: &Digest, engine: &Digest) -> Option<String> {
        let path = self.inner.folder.join(name(module, engine, QUARANTINE));
        let note = read_bounded(&path, NOTE_BYTES_MAX).ok()?.unwrap_or_default();
        let note = String::from_utf8_lossy(&note);
        Some(note.chars().filter(|character| character.is_ascii_graphic() || *character == ' ').collect())
    }

    pub(crate) fn quarantine(
        &self,
        module: &Digest,
        engine: &Digest,
        why: &str,
    ) -> Result<(), (PathBuf, io::Error)> {
        let name = name(module, engine, QUARANTINE);
        let written = folder::write(&self.inner.folder, &name, why.as_bytes());
        written.map_err(|error| (self.inner.folder.join(name), error))
    }

    /// Lifts the quarantine of a module, for every engine. Whether there was one.
    ///
    /// # Errors
    ///
    /// What removing its file gives.
    pub fn lift_quarantine(&self, module: &Digest) -> io::Result<bool> {
        let mut lifted = false;
        for entry in fs::read_dir(&self.inner.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(&module.to_string()) && name.ends_with(QUARANTINE) {
                fs::remove_file(entry.path())?;
                lifted = true;
            }
        }
        Ok(lifted)
    }

    /// Removes what was used longest ago until the limits hold; not what was just written. Other processes may do the
    /// same at the same time: what is gone already is no mistake.
    fn make_room(&self, just_written: &str) -> io::Result<()> {
        let mut artifacts = Vec::new();
        let mut bytes: u64 = 0;
        for entry in fs::read_dir(&self.inner.folder)?.flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            if name.ends_with(ARTIFACT) {
                bytes = bytes.saturating_add(metadata.len());
                artifacts.push((used, metadata.len(), entry.path(), name == just_written));
            } else if name.starts_with(TEMPORARY) && is_older(used, TEMPORARY_AGE_MAX) {
                let _ = fs::remove_file(entry.path());
            }
        }
        artifacts.sort();
        let mut count = artifacts.len();
        for (_, length, path, is_new) in artifacts {
            if bytes <= self.inner.limits.bytes_max && count <= self.inner.limits.artifacts_max {
                break;
            }
            if !is_new {
                let _ = fs::remove_file(path);
                bytes = bytes.saturating_sub(length);
                count = count.saturating_sub(1);
            }
        }
        Ok(())
    }
}

fn is_older(moment: SystemTime, than: Duration) -> bool {
    moment.elapsed().is_ok_and(|age| age > than)
}

fn mark_used(path: &Path) {
    let used = fs::metadata(path).and_then(|metadata| metadata.modified());
    if used.is_ok_and(|used| is_older(used, USED_EVERY)) {
        // Only the order in which files go depends on it.
        let _ = File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
    }
}
