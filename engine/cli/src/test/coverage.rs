//! `fenrun test --coverage`: which code of a policy its cases reach.
//!
//! Invariant: what is decided, and its fuel, are those of the module that programs run; what is counted in runs beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use fenrun::admission::Digest;
use fenrun::program::PolicySource;
use fenrun::sandbox::Laboratory;
use fenrun_lab::coverage::{Coverage, Reached, Source, Watched, lcov};

use super::folders::Found;
use super::modules::{Kept, source};
use crate::exit::Exit;
use crate::modules::CoverageModule;
use crate::output::Output;
use crate::problem::Problem;

#[derive(Args, Clone, Debug, Default)]
pub(crate) struct CoverageArguments {
    /// Count which code of each policy its cases reach: functions, and lines where the source is there
    #[arg(long)]
    coverage: bool,
    /// Write the lines that were reached to this file, as lcov does
    #[arg(long, value_name = "FILE", requires = "coverage")]
    lcov: Option<PathBuf>,
    /// End with exit code 10 where the cases of a policy reach less of its lines than this; of its blocks, where lines
    /// are not known
    #[arg(
        long,
        value_name = "PERCENT",
        requires = "coverage",
        value_parser = clap::value_parser!(u8).range(0..=100)
    )]
    fail_under: Option<u8>,
}

/// What is counted, where that is asked for.
#[derive(Debug)]
pub(super) struct Counting {
    coverage: Arc<Coverage>,
    arguments: CoverageArguments,
}

/// A policy that is being counted.
pub(super) struct Counted<'c> {
    coverage: &'c Coverage,
    module: Digest,
    notes: Vec<String>,
}

impl CoverageArguments {
    /// Begins to count, where that is asked for.
    pub(super) fn begin(&self) -> Option<Counting> {
        self.coverage.then(|| Counting { coverage: Arc::default(), arguments: self.clone() })
    }
}

impl Counting {
    /// What the engine tells of its calls.
    pub(super) fn laboratory(&self) -> Arc<dyn Laboratory> {
        self.coverage.clone()
    }

    /// Counts in a policy from now on. Where the source cannot be built for it, the module itself is counted in.
    pub(super) fn watch(
        &self,
        modules: &Kept,
        found: &Found,
        module: Vec<u8>,
    ) -> Result<Counted<'_>, String> {
        let digest = Digest::of(&module);
        let mut notes = Vec::new();
        let built = match source(&found.subject) {
            PolicySource::Folder(folder) => modules.build_for_coverage(&folder).map_err(|error| {
                notes.push(format!(
                    "the source cannot be built for coverage, so lines are not known: {error}"
                ));
            }),
            _ => Err(()),
        };
        let folder = found.folder.canonicalize().unwrap_or_else(|_| found.folder.clone());
        let built = built.unwrap_or(CoverageModule { bytes: module, source_map: None, folder });
        let watched = Watched::new(Source {
            module: &built.bytes,
            source_map: built.source_map.as_deref(),
            folder: built.folder.to_str(),
        });
        self.coverage.watch(digest, watched.map_err(|error| error.to_string())?);
        Ok(Counted { coverage: &self.coverage, module: digest, notes })
    }

    /// Writes what is to be written, and says which policies are reached too little.
    pub(super) fn end<'r>(
        &self,
        policies: impl Iterator<Item = (&'r str, &'r Path, &'r Reached)> + Clone,
    ) -> Result<Exit, Problem> {
        if let Some(path) = &self.arguments.lcov {
            let told =
                policies.clone().map(|(_, folder, reached)| (folder.to_str().unwrap_or_default(), reached));
            let mut output = Output::open(Some(path))?;
            output.write(lcov(told).as_bytes())?;
            output.flush()?;
            for (name, ..) in policies.clone().filter(|(_, _, reached)| reached.files.is_empty()) {
                eprintln!("note: `{}` says nothing of `{name}`: its lines are not known", path.display());
            }
        }
        let mut exit = Exit::Success;
        for (name, _, reached) in policies {
            let wanted = self.arguments.fail_under.unwrap_or(0);
            if !reached.faults.is_empty() {
                exit = exit.and(Exit::Internal);
            }
            let (part, what) = reached.bounded();
            if !part.is_at_least(wanted) {
                exit = exit.and(Exit::Unreached);
                let message =
                    format!("the cases of `{name}` reach {part} % of its {what}, {wanted} % is wanted");
                let hint = "the report names what they do not reach; add cases that do";
                eprint!("{}", Problem::new(Exit::Unreached, message).hint(hint).report());
            }
        }
        Ok(exit)
    }
}

impl Counted<'_> {
    /// What was reached.
    pub(super) fn reached(self) -> Option<Reached> {
        let mut reached = self.coverage.end(&self.module)?;
        if !self.notes.is_empty() {
            reached.notes = self.notes;
        }
        Some(reached)
    }
}
