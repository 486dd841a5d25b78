//! `fenrun new`: a folder for a new policy, which builds and passes its cases.
//!
//! Invariant: nothing that is there is written over; a folder is whole or not there at all.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use fenrun_lab::template::{self, File, Place};

use crate::exit::Exit;
use crate::output;
use crate::problem::{Problem, split_hint};

/// Where the SDK for Rust lies, below a folder that also has the stock policies.
const SDK: &str = "sdk/rust";

/// The same for AssemblyScript.
const SDK_ASSEMBLYSCRIPT: &str = "sdk/assemblyscript";

#[derive(Args, Debug)]
pub(crate) struct NewArguments {
    /// The policy's name, which is also its folder's; a path before it says where
    #[arg(value_name = "NAME")]
    path: PathBuf,
    /// The language it is written in
    #[arg(long, value_name = "LANGUAGE", default_value = "rust")]
    lang: Language,
    /// The folder of the SDK; otherwise `sdk/rust` above the new folder, then above this binary
    #[arg(long, value_name = "DIR", env = "FENRUN_SDK")]
    sdk: Option<PathBuf>,
}

/// A language that policies can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    /// Rust
    Rust,
    /// AssemblyScript, which needs Node.js and npm
    Assemblyscript,
}

pub(crate) fn run(arguments: &NewArguments) -> anyhow::Result<Exit> {
    let path = &arguments.path;
    let cannot = || Problem::new(Exit::Output, format!("`{}` cannot be made", path.display()));
    if path.symlink_metadata().is_ok() {
        return Err(cannot().because("it is there already".to_owned()).into());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let above = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let above = above.canonicalize().map_err(|error| cannot().because_io(&error))?;
    let files = match arguments.lang {
        Language::Rust => template::rust(&name, &place(arguments, &above)?),
        Language::Assemblyscript => {
            let sdk = find_sdk(arguments.sdk.as_deref(), &above, SDK_ASSEMBLYSCRIPT, is_assemblyscript_sdk)?;
            template::assemblyscript(&name, &sdk.display().to_string())
        }
    };
    let files = files.map_err(|told| {
        let (message, hint) = split_hint(&told);
        let problem = Problem::new(Exit::Usage, message);
        hint.into_iter().fold(problem, Problem::hint)
    })?;
    if let Err(error) = write(path, &files) {
        // A half of a policy would stand in the way of trying again.
        let _ = fs::remove_dir_all(path);
        return Err(cannot().because_io(&error).into());
    }
    let listed: String = files.iter().map(|(file, _)| format!("  {file}\n")).collect();
    let shown = path.display();
    let first = match arguments.lang {
        Language::Rust => String::new(),
        Language::Assemblyscript => format!("npm install --prefix {shown}\n"),
    };
    let said = format!("{shown}\n{listed}\n{first}fenrun test {shown}\n");
    output::print(said.as_bytes())
}

fn write(folder: &Path, files: &[File]) -> std::io::Result<()> {
    fs::create_dir(folder)?;
    for (name, text) in files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

/// Whether a folder is that of the stock policies, whose workspace takes every policy in it as a member.
fn is_stock(folder: &Path) -> bool {
    let root = folder.parent().filter(|_| folder.ends_with("policies"));
    root.is_some_and(|root| is_sdk(&root.join(SDK)) && root.join("Cargo.toml").is_file())
}

fn is_sdk(folder: &Path) -> bool {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    toml::from_str(&manifest).is_ok_and(|manifest: toml::Table| {
        let name = manifest.get("package").and_then(|package| package.get("name"));
        name.and_then(|name| name.as_str()) == Some("fenrun-sdk")
    })
}

/// Where a Rust policy stands: among the stock policies, or alone.
fn place(arguments: &NewArguments, above: &Path) -> Result<Place, Problem> {
    if is_stock(above) && arguments.sdk.is_none() {
        return Ok(Place::Member);
    }
    let sdk = find_sdk(arguments.sdk.as_deref(), above, SDK, is_sdk)?;
    Ok(Place::Alone { sdk: sdk.display().to_string() })
}

/// Whether a folder holds the SDK for AssemblyScript.
fn is_assemblyscript_sdk(folder: &Path) -> bool {
    let package = fs::read_to_string(folder.join("package.json")).unwrap_or_default();
    serde_json::from_str(&package)
        .is_ok_and(|package: serde_json::Value| package.get("name").is_some_and(|name| name == "fenrun-sdk"))
}

/// The SDK that was named, or that lies above the new folder or above this binary.
fn find_sdk(
    named: Option<&Path>,
    above: &Path,
    place: &str,
    is_sdk: fn(&Path) -> bool,
) -> Result<PathBuf, Problem> {
    if let Some(named) = named {
        if !is_sdk(named) {
            let message = format!("`{}` is not the SDK: it has no package `fenrun-sdk`", named.display());
            return Err(Problem::new(Exit::NotLoaded, message));
        }
        return Ok(named.canonicalize().unwrap_or_else(|_| named.to_owned()));
    }
    let binary = std::env::current_exe().ok();
    let folders = above.ancestors().chain(binary.iter().flat_map(|binary| binary.ancestors().skip(1)));
    let found = folders.map(|folder| folder.join(place)).find(|folder| is_sdk(folder));
    found.ok_or_else(|| {
        let message =
            format!("the SDK is not here: no folder `{place}` was found above the policy or this binary");
        Problem::new(Exit::NotLoaded, message).hint("name it with `--sdk DIR` or `FENRUN_SDK`")
    })
}
