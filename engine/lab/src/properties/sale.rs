//! A generated sale: what the merchant configured, what happened before, an order, what happens then.
//!
//! Invariant: says everything that a case file needs, in its words and its order; what is left out has the default of
//! case files.

use std::collections::BTreeMap;

use fenrun::event::LineKind;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::minor::{CURRENCY, Minor};
use crate::read::order;

/// The day of an order that says none, and the moment of everything that happens before.
const BEFORE: &str = "2026-01-15T10:00:00+08:00";

/// One generated sale.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sale {
    /// The configuration of the policy: what differs from its defaults.
    pub(super) configuration: Map<String, Value>,
    /// What happened before, as complete events.
    pub(super) before: Vec<Value>,
    pub(super) order: Order,
    /// What happens then, as complete events.
    pub(super) then: Vec<Value>,
}

/// An order as a case file gives it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Order {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<String>,
    /// Whether the lines say what was paid; else the engine prices them.
    #[serde(rename = "pricing", skip_serializing_if = "std::ops::Not::not", serialize_with = "given")]
    pub(super) given: bool,
    #[serde(skip_serializing_if = "Buyer::is_plain")]
    pub(super) buyer: Buyer,
    /// The seller of record; where there are no parties, the chain comes from what happened before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seller: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) attributes: BTreeMap<String, i64>,
    pub(super) lines: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parties: Option<Vec<Party>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tenders: Vec<Tender>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fees: Option<Minor>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Buyer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) order_number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) days_since_last_order: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) attributes: BTreeMap<String, i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Line {
    /// Only where it is not its place from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    pub(super) price: Minor,
    #[serde(skip_serializing_if = "is_one")]
    pub(super) quantity: i64,
    #[serde(skip_serializing_if = "is_goods", serialize_with = "kind_name")]
    pub(super) kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) item: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cost: Option<Minor>,
    /// For the whole line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tax: Option<Minor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) floor: Option<Minor>,
    /// For the whole line; only at given prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) paid: Option<Minor>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) attributes: BTreeMap<String, i64>,
}

/// The kind of a line; goods unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind(pub(super) LineKind);

impl Default for Kind {
    fn default() -> Self {
        Self(LineKind::Goods)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Party {
    pub(super) id: String,
    pub(super) role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) depth: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) volume: Option<Minor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tier: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<String>,
    #[serde(rename = "eligible", skip_serializing_if = "std::ops::Not::not", serialize_with = "not")]
    pub(super) barred: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Tender {
    pub(super) kind: &'static str,
    pub(super) amount: Minor,
}

impl Buyer {
    fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

impl Line {
    /// What it costs at list price, all units.
    pub(super) fn list(&self) -> i64 {
        self.price.0.saturating_mul(self.quantity)
    }

    pub(super) fn is_goods(&self) -> bool {
        self.kind.0 == LineKind::Goods
    }
}

impl Order {
    /// As a case file gives it.
    pub(super) fn written(&self) -> Value {
        // Strings and numbers only: this cannot fail.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The event that it was paid, as the runner of cases makes it. `number`: which order it is, from 1.
    pub(super) fn event(&self, number: usize) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        order::paid(&text, CURRENCY.code(), number)
    }

    /// The same order with every line under the id of its place, said aloud.
    pub(super) fn with_ids(&self) -> Order {
        let mut order = self.clone();
        for (place, line) in order.lines.iter_mut().enumerate() {
            line.id.get_or_insert_with(|| place.saturating_add(1).to_string());
        }
        order
    }

    /// At most the prices that its tenders and taxes still fit: what must hold after a price was changed.
    pub(super) fn settled(mut self) -> Order {
        for line in &mut self.lines {
            let list = line.list();
            for part in [&mut line.paid, &mut line.tax].into_iter().flatten() {
                part.0 = part.0.min(list);
            }
        }
        let due = self.lines.iter().map(|line| line.paid.map_or_else(|| line.list(), |paid| paid.0));
        let due = due.fold(0, i64::saturating_add);
        if let [first, rest @ ..] = self.tenders.as_mut_slice() {
            let mut left = due;
            for tender in rest {
                tender.amount.0 = tender.amount.0.min(left);
                left = left.saturating_sub(tender.amount.0);
            }
            first.amount.0 = left;
        }
        self
    }
}

/// A member's upline, as an event.
pub(super) fn bound(relation: &str, member: &str, to: &str) -> Value {
    json!({ "kind": "relation.bound", "relation": relation, "member": member, "to": to, "time": BEFORE })
}

/// An earlier order of the same buyer from the same seller, as an event.
pub(super) fn earlier(id: &str, seller: &str, price: Minor, time: &str) -> Value {
    json!({
        "kind": "order.paid", "order": id, "time": time, "currency": CURRENCY.code(), "pricing": "engine",
        "buyer": { "id": "b1" }, "seller": seller, "lines": [{ "id": "1", "quantity": 1, "price": price.to_string() }],
    })
}

/// A party that belongs to the merchant, as an event: it is asked about at each close.
pub(super) fn contract(party: &str, role: &str) -> Value {
    json!({ "kind": "party.changed", "party": party, "role": role, "time": BEFORE })
}

/// Units that somebody held before, as an event.
pub(super) fn held(id: &str, to: &str, asset: &str, units: i64) -> Value {
    json!({
        "kind": "grant.given", "grant": id, "to": to, "asset": asset, "units": units, "reason": "held before",
        "time": BEFORE,
    })
}

fn is_one(quantity: &i64) -> bool {
    *quantity == 1
}

fn is_goods(kind: &Kind) -> bool {
    *kind == Kind::default()
}

fn kind_name<S: Serializer>(kind: &Kind, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(kind.0.name())
}

fn given<S: Serializer>(_: &bool, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str("given")
}

fn not<S: Serializer>(flag: &bool, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_bool(!flag)
}
