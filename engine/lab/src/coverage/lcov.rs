//! Coverage in the format of lcov's tracefiles, which `genhtml`, editors and coverage services read.
//!
//! Invariant: only what has lines is told: a tracefile has no place for a function without one.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Reached;

/// One tracefile of some policies, each with the folder that its files are told in.
#[must_use]
pub fn lcov<'a>(policies: impl IntoIterator<Item = (&'a str, &'a Reached)>) -> String {
    let mut text = String::new();
    for (folder, reached) in policies {
        for file in &reached.files {
            let _ = writeln!(text, "TN:\nSF:{}", joined(folder, &file.path));
            let functions = functions(reached, &file.path);
            for (name, (line, _)) in &functions {
                let _ = writeln!(text, "FN:{line},{name}");
            }
            for (name, (_, calls)) in &functions {
                let _ = writeln!(text, "FNDA:{calls},{name}");
            }
            let called = functions.values().filter(|(_, calls)| *calls > 0).count();
            let _ = writeln!(text, "FNF:{}\nFNH:{called}", functions.len());
            for (line, count) in &file.lines {
                let _ = writeln!(text, "DA:{line},{count}");
            }
            let lines = file.part();
            let _ = writeln!(text, "LF:{}\nLH:{}\nend_of_record", lines.all, lines.reached);
        }
    }
    text
}

/// The functions of a file by name, which a tracefile knows them by: lines and calls.
fn functions<'r>(reached: &'r Reached, path: &str) -> BTreeMap<&'r str, (u32, u64)> {
    let mut functions: BTreeMap<&str, (u32, u64)> = BTreeMap::new();
    for function in &reached.functions {
        let Some((_, line)) = function.place.as_ref().filter(|(file, _)| file == path) else { continue };
        let known = functions.entry(&function.name).or_insert((*line, 0));
        known.0 = known.0.min(*line);
        known.1 = known.1.saturating_add(function.calls);
    }
    functions
}

fn joined(folder: &str, path: &str) -> String {
    match folder.trim_end_matches('/') {
        "" | "." => path.to_owned(),
        folder => format!("{folder}/{path}"),
    }
}
