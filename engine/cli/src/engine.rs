//! The engine that the binary's commands share: modules are compiled in a child, and kept for the next start; a second
//! engine makes a share of the calls again where it is asked to.
//!
//! Invariant: what is not asked for by name never stops a command; a cache that others can get at always does.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use fenrun::artifacts::{ArtifactCache, CacheError, CacheLimits};
use fenrun::compilation::{Compilation, CompilerCommand, Notices};
use fenrun::sandbox::{Laboratory, SecondEngine};
use fenrun::{Engine, EngineOptions};

use crate::exit::Exit;
use crate::problem::Problem;

/// The folder within the user's caches.
const FOLDER: &str = "fenrun";

/// Where compiled modules are kept, and who else makes their calls.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct CacheArguments {
    /// Folder in which compiled modules are kept; otherwise `fenrun` in the user's caches
    #[arg(long, value_name = "DIR", env = "FENRUN_CACHE", global = true)]
    cache: Option<PathBuf>,
    /// Compile every module anew, and keep nothing
    #[arg(long, global = true, conflicts_with = "cache")]
    no_cache: bool,
    /// Make one call in so many again in a second engine, and hold what the two do not agree about
    #[arg(long, value_name = "ONE_IN", env = "FENRUN_SECOND_ENGINE", global = true)]
    second_engine: Option<NonZeroU32>,
}

impl CacheArguments {
    /// An engine with the default limits, which compiles in a child and keeps what it compiled as the command line says.
    pub(crate) fn engine(&self) -> Result<Engine, Problem> {
        self.started(false, None)
    }

    /// The same, which keeps what policies were shown, for explanations.
    pub(crate) fn explaining(&self) -> Result<Engine, Problem> {
        self.started(true, None)
    }

    /// The same, watched by a laboratory where there is one.
    pub(crate) fn started(
        &self,
        keep_facts: bool,
        laboratory: Option<Arc<dyn Laboratory>>,
    ) -> Result<Engine, Problem> {
        let mut options = EngineOptions::default();
        let command = CompilerCommand::this_program().map_err(|error| Problem::of(Exit::Internal, error))?;
        options.compilation = Compilation::Child(command);
        options.artifacts = self.open()?;
        options.laboratory = laboratory;
        options.second_engine = self.second_engine.map(SecondEngine::one_in);
        options.notices = Notices::to(|notice| eprintln!("note: {notice}"));
        options.keep_facts = keep_facts;
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
