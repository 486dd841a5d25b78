//! Why a module was not admitted.
//!
//! Invariant: names the check, what was found and what is allowed; names from the module are escaped and cut.

use std::fmt;

/// A module that did not pass a check.
///
/// ```
/// use fenrun::admission::{AdmissionLimits, admit};
///
/// let refused = admit(b"(module)", &AdmissionLimits::default()).unwrap_err();
/// assert_eq!(refused.check, "kind");
/// assert_eq!(
///     refused.to_string(),
///     "`kind`: found WebAssembly text, a WebAssembly binary is expected; hint: `fenrun build` compiles text"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The name of the check, as in the list of checks.
    pub check: &'static str,
    /// What was found, with its place.
    pub found: String,
    /// What is allowed, such as `at most 2000 are allowed`.
    pub limit: String,
    /// How to mend it, where that is known.
    pub hint: Option<String>,
}

impl Refused {
    /// Whether this looks like an attempt to run native code, which a host should log as an attack.
    #[must_use]
    pub fn is_attack(&self) -> bool {
        self.check == super::check::NATIVE_CODE
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}`: found {}, {}", self.check, self.found, self.limit)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(out, "; hint: {hint}"))
    }
}

impl std::error::Error for Refused {}
