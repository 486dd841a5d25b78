//! What was found out, laid out for people.
//!
//! Invariant: clear without colour; a refusal is not to be overlooked.

use std::fmt::Write as _;
use std::path::Path;

use comfy_table::{ContentArrangement, Table, presets};
use console::{Term, style};
use fenrun::Program;
use fenrun::admission::AdmissionReport;
use serde_json::{Value, json};

use super::findings::{Findings, Module};

/// Columns where no terminal says how many there are.
const COLUMNS: u16 = 100;

/// A module's report.
pub(super) fn module(findings: &Findings) -> String {
    let verdict = if findings.admitted { style("admitted").green() } else { style("not admitted").red() };
    let mut text = format!("{}: {}\n", findings.source, verdict.bold());
    if let Some(module) = &findings.module {
        text += &about(module);
    }
    let mut checks = table();
    checks.set_header(["check", "", "found", "allowed"]);
    for check in &findings.checks {
        let mark = match check.verdict {
            "pass" => "✓",
            "fail" => "✗",
            _ => "–",
        };
        let found = match &check.hint {
            Some(hint) => format!("{}\nhint: {hint}", check.found),
            None => check.found.clone(),
        };
        checks.add_row([check.name, mark, &found, &check.limit]);
    }
    text + "\n" + &lines(&checks)
}

fn about(module: &Module) -> String {
    let memory = module.memory.as_ref().map_or_else(
        || "none".to_owned(),
        |memory| {
            let most = memory.pages_max.map(|pages| format!(", at most {pages}")).unwrap_or_default();
            let exported = if memory.exported { ", exported" } else { "" };
            format!("{} × 64 KiB{most}{exported}", memory.pages_initial)
        },
    );
    let mut facts = table();
    facts.add_row(["policy", &format!("{} {}", module.name, module.version)]);
    facts.add_row(["does", &module.summary]);
    facts.add_row(["digest", &module.digest]);
    facts.add_row(["size", &format!("{} bytes", module.size_bytes)]);
    facts.add_row(["hooks", &module.hooks.join(", ")]);
    if !module.monotone.is_empty() {
        facts.add_row(["monotone", &module.monotone.join(", ")]);
    }
    facts.add_row(["may read", &module.reads.join(", ")]);
    facts.add_row(["imports", &module.imports.join(", ")]);
    facts.add_row(["memory", &memory]);
    facts.add_row(["globals", &module.globals.to_string()]);
    let mut text = lines(&facts);
    if module.configuration.is_empty() {
        return text;
    }
    let mut fields = table();
    fields.set_header(["configuration", "type", "default", "about"]);
    for field in &module.configuration {
        let default = match &field.default {
            Some(default) => default.to_string(),
            None if field.required => "required".into(),
            None => "none".into(),
        };
        fields.add_row([&field.key, &field.kind, &default, &field.about]);
    }
    text += "\n";
    text + &lines(&fields)
}

/// A program's report.
pub(super) fn program(path: &Path, program: &Program) -> String {
    let definition = program.definition();
    let mut text = format!("{}: {}\n", path.display(), style("can be loaded").green().bold());
    let mut facts = table();
    facts.add_row(["merchant", definition.merchant()]);
    facts.add_row(["currency", definition.currency().code()]);
    facts.add_row(["time zone", definition.time_zone_name()]);
    facts.add_row(["guard", program.guard().name()]);
    facts.add_row(["digest", &program.digest().to_string()]);
    text += &lines(&facts);
    for (policy, entry) in program.policies().iter().zip(definition.policies()) {
        let manifest = policy.manifest();
        let hooks: Vec<&str> = manifest.hooks().iter().map(|hook| hook.name()).collect();
        let mut facts = table();
        facts
            .add_row(["policy", &format!("{} {} ({})", manifest.name(), manifest.version(), entry.source())]);
        facts.add_row(["hooks", &hooks.join(", ")]);
        facts.add_row(["digest", &policy.digest().to_string()]);
        facts.add_row(["configuration", &policy.configuration().to_string()]);
        facts.add_row(["configured in", &format!("{} fuel", policy.configure_fuel())]);
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{}\n{}", style(policy.name()).bold(), lines(&facts));
    }
    text
}

/// A program's report as JSON.
pub(super) fn program_json(path: &Path, program: &Program) -> Value {
    let definition = program.definition();
    let policies = program.policies().iter().zip(definition.policies()).map(|(policy, entry)| {
        let hooks: Vec<&str> = policy.manifest().hooks().iter().map(|hook| hook.name()).collect();
        json!({
            "name": policy.name(),
            "use": entry.source().to_string(),
            "policy": policy.manifest().name(),
            "version": policy.manifest().version(),
            "hooks": hooks,
            "digest": policy.digest(),
            "configuration": policy.configuration(),
            "configure_fuel": policy.configure_fuel(),
        })
    });
    json!({
        "source": path.display().to_string(),
        "admitted": true,
        "digest": program.digest(),
        "definition": definition.to_json(),
        "policies": policies.collect::<Value>(),
    })
}

/// Every refusal on lines of its own.
pub(super) fn refusals(report: &AdmissionReport) -> String {
    let mut text = String::new();
    for refused in report.refusals() {
        let _ = writeln!(text, "refused: {refused}");
    }
    text
}

fn table() -> Table {
    let mut table = Table::new();
    let columns = Term::stdout().size_checked().map_or(COLUMNS, |(_, columns)| columns);
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(columns);
    table
}

fn lines(table: &Table) -> String {
    table.lines().map(|line| format!(" {}\n", line.trim_end())).collect()
}
