//! Loading a program: file, modules, configurations; every error at its line.
//!
//! Invariant: what is returned has been checked whole; a key that would have no effect is an error.

use std::fs;
use std::path::Path;

use fenrun::program::{ModuleFiles, ModuleSourceError, OnRefund, ProgramFile, limits::PROGRAM_BYTES_MAX};
use fenrun::{Engine, LoadCause, LoadError, LoadedPolicy, Program};
use fenrun_abi::code::Hook;

use crate::exit::Exit;
use crate::modules::PolicyModules;
use crate::problem::{Problem, io_reason, split_hint};

/// Reads a program file and loads it.
///
/// # Errors
///
/// A [`Problem`] that points at line and key.
pub fn load(engine: &Engine, path: &Path, modules: &PolicyModules) -> Result<Program, Problem> {
    let file = read(path)?;
    let program = engine.load(file.definition().clone(), modules).map_err(|error| located(&file, error))?;
    for (index, policy) in program.policies().iter().enumerate() {
        check_keys(&file, index, &program, policy)?;
    }
    Ok(program)
}

/// Reads a program file without loading what it names.
///
/// # Errors
///
/// A [`Problem`] that points at line and key.
pub fn read(path: &Path) -> Result<ProgramFile, Problem> {
    let (text, origin) = (text(path)?, path.display().to_string());
    let profiles = ModuleFiles::new(folder_of(path));
    ProgramFile::parse_with(&text, &origin, &profiles).map_err(|error| Problem::of(Exit::NotLoaded, error))
}

/// The text of a program file, which is read whole only when it is small enough.
pub(crate) fn text(path: &Path) -> Result<String, Problem> {
    let origin = path.display().to_string();
    let cannot_be_read = || Problem::new(Exit::NotLoaded, format!("the program `{origin}` cannot be read"));
    let size = fs::metadata(path).map_err(|error| cannot_be_read().because_io(&error))?.len();
    if size > u64::try_from(PROGRAM_BYTES_MAX).unwrap_or(u64::MAX) {
        return Err(
            cannot_be_read().because(format!("it has {size} bytes, at most {PROGRAM_BYTES_MAX} are allowed"))
        );
    }
    fs::read_to_string(path).map_err(|error| cannot_be_read().because_io(&error))
}

/// The folder that a program's paths are relative to.
#[must_use]
pub fn folder_of(program: &Path) -> &Path {
    let parent = program.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// The error that loading found, at its place in the file.
fn located(file: &ProgramFile, error: LoadError) -> Problem {
    let LoadError { index, policy, cause, .. } = error;
    let at = |key: &str, message: &str, hint: Option<&str>| {
        file.error_at(&format!("policy[{index}].{key}"), message, hint)
    };
    let error = match &cause {
        LoadCause::Configuration(error) => file.locate(index, error),
        LoadCause::Configure(error) => {
            let shown = error.to_string();
            let (message, hint) = split_hint(&shown);
            at("configuration", message, hint)
        }
        LoadCause::Refused(refused) => {
            let shown = format!("the module is not admitted: {refused}");
            let (message, hint) = split_hint(&shown);
            at("use", message, hint)
        }
        LoadCause::CompileRefused(refused) => {
            let shown = format!("the module cannot be compiled: {refused}");
            let (message, hint) = split_hint(&shown);
            at("use", message, hint)
        }
        LoadCause::Module(error) => {
            let shown = module_reason(error);
            let (message, hint) = split_hint(&shown);
            // Only the first line belongs beside the file's line; a compiler's words follow it.
            match message.split_once('\n') {
                None => at("use", message, hint),
                Some((message, tail)) => {
                    let error = at("use", message, hint);
                    return Problem::of(Exit::NotLoaded, error).because(tail.to_owned());
                }
            }
        }
        _ => {
            let message = format!("policy `{policy}` cannot be loaded");
            return Problem::new(Exit::Internal, message).because(cause);
        }
    };
    Problem::of(Exit::NotLoaded, error)
}

/// Why there is no module, without the level that only repeats what the line says.
fn module_reason(error: &ModuleSourceError) -> String {
    match error {
        ModuleSourceError::Other { source, .. } => source.to_string(),
        ModuleSourceError::Unreadable { source, .. } => format!("{error}: {}", io_reason(source)),
        _ => error.to_string(),
    }
}

/// A key that has no effect on this policy is a mistake of whoever wrote it.
fn check_keys(
    file: &ProgramFile,
    index: usize,
    program: &Program,
    policy: &LoadedPolicy,
) -> Result<(), Problem> {
    let Some(entry) = program.definition().policies().get(index) else { return Ok(()) };
    let keys = [
        ("rounding", entry.rounding().is_some(), Hook::Shares),
        ("combine", entry.combine().is_some(), Hook::Discounts),
        ("on_failure", entry.on_failure().is_some(), Hook::Discounts),
        ("on_refund", entry.on_refund() != OnRefund::default(), Hook::Discounts),
    ];
    for (key, is_given, hook) in keys {
        if is_given && !policy.has(hook) {
            let message =
                format!("policy `{}` has no hook `{}`, so this has no effect", policy.name(), hook.name());
            let error = file.error_at(&format!("policy[{index}].{key}"), message, Some("remove the key"));
            return Err(Problem::of(Exit::NotLoaded, error));
        }
    }
    Ok(())
}
