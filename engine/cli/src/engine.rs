//! The engine that the binary's commands share: modules are compiled in a child, and kept for the next start.
//!
//! Invariant: what is not asked for by name never stops a command; a cache that others can get at always does.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use clap::Args;
use fenrun::artifacts::{ArtifactCache, CacheError, CacheLimits};
use fenrun::compilation::{Compilation, CompilerCommand, Notices};
use fenrun::sandbox::Laboratory;
use fenrun::{Engine, EngineOptions};

use crate::exit::Exit;
use crate::problem::Problem;

/// The folder within the user's caches.
const FOLDER: &str = "fenrun";

/// Where compiled modules are kept.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct CacheArguments {
    /// Folder in which compiled modules are kept; otherwise `fenrun` in the user's caches
    #[arg(long, value_name = "DIR", env = "FENRUN_CACHE", global = true)]
    cache: Option<PathBuf>,
    /// Compile every module anew, and keep nothing
    #[arg(long, global = true, conflicts_with = "cache")]
    no_cache: bool,
}

/// What the command line of this process says. One process runs one command.
static CHOSEN: OnceLock<CacheArguments> = OnceLock::new();

/// Starts the engine as the command line says.
pub(crate) fn start() -> Result<Engine, Problem> {
    start_watched(None)
}

/// The same, watched by a laboratory.
pub(crate) fn start_watched(laboratory: Option<Arc<dyn Laboratory>>) -> Result<Engine, Problem> {
    CHOSEN.get_or_init(CacheArguments::default).engine(laboratory)
}

impl CacheArguments {
    /// Makes these the choice of the process.
    pub(crate) fn choose(&self) {
        CHOSEN.get_or_init(|| self.clone());
    }

    fn engine(&self, laboratory: Option<Arc<dyn Laboratory>>) -> Result<Engine, Problem> {
        let mut options = EngineOptions::default();
        let command = CompilerCommand::this_program().map_err(|error| Problem::of(Exit::Internal, error))?;
        options.compilation = Compilation::Child(command);
        options.artifacts = self.open()?;
        options.laboratory = laboratory;
        options.notices = Notices::to(|notice| eprintln!("note: {notice}"));
        Engine::new(options).map_err(|error| Problem::of(Exit::Internal, error))
    }

    fn open(&self) -> Result<Option<ArtifactCache>, Problem> {
        if self.no_cache {
            return Ok(None);
        }
        let (folder, is_named) = match &self.cache {
            Some(folder) => (folder.clone(), true),
            None => match user_caches() {
                Some(caches) => (caches.join(FOLDER), false),
                None => return Ok(None),
            },
        };
        match ArtifactCache::open(&folder, CacheLimits::default()) {
            Ok(cache) => Ok(Some(cache)),
            // A home that cannot be written is no reason not to decide; the next start is slower.
            Err(CacheError::Unusable { .. }) if !is_named => Ok(None),
            Err(error) => Err(Problem::of(Exit::NotLoaded, error)),
        }
    }
}

/// Where this system keeps what can be made again.
fn user_caches() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = |below: &Path| folder("HOME").map(|home| home.join(below));
    if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_vendor = "apple") {
        home(Path::new("Library/Caches"))
    } else {
        folder("XDG_CACHE_HOME").or_else(|| home(Path::new(".cache")))
    }
}
