//! Asks the policies of a program about something that happened, in their order.
//!
//! Invariant: a policy that breaks or asks for what is forbidden stops the decision; nothing is granted in part.

use fenrun_abi::{
    code::Hook,
    host::{EffectAsked, Facts, GrantAsked, Units},
};
use jiff::Timestamp;

use super::{
    Grant, GrantTerm, GrantsDecision, Holdings, Occasion, Recipient,
    facts::{self, ORDER_PAID, Seen},
    terms,
    tiers::Tiers,
};
use crate::{
    admission::printable::printable,
    decide::Stop,
    decision::{Decision, PartyRef, PolicyRun},
    event::Event,
    guard::{self, Violation},
    history::History,
    loaded::{LoadedPolicy, Program},
    outcome::{EngineError, HoldCause, Undecided},
    sandbox::Answer,
};

/// Grants for an event.
pub(crate) fn grants(
    program: &Program,
    event: &Event,
    decision: Option<&Decision>,
    holdings: &dyn Holdings,
    history: &dyn History,
) -> Result<GrantsDecision, Undecided> {
    if let Event::OrderPaid(paid) = event {
        let order = paid.order();
        let mut empty = nothing(program, ORDER_PAID, order.time);
        empty.order = Some(order.id.clone());
        if !is_asked(program) {
            return Ok(empty);
        }
        let seen = facts::of_order(program, order, decision, history)?;
        return Asking { program, holdings, buyer: &order.buyer.id }.ask(seen, empty);
    }
    if let Event::OrderPriced(_) = event {
        // A cart that is priced has not happened yet.
        return Ok(nothing(program, event.kind(), event.time()));
    }
    let occasion = match event {
        Event::RelationBound(bound) => Occasion::bound(bound, history),
        Event::OccasionNoted(noted) => Occasion::noted(noted, history),
        other => Occasion::new(other.kind(), other.time()),
    };
    grants_for(program, &occasion, holdings, history)
}

/// Grants for something that a host application describes.
pub(crate) fn grants_for(
    program: &Program,
    occasion: &Occasion,
    holdings: &dyn Holdings,
    history: &dyn History,
) -> Result<GrantsDecision, Undecided> {
    let empty = nothing(program, &occasion.kind, occasion.time);
    if !is_asked(program) {
        return Ok(empty);
    }
    let seen = facts::of_occasion(program, occasion, history).map_err(Stop::from)?;
    let buyer = occasion.buyer.as_ref().map_or("", |buyer| &buyer.id);
    Asking { program, holdings, buyer }.ask(seen, empty)
}

fn is_asked(program: &Program) -> bool {
    program.policies().iter().any(|policy| policy.has(Hook::Grants))
}

fn nothing(program: &Program, kind: &str, time: Timestamp) -> GrantsDecision {
    GrantsDecision {
        kind: kind.into(),
        order: None,
        time,
        program: program.digest(),
        grants: Vec::new(),
        tiers: Vec::new(),
        policies: Vec::new(),
    }
}

struct Asking<'a> {
    program: &'a Program,
    holdings: &'a dyn Holdings,
    buyer: &'a str,
}

impl Asking<'_> {
    fn ask(&self, seen: Seen, mut decision: GrantsDecision) -> Result<GrantsDecision, Undecided> {
        let Seen { mut facts, parties } = seen;
        facts.look_units_up();
        let mut tiers = Tiers::new(&parties);
        let mut violations = Vec::new();
        for policy in self.program.policies().iter().filter(|policy| policy.has(Hook::Grants)) {
            let (back, answer) = self.answer(policy, facts, &parties)?;
            facts = back;
            for (number, effect) in answer.asked.effects.iter().enumerate() {
                let asked = match effect {
                    _ if effect.ended() != 1 => Err(guard::ended(policy.name(), number, effect.ended())),
                    EffectAsked::Grant(grant, _) => {
                        let asked = &answer.asked;
                        let terms = terms::terms(policy.name(), &facts, asked, &grant.terms);
                        let granted =
                            terms.and_then(|terms| self.grant(policy.name(), grant, terms, &parties));
                        granted.map(|grant| decision.grants.push(grant))
                    }
                    EffectAsked::Tier(tier, _) => tiers.ask(policy.name(), tier),
                    other => Err(guard::wrong_hook(policy.name(), other.what(), Hook::Grants)),
                };
                violations.extend(asked.err());
            }
            decision.policies.push(PolicyRun::answered(
                policy,
                Hook::Grants,
                answer,
                self.program.kept(&facts),
            ));
        }
        decision.tiers = tiers.into_changes();
        if violations.is_empty() {
            Ok(decision)
        } else {
            Err(Undecided::Held(HoldCause::Violations(violations)))
        }
    }

    /// Calls the hook, and calls it again where it asked for units that were not looked up yet. The contract bounds how
    /// often, and the last call is the answer: it saw every number from its first instruction on.
    fn answer(
        &self,
        policy: &LoadedPolicy,
        mut facts: Facts,
        parties: &[PartyRef],
    ) -> Result<(Facts, Answer), Undecided> {
        facts.forget_units();
        loop {
            let answer = policy.run(Hook::Grants, &mut facts).map_err(EngineError::from)?;
            if let Some((holder, asset)) = facts.take_wanted() {
                let id = holder.and_then(|index| parties.get(index)).map_or(self.buyer, |party| &party.id);
                let units =
                    Units { held: self.holdings.held(id, &asset), earned: self.holdings.earned(id, &asset) };
                facts.set_units(holder, &asset, units);
                continue;
            }
            let answer = answer.map_err(|failure| {
                Undecided::Held(HoldCause::Failure { policy: policy.name().into(), failure })
            })?;
            return Ok((facts, answer));
        }
    }

    fn grant(
        &self,
        policy: &str,
        asked: &GrantAsked,
        terms: Vec<GrantTerm>,
        parties: &[PartyRef],
    ) -> Result<Grant, Violation> {
        let violation = |rule, message: String| Err(Violation::new(rule, Some(policy), message));
        let asset = printable(&asked.asset);
        if asked.reason.trim().is_empty() {
            return violation("no_reason", "a grant says no reason".into());
        }
        if asked.asset.trim().is_empty() {
            return violation("no_name", "a grant of an asset without a name".into());
        }
        if asked.units < 1 {
            let message = format!("a grant of {} `{asset}`, at least 1 is allowed", asked.units);
            return violation("units_below_one", message);
        }
        let expires_days = match asked.expires_days.map(|days| (days, u32::try_from(days))) {
            None => None,
            Some((1.., Ok(days))) => Some(days),
            Some((days, _)) => {
                let message = format!("`{asset}` that expire after {days} days, at least 1 is allowed");
                return violation("malformed_expiry", message);
            }
        };
        if let Some(counted) =
            asked.counted.as_ref().filter(|counted| counted.each < 1 || counted.asset == asked.asset)
        {
            let of = printable(&counted.asset);
            let message = format!(
                "one `{asset}` for each {} `{of}`, at least 1 of another asset is allowed",
                counted.each
            );
            return violation("malformed_count", message);
        }
        let to = match asked.to.and_then(|index| parties.get(index)) {
            None => Recipient::Buyer(self.buyer.into()),
            Some(party) if party.eligible => Recipient::Party(party.clone()),
            Some(party) => {
                let message = format!("`{}` may get no `{asset}`: the party is not eligible", party.id);
                return violation("not_eligible", message);
            }
        };
        Ok(Grant {
            policy: policy.into(),
            to,
            asset: asked.asset.clone(),
            units: asked.units,
            expires_days,
            terms,
            counted: asked.counted.as_ref().map(|counted| (counted.asset.clone(), counted.each)),
            reason: asked.reason.to_string(),
        })
    }
}
