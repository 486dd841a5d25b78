//! A counter-example, as a case file that is ready to be kept beside the policy.
//!
//! Invariant: what is written is a case of `fenrun test`, and was run as one.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::judge::Breach;
use super::property::Property;
use super::sale::{Order, Sale};

/// The guard profile of a case that names none.
const GUARD: &str = "cn";

/// The smallest sale that was found to show that a property does not hold.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Counterexample {
    /// What does not hold.
    pub property: Property,
    /// What is wrong, with its numbers.
    pub told: String,
    /// What the policy should do, as the end of a sentence that begins with "it".
    pub it: String,
    /// In which run it was found, from 1.
    pub run: u32,
    /// What is configured beside the defaults.
    pub configuration: Value,
    /// The order, as a case gives it.
    pub order: Value,
    /// A case file that holds it.
    pub case: String,
    /// Whether that case fails when it is run, as it should until the policy is mended.
    pub fails: bool,
}

#[derive(Serialize)]
struct File<'a> {
    about: String,
    cases: [Case<'a>; 1],
}

#[derive(Serialize)]
struct Case<'a> {
    it: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<&'a str>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    configuration: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<Value>,
    given: Given<'a>,
    expect: &'a Value,
    #[serde(skip_serializing_if = "<[Value]>::is_empty")]
    then: &'a [Value],
}

#[derive(Serialize)]
struct Given<'a> {
    #[serde(skip_serializing_if = "<[Value]>::is_empty")]
    events: &'a [Value],
    order: &'a Order,
}

impl Counterexample {
    pub(super) fn of(sale: &Sale, breach: Breach, guard: &str, run: u32) -> Counterexample {
        let file = File {
            about: format!("Found by `fenrun check --properties`: {}.", breach.property.about()),
            cases: [Case {
                it: &breach.it,
                about: breach.about.as_deref(),
                configuration: &sale.configuration,
                program: (guard != GUARD).then(|| json!({ "guard": guard })),
                given: Given { events: &sale.before, order: &breach.order },
                expect: &breach.expect,
                then: &breach.then,
            }],
        };
        // Strings and numbers only: this cannot fail.
        let case = serde_json::to_string_pretty(&file).unwrap_or_default() + "\n";
        Counterexample {
            property: breach.property,
            told: breach.told,
            it: breach.it,
            run,
            configuration: Value::Object(sale.configuration.clone()),
            order: breach.order.written(),
            case,
            fails: false,
        }
    }
}
