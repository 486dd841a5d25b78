//! Where a generated sale is played: a configured policy, alone in a program.
//!
//! Invariant: a stage remembers nothing; the same sale has the same outcome, whatever was played before.

use std::collections::BTreeMap;

use fenrun::books::{Books, Code, Posted};
use fenrun::decision::{PolicyAnswer, PolicyRun};
use fenrun::event::Event;
use fenrun::granting::Holdings;
use fenrun::history::{Learned, MemoryHistory};
use fenrun::manifest::Manifest;
use fenrun::program::ProgramFile;
use fenrun::sandbox::{ConfigureError, Failure, FailureKind};
use fenrun::{Decision, GrantsDecision, HoldCause, LoadCause, Outcome, Program, Undecided, Violation};
use fenrun_abi::code::Hook;
use fenrun_ledger::MemoryLedger;
use serde_json::{Map, Value, json};

use crate::program_text;
use crate::run::Lab;

/// The name of the program in messages that nobody sees.
const ORIGIN: &str = "properties";

/// A configured policy.
pub(super) struct Stage<'a> {
    lab: &'a Lab<'a>,
    text: String,
    program: Program,
}

/// Why a policy cannot be played with a configuration.
pub(super) enum Unready {
    /// The policy, or its manifest, does not take it.
    Refused(String),
    /// It broke while it was configured.
    Failed(Failure),
    /// Nothing can be played with any configuration.
    Unusable(String),
}

/// What came of a sale.
#[derive(Debug, Default)]
pub(super) struct Played {
    pub(super) decision: Option<Box<Decision>>,
    pub(super) granted: Option<Box<GrantsDecision>>,
    /// The first thing that went wrong.
    pub(super) trouble: Option<Trouble>,
    /// Where it went wrong: at the order, or at so manieth thing that happened then.
    pub(super) at: Option<usize>,
    /// Fuel of each hook call about the order.
    pub(super) fuel: Vec<(Hook, u64)>,
    /// Whether anything came of what happened then.
    then: bool,
    /// Whether a policy said no to the order.
    pub(super) refused: bool,
}

/// What went wrong.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    OutOfFuel(Failure),
    Failure(Failure),
    Violations(Vec<Violation>),
    /// The event cannot have happened as it was made up.
    Impossible(String),
    /// We broke.
    Broken(String),
}

/// Units that somebody holds, as the events before say.
struct Held(BTreeMap<(String, String), i64>);

impl Holdings for Held {
    fn held(&self, party: &str, asset: &str) -> i64 {
        self.0.get(&(party.to_owned(), asset.to_owned())).copied().unwrap_or(0)
    }

    fn earned(&self, party: &str, asset: &str) -> i64 {
        self.held(party, asset)
    }
}

impl Trouble {
    fn of(cause: HoldCause) -> Trouble {
        match cause {
            HoldCause::Failure { failure, .. } => Trouble::failure(failure),
            HoldCause::Violations(violations) => Trouble::Violations(violations),
            other => Trouble::Broken(other.to_string()),
        }
    }

    fn failure(failure: Failure) -> Trouble {
        match failure.kind {
            FailureKind::OutOfFuel { .. } => Trouble::OutOfFuel(failure),
            _ => Trouble::Failure(failure),
        }
    }
}

impl Played {
    fn trouble(trouble: Trouble) -> Played {
        Played { trouble: Some(trouble), ..Played::default() }
    }

    /// What the policy was asked about the order: its fuel, and whether it broke without holding the order.
    fn runs(&mut self, runs: &[PolicyRun]) {
        for run in runs {
            self.fuel.push((run.hook, run.fuel));
            match &run.answer {
                PolicyAnswer::Failed { failure } => {
                    self.trouble.get_or_insert_with(|| Trouble::failure(failure.clone()));
                }
                PolicyAnswer::Forbidden { violations } => {
                    self.trouble.get_or_insert_with(|| Trouble::Violations(violations.clone()));
                }
                PolicyAnswer::Refused { .. } => self.refused = true,
                _ => {}
            }
        }
    }

    fn decided(&mut self, decision: Box<Decision>) {
        let runs = decision.policies.clone();
        self.runs(&runs);
        self.decision = Some(decision);
    }

    fn granted(&mut self, granted: Box<GrantsDecision>) {
        let runs = granted.policies.clone();
        self.runs(&runs);
        self.granted = Some(granted);
    }

    /// Everything that was decided about the order, to the last byte.
    pub(super) fn told(&self) -> String {
        let decision = self.decision.as_ref().map(|decision| decision.to_json()).unwrap_or_default();
        let granted = self.granted.as_ref().map(|granted| granted.to_json()).unwrap_or_default();
        format!("{decision}\n{granted}")
    }

    /// What everybody has of the order, minor units by party.
    pub(super) fn shares(&self) -> BTreeMap<String, i64> {
        let mut sums = BTreeMap::new();
        for share in self.decision.iter().flat_map(|decision| &decision.shares) {
            add(&mut sums, share.party.id.to_string(), share.amount_minor);
        }
        sums
    }

    /// What everybody was granted, units by who and what.
    pub(super) fn grants(&self) -> BTreeMap<String, BTreeMap<String, i64>> {
        let mut sums: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
        for grant in self.granted.iter().flat_map(|granted| &granted.grants) {
            add(sums.entry(grant.to.id().to_owned()).or_default(), grant.asset.clone(), grant.units);
        }
        sums
    }

    /// What the policy took off, minor units.
    pub(super) fn discount(&self) -> i64 {
        let discounts = self.decision.iter().flat_map(|decision| &decision.discounts);
        discounts.map(|discount| discount.amount_minor).fold(0, i64::saturating_add)
    }

    /// Whether anything was asked for.
    pub(super) fn has_effects(&self) -> bool {
        let money = !self.shares().is_empty() || self.discount() > 0;
        money || self.then || self.granted.as_ref().is_some_and(|granted| !granted.grants.is_empty())
    }
}

fn add(sums: &mut BTreeMap<String, i64>, key: String, amount: i64) {
    let sum = sums.entry(key).or_default();
    *sum = sum.saturating_add(amount);
}

impl<'a> Stage<'a> {
    /// Configures the policy of a laboratory.
    pub(super) fn set(
        lab: &'a Lab<'a>,
        guard: &str,
        configuration: &Map<String, Value>,
    ) -> Result<Stage<'a>, Unready> {
        let program = json!({ "guard": guard }).to_string();
        let configuration = Value::Object(configuration.clone()).to_string();
        let text = program_text::write(&lab.subject, Some(&program), Some(&configuration));
        let file = ProgramFile::parse_with(&text, ORIGIN, &|path: &str| lab.profiles.profile(path));
        let file = file.map_err(|error| Unready::Unusable(error.message().to_owned()))?;
        let program =
            lab.engine.load(file.into_definition(), lab.modules).map_err(|error| match error.cause {
                LoadCause::Configuration(error) => Unready::Refused(error.to_string()),
                LoadCause::Configure(ConfigureError::Refused { reason }) => Unready::Refused(reason),
                LoadCause::Configure(ConfigureError::Failed(failure)) => Unready::Failed(failure),
                cause => Unready::Unusable(told(&cause)),
            })?;
        Ok(Stage { lab, text, program })
    }

    pub(super) fn program(&self) -> &Program {
        &self.program
    }

    /// The manifest of the policy; none where the program has none, which is never so.
    pub(super) fn manifest(&self) -> Option<&Manifest> {
        self.program.policies().first().map(fenrun::LoadedPolicy::manifest)
    }

    /// The most fuel of one call.
    pub(super) fn fuel_limit(&self) -> Option<u64> {
        self.program.policies().first().map(fenrun::LoadedPolicy::fuel_limit)
    }

    /// The configuration, defaults included.
    pub(super) fn configuration(&self) -> &Value {
        self.program.policies().first().map_or(&Value::Null, fenrun::LoadedPolicy::configuration)
    }

    fn has(&self, hook: Hook) -> bool {
        self.manifest().is_some_and(|manifest| manifest.hooks().contains(&hook))
    }

    /// Plays a sale: what happened before, the order, what happens then.
    pub(super) fn play(&self, before: &[Value], order: &str, then: &[Value]) -> Played {
        // Holdings, occasions and closes are the books'; the rest needs none, and is much faster without.
        if then.is_empty() { self.decide(before, order) } else { self.book(before, order, then) }
    }

    fn decide(&self, before: &[Value], order: &str) -> Played {
        let expect = self.program.expectations();
        let engine = &self.lab.engine;
        let mut history = MemoryHistory::new();
        let mut held = Held(BTreeMap::new());
        for event in before {
            held.learn(event);
            let event = match Event::parse(&event.to_string(), &expect) {
                Ok(event) => event,
                Err(error) => return Played::trouble(Trouble::Impossible(error.to_string())),
            };
            let outcome = engine.decide(&self.program, &event, &history);
            let learned = Learned::from_outcome(&event, &outcome).unwrap_or_default();
            if let Err(error) = history.learn(&event, &learned) {
                return Played::trouble(Trouble::Impossible(error.to_string()));
            }
        }
        let event = match Event::parse(order, &expect) {
            Ok(event) => event,
            Err(error) => return Played::trouble(Trouble::Impossible(error.to_string())),
        };
        let mut played = Played::default();
        match engine.decide(&self.program, &event, &history) {
            Outcome::Decided(decision) => played.decided(decision),
            Outcome::Held(held) => return Played::trouble(Trouble::of(held.cause)),
            Outcome::Noted => return Played::trouble(Trouble::Impossible("it is no order".to_owned())),
            Outcome::Error(error) => return Played::trouble(Trouble::Broken(told(&error))),
            _ => return Played::trouble(Trouble::Broken("an outcome of another kind".to_owned())),
        }
        if self.has(Hook::Grants) {
            match engine.grants(&self.program, &event, played.decision.as_deref(), &held, &history) {
                Ok(granted) => played.granted(Box::new(granted)),
                Err(Undecided::Held(cause)) => played.trouble = Some(Trouble::of(cause)),
                Err(error) => played.trouble = Some(Trouble::Broken(told(&error))),
            }
        }
        played
    }

    fn book(&self, before: &[Value], order: &str, then: &[Value]) -> Played {
        match self.booked(before, order, then) {
            Ok(played) => played,
            Err(trouble) => Played::trouble(trouble),
        }
    }

    fn booked(&self, before: &[Value], order: &str, then: &[Value]) -> Result<Played, Trouble> {
        let broken = |error: &dyn std::error::Error| Trouble::Broken(told(error));
        let ledger = Box::new(MemoryLedger::new());
        let mut books = Books::open(self.lab.engine.clone(), ledger).map_err(|error| broken(&error))?;
        books
            .prepare_with(&self.text, ORIGIN, self.lab.modules, &|path: &str| self.lab.profiles.profile(path))
            .map_err(|error| broken(&error))?;
        books.begin().map_err(|error| broken(&error))?;
        let mut take = |event: &str| {
            books.take_json(event).map_err(|error| match error {
                fenrun::books::BooksError::Event(error) => Trouble::Impossible(error.to_string()),
                error => broken(&error),
            })
        };
        for event in before {
            take(&event.to_string())?;
        }
        let mut played = Played::default();
        let posted = take(order)?;
        played.trouble = trouble_of(&posted);
        if let Some(decision) = posted.decision {
            played.decided(decision);
        }
        if let Some(granted) = posted.granted {
            played.granted(granted);
        }
        for (place, event) in then.iter().enumerate() {
            if played.trouble.is_some() {
                break;
            }
            let posted = take(&event.to_string())?;
            played.trouble = trouble_of(&posted);
            let granted = posted.granted.iter().any(|granted| !granted.grants.is_empty());
            played.then |= granted || !posted.transactions.is_empty();
            played.at = played.trouble.as_ref().map(|_| place);
        }
        Ok(played)
    }
}

fn trouble_of(posted: &Posted) -> Option<Trouble> {
    if let Some(cause) = &posted.held {
        return Some(Trouble::of(cause.clone()));
    }
    let refused = matches!(posted.code, Code::Refused | Code::Parked);
    refused.then(|| Trouble::Impossible(posted.because.clone().unwrap_or_default()))
}

impl Held {
    fn learn(&mut self, event: &Value) {
        let text = |key: &str| event.get(key).and_then(Value::as_str);
        if let (Some("grant.given"), Some(to), Some(asset)) = (text("kind"), text("to"), text("asset")) {
            let units = event.get("units").and_then(Value::as_i64).unwrap_or(0);
            let sum = self.0.entry((to.to_owned(), asset.to_owned())).or_default();
            *sum = sum.saturating_add(units);
        }
    }
}

/// An error with its causes.
fn told(error: &dyn std::error::Error) -> String {
    let levels = std::iter::successors(Some(error), |error| error.source());
    let mut shown: Vec<String> = levels.map(ToString::to_string).collect();
    shown.dedup();
    shown.join(": ")
}
