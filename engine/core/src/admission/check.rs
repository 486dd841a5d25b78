//! Admission as a list: each row one named check.
//!
//! Invariant: pure; a later issue adds a check by adding a row.

mod code;
mod exports;
mod form;
mod imports;
mod manifest;
mod memory;

use super::limits::AdmissionLimits;
use super::refused::Refused;
use super::shape::{Most, Shape};

/// The check that [`Refused::is_attack`] is about.
pub(super) const NATIVE_CODE: &str = "native_code";

/// One row of the list.
#[derive(Clone, Copy)]
pub(super) struct Check {
    /// Its name in refusals and reports.
    pub(super) name: &'static str,
    /// What it looks at, in a few words.
    pub(super) about: &'static str,
    /// What must hold before it can be looked at.
    pub(super) needs: Needs,
    /// The check.
    pub(super) run: fn(&Shape<'_>, &AdmissionLimits) -> Verdict,
}

/// What must hold before a check can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// Nothing: it looks at the length and the first bytes.
    Bytes,
    /// A module that could be read from its beginning to its end.
    Module,
    /// All checks before it, because its own cost is bounded by theirs.
    Everything,
}

/// What a check says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It holds.
    Pass {
        /// What was found.
        found: String,
        /// What is allowed.
        limit: String,
    },
    /// It does not: the module is refused.
    Fail {
        /// What was found, with its place.
        found: String,
        /// What is allowed, such as `at most 2000 are allowed`.
        limit: String,
        /// How to mend it, where that is known.
        hint: Option<String>,
    },
    /// It could not be looked at, because a check before it failed.
    NotRun,
}

/// The list, in the order in which it is gone through.
pub(super) const CHECKS: &[&[Check]] = &[
    form::FORM,
    imports::CHECKS,
    exports::CHECKS,
    code::CHECKS,
    memory::CHECKS,
    manifest::CHECKS,
    form::VALID,
];

/// Goes through the list. With `stop`, ends at the first check that fails.
pub(super) fn run(shape: &Shape<'_>, limits: &AdmissionLimits, stop: bool) -> Vec<(&'static Check, Verdict)> {
    let mut verdicts = Vec::new();
    let (mut bytes_pass, mut all_pass) = (true, true);
    for check in CHECKS.iter().copied().flatten() {
        let runs = match check.needs {
            Needs::Bytes => true,
            Needs::Module => bytes_pass,
            Needs::Everything => all_pass,
        };
        let verdict = if runs { (check.run)(shape, limits) } else { Verdict::NotRun };
        let passed = matches!(verdict, Verdict::Pass { .. });
        all_pass &= passed;
        bytes_pass &= passed || check.needs != Needs::Bytes;
        verdicts.push((check, verdict));
        if stop && !passed {
            break;
        }
    }
    verdicts
}

impl Check {
    /// The refusal that a verdict of this check amounts to.
    pub(super) fn refused(&self, verdict: &Verdict) -> Option<Refused> {
        let Verdict::Fail { found, limit, hint } = verdict else { return None };
        Some(Refused { check: self.name, found: found.clone(), limit: limit.clone(), hint: hint.clone() })
    }
}

impl Verdict {
    fn of(pass: bool, found: impl Into<String>, limit: impl Into<String>) -> Self {
        let (found, limit) = (found.into(), limit.into());
        if pass { Self::Pass { found, limit } } else { Self::Fail { found, limit, hint: None } }
    }

    /// The remedy, where the check fails.
    fn hint(mut self, remedy: impl Into<String>) -> Self {
        if let Self::Fail { hint, .. } = &mut self {
            *hint = Some(remedy.into());
        }
        self
    }

    /// The remedy, where the check fails and there is one.
    fn maybe_hint(self, remedy: Option<String>) -> Self {
        match remedy {
            Some(remedy) => self.hint(remedy),
            None => self,
        }
    }
}

/// A number that has a most.
fn at_most(found: u64, limit: u64) -> Verdict {
    Verdict::of(found <= limit, found.to_string(), format!("at most {limit} are allowed"))
}

/// A number of bytes that has a most.
fn bytes_at_most(found: u64, limit: u64) -> Verdict {
    Verdict::of(found <= limit, format!("{found} bytes"), format!("at most {limit} bytes are allowed"))
}

/// A number that has a most for each function or type.
fn each_at_most(found: Most, limit: u64, what: &str) -> Verdict {
    let shown =
        if found.value == 0 { "0".into() } else { format!("{} in {what} {}", found.value, found.index) };
    Verdict::of(found.value <= limit, shown, format!("at most {limit} are allowed"))
}

/// Something of which there must be none.
fn none(found: Option<String>) -> Verdict {
    Verdict::of(found.is_none(), found.unwrap_or_else(|| "none".into()), "none are allowed")
}
