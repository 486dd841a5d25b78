//! Posting a stream of events into a ledger, batch by batch.
//!
//! Invariant: nothing is told of an event before it is durable, which is one batch later where batches are written behind;
//! a batch that cannot be taken is taken again whole, so nothing is posted twice or lost.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use fenrun::Engine;
use fenrun::books::{Books, BooksError, Code, Posted, Received};
use fenrun::event::{Event, EventError, EventLimits};
use fenrun::program::ModuleFiles;
use fenrun_ledger::{HandedOver, Head, LedgerError};
use fenrun_money::decimal::format_minor;

use super::ahead::{Ahead, Batch, Line, Said};
use super::{RunArguments, Taking};
use crate::exit::Exit;
use crate::intake::{Intake, Taken};
use crate::ledger;
use crate::modules::PolicyModules;
use crate::problem::{Problem, split_hint};
use crate::program;
use crate::record::{Moved, Note, Record};

/// How often a batch is tried again while the ledger's server is away.
const TRIES_MAX: u32 = 60;

/// How long is waited before it is tried again.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// What stopped a batch, and at which of its lines.
struct Trouble {
    place: Option<usize>,
    error: BooksError,
}

impl Trouble {
    fn at(place: Option<usize>, error: BooksError) -> Box<Trouble> {
        Box::new(Trouble { place, error })
    }
}

/// Posts lines into a ledger.
pub(super) struct Posting {
    books: Books,
    waiting: Vec<Line>,
    batch: usize,
    /// Nobody reads ahead, or writes behind, where each answer is waited for.
    ahead: Option<Ahead>,
    /// What came of the batch that was handed over, and how far the log goes with it, until it is durable.
    behind: Option<(Head, Vec<Taken>)>,
    /// What ended it, while what was taken before is still to be told.
    ended: Option<Problem>,
    strict: bool,
}

impl Posting {
    pub(super) fn open(
        arguments: &RunArguments,
        place: &str,
        engine: Engine,
        modules: &PolicyModules,
        live: bool,
    ) -> Result<Posting, Problem> {
        let ledger = ledger::open(place)?;
        let mut books = Books::open(engine, ledger).map_err(|error| Problem::of(Exit::NotLoaded, error))?;
        let file = program::text(&arguments.program)?;
        let origin = arguments.program.display().to_string();
        let profiles = ModuleFiles::new(program::folder_of(&arguments.program));
        books
            .prepare_with(&file, &origin, modules, &profiles)
            .map_err(|error| Problem::of(Exit::NotLoaded, error))?;
        // Who writes while we read waits for each answer.
        let batch = if live { 1 } else { usize::try_from(arguments.batch).unwrap_or(usize::MAX).max(1) };
        let ahead = (!live).then(Ahead::new);
        let (waiting, strict) = (Vec::new(), arguments.strict);
        Ok(Posting { books, waiting, batch, ahead, behind: None, ended: None, strict })
    }

    fn add(&mut self, number: u64, said: Said) -> Result<Vec<Taken>, Problem> {
        self.waiting.push(Line { number, said });
        if self.waiting.len() < self.batch {
            return Ok(Vec::new());
        }
        match self.give()? {
            Some(batch) => self.commit(&batch),
            None => Ok(Vec::new()),
        }
    }

    /// Gives the lines that wait away to be read; answers a batch that is to be committed now.
    fn give(&mut self) -> Result<Option<Batch>, Problem> {
        let expect = self.books.expectations().cloned();
        let expect = expect.ok_or_else(|| Problem::of(Exit::Output, BooksError::NoProgram))?;
        let batch = Batch { lines: std::mem::take(&mut self.waiting), expect };
        Ok(match &mut self.ahead {
            Some(ahead) => ahead.give(batch),
            None => Some(batch),
        })
    }

    /// Takes all lines of a batch and answers what is durable by now: what came of the batch before, and of this one where
    /// nothing is written behind.
    fn commit(&mut self, batch: &Batch) -> Result<Vec<Taken>, Problem> {
        if let Some(problem) = self.ended.take() {
            return Err(problem);
        }
        match self.post(batch) {
            Ok((taken, HandedOver { head, is_durable })) => {
                let before = self.behind.take();
                let mut all = before.map(|(_, taken)| taken).unwrap_or_default();
                match is_durable {
                    true => all.extend(taken),
                    false => self.behind = Some((head, taken)),
                }
                Ok(all)
            }
            Err(problem) => match self.behind.take() {
                Some((head, before)) if self.is_kept(head) => {
                    self.ended = Some(problem);
                    Ok(before)
                }
                _ => Err(problem),
            },
        }
    }

    /// Whether a batch that was handed over could be kept, once nothing is open. It may have been lost with a later one, and
    /// the log is what says so.
    fn is_kept(&mut self, head: Head) -> bool {
        // Undone already, where it could be.
        let _ = self.books.rollback();
        self.books.holds(head)
    }

    /// What came of the last batch, once it is durable.
    fn settle(&mut self) -> Result<Vec<Taken>, Problem> {
        if let Some(problem) = self.ended.take() {
            return Err(problem);
        }
        self.books.settle().map_err(|error| Problem::of(Exit::Output, error))?;
        Ok(self.behind.take().map(|(_, taken)| taken).unwrap_or_default())
    }

    /// Takes all lines of a batch; again while the server is away, and without an event that breaks us.
    fn post(&mut self, batch: &Batch) -> Result<(Vec<Taken>, HandedOver), Problem> {
        let mut broken: BTreeMap<usize, String> = BTreeMap::new();
        let mut tries = 0;
        loop {
            match self.attempt(batch, &broken) {
                Ok(taken) => return Ok(taken),
                Err(trouble) => match *trouble {
                    Trouble { place: Some(place), error: BooksError::Engine { because, .. } } => {
                        broken.insert(place, because);
                    }
                    Trouble { error: BooksError::Ledger(LedgerError::Unreachable { why }), .. }
                        if tries < TRIES_MAX =>
                    {
                        if tries == 0 {
                            eprintln!("the ledger's server cannot be reached: {why}; trying again …");
                        }
                        tries = tries.saturating_add(1);
                        thread::sleep(TRY_AGAIN_AFTER);
                    }
                    Trouble { error, .. } => return Err(Problem::of(Exit::Output, error)),
                },
            }
            // A batch that could not even be undone is undone when the next one begins; but this one may build on another.
            if let Err(error) = self.books.rollback()
                && self.behind.is_some()
            {
                return Err(Problem::of(Exit::Output, error));
            }
        }
    }

    fn attempt(
        &mut self,
        batch: &Batch,
        broken: &BTreeMap<usize, String>,
    ) -> Result<(Vec<Taken>, HandedOver), Box<Trouble>> {
        self.books.begin().map_err(|error| Trouble::at(None, error))?;
        let mut all = Vec::with_capacity(batch.lines.len());
        let mut at_once = self.ahead.is_none();
        for (place, line) in batch.lines.iter().enumerate() {
            let before = all.len();
            let number = line.number;
            match self.received(batch, &line.said).map_err(|error| Trouble::at(None, error))? {
                Err(error) => all.push(Intake::unreadable(number, &error)),
                Ok(received) => match broken.get(&place) {
                    Some(because) => {
                        let event = received.event().clone();
                        let (fact, because) = (event.fact_key().to_string(), because.clone());
                        let note = Note::Error { line: number, fact, because };
                        all.push(Taken { record: Record::Other(note), event: Some(event), json: None });
                    }
                    None => {
                        let posted = self.books.take_received(&received);
                        let posted = posted.map_err(|error| Trouble::at(Some(place), error))?;
                        told(number, posted, Some(received.event()), &mut all);
                    }
                },
            }
            let bad = all.iter().skip(before).any(|taken| taken.record.exit() != Exit::Success);
            if self.strict && bad {
                at_once = true;
                break;
            }
        }
        let ended =
            if at_once { self.books.commit().map(HandedOver::durable) } else { self.books.hand_over() };
        Ok((all, ended.map_err(|error| Trouble::at(None, error))?))
    }

    /// What a line says, under the program that is in force by now: it may have changed since the line was read.
    fn received<'said>(
        &self,
        batch: &Batch,
        said: &'said Said,
    ) -> Result<Result<Cow<'said, Received>, EventError>, BooksError> {
        let expect = self.books.expectations().ok_or(BooksError::NoProgram)?;
        Ok(match said {
            Said::Event(_, received) if batch.expect == *expect => {
                received.as_deref().map(Cow::Borrowed).map_err(Clone::clone)
            }
            Said::Event(text, _) | Said::Text(text) => Received::read(text, expect).map(Cow::Owned),
            Said::Unreadable(error) => Err(error.clone()),
        })
    }
}

impl Taking for Posting {
    fn limits(&self) -> EventLimits {
        self.books.expectations().map(|expect| *expect.event_limits()).unwrap_or_default()
    }

    fn take(&mut self, line: u64, text: &str) -> Result<Vec<Taken>, Problem> {
        self.add(line, Said::Text(text.to_owned()))
    }

    fn unreadable(&mut self, line: u64, error: &EventError) -> Result<Vec<Taken>, Problem> {
        self.add(line, Said::Unreadable(error.clone()))
    }

    fn finish(&mut self) -> Result<Vec<Taken>, Problem> {
        loop {
            let next = if self.waiting.is_empty() { None } else { self.give()? };
            let Some(batch) = next.or_else(|| self.ahead.as_mut().and_then(Ahead::take)) else {
                return self.settle();
            };
            let taken = self.commit(&batch)?;
            if !taken.is_empty() {
                return Ok(taken);
            }
        }
    }
}

/// What is told of an event in the books, and of those it took up.
pub(crate) fn told(line: u64, posted: Posted, event: Option<&Event>, all: &mut Vec<Taken>) {
    let Posted {
        fact,
        code,
        seq,
        because,
        note,
        decision,
        decision_json,
        held,
        suspended,
        transactions,
        taken_up,
        ..
    } = posted;
    for suspension in suspended {
        eprintln!("warning: line {line}: {suspension}");
    }
    let reason = because.unwrap_or_default();
    let (words, hint) = split_hint(&reason);
    let (because, hint) = (words.to_owned(), hint.map(str::to_owned));
    let record = match (code, decision, held) {
        (_, Some(decision), _) => Record::Decided(decision),
        (_, _, Some(cause)) => Record::Other(Note::held_for(line, fact, &cause)),
        (Code::Created, ..) => {
            let moved = moved(&transactions);
            Record::Other(Note::Posted { line, fact, seq: seq.unwrap_or_default(), moved, note })
        }
        (Code::Noted, ..) if note.is_some() => {
            let (seq, moved) = (seq.unwrap_or_default(), Vec::new());
            Record::Other(Note::Posted { line, fact, seq, moved, note })
        }
        (Code::Noted, ..) => Record::Other(Note::Noted { line, fact }),
        (Code::Duplicate, ..) => Record::Other(Note::Duplicate { line, fact, first_line: None }),
        (Code::Conflict, ..) => {
            let hint = hint.unwrap_or_default();
            Record::Other(Note::Conflict { line, fact, first_line: None, because, hint })
        }
        (Code::Parked, ..) => Record::Other(Note::Parked { line, fact, because }),
        _ => Record::Other(Note::Refused { line, fact, because, hint }),
    };
    // A decision says all that is shown of its event.
    let event = event.filter(|_| matches!(record, Record::Other(_))).cloned();
    all.push(Taken { record, event, json: decision_json });
    for next in taken_up {
        told(line, next, None, all);
    }
}

/// The movements of transactions.
fn moved(transactions: &[fenrun_ledger::Transaction]) -> Vec<Moved> {
    let each = transactions.iter().flat_map(|transaction| {
        let by = transaction.code().to_owned();
        transaction.postings().iter().map(move |posting| Moved {
            by: by.clone(),
            account: posting.account.to_string(),
            asset: posting.asset.as_str().to_owned(),
            amount: shown(&posting.asset, posting.amount_minor),
        })
    });
    each.collect()
}

/// An amount in major units, or plain units where it is no money.
pub(crate) fn shown(asset: &fenrun_ledger::Asset, amount_minor: i64) -> String {
    match fenrun_money::Currency::of(asset.as_str()) {
        Ok(currency) => format_minor(amount_minor, currency.exponent()).to_string(),
        Err(_) => amount_minor.to_string(),
    }
}
