//! What is found out about a module, as data.
//!
//! Invariant: everything is told from the bytes; nothing is run.

use fenrun::admission::{AdmissionReport, AdmittedModule, Verdict};
use fenrun::manifest::{ConfigurationInput, Field, FieldType};
use serde::Serialize;
use serde_json::Value;

/// What is found out about one module.
#[derive(Serialize)]
pub(super) struct Findings {
    /// What was checked, as it was named.
    pub(super) source: String,
    /// Whether it may run.
    pub(super) admitted: bool,
    /// What it is, where it is admitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) module: Option<Module>,
    /// Every check of admission.
    pub(super) checks: Vec<CheckFinding>,
}

/// What an admitted module is and can do.
#[derive(Serialize)]
pub(super) struct Module {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) summary: String,
    /// SHA-256 of its bytes.
    pub(super) digest: String,
    pub(super) size_bytes: usize,
    pub(super) hooks: Vec<&'static str>,
    /// What it promises to grow with.
    pub(super) monotone: Vec<&'static str>,
    /// The functions of the contract that it imports.
    pub(super) imports: Vec<&'static str>,
    /// The facts it can read.
    pub(super) reads: Vec<&'static str>,
    /// Pages of 64 KiB.
    pub(super) memory: Option<Memory>,
    pub(super) globals: u64,
    pub(super) configuration: Vec<FieldFinding>,
}

/// The memory of a module.
#[derive(Serialize)]
pub(super) struct Memory {
    pub(super) pages_initial: u64,
    pub(super) pages_max: Option<u64>,
    pub(super) exported: bool,
}

/// What can be configured.
#[derive(Serialize)]
pub(super) struct FieldFinding {
    pub(super) key: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<Value>,
    pub(super) about: String,
}

/// One check of admission.
#[derive(Serialize)]
pub(super) struct CheckFinding {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// `pass`, `fail` or `not_run`.
    pub(super) verdict: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) found: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) limit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
}

impl Findings {
    pub(super) fn of(source: String, report: &AdmissionReport) -> Findings {
        let checks = report.checks().iter().map(|check| {
            let (verdict, found, limit, hint) = match &check.verdict {
                Verdict::Pass { found, limit } => ("pass", found.clone(), limit.clone(), None),
                Verdict::Fail { found, limit, hint } => ("fail", found.clone(), limit.clone(), hint.clone()),
                _ => ("not_run", String::new(), String::new(), None),
            };
            CheckFinding { name: check.name, about: check.about, verdict, found, limit, hint }
        });
        Findings {
            source,
            admitted: report.module().is_some(),
            module: report.module().map(Module::of),
            checks: checks.collect(),
        }
    }
}

impl Module {
    fn of(module: &AdmittedModule) -> Module {
        let manifest = module.manifest();
        Module {
            name: manifest.name().to_owned(),
            version: manifest.version().to_owned(),
            summary: manifest.summary().to_owned(),
            digest: module.digest().to_string(),
            size_bytes: module.bytes().len(),
            hooks: module.hooks().iter().map(|hook| hook.name()).collect(),
            monotone: manifest.monotone().iter().map(|promise| promise.name()).collect(),
            imports: module.imports().iter().map(|import| import.name).collect(),
            reads: module.reads().names().collect(),
            memory: module.memory().map(|memory| Memory {
                pages_initial: memory.pages_initial,
                pages_max: memory.pages_max,
                exported: memory.exported,
            }),
            globals: module.globals().count,
            configuration: fields("", manifest.fields()),
        }
    }
}

/// Every field with its path, those of tables after their table.
fn fields(parent: &str, of: &[Field]) -> Vec<FieldFinding> {
    let mut all = Vec::new();
    for field in of {
        let key =
            if parent.is_empty() { field.name().to_owned() } else { format!("{parent}.{}", field.name()) };
        all.push(FieldFinding {
            key: key.clone(),
            kind: kind(field.kind()),
            required: field.is_required(),
            default: field.default().map(ConfigurationInput::to_json),
            about: field.about().to_owned(),
        });
        match field.kind() {
            FieldType::Table { fields: inner } => all.extend(fields(&key, inner)),
            FieldType::List { items, .. } => {
                if let FieldType::Table { fields: inner } = &**items {
                    all.extend(fields(&format!("{key}.N"), inner));
                }
            }
            _ => {}
        }
    }
    all
}

/// A type with its bounds, in words.
fn kind(kind: &FieldType) -> String {
    match kind {
        FieldType::Rate { minimum, maximum } => format!("rate {minimum} to {maximum}"),
        FieldType::Amount { minimum, maximum: Some(maximum) } => format!("amount {minimum} to {maximum}"),
        FieldType::Amount { minimum, maximum: None } => format!("amount from {minimum}"),
        FieldType::Integer { minimum, maximum } => format!("integer {minimum} to {maximum}"),
        FieldType::Text { bytes_max } => format!("text of at most {bytes_max} bytes"),
        FieldType::Choice { choices } => format!("one of {}", choices.join(", ")),
        FieldType::List { items, items_min, items_max } => {
            format!("list of {items_min} to {items_max}: {}", self::kind(items))
        }
        other => other.name().to_owned(),
    }
}
