//! What a policy may see of something that happened.
//!
//! Invariant: where it is about no order, every amount of an order is absent, never zero.

use fenrun_abi::{ABSENT, field::OrderField, host::Facts};
use fenrun_money::Overflow;

use super::Occasion;
use crate::{
    cart::Cart,
    decide::{self, Stop},
    decision::{Decision, PartyRef},
    event::{Buyer, Order},
    facts::{self, Counting, PartyFacts},
    history::History,
    loaded::Program,
};

/// Facts, and the parties behind the indices.
pub(super) struct Seen {
    pub(super) facts: Facts,
    pub(super) parties: Vec<PartyRef>,
}

/// The kind of event of a paid order.
pub(super) const ORDER_PAID: &str = "order.paid";

/// What may be seen of a paid order.
pub(super) fn of_order(
    program: &Program,
    order: &Order,
    decision: Option<&Decision>,
    history: &dyn History,
) -> Result<Seen, Stop> {
    let (mut facts, parties) = decide::settled(program, order, decision, history)?;
    let seller = parties.iter().position(|party| party.depth == Some(0));
    facts.set_event(ORDER_PAID, seller, None);
    Ok(Seen { facts, parties })
}

/// What of an order nothing else has.
const OF_AN_ORDER: [OrderField; 5] = [
    OrderField::LineCount,
    OrderField::List,
    OrderField::Quantity,
    OrderField::BuyerOrderNumber,
    OrderField::BuyerDaysSinceLastOrder,
];

/// What may be seen of something else: facts of an order without lines, less what only an order has.
pub(super) fn of_occasion(
    program: &Program,
    occasion: &Occasion,
    history: &dyn History,
) -> Result<Seen, Overflow> {
    let definition = program.definition();
    let buyer = occasion.buyer.clone().unwrap_or_else(|| Buyer::new(""));
    let mut order = Order::new("", buyer, occasion.time, program.currency());
    order.parties = Some(occasion.parties.clone());
    order.attributes.clone_from(&occasion.attributes);
    let counting = Counting { window: definition.volume_window(), zone: definition.time_zone() };
    let none = crate::in_play::Coupons::new();
    let parties = facts::parties(&order, &none, history, counting);
    let cart = Cart::new(&[])?;
    let mut facts = facts::build(&order, &[], &cart, &parties, history, definition.time_zone());
    for field in OF_AN_ORDER {
        facts.set_order(field, ABSENT);
    }
    let concerns =
        occasion.concerns.as_ref().and_then(|id| parties.iter().position(|party| *party.id == **id));
    facts.set_event(&occasion.kind, concerns, occasion.relation.as_deref());
    Ok(Seen { facts, parties: parties.iter().map(PartyFacts::named).collect() })
}
