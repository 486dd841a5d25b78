//! Under which program an event is worked out, and what came of it.
//!
//! Invariant: the program in force is the one the log names, never one that is only on disk.

use fenrun_ledger::Code;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Date};

use super::kept::KeptShare;
use super::restate::Watch;
use crate::decision::Decision;
use crate::event::Expectations;
use crate::{Engine, GrantsDecision, Program};

/// What an event is worked out with.
pub(crate) struct Setting<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) program: &'a Program,
    pub(crate) expect: &'a Expectations,
    /// The fact that brought the program into force.
    pub(crate) activated: &'a str,
    /// Who decides orders again while the log is replayed; `None` in everyday life.
    pub(crate) watch: Option<&'a Watch>,
}

impl Setting<'_> {
    pub(crate) fn zone(&self) -> &TimeZone {
        self.program.definition().time_zone()
    }

    /// The local day of a moment.
    pub(crate) fn day(&self, at: Timestamp) -> Date {
        self.zone().to_datetime(at).date()
    }

    /// Days from completion to release: what the program says, and no less than its guard profile asks for.
    pub(crate) fn hold_days(&self) -> u32 {
        self.program.definition().ledger().hold_days.max(self.program.guard().hold_days_min())
    }

    /// An amount as text.
    pub(crate) fn show(&self, amount: i64) -> String {
        fenrun_money::decimal::format_minor(amount, self.program.currency().exponent()).to_string()
    }
}

/// What came of an event that was posted.
pub(crate) struct Done {
    pub(crate) code: Code,
    pub(crate) decision: Option<Box<Decision>>,
    /// What is told beside the movements.
    pub(crate) note: Option<String>,
    /// What was granted, where policies were asked.
    pub(crate) granted: Option<Box<GrantsDecision>>,
    /// The record of what was decided, where it is no order's decision.
    pub(crate) receipt: Option<String>,
    /// Bonuses that no order bears.
    pub(crate) alone: Vec<KeptShare>,
}

impl Done {
    pub(crate) fn created() -> Self {
        Self { code: Code::Created, ..Self::noted() }
    }

    pub(crate) fn noted() -> Self {
        Self {
            code: Code::Noted,
            decision: None,
            note: None,
            granted: None,
            receipt: None,
            alone: Vec::new(),
        }
    }

    pub(crate) fn noting(note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..Self::noted() }
    }

    pub(crate) fn decided(decision: Box<Decision>) -> Self {
        Self { decision: Some(decision), ..Self::created() }
    }
}
