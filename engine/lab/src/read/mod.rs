//! Reads case files: types first, then the merging of defaults; what is wrong is said with line and key.
//!
//! Invariant: one bad case does not keep the others of its file from being run.

mod error;
pub(crate) mod order;

use serde_json::value::RawValue;

use crate::file::{Case, CaseFile, Defaults, Expect};
use crate::flaw::Flaw;
use crate::raw;
use crate::spot::Spot;
use error::Text;

/// The cases of one file.
#[derive(Clone, Debug)]
pub struct CaseSet {
    pub(crate) origin: String,
    pub(crate) cases: Vec<Result<Planned, Box<Unread>>>,
}

/// A case that cannot be read.
#[derive(Clone, Debug)]
pub(crate) struct Unread {
    /// What it says it is, where that can be read.
    pub(crate) it: Option<String>,
    pub(crate) flaw: Flaw,
}

/// One case, with its defaults.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) it: String,
    pub(crate) at: Place,
    pub(crate) configuration: Option<String>,
    pub(crate) program: Option<String>,
    pub(crate) events: Vec<(Place, String)>,
    pub(crate) order: Option<(Place, String)>,
    pub(crate) expect: Option<Expect>,
    pub(crate) fuel_max: Option<u64>,
    pub(crate) steps: Vec<PlannedStep>,
}

/// What happens then.
#[derive(Clone, Debug)]
pub(crate) struct PlannedStep {
    pub(crate) at: Place,
    pub(crate) what: Happening,
    pub(crate) expect: Option<Expect>,
}

#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// A complete event.
    Event(String),
    /// One more order, as far as it is given.
    Order(String),
}

/// Where in its file something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) key: String,
}

impl Place {
    /// A flaw there, or further in.
    pub(crate) fn flaw(
        &self,
        origin: &str,
        inside: &str,
        message: impl Into<String>,
        hint: Option<String>,
    ) -> Flaw {
        let joint =
            if inside.is_empty() || inside.starts_with('[') || self.key.is_empty() { "" } else { "." };
        let key = format!("{}{joint}{inside}", self.key);
        Flaw { origin: origin.to_owned(), line: self.line, key, message: message.into(), hint }
    }
}

impl CaseSet {
    /// Reads a case file. `origin` is its name in messages.
    ///
    /// # Errors
    ///
    /// A [`Flaw`] where the file as a whole cannot be read or has no cases. What is wrong with a single case is told when
    /// the cases are run.
    pub fn read(origin: &str, json: &str) -> Result<CaseSet, Flaw> {
        let text = Text { origin, json };
        let file: CaseFile<'_> = text.part(json)?;
        if let Some((value, key)) = raw::repeated(json) {
            let at = text.place_of(value);
            return Err(at.flaw(
                origin,
                "",
                format!("the key `{key}` stands twice"),
                Some("keep one of the two".into()),
            ));
        }
        let defaults: Defaults<'_> = match file.defaults {
            Some(defaults) => text.part(defaults.get())?,
            None => Defaults::default(),
        };
        if file.cases.is_empty() {
            let at =
                Place { line: Spot::at(json, json.find("\"cases\"").unwrap_or(0)).line, key: "cases".into() };
            return Err(at.flaw(origin, "", "no case", Some("a file of cases has at least one".into())));
        }
        let cases = file.cases.iter().map(|case| planned(&text, &defaults, case)).collect();
        Ok(CaseSet { origin: origin.to_owned(), cases })
    }

    /// The file, as it was named.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many cases it has, those that cannot be read included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether it has none, which is never so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// Keeps only the cases whose sentence, or the file's name before it, contains a text.
    pub fn filter(&mut self, wanted: &str) {
        let origin = self.origin.clone();
        self.cases.retain(|case| {
            let it = match case {
                Ok(case) => Some(case.it.as_str()),
                Err(unread) => unread.it.as_deref(),
            };
            it.is_none_or(|it| format!("{origin}: {it}").contains(wanted))
        });
    }
}

fn planned(text: &Text<'_>, defaults: &Defaults<'_>, raw: &RawValue) -> Result<Planned, Box<Unread>> {
    let case: Case<'_> =
        text.part(raw.get()).map_err(|flaw| Box::new(Unread { it: sentence(raw.get()), flaw }))?;
    let it = case.it.clone();
    plan(text, defaults, raw, case).map_err(|flaw| Box::new(Unread { it: Some(it), flaw }))
}

/// The sentence of a case that is broken otherwise.
fn sentence(json: &str) -> Option<String> {
    let entries = raw::entries(json)?;
    entries.into_iter().find(|(key, _)| key == "it").and_then(|(_, value)| raw::text(value.get()))
}

fn plan(text: &Text<'_>, defaults: &Defaults<'_>, raw: &RawValue, case: Case<'_>) -> Result<Planned, Flaw> {
    let at = text.place_of(raw.get());
    let origin = text.origin;
    if case.it.trim().is_empty() {
        return Err(at.flaw(
            origin,
            "it",
            "it says nothing",
            Some("say what the policy does, in a sentence".into()),
        ));
    }
    let (under, over) = (defaults.given.unwrap_or_default(), case.given.unwrap_or_default());
    let events = over.events.or(under.events);
    let events = match events.map(|events| raw::items(events.get()).ok_or(events)) {
        None => Vec::new(),
        Some(Ok(events)) => events,
        Some(Err(events)) => {
            return Err(text.place_of(events.get()).flaw(origin, "", "expected a list of events", None));
        }
    };
    let events =
        events.into_iter().map(|event| (text.place_of(event.get()), event.get().to_owned())).collect();
    let order = raw::merge_some(under.order.map(RawValue::get), over.order.map(RawValue::get));
    let order = order.map(|order| {
        let place = over.order.or(under.order).map(|order| text.place_of(order.get()));
        (place.unwrap_or_else(|| at.clone()), order)
    });
    let program = raw::merge_some(defaults.program.map(RawValue::get), case.program.map(RawValue::get));
    let has_policies = program
        .as_deref()
        .and_then(raw::entries)
        .is_some_and(|entries| entries.iter().any(|(key, _)| key == "policies"));
    if has_policies && let Some(configuration) = case.configuration {
        let hint = "a program with policies holds their configuration itself".to_owned();
        let at = text.place_of(configuration.get());
        return Err(at.flaw(
            origin,
            "",
            "it stands beside `program.policies`, which it does not change",
            Some(hint),
        ));
    }
    let configuration = if has_policies {
        None
    } else {
        raw::merge_some(defaults.configuration.map(RawValue::get), case.configuration.map(RawValue::get))
    };
    let mut steps = Vec::new();
    let mut expects = case.expect.as_ref().is_some_and(|expect| !expect.is_empty());
    for (index, step) in case.then.iter().enumerate() {
        let inside = format!("then[{index}]");
        expects |= step.expect.as_ref().is_some_and(|expect| !expect.is_empty());
        let (at, what) = match (step.event, step.order) {
            (Some(event), None) => (text.place_of(event.get()), Happening::Event(event.get().to_owned())),
            (None, Some(more)) => {
                let base = order.as_ref().map(|(_, order)| order.as_str());
                let more_text = raw::merge_some(base, Some(more.get())).unwrap_or_default();
                let id = if sets_id(more.get()) { more_text } else { without_id(&more_text) };
                (text.place_of(more.get()), Happening::Order(id))
            }
            _ => {
                let hint = "write `event`, or `order` for one more order".to_owned();
                return Err(at.flaw(origin, &inside, "expected one thing that happens then", Some(hint)));
            }
        };
        steps.push(PlannedStep { at, what, expect: step.expect.clone() });
    }
    if !expects {
        let hint = "say in `expect` what is to come of it, such as `shares`".to_owned();
        return Err(at.flaw(origin, "", "the case expects nothing", Some(hint)));
    }
    let only_refusal = case.expect.as_ref().is_some_and(|expect| expect.refusal.is_some());
    if order.is_none() && case.expect.as_ref().is_some_and(|expect| !expect.is_empty()) && !only_refusal {
        let hint = "give an order in `given.order`, or an event in `then`".to_owned();
        return Err(at.flaw(
            origin,
            "expect",
            "there is no order that this could be expected of",
            Some(hint),
        ));
    }
    let fuel_max = case.fuel.or(defaults.fuel).and_then(|fuel| fuel.max);
    Ok(Planned {
        it: case.it,
        at,
        configuration,
        program,
        events,
        order,
        expect: case.expect,
        fuel_max,
        steps,
    })
}

fn sets_id(order: &str) -> bool {
    raw::entries(order).is_some_and(|entries| entries.iter().any(|(key, _)| key == "order"))
}

fn without_id(order: &str) -> String {
    let entries = raw::owned(order).unwrap_or_default();
    raw::print(&entries.into_iter().filter(|(key, _)| key != "order").collect::<Vec<_>>())
}
