//! Facts beside the order: the period that closes, the event that is granted for, and units that people hold.
//!
//! Invariant: only the hooks `period` and `grants` have any; the facts of an order carry an empty pointer for it.

use alloc::{string::String, vec::Vec};

use crate::{
    ABSENT,
    field::{EventField, PeriodField},
};

/// Somebody's units of an asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Units {
    /// What is held now.
    pub held: i64,
    /// What was earned in all.
    pub earned: i64,
}

/// Who holds units: a party by its index, or the buyer.
type Holder = Option<usize>;

/// What has happened beside the order.
#[derive(Clone, Debug)]
pub(super) struct Happened {
    pub(super) period: [i64; PeriodField::COUNT],
    /// The kind of event, and the relation of a binding.
    pub(super) kind: String,
    pub(super) relation: Option<String>,
    pub(super) event_party: i64,
    /// Whether units that are not known are looked up by the host; else they are 0.
    pub(super) looked_up: bool,
    pub(super) wanted: Option<(Holder, String)>,
    holdings: Vec<(Holder, String, Units)>,
}

impl Default for Happened {
    fn default() -> Self {
        Self {
            period: [ABSENT; PeriodField::COUNT],
            kind: String::new(),
            relation: None,
            event_party: ABSENT,
            looked_up: false,
            wanted: None,
            holdings: Vec::new(),
        }
    }
}

impl Happened {
    pub(super) fn set_period(&mut self, field: PeriodField, value: i64) {
        if let Some(slot) = self.period.get_mut(field.slot()) {
            *slot = value;
        }
    }

    pub(super) fn period(&self, field: PeriodField) -> i64 {
        self.period.get(field.slot()).copied().unwrap_or(ABSENT)
    }

    pub(super) fn event_text(&self, field: EventField) -> Option<&str> {
        match field {
            EventField::Kind => Some(&self.kind),
            EventField::Relation => self.relation.as_deref(),
            EventField::Party => None,
        }
    }

    pub(super) fn units(&self, holder: Holder, asset: &str) -> Option<Units> {
        let known = self.holdings.iter().find(|(who, of, _)| *who == holder && of == asset);
        known.map(|(_, _, units)| *units)
    }

    pub(super) fn set_units(&mut self, holder: Holder, asset: &str, units: Units) {
        self.holdings.push((holder, asset.into(), units));
    }

    pub(super) fn known(&self) -> impl Iterator<Item = (Holder, &str, Units)> {
        self.holdings.iter().map(|(who, of, units)| (*who, of.as_str(), *units))
    }

    pub(super) fn holdings(&self) -> usize {
        self.holdings.len()
    }

    pub(super) fn forget_units(&mut self) {
        self.holdings.clear();
    }
}
