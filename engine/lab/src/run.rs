//! Runs one case in books of its own.
//!
//! Invariant: pure and alone: a ledger in memory for each case, so any order of cases, on any number of threads, says the
//! same.

use std::io;

use fenrun::books::{Books, BooksError, Code, Posted};
use fenrun::event::Event;
use fenrun::profile::ProfileSource;
use fenrun::program::ModuleSource;
use fenrun::sandbox::ConfigureError;
use fenrun::{Engine, LoadCause, LoadError};
use fenrun_ledger::MemoryLedger;
use fenrun_money::Currency;

use crate::compare::Comparison;
use crate::explanation::{self, Explanation};
use crate::file::{Expect, OneOrMore};
use crate::flaw::{Flaw, split_hint};
use crate::given::{compact, told};
use crate::observed::Observed;
use crate::program_text::{self, Subject};
use crate::read::{Happening, Place, Planned, order};
use crate::verdict::{CaseReport, Difference, Failing, Verdict};

/// What cases are run with.
pub struct Lab<'a> {
    /// The engine that decides.
    pub engine: Engine,
    /// Where modules come from.
    pub modules: &'a (dyn ModuleSource + Sync),
    /// Where guard profiles that are files come from.
    pub profiles: &'a (dyn ProfileSource + Sync),
    /// The policy that the cases are about.
    pub subject: Subject,
    /// Whether every case tells how each amount was made, those that pass too.
    pub explain: bool,
}

impl std::fmt::Debug for Lab<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Lab").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// How each amount of a case was made.
#[derive(Default)]
struct Trace {
    lines: Vec<String>,
    explanations: Vec<String>,
}

/// A case while it runs.
struct Bench<'a> {
    origin: &'a str,
    books: Books,
    currency: Currency,
}

impl Lab<'_> {
    pub(crate) fn run(&self, origin: &str, case: &Planned) -> CaseReport {
        let (mut fuel, mut trace) = (None, Trace::default());
        let verdict = match self.judge(origin, case, &mut fuel, &mut trace) {
            Ok(failing) if failing.differences.is_empty() => Verdict::Passed,
            Ok(failing) => Verdict::Failed(failing),
            Err(flaw) => Verdict::Unusable(flaw),
        };
        CaseReport {
            origin: origin.to_owned(),
            line: case.at.line,
            it: case.it.clone(),
            verdict,
            fuel,
            trace: trace.lines,
            explanations: trace.explanations,
        }
    }

    fn judge(
        &self,
        origin: &str,
        case: &Planned,
        fuel: &mut Option<u64>,
        trace: &mut Trace,
    ) -> Result<Failing, Flaw> {
        let mut failing = Failing::default();
        let program =
            program_text::write(&self.subject, case.program.as_deref(), case.configuration.as_deref());
        failing.given.push(self.told_program(case));
        let mut bench = match self.prepare(origin, case, &program)? {
            Ok(bench) => bench,
            Err(refusal) => {
                failing.got.push(format!("the configuration is refused: {refusal}"));
                failing.differences = not_loaded(case.expect.as_ref(), &refusal);
                return Ok(failing);
            }
        };
        if case.expect.as_ref().is_some_and(|expect| expect.refusal.is_some()) && case.order.is_none() {
            failing.got.push("the program loads".into());
            let expected = case.expect.as_ref().and_then(|expect| expect.refusal.as_ref());
            let expected = expected.map(OneOrMore::all).unwrap_or_default().join("; ");
            let (what, got) = ("refusal".to_owned(), "none".to_owned());
            failing.differences.push(Difference {
                at: String::new(),
                what,
                expected,
                got,
                why: String::new(),
            });
            return Ok(failing);
        }
        for (place, event) in &case.events {
            bench.history(place, event)?;
            failing.given.push(bench.told(event));
        }
        if let Some((place, given)) = &case.order {
            let event = order::paid(given, bench.currency.code(), 1);
            failing.given.push(bench.told(&event));
            let posted = bench.take(place, &event)?;
            let observed = Observed { posted: &posted, exponent: bench.currency.exponent() };
            *fuel = observed.fuel();
            if self.explain {
                let explanation = bench.explained(&posted, &event, case, None);
                trace.lines.extend(failing.given.iter().map(|line| format!("given {line}")));
                trace.lines.extend(observed.told());
                trace.lines.extend(explanation.lines());
                trace.explanations.push(explanation.to_json());
            }
            failing.got.extend(observed.told());
            let mut compared = bench.compare(&case.at, String::new(), case.expect.as_ref(), &observed)?;
            if let (Some(max), Some(used)) = (case.fuel_max, *fuel)
                && used > max
            {
                let (what, expected) = ("fuel".to_owned(), format!("at most {max}"));
                compared.push(Difference {
                    at: String::new(),
                    what,
                    expected,
                    got: used.to_string(),
                    why: String::new(),
                });
            }
            failing.differences.extend(compared);
        }
        let mut orders = usize::from(case.order.is_some());
        for (index, step) in case.steps.iter().enumerate() {
            let at = format!("then[{index}]");
            let event = match &step.what {
                Happening::Event(event) => event.clone(),
                Happening::Order(given) => {
                    orders = orders.saturating_add(1);
                    order::paid(given, bench.currency.code(), orders)
                }
            };
            let posted = bench.take(&step.at, &event)?;
            let observed = Observed { posted: &posted, exponent: bench.currency.exponent() };
            failing.got.push(format!("{at} {}", posted.fact));
            if self.explain {
                let explanation = bench.explained(&posted, &event, case, Some(&at));
                trace.lines.push(format!("{at} {}", posted.fact));
                let lines = observed.told().into_iter().chain(explanation.lines());
                trace.lines.extend(lines.map(|line| format!("  {line}")));
                trace.explanations.push(explanation.to_json());
            }
            failing.got.extend(observed.told().into_iter().map(|line| format!("  {line}")));
            failing.differences.extend(bench.compare(&step.at, at, step.expect.as_ref(), &observed)?);
        }
        Ok(failing)
    }

    fn told_program(&self, case: &Planned) -> String {
        match (&case.program, &case.configuration) {
            (Some(program), None) => format!("program {}", compact(program)),
            (Some(program), Some(configuration)) => {
                format!("{} {} in {}", self.subject.name, compact(configuration), compact(program))
            }
            (None, Some(configuration)) => format!("{} {}", self.subject.name, compact(configuration)),
            (None, None) => format!("{} as it comes", self.subject.name),
        }
    }

    /// Books under the program of a case; or the reason for which a policy does not take its configuration.
    fn prepare<'o>(
        &self,
        origin: &'o str,
        case: &Planned,
        program: &str,
    ) -> Result<Result<Bench<'o>, String>, Flaw> {
        let broke = |error: &dyn std::fmt::Display| {
            case.at.flaw(origin, "", format!("the books broke: {error}"), None)
        };
        let mut books =
            Books::open(self.engine.clone(), Box::new(MemoryLedger::new())).map_err(|error| broke(&error))?;
        let profiles = |path: &str| -> io::Result<String> { self.profiles.profile(path) };
        match books.prepare_with(program, origin, self.modules, &profiles) {
            Ok(_) => {}
            Err(BooksError::Program(error)) => {
                let key = error.key().replacen("policy", "policies", 1);
                let hint = error.hint().map(|hint| hint.replace("[[policy]]", "`policies`"));
                return Err(case.at.flaw(origin, &format!("program.{key}"), error.message(), hint));
            }
            Err(BooksError::Load(error)) => return self.refused(origin, case, &error),
            Err(error) => return Err(broke(&error)),
        }
        let Some(currency) = books.program().map(fenrun::Program::currency) else {
            return Err(broke(&"there is no program"));
        };
        books.begin().map_err(|error| broke(&error))?;
        Ok(Ok(Bench { origin, books, currency }))
    }

    fn refused<'o>(
        &self,
        origin: &str,
        case: &Planned,
        error: &LoadError,
    ) -> Result<Result<Bench<'o>, String>, Flaw> {
        let reason = match &error.cause {
            LoadCause::Configuration(error) => split_hint(&error.to_string()).0,
            LoadCause::Configure(ConfigureError::Refused { reason }) => reason.clone(),
            cause => {
                let mut shown = format!("policy `{}` cannot be loaded: {cause}", error.policy);
                // Some causes say their own source already.
                let source = std::error::Error::source(cause).map(ToString::to_string);
                if let Some(source) = source.filter(|source| !shown.contains(source)) {
                    shown = format!("{shown}: {source}");
                }
                let (message, hint) = split_hint(&shown);
                return Err(case.at.flaw(origin, "", message, hint));
            }
        };
        if case.expect.as_ref().is_some_and(|expect| expect.refusal.is_some()) {
            return Ok(Err(reason));
        }
        let (message, hint) = split_hint(&error.cause.to_string());
        let key = if case.configuration.is_some() { "configuration" } else { "program" };
        let hint = hint.or_else(|| Some("where that is what is meant, expect it as `refusal`".into()));
        Err(case.at.flaw(origin, key, message, hint))
    }
}

/// What differs where the program does not load.
fn not_loaded(expect: Option<&Expect>, refusal: &str) -> Vec<Difference> {
    let expected = expect.and_then(|expect| expect.refusal.as_ref()).map(OneOrMore::all).unwrap_or_default();
    if expected.iter().any(|text| text == refusal) {
        return Vec::new();
    }
    let (what, why) = ("refusal".to_owned(), String::new());
    vec![Difference { at: String::new(), what, expected: expected.join("; "), got: refusal.to_owned(), why }]
}

impl Bench<'_> {
    fn told(&self, event: &str) -> String {
        told(event, self.books.expectations())
    }

    /// Why the books made of an event what they did.
    fn explained(&self, posted: &Posted, event: &str, case: &Planned, at: Option<&str>) -> Explanation {
        let place = explanation::Place {
            file: Some(self.origin.to_owned()),
            line: u64::try_from(case.at.line).ok(),
            case: Some(case.it.clone()),
            at: at.map(str::to_owned),
        };
        let event = self.books.expectations().and_then(|expect| Event::parse(event, expect).ok());
        match self.books.program() {
            Some(program) => Explanation::of(posted, program, event.as_ref(), place),
            None => Explanation::rejected("there is no program".to_owned(), place),
        }
    }

    fn take(&mut self, place: &Place, event: &str) -> Result<Posted, Flaw> {
        self.books.take_json(event).map_err(|error| match error {
            BooksError::Event(error) => {
                let shown = error.to_string();
                let (message, hint) = split_hint(&shown);
                // The place is told before the message already.
                let message =
                    message.replacen(&format!(" in {}", error.path), "", usize::from(!error.path.is_empty()));
                let message =
                    message.strip_prefix(&format!("{}: ", error.path)).unwrap_or(&message).to_owned();
                place.flaw(self.origin, &error.path, message, hint)
            }
            error => place.flaw(self.origin, "", format!("the books broke: {error}"), None),
        })
    }

    /// An event of the history must be taken.
    fn history(&mut self, place: &Place, event: &str) -> Result<(), Flaw> {
        let posted = self.take(place, event)?;
        if matches!(posted.code, Code::Created | Code::Noted) {
            return Ok(());
        }
        let because = posted.because.map(|because| format!(": {because}")).unwrap_or_default();
        let message =
            format!("this cannot have happened, the books answer `{}`{because}", posted.code.name());
        let hint = "where that is what is meant, tell it in `then` and expect its `code`".to_owned();
        Err(place.flaw(self.origin, "", message, Some(hint)))
    }

    fn compare(
        &mut self,
        place: &Place,
        at: String,
        expect: Option<&Expect>,
        observed: &Observed<'_>,
    ) -> Result<Vec<Difference>, Flaw> {
        let mut comparison =
            Comparison { origin: self.origin, place, at, currency: self.currency, differences: Vec::new() };
        match expect {
            Some(expect) => comparison.all(expect, observed, &mut self.books)?,
            None => comparison.code(None, observed),
        }
        Ok(comparison.differences)
    }
}
