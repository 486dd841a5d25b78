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
    let place = if is_stock(&above) && arguments.sdk.is_none() {
        Place::Member
    } else {
        Place::Alone { sdk: sdk(arguments.sdk.as_deref(), &above)?.display().to_string() }
    };
    let Language::Rust = arguments.lang;
    let files = template::rust(&name, &place).map_err(|told| {
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
    let said = format!("{shown}\n{listed}\nfenrun test {shown}\n");
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

/// The SDK that was named, or that lies above the new folder or above this binary.
fn sdk(named: Option<&Path>, above: &Path) -> Result<PathBuf, Problem> {
    if let Some(named) = named {
        if !is_sdk(named) {
            let message = format!("`{}` is not the SDK: it has no crate `fenrun-sdk`", named.display());
            return Err(Problem::new(Exit::NotLoaded, message));
        }
        return Ok(named.canonicalize().unwrap_or_else(|_| named.to_owned()));
    }
    let binary = std::env::current_exe().ok();
    let folders = above.ancestors().chain(binary.iter().flat_map(|binary| binary.ancestors().skip(1)));
    let found = folders.map(|folder| folder.join(SDK)).find(|folder| is_sdk(folder));
    found.ok_or_else(|| {
        let message =
            format!("the SDK is not here: no folder `{SDK}` was found above the policy or this binary");
        Problem::new(Exit::NotLoaded, message).hint("name it with `--sdk DIR` or `FENRUN_SDK`")
    })
}
