//! Admission: named checks on a module's bytes, before any compiler sees them.
//!
//! A compiler's time and memory can be driven far beyond a module's size (15 KB that take 8 s, 291 KB that take
//! 3.3 GB), and a module can ask for files, clocks or floats. So every module is first looked at by a list of checks
//! over one linear pass, and only an [`AdmittedModule`] can be compiled or run.
//!
//! - [`admit`] refuses at the first check that fails; the upload path uses it.
//! - [`report`] goes through the whole list, for `fenrun check`.
//! - [`AdmissionLimits`] holds every cap with its reason.
//!
//! Decided here: the digest is that of the bytes as uploaded; what is compiled has no custom section at all, not even
//! names, so nothing that was not checked is ever read ([`AdmittedModule::compiled_bytes`]).
//!
//! ```
//! use fenrun::admission::{AdmissionLimits, admit, report};
//!
//! let bytes = b"\0asm\x01\0\0\0"; // a module with nothing in it
//! let refused = admit(bytes, &AdmissionLimits::default()).unwrap_err();
//! assert_eq!(
//!     refused.to_string(),
//!     "`hooks`: found no hook that decides, at least one of `discounts`, `shares`, `grants`, `period` is expected; \
//!      hint: export a function `() -> i32` with the name of the hook"
//! );
//!
//! let report = report(bytes, &AdmissionLimits::default());
//! let failed: Vec<_> = report.refusals().iter().map(|refused| refused.check).collect();
//! assert_eq!(failed, ["hooks", "manifest_section"]);
//! ```
//!
//! Invariant: pure; never panics on any bytes, never reserves memory by a declared count, linear in the bytes.

mod body;
mod check;
mod digest;
mod footprint;
mod kind;
mod limits;
mod module;
mod operator;
pub(crate) mod printable;
mod refused;
mod report;
mod shape;

use std::io::{self, Read};

pub use self::check::Verdict;
pub use self::digest::{Digest, DigestError};
pub use self::footprint::Footprint;
pub use self::limits::AdmissionLimits;
pub use self::module::{AdmittedModule, GlobalsShape, INITIALIZE, MemoryShape, TableShape};
pub use self::printable::{Printable, printable};
pub use self::refused::Refused;
pub use self::report::{AdmissionReport, CheckReport};
use self::shape::Shape;

/// Reads an upload, but at most one byte more than is allowed, so that a module of 500 MB is never in memory;
/// [`admit`] then refuses it by its size.
///
/// # Errors
///
/// What reading the source gives.
pub fn read(source: impl Read, limits: &AdmissionLimits) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(limits.bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Admits a module, or says which check it fails.
///
/// # Errors
///
/// [`Refused`] with the first check that fails, what was found, what is allowed, and how to mend it.
pub fn admit(bytes: &[u8], limits: &AdmissionLimits) -> Result<AdmittedModule, Refused> {
    let shape = Shape::of(bytes, limits);
    let verdicts = check::run(&shape, limits, true);
    if let Some(refused) = verdicts.iter().find_map(|(check, verdict)| check.refused(verdict)) {
        return Err(refused);
    }
    all_pass(&verdicts).then(|| AdmittedModule::of(&shape)).flatten().ok_or_else(undecided)
}

/// Runs as many checks as can be run, and lists them all.
#[must_use]
pub fn report(bytes: &[u8], limits: &AdmissionLimits) -> AdmissionReport {
    let shape = Shape::of(bytes, limits);
    let verdicts = check::run(&shape, limits, false);
    let refusals: Vec<Refused> =
        verdicts.iter().filter_map(|(check, verdict)| check.refused(verdict)).collect();
    let module = all_pass(&verdicts).then(|| AdmittedModule::of(&shape)).flatten();
    let checks = verdicts
        .into_iter()
        .map(|(check, verdict)| CheckReport { name: check.name, about: check.about, verdict })
        .collect();
    AdmissionReport { checks, refusals, module }
}

fn all_pass(verdicts: &[(&check::Check, Verdict)]) -> bool {
    verdicts.iter().all(|(_, verdict)| matches!(verdict, Verdict::Pass { .. }))
}

/// A module for which a check could not be run, or which cannot be taken apart although every check passed. The list
/// leaves no such module; should it ever, the module is refused.
fn undecided() -> Refused {
    Refused {
        check: "format",
        found: "a module that cannot be taken apart".into(),
        limit: "a whole module is expected".into(),
        hint: None,
    }
}
