//! Modules that are read, or built, once for all cases of a policy.
//!
//! Invariant: one build at a time, and none twice; what could not be built is said once, to everybody who asks.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fenrun::program::{ModuleSource, ModuleSourceError, PolicySource};
use fenrun_lab::Subject;

use crate::modules::{BuildError, CoverageModule, PolicyModules};

/// What a policy is made from: a built module, or a folder.
pub(super) fn source(subject: &Subject) -> PolicySource {
    let path = PathBuf::from(&subject.uses);
    let is_module = path.extension().is_some_and(|extension| extension == "wasm");
    if is_module { PolicySource::Module(path) } else { PolicySource::Folder(path) }
}

/// A [`PolicyModules`] that remembers.
pub(crate) struct Kept {
    modules: PolicyModules,
    known: Mutex<HashMap<String, Result<Vec<u8>, String>>>,
}

impl Kept {
    pub(crate) fn new(modules: PolicyModules) -> Kept {
        Kept { modules, known: Mutex::default() }
    }

    /// Has the policy built that the cases are about, or says why it cannot be.
    pub(crate) fn ready(&self, subject: &Subject) -> Result<Vec<u8>, String> {
        self.get(&source(subject))
    }

    /// The policy in a folder, built to have its code counted.
    pub(super) fn build_for_coverage(&self, folder: &Path) -> Result<CoverageModule, BuildError> {
        self.modules.build_for_coverage(&self.modules.folder(folder))
    }

    fn get(&self, source: &PolicySource) -> Result<Vec<u8>, String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let built = known.entry(source.to_string()).or_insert_with(|| {
            self.modules.module(source).map_err(|error| match error {
                ModuleSourceError::Other { source, .. } => source.to_string(),
                other => other.to_string(),
            })
        });
        built.clone()
    }
}

impl ModuleSource for Kept {
    fn module(&self, source: &PolicySource) -> Result<Vec<u8>, ModuleSourceError> {
        self.get(source).map_err(|told| ModuleSourceError::other(source, told))
    }
}
