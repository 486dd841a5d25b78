//! Properties of a policy: generated orders, chains, histories and configurations against what must always be true.
//!
//! Invariant: the same seed and number of runs say the same of the same module; nothing is judged that `fenrun test` would
//! not show.
//!
//! A run is a configuration that the manifest permits and the policy takes, and a sale around the values at which the
//! policy may change its mind: for each configured amount, rate and number N, and each constant of the module, N − 1, N
//! and N + 1. What breaks a [`Property`] is made as small as it can be, and becomes a case file.

mod configurations;
mod counterexample;
mod edges;
mod fuel;
mod judge;
mod minor;
mod orders;
mod property;
mod refunds;
pub mod report;
mod sale;
mod smaller;
mod stage;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use fenrun_abi::code::Hook;
use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value};

pub use self::counterexample::Counterexample;
pub use self::fuel::{Envelope, HookFuel};
pub use self::property::Property;

use self::edges::Edges;
use self::fuel::{Call, Calls};
use self::judge::{Breach, Verdict};
use self::sale::Sale;
use self::stage::{Played, Stage, Unready};
use crate::read::CaseSet;
use crate::run::Lab;

/// Sales that are played under one configuration.
const SALES: u32 = 4;

/// Configurations that are made up until the policy takes one.
const TRIES: u32 = 32;

/// Steps of the generator's own shrinking. It finds the neighbourhood; what is smallest there is found afterwards.
const SHRINKS_MAX: u32 = 256;

/// What is to be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What all numbers come from: the same seed makes the same runs.
    pub seed: u64,
    /// How many runs.
    pub runs: u32,
    /// The guard profile: a name, or a file.
    pub guard: String,
}

/// What was found out about a policy.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Checked {
    /// Its name in its manifest.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Runs that were made.
    pub runs: u32,
    /// Configurations that the policy took, and those that it refused.
    pub configurations: (u32, u32),
    /// Runs in which something was asked for.
    pub with_effects: u32,
    /// Runs in which the policy said no to the order.
    pub refused: u32,
    /// Runs that the guard stopped because the configuration asks for more than a cap.
    pub stopped: u32,
    /// Runs whose sale cannot have happened.
    pub impossible: u32,
    /// Why the first of them cannot.
    pub impossible_because: Option<String>,
    /// The properties that were looked at.
    pub properties: Vec<Property>,
    /// What does not hold; for each property one.
    pub found: Vec<Counterexample>,
    /// What its hooks cost.
    pub fuel: Vec<HookFuel>,
    /// The most fuel that one call may use.
    pub fuel_limit: u64,
}

/// Why a policy could not be checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unchecked {
    message: String,
    hint: Option<String>,
}

impl Unchecked {
    fn new(message: impl Into<String>) -> Unchecked {
        Unchecked { message: message.into(), hint: None }
    }

    /// A policy of which it is known already why there is no module.
    #[must_use]
    pub fn told(message: &str) -> Unchecked {
        match message.split_once("\nhint: ") {
            Some((message, hint)) => Unchecked::new(message).hint(hint),
            None => Unchecked::new(message),
        }
    }

    fn hint(self, hint: impl Into<String>) -> Unchecked {
        Unchecked { hint: Some(hint.into()), ..self }
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl Checked {
    /// Whether everything holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.found.is_empty()
    }
}

impl Lab<'_> {
    /// Checks the properties of the laboratory's policy. `tick` is told after each run how many were made.
    ///
    /// # Errors
    ///
    /// [`Unchecked`] where the policy cannot be loaded, no configuration is taken, or we broke.
    pub fn check_properties(&self, plan: &Plan, tick: &dyn Fn(u32)) -> Result<Checked, Unchecked> {
        Checking { lab: self, plan, constants: Vec::new(), calls: BTreeMap::new() }.check(tick)
    }
}

/// A policy while it is checked.
struct Checking<'a> {
    lab: &'a Lab<'a>,
    plan: &'a Plan,
    constants: Vec<i64>,
    calls: BTreeMap<Hook, Calls>,
}

/// A stage, and where its policy may change its mind.
struct Set<'a> {
    stage: Stage<'a>,
    configuration: Map<String, Value>,
    sales: BoxedStrategy<Sale>,
}

/// A configuration that was tried.
enum Tried<'a> {
    Set(Box<Set<'a>>),
    Refused(String),
    /// It broke while it was configured.
    Broke(Box<Breach>, Map<String, Value>),
}

impl<'a> Checking<'a> {
    fn check(mut self, tick: &dyn Fn(u32)) -> Result<Checked, Unchecked> {
        let module = self.module()?;
        let manifest = module.manifest().clone();
        self.constants = edges::constants(module.bytes());
        let hooks = manifest.hooks().to_vec();
        let configurations = configurations::configurations(manifest.fields());
        let mut checked = Checked {
            name: manifest.name().to_owned(),
            version: manifest.version().to_owned(),
            runs: 0,
            configurations: (0, 0),
            with_effects: 0,
            refused: 0,
            stopped: 0,
            impossible: 0,
            impossible_because: None,
            properties: looked_at(&manifest),
            found: Vec::new(),
            fuel: Vec::new(),
            fuel_limit: 0,
        };
        while checked.runs < self.plan.runs {
            let slot = checked.runs.checked_div(SALES).unwrap_or(0);
            let mut numbers = self.numbers(&[slot]);
            let set = match self.set(slot, &configurations, &hooks, &mut numbers, &mut checked)? {
                Tried::Set(set) => set,
                Tried::Refused(reason) => return Err(none_taken(&checked, &reason)),
                Tried::Broke(breach, configuration) => {
                    // Whatever else there is to say of a policy that cannot be configured, this comes first.
                    let sale = Sale { configuration, order: breach.order.clone(), ..Sale::default() };
                    self.keep(sale, *breach, checked.runs.saturating_add(1), &mut checked);
                    checked.runs = checked.runs.saturating_add(1);
                    break;
                }
            };
            checked.fuel_limit = set.stage.fuel_limit().unwrap_or(0);
            for _ in 0..SALES.min(self.plan.runs.saturating_sub(checked.runs)) {
                self.run(&set, &mut numbers, &mut checked)?;
                tick(checked.runs);
            }
        }
        let lines_max = u64::try_from(fenrun::event::LINES_MAX).unwrap_or(u64::MAX);
        checked.fuel = self
            .calls
            .iter()
            .filter_map(|(hook, calls)| calls.told(*hook, checked.fuel_limit, lines_max))
            .collect();
        checked.found.sort_by_key(|found| found.property);
        Ok(checked)
    }

    /// The module, admitted.
    fn module(&self) -> Result<fenrun::admission::AdmittedModule, Unchecked> {
        let uses = &self.lab.subject.uses;
        let path = std::path::PathBuf::from(uses);
        let is_module = path.extension().is_some_and(|extension| extension == "wasm");
        let source = if is_module {
            fenrun::program::PolicySource::Module(path)
        } else {
            fenrun::program::PolicySource::Folder(path)
        };
        let bytes = self.lab.modules.module(&source).map_err(|error| Unchecked::new(error.to_string()))?;
        self.lab.engine.admit(&bytes).map_err(|refused| {
            Unchecked::new(format!("the module is not admitted: {refused}"))
                .hint("`fenrun check` without `--properties` shows the whole report")
        })
    }

    /// Numbers that are the same for the same seed and place.
    fn numbers(&self, place: &[u32]) -> TestRunner {
        use sha2::{Digest as _, Sha256};

        let mut hash = Sha256::new();
        hash.update(self.plan.seed.to_le_bytes());
        for part in place {
            hash.update(part.to_le_bytes());
        }
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &hash.finalize());
        TestRunner::new_with_rng(Config::default(), rng)
    }

    /// A configured policy: the first time as it comes, if it does.
    fn set(
        &self,
        slot: u32,
        configurations: &BoxedStrategy<Map<String, Value>>,
        hooks: &[Hook],
        numbers: &mut TestRunner,
        checked: &mut Checked,
    ) -> Result<Tried<'a>, Unchecked> {
        let mut last = String::new();
        for attempt in 0..TRIES {
            let configuration = if slot == 0 && attempt == 0 {
                Map::new()
            } else {
                let tree = configurations.new_tree(numbers);
                tree.map_err(|reason| Unchecked::new(format!("no configuration can be made up: {reason}")))?
                    .current()
            };
            match self.try_set(configuration, hooks)? {
                Tried::Refused(reason) => {
                    last = reason;
                    checked.configurations.1 = checked.configurations.1.saturating_add(1);
                }
                other => {
                    checked.configurations.0 = checked.configurations.0.saturating_add(1);
                    return Ok(other);
                }
            }
        }
        // What was taken before is taken again, where chance finds nothing else.
        match self.try_set(Map::new(), hooks)? {
            Tried::Refused(_) => Ok(Tried::Refused(last)),
            other => Ok(other),
        }
    }

    fn try_set(&self, configuration: Map<String, Value>, hooks: &[Hook]) -> Result<Tried<'a>, Unchecked> {
        match Stage::set(self.lab, &self.plan.guard, &configuration) {
            Ok(stage) => {
                let fields = stage.manifest().map(|manifest| manifest.fields().to_vec()).unwrap_or_default();
                let edges = Edges::of(&fields, stage.configuration(), &self.constants);
                let sales = orders::sales(&edges, hooks);
                Ok(Tried::Set(Box::new(Set { stage, configuration, sales })))
            }
            Err(Unready::Refused(reason)) => Ok(Tried::Refused(reason)),
            Err(Unready::Failed(failure)) => {
                Ok(Tried::Broke(Box::new(judge::not_configured(&failure)), configuration))
            }
            Err(Unready::Unusable(why)) => Err(Unchecked::new(why)),
        }
    }

    /// One run: a sale, and everything that is looked at.
    fn run(
        &mut self,
        set: &Set<'a>,
        numbers: &mut TestRunner,
        checked: &mut Checked,
    ) -> Result<(), Unchecked> {
        checked.runs = checked.runs.saturating_add(1);
        let tree = set.sales.new_tree(numbers);
        let mut tree = tree.map_err(|reason| Unchecked::new(format!("no order can be made up: {reason}")))?;
        let sale = Sale { configuration: set.configuration.clone(), ..tree.current() };
        let played = set.stage.play(&sale.before, &sale.order.event(1), &sale.then);
        self.count(&sale, &played, checked);
        let known: Vec<Property> = checked.found.iter().map(|found| found.property).collect();
        match judge::judge(&set.stage, &sale, &played, &|property| !known.contains(&property)) {
            Verdict::Holds => {}
            Verdict::Stopped => checked.stopped = checked.stopped.saturating_add(1),
            Verdict::Impossible(why) => {
                checked.impossible = checked.impossible.saturating_add(1);
                checked.impossible_because.get_or_insert(why);
            }
            Verdict::Broken(why) => return Err(Unchecked::new(format!("we broke: {why}"))),
            Verdict::Breach(breach) if known.contains(&breach.property) => {}
            Verdict::Breach(breach) => {
                let property = breach.property;
                let mut shrinks = SHRINKS_MAX;
                // The generator's own way first: by halves, as each part was made.
                let mut going = tree.simplify();
                while going && shrinks > 0 {
                    shrinks = shrinks.saturating_sub(1);
                    let fails = shows(&set.stage, &smaller_of(&tree, set), property);
                    going = if fails { tree.simplify() } else { tree.complicate() };
                }
                let shrunk = smaller_of(&tree, set);
                let sale = if shows(&set.stage, &shrunk, property) { shrunk } else { sale };
                self.keep(sale, *breach, checked.runs, checked);
            }
        }
        Ok(())
    }

    fn count(&mut self, sale: &Sale, played: &Played, checked: &mut Checked) {
        if played.has_effects() {
            checked.with_effects = checked.with_effects.saturating_add(1);
        }
        if played.refused {
            checked.refused = checked.refused.saturating_add(1);
        }
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let parties = played.decision.as_ref().map_or(0, |decision| number(decision.parties.len()));
        for (hook, fuel) in &played.fuel {
            let call = Call { lines: number(sale.order.lines.len()), parties, fuel: *fuel };
            self.calls.entry(*hook).or_default().add(call, checked.runs.is_multiple_of(2));
        }
    }

    /// Makes a counter-example as small as it can be, and keeps it as a case that was run.
    fn keep(&self, sale: Sale, breach: Breach, run: u32, checked: &mut Checked) {
        let property = breach.property;
        // Most steps leave the configuration as it is.
        let mut set: Option<(Map<String, Value>, Option<Stage<'_>>)> = None;
        let mut smallest_breach = breach;
        let mut shows = |sale: &Sale| {
            if set.as_ref().is_none_or(|(configuration, _)| *configuration != sale.configuration) {
                let stage = match Stage::set(self.lab, &self.plan.guard, &sale.configuration) {
                    Ok(stage) => Some(stage),
                    Err(Unready::Failed(failure)) => {
                        let breach = judge::not_configured(&failure);
                        let shows = breach.property == property;
                        if shows {
                            smallest_breach = Breach { order: sale.order.clone(), ..breach };
                        }
                        return shows;
                    }
                    Err(_) => None,
                };
                set = Some((sale.configuration.clone(), stage));
            }
            let Some((_, Some(stage))) = &set else { return false };
            match shown(stage, sale, property) {
                Some(breach) => {
                    smallest_breach = breach;
                    true
                }
                None => false,
            }
        };
        let smallest = smaller::smallest(sale, &mut shows);
        let mut found = Counterexample::of(&smallest, smallest_breach, &self.plan.guard, run);
        found.fails = self.fails(&found.case);
        checked.found.push(found);
    }

    /// Whether a case file fails when it is run.
    fn fails(&self, case: &str) -> bool {
        match CaseSet::read("case", case) {
            Ok(set) => self.lab.run_all(&[set], NonZeroUsize::MIN).iter().any(|report| !report.passed()),
            Err(_) => false,
        }
    }
}

fn smaller_of<Tree: ValueTree<Value = Sale> + ?Sized>(tree: &Tree, set: &Set<'_>) -> Sale {
    Sale { configuration: set.configuration.clone(), ..tree.current() }
}

fn shows(stage: &Stage<'_>, sale: &Sale, property: Property) -> bool {
    shown(stage, sale, property).is_some()
}

/// How a sale shows that a property does not hold.
fn shown(stage: &Stage<'_>, sale: &Sale, property: Property) -> Option<Breach> {
    let played = stage.play(&sale.before, &sale.order.event(1), &sale.then);
    match judge::judge(stage, sale, &played, &|wanted| wanted == property) {
        Verdict::Breach(breach) if breach.property == property => Some(*breach),
        _ => None,
    }
}

/// The properties that say something of a policy with this manifest.
fn looked_at(manifest: &fenrun::manifest::Manifest) -> Vec<Property> {
    let promised = |property: &Property| match property {
        Property::Monotone(promise) => manifest.monotone().contains(promise),
        Property::Refunds => manifest.hooks().contains(&Hook::Shares),
        _ => true,
    };
    Property::ALL.into_iter().filter(promised).collect()
}

fn none_taken(checked: &Checked, reason: &str) -> Unchecked {
    let tried = checked.configurations.1;
    let message =
        format!("none of {tried} configurations that its manifest permits is taken; the last time: {reason}");
    Unchecked::new(message).hint("give every field a default, or bounds within which the policy takes it")
}
