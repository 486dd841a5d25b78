//! The conduct of the program's policies, kept in the ledger: so whoever replays the log suspends the same ones at the
//! same events.
//!
//! Invariant: changed only together with the entry that it follows from.

use fenrun_abi::code::Hook;
use fenrun_ledger::{Ledger, LedgerError};

use super::desk::{Desk, kind};
use super::setting::Done;
use super::stop::Stop;
use crate::Program;
use crate::conduct::{Conduct, Suspension};
use crate::event::Event;
use crate::outcome::HoldCause;

/// The key of the one document.
const KEY: &str = "";

/// The policies that are suspended in a ledger, by name.
///
/// # Errors
///
/// As [`Ledger::document`].
pub fn suspended(ledger: &mut dyn Ledger) -> Result<Vec<Suspension>, LedgerError> {
    let Some(bytes) = ledger.document(kind::CONDUCT, KEY)? else { return Ok(Vec::new()) };
    let corrupt = |error: serde_json::Error| LedgerError::Corrupt {
        place: kind::CONDUCT.into(),
        why: error.to_string(),
    };
    let conduct: Conduct = serde_json::from_slice(&bytes).map_err(corrupt)?;
    Ok(conduct.suspended().collect())
}

pub(super) fn read(desk: &mut Desk<'_>) -> Result<Conduct, Stop> {
    desk.get(kind::CONDUCT, KEY)
}

fn write(desk: &mut Desk<'_>, before: &Conduct, conduct: &Conduct) -> Result<(), Stop> {
    if conduct == before {
        return Ok(());
    }
    if conduct.is_clean() {
        desk.remove(kind::CONDUCT, KEY);
        return Ok(());
    }
    desk.put(kind::CONDUCT, KEY, conduct)
}

/// An event was worked out: who answered has no failures in a row any more; who was gone on without has one more.
pub(super) fn answered(
    desk: &mut Desk<'_>,
    before: &Conduct,
    program: &Program,
    event: &Event,
    done: &Done,
) -> Result<Vec<Suspension>, Stop> {
    let mut conduct = before.clone();
    let mut suspended = Vec::new();
    if let Some(decision) = &done.decision {
        suspended.extend(conduct.note_runs(program, &decision.policies));
    }
    if let Some(granted) = &done.granted {
        suspended.extend(conduct.note_runs(program, &granted.policies));
    }
    // A close is worked out whole or not at all.
    if matches!(event, Event::PeriodClosed(_)) && !conduct.is_clean() {
        for policy in program.policies().iter().filter(|policy| policy.runs() && policy.has(Hook::Period)) {
            conduct.resume(policy.name());
        }
    }
    write(desk, before, &conduct)?;
    Ok(suspended)
}

/// `policy.resumed`: somebody has looked into it, and the policy is run again from here on.
pub(super) fn resumed(desk: &mut Desk<'_>, policy: &str) -> Result<Done, Stop> {
    let before = read(desk)?;
    if !before.suspended().any(|suspension| suspension.policy == policy) {
        let hint = "hint: `fenrun held list` says who is";
        return Err(Stop::refused(format!("policy `{policy}` is not suspended; {hint}")));
    }
    let mut conduct = before.clone();
    conduct.resume(policy);
    write(desk, &before, &conduct)?;
    Ok(Done::noted())
}

/// An event is held: who failed has one more in its row.
pub(super) fn held(
    desk: &mut Desk<'_>,
    program: &Program,
    cause: &HoldCause,
) -> Result<Vec<Suspension>, Stop> {
    let before = read(desk)?;
    let mut conduct = before.clone();
    let suspended = conduct.note_held(program, cause);
    write(desk, &before, &conduct)?;
    Ok(suspended)
}
