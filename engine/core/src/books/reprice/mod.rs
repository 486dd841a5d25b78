//! What remains of an order is priced again where units come back and a policy of it says so (`on_refund = "reprice"`).
//!
//! Whoever bought three at half price and keeps two has not met the condition: the two cost what they would have cost by
//! themselves, and so much less goes back. The program, the configuration and everything the policies saw are those of the
//! sale; only the units are fewer.
//!
//! Invariant: no refund makes the buyer pay, and none gives less back for a unit than the rest really costs more; where the
//! rest cannot be priced, the discount unwinds by units.

mod heard;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::desk::Desk;
use super::lot::{Lot, LotLine};
use super::programs;
use super::setting::Setting;
use super::stop::Stop;
use crate::Program;
use crate::decide::price_again;
use crate::decision::{Decision, PolicyAnswer};
use crate::event::{Event, Order};
use crate::outcome::Outcome;
use crate::program::OnRefund;

pub(crate) use heard::{Heard, Hearing};

/// What an order is priced again from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Repricing {
    /// The fact that brought its program into force.
    activated: String,
    /// The event that was priced.
    event: String,
    heard: Heard,
    /// The policies whose discounts are decided again.
    policies: Vec<String>,
    /// What these took off, by the line's id, minor units.
    off: BTreeMap<String, i64>,
}

/// Whether an order under this program may have to be priced again.
pub(super) fn may_be(program: &Program) -> bool {
    program.policies().iter().any(|policy| policy.entry().on_refund() == OnRefund::Reprice)
}

impl Repricing {
    /// What a decided order is priced again from; `None` where no policy that reprices took anything off.
    pub(super) fn of(
        setting: &Setting<'_>,
        event: &Event,
        decision: &Decision,
        heard: Heard,
    ) -> Option<Self> {
        let reprices = |name: &str| {
            let policy = setting.program.policies().iter().find(|policy| policy.name() == name);
            policy.is_some_and(|policy| policy.entry().on_refund() == OnRefund::Reprice)
        };
        let mut policies = Vec::new();
        let mut off = BTreeMap::new();
        for discount in decision.discounts.iter().filter(|discount| reprices(&discount.policy)) {
            if !policies.contains(&discount.policy) {
                policies.push(discount.policy.clone());
            }
            take_off(&mut off, decision, &discount.allocation);
        }
        if off.is_empty() {
            return None;
        }
        let activated = setting.activated.to_owned();
        Some(Self { activated, event: event.to_json(), heard, policies, off })
    }

    /// Whether a policy's discounts are decided again.
    pub(crate) fn reprices(&self, policy: &str) -> bool {
        self.policies.iter().any(|name| name == policy)
    }

    /// What these policies took off a line.
    pub(crate) fn off(&self, line: &str) -> i64 {
        self.off.get(line).copied().unwrap_or(0)
    }
}

fn take_off(off: &mut BTreeMap<String, i64>, decision: &Decision, parts: &[crate::decision::Allocated]) {
    for part in parts {
        if let Some(line) = decision.lines.get(part.line) {
            let sum = off.entry(line.id.to_string()).or_default();
            *sum = sum.saturating_add(part.amount_minor);
        }
    }
}

/// Prices the rest of an order of which units came back: what it costs more by itself is kept back from what goes back.
pub(super) fn rest(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    lot: &mut Lot,
    before: &Lot,
) -> Result<(), Stop> {
    let units = |lot: &Lot| lot.lines.iter().map(|line| line.returned).collect::<Vec<_>>();
    let Some(repricing) = lot.repricing.clone() else { return Ok(()) };
    if units(lot) == units(before) {
        return Ok(());
    }
    let dearer = match dearer(setting, desk, lot, &repricing)? {
        Some(dearer) => dearer,
        None => vec![0; lot.lines.len()],
    };
    lot.keep_back(before, &dearer)?;
    Ok(())
}

/// By how much each line's rest costs more than by its units; `None` where it cannot be said.
fn dearer(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    lot: &Lot,
    repricing: &Repricing,
) -> Result<Option<Vec<i64>>, Stop> {
    let Ok(event) = Event::parse(&repricing.event, setting.expect) else { return Ok(None) };
    let Some(order) = event.order() else { return Ok(None) };
    let rest = of_what_remains(order, lot);
    if rest.lines.is_empty() {
        return Ok(None);
    }
    let Some(program) = program(setting, desk, &repricing.activated)? else { return Ok(None) };
    let outcome = price_again(&program, &rest, &repricing.heard, "");
    let Outcome::Decided(decision) = outcome else { return Ok(None) };
    let broke = decision.policies.iter().any(|run| {
        let broke = matches!(run.answer, PolicyAnswer::Failed { .. } | PolicyAnswer::Forbidden { .. });
        broke && repricing.reprices(&run.policy)
    });
    if broke {
        return Ok(None);
    }
    let mut off = BTreeMap::new();
    for discount in decision.discounts.iter().filter(|discount| repricing.reprices(&discount.policy)) {
        take_off(&mut off, &decision, &discount.allocation);
    }
    let mut all = Vec::new();
    for line in &lot.lines {
        let list = order.lines.iter().find(|known| known.id == line.id).map_or(0, |line| line.price_minor);
        all.push(more(line, list, repricing.off(&line.id), off.get(&line.id).copied().unwrap_or(0))?);
    }
    Ok(Some(all))
}

/// By how much the units that are left of a line cost more than their part of what was paid: at the unit's list price,
/// less the part of all other discounts, less what is taken off now.
fn more(line: &LotLine, list: i64, off: i64, off_now: i64) -> Result<i64, Stop> {
    let overflow = fenrun_money::Overflow;
    let left = line.units_kept();
    if left == 0 {
        return Ok(0);
    }
    let all = list.checked_mul(line.quantity).ok_or(overflow)?;
    let others = all.checked_sub(line.due).and_then(|rest| rest.checked_sub(off)).ok_or(overflow)?;
    let others_left = others.checked_sub(line.of_returned(others)?).ok_or(overflow)?;
    let costs = list.checked_mul(left).and_then(|costs| costs.checked_sub(others_left)).ok_or(overflow)?;
    let costs = costs.checked_sub(off_now).ok_or(overflow)?;
    Ok(costs.saturating_sub(line.by_units()?).max(0))
}

/// The order with the units that are left.
fn of_what_remains(order: &Order, lot: &Lot) -> Order {
    let mut rest = order.clone();
    rest.pricing = crate::event::Pricing::Engine;
    rest.tenders = Vec::new();
    rest.lines.retain_mut(|line| {
        let Some(known) = lot.lines.iter().find(|known| known.id == line.id) else { return false };
        let left = u32::try_from(known.units_kept()).unwrap_or(0);
        line.tax_minor = line.tax_minor.map(|tax| {
            let product = i128::from(tax).saturating_mul(left.into());
            i64::try_from(product.checked_div(line.quantity.max(1).into()).unwrap_or(0)).unwrap_or(tax)
        });
        line.quantity = left;
        left > 0
    });
    rest
}

/// The program of the sale: the one in force, or an earlier one.
fn program(setting: &Setting<'_>, desk: &mut Desk<'_>, activated: &str) -> Result<Option<Program>, Stop> {
    if setting.activated == activated {
        return Ok(Some(setting.program.clone()));
    }
    programs::earlier(setting.engine, desk.ledger(), activated)
}
