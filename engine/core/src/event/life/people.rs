//! What becomes of people: bindings end or move, parties change, buyers turn out to be one.
//!
//! Invariant: says what is known from a moment on; whether a circle would close is the books' proof.

use std::collections::HashMap;

use jiff::Timestamp;

use super::define::life_event;
use super::orders::{differ, relation};
use crate::event::error::{EventError, EventErrorKind as Kind};
use crate::event::place::Place;
use crate::event::shown::Shown;
use crate::event::{Expectations, check};

life_event! {
    /// A member is bound to nobody in a relation from a moment on.
    RelationUnbound = "relation.unbound", key(relation, member, time), wire RelationUnboundWire;
    /// `upline`, or a role such as `guide`.
    "relation" relation: String => &str;
    /// Who was bound.
    "member" member: String => &str;
    /// From when on.
    "time" time: Timestamp => Timestamp;
    check known_unbound;
}

life_event! {
    /// Whoever is bound to one is bound to another from a moment on, as when a guide leaves.
    RelationMoved = "relation.moved", key(relation, from, time), wire RelationMovedWire;
    /// `upline`, or a role such as `guide`.
    "relation" relation: String => &str;
    /// To whom they were bound.
    "from" from: String => &str;
    /// To whom they are bound from then on.
    "to" to: String => &str;
    /// From when on.
    "time" time: Timestamp => Timestamp;
    /// Only these members; left out, all of them.
    #[schemars(length(min = 1, max = 10_000))]
    "members" members: Option<Vec<String>> => Option<&[String]>, optional;
    check known_moved;
}

life_event! {
    /// Something became known of a party.
    PartyChanged = "party.changed", key(party, time), wire PartyChangedWire;
    /// The party.
    "party" party: String => &str;
    /// From when on.
    "time" time: Timestamp => Timestamp;
    /// The tier it has reached.
    "tier" tier: Option<String> => Option<&str>, optional;
    /// Whether it may be paid at all.
    "eligible" eligible: Option<bool> => Option<bool>, optional;
    /// Whether its payouts are stopped.
    "frozen" frozen: Option<bool> => Option<bool>, optional;
    /// Words a rule may look for; they replace the ones before.
    #[schemars(length(max = 32))]
    "tags" tags: Option<Vec<String>> => Option<&[String]>, optional;
    /// As what it belongs to the merchant, such as `licensor`: it is asked about at the close of each period that ends
    /// after that, whether it sold anything or not.
    "role" role: Option<String> => Option<&str>, optional;
    check something_changed;
}

life_event! {
    /// Two buyers turn out to be one person: their orders, coupons and bindings count together from then on.
    BuyerMerged = "buyer.merged", key(from), wire BuyerMergedWire;
    /// The identity that is given up.
    "from" from: String => &str;
    /// The identity that stays.
    "into" stays: String => &str;
    /// From when on.
    "time" time: Timestamp => Timestamp;
    check two_buyers;
}

fn known_unbound(unbound: &RelationUnbound, expect: &Expectations) -> Result<(), EventError> {
    relation(&unbound.relation, expect)
}

fn known_moved(moved: &RelationMoved, expect: &Expectations) -> Result<(), EventError> {
    relation(&moved.relation, expect)?;
    differ(
        (&moved.from, &moved.to),
        "to",
        "members cannot be moved to whom they are bound",
        "name another one",
    )?;
    let Some(members) = &moved.members else { return Ok(()) };
    let root = Place::Root;
    let place = root.field("members");
    if members.is_empty() {
        let problem = "nobody is moved".to_owned();
        let remedy = "name the members, or leave `members` out to move all";
        return Err(EventError::at(&place, Kind::Contradiction { problem, remedy }));
    }
    let mut first_of = HashMap::with_capacity(members.len());
    for (index, member) in members.iter().enumerate() {
        if let Some(first) = first_of.insert(member.as_str(), index) {
            let what = format!("member `{}`", Shown(member));
            return Err(check::repeated(
                &place.index(index),
                what,
                &place.index(first),
                "name every member once",
            ));
        }
    }
    Ok(())
}

fn two_buyers(merged: &BuyerMerged, _: &Expectations) -> Result<(), EventError> {
    differ(
        (&merged.from, &merged.stays),
        "into",
        "a buyer cannot be merged into itself",
        "name the one that stays",
    )
}

fn something_changed(changed: &PartyChanged, expect: &Expectations) -> Result<(), EventError> {
    let nothing = changed.tier.is_none()
        && changed.eligible.is_none()
        && changed.frozen.is_none()
        && changed.tags.is_none()
        && changed.role.is_none();
    if nothing {
        let problem = "nothing of the party has changed".to_owned();
        let remedy = "say `tier`, `eligible`, `frozen`, `tags` or `role`";
        return Err(EventError::at(&Place::Root.field("party"), Kind::Contradiction { problem, remedy }));
    }
    if let Some(role) = &changed.role {
        check::role(role, "role", &Place::Root.field("role"), expect)?;
    }
    let tags = changed.tags.as_deref().unwrap_or_default();
    check::tags(tags, &Place::Root.field("tags"), expect.event_limits())
}
