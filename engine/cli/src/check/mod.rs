//! `fenrun check`: whether a module, a policy or a program is admitted, and what it can do; with `--properties`, whether
//! policies keep what must always be true.
//!
//! Invariant: says what admission and loading say; a program's policies are configured as `run` would configure them.

mod findings;
pub(crate) mod inspect;
mod properties;
mod text;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use fenrun::admission::{AdmissionLimits, AdmissionReport};
use fenrun::program::ModuleSource as _;

use crate::arguments::StockArguments;
use crate::engine::CacheArguments;
use crate::exit::Exit;
use crate::modules::PolicyModules;
use crate::output;
use crate::problem::Problem;
use crate::program;
use findings::Findings;
use properties::PropertyArguments;

#[derive(Args, Debug)]
pub(crate) struct CheckArguments {
    /// A `.wasm` module, a policy's source folder, a `.wat` file, or a program file (`.toml`). With `--properties`:
    /// policy folders and folders of them, this folder unless given
    #[arg(value_name = "PATH", required_unless_present = "properties")]
    paths: Vec<PathBuf>,
    /// What is printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Shape,
    #[command(flatten)]
    properties: PropertyArguments,
    /// Do not say what is built
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    stock: StockArguments,
}

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// For a person at a terminal: tables, or a report
    #[value(alias = "table")]
    Human,
    /// One JSON object; with `--properties` one for each policy, a line each
    Json,
}

pub(crate) fn run(arguments: &CheckArguments, cache: &CacheArguments) -> anyhow::Result<Exit> {
    if arguments.properties.wanted() {
        return properties::run(arguments, cache);
    }
    let [path] = arguments.paths.as_slice() else {
        let problem = Problem::new(
            Exit::Usage,
            format!("{} paths are named, one is checked at a time", arguments.paths.len()),
        );
        return Err(problem.hint("with `--properties`, several policies are checked").into());
    };
    if path.extension().is_some_and(|extension| extension == "toml") {
        return check_program(arguments, path, cache);
    }
    let limits = AdmissionLimits::default();
    let modules = PolicyModules::with_stock(".", arguments.stock.policies.clone()).quiet(arguments.quiet);
    let bytes = inspect::bytes(path, &modules, &limits)?;
    let report = fenrun::admission::report(&bytes, &limits);
    let findings = Findings::of(path.display().to_string(), &report);
    output::print(show(&findings, arguments.format).as_bytes())?;
    Ok(if findings.admitted { Exit::Success } else { Exit::Refused })
}

fn check_program(arguments: &CheckArguments, path: &Path, cache: &CacheArguments) -> anyhow::Result<Exit> {
    let limits = AdmissionLimits::default();
    let folder = program::folder_of(path);
    let modules = PolicyModules::with_stock(folder, arguments.stock.policies.clone()).quiet(arguments.quiet);
    // A module that is refused is shown with its whole report; everything else is for loading to say.
    let file = program::read(path)?;
    for entry in file.definition().policies() {
        let Ok(bytes) = modules.module(entry.source()) else { continue };
        let report = fenrun::admission::report(&bytes, &limits);
        if report.module().is_none() {
            let findings = Findings::of(format!("{} ({})", entry.name(), entry.source()), &report);
            output::print(show(&findings, arguments.format).as_bytes())?;
            return Ok(Exit::Refused);
        }
    }
    let program = program::load(&cache.engine()?, path, &modules)?;
    let shown = match arguments.format {
        Shape::Human => text::program(path, &program),
        Shape::Json => format!("{:#}\n", text::program_json(path, &program)),
    };
    output::print(shown.as_bytes())
}

fn show(findings: &Findings, shape: Shape) -> String {
    match shape {
        Shape::Human => text::module(findings),
        // Strings and numbers only: this cannot fail.
        Shape::Json => serde_json::to_string_pretty(findings).unwrap_or_default() + "\n",
    }
}

/// Every refusal, a line each with its remedy.
pub(crate) fn refusals(report: &AdmissionReport) -> String {
    text::refusals(report)
}
