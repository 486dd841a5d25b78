//! Whether a built module still is what its source says.
//!
//! Invariant: in doubt, no. Then cargo looks, which costs a moment; an old module would cost money.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use fenrun::admission::Digest;

use super::folder::PolicyFolder;

/// The file in which cargo keeps the versions of dependencies.
const LOCK: &str = "Cargo.lock";

/// Files of one policy folder that are looked at. A folder with more is always handed to cargo.
const FILES_MAX: usize = 10_000;

/// Whether the module was built with today's settings, after every file it depends on was last changed.
pub(super) fn is_fresh(folder: &PolicyFolder) -> bool {
    let as_before = fs::read_to_string(folder.stamp()).is_ok_and(|stamp| stamp == how_it_is_built(folder));
    as_before
        && folder.module().is_file()
        && built(folder).zip(sources(folder)).is_some_and(|(built, sources)| {
            sources.iter().all(|source| changed(source).is_ok_and(|changed| changed < built))
        })
}

/// Notes that the module was built from what was there at a moment.
pub(super) fn note(folder: &PolicyFolder, began: SystemTime) -> io::Result<()> {
    let stamp = folder.stamp();
    fs::write(&stamp, how_it_is_built(folder))?;
    File::options().append(true).open(&stamp)?.set_modified(began)
}

/// The settings, and the versions of what it depends on. Those by their content: cargo may write the lock file while
/// it builds.
fn how_it_is_built(folder: &PolicyFolder) -> String {
    let versions = fs::read(folder.workspace.join(LOCK)).unwrap_or_default();
    format!("{}\n{}\n", folder.recipe.fingerprint(), Digest::of(&versions))
}

fn built(folder: &PolicyFolder) -> Option<SystemTime> {
    changed(&folder.stamp()).ok()
}

fn changed(file: &Path) -> io::Result<SystemTime> {
    file.metadata()?.modified()
}

/// Every file the module depends on: those of the folder, those cargo has noted (the SDK's among them), and the
/// manifests that say how they are put together.
fn sources(folder: &PolicyFolder) -> Option<BTreeSet<PathBuf>> {
    let mut sources = BTreeSet::new();
    files_in(&folder.path, &mut sources)?;
    sources.extend(noted_by_cargo(&fs::read_to_string(folder.dependencies()).ok()?));
    let manifests: BTreeSet<PathBuf> = sources.iter().filter_map(|source| manifest_above(source)).collect();
    sources.extend(manifests);
    let shared = ["Cargo.toml", "rust-toolchain.toml"].map(|name| folder.workspace.join(name));
    sources.extend(shared.into_iter().filter(|file| file.is_file()));
    Some(sources)
}

/// Every file below a folder, without hidden ones and build results; `None` where there are too many.
fn files_in(folder: &Path, files: &mut BTreeSet<PathBuf>) -> Option<()> {
    for entry in folder.read_dir().ok()?.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let passed_over = name == "target" || name == LOCK || name.as_encoded_bytes().starts_with(b".");
        match entry.file_type() {
            _ if passed_over => {}
            Ok(kind) if kind.is_dir() => files_in(&path, files)?,
            _ => {
                files.insert(path);
            }
        }
        if files.len() > FILES_MAX {
            return None;
        }
    }
    Some(())
}

/// The files in a dependency note: `module: file file …`, where a space in a name is written `\ `.
fn noted_by_cargo(note: &str) -> Vec<PathBuf> {
    let Some((_, files)) = note.split_once(": ") else { return Vec::new() };
    let files = files.trim_end().replace("\\ ", "\0");
    files.split(' ').filter(|file| !file.is_empty()).map(|file| file.replace('\0', " ").into()).collect()
}

/// The manifest of the crate that a source file belongs to.
fn manifest_above(source: &Path) -> Option<PathBuf> {
    source.ancestors().skip(1).map(|folder| folder.join("Cargo.toml")).find(|manifest| manifest.is_file())
}

#[cfg(test)]
mod tests {
    use super::noted_by_cargo;

    #[test]
    fn a_note_is_read_with_spaces_in_names() {
        let note = "/t/policy.wasm: /p/src/lib.rs /my\\ policies/manifest.json\n";
        assert_eq!(
            noted_by_cargo(note),
            ["/p/src/lib.rs", "/my policies/manifest.json"].map(std::path::PathBuf::from)
        );
        assert!(noted_by_cargo("").is_empty());
    }
}
