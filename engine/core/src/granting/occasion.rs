//! Something that happened, other than an order: what `grants` may give units for.
//!
//! Invariant: says who is concerned and nothing about money.

use jiff::Timestamp;

use crate::{
    event::{AttributeValue, Attributes, Buyer, OccasionNoted, Party, RelationBound, UPLINE_RELATION},
    history::History,
};

/// Something that happened: of which kind, when, and whom it concerns.
///
/// ```
/// use fenrun::granting::Occasion;
///
/// let day = "2026-03-01T09:00:00+08:00".parse()?;
/// let occasion = Occasion::new("check_in", day).buyer("b1").attribute("streak", 7);
/// assert_eq!(occasion.kind(), "check_in");
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occasion {
    pub(super) kind: String,
    pub(super) time: Timestamp,
    pub(super) buyer: Option<Buyer>,
    pub(super) parties: Vec<Party>,
    pub(super) concerns: Option<String>,
    pub(super) relation: Option<String>,
    pub(super) attributes: Attributes,
}

/// Links above a newly bound upline that a policy may see.
const CHAIN_MAX: usize = 15;

/// The role of a party that an occasion concerns and that the buyer is not bound to.
const STRANGER: &str = "partner";

impl Occasion {
    /// Something of this kind, at this moment. A policy compares the kind with the words it knows.
    pub fn new(kind: impl Into<String>, time: Timestamp) -> Self {
        Self {
            kind: kind.into(),
            time,
            buyer: None,
            parties: Vec::new(),
            concerns: None,
            relation: None,
            attributes: Attributes::new(),
        }
    }

    /// A binding: the member is the buyer, and it concerns the party that the member is bound to.
    pub fn bound(bound: &RelationBound, history: &dyn History) -> Self {
        let (member, to, time) = (bound.member(), bound.to(), bound.time());
        let mut occasion = Self::new("relation.bound", time).buyer(member).concerning(to);
        occasion.relation = Some(bound.relation().into());
        if bound.relation() != UPLINE_RELATION {
            return occasion.party(Party::new(to, bound.relation()));
        }
        let above = history.chain(to, CHAIN_MAX, time);
        let links = above.iter().zip(2_u32..).map(|(link, depth)| Party::upline(link.to.as_str(), depth));
        links.fold(occasion.party(Party::seller(member)).party(Party::upline(to, 1)), Self::party)
    }

    /// An occasion that was noted, in its own word. The party that it concerns comes in the role in which the buyer is
    /// bound to it, or else as `partner`.
    pub fn noted(noted: &OccasionNoted, history: &dyn History) -> Self {
        let occasion = Self::new(noted.what(), noted.time()).buyer(noted.of());
        let Some(party) = noted.party() else { return occasion };
        let bindings = history.bindings(noted.of(), noted.time());
        let role = bindings.into_iter().find(|binding| binding.to == party).map(|binding| binding.relation);
        let role = role.unwrap_or_else(|| STRANGER.to_owned());
        occasion.party(Party::new(party, role)).concerning(party)
    }

    /// The same with the buyer, member or visitor it is about.
    #[must_use]
    pub fn buyer(mut self, buyer: impl Into<Buyer>) -> Self {
        self.buyer = Some(buyer.into());
        self
    }

    /// The same with one more party that may be given something.
    #[must_use]
    pub fn party(mut self, party: Party) -> Self {
        self.parties.push(party);
        self
    }

    /// The same, concerning the first party with this id.
    #[must_use]
    pub fn concerning(mut self, party: impl Into<String>) -> Self {
        self.concerns = Some(party.into());
        self
    }

    /// The same with one more attribute; a key given twice keeps the later value.
    #[must_use]
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<AttributeValue>) -> Self {
        self.attributes.insert(key.into(), value.into());
        self
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// When it happened.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.time
    }
}
