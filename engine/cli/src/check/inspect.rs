//! The bytes that are to be checked: of a module, a text, or a source folder.
//!
//! Invariant: at most one byte more than is allowed is read of anything.

use std::fs::{self, File};
use std::path::Path;

use fenrun::admission::{self, AdmissionLimits};

use crate::exit::Exit;
use crate::modules::PolicyModules;
use crate::problem::{Problem, io_reason};

/// Bytes of WebAssembly text, which is longer than what it becomes.
const TEXT_BYTES_MAX: u64 = 16 << 20;

/// The module behind a path; text is compiled, a folder is built.
pub(crate) fn bytes(
    path: &Path,
    modules: &PolicyModules,
    limits: &AdmissionLimits,
) -> Result<Vec<u8>, Problem> {
    if path.is_dir() {
        return modules.build(path).map_err(|error| Problem::of(Exit::NotLoaded, error));
    }
    if path.extension().is_some_and(|extension| extension == "wat") {
        return text(path);
    }
    let read = File::open(path).and_then(|file| admission::read(file, limits));
    read.map_err(|error| cannot_be_read(path).because_io(&error))
}

fn text(path: &Path) -> Result<Vec<u8>, Problem> {
    let size = fs::metadata(path).map_err(|error| cannot_be_read(path).because_io(&error))?.len();
    if size > TEXT_BYTES_MAX {
        let reason = format!("it has {size} bytes, at most {TEXT_BYTES_MAX} are allowed");
        return Err(cannot_be_read(path).because(reason));
    }
    let text = fs::read_to_string(path).map_err(|error| cannot_be_read(path).because(io_reason(&error)))?;
    wat::parse_str(text).map_err(|mut error| {
        error.set_path(path);
        let message = format!("`{}` is not WebAssembly text", path.display());
        Problem::new(Exit::NotLoaded, message).because(error.to_string())
    })
}

fn cannot_be_read(path: &Path) -> Problem {
    Problem::new(Exit::NotLoaded, format!("`{}` cannot be read", path.display()))
}
