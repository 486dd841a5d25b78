//! Coverage as JSON.
//!
//! Invariant: counts only; a percentage is the reader's business.

use serde_json::{Value, json};

use super::{FileReached, FunctionReached, Part, Reached};

impl Reached {
    /// One JSON object.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "blocks": part(self.blocks),
            "lines": self.lines().map(part),
            "functions": self.functions.iter().map(function).collect::<Vec<_>>(),
            "files": self.files.iter().map(file).collect::<Vec<_>>(),
            "library_blocks": part(self.library),
            "notes": self.notes,
            "faults": self.faults,
        })
    }
}

fn part(part: Part) -> Value {
    json!({ "reached": part.reached, "all": part.all })
}

fn function(function: &FunctionReached) -> Value {
    let FunctionReached { name, place, calls, blocks } = function;
    let (file, line) = place.clone().unzip();
    json!({ "name": name, "file": file, "line": line, "calls": calls, "blocks": part(*blocks) })
}

fn file(file: &FileReached) -> Value {
    let lines = file.lines.iter().map(|(line, count)| (line.to_string(), (*count).into()));
    json!({ "path": file.path, "lines": lines.collect::<serde_json::Map<String, Value>>() })
}
