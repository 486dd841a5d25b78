//! The program in force: activated by an event, with its text and its modules in the ledger.
//!
//! Invariant: the log alone says which program decided what; a program that is only on disk decides nothing.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use fenrun_ledger::Ledger;
use sha2::{Digest as _, Sha256};

use super::desk::{Desk, kind};
use super::setting::Done;
use super::stop::Stop;
use super::verify::Disputes;
use super::{Books, BooksError, versions};
use crate::event::{Event, Expectations, ProgramActivated};
use crate::profile::ProfileSource;
use crate::program::{ModuleSource, ModuleSourceError, PolicySource, ProgramDefinition, ProgramFile};
use crate::{Engine, Program};

/// The name a program's text has in errors once it stands in the ledger.
const ORIGIN: &str = "the program in the ledger";

/// The key of the document that names the program in force.
const CURRENT: &str = "current";

/// A program that decides.
#[derive(Clone)]
pub(super) struct InForce {
    pub(super) program: Program,
    pub(super) expect: Expectations,
    /// The fact that brought it into force.
    pub(super) activated: String,
    /// The discounts policies that are known to have answered under it.
    pub(super) answered: BTreeSet<String>,
    /// Where a log is taken again: the calls that come to what it says.
    pub(super) disputes: Arc<Disputes>,
}

/// A program that comes into force with the next new event.
#[derive(Clone)]
pub(super) struct Next {
    pub(super) program: Program,
    pub(super) expect: Expectations,
    file: Arc<str>,
    /// What goes into the ledger: by policy name, or the path of a guard profile.
    parts: Arc<BTreeMap<String, Vec<u8>>>,
}

/// A program that was loaded with its text and its modules, and that decides nothing by itself yet.
#[derive(Clone, Debug)]
pub struct Mended {
    program: Program,
    file: Arc<str>,
    parts: Arc<BTreeMap<String, Vec<u8>>>,
}

impl Mended {
    /// The program.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Its file's text.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// The digest of each of its parts.
    pub(super) fn digests(&self) -> BTreeMap<String, String> {
        let digest = |bytes: &Vec<u8>| crate::admission::Digest::of(bytes).to_string();
        self.parts.iter().map(|(name, bytes)| (name.clone(), digest(bytes))).collect()
    }

    /// Keeps its parts in a ledger.
    pub(super) fn keep(&self, ledger: &mut dyn Ledger) -> Result<(), BooksError> {
        for bytes in self.parts.values() {
            ledger.put_module(Sha256::digest(bytes).into(), bytes)?;
        }
        Ok(())
    }
}

impl Books {
    /// Loads a program that comes into force with the next new event, at that event's moment. Where it is the one in
    /// force already, nothing changes. Answers whether something will.
    ///
    /// # Errors
    ///
    /// [`BooksError::Program`] and [`BooksError::Load`], which point into the text and name the policy.
    pub fn prepare(
        &mut self,
        file: &str,
        origin: &str,
        modules: &(impl ModuleSource + ?Sized),
    ) -> Result<bool, BooksError> {
        self.prepare_with(file, origin, modules, &|_: &str| -> io::Result<String> {
            Err(io::Error::new(io::ErrorKind::Unsupported, "this program is read without access to files"))
        })
    }

    /// As [`Books::prepare`], where the guard profile may be a file of the host's own.
    ///
    /// # Errors
    ///
    /// As [`Books::prepare`].
    pub fn prepare_with(
        &mut self,
        file: &str,
        origin: &str,
        modules: &(impl ModuleSource + ?Sized),
        profiles: &(impl ProfileSource + ?Sized),
    ) -> Result<bool, BooksError> {
        let Mended { program, file, parts } = self.mended(file, origin, modules, profiles)?;
        if self.in_force.as_ref().is_some_and(|in_force| in_force.program.digest() == program.digest()) {
            self.next = None;
            return Ok(false);
        }
        let expect = program.expectations();
        self.next = Some(Next { program, expect, file, parts });
        Ok(true)
    }

    /// Loads a program without bringing it into force, for [`Books::preview`] and [`Books::restate`].
    ///
    /// # Errors
    ///
    /// As [`Books::prepare`].
    pub fn mended(
        &self,
        file: &str,
        origin: &str,
        modules: &(impl ModuleSource + ?Sized),
        profiles: &(impl ProfileSource + ?Sized),
    ) -> Result<Mended, BooksError> {
        let parts = RefCell::new(BTreeMap::new());
        let recorded = |path: &str| {
            let text = profiles.profile(path)?;
            parts.borrow_mut().insert(path.to_owned(), text.clone().into_bytes());
            Ok(text)
        };
        let definition = ProgramFile::parse_with(file, origin, &recorded)?.into_definition();
        let names: BTreeMap<String, Vec<String>> = names_of(&definition);
        let recorded = |source: &PolicySource| {
            let bytes = modules.module(source)?;
            for name in names.get(&source.to_string()).into_iter().flatten() {
                parts.borrow_mut().insert(name.clone(), bytes.clone());
            }
            Ok(bytes)
        };
        let program = self.engine.load(definition, &recorded)?;
        Ok(Mended { program, file: file.into(), parts: Arc::new(parts.into_inner()) })
    }

    /// The prepared program comes into force before an event, at its moment.
    pub(super) fn activate(&mut self, before: &Event) -> Result<(), BooksError> {
        let Some(next) = self.next.take() else { return Ok(()) };
        let mut modules = BTreeMap::new();
        for (name, bytes) in next.parts.iter() {
            let digest: [u8; 32] = Sha256::digest(bytes).into();
            self.ledger.put_module(digest, bytes)?;
            modules.insert(name.clone(), crate::admission::Digest::of(bytes).to_string());
        }
        let digest = next.program.digest().to_string();
        let event =
            ProgramActivated::new(digest, before.time(), next.file.as_ref().into(), modules, &next.expect)?;
        let posted = self.take_told(event.into())?;
        if posted.code != fenrun_ledger::Code::Created && posted.code != fenrun_ledger::Code::Noted {
            let because = posted.because.unwrap_or_default();
            return Err(BooksError::Engine { fact: before.fact_key(), because });
        }
        Ok(())
    }
}

/// Which policies use which source.
fn names_of(definition: &ProgramDefinition) -> BTreeMap<String, Vec<String>> {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for policy in definition.policies() {
        names.entry(policy.source().to_string()).or_default().push(policy.name().to_owned());
    }
    names
}

/// The program that the ledger says is in force.
pub(super) fn in_force(engine: &Engine, ledger: &mut dyn Ledger) -> Result<Option<InForce>, BooksError> {
    let Some(bytes) = ledger.document(kind::PROGRAM, CURRENT)? else { return Ok(None) };
    let broken =
        |why: String| BooksError::Ledger(fenrun_ledger::LedgerError::Corrupt { place: ORIGIN.into(), why });
    let text: String = serde_json::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
    // The event names its own currency nowhere, so any expectation reads it.
    let event = Event::parse(&text, &Expectations::new(fenrun_money::Currency::CNY))?;
    match load_activated(engine, ledger, &event) {
        Ok(in_force) => Ok(Some(in_force)),
        Err(Stop::Ledger(error)) => Err(error.into()),
        Err(Stop::Refused(why) | Stop::Engine(why)) => Err(broken(why)),
        Err(_) => Err(broken("it is no program".into())),
    }
}

/// Loads the program that an event brings into force, with its modules from the ledger.
pub(super) fn load_activated(
    engine: &Engine,
    ledger: &mut dyn Ledger,
    event: &Event,
) -> Result<InForce, Stop> {
    let Event::ProgramActivated(activated) = event else {
        return Err(Stop::Engine("it activates no program".into()));
    };
    let program = load_named(engine, ledger, (activated.file(), activated.modules(), activated.program()))?;
    let program = versions::with_last_good(engine, ledger, program)?;
    let expect = program.expectations();
    let activated = event.fact_key().as_str().to_owned();
    Ok(InForce { program, expect, activated, answered: BTreeSet::new(), disputes: Arc::default() })
}

/// Loads a program from its text and the digests of its parts, which are in the ledger.
pub(super) fn load_named(
    engine: &Engine,
    ledger: &mut dyn Ledger,
    (file, parts, named): (&str, &BTreeMap<String, String>, &str),
) -> Result<Program, Stop> {
    let ledger = RefCell::new(ledger);
    let part = |name: &str| -> Result<Vec<u8>, String> {
        let digest = parts.get(name).ok_or_else(|| format!("`{name}` has no module"))?;
        let bytes: crate::admission::Digest =
            digest.parse().map_err(|_| format!("`{digest}` is no digest"))?;
        let found = ledger.borrow_mut().module(*bytes.as_bytes()).map_err(|error| error.to_string())?;
        found.ok_or_else(|| format!("module {digest} of `{name}` is not in the ledger"))
    };
    let profiles = |path: &str| {
        let bytes = part(path).map_err(io::Error::other)?;
        String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    };
    let refused = |error: &dyn std::error::Error| {
        let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        Stop::refused(format!("{error}{cause}"))
    };
    let file = ProgramFile::parse_with(file, ORIGIN, &profiles).map_err(|error| refused(&error))?;
    let definition = file.into_definition();
    let names = names_of(&definition);
    let modules = |source: &PolicySource| {
        let name = names.get(&source.to_string()).and_then(|names| names.first());
        let name = name.ok_or_else(|| ModuleSourceError::unknown(source))?;
        part(name).map_err(|reason| ModuleSourceError::other(source, reason))
    };
    let program = engine.load(definition, &modules).map_err(|error| refused(&error))?;
    let digest = program.digest().to_string();
    if digest != named {
        return Err(Stop::refused(format!("the program's digest is {digest}, the event names {named}")));
    }
    Ok(program)
}

/// The program that a fact brought into force; `None` where it cannot be loaded any more.
pub(super) fn earlier(
    engine: &Engine,
    ledger: &mut dyn Ledger,
    activated: &str,
) -> Result<Option<Program>, Stop> {
    let Some(stored) = ledger.stored(activated)? else { return Ok(None) };
    let Some(entry) = ledger.entries(stored.seq.saturating_sub(1), 1)?.pop() else { return Ok(None) };
    // The event names its own currency nowhere, so any expectation reads it.
    let event = Event::parse(&entry.entry.event, &Expectations::new(fenrun_money::Currency::CNY));
    let Ok(Event::ProgramActivated(event)) = event else { return Ok(None) };
    match load_named(engine, ledger, (event.file(), event.modules(), event.program())) {
        Ok(program) => Ok(Some(program)),
        Err(Stop::Ledger(error)) => Err(Stop::Ledger(error)),
        Err(_) => Ok(None),
    }
}

/// `program.activated`: it is in force from here on.
pub(super) fn activated(desk: &mut Desk<'_>, event: &ProgramActivated) -> Result<Done, Stop> {
    desk.put(kind::PROGRAM, CURRENT, &Event::from(event.clone()).to_json())?;
    Ok(Done::noted())
}
