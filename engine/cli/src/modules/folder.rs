//! A policy's source folder: the crate in it, and where its module will be.
//!
//! Invariant: reads only; everything is told from the crate's and its workspace's manifests, without starting cargo.

use std::fs;
use std::path::{Path, PathBuf};

use super::BuildError;
use super::recipe::{POLICY, Recipe};
use super::settings::TARGET;
use crate::problem::io_reason;

/// A policy's source folder. All paths are absolute.
#[derive(Clone, Debug)]
pub(super) struct PolicyFolder {
    /// The folder.
    pub(super) path: PathBuf,
    /// The folder's name, for messages.
    pub(super) name: String,
    /// The workspace it belongs to; the folder itself where there is none.
    pub(super) workspace: PathBuf,
    /// Where policies are built: apart from the host's own build, so that neither waits for the other.
    pub(super) target: PathBuf,
    /// How it is compiled.
    pub(super) recipe: &'static Recipe,
    /// The file name of the crate's library, without extension.
    library: String,
}

impl PolicyFolder {
    /// Looks at a folder.
    pub(super) fn open(path: &Path) -> Result<PolicyFolder, BuildError> {
        let path = match path.canonicalize() {
            Ok(path) if path.is_dir() => path,
            _ => return Err(BuildError::NoFolder { path: path.to_owned() }),
        };
        let manifest = path.join("Cargo.toml");
        if !manifest.is_file() {
            return Err(BuildError::NoCrate { path });
        }
        let library = library_name(&manifest)?;
        let workspace = path.ancestors().find(|folder| is_workspace(folder)).unwrap_or(&path).to_owned();
        let shared = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let shared = shared.and_then(|folder| std::path::absolute(folder).ok());
        let target = shared.unwrap_or_else(|| workspace.join("target")).join("policies");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(PolicyFolder { path, name, workspace, target, recipe: &POLICY, library })
    }

    /// The same, compiled in another way.
    pub(super) fn by(self, recipe: &'static Recipe) -> PolicyFolder {
        PolicyFolder { recipe, ..self }
    }

    /// The crate's manifest.
    pub(super) fn manifest(&self) -> PathBuf {
        self.path.join("Cargo.toml")
    }

    /// The built module.
    pub(super) fn module(&self) -> PathBuf {
        self.results().join(format!("{}.wasm", self.library))
    }

    /// What cargo writes beside the module: every file that it was made from.
    pub(super) fn dependencies(&self) -> PathBuf {
        self.results().join(format!("{}.d", self.library))
    }

    /// What this crate writes beside the module: how it was built; its time is that of the build's beginning.
    pub(super) fn stamp(&self) -> PathBuf {
        self.results().join(format!("{}.fenrun", self.library))
    }

    fn results(&self) -> PathBuf {
        self.target.join(TARGET).join(self.recipe.profile)
    }
}

fn library_name(manifest: &Path) -> Result<String, BuildError> {
    let bad = |reason: &str| BuildError::BadCrate { path: manifest.to_owned(), reason: reason.to_owned() };
    let text = fs::read_to_string(manifest)
        .map_err(|error| BuildError::Unreadable { path: manifest.to_owned(), reason: io_reason(&error) })?;
    let table: toml::Table = toml::from_str(&text).map_err(|error| bad(error.message()))?;
    let name_in =
        |key: &str| table.get(key).and_then(|table| table.get("name")).and_then(|name| name.as_str());
    let name = name_in("lib").or_else(|| name_in("package")).ok_or_else(|| bad("its package has no name"))?;
    Ok(name.replace('-', "_"))
}

fn is_workspace(folder: &Path) -> bool {
    let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    toml::from_str(&text).is_ok_and(|table: toml::Table| table.contains_key("workspace"))
}
