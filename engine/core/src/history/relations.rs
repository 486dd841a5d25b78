//! Relations with their history: who was bound to whom, at every moment.
//!
//! Invariant: at no moment does any relation hold a circle (I8), in whatever order the bindings arrive.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use super::{Binding, RelationError};

/// All bindings, each valid from its moment until the member's next one in the same relation.
#[derive(Clone, Debug, Default)]
pub(super) struct Relations {
    /// member → relation → bindings in the order of time.
    members: HashMap<String, BTreeMap<String, Vec<Touch>>>,
    /// relation → everybody somebody is or was bound to. Whoever is not here cannot close a circle.
    targets: HashMap<String, HashSet<String>>,
}

/// One binding of a member in a relation.
#[derive(Clone, Debug)]
struct Touch {
    since: Timestamp,
    to: String,
}

/// What became of a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// It is new.
    New,
    /// The very same binding was there.
    Known,
    /// The member was bound to somebody else at the same moment.
    Conflict,
}

/// A stretch of time, from `start` until before `end`; no `end` is for ever.
#[derive(Clone, Copy)]
struct Stretch {
    start: Timestamp,
    end: Option<Timestamp>,
}

impl Relations {
    /// Binds a member from a moment on, until its next binding in this relation.
    pub(super) fn bind(
        &mut self,
        relation: &str,
        member: &str,
        to: &str,
        since: Timestamp,
    ) -> Result<Bound, RelationError> {
        if member == to {
            return Err(RelationError::Itself { relation: relation.to_owned(), party: member.to_owned() });
        }
        let touches = self.touches(relation, member);
        let place = touches.partition_point(|touch| touch.since < since);
        let next = touches.get(place);
        if let Some(same) = next.filter(|touch| touch.since == since) {
            return Ok(if same.to == to { Bound::Known } else { Bound::Conflict });
        }
        let stretch = Stretch { start: since, end: next.map(|touch| touch.since) };
        if let Some(path) = self.way_back(relation, to, member, stretch) {
            let (relation, member, to) = (relation.to_owned(), member.to_owned(), to.to_owned());
            return Err(RelationError::Circle { relation, member, to, path });
        }
        let touches =
            self.members.entry(member.to_owned()).or_default().entry(relation.to_owned()).or_default();
        touches.insert(place, Touch { since, to: to.to_owned() });
        self.targets.entry(relation.to_owned()).or_default().insert(to.to_owned());
        Ok(Bound::New)
    }

    /// The binding of a member that is valid at a moment.
    pub(super) fn at(&self, relation: &str, member: &str, at: Timestamp) -> Option<Binding> {
        valid(self.touches(relation, member), at).map(|touch| binding(relation, member, touch))
    }

    /// The bindings of a member that are valid at a moment, in the order of the relations' names.
    pub(super) fn all_at(&self, member: &str, at: Timestamp) -> impl Iterator<Item = Binding> {
        self.members.get(member).into_iter().flatten().filter_map(move |(relation, touches)| {
            valid(touches, at).map(|touch| binding(relation, member, touch))
        })
    }

    fn touches(&self, relation: &str, member: &str) -> &[Touch] {
        self.members.get(member).and_then(|relations| relations.get(relation)).map_or(&[], Vec::as_slice)
    }

    /// A way from `start` up to `goal` that exists at some moment of a stretch of time, both ends included.
    ///
    /// The walk follows each binding only for the time it shares with the way so far, so it visits no moment twice.
    fn way_back(&self, relation: &str, start: &str, goal: &str, stretch: Stretch) -> Option<Vec<String>> {
        if !self.targets.get(relation).is_some_and(|targets| targets.contains(goal)) {
            return None;
        }
        // Each visited party with the stretch it was reached in and the index of the one it was reached from.
        let mut visited: Vec<(&str, Stretch, Option<usize>)> = vec![(start, stretch, None)];
        let mut next = 0;
        while let Some((party, stretch, _)) = visited.get(next).copied() {
            if party == goal {
                return Some(trace(&visited, next));
            }
            let touches = self.touches(relation, party);
            for (index, touch) in touches.iter().enumerate() {
                let end = touches.get(index.saturating_add(1)).map(|later| later.since);
                if let Some(shared) = stretch.shared(Stretch { start: touch.since, end }) {
                    visited.push((&touch.to, shared, Some(next)));
                }
            }
            next = next.saturating_add(1);
        }
        None
    }
}

impl Stretch {
    /// The time two stretches share, if any.
    fn shared(self, other: Stretch) -> Option<Stretch> {
        let start = self.start.max(other.start);
        let end = match (self.end, other.end) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        end.is_none_or(|end| start < end).then_some(Stretch { start, end })
    }
}

/// The way that led to a visited party, from the start on.
fn trace(visited: &[(&str, Stretch, Option<usize>)], last: usize) -> Vec<String> {
    let mut path = Vec::new();
    let mut step = Some(last);
    while let Some((party, _, from)) = step.and_then(|index| visited.get(index)) {
        path.push((*party).to_owned());
        step = *from;
    }
    path.reverse();
    path
}

fn valid(touches: &[Touch], at: Timestamp) -> Option<&Touch> {
    let count = touches.partition_point(|touch| touch.since <= at);
    count.checked_sub(1).and_then(|index| touches.get(index))
}

fn binding(relation: &str, member: &str, touch: &Touch) -> Binding {
    Binding {
        relation: relation.to_owned(),
        member: member.to_owned(),
        to: touch.to.clone(),
        since: touch.since,
    }
}
