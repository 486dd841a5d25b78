//! Telling what became of each event: JSON, tables, and words for who watches.
//!
//! Invariant: exactly one record for each event line; data goes to the output, words to standard error.

use std::borrow::Cow;

use indicatif::ProgressBar;

use super::input::Input;
use super::{RunArguments, Shape};
use crate::intake::Taken;
use crate::output::{Output, Reader};
use crate::problem::Problem;
use crate::record::{Note, Record};
use crate::table::Tables;
use fenrun::Program;

/// Bad events that are reported on standard error one by one. Stops a bad file of a million lines from filling a
/// terminal; every one of them is in the output.
const COMPLAINTS_MAX: u64 = 20;

/// Tells what became of each event.
pub(super) struct Teller {
    json: Option<Output>,
    tables: Option<(Tables, Output)>,
    complains: bool,
    live: bool,
    origin: String,
    complaints: u64,
}

impl Teller {
    /// JSON goes to the file that was named, or else to standard output; tables go to standard output.
    pub(super) fn open(
        arguments: &RunArguments,
        shape: Shape,
        program: &Program,
        input: &Input,
    ) -> Result<Teller, Problem> {
        let to_file = arguments.out.is_some();
        let tables = match shape {
            Shape::Table => Some((Tables::new(program), Output::open(None)?)),
            Shape::Json => None,
        };
        let json = match shape {
            Shape::Table if !to_file => None,
            _ => Some(Output::open(arguments.out.as_deref())?),
        };
        let complains = !arguments.quiet && tables.is_none();
        let origin = input.origin.clone();
        Ok(Teller { json, tables, complains, live: input.live, origin, complaints: 0 })
    }

    /// Tells what became of one line.
    pub(super) fn tell(&mut self, taken: &Taken, progress: &ProgressBar) -> Result<Reader, Problem> {
        let mut reader = Reader::Listens;
        if let Some(json) = &mut self.json {
            let line = match &taken.json {
                Some(line) => Cow::Borrowed(line),
                None => Cow::Owned(taken.record.to_json()),
            };
            json.write(line.as_bytes())?;
            reader = json.write(b"\n")?;
        }
        if let Some((tables, output)) = &mut self.tables {
            reader = output.write(tables.render(taken).as_bytes())?;
        }
        if self.complains
            && let Record::Other(note) = &taken.record
            && let Some((line, words)) = complaint(note)
        {
            self.complaints = self.complaints.saturating_add(1);
            if self.complaints <= COMPLAINTS_MAX {
                progress.suspend(|| eprintln!("{}:{line}: {words}", self.origin));
            }
        }
        if self.live { self.flush() } else { Ok(reader) }
    }

    /// Has everything written.
    pub(super) fn finish(&mut self) -> Result<Reader, Problem> {
        let more = self.complaints.saturating_sub(COMPLAINTS_MAX);
        if more > 0 {
            eprintln!("{}: {more} more like these, see the output", self.origin);
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<Reader, Problem> {
        let mut reader = Reader::Listens;
        for output in self.json.iter_mut().chain(self.tables.iter_mut().map(|(_, output)| output)) {
            reader = output.flush()?;
        }
        Ok(reader)
    }
}

/// What is said about an event that was not decided as it should be.
fn complaint(note: &Note) -> Option<(u64, String)> {
    let with_hint = |words: String, hint: Option<&str>| match hint {
        Some(hint) => format!("{words}; hint: {hint}"),
        None => words,
    };
    match note {
        Note::Noted { .. } | Note::Duplicate { .. } | Note::Posted { .. } | Note::Parked { .. } => None,
        Note::Refused { line, fact, because, hint } => {
            Some((*line, with_hint(format!("refused: {fact}: {because}"), hint.as_deref())))
        }
        Note::Rejected { line, because, hint, .. } => {
            Some((*line, with_hint(format!("rejected: {because}"), hint.as_deref())))
        }
        Note::Conflict { line, fact, because, hint, .. } => {
            Some((*line, with_hint(format!("conflict: {fact}: {because}"), Some(hint))))
        }
        Note::Held { line, fact, because, .. } => {
            Some((*line, format!("held: {fact}: {}", because.join("; "))))
        }
        Note::Error { line, fact, because } => Some((*line, format!("error: {fact}: {because}"))),
    }
}
