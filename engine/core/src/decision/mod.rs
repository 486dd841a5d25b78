//! A decision: all effects for one order after the host did the arithmetic, with the trace.
//!
//! Invariant: in the hands of a caller a decision is verified; every amount says how it was made.

mod amount;
mod frozen_rate;
pub(crate) mod json;
mod lines;
mod run;
mod share;
mod tier;

use fenrun_money::Currency;
use jiff::Timestamp;

pub use json::schema;
pub use lines::{LineBases, LineOutcome, LineRange};
pub use run::{PolicyAnswer, PolicyRun};
pub use share::{Allocated, Clamp, Discount, DiscountKind, FunderPart, PartyRef, Share, ShareFunder, Term};
pub use tier::TierChange;

use crate::{
    admission::Digest,
    event::{Order, Pricing},
    guard::{self, GuardCheck},
    history::PricedQuote,
    profile::{GuardProfile, RailProfile},
};

/// All effects for one order, verified by the guard. Amounts are minor units of [`Decision::currency`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decision {
    /// The fact it decides, such as `order.paid/A1001`.
    pub fact_key: String,
    /// The order's id, or the quote's.
    pub order: String,
    /// The buyer's id.
    pub buyer: String,
    /// The moment of the order.
    pub time: Timestamp,
    /// The currency of every amount.
    pub currency: Currency,
    /// Where the prices come from.
    pub pricing: Pricing,
    /// The digest of the program that decided.
    pub program: Digest,
    /// The guard profile that was applied.
    pub guard: String,
    /// The lines, sorted by id, with what became of their price.
    pub lines: Vec<LineOutcome>,
    /// Who might have been paid: the chain first, then the others by role and id.
    pub parties: Vec<PartyRef>,
    /// The discounts that apply, in the order in which they were taken.
    pub discounts: Vec<Discount>,
    /// The shares, in the order of the policies.
    pub shares: Vec<Share>,
    /// What each policy was asked and answered.
    pub policies: Vec<PolicyRun>,
    /// The sums.
    pub totals: Totals,
}

/// The sums of a decision, in minor units: `list = discounts + shares + merchant_net`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// All lines at list price.
    pub list: i64,
    /// What came off, by discounts of policies or as given by the event.
    pub discounts: i64,
    /// What the buyer pays: list less discounts, shipping included.
    pub due: i64,
    /// Goods paid with tenders that count: what caps are measured against.
    pub goods_paid: i64,
    /// Paid with money through a payment rail, shipping included: what a rail divides. All that is due where the event
    /// names no tenders.
    pub money_paid: i64,
    /// All shares.
    pub shares: i64,
    /// What stays with the merchant: due less shares.
    pub merchant_net: i64,
    /// What funders give the merchant back for discounts they carry.
    pub funded: i64,
}

impl Totals {
    /// Whether no cent is lost: list = discounts + shares + merchant net.
    #[must_use]
    pub fn balance(&self) -> bool {
        let sum = i128::from(self.discounts)
            .checked_add(i128::from(self.shares))
            .and_then(|sum| sum.checked_add(i128::from(self.merchant_net)));
        sum == Some(i128::from(self.list))
            && i128::from(self.due).checked_add(i128::from(self.discounts)) == Some(i128::from(self.list))
    }
}

impl Decision {
    /// The shares of a party, in any role.
    pub fn shares_of<'a>(&'a self, party: &'a str) -> impl Iterator<Item = &'a Share> {
        self.shares.iter().filter(move |share| *share.party.id == *party)
    }

    /// What a party gets in all, in minor units.
    #[must_use]
    pub fn amount_of(&self, party: &str) -> i64 {
        self.shares_of(party).map(|share| share.amount_minor).fold(0, i64::saturating_add)
    }

    /// Every check of the guard with its numbers, by the profile of the program that decided.
    #[must_use]
    pub fn checks(&self, profile: &GuardProfile) -> Vec<GuardCheck> {
        guard::checks(self, profile)
    }

    /// The checks of the payment rail with their numbers, by the rail profile of the program that decided; none where
    /// the profile sets no bound.
    #[must_use]
    pub fn rail_checks(&self, rail: &RailProfile) -> Vec<GuardCheck> {
        guard::rail_checks(self, rail)
    }

    /// The quote that this decision about a priced cart gives: every line at what it is to cost, frozen with the
    /// discounts behind it.
    #[must_use]
    pub fn quote(&self, cart: &Order) -> PricedQuote {
        PricedQuote {
            quote: self.order.clone(),
            order: cart.clone(),
            lines_paid_minor: self.lines.iter().map(|line| (line.id.to_string(), line.due_minor)).collect(),
            discounts: self.discounts.clone(),
            total_minor: self.totals.due,
            expires: None,
        }
    }

    /// The decision as one line of JSON, amounts as decimal text.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::write(self)
    }
}

/// A decision that the guard has not seen yet.
#[derive(Debug)]
pub(crate) struct Unverified(pub(crate) Decision);
