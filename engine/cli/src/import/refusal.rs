//! Why a row is not part of an order: a reason to count by, and a message with the row's own values.
//!
//! Invariant: the reason holds nothing of the row, so that equal reasons are counted together.

use std::borrow::Cow;
use std::fmt;

/// Why a row is not part of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    reason: Cow<'static, str>,
    message: Option<String>,
}

impl Refusal {
    /// A reason to count by, and a message that shows what was found.
    pub(super) fn new(reason: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { reason: Cow::Borrowed(reason), message: Some(message.into()) }
    }

    /// A reason that the mapping gives.
    pub(super) fn by_rule(reason: &str) -> Refusal {
        Refusal { reason: Cow::Owned(reason.to_owned()), message: None }
    }

    /// What it is counted by.
    pub(super) fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.message.as_deref().unwrap_or(&self.reason))
    }
}
