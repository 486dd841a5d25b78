//! `fenrun test`: runs the cases that stand beside policies.
//!
//! Invariant: thin: finds folders and files, builds policies, prints; what a case means is the laboratory's.

mod coverage;
pub(crate) mod folders;
pub(crate) mod modules;
mod watch;

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;

use clap::{Args, ValueEnum};
use console::style;
use fenrun::Engine;
use fenrun::program::ModuleFiles;
use fenrun_lab::report::{Form, PolicyProblem, PolicyReport, Run};
use fenrun_lab::{CaseSet, Lab, Verdict};

use crate::arguments::StockArguments;
use crate::engine::CacheArguments;
use crate::exit::Exit;
use crate::explain::{CaseArguments, Shape as Explaining};
use crate::modules::PolicyModules;
use crate::output;
use crate::problem::{self, Problem, io_reason};
use coverage::{Counted, Counting, CoverageArguments};
use folders::Found;
use modules::Kept;

/// Bytes of one case file; the bound stops a wrong file from being read whole.
const FILE_BYTES_MAX: u64 = 16 << 20;

#[derive(Args, Debug)]
pub(crate) struct TestArguments {
    /// Policy folders, folders of policy folders, or case files; this folder unless given
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only cases whose sentence, or whose file's name, contains this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// What is printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Shape,
    /// Tell of every case how each amount was made: exact sums, roundings, lines, facts that were read
    #[arg(long)]
    explain: bool,
    /// Run again whenever a file of the policies changes, until interrupted
    #[arg(long)]
    watch: bool,
    /// Do not say what is built
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    coverage: CoverageArguments,
    #[command(flatten)]
    stock: StockArguments,
}

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// A line for each case, and what differs
    Human,
    /// One JSON object
    Json,
    /// JUnit XML
    Junit,
    /// The report, and annotations for GitHub Actions
    Github,
}

pub(crate) fn run(arguments: &TestArguments, cache: &CacheArguments) -> anyhow::Result<Exit> {
    let counting = arguments.coverage.begin();
    let laboratory = counting.as_ref().map(Counting::laboratory);
    let engine = cache.started(arguments.explain, laboratory)?;
    if !arguments.watch {
        return once(&engine, arguments, counting.as_ref(), &folders::find(&arguments.paths)?);
    }
    loop {
        let found = folders::find(&arguments.paths)?;
        let folders: Vec<&Path> = found.iter().map(|found| found.folder.as_path()).collect();
        // Looked at before the run, so that nothing that changes meanwhile is missed.
        let before = watch::look(folders.iter().copied());
        if let Err(error) = once(&engine, arguments, counting.as_ref(), &found) {
            problem::print(&error);
        }
        if !arguments.quiet {
            eprintln!("waiting for a change …");
        }
        watch::wait(folders.iter().copied(), &before);
    }
}

fn once(
    engine: &Engine,
    arguments: &TestArguments,
    counting: Option<&Counting>,
    all: &[Found],
) -> anyhow::Result<Exit> {
    let mut run = Run::default();
    let mut exit = Exit::Success;
    let mut folders = Vec::new();
    for found in all {
        let (report, ended) = one(engine, arguments, counting, found);
        exit = exit.and(ended);
        if !report.cases.is_empty() || !report.problems.is_empty() {
            run.policies.push(report);
            folders.push(found.folder.as_path());
        }
    }
    if run.policies.is_empty() {
        let wanted = arguments.filter.as_deref().unwrap_or_default();
        let problem = Problem::new(Exit::Failed, format!("no case matches `{wanted}`"));
        return Err(problem.hint("`--filter` looks into the sentences and file names of cases").into());
    }
    let form = match arguments.format {
        Shape::Human => Form::Human,
        Shape::Json => Form::Json,
        Shape::Junit => Form::Junit,
        Shape::Github => Form::Github,
    };
    let report = run.report(form);
    let report = if arguments.format == Shape::Human { coloured(&report) } else { report };
    output::print(report.as_bytes())?;
    if let Some(counting) = counting {
        let counted =
            run.policies.iter().zip(&folders).filter_map(|(policy, folder)| {
                Some((policy.name.as_str(), *folder, policy.coverage.as_ref()?))
            });
        exit = exit.and(counting.end(counted)?);
    }
    Ok(exit)
}

/// Explains every case that the arguments mean: the report for a person, or JSON Lines.
pub(crate) fn explain(
    arguments: &CaseArguments,
    path: &Path,
    shape: Explaining,
    cache: &CacheArguments,
) -> anyhow::Result<Exit> {
    let arguments = TestArguments {
        paths: vec![path.to_owned()],
        filter: arguments.filter.clone(),
        format: Shape::Human,
        explain: true,
        watch: false,
        quiet: arguments.quiet,
        coverage: CoverageArguments::default(),
        stock: arguments.stock.clone(),
    };
    let found = match folders::find(&arguments.paths) {
        Ok(found) => found,
        Err(problem) if path.is_file() => {
            return Err(problem
                .hint("events are explained under a program: `--program program.toml`")
                .into());
        }
        Err(problem) => return Err(problem.into()),
    };
    let engine = cache.explaining()?;
    if shape == Explaining::Human {
        return once(&engine, &arguments, None, &found);
    }
    let (mut exit, mut text) = (Exit::Success, String::new());
    for found in &found {
        let (report, ended) = one(&engine, &arguments, None, found);
        exit = exit.and(ended);
        for case in report.cases {
            text.extend(case.explanations.iter().map(|json| format!("{json}\n")));
            if let Verdict::Unusable(flaw) = &case.verdict {
                eprintln!("{flaw}");
            }
        }
        for problem in report.problems {
            eprintln!("{}", problem.told());
        }
    }
    output::print(text.as_bytes())?;
    Ok(exit)
}

/// The cases of one policy, and how the command would end after them.
fn one(
    engine: &Engine,
    arguments: &TestArguments,
    counting: Option<&Counting>,
    found: &Found,
) -> (PolicyReport, Exit) {
    let name = found.name.clone();
    let mut report = PolicyReport { name, problems: Vec::new(), cases: Vec::new(), coverage: None };
    let mut sets = Vec::new();
    for file in &found.files {
        match read(file) {
            Ok(mut set) => {
                if let Some(wanted) = &arguments.filter {
                    set.filter(wanted);
                }
                sets.extend((!set.is_empty()).then_some(set));
            }
            Err(problem) => report.problems.push(problem),
        }
    }
    if found.files.is_empty() {
        let folder = found.folder.join(folders::CASES);
        let told =
            format!("no case file is in `{}`\nhint: write one, as `{}.json`", folder.display(), found.name);
        report.problems.push(PolicyProblem::Other(told));
    }
    let mut exit = if report.problems.is_empty() { Exit::Success } else { Exit::Failed };
    if sets.is_empty() {
        return (report, exit);
    }
    let builder =
        PolicyModules::with_stock(&found.base, arguments.stock.policies.clone()).quiet(arguments.quiet);
    let modules = Kept::new(builder);
    let ready = modules.ready(&found.subject);
    let ready = ready.and_then(|module| counting.map(|each| each.watch(&modules, found, module)).transpose());
    let counted = match ready {
        Ok(counted) => counted,
        Err(told) => {
            report.problems.push(PolicyProblem::Other(told));
            return (report, exit.and(Exit::NotLoaded));
        }
    };
    let profiles = ModuleFiles::new(&found.base);
    let lab = Lab {
        engine: engine.clone(),
        modules: &modules,
        profiles: &profiles,
        subject: found.subject.clone(),
        explain: arguments.explain,
    };
    let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    report.cases = lab.run_all(&sets, threads);
    report.coverage = counted.and_then(Counted::reached);
    if report.cases.iter().any(|case| !case.passed()) {
        exit = exit.and(Exit::Failed);
    }
    (report, exit)
}

fn read(file: &Path) -> Result<CaseSet, PolicyProblem> {
    let origin = file.display().to_string();
    let unreadable = |reason: String| PolicyProblem::Other(format!("`{origin}` cannot be read: {reason}"));
    let size = fs::metadata(file).map_err(|error| unreadable(io_reason(&error)))?.len();
    if size > FILE_BYTES_MAX {
        return Err(unreadable(format!("it has {size} bytes, at most {FILE_BYTES_MAX} are allowed")));
    }
    let text = fs::read_to_string(file).map_err(|error| unreadable(io_reason(&error)))?;
    CaseSet::read(&origin, &text).map_err(PolicyProblem::Flaw)
}

/// The marks of the report in colour, where standard output is a terminal.
fn coloured(report: &str) -> String {
    let line = |line: &str| match line.split_at_checked(2) {
        Some(("  ", rest)) if rest.starts_with('✓') => format!("  {}", style(rest).green()),
        Some(("  ", rest)) if rest.starts_with('✗') => format!("  {}", style(rest).red()),
        Some(("  ", rest)) if rest.starts_with('!') => format!("  {}", style(rest).yellow()),
        _ => line.to_owned(),
    };
    report.lines().map(|each| line(each) + "\n").collect()
}
