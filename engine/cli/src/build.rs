//! `fenrun build`: a policy folder or a `.wat` file into an admitted `.wasm` module.
//!
//! Invariant: what is not admitted is not written.

use std::path::{Path, PathBuf};

use clap::Args;
use fenrun::admission::{AdmissionLimits, AdmittedModule};

use crate::check::{self, inspect};
use crate::exit::Exit;
use crate::modules::PolicyModules;
use crate::output::Output;
use crate::problem::Problem;

#[derive(Args, Debug)]
pub(crate) struct BuildArguments {
    /// A policy's source folder, or a `.wat` file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Where the module goes; its source's name with `.wasm`, in this folder, unless given
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Do not say what is built
    #[arg(long, short)]
    quiet: bool,
}

pub(crate) fn run(arguments: &BuildArguments) -> anyhow::Result<Exit> {
    let path = &arguments.path;
    let limits = AdmissionLimits::default();
    let modules = PolicyModules::new(".").quiet(arguments.quiet);
    let bytes = inspect::bytes(path, &modules, &limits)?;
    let report = fenrun::admission::report(&bytes, &limits);
    let Some(module) = report.module() else {
        eprint!("{}", check::refusals(&report));
        let message = format!("`{}` is not admitted", path.display());
        return Err(Problem::new(Exit::Refused, message)
            .hint("`fenrun check` shows the whole report")
            .into());
    };
    let out = arguments.out.clone().unwrap_or_else(|| default_name(path));
    let mut output = Output::open(Some(&out))?;
    output.write(&bytes)?;
    output.flush()?;
    let said = describe(&out, module);
    if out == Path::new("-") {
        eprint!("{said}");
        return Ok(Exit::Success);
    }
    crate::output::print(said.as_bytes())
}

fn default_name(source: &Path) -> PathBuf {
    let absolute = source.canonicalize();
    let stem = absolute.as_deref().unwrap_or(source).file_stem().unwrap_or_default();
    Path::new(stem).with_extension("wasm")
}

fn describe(out: &Path, module: &AdmittedModule) -> String {
    let hooks: Vec<&str> = module.hooks().iter().map(|hook| hook.name()).collect();
    let manifest = module.manifest();
    format!(
        "{}\n  policy   {} {}\n  size     {} bytes\n  digest   {}\n  hooks    {}\n",
        out.display(),
        manifest.name(),
        manifest.version(),
        module.bytes().len(),
        module.digest(),
        hooks.join(", "),
    )
}
