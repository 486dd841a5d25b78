//! `fenrun check --properties`: whether policies keep what must always be true, over generated orders and configurations.
//!
//! Invariant: thin: finds policies, builds them, prints, and writes counter-examples; what is true is the laboratory's to
//! find out. One policy that cannot be checked keeps no other from being checked.

use std::fs;
use std::io::IsTerminal as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use clap::Args;
use fenrun::Engine;
use fenrun::program::ModuleFiles;
use fenrun_lab::Lab;
use fenrun_lab::properties::report::Told;
use fenrun_lab::properties::{Checked, Counterexample, Plan, Unchecked};
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest as _, Sha256};

use super::{CheckArguments, Shape};
use crate::engine::CacheArguments;
use crate::exit::Exit;
use crate::modules::PolicyModules;
use crate::output;
use crate::problem::{self, Problem, io_reason};
use crate::test::folders::{self, Found};
use crate::test::modules::Kept;

/// Files of counter-examples of one property; more are a sign that nobody looks at them.
const FILES_MAX: usize = 99;

#[derive(Args, Debug)]
pub(crate) struct PropertyArguments {
    /// Look for orders and configurations with which a policy breaks what must always be true, and write each as a case
    #[arg(long)]
    properties: bool,
    /// How many runs for each policy
    #[arg(long, value_name = "N", default_value_t = 256, requires = "properties",
        value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    runs: u32,
    /// What all runs come from: the same seed makes the same runs. Otherwise another one each time, which is printed
    #[arg(long, value_name = "N", requires = "properties")]
    seed: Option<u64>,
    /// The guard profile: a name, or a file of one
    #[arg(long, value_name = "PROFILE", default_value = "cn", requires = "properties")]
    guard: String,
    /// Write no case files
    #[arg(long, requires = "properties")]
    no_cases: bool,
}

impl PropertyArguments {
    pub(super) fn wanted(&self) -> bool {
        self.properties
    }
}

/// A policy that is to be checked, built or not.
struct Job {
    found: Found,
    modules: Result<Kept, String>,
}

pub(super) fn run(arguments: &CheckArguments, cache: &CacheArguments) -> anyhow::Result<Exit> {
    let options = &arguments.properties;
    let seed = match options.seed {
        Some(seed) => seed,
        None => new_seed(),
    };
    let plan = Plan { seed, runs: options.runs, guard: options.guard.clone() };
    let (jobs, mut exit) = jobs(arguments);
    let engine = cache.engine()?;
    let bar = bar(&jobs, &plan, arguments.quiet);
    let results = check_all(&engine, &jobs, &plan, &bar);
    bar.finish_and_clear();
    let mut text = String::new();
    for (job, result) in jobs.iter().zip(results) {
        match result {
            Ok(checked) => {
                let (told, ended) = tell(arguments, job, &checked, seed);
                exit = exit.and(ended);
                text += &told;
            }
            Err(why) => {
                exit = exit.and(Exit::NotLoaded);
                let mut problem = Problem::new(
                    Exit::NotLoaded,
                    format!("`{}` cannot be checked", job.found.folder.display()),
                );
                problem = problem.because(why.to_string());
                if let Some(hint) = why.remedy() {
                    problem = problem.hint(hint);
                }
                problem::print(&problem.into());
            }
        }
    }
    if arguments.format == Shape::Human && !jobs.is_empty() {
        text += &format!("seed {seed}: `--seed {seed} --runs {}` makes the same runs again\n", plan.runs);
    }
    output::print(text.as_bytes())?;
    Ok(exit)
}

/// Every policy that the paths name, each built; what is not there is told at once.
fn jobs(arguments: &CheckArguments) -> (Vec<Job>, Exit) {
    let (mut jobs, mut exit): (Vec<Job>, Exit) = (Vec::new(), Exit::Success);
    let here = [PathBuf::from(".")];
    for path in if arguments.paths.is_empty() { &here[..] } else { &arguments.paths } {
        match folders::find(std::slice::from_ref(path)) {
            Ok(found) => {
                for found in found {
                    if !jobs.iter().any(|job| job.found.folder == found.folder) {
                        jobs.push(job(arguments, found));
                    }
                }
            }
            Err(problem) => {
                exit = exit.and(problem.exit());
                problem::print(&problem.into());
            }
        }
    }
    (jobs, exit)
}

fn job(arguments: &CheckArguments, found: Found) -> Job {
    let builder =
        PolicyModules::with_stock(&found.base, arguments.stock.policies.clone()).quiet(arguments.quiet);
    let kept = Kept::new(builder);
    let modules = kept.ready(&found.subject).map(|_| kept);
    Job { found, modules }
}

/// Checks all policies, on all cores; answers come in the order of the jobs.
fn check_all(
    engine: &Engine,
    jobs: &[Job],
    plan: &Plan,
    bar: &ProgressBar,
) -> Vec<Result<Checked, Unchecked>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(jobs.len()));
    let work = || {
        while let Some((place, job)) = take(jobs, &next) {
            let result = check(engine, job, plan, bar);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((place, result));
        }
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        for _ in 0..cores.min(jobs.len()) {
            scope.spawn(work);
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

fn take<'j>(jobs: &'j [Job], next: &AtomicUsize) -> Option<(usize, &'j Job)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    jobs.get(place).map(|job| (place, job))
}

fn check(engine: &Engine, job: &Job, plan: &Plan, bar: &ProgressBar) -> Result<Checked, Unchecked> {
    let modules = job.modules.as_ref().map_err(|told| Unchecked::told(told))?;
    let profiles = ModuleFiles::new(&job.found.base);
    let subject = job.found.subject.clone();
    let lab = Lab { engine: engine.clone(), modules, profiles: &profiles, subject, explain: false };
    lab.check_properties(plan, &|_| bar.inc(1))
}

/// The report on one policy, and how the command ends after it; writes its counter-examples.
fn tell(arguments: &CheckArguments, job: &Job, checked: &Checked, seed: u64) -> (String, Exit) {
    let mut exit = if checked.holds() { Exit::Success } else { Exit::Failed };
    let mut cases = Vec::new();
    for found in &checked.found {
        cases.push(match keep(arguments, &job.found.folder, found) {
            Ok(path) => path,
            Err(problem) => {
                exit = exit.and(problem.exit());
                problem::print(&problem.into());
                None
            }
        });
    }
    let told = Told { policy: &job.found.name, checked, cases: &cases };
    let text = match arguments.format {
        Shape::Human => told.human(),
        Shape::Json => format!("{}\n", told.json(seed)),
    };
    (text, exit)
}

/// Writes a counter-example as a case file of its policy. One that is there already is not written twice, and nothing is
/// written over.
fn keep(
    arguments: &CheckArguments,
    policy: &Path,
    found: &Counterexample,
) -> Result<Option<String>, Problem> {
    if arguments.properties.no_cases {
        return Ok(None);
    }
    let folder =
        if policy == Path::new(".") { PathBuf::from(folders::CASES) } else { policy.join(folders::CASES) };
    let cannot = |path: &Path, error: &std::io::Error| {
        Problem::new(Exit::Output, format!("`{}` cannot be written", path.display()))
            .because(io_reason(error))
    };
    fs::create_dir_all(&folder).map_err(|error| cannot(&folder, &error))?;
    for number in 1..=FILES_MAX {
        let mark = if number == 1 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("found-{}{mark}.json", found.property));
        match fs::read_to_string(&path) {
            Ok(there) if there == found.case => return Ok(Some(path.display().to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                fs::write(&path, &found.case).map_err(|error| cannot(&path, &error))?;
                return Ok(Some(path.display().to_string()));
            }
            _ => {}
        }
    }
    let message =
        format!("`{}` has {FILES_MAX} files of counter-examples to `{}`", folder.display(), found.property);
    Err(Problem::new(Exit::Output, message).hint("mend the policy, and remove what no longer fails"))
}

fn bar(jobs: &[Job], plan: &Plan, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let runs = u64::from(plan.runs).saturating_mul(u64::try_from(jobs.len()).unwrap_or(0));
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} runs  {elapsed}");
    ProgressBar::new(runs).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A seed that was not used before: of this process and this moment. It decides nothing but where to look.
fn new_seed() -> u64 {
    let now = jiff::Timestamp::now().as_nanosecond().to_le_bytes();
    let hash = Sha256::new().chain_update(std::process::id().to_le_bytes()).chain_update(now).finalize();
    // As many digits as a person copies.
    hash.iter().take(4).fold(0, |seed, byte| (seed << 8) | u64::from(*byte))
}
