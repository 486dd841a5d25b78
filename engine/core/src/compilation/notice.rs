//! What a host should write in its log, although nobody asked.
//!
//! Invariant: a notice changes nothing; without a listener it is dropped.

use std::{fmt, path::PathBuf, sync::Arc};

use super::{CompileEnd, Protection};
use crate::admission::{Digest, Refused};

/// Something that whoever runs the engine should know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// Native code was uploaded as a policy: loading it would have run it.
    Attack {
        /// Of the upload.
        digest: Digest,
        /// What admission says.
        refused: Refused,
    },
    /// A file in the artifact cache is not what this host wrote. It was not loaded; the module is compiled again.
    ArtifactRejected {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The artifact cache could not be used for once; the module is compiled instead.
    CacheFailed {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A module was put into quarantine.
    Quarantined {
        /// Which module.
        digest: Digest,
        /// What its compiler came to, twice.
        end: CompileEnd,
    },
    /// This system does not confine compilers in every way there is. Said once for an engine.
    Unconfined {
        /// What is missing.
        missing: Vec<Protection>,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attack { digest, refused } => {
                write!(out, "attack: the upload {} is refused: {refused}", digest.short())
            }
            Self::ArtifactRejected { path, reason } => write!(
                out,
                "the cached artifact `{}` is not loaded: {reason}; the module is compiled again",
                path.display()
            ),
            Self::CacheFailed { path, reason } => {
                write!(out, "the artifact cache cannot use `{}`: {reason}", path.display())
            }
            Self::Quarantined { digest, end } => {
                write!(out, "module {} is quarantined: {end}", digest.short())
            }
            Self::Unconfined { missing } => {
                let missing: Vec<&str> = missing.iter().map(|protection| protection.about()).collect();
                write!(out, "this system compiles modules without: {}", missing.join(", "))
            }
        }
    }
}

/// What a host does with a notice.
type Listener = dyn Fn(&Notice) + Send + Sync;

/// Who is told of notices.
#[derive(Clone, Default)]
pub struct Notices {
    listener: Option<Arc<Listener>>,
}

impl Notices {
    /// Tells this function.
    pub fn to(listener: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        Self { listener: Some(Arc::new(listener)) }
    }

    pub(crate) fn tell(&self, notice: &Notice) {
        if let Some(listener) = &self.listener {
            listener(notice);
        }
    }
}

impl fmt::Debug for Notices {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Notices({})", if self.listener.is_some() { "heard" } else { "dropped" })
    }
}
