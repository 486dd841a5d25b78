//! Runs many cases on several threads.
//!
//! Invariant: reports come in the order of the files and their cases, whichever thread was first.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::read::{CaseSet, Planned, Unread};
use crate::run::Lab;
use crate::verdict::{CaseReport, Verdict};

impl Lab<'_> {
    /// Runs every case of some files, on so many threads.
    #[must_use]
    pub fn run_all(&self, sets: &[CaseSet], threads: NonZeroUsize) -> Vec<CaseReport> {
        let jobs: Vec<(&str, &Result<Planned, Box<Unread>>)> =
            sets.iter().flat_map(|set| set.cases.iter().map(|case| (set.origin.as_str(), case))).collect();
        let next = AtomicUsize::new(0);
        let reports = Mutex::new(Vec::with_capacity(jobs.len()));
        let work = || {
            while let Some((place, (origin, case))) = take(&jobs, &next) {
                let report = match case {
                    Ok(case) => self.run(origin, case),
                    Err(unread) => unreadable(origin, unread),
                };
                reports.lock().unwrap_or_else(PoisonError::into_inner).push((place, report));
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..threads.get().min(jobs.len()).max(1) {
                scope.spawn(work);
            }
        });
        let mut reports = reports.into_inner().unwrap_or_else(PoisonError::into_inner);
        reports.sort_by_key(|(place, _)| *place);
        reports.into_iter().map(|(_, report)| report).collect()
    }
}

fn take<'j, T>(jobs: &'j [T], next: &AtomicUsize) -> Option<(usize, &'j T)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    jobs.get(place).map(|job| (place, job))
}

fn unreadable(origin: &str, unread: &Unread) -> CaseReport {
    CaseReport {
        origin: origin.to_owned(),
        line: unread.flaw.line,
        it: unread.it.clone().unwrap_or_else(|| "(a case that cannot be read)".to_owned()),
        verdict: Verdict::Unusable(unread.flaw.clone()),
        fuel: None,
        trace: Vec::new(),
        explanations: Vec::new(),
    }
}
