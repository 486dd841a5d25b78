//! The books of a comparison: in memory for short histories, in files that go with the process for long ones.
//!
//! Invariant: closed to other users, gone when the comparison ends (a killed process leaves them among the temporary files),
//! and no ledger of the merchant's is touched.

use std::path::{Path, PathBuf};
use std::{fs, io};

use fenrun::Engine;
use fenrun::books::Books;
use fenrun::program::ModuleFiles;
use fenrun_lab::backtest::Sides;
use fenrun_ledger::{Ledger, MemoryLedger, SqliteLedger};

use super::BacktestArguments;
use crate::exit::Exit;
use crate::modules::PolicyModules;
use crate::problem::Problem;
use crate::program;

/// Events whose books fit into memory well: a few kilobytes for each, under two programs.
const IN_MEMORY_MAX: u64 = 20_000;

/// Where books are kept for as long as a comparison takes.
pub(super) struct Scratch {
    /// None where they are in memory.
    folder: Option<PathBuf>,
}

impl Scratch {
    /// Room for the books of so many events.
    pub(super) fn new(events: u64) -> Result<Scratch, Problem> {
        if events <= IN_MEMORY_MAX {
            return Ok(Scratch { folder: None });
        }
        let mut number = 0_u32;
        loop {
            let folder = std::env::temp_dir().join(format!("fenrun-books-{}-{number}", std::process::id()));
            match closed_folder(&folder) {
                Ok(()) => return Ok(Scratch { folder: Some(folder) }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1_000 => {
                    number = number.saturating_add(1);
                }
                Err(error) => {
                    return Err(Problem::new(Exit::Output, "the books of the comparison cannot be kept")
                        .because_io(&error)
                        .hint("they are kept in the folder for temporary files (TMPDIR)"));
                }
            }
        }
    }

    /// Books under each program.
    pub(super) fn books(
        &self,
        arguments: &BacktestArguments,
        engine: &Engine,
    ) -> Result<Sides<Books>, Problem> {
        let open = |path: &Path, name: &str| {
            let ledger = self.ledger(name)?;
            let mut books =
                Books::open(engine.clone(), ledger).map_err(|error| Problem::of(Exit::Internal, error))?;
            let folder = program::folder_of(path);
            let modules = PolicyModules::with_stock(folder, arguments.stock.policies.clone()).quiet(true);
            let (text, origin) = (program::text(path)?, path.display().to_string());
            books
                .prepare_with(&text, &origin, &modules, &ModuleFiles::new(folder))
                .map_err(|error| Problem::of(Exit::NotLoaded, error))?;
            Ok::<_, Problem>(books)
        };
        Ok(Sides { old: open(&arguments.old, "old")?, new: open(&arguments.new, "new")? })
    }

    fn ledger(&self, name: &str) -> Result<Box<dyn Ledger + Send>, Problem> {
        let Some(folder) = &self.folder else { return Ok(Box::new(MemoryLedger::new())) };
        let ledger = SqliteLedger::open(&folder.join(name));
        Ok(Box::new(ledger.map_err(|error| Problem::of(Exit::Output, error))?))
    }
}

/// Makes a folder that is closed to other users: it holds orders.
fn closed_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            // What cannot be removed now is in the folder for temporary files.
            let _ = fs::remove_dir_all(folder);
        }
    }
}
