//! Who is above whom in the model, at every moment.

use std::collections::BTreeMap;

use jiff::{Span, Timestamp};
use serde_json::Value;

use super::grants::WELCOME;
use super::world::{Answer, World, text, time};

/// The touches of each member in each relation, by time.
#[derive(Clone, Debug, Default)]
pub(super) struct Relations(BTreeMap<(String, String), BTreeMap<Timestamp, Option<String>>>);

fn key(relation: &str, member: &str) -> (String, String) {
    (relation.to_owned(), member.to_owned())
}

impl Relations {
    pub(super) fn above(&self, relation: &str, member: &str, at: Timestamp) -> Option<String> {
        self.0.get(&key(relation, member))?.range(..=at).next_back()?.1.clone()
    }

    /// Binds, or says that it cannot be: to itself, or around in a circle at any moment.
    fn bind(&mut self, (relation, member): (&str, &str), to: Option<&str>, since: Timestamp) -> bool {
        let touches = self.0.entry(key(relation, member)).or_default();
        let end = touches.range(since..).next().map(|(at, _)| *at);
        assert_ne!(end, Some(since), "every event has a moment of its own");
        if let Some(to) = to {
            let moments: Vec<Timestamp> =
                self.0.values().flat_map(|touches| touches.keys().copied()).collect();
            let within = moments.into_iter().filter(|at| *at > since && end.is_none_or(|end| *at < end));
            for at in within.chain([since]) {
                let chain = std::iter::successors(Some(to.to_owned()), |party| {
                    if party == member { None } else { self.above(relation, party, at) }
                });
                if chain.last().as_deref() == Some(member) {
                    return false;
                }
            }
        }
        self.0.entry(key(relation, member)).or_default().insert(since, to.map(str::to_owned));
        true
    }
}

impl World {
    /// Buyers go by the name that counts; sellers have one name.
    fn member(&self, event: &Value) -> (String, String) {
        let (relation, member) = (text(event, "relation"), text(event, "member"));
        let member = if relation == "upline" { member } else { self.person(&member) };
        (relation, member)
    }

    pub(super) fn bound(&mut self, fact: &str, event: &Value) -> Answer {
        let (relation, member) = self.member(event);
        let who = self.person(&member);
        let welcomed = self.earned(&who, WELCOME) > 0;
        if !self.relations.bind((&relation, &member), Some(&text(event, "to")), time(event)) {
            return Answer::Refused;
        }
        if welcomed {
            return Answer::Noted;
        }
        let until = self.day(event).checked_add(Span::new().days(30)).unwrap();
        self.give(&format!("{fact}/0"), &who, WELCOME, 1, Some(until));
        Answer::Created
    }

    pub(super) fn unbound(&mut self, event: &Value) -> Answer {
        let ((relation, member), at) = (self.member(event), time(event));
        if self.relations.above(&relation, &member, at).is_none() {
            return Answer::Refused;
        }
        self.relations.bind((&relation, &member), None, at);
        Answer::Noted
    }

    pub(super) fn moved(&mut self, event: &Value) -> Answer {
        let (relation, from, to) = (text(event, "relation"), text(event, "from"), text(event, "to"));
        let newest =
            |touches: &BTreeMap<Timestamp, Option<String>>| touches.values().next_back().cloned().flatten();
        let all = self
            .relations
            .0
            .iter()
            .filter(|((of, _), touches)| *of == relation && newest(touches).as_ref() == Some(&from));
        let members: Vec<String> = all.map(|((_, member), _)| member.clone()).collect();
        for member in members.iter().filter(|member| **member != to) {
            if !self.relations.bind((&relation, member), Some(&to), time(event)) {
                return Answer::Refused;
            }
        }
        Answer::Noted
    }

    /// Two buyers are one: orders, uses of coupons and units count together.
    pub(super) fn merged(&mut self, event: &Value) -> Answer {
        let (from, into) = (text(event, "from"), self.person(&text(event, "into")));
        if self.merges.contains_key(&from) || from == into {
            return Answer::Refused;
        }
        self.merges.insert(from.clone(), into.clone());
        let bound: Vec<_> =
            self.relations.0.clone().into_iter().filter(|((_, who), _)| *who == from).collect();
        for ((relation, _), touches) in bound.into_iter().filter(|((relation, _), _)| relation != "upline") {
            self.relations.0.entry((relation, into.clone())).or_insert(touches);
        }
        let gone = self.buyers.remove(&from).unwrap_or_default();
        let stays = self.buyers.entry(into.clone()).or_default();
        (stays.paid, stays.reserved) = (stays.paid + gone.paid, stays.reserved + gone.reserved);
        for coupon in self.coupons.values_mut() {
            let used = coupon.uses.remove(&from).unwrap_or(0);
            *coupon.uses.entry(into.clone()).or_default() += used;
        }
        let wallets =
            self.accounts.0.clone().into_iter().filter(|(name, _)| name.0 == "wallet" && name.1 == from);
        for ((_, _, lot, asset), units) in wallets {
            self.accounts.add("wallet", (&from, &lot), &asset, -units);
            self.accounts.add("wallet", (&into, &lot), &asset, units);
        }
        let earned: Vec<_> = self.earned.clone().into_iter().filter(|((who, _), _)| *who == from).collect();
        for ((_, asset), units) in earned {
            self.earned.remove(&(from.clone(), asset.clone()));
            *self.earned.entry((into.clone(), asset)).or_default() += units;
        }
        Answer::Noted
    }
}
