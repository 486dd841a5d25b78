//! An error with its place: what every error of a program or profile file is made of.
//!
//! Invariant: printing shows its own level only; the cause is reached through `source`.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::snippet::Snippet;
use super::{Flaw, Source};

/// What is wrong, where, and what to do about it.
#[derive(Clone, Debug)]
pub(crate) struct Complaint(Box<Parts>);

/// On the heap, so that a result costs little where nothing is wrong.
#[derive(Clone, Debug)]
struct Parts {
    origin: Option<Arc<str>>,
    snippet: Option<Snippet>,
    key: String,
    flaw: Flaw,
}

impl Complaint {
    /// A complaint about a key of something that has no text, such as a definition made in code.
    pub(crate) fn new(key: String, flaw: Flaw) -> Complaint {
        Complaint(Box::new(Parts { origin: None, snippet: None, key, flaw }))
    }

    pub(crate) fn of(mut self, origin: &Arc<str>) -> Complaint {
        self.0.origin = Some(origin.clone());
        self
    }

    pub(crate) fn at(mut self, origin: &Arc<str>, snippet: Snippet) -> Complaint {
        self.0.snippet = Some(snippet);
        self.of(origin)
    }

    /// The same complaint, in the text that its key was read from.
    pub(crate) fn located(self, source: &Source) -> Complaint {
        match self.0.origin {
            Some(_) => self,
            None => source.complain_at_path(&self.0.key, self.0.flaw.clone()),
        }
    }

    pub(crate) fn origin(&self) -> Option<&str> {
        self.0.origin.as_deref()
    }

    pub(crate) fn line(&self) -> Option<usize> {
        self.0.snippet.as_ref().map(|snippet| snippet.line)
    }

    pub(crate) fn column(&self) -> Option<usize> {
        self.0.snippet.as_ref().map(|snippet| snippet.column)
    }

    pub(crate) fn key(&self) -> &str {
        &self.0.key
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.flaw.message
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        self.0.flaw.hint.as_deref()
    }

    pub(crate) fn cause(&self) -> Option<&(dyn Error + 'static)> {
        self.0.flaw.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.0.origin {
            write!(formatter, "{origin}:")?;
            if let Some(snippet) = &self.0.snippet {
                write!(formatter, "{}:{}:", snippet.line, snippet.column)?;
            }
            write!(formatter, " ")?;
        }
        if !self.0.key.is_empty() {
            write!(formatter, "{}: ", self.0.key)?;
        }
        write!(formatter, "{}", self.0.flaw.message)?;
        if let Some(snippet) = &self.0.snippet {
            write!(formatter, "\n{snippet}")?;
        }
        match &self.0.flaw.hint {
            Some(hint) => write!(formatter, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

/// Defines a public error around a [`Complaint`].
macro_rules! located_error {
    ($(#[$about:meta])* $name:ident) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        pub struct $name($crate::program::document::Complaint);

        impl $name {
            /// The name under which the text was read, as given by the caller; absent for what was made in code.
            #[must_use]
            pub fn origin(&self) -> Option<&str> {
                self.0.origin()
            }

            /// The line, counted from 1; absent where the error has no place in a text.
            #[must_use]
            pub fn line(&self) -> Option<usize> {
                self.0.line()
            }

            /// The column in characters, counted from 1.
            #[must_use]
            pub fn column(&self) -> Option<usize> {
                self.0.column()
            }

            /// The key as a path, such as `policy[0].configuration.rates[1]`; empty for the whole text.
            #[must_use]
            pub fn key(&self) -> &str {
                self.0.key()
            }

            /// What is wrong, without place and hint.
            #[must_use]
            pub fn message(&self) -> &str {
                self.0.message()
            }

            /// What to do about it.
            #[must_use]
            pub fn hint(&self) -> Option<&str> {
                self.0.hint()
            }
        }

        /// Place, key and message on the first line, then the line of the text with the spot marked, then the hint.
        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, formatter)
            }
        }

        impl std::error::Error for $name {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                self.0.cause()
            }
        }

        impl From<$crate::program::document::Complaint> for $name {
            fn from(complaint: $crate::program::document::Complaint) -> $name {
                $name(complaint)
            }
        }
    };
}

pub(crate) use located_error;
