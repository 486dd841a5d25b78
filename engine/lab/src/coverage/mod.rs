//! Which code of a policy its cases reach, in whatever language it is written.
//!
//! A policy's module is rewritten so that each of its basic blocks counts how often it is entered, and this twin runs
//! beside the real module ([`Laboratory`]). Where the module has debug information, blocks are told as lines of the
//! source; else as functions.
//!
//! Invariant: decisions and fuel are the real module's; only the author's code is counted, and what stops the policy by
//! itself (a panic, a failed check of the language) is not expected to be reached.
//!
//! ```
//! use std::num::NonZeroUsize;
//! use std::sync::Arc;
//!
//! use fenrun::admission::Digest;
//! use fenrun::program::PolicySource;
//! use fenrun::{Engine, EngineOptions};
//! use fenrun_lab::coverage::{Coverage, Source, Watched};
//! use fenrun_lab::{CaseSet, Lab, Subject};
//!
//! let module = wat::parse_str(include_str!("../../../core/examples/seller-share.wat"))?;
//! let coverage = Arc::new(Coverage::default());
//! let watched = Watched::new(Source { module: &module, source_map: None, folder: None })?;
//! coverage.watch(Digest::of(&module), watched);
//! let mut options = EngineOptions::default();
//! options.laboratory = Some(coverage.clone());
//!
//! let cases = CaseSet::read("cases/seller.json", r#"{ "cases": [{
//!   "it": "pays nobody where nobody sold it",
//!   "configuration": { "rate": "20%" },
//!   "given": { "order": { "lines": [{ "price": "9.99" }] } },
//!   "expect": { "shares": {} }
//! }] }"#)?;
//! let modules = |_: &PolicySource| Ok(module.clone());
//! let profiles = |_: &str| -> std::io::Result<String> { Err(std::io::ErrorKind::NotFound.into()) };
//! let subject = Subject { name: "seller".into(), uses: "./seller".into() };
//! let lab = Lab { engine: Engine::new(options)?, modules: &modules, profiles: &profiles, subject, explain: false };
//! assert!(lab.run_all(&[cases], NonZeroUsize::MIN)[0].passed());
//!
//! // The arm in which a seller is paid was not reached.
//! let reached = coverage.end(&Digest::of(&module)).unwrap();
//! assert_eq!((reached.blocks.reached, reached.blocks.all), (3, 4));
//! assert!(reached.report().contains("2/3   66.6      1  shares"), "{}", reached.report());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod author;
mod block;
mod counters;
mod human;
mod json;
mod lcov;
mod lines;
mod names;
mod reached;
mod source_map;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fenrun::admission::{AdmittedModule, Digest};
use fenrun::sandbox::{Laboratory, TwinFault, TwinSource};
use fenrun_abi::code::Hook;

use author::Author;
use counters::Counted;
pub use lcov::lcov;
use lines::{Line, Lines};
pub use reached::{FileReached, FunctionReached, Part, Reached};

/// What a policy's coverage is told from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The module that gets the counters: the policy's own, or the same source built with debug information.
    pub module: &'a [u8],
    /// The source map beside it, where there is one.
    pub source_map: Option<&'a str>,
    /// The policy's folder, absolute: files below it are its author's.
    pub folder: Option<&'a str>,
}

/// Coverage cannot be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CoverageError {
    /// The module cannot be read.
    #[error("the module cannot be read: {0}")]
    Module(#[from] wasmparser::Error),
    /// It has too much code.
    #[error("the module has {found} blocks of code, at most {limit} can be counted")]
    TooLarge {
        /// Blocks it has.
        found: usize,
        /// The bound.
        limit: usize,
    },
    /// Its debug information cannot be read.
    #[error("the module's debug information cannot be read: {0}")]
    DebugInformation(String),
    /// Its source map cannot be read.
    #[error("the source map cannot be read: {0}")]
    SourceMap(String),
}

/// A policy with counters, ready to be watched.
#[derive(Debug)]
pub struct Watched {
    twin: TwinSource,
    functions: Vec<Function>,
    has_lines: bool,
    counts: Vec<u64>,
    faults: Vec<String>,
}

#[derive(Debug)]
struct Function {
    name: String,
    is_authors: bool,
    /// Where it begins, in the author's folder.
    line: Option<Line>,
    entry: usize,
    blocks: Vec<WatchedBlock>,
}

#[derive(Debug)]
struct WatchedBlock {
    counter: usize,
    stops: bool,
    /// The author's lines in it.
    lines: Vec<Line>,
}

impl Watched {
    /// Gives a module its counters.
    ///
    /// # Errors
    ///
    /// A [`CoverageError`] where the module, or what it says about its source, cannot be read.
    pub fn new(source: Source<'_>) -> Result<Self, CoverageError> {
        let Counted { twin, functions } = Counted::of(source.module)?;
        let names = names::names(source.module)?;
        let lines = Lines::of(source.module, source.source_map)?;
        let author = Author::of(source.folder);
        let own = |line: Line| {
            let file = author.file(&line.file)?.to_owned();
            Some(Line { file, number: line.number })
        };
        let functions = functions.into_iter().zip(names).map(|(function, name)| {
            let all: Vec<Vec<Line>> =
                function.blocks.iter().map(|(_, block)| lines.at(&block.bytes)).collect();
            // A compiler that writes maps also writes whose function it is into the name.
            let first = all.iter().flatten().next().filter(|_| !lines.are_mapped());
            let is_authors = author.wrote(&name, first);
            let line = all.iter().flatten().cloned().find_map(own);
            let name = if is_authors { names::short(&name) } else { name };
            let blocks = function.blocks.into_iter().zip(all).map(|((counter, block), lines)| WatchedBlock {
                counter,
                stops: block.stops,
                lines: lines.into_iter().filter_map(own).collect(),
            });
            let blocks = blocks.collect();
            Function { name, is_authors, line, entry: function.entry, blocks }
        });
        let functions = functions.collect();
        let counts = vec![0; usize::try_from(twin.counters).unwrap_or(0)];
        Ok(Self { twin, functions, has_lines: lines.are_known(), counts, faults: Vec::new() })
    }
}

/// The laboratory that counts: give it to an engine as its
/// [`laboratory`](fenrun::EngineOptions::laboratory), and tell it which modules to watch before they are loaded.
#[derive(Debug, Default)]
pub struct Coverage {
    watched: Mutex<BTreeMap<Digest, Watched>>,
}

/// Faults of one twin that are kept: the first says what is wrong, and one for each call would say no more.
const FAULTS_MAX: usize = 3;

impl Coverage {
    fn watched(&self) -> MutexGuard<'_, BTreeMap<Digest, Watched>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches the module of this digest from now on.
    pub fn watch(&self, module: Digest, watched: Watched) {
        self.watched().insert(module, watched);
    }

    /// Watches a module no longer, and tells what was reached of it; none where it was not watched.
    #[must_use]
    pub fn end(&self, module: &Digest) -> Option<Reached> {
        self.watched().remove(module).as_ref().map(Reached::of)
    }
}

impl Laboratory for Coverage {
    fn twin(&self, module: &AdmittedModule) -> Option<TwinSource> {
        self.watched().get(&module.digest()).map(|watched| watched.twin.clone())
    }

    fn counted(&self, module: &Digest, _hook: Hook, counts: &[u64]) {
        if let Some(watched) = self.watched().get_mut(module) {
            for (sum, count) in watched.counts.iter_mut().zip(counts) {
                *sum = sum.saturating_add(*count);
            }
        }
    }

    fn failed(&self, module: &Digest, fault: TwinFault) {
        if let Some(watched) = self.watched().get_mut(module)
            && watched.faults.len() < FAULTS_MAX
        {
            watched.faults.push(fault.to_string());
        }
    }
}
