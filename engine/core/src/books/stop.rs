//! Why an event is not posted.
//!
//! Invariant: refusals and waiting are answers and are remembered; only the ledger's own errors are errors.

use fenrun_ledger::LedgerError;
use fenrun_money::Overflow;

use super::lot::RefundError;
use crate::event::FactKey;
use crate::outcome::HoldCause;

/// Why an event is not posted.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It can never be: the reason is for whoever sent it.
    Refused(String),
    /// It came too early: it is taken up when this fact arrives.
    Awaits(String),
    /// The guard or a policy stopped it.
    Held(HoldCause),
    /// The engine broke; the event may be sent again.
    Engine(String),
    /// The ledger broke; the event may be sent again.
    Ledger(LedgerError),
}

impl Stop {
    /// The event waits for the fact of this kind and id.
    pub(crate) fn awaits(kind: &str, id: &str) -> Self {
        Self::Awaits(FactKey::new(kind, &[id]).as_str().to_owned())
    }

    pub(crate) fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(reason.into())
    }
}

impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<Overflow> for Stop {
    fn from(_: Overflow) -> Self {
        Self::Refused("the amounts do not fit 64 bits".into())
    }
}

impl From<RefundError> for Stop {
    fn from(error: RefundError) -> Self {
        Self::Refused(error.to_string())
    }
}
