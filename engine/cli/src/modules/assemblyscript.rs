//! Building a policy that is written in AssemblyScript, with the compiler that npm has put beside it.
//!
//! Invariant: the same settings for every policy; a module is used again only where nothing it is made from has changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fenrun::admission::Digest;
use fenrun_abi::MANIFEST_SECTION;

use super::BuildError;
use super::compiler::tail;
use crate::problem::io_reason;

/// The source that a policy folder in AssemblyScript has.
const SOURCE: &str = "assembly/index.ts";

/// The folder of what is built.
const RESULTS: &str = "build";

/// The compiler, in a folder of npm's packages.
const COMPILER: &str = "assemblyscript/bin/asc.js";

/// How every policy is compiled, whatever for.
const SETTINGS: [&str; 8] = [
    // Nothing is freed: every hook call begins with the memory that `configure` left.
    "--runtime",
    "stub",
    // What the top level of a module does is done before `configure`; there is no start section.
    "--exportStart",
    "_initialize",
    // A check that fails ends the hook, instead of importing something that the contract does not have.
    "--use",
    "abort=~lib/fenrun-sdk/assembly/text/abort",
    "--noColors",
    "--converge",
];

/// A way to compile a policy.
pub(super) struct Recipe {
    /// The file name of what it makes, without extension.
    name: &'static str,
    settings: &'static [&'static str],
}

/// What programs run. A change here or in [`SETTINGS`] changes the digest of every policy that is built.
pub(super) static POLICY: Recipe = Recipe { name: "policy", settings: &["-O3"] };

/// What `fenrun test --coverage` counts in: each branch of the source, with its name and line.
pub(super) static COVERAGE: Recipe =
    Recipe { name: "coverage", settings: &["-O0", "--debug", "--sourceMap"] };

/// Whether a folder holds such a policy.
pub(super) fn is_one(folder: &Path) -> bool {
    folder.join(SOURCE).is_file() && !folder.join("Cargo.toml").exists()
}

/// Builds the policy in a folder, where its module is not that of its source already, and reads the module.
pub(super) fn build(folder: &Path, recipe: &Recipe, quiet: bool) -> Result<Vec<u8>, BuildError> {
    let folder = folder.canonicalize().map_err(|_| BuildError::NoFolder { path: folder.to_owned() })?;
    let manifest = fs::read_to_string(folder.join("manifest.json"))
        .map_err(|_| BuildError::NoManifest { path: folder.clone() })?;
    let packages = packages(&folder)?;
    let sources = fingerprint(&folder, &packages, recipe)?;
    let results = folder.join(RESULTS);
    let file = |extension: &str| results.join(format!("{}.{extension}", recipe.name));
    let (module, stamp, map) = (file("wasm"), file("fenrun"), file("wasm.map"));
    let is_fresh = fs::read_to_string(&stamp).is_ok_and(|noted| noted == sources);
    if let Some(bytes) = is_fresh.then(|| fs::read(&module).ok()).flatten() {
        return Ok(bytes);
    }
    if !quiet {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        eprintln!("building policy {name} …");
    }
    let unwritable = |path: &Path, error: &std::io::Error| BuildError::Unreadable {
        path: path.to_owned(),
        reason: io_reason(error),
    };
    fs::create_dir_all(&results).map_err(|error| unwritable(&results, &error))?;
    // Its own name for each process: several may build at once.
    let made = results.join(format!("{}.{}.wasm", recipe.name, std::process::id()));
    compile(&folder, &packages, recipe, &made)?;
    let mut bytes = fs::read(&made).map_err(|error| unwritable(&made, &error))?;
    append_manifest(&mut bytes, &manifest);
    // Under its own name only when it is whole; the stamp after it.
    fs::write(&made, &bytes).map_err(|error| unwritable(&made, &error))?;
    let made_map = made.with_extension("wasm.map");
    if made_map.is_file() {
        fs::rename(&made_map, &map).map_err(|error| unwritable(&map, &error))?;
    }
    fs::rename(&made, &module).map_err(|error| unwritable(&module, &error))?;
    // Without the stamp the next run compiles again: slower, and as right.
    let _ = fs::write(&stamp, sources);
    Ok(bytes)
}

/// The source map that lies beside what a recipe made.
pub(super) fn source_map(folder: &Path, recipe: &Recipe) -> Option<String> {
    fs::read_to_string(folder.join(RESULTS).join(format!("{}.wasm.map", recipe.name))).ok()
}

/// The nearest folder of npm's packages that has the compiler.
fn packages(folder: &Path) -> Result<PathBuf, BuildError> {
    let mut all = folder.ancestors().map(|above| above.join("node_modules"));
    all.find(|packages| packages.join(COMPILER).is_file())
        .ok_or_else(|| BuildError::NoAssemblyScript { path: folder.to_owned() })
}

fn compile(folder: &Path, packages: &Path, recipe: &Recipe, out: &Path) -> Result<(), BuildError> {
    let mut node = Command::new("node");
    node.arg(packages.join(COMPILER)).arg(SOURCE).arg("--outFile").arg(out);
    node.args(recipe.settings).args(SETTINGS);
    node.arg("--path").arg(packages).current_dir(folder).stdin(Stdio::null());
    let output = node.output().map_err(|error| BuildError::NoNode { reason: io_reason(&error) })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(BuildError::Failed { path: folder.to_owned(), tail: tail(&said) })
}

/// All that a module is made from, as one text: source, manifest, SDK, compiler, settings.
fn fingerprint(folder: &Path, packages: &Path, recipe: &Recipe) -> Result<String, BuildError> {
    let mut files = vec![folder.join("manifest.json"), packages.join("assemblyscript/package.json")];
    sources(&folder.join("assembly"), &mut files)?;
    sources(&packages.join("fenrun-sdk/assembly"), &mut files)?;
    files.sort();
    let mut all = format!("{} {}", recipe.settings.join(" "), SETTINGS.join(" ")).into_bytes();
    for path in files {
        let bytes = fs::read(&path)
            .map_err(|error| BuildError::Unreadable { path: path.clone(), reason: io_reason(&error) })?;
        all.extend(format!("\n{} {}", path.display(), Digest::of(&bytes)).into_bytes());
    }
    Ok(format!("{}\n", Digest::of(&all)))
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), BuildError> {
    let entries = fs::read_dir(folder)
        .map_err(|error| BuildError::Unreadable { path: folder.to_owned(), reason: io_reason(&error) })?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "ts") {
            files.push(path);
        }
    }
    Ok(())
}

/// Adds the manifest as the custom section that the engine reads it from.
fn append_manifest(module: &mut Vec<u8>, manifest: &str) {
    let mut section = Vec::with_capacity(manifest.len().saturating_add(32));
    leb(&mut section, MANIFEST_SECTION.len());
    section.extend(MANIFEST_SECTION.bytes());
    section.extend(manifest.bytes());
    module.push(0);
    leb(module, section.len());
    module.extend(section);
}

/// An unsigned number in LEB128.
fn leb(out: &mut Vec<u8>, mut number: usize) {
    loop {
        let [low, ..] = (number & 0x7f).to_le_bytes();
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::{append_manifest, leb};

    #[test]
    fn the_manifest_is_a_custom_section_at_the_end() {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        append_manifest(&mut module, "{}");
        assert_eq!(&module[8..], b"\x00\x12\x0ffenrun_manifest{}");
        let mut large = Vec::new();
        leb(&mut large, 300);
        assert_eq!(large, [0xac, 0x02]);
    }
}
