//! Asks the policies of a program at the close of a period, in their order.
//!
//! Invariant: a policy that breaks or asks for what is forbidden stops the decision; nothing is paid in part.

use fenrun_abi::{code::Hook, field::PeriodField, host::EffectAsked};
use fenrun_money::decimal::format_minor;

use super::{Bonus, PeriodDecision, PeriodFacts, arithmetic::Setting, facts};
use crate::{
    decision::{PartyRef, PolicyRun},
    granting::tiers::Tiers,
    guard::{self, Violation},
    loaded::Program,
    outcome::{EngineError, HoldCause, Undecided},
    profile::RoleClass,
};

/// Closes a period for one party.
pub(crate) fn close(program: &Program, period: &PeriodFacts) -> Result<PeriodDecision, Undecided> {
    let party = facts::party(period);
    let mut seen = facts::build(program, period, &party);
    let mut decision = PeriodDecision {
        window: period.window,
        start: period.start,
        end: period.end,
        currency: program.currency(),
        program: program.digest(),
        party: party.named(),
        bonuses: Vec::new(),
        tier: None,
        policies: Vec::new(),
    };
    let mut tiers = Tiers::new(std::slice::from_ref(&decision.party));
    let mut violations = Vec::new();
    for policy in program.policies().iter().filter(|policy| policy.has(Hook::Period)) {
        seen.set_period(PeriodField::AccruedHere, period.accrued_by(policy.name()));
        let answer = policy.run(Hook::Period, &mut seen).map_err(EngineError::from)?;
        let answer = answer.map_err(|failure| {
            Undecided::Held(HoldCause::Failure { policy: policy.name().into(), failure })
        })?;
        let setting = Setting { policy: policy.name(), period, exponent: program.currency().exponent() };
        for (number, effect) in answer.asked.effects.iter().enumerate() {
            let asked = match effect {
                _ if effect.ended() != 1 => Err(guard::ended(policy.name(), number, effect.ended())),
                EffectAsked::Share(share, _) => {
                    setting.reckon(share).map(|bonus| decision.bonuses.push(bonus))
                }
                EffectAsked::Tier(tier, _) => tiers.ask(policy.name(), tier),
                other => Err(guard::wrong_hook(policy.name(), other.what(), Hook::Period)),
            };
            violations.extend(asked.err());
        }
        decision.policies.push(PolicyRun::answered(policy, Hook::Period, answer, program.kept(&seen)));
    }
    decision.tier = tiers.into_changes().pop();
    for bonus in decision.bonuses.iter().filter(|bonus| bonus.amount_minor > 0) {
        violations.extend(forbidden(program, period, &decision.party, bonus));
    }
    if violations.is_empty() { Ok(decision) } else { Err(Undecided::Held(HoldCause::Violations(violations))) }
}

/// What the guard has against a bonus. Caps are of orders: they are counted where a bonus is allocated.
fn forbidden(program: &Program, period: &PeriodFacts, party: &PartyRef, bonus: &Bonus) -> Option<Violation> {
    let violation = |rule, message| Some(Violation::new(rule, Some(&bonus.policy), message));
    if !party.eligible {
        let message = format!("`{}` may not be paid: the party is not eligible", party.id);
        return violation("not_eligible", message);
    }
    let profile = program.guard();
    let sold =
        [period.volume_minor, period.direct_volume_minor, period.group_volume_minor, period.accrued_minor];
    // Whoever does not promote is paid by contract, not for bringing people in.
    let is_contract = period.by_contract && profile.class(&party.role) != RoleClass::Promoters;
    if !is_contract && !profile.pay_for_recruiting() && sold.iter().all(|amount| *amount <= 0) {
        let message = format!(
            "`{}` would get {} for a period without sales, profile `{}` pays nothing for recruiting",
            party.id,
            format_minor(bonus.amount_minor, program.currency().exponent()),
            profile.name()
        );
        return violation("pay_for_recruiting", message);
    }
    None
}
