//! Who may be paid for an order: as the event says, else as the history knows.
//!
//! Invariant: the chain comes first, by depth, then the others by role and id; the order of sending makes no difference.

use super::{Counting, coupons};
use crate::{
    decision::PartyRef,
    event::{Attributes, Order, Party, SELLER, UPLINE},
    history::{Binding, History},
    in_play::Coupons,
};

/// A party with everything a policy may see of it.
#[derive(Clone, Debug)]
pub(crate) struct PartyFacts {
    pub(crate) id: Box<str>,
    pub(crate) role: Box<str>,
    pub(crate) depth: Option<u32>,
    pub(crate) tier: Option<String>,
    pub(crate) volume_minor: i64,
    pub(crate) is_buyer: bool,
    pub(crate) eligible: bool,
    pub(crate) bound_days: Option<i64>,
    pub(crate) tags: Vec<String>,
    pub(crate) attributes: Attributes,
}

/// Links of the chain that a policy may see. Far above what any profile pays; stops a chain of thousands from costing
/// time in each order.
const CHAIN_MAX: usize = 16;

const SECONDS_OF_DAY: i64 = 86_400;

/// The parties of an order.
pub(crate) fn parties(
    order: &Order,
    presented: &Coupons,
    history: &dyn History,
    counting: Counting<'_>,
) -> Vec<PartyFacts> {
    let mut parties = match &order.parties {
        Some(said) => said.iter().map(|party| from_event(order, party, history, counting)).collect(),
        None => from_history(order, presented, history, counting),
    };
    parties.sort_by(|one, other| {
        let place = |party: &PartyFacts| party.depth.unwrap_or(u32::MAX);
        place(one)
            .cmp(&place(other))
            .then_with(|| one.role.cmp(&other.role))
            .then_with(|| one.id.cmp(&other.id))
    });
    parties
}

fn from_event(order: &Order, party: &Party, history: &dyn History, counting: Counting<'_>) -> PartyFacts {
    PartyFacts {
        tier: party.tier.clone().or_else(|| history.tier(&party.id)),
        volume_minor: party
            .volume_minor
            .unwrap_or_else(|| history.volume(&party.id, counting.window, counting.zone, order.time)),
        eligible: party.eligible && history.standing(&party.id).eligible,
        tags: party.tags.clone(),
        attributes: party.attributes.clone(),
        ..known(order, &party.id, &party.role, party.depth, binding(order, party, history).as_ref())
    }
}

/// The binding behind a party that the event names, where the history knows one.
fn binding(order: &Order, party: &Party, history: &dyn History) -> Option<Binding> {
    let bound = match party.depth {
        Some(depth) => {
            let below = depth.checked_sub(1)?;
            let named = order.parties.iter().flatten().find(|other| other.depth == Some(below));
            let member = named.map(|other| other.id.as_str()).or_else(|| order.seller_of_record())?;
            history.upline(member, order.time)
        }
        None => {
            let bindings = history.bindings(&order.buyer.id, order.time).into_iter();
            bindings.filter(|binding| binding.relation == party.role).find(|binding| binding.to == party.id)
        }
    };
    bound.filter(|binding| binding.to == party.id)
}

fn known(order: &Order, id: &str, role: &str, depth: Option<u32>, bound: Option<&Binding>) -> PartyFacts {
    PartyFacts {
        id: id.into(),
        role: role.into(),
        depth,
        tier: None,
        volume_minor: 0,
        is_buyer: id == order.buyer.id,
        eligible: true,
        bound_days: bound.and_then(|bound| {
            order.time.as_second().saturating_sub(bound.since.as_second()).checked_div(SECONDS_OF_DAY)
        }),
        tags: Vec::new(),
        attributes: Attributes::new(),
    }
}

/// Whoever issued or handed out a coupon joins, unless it is a party already.
fn join_by_coupons(parties: &mut Vec<PartyFacts>, order: &Order, presented: &Coupons) {
    for coupon in presented.values() {
        for (who, role) in [(&coupon.giver, coupons::GIVER), (&coupon.issuer, coupons::ISSUER)] {
            let Some(who) = who else { continue };
            if !parties.iter().any(|party| *party.id == **who) {
                parties.push(known(order, who, role, None, None));
            }
        }
    }
}

fn from_history(
    order: &Order,
    presented: &Coupons,
    history: &dyn History,
    counting: Counting<'_>,
) -> Vec<PartyFacts> {
    let mut parties = Vec::new();
    if let Some(seller) = order.seller_of_record() {
        parties.push(known(order, seller, SELLER, Some(0), None));
        for (link, depth) in history.chain(seller, CHAIN_MAX, order.time).iter().zip(1_u32..) {
            parties.push(known(order, &link.to, UPLINE, Some(depth), Some(link)));
        }
    }
    for binding in history.bindings(&order.buyer.id, order.time) {
        parties.push(known(order, &binding.to, &binding.relation, None, Some(&binding)));
    }
    join_by_coupons(&mut parties, order, presented);
    for party in &mut parties {
        party.volume_minor = history.volume(&party.id, counting.window, counting.zone, order.time);
        party.tier = history.tier(&party.id);
        let standing = history.standing(&party.id);
        (party.eligible, party.tags) = (standing.eligible, standing.tags);
    }
    parties
}

impl PartyFacts {
    /// The party as a decision names it.
    pub(crate) fn named(&self) -> PartyRef {
        PartyRef {
            id: self.id.clone(),
            role: self.role.clone(),
            depth: self.depth,
            is_buyer: self.is_buyer,
            eligible: self.eligible,
        }
    }
}
