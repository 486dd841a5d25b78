//! The path of an event line: parse → duplicate check → decide → learn → record.
//!
//! Invariant: written once, in order; whatever a line holds, the next one is taken as if it had been alone.

use std::collections::HashMap;

use fenrun::event::{Event, EventError, Expectations};
use fenrun::history::{Learned, MemoryHistory};
use fenrun::{Engine, Outcome, Program};
use sha2::{Digest as _, Sha256};

use crate::record::{Note, Record};

/// Takes event lines one after the other, under one program, with a history that learns from them.
///
/// ```
/// use fenrun::program::ProgramFile;
/// use fenrun::{Engine, EngineOptions};
/// use fenrun_cli::intake::Intake;
/// use fenrun_cli::modules::PolicyModules;
///
/// let engine = Engine::new(EngineOptions::default())?;
/// let text = "merchant = 'm'\ncurrency = 'CNY'\ntime_zone = 'Asia/Shanghai'\nguard = 'cn'\npolicy = []";
/// let definition = ProgramFile::parse(text, "program.toml")?.into_definition();
/// let program = engine.load(definition, &PolicyModules::new("."))?;
///
/// let mut intake = Intake::new(engine, program);
/// let order = r#"{"kind":"order.paid","order":"A1","time":"2026-03-01T10:00:00+08:00","currency":"CNY",
///     "buyer":{"id":"b1"},"lines":[{"id":"1","quantity":1,"price":"9.99"}]}"#;
/// assert!(intake.take(1, order).record.to_json().starts_with(r#"{"outcome":"decided","fact":"order.paid/A1""#));
/// assert_eq!(
///     intake.take(2, order).record.to_json(),
///     r#"{"outcome":"duplicate","line":2,"fact":"order.paid/A1","first_line":1}"#,
/// );
/// assert_eq!(
///     intake.take(3, &order.replace("9.99", "9.98")).record.to_json(),
///     concat!(
///         r#"{"outcome":"conflict","line":3,"fact":"order.paid/A1","first_line":1,"#,
///         r#""because":"the fact was told before with another content","#,
///         r#""hint":"a fact is told once, correct it by a new one"}"#,
///     ),
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Intake {
    engine: Engine,
    program: Program,
    expectations: Expectations,
    history: MemoryHistory,
    told: HashMap<Half, Told>,
}

/// What became of a line, and the event it told, where it could be read.
#[derive(Debug)]
pub struct Taken {
    /// What became of it.
    pub record: Record,
    /// The event; it may be left out where it was decided, because the decision says all that is shown of it.
    pub event: Option<Event>,
    /// The record as one line of JSON, where it has been written before.
    pub json: Option<String>,
}

/// The first half of a SHA-256: among 10⁹ facts, the chance that any two share it is below 10⁻²⁰.
type Half = [u8; 16];

/// A fact that was told: its content, and where.
#[derive(Clone, Copy, Debug)]
struct Told {
    payload: Half,
    line: u64,
}

impl Intake {
    /// An intake in whose history nothing has happened.
    #[must_use]
    pub fn new(engine: Engine, program: Program) -> Intake {
        let expectations = program.expectations();
        Intake { engine, program, expectations, history: MemoryHistory::new(), told: HashMap::new() }
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// What the program expects of its events.
    #[must_use]
    pub fn expectations(&self) -> &Expectations {
        &self.expectations
    }

    /// What was learned.
    #[must_use]
    pub fn history(&self) -> &MemoryHistory {
        &self.history
    }

    /// Takes a line of the input, the text of one event. `line` is its number, for the record.
    pub fn take(&mut self, line: u64, text: &str) -> Taken {
        match Event::parse(text, &self.expectations) {
            Ok(event) => Taken { record: self.take_event(line, &event), event: Some(event), json: None },
            Err(error) => Intake::unreadable(line, &error),
        }
    }

    /// What is told about a line that is no event.
    #[must_use]
    pub fn unreadable(line: u64, error: &EventError) -> Taken {
        Taken { record: Record::Other(Note::rejected(line, None, error)), event: None, json: None }
    }

    fn take_event(&mut self, line: u64, event: &Event) -> Record {
        let fact = event.fact_key();
        let (key, payload) = (half(fact.as_str()), half(&event.to_json()));
        if let Some(told) = self.told.get(&key) {
            return Record::Other(told_before(line, fact.to_string(), *told, payload));
        }
        if event.needs_ledger() {
            return Record::Other(Note::needs_ledger(line, fact.to_string(), event.kind()));
        }
        let outcome = self.engine.decide(&self.program, event, &self.history);
        if let Some(learned) = Learned::from_outcome(event, &outcome) {
            if let Err(error) = self.history.learn(event, &learned) {
                return Record::Other(Note::rejected(line, Some(fact.to_string()), &error));
            }
            self.told.insert(key, Told { payload, line });
        }
        let fact = fact.to_string();
        match outcome {
            Outcome::Decided(decision) => Record::Decided(decision),
            Outcome::Noted => Record::Other(Note::Noted { line, fact }),
            Outcome::Held(held) => Record::Other(Note::held(line, &held)),
            Outcome::Error(error) => Record::Other(Note::Error { line, fact, because: error.to_string() }),
            // The engine may learn further outcomes; until this crate knows them, nothing is lost and it shows.
            _ => {
                Record::Other(Note::Error { line, fact, because: "the outcome is of an unknown kind".into() })
            }
        }
    }
}

fn told_before(line: u64, fact: String, told: Told, payload: Half) -> Note {
    let first_line = Some(told.line);
    if told.payload == payload {
        return Note::Duplicate { line, fact, first_line };
    }
    Note::Conflict {
        line,
        fact,
        first_line,
        because: "the fact was told before with another content".into(),
        hint: "a fact is told once, correct it by a new one".into(),
    }
}

fn half(text: &str) -> Half {
    let mut half = Half::default();
    for (target, byte) in half.iter_mut().zip(Sha256::digest(text)) {
        *target = byte;
    }
    half
}
