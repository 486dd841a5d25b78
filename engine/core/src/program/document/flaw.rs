//! What is wrong with a value, before anyone says where it stands.
//!
//! Invariant: a fragment in lower case, the input in backticks, the remedy apart.

use std::error::Error;
use std::sync::Arc;

/// What is wrong, and what to do about it.
#[derive(Clone, Debug)]
pub(crate) struct Flaw {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl Flaw {
    pub(crate) fn new(message: impl Into<String>) -> Flaw {
        Flaw { message: message.into(), hint: None, cause: None }
    }

    /// A message that may carry its own remedy behind `hint:`, as those of `fenrun_money` do.
    pub(crate) fn from_message(message: &str) -> Flaw {
        let cut = [", hint: ", "; hint: ", "\nhint: "].iter().find_map(|mark| message.split_once(mark));
        match cut {
            Some((message, hint)) => Flaw::new(message).hint(hint),
            None => Flaw::new(message),
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Flaw {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn hint_or(self, hint: Option<String>, otherwise: impl Into<String>) -> Flaw {
        let hint = hint.unwrap_or_else(|| otherwise.into());
        self.hint(hint)
    }

    pub(crate) fn cause(mut self, cause: impl Error + Send + Sync + 'static) -> Flaw {
        self.cause = Some(Arc::new(cause));
        self
    }
}
