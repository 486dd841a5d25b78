//! What the log itself is told: a program comes into force, a held event is tried again.
//!
//! Invariant: a program in the log is whole: its text, and the digest of every module.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::define::life_event;
use super::modules::{DigestSchema, digest};
use super::text::{FactText, ProgramText};
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
    /// An event that is held is to be tried again.
    EventRetried = "event.retried", key(fact, time), wire EventRetriedWire;
    /// The fact that is held.
    "fact" fact: FactText => &str;
    /// When.
    "time" time: Timestamp => Timestamp;
}

fn whole_digest(activated: &ProgramActivated, _: &Expectations) -> Result<(), EventError> {
    digest(&activated.program, &Place::Root.field("program"))
}
