//! Why each amount is what it is: facts read, effects, exact products, rounding, allocation, guard checks.
//!
//! Invariant: tells what the decision itself says; exact products are multiplied out, no amount is decided here.

mod decided;
mod facts;
mod text;
mod wire;

use fenrun::Program;
use fenrun::books::{Code, Posted};
use fenrun::decision::{PolicyAnswer, PolicyRun};
use fenrun::event::Event;
use fenrun::granting::Grant;
use fenrun_abi::limit::REASON_BYTES_MAX;
use fenrun_money::{Currency, decimal::format_minor};
use serde_json::value::RawValue;

pub use wire::{Explanation, Place};

use crate::observed::Observed;
use wire::{Asked, Granted, Moved};

/// The JSON Schema of an explanation, with the rules by which amounts follow from one another.
#[must_use]
pub fn schema() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::default().for_serialize();
    settings.into_generator().into_root_schema_for::<Explanation>().to_value()
}

impl Explanation {
    /// What the books made of an event, and why. `event` is its text as it was told.
    #[must_use]
    pub fn of(posted: &Posted, program: &Program, event: Option<&Event>, place: Place) -> Explanation {
        let exponent = program.currency().exponent();
        let observed = Observed { posted, exponent };
        let decided = posted.decision.as_deref();
        let granted = posted.granted.iter().flat_map(|granted| &granted.grants);
        let moved = posted.transactions.iter().flat_map(|transaction| {
            let by = transaction.code().to_owned();
            transaction.postings().iter().map(move |posting| Moved {
                by: by.clone(),
                account: posting.account.to_string(),
                asset: posting.asset.as_str().to_owned(),
                amount: match Currency::of(posting.asset.as_str()) {
                    Ok(currency) => format_minor(posting.amount_minor, currency.exponent()).to_string(),
                    Err(_) => posting.amount_minor.to_string(),
                },
            })
        });
        Explanation {
            outcome: if decided.is_some() { "decided" } else { posted.code.name() },
            place,
            fact: posted.fact.clone(),
            because: because(&observed),
            note: posted.note.clone(),
            event: event.and_then(|event| RawValue::from_string(event.to_json()).ok()),
            decided: decided.map(|decision| decided::of(decision, program)),
            grants: granted.map(grant).collect(),
            policies: observed.runs().map(|run| asked(run, exponent)).collect(),
            moved: moved.collect(),
        }
    }

    /// A line that is no event, with the reason.
    #[must_use]
    pub fn rejected(because: String, place: Place) -> Explanation {
        Explanation {
            outcome: "rejected",
            place,
            fact: String::new(),
            because: vec![because],
            note: None,
            event: None,
            decided: None,
            grants: Vec::new(),
            policies: Vec::new(),
            moved: Vec::new(),
        }
    }

    /// The explanation as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings and numbers only: this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The order, or the fact, it is about: what a filter looks into.
    #[must_use]
    pub fn fact(&self) -> &str {
        &self.fact
    }
}

fn because(observed: &Observed<'_>) -> Vec<String> {
    let posted = observed.posted;
    let violations = observed.violations().into_iter().map(ToString::to_string);
    let failures = observed.failures();
    let failures =
        failures.into_iter().map(|(policy, failure)| format!("policy `{policy}` failed: {failure}"));
    let mut all: Vec<String> = violations.chain(failures).collect();
    if all.is_empty() && !matches!(posted.code, Code::Created | Code::Noted) {
        all.extend(posted.because.clone());
    }
    all
}

fn grant(grant: &Grant) -> Granted {
    Granted {
        policy: grant.policy.clone(),
        to: grant.to.id().to_owned(),
        asset: grant.asset.clone(),
        units: grant.units,
        expires_days: grant.expires_days,
        reason: shown(&grant.reason),
    }
}

fn asked(run: &PolicyRun, exponent: u8) -> Asked {
    let (answer, because) = match &run.answer {
        PolicyAnswer::Applied { .. } => ("applied", Vec::new()),
        PolicyAnswer::Excluded { by } => ("excluded", vec![format!("`{by}` applies instead")]),
        PolicyAnswer::Refused { reason } => ("refused", vec![shown(reason)]),
        PolicyAnswer::Failed { failure } => ("failed", vec![failure.to_string()]),
        PolicyAnswer::Forbidden { violations } => {
            ("forbidden", violations.iter().map(ToString::to_string).collect())
        }
        _ => ("answered", Vec::new()),
    };
    Asked {
        policy: run.policy.clone(),
        module: run.module.to_string(),
        hook: run.hook.name(),
        fuel: run.fuel,
        answer,
        because,
        stands_in: run.stands_in,
        notes: run.notes.iter().map(|note| shown(note)).collect(),
        read: facts::read(run, exponent),
    }
}

/// Text of a module, bounded and printable.
fn shown(text: &str) -> String {
    fenrun::admission::printable(text).at_most(REASON_BYTES_MAX).to_string()
}
