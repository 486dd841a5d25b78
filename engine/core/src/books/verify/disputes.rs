//! What a log says about calls that two engines did not agree about, so that an engine without the second one can take the
//! log's word for it: such a dispute cannot be made again by one engine alone.
//!
//! Invariant: only what the log holds is taken from it, and every entry of which it is taken is told.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use fenrun_abi::code::Hook;
use fenrun_ledger::{Entry, Ledger, LedgerError};
use serde::Deserialize;

use super::PAGE;
use crate::conduct::RecordedDispute;
use crate::sandbox::{Failure, FailureKind};
use crate::{Engine, HoldCause, Program};

/// A disputed call, as it is put in the place of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Call {
    policy: String,
    /// `None` where the log does not say which: its event is held, so it is the first one that is made.
    hook: Option<Hook>,
    difference: Arc<str>,
    fuel: u64,
}

/// The disputes of a log, by the place of their entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::books) struct Disputes(BTreeMap<u64, (String, Vec<Call>)>);

impl Disputes {
    /// Those of a log that this engine cannot come to itself; none where it has a second engine.
    pub(in crate::books) fn of(engine: &Engine, ledger: &mut dyn Ledger) -> Result<Arc<Self>, LedgerError> {
        let mut disputes = Self::default();
        let mut after = 0_u64;
        while !engine.compares() {
            let page = ledger.entries(after, PAGE)?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            for stored in page {
                let calls = calls(&stored.entry);
                if !calls.is_empty() {
                    disputes.0.insert(stored.seq, (stored.entry.fact, calls));
                }
            }
        }
        Ok(Arc::new(disputes))
    }

    /// The program to decide the next entry of a ledger under: disputed calls come to what the log says.
    pub(in crate::books) fn acting(
        &self,
        program: Program,
        ledger: &mut dyn Ledger,
    ) -> Result<Program, LedgerError> {
        if self.0.is_empty() {
            return Ok(program);
        }
        let next = ledger.head()?.entries.saturating_add(1);
        let Some((_, calls)) = self.0.get(&next) else { return Ok(program) };
        Ok(program.map(|policy| {
            let of_policy = calls.iter().filter(|call| call.policy == policy.name());
            of_policy.fold(policy.clone(), |policy, call| {
                policy.disputed(call.hook, call.difference.clone(), call.fuel)
            })
        }))
    }

    /// Those of which the log's word was taken.
    pub(super) fn told(&self) -> Vec<RecordedDispute> {
        let of_entry = self.0.iter().flat_map(|(seq, (fact, calls))| {
            calls.iter().map(|call| RecordedDispute {
                seq: *seq,
                fact: fact.clone(),
                policy: call.policy.clone(),
                difference: call.difference.to_string(),
            })
        });
        of_entry.collect()
    }
}

/// A receipt's decision, as far as it is looked at.
#[derive(Deserialize)]
struct Receipt {
    decision: Decided,
}

#[derive(Deserialize)]
struct Decided {
    #[serde(default)]
    policies: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    policy: String,
    hook: String,
    fuel: u64,
    answer: String,
    #[serde(default)]
    because: Option<String>,
}

fn calls(entry: &Entry) -> Vec<Call> {
    if let Some((policy, difference)) = entry.because.as_deref().and_then(held_by) {
        return vec![Call { policy, hook: None, difference: difference.into(), fuel: 0 }];
    }
    // Most receipts hold none, and need not be read.
    let receipt = entry.receipt.as_deref().filter(|receipt| receipt.contains(&*WORDS.0));
    let Some(Ok(Receipt { decision })) = receipt.map(serde_json::from_str) else { return Vec::new() };
    let runs = decision.policies.into_iter().filter(|run| run.answer == "failed");
    let call = |run: Run| {
        let difference = difference(run.because.as_deref()?)?.into();
        let hook = Hook::ALL.iter().copied().find(|hook| hook.name() == run.hook)?;
        Some(Call { policy: run.policy, hook: Some(hook), difference, fuel: run.fuel })
    };
    runs.filter_map(call).collect()
}

/// What is told before and after the difference.
static WORDS: LazyLock<(String, String)> = LazyLock::new(|| {
    let told = FailureKind::Disputed { difference: '\0'.to_string() }.to_string();
    let (before, after) = told.split_once('\0').unwrap_or((&told, ""));
    (before.to_owned(), after.to_owned())
});

fn difference(failure: &str) -> Option<&str> {
    failure.strip_prefix(&*WORDS.0)?.strip_suffix(&*WORDS.1)
}

/// The policy and the difference, where a dispute holds an event.
fn held_by(because: &str) -> Option<(String, String)> {
    let (before, _) = because.split_once(&*WORDS.0)?;
    let policy = before.strip_prefix("policy `")?.strip_suffix("` failed: ")?.to_owned();
    let difference = difference(because.strip_prefix(before)?)?.to_owned();
    // The words are read as they are written, or not at all.
    let kind = FailureKind::Disputed { difference: difference.clone() };
    let cause = HoldCause::Failure { policy: policy.clone(), failure: Failure { kind, fuel: 0 } };
    (cause.to_string() == because).then_some((policy, difference))
}
