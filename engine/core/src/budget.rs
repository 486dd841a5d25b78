//! What policies may spend: the scopes of a budget, and what is left of them.
//!
//! Invariant: a budget is never passed by a cent; what it cuts off is traced in the decision.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::history::{History, VolumeWindow};
use crate::loaded::{LoadedPolicy, Program};

/// The budgets that one policy spends from on behalf of one party, at one moment.
pub(crate) struct Scopes {
    order: Option<i64>,
    /// Each with its key and its limit.
    kept: Vec<(String, i64)>,
}

impl Scopes {
    /// The scopes of a policy's budget.
    pub(crate) fn of(program: &Program, policy: &LoadedPolicy, party: &str, at: Timestamp) -> Self {
        let budget = policy.entry().budget();
        let definition = program.definition();
        let name = policy.name();
        let mut kept = Vec::new();
        if let Some(limit) = budget.party_minor {
            kept.push((format!("{name}/party/{party}"), limit));
        }
        if let Some(limit) = budget.period_minor {
            let start = period(definition.volume_window(), definition.time_zone(), at);
            kept.push((format!("{name}/period/{start}"), limit));
        }
        if let Some(limit) = budget.total_minor {
            kept.push((format!("{name}/total"), limit));
        }
        Self { order: budget.order_minor, kept }
    }

    /// What is left, given what this order has taken already: of its own limit and by key.
    pub(crate) fn left(&self, history: &dyn History, taken: &Taken) -> Option<i64> {
        let own = self.order.map(|limit| limit.saturating_sub(taken.order));
        let kept = self
            .kept
            .iter()
            .map(|(key, limit)| limit.saturating_sub(history.spent(key)).saturating_sub(taken.of(key)));
        own.into_iter().chain(kept).min().map(|left| left.max(0))
    }

    /// Notes that an amount was taken.
    pub(crate) fn take(&self, taken: &mut Taken, amount: i64) {
        taken.order = taken.order.saturating_add(amount);
        for (key, _) in &self.kept {
            match taken.kept.iter_mut().find(|(known, _)| known == key) {
                Some((_, sum)) => *sum = sum.saturating_add(amount),
                None => taken.kept.push((key.clone(), amount)),
            }
        }
    }
}

/// What one order takes from the budgets of one policy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken {
    order: i64,
    pub(crate) kept: Vec<(String, i64)>,
}

impl Taken {
    fn of(&self, key: &str) -> i64 {
        self.kept.iter().find(|(known, _)| known == key).map_or(0, |(_, sum)| *sum)
    }
}

/// The first local day of the window that holds a moment; `all` where it has none.
fn period(window: VolumeWindow, zone: &TimeZone, at: Timestamp) -> String {
    let (start, _) = window.bounds(zone, at);
    start.map_or_else(|| "all".to_owned(), |start| zone.to_datetime(start).date().to_string())
}
