//! Where the modules of a program come from.
//!
//! Invariant: the engine opens no file by itself; the host hands in who does.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::PolicySource;
use super::limits::{MODULE_FILE_BYTES_MAX, PROFILE_BYTES_MAX};
use crate::profile::ProfileSource;

/// Gives the bytes of the module that a policy uses.
///
/// [`ModuleFiles`] reads built modules; the `fenrun` binary builds stock policies and source folders first; a closure
/// serves modules that the host holds itself.
///
/// ```
/// use fenrun::program::{ModuleSource, ModuleSourceError, PolicySource};
///
/// let held = |source: &PolicySource| match source {
///     PolicySource::Stock(name) if name == "three-level" => Ok(b"\0asm".to_vec()),
///     other => Err(ModuleSourceError::unknown(other)),
/// };
/// assert!(held.module(&PolicySource::Stock("three-level".to_owned())).is_ok());
///
/// let error = held.module(&PolicySource::Stock("four-level".to_owned())).unwrap_err();
/// assert_eq!(error.to_string(), "there is no module for `four-level`");
/// ```
pub trait ModuleSource {
    /// The bytes of a WebAssembly module, not yet admitted.
    ///
    /// # Errors
    ///
    /// A [`ModuleSourceError`] that says why there are none.
    fn module(&self, source: &PolicySource) -> Result<Vec<u8>, ModuleSourceError>;
}

/// Why there are no bytes for a policy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModuleSourceError {
    /// Nothing here has such a module.
    #[error("there is no module for `{name}`")]
    Unknown {
        /// What the program says behind `use`.
        name: String,
    },
    /// A stock policy or a source folder, which has to be built.
    #[error("`{name}` is {what}, which the `fenrun` binary builds\nhint: {hint}")]
    NotBuilt {
        /// What the program says behind `use`.
        name: String,
        /// `a stock policy` or `a folder of source`.
        what: &'static str,
        /// What to do.
        hint: String,
    },
    /// A module file that cannot be read.
    #[error("`{}` cannot be read", .path.display())]
    Unreadable {
        /// The file, the base folder included.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A module file that is larger than any module may be.
    #[error("`{}` is larger than {limit} bytes", .path.display())]
    TooLarge {
        /// The file, the base folder included.
        path: PathBuf,
        /// The bound in bytes.
        limit: u64,
    },
    /// Any other reason of the host's own.
    #[error("the module for `{name}` cannot be had")]
    Other {
        /// What the program says behind `use`.
        name: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl ModuleSourceError {
    /// Nothing has a module for this source.
    #[must_use]
    pub fn unknown(source: &PolicySource) -> ModuleSourceError {
        ModuleSourceError::Unknown { name: source.to_string() }
    }

    /// A reason of the host's own.
    pub fn other(
        source: &PolicySource,
        reason: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> ModuleSourceError {
        ModuleSourceError::Other { name: source.to_string(), source: reason.into() }
    }
}

impl<Giver> ModuleSource for Giver
where
    Giver: Fn(&PolicySource) -> Result<Vec<u8>, ModuleSourceError>,
{
    fn module(&self, source: &PolicySource) -> Result<Vec<u8>, ModuleSourceError> {
        self(source)
    }
}

/// Reads built modules, and profile files, relative to a folder.
///
/// Paths are followed wherever they lead, `..` and absolute ones included: a program file is the host's own. A host
/// that takes programs from strangers gives its own [`ModuleSource`] and [`ProfileSource`].
///
/// ```
/// use fenrun::program::{ModuleFiles, ModuleSource, PolicySource};
///
/// let files = ModuleFiles::new("/srv/shop");
/// let error = files.module(&PolicySource::Stock("three-level".to_owned())).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`three-level` is a stock policy, which the `fenrun` binary builds\n\
///      hint: build it with `fenrun build` and name the `.wasm` file, or run the program with `fenrun run`",
/// );
/// let error = files.module(&PolicySource::Module("no.wasm".into())).unwrap_err();
/// assert_eq!(error.to_string(), "`/srv/shop/no.wasm` cannot be read");
/// ```
#[derive(Clone, Debug)]
pub struct ModuleFiles {
    base: PathBuf,
}

impl ModuleFiles {
    /// Reads relative to a folder, which is usually that of the program file.
    pub fn new(base: impl Into<PathBuf>) -> ModuleFiles {
        ModuleFiles { base: base.into() }
    }
}

impl ModuleSource for ModuleFiles {
    fn module(&self, source: &PolicySource) -> Result<Vec<u8>, ModuleSourceError> {
        let not_built = |what, command: &str| ModuleSourceError::NotBuilt {
            name: source.to_string(),
            what,
            hint: format!(
                "build it with `{command}` and name the `.wasm` file, or run the program with `fenrun run`"
            ),
        };
        match source {
            PolicySource::Stock(_) => Err(not_built("a stock policy", "fenrun build")),
            PolicySource::Folder(_) => {
                Err(not_built("a folder of source", &format!("fenrun build {source}")))
            }
            PolicySource::Module(path) => {
                let path = self.base.join(path);
                match read_bounded(&path, MODULE_FILE_BYTES_MAX) {
                    Ok(Some(bytes)) => Ok(bytes),
                    Ok(None) => Err(ModuleSourceError::TooLarge { path, limit: MODULE_FILE_BYTES_MAX }),
                    Err(source) => Err(ModuleSourceError::Unreadable { path, source }),
                }
            }
        }
    }
}

impl ProfileSource for ModuleFiles {
    fn profile(&self, path: &str) -> io::Result<String> {
        // One byte more than is allowed is enough for the parser to say how much is.
        let limit = u64::try_from(PROFILE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
        let bytes = read_bounded(&self.base.join(path), limit)?;
        let bytes =
            bytes.ok_or_else(|| io::Error::new(io::ErrorKind::FileTooLarge, "the file is too large"))?;
        String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// The bytes of a file, or `None` when there are more than `limit`.
fn read_bounded(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let read = File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(u64::try_from(read).is_ok_and(|read| read <= limit).then_some(bytes))
}
