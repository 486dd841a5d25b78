//! Which policies, and which of their case files, a command line means.
//!
//! Invariant: what is named and is not there is an error; what lies below a folder is found in the order of its names.

use std::fs;
use std::path::{Path, PathBuf};

use fenrun_lab::Subject;

use crate::exit::Exit;
use crate::problem::Problem;

/// The folder of a policy's case files.
pub(crate) const CASES: &str = "cases";

/// The file of a module that is built already, in whatever language it is written.
const MODULE: &str = "policy.wasm";

/// Folders below the one that is named; deeper ones are not looked into.
const DEPTH_MAX: usize = 6;

/// A policy with the case files that are to be run.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) name: String,
    /// The folder, as it was named.
    pub(crate) folder: PathBuf,
    /// The folder above it, absolute: what paths in cases are relative to.
    pub(crate) base: PathBuf,
    pub(crate) subject: Subject,
    pub(crate) files: Vec<PathBuf>,
}

/// Everything that some paths name.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Vec<Found>, Problem> {
    let here = [PathBuf::from(".")];
    let mut found: Vec<Found> = Vec::new();
    for path in if paths.is_empty() { &here } else { paths } {
        for each in find_in(path)? {
            match found.iter_mut().find(|known| known.folder == each.folder) {
                Some(known) => {
                    known.files.extend(each.files);
                    known.files.sort();
                    known.files.dedup();
                }
                None => found.push(each),
            }
        }
    }
    Ok(found)
}

fn find_in(path: &Path) -> Result<Vec<Found>, Problem> {
    let missing = |what: &str| Problem::new(Exit::NotLoaded, format!("`{}` {what}", path.display()));
    if path.is_file() {
        let cases = path.parent().filter(|parent| parent.ends_with(CASES));
        let folder = cases.and_then(Path::parent).map(|folder| match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        });
        let Some(folder) = folder.filter(|folder| is_policy(folder)) else {
            let hint = format!("a case file stands in the folder `{CASES}` of its policy");
            return Err(missing("belongs to no policy").hint(hint));
        };
        return Ok(vec![policy(folder, vec![path.to_owned()])]);
    }
    if !path.is_dir() {
        return Err(missing("does not exist"));
    }
    let mut folders = Vec::new();
    below(path, DEPTH_MAX, &mut folders);
    if folders.is_empty() {
        let hint = "a policy folder has a `manifest.json`, or a built module as `policy.wasm`";
        return Err(missing("holds no policy").hint(hint));
    }
    Ok(folders.into_iter().map(|folder| policy(&folder, case_files(&folder))).collect())
}

fn below(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if is_policy(folder) {
        found.push(folder.to_owned());
        return;
    }
    let Some(depth) = depth.checked_sub(1) else { return };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut inner: Vec<_> = entries
        .filter(|entry| {
            let name = entry.file_name();
            let passed_over =
                name == "target" || name == "node_modules" || name.as_encoded_bytes().starts_with(b".");
            !passed_over && entry.file_type().is_ok_and(|kind| kind.is_dir())
        })
        .map(|entry| entry.file_name())
        .collect();
    inner.sort();
    for name in inner {
        let folder = if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) };
        below(&folder, depth, found);
    }
}

fn is_policy(folder: &Path) -> bool {
    folder.join("manifest.json").is_file() || folder.join(MODULE).is_file()
}

fn case_files(folder: &Path) -> Vec<PathBuf> {
    let here = folder == Path::new(".");
    let cases = if here { PathBuf::from(CASES) } else { folder.join(CASES) };
    let entries = fs::read_dir(&cases).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}

fn policy(folder: &Path, files: Vec<PathBuf>) -> Found {
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let base = real.parent().unwrap_or(&real).to_owned();
    let called = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let module = if real.join(MODULE).is_file() { format!("/{MODULE}") } else { String::new() };
    let uses = format!("./{called}{module}");
    let subject = Subject { name: name(&called), uses };
    Found { name: called, folder: folder.to_owned(), base, subject, files }
}

/// The name that a program gives the policy: the folder's, as far as a program allows its characters.
fn name(folder: &str) -> String {
    let kept = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.');
    let name: String = folder.chars().filter(|character| kept(*character)).collect();
    let name = name.trim_start_matches(['-', '_', '.']);
    if name.is_empty() { "policy".to_owned() } else { name.to_owned() }
}
