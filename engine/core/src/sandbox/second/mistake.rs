//! Mistakes that the second executor makes on purpose, so that tests see them found.
//!
//! Invariant: built for tests only; of one thread, and gone with its guard.

use std::cell::Cell;

use fenrun_abi::{
    code::HookResult,
    host::{EffectAsked, SharePart},
};

use super::executor::Again;
use crate::sandbox::FailureKind;

/// What it gets wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// One numerator is one too high.
    Numerator,
    /// The last effect is lost.
    LosesAnEffect,
    /// A note that the policy did not write.
    Note,
    /// A field that the policy did not read.
    Read,
    /// It refuses.
    Refuses,
    /// It traps.
    Traps,
    /// The host charges more.
    HostFuel,
    /// Instructions cost less.
    InstructionFuel,
}

thread_local! {
    static MADE: Cell<Option<Mistake>> = const { Cell::new(None) };
}

/// Ends the mistakes.
pub(crate) struct Guard(());

impl Drop for Guard {
    fn drop(&mut self) {
        MADE.set(None);
    }
}

/// From now on, on this thread.
pub(crate) fn from_now_on(mistake: Mistake) -> Guard {
    MADE.set(Some(mistake));
    Guard(())
}

pub(super) fn make(again: &mut Again) {
    let Some(mistake) = MADE.get() else { return };
    match mistake {
        Mistake::Numerator => {
            for effect in &mut again.asked.effects {
                let EffectAsked::Share(share, _) = effect else { continue };
                if let Some(SharePart::Rate { numerator, .. }) = share.parts.as_mut_slice().first_mut() {
                    *numerator = numerator.saturating_add(1);
                }
            }
        }
        Mistake::LosesAnEffect => drop(again.asked.effects.pop()),
        Mistake::Note => again.asked.notes.push("a note".into()),
        Mistake::Read => again.reads.holding ^= 1,
        Mistake::Refuses => again.ending = Ok(HookResult::Refused),
        Mistake::Traps => again.ending = Err(FailureKind::Unreachable),
        Mistake::HostFuel => again.host_fuel = again.host_fuel.saturating_add(1_000),
        Mistake::InstructionFuel => {
            again.instruction_fuel_max = again.instruction_fuel_max.saturating_sub(1);
        }
    }
}
