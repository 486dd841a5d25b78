//! Where profile files come from.
//!
//! Invariant: the engine opens no file by itself; the host hands in who does.

use std::io;

/// Reads the text of a profile that a program names by path.
///
/// Every closure of the same shape is one; [`ModuleFiles`](crate::program::ModuleFiles) reads real files.
///
/// ```
/// use fenrun::profile::ProfileSource;
/// use std::io;
///
/// let memory = |path: &str| match path {
///     "./ours.toml" => Ok("name = \"ours\"".to_owned()),
///     _ => Err(io::Error::new(io::ErrorKind::NotFound, "no such profile")),
/// };
/// assert!(memory.profile("./ours.toml").is_ok());
/// assert_eq!(memory.profile("./theirs.toml").unwrap_err().to_string(), "no such profile");
/// ```
pub trait ProfileSource {
    /// The text of the profile file at a path, as the program wrote it.
    ///
    /// # Errors
    ///
    /// Any error of the host's store; it becomes the source of the program's error.
    fn profile(&self, path: &str) -> io::Result<String>;
}

impl<Reader> ProfileSource for Reader
where
    Reader: Fn(&str) -> io::Result<String>,
{
    fn profile(&self, path: &str) -> io::Result<String> {
        self(path)
    }
}
