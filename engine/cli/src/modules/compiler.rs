//! Building a policy with cargo.
//!
//! Invariant: the same settings for every policy; what cargo says is shown only where it fails, and then bounded.

use std::ffi::OsString;
use std::process::{Command, Output, Stdio};
use std::time::SystemTime;

use super::folder::PolicyFolder;
use super::recipe::Recipe;
use super::settings::TARGET;
use super::{BuildError, freshness};
use crate::problem::io_reason;

/// Lines of the compiler's output that are shown.
const TAIL_LINES_MAX: usize = 40;

/// Characters of each of these lines.
const TAIL_CHARACTERS_MAX: usize = 200;

/// Variables that would change how policies are built, or make cargo think it builds the host.
const VARIABLES_REMOVED: [&str; 5] =
    ["RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_BUILD_RUSTFLAGS", "CARGO_PROFILE_RELEASE_LTO", "RUSTDOCFLAGS"];

/// Builds the module of a folder.
pub(super) fn build(folder: &PolicyFolder) -> Result<(), BuildError> {
    let began = SystemTime::now();
    let output = cargo(folder).output();
    let output = output.map_err(|error| BuildError::NoCargo { reason: io_reason(&error) })?;
    if !output.status.success() {
        return Err(refused(folder, &output));
    }
    if !folder.module().is_file() {
        return Err(BuildError::NoModule { path: folder.path.clone() });
    }
    // Without the note the next run asks cargo again: slower, and as right.
    let _ = freshness::note(folder, began);
    Ok(())
}

fn cargo(folder: &PolicyFolder) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    let Recipe { profile, settings, flags } = folder.recipe;
    // `cargo rustc` with one kind of library: with two of them, cargo leaves link-time optimisation out.
    cargo.args(["rustc", "--lib", "--crate-type", "cdylib", "--target", TARGET, "--profile", profile]);
    cargo.arg("--manifest-path").arg(folder.manifest());
    cargo.arg("--target-dir").arg(&folder.target);
    cargo.args(["--color", "never"]);
    for (key, value) in *settings {
        cargo.arg("--config").arg(format!("profile.{profile}.{key}={value}"));
    }
    // The folder's own toolchain file counts, and so do settings in `.cargo/`.
    cargo.current_dir(&folder.path);
    for variable in VARIABLES_REMOVED {
        cargo.env_remove(variable);
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    cargo.stdin(Stdio::null());
    cargo
}

fn refused(folder: &PolicyFolder, output: &Output) -> BuildError {
    let said = String::from_utf8_lossy(&output.stderr);
    let path = folder.path.clone();
    if said.contains("target may not be installed") || said.contains("can't find crate for `core`") {
        return BuildError::NoTarget { target: TARGET };
    }
    if said.contains("manifest.json") && !path.join("manifest.json").is_file() {
        return BuildError::NoManifest { path };
    }
    BuildError::Failed { path, tail: tail(&said) }
}

/// The end of what was said, in bounded lines that cannot steer a terminal.
pub(super) fn tail(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    let left_out = lines.len().saturating_sub(TAIL_LINES_MAX);
    let shown = lines.iter().skip(left_out).map(|line| {
        let visible = line.chars().filter(|character| !character.is_control());
        visible.take(TAIL_CHARACTERS_MAX).collect::<String>()
    });
    let note = (left_out > 0).then(|| format!("… {left_out} lines before these"));
    note.into_iter().chain(shown).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{TAIL_LINES_MAX, tail};

    #[test]
    fn a_long_complaint_is_cut_to_its_end() {
        let said: Vec<String> = (1..=100).map(|line| format!("line {line}\u{1b}[31m")).collect();
        let shown = tail(&said.join("\n"));
        assert!(shown.starts_with("… 60 lines before these\nline 61[31m\n"), "{shown}");
        assert!(shown.ends_with("line 100[31m"));
        assert_eq!(shown.lines().count(), TAIL_LINES_MAX + 1);
    }
}
