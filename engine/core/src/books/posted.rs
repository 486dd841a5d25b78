//! What became of an event in the books.
//!
//! Invariant: the code says whether money moved and whether sending it again can change that; the text says why.

use fenrun_ledger::{Code, Transaction};

use super::KeptShare;
use crate::GrantsDecision;
use crate::conduct::Suspension;
use crate::decision::Decision;
use crate::outcome::HoldCause;

/// What became of an event.
#[derive(Debug)]
#[non_exhaustive]
pub struct Posted {
    /// The fact.
    pub fact: String,
    /// What became of it.
    pub code: Code,
    /// Where it stands in the log; `None` where nothing was written.
    pub seq: Option<u64>,
    /// Why, where it was not posted.
    pub because: Option<String>,
    /// What was done beside the movements, such as how many orders a closed day released.
    pub note: Option<String>,
    /// What was decided, for orders.
    pub decision: Option<Box<Decision>>,
    /// What was granted, for orders, bindings and occasions about which policies were asked.
    pub granted: Option<Box<GrantsDecision>>,
    /// The decision as one line of JSON, as it stands in the receipt.
    pub decision_json: Option<String>,
    /// What stopped it, where it is held.
    pub held: Option<HoldCause>,
    /// The policies that this event's failure suspends: events about which they would be asked wait from now on.
    pub suspended: Vec<Suspension>,
    /// What was moved.
    pub transactions: Vec<Transaction>,
    /// The shares of earlier orders of which more or less is kept by now, and the bonuses of a close. Only where
    /// [`Books::tell_kept`](super::Books::tell_kept) asked for it.
    pub kept: Vec<KeptShare>,
    /// What became of events that had waited for this one, in the order in which they were taken up.
    pub taken_up: Vec<Posted>,
}
