//! A folder in which native code waits for the next start, under this host's seal.
//!
//! A compiled artifact is machine code: whoever can put one where an engine loads it runs what he likes. So each file is
//! authenticated with a key that is made on first use and that only its owner can read, over everything that says what
//! it is for: the module's digest, and the engine's identity (version, compiler settings, processor). What is tampered
//! with, truncated, swapped or made by another engine or another host is not mapped, is told to the host's
//! [`Notices`](crate::compilation::Notices), and is compiled again from the module.
//!
//! Files are written under a temporary name and renamed, so several processes can share a folder; the least recently
//! used ones go when the folder holds more than [`CacheLimits`] allow.
//!
//! ```no_run
//! use fenrun::artifacts::{ArtifactCache, CacheLimits};
//! use fenrun::{Engine, EngineOptions};
//!
//! let mut options = EngineOptions::default();
//! options.artifacts = Some(ArtifactCache::open("/var/cache/shop", CacheLimits::default())?);
//! let engine = Engine::new(options)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Invariant: only a whole file under this host's seal becomes an artifact; a cache that fails costs time, never more.

mod cache;
mod folder;
mod key;
mod seal;

pub(crate) use cache::Lookup;
pub use cache::{ArtifactCache, CacheLimits};
pub use folder::CacheError;
pub(crate) use seal::Authentic;
