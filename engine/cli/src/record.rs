//! What is told about each event: one line of JSON.
//!
//! Invariant: exactly one record for each event line, whatever became of it; refusal, failure, violation and error are
//! four things.

use fenrun::{Decision, Held, HoldCause};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::problem::split_hint;

/// What became of one event line.
#[derive(Debug)]
pub enum Record {
    /// A price or a payout was decided.
    Decided(Box<Decision>),
    /// Anything else.
    Other(Note),
}

/// What became of an event that was not decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[schemars(inline)]
pub enum Note {
    /// The event needs no decision; the history has learned it.
    Noted {
        /// The line of the input, counted from 1.
        line: u64,
        /// The fact, such as `relation.bound/upline/s1/2026-03-01T02:00:00Z`.
        fact: String,
    },
    /// The same fact was told before; nothing happens twice.
    Duplicate {
        /// The line of the input, counted from 1.
        line: u64,
        /// The fact.
        fact: String,
        /// The line that told it first, where it was one of this run.
        #[serde(skip_serializing_if = "Option::is_none")]
        first_line: Option<u64>,
    },
    /// The same fact was told before with another content; nothing is posted.
    Conflict {
        /// The line of the input, counted from 1.
        line: u64,
        /// The fact.
        fact: String,
        /// The line that told it first, where it was one of this run.
        #[serde(skip_serializing_if = "Option::is_none")]
        first_line: Option<u64>,
        /// What is wrong.
        because: String,
        /// What to do about it.
        hint: String,
    },
    /// The ledger has taken it. Only with a ledger.
    Posted {
        /// The line of the input, counted from 1.
        line: u64,
        /// The fact.
        fact: String,
        /// Its place in the log.
        seq: u64,
        /// What was moved, in the order of the transactions.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        moved: Vec<Moved>,
        /// What was done beside that.
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// It came too early: the ledger takes it up when what it waits for arrives. Only with a ledger.
    Parked {
        /// The line of the input, counted from 1.
        line: u64,
        /// The fact.
        fact: String,
        /// What it waits for.
        because: String,
    },
    /// The ledger can never take it: it is remembered with the reason. Only with a ledger.
    Refused {
        /// The line of the input, counted from 1.
        line: u64,
        /// The fact.
        fact: String,
        /// Why.
        because: String,
        /// What to do about it.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
    /// Nothing is paid until the cause is mended. The sale stands.
    Held {
        /// The line of the input, counted from 1.
        line: u64,
        /// The fact.
        fact: String,
        /// Whether the policy broke or its decision is forbidden.
        kind: HeldKind,
        /// The failure, or every broken rule with its numbers.
        because: Vec<String>,
    },
    /// The line is not an event that this program can take.
    Rejected {
        /// The line of the input, counted from 1.
        line: u64,
        /// The fact, where the line could be read that far.
        #[serde(skip_serializing_if = "Option::is_none")]
        fact: Option<String>,
        /// Where in the event, and what is wrong there.
        because: String,
        /// What to do about it.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
    /// We broke; the event may be tried again.
    Error {
        /// The line of the input, counted from 1.
        line: u64,
        /// The fact.
        fact: String,
        /// What is wrong.
        because: String,
    },
}

/// One movement of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Moved {
    /// What the transaction does, such as `clawback`.
    pub by: String,
    /// The account.
    pub account: String,
    /// Money or units of what.
    pub asset: String,
    /// How much the account gets, major units for money; less than zero where it gives.
    pub amount: String,
}

/// Why an event is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum HeldKind {
    /// A policy broke.
    Failure,
    /// A well-formed decision that the guard forbids.
    Violation,
}

impl HeldKind {
    /// The name used in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            HeldKind::Failure => "failure",
            HeldKind::Violation => "violation",
        }
    }
}

impl Record {
    /// The record as one line of JSON, without the line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Record::Decided(decision) => decision.to_json(),
            // Strings and numbers only: this cannot fail.
            Record::Other(note) => serde_json::to_string(note).unwrap_or_default(),
        }
    }

    /// How a run ends for which this is the worst.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Record::Decided(_)
            | Record::Other(
                Note::Noted { .. } | Note::Duplicate { .. } | Note::Posted { .. } | Note::Parked { .. },
            ) => Exit::Success,
            Record::Other(Note::Rejected { .. } | Note::Refused { .. } | Note::Conflict { .. }) => {
                Exit::Rejected
            }
            Record::Other(Note::Held { .. }) => Exit::Held,
            Record::Other(Note::Error { .. }) => Exit::Internal,
        }
    }
}

impl Note {
    pub(crate) fn rejected(line: u64, fact: Option<String>, error: &impl std::error::Error) -> Note {
        let shown = error.to_string();
        let (because, hint) = split_hint(&shown);
        Note::Rejected { line, fact, because: because.to_owned(), hint: hint.map(str::to_owned) }
    }

    /// An event that only a ledger can take.
    pub(crate) fn needs_ledger(line: u64, fact: String, kind: &str) -> Note {
        let because = format!("`{kind}` changes what only a ledger knows");
        let hint = Some("run with `--ledger FILE`".to_owned());
        Note::Rejected { line, fact: Some(fact), because, hint }
    }

    pub(crate) fn held(line: u64, held: &Held) -> Note {
        Note::held_for(line, held.fact_key.clone(), &held.cause)
    }

    pub(crate) fn held_for(line: u64, fact: String, cause: &HoldCause) -> Note {
        let (kind, because) = match cause {
            HoldCause::Violations(violations) => {
                (HeldKind::Violation, violations.iter().map(ToString::to_string).collect())
            }
            cause => (HeldKind::Failure, vec![cause.to_string()]),
        };
        Note::Held { line, fact, kind, because }
    }
}

/// The JSON Schema of one record: a decision, or what else became of an event.
///
/// ```
/// let schema = fenrun_cli::record::schema();
/// assert_eq!(schema["title"], "Outcome");
/// assert_eq!(schema["anyOf"].as_array().map(Vec::len), Some(10));
/// ```
#[must_use]
pub fn schema() -> Value {
    let mut decision = fenrun::decision::schema();
    let mut others = schemars::schema_for!(Note).to_value();
    let take = |schema: &mut Value, key: &str| schema.as_object_mut().and_then(|schema| schema.remove(key));
    let definitions = take(&mut decision, "$defs").unwrap_or_else(|| json!({}));
    let dialect = take(&mut decision, "$schema").unwrap_or_default();
    let mut all = vec![decision];
    if let Some(Value::Array(kinds)) = take(&mut others, "oneOf") {
        all.extend(kinds);
    }
    json!({
        "$schema": dialect,
        "title": "Outcome",
        "description": "What became of one event line: a decision, or why there is none.",
        "anyOf": all,
        "$defs": definitions,
    })
}
