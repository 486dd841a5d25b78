//! What the log itself is told: a program comes into force, orders are decided again, a held event is tried again, a
//! suspended policy is run again.
//!
//! Invariant: a program in the log is whole: its text, and the digest of every module.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};

use super::define::life_event;
use super::modules::{DigestSchema, digest};
use super::text::{FactText, ProgramText};
use crate::event::error::EventErrorKind as Kind;
use crate::event::place::Place;
use crate::event::{EventError, Expectations};

life_event! {
    /// A program comes into force.
    ProgramActivated = "program.activated", key(program, time), wire ProgramActivatedWire;
    /// The program's digest, in hexadecimal.
    #[schemars(with = "DigestSchema")]
    "program" program: String => &str;
    /// From when on.
    "time" time: Timestamp => Timestamp;
    /// The program file.
    "file" file: ProgramText => &str;
    /// The digest of each policy's module, in hexadecimal, by the policy's name; a guard profile by its path.
    "modules" modules: BTreeMap<String, String> => &BTreeMap<String, String>;
    check whole_digest;
}

life_event! {
    /// The orders that were paid on some days are decided again under a mended program; the differences are posted.
    OrdersRestated = "orders.restated", key(restatement), wire OrdersRestatedWire;
    /// This restatement.
    "restatement" restatement: String => &str;
    /// The first day of payment, in the time zone of the program in force.
    "from" from: Date => Date;
    /// The last day of payment, included.
    "to" to: Date => Date;
    /// When it is done.
    "time" time: Timestamp => Timestamp;
    /// Why.
    "reason" reason: String => &str;
    /// The digest of the mended program, in hexadecimal.
    #[schemars(with = "DigestSchema")]
    "program" program: String => &str;
    /// The mended program's file.
    "file" file: ProgramText => &str;
    /// The digest of each policy's module, in hexadecimal, by the policy's name; a guard profile by its path.
    "modules" modules: BTreeMap<String, String> => &BTreeMap<String, String>;
    check whole_restatement;
}

life_event! {
    /// An event that is held is to be tried again.
    EventRetried = "event.retried", key(fact, time), wire EventRetriedWire;
    /// The fact that is held.
    "fact" fact: FactText => &str;
    /// When.
    "time" time: Timestamp => Timestamp;
}

life_event! {
    /// A policy that is suspended is run again.
    PolicyResumed = "policy.resumed", key(policy, time), wire PolicyResumedWire;
    /// The policy's name in the program.
    "policy" policy: String => &str;
    /// From when on.
    "time" time: Timestamp => Timestamp;
    /// Why: what its cause was, and that it is gone.
    "reason" reason: String => &str;
}

fn whole_digest(activated: &ProgramActivated, _: &Expectations) -> Result<(), EventError> {
    digest(&activated.program, &Place::Root.field("program"))
}

fn whole_restatement(restated: &OrdersRestated, _: &Expectations) -> Result<(), EventError> {
    let (from, to) = (restated.from, restated.to);
    if to < from {
        let problem = format!("`{to}` is before `from`, which is `{from}`");
        let remedy = "name the first day behind `from`, the last one behind `to`";
        return Err(EventError::at(&Place::Root.field("to"), Kind::Contradiction { problem, remedy }));
    }
    digest(&restated.program, &Place::Root.field("program"))
}
