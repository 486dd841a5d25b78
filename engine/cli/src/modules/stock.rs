//! Finding stock policies.
//!
//! Invariant: the first folder that has the policy wins; a wrong name is answered with the right ones.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::BuildError;

/// The name of a folder of stock policies.
const FOLDER: &str = "policies";

/// Edits by which a name may be off to be offered as what was meant.
const NEAREST_EDITS_MAX: usize = 3;

/// The folders in which stock policies are looked for, in order.
#[derive(Clone, Debug)]
pub(super) struct StockFolders {
    named: Option<PathBuf>,
    found: Vec<PathBuf>,
}

impl StockFolders {
    /// The folder that was named, then `policies/` beside or above the program, then above this binary.
    pub(super) fn new(base: &Path, named: Option<PathBuf>) -> StockFolders {
        let binary = std::env::current_exe().ok();
        let above = base.ancestors().chain(binary.iter().flat_map(|binary| binary.ancestors().skip(1)));
        let mut found: Vec<PathBuf> = Vec::new();
        for folder in above.map(|folder| folder.join(FOLDER)).filter(|folder| folder.is_dir()) {
            if !found.contains(&folder) {
                found.push(folder);
            }
        }
        StockFolders { named, found }
    }

    /// The folder of a stock policy.
    pub(super) fn find(&self, name: &str) -> Result<PathBuf, BuildError> {
        if let Some(path) = self.named.as_ref().filter(|path| !path.is_dir()) {
            return Err(BuildError::NoSuchStockFolder { path: path.clone() });
        }
        let folder = self.all().map(|folder| folder.join(name)).find(|folder| is_policy(folder));
        folder.ok_or_else(|| self.unknown(name))
    }

    /// The names of all stock policies, sorted.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let entries = self.all().filter_map(|folder| folder.read_dir().ok()).flatten().flatten();
        let policies = entries.filter(|entry| is_policy(&entry.path()));
        policies.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    fn all(&self) -> impl Iterator<Item = &PathBuf> {
        self.named.iter().chain(&self.found)
    }

    fn unknown(&self, name: &str) -> BuildError {
        let names = self.names();
        if names.is_empty() {
            return BuildError::NoStockFolder { name: name.to_owned() };
        }
        let edits = |known: &String| strsim::damerau_levenshtein(known, name);
        let nearest = names.iter().min_by_key(|known| edits(known));
        let nearest = nearest.filter(|known| edits(known) <= NEAREST_EDITS_MAX);
        let listed: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let hint = match nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("the stock policies are {}", listed.join(", ")),
        };
        BuildError::UnknownStock { name: name.to_owned(), hint }
    }
}

fn is_policy(folder: &Path) -> bool {
    folder.join("Cargo.toml").is_file()
}
