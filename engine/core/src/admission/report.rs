//! Everything that admission found, for people: what passed, what did not, and what could not be looked at.
//!
//! Invariant: holds the same verdicts that [`admit`](super::admit) decides by.

use super::check::Verdict;
use super::module::AdmittedModule;
use super::refused::Refused;

/// The verdict of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// The check's name, as in a refusal.
    pub name: &'static str,
    /// What it looks at.
    pub about: &'static str,
    /// What it says.
    pub verdict: Verdict,
}

/// What every check said about a module. Made by [`report`](super::report).
#[derive(Clone, Debug)]
pub struct AdmissionReport {
    pub(super) checks: Vec<CheckReport>,
    pub(super) refusals: Vec<Refused>,
    pub(super) module: Option<AdmittedModule>,
}

impl AdmissionReport {
    /// Every check in the order of the list.
    #[must_use]
    pub fn checks(&self) -> &[CheckReport] {
        &self.checks
    }

    /// The checks that failed; the first of them is what [`admit`](super::admit) refuses with.
    #[must_use]
    pub fn refusals(&self) -> &[Refused] {
        &self.refusals
    }

    /// The module, where every check passed.
    #[must_use]
    pub fn module(&self) -> Option<&AdmittedModule> {
        self.module.as_ref()
    }
}
