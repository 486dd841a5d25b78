//! Reports of a run, in the words of a person or of a machine.
//!
//! Invariant: pure text; every report is told in every format.

mod github;
mod human;
mod json;
mod junit;

use crate::coverage::Reached;
use crate::flaw::Flaw;
use crate::verdict::{CaseReport, Verdict};

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// One for each policy that was looked at.
    pub policies: Vec<PolicyReport>,
}

/// What the cases of one policy came to.
#[derive(Clone, Debug)]
pub struct PolicyReport {
    /// Its name.
    pub name: String,
    /// Why none, or not all, of its cases could be run: no module, no case files, a file that cannot be read.
    pub problems: Vec<PolicyProblem>,
    /// Its cases.
    pub cases: Vec<CaseReport>,
    /// What they reached of its code, where that was asked for.
    pub coverage: Option<Reached>,
}

/// Something that kept cases from being run.
#[derive(Clone, Debug)]
pub enum PolicyProblem {
    /// A case file is wrong.
    Flaw(Flaw),
    /// Something else, with its causes and remedies on further lines.
    Other(String),
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For a person.
    Human,
    /// One JSON object.
    Json,
    /// JUnit XML.
    Junit,
    /// Annotations of GitHub Actions, after the report for a person.
    Github,
}

/// How many there are of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Cases that passed.
    pub passed: usize,
    /// Cases that failed: a policy does not do what a case says.
    pub failed: usize,
    /// Cases, files and policies that could not be run.
    pub unusable: usize,
}

impl Run {
    /// How many there are of each.
    #[must_use]
    pub fn count(&self) -> Count {
        let cases = || self.policies.iter().flat_map(|policy| &policy.cases);
        let problems: usize = self.policies.iter().map(|policy| policy.problems.len()).sum();
        let unusable = cases().filter(|case| matches!(case.verdict, Verdict::Unusable(_))).count();
        Count {
            passed: cases().filter(|case| case.passed()).count(),
            failed: cases().filter(|case| matches!(case.verdict, Verdict::Failed(_))).count(),
            unusable: unusable.saturating_add(problems),
        }
    }

    /// The report as text.
    #[must_use]
    pub fn report(&self, form: Form) -> String {
        match form {
            Form::Human => human::write(self),
            Form::Json => json::write(self),
            Form::Junit => junit::write(self),
            Form::Github => format!("{}{}", human::write(self), github::write(self)),
        }
    }
}

impl PolicyProblem {
    /// What is said about it.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Flaw(flaw) => flaw.to_string(),
            Self::Other(told) => told.trim_end().to_owned(),
        }
    }
}
