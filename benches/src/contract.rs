//! The calls that the three-level policy makes, made natively on the host's own session: what a hook costs without a
//! sandbox.

use std::{mem::take, sync::Arc};

use fenrun_abi::{
    ABSENT, ALL_GOODS,
    code::{Base, Hook},
    field::{OrderField, PartyField},
    host::{Asked, EffectAsked, Facts, Fault, Session, SharePart, Symbols},
};

const RATES: [(i64, &str); 3] =
    [(20, "sold it"), (5, "is the seller's upline"), (3, "is the upline's upline")];

/// A native hook with what it keeps between calls.
#[derive(Debug, Default)]
pub struct Contract {
    symbols: Arc<Symbols>,
}

impl Contract {
    /// Runs the hook over the facts, which come back.
    pub fn shares(&self, facts: &mut Facts) -> [i64; 3] {
        let mut session = Session::decide(Hook::Shares, take(facts), self.symbols.clone());
        ask(&mut session).expect("no fault");
        let (back, asked, _) = session.finish();
        *facts = back;
        amounts(facts, &asked)
    }
}

fn ask(session: &mut Session) -> Result<(), Fault> {
    let parties = i32::try_from(session.order(OrderField::PartyCount.id())?).unwrap_or(0);
    for (party, (percent, reason)) in (0..parties).zip(RATES) {
        if session.party(party, PartyField::Depth.id())? == ABSENT {
            break;
        }
        if session.party(party, PartyField::Eligible.id())? != 1 {
            continue;
        }
        let share = session.share(party)?;
        session.share_term(share, ALL_GOODS, Base::Paid.id(), percent, 100)?;
        session.reason(share, reason.as_bytes())?;
        session.end(share)?;
    }
    Ok(())
}

/// What the effects come to, for a check and so that they are read: each is one term of what was paid.
#[must_use]
pub fn amounts(facts: &Facts, asked: &Asked) -> [i64; 3] {
    let paid = facts.order(OrderField::Paid);
    let mut amounts = [0; 3];
    for (slot, effect) in amounts.iter_mut().zip(&asked.effects) {
        if let EffectAsked::Share(share, 1) = effect
            && let [SharePart::Rate { numerator, denominator, .. }] = *share.parts
        {
            *slot = paid * numerator / denominator;
        }
    }
    amounts
}
