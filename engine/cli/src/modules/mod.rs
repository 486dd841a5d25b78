//! Where the modules of a program come from: stock policies and source folders, which are built on first use, and
//! built modules.
//!
//! Invariant: a module is read only after everything it is made from was looked at; nothing here runs a module.

mod assemblyscript;
mod compiler;
mod error;
mod folder;
mod freshness;
mod recipe;
pub mod settings;
mod stock;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use fenrun::program::{ModuleFiles, ModuleSource, ModuleSourceError, PolicySource};

pub use error::BuildError;

use crate::problem::io_reason;
use folder::PolicyFolder;
use stock::StockFolders;

/// Gives the engine the modules of a program; builds what has to be built.
///
/// ```no_run
/// use fenrun::program::{ModuleSource, PolicySource};
/// use fenrun_cli::modules::PolicyModules;
///
/// // Stock policies are found in `policies/` of this folder or of one above it.
/// let modules = PolicyModules::new("policies/demo");
/// let bytes = modules.module(&PolicySource::Stock("three-level".to_owned()))?;
/// assert!(bytes.starts_with(b"\0asm"));
/// # Ok::<(), fenrun::program::ModuleSourceError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PolicyModules {
    base: PathBuf,
    stock: StockFolders,
    quiet: bool,
}

/// A policy that was built to have its code counted.
#[derive(Clone, Debug)]
pub struct CoverageModule {
    /// The module.
    pub bytes: Vec<u8>,
    /// From which line each instruction was made, where that is not said in the module.
    pub source_map: Option<String>,
    /// The folder of the author's source, absolute.
    pub folder: PathBuf,
}

impl PolicyModules {
    /// Modules for a program in the folder `base`, to which its paths are relative.
    #[must_use]
    pub fn new(base: impl AsRef<Path>) -> PolicyModules {
        PolicyModules::with_stock(base, None)
    }

    /// The same, with a folder in which stock policies are looked for first.
    #[must_use]
    pub fn with_stock(base: impl AsRef<Path>, policies: Option<PathBuf>) -> PolicyModules {
        let base = std::path::absolute(base.as_ref()).unwrap_or_else(|_| base.as_ref().to_owned());
        let stock = StockFolders::new(&base, policies);
        PolicyModules { base, stock, quiet: false }
    }

    /// The same, which does not say on standard error what it builds.
    #[must_use]
    pub fn quiet(self, quiet: bool) -> PolicyModules {
        PolicyModules { quiet, ..self }
    }

    /// The names of all stock policies there are.
    #[must_use]
    pub fn stock_policies(&self) -> BTreeSet<String> {
        self.stock.names()
    }

    /// The module of a source folder, built where it is missing or older than its source.
    ///
    /// # Errors
    ///
    /// A [`BuildError`] that says what is missing or what the compiler said.
    pub fn build(&self, folder: &Path) -> Result<Vec<u8>, BuildError> {
        if assemblyscript::is_one(folder) {
            return assemblyscript::build(folder, &assemblyscript::POLICY, self.quiet);
        }
        self.compiled(PolicyFolder::open(folder)?, "")
    }

    /// The same source, built so that its code can be counted line by line. It is no module for a program: it is neither
    /// small nor quick, and may not be admitted.
    ///
    /// # Errors
    ///
    /// As [`PolicyModules::build`].
    pub fn build_for_coverage(&self, folder: &Path) -> Result<CoverageModule, BuildError> {
        let real = folder.canonicalize().map_err(|_| BuildError::NoFolder { path: folder.to_owned() })?;
        if assemblyscript::is_one(folder) {
            let bytes = assemblyscript::build(folder, &assemblyscript::COVERAGE, self.quiet)?;
            let source_map = assemblyscript::source_map(folder, &assemblyscript::COVERAGE);
            return Ok(CoverageModule { bytes, source_map, folder: real });
        }
        let bytes = self.compiled(PolicyFolder::open(folder)?.by(&recipe::COVERAGE), " for coverage")?;
        Ok(CoverageModule { bytes, source_map: None, folder: real })
    }

    fn compiled(&self, folder: PolicyFolder, what_for: &str) -> Result<Vec<u8>, BuildError> {
        if !freshness::is_fresh(&folder) {
            if !self.quiet {
                eprintln!("building policy {}{what_for} …", folder.name);
            }
            compiler::build(&folder)?;
        }
        let path = folder.module();
        fs::read(&path).map_err(|error| BuildError::Unreadable { path, reason: io_reason(&error) })
    }

    /// The folder that a path of the program means.
    pub(crate) fn folder(&self, folder: &Path) -> PathBuf {
        self.base.join(plain(folder))
    }

    /// The source folder of a stock policy.
    ///
    /// # Errors
    ///
    /// A [`BuildError`] with the nearest name, or all there are.
    pub fn stock_folder(&self, name: &str) -> Result<PathBuf, BuildError> {
        self.stock.find(name)
    }
}

impl ModuleSource for PolicyModules {
    fn module(&self, source: &PolicySource) -> Result<Vec<u8>, ModuleSourceError> {
        let bytes = match source {
            PolicySource::Stock(name) => self.stock.find(name).and_then(|folder| self.build(&folder)),
            PolicySource::Folder(folder) => self.build(&self.folder(folder)),
            PolicySource::Module(file) => {
                return ModuleFiles::new(&self.base).module(&PolicySource::Module(plain(file)));
            }
        };
        bytes.map_err(|error| ModuleSourceError::other(source, error))
    }
}

/// A path without the `./` that marks it as one, for messages.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}
