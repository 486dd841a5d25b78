//! History: what an event leaves out, known from the events before it.
//!
//! Invariant: answers depend only on what was learned, in its order, never on a clock.

mod binding;
mod error;
mod memory;
mod presented;
mod quote;
mod relations;
mod standing;
mod volumes;
mod window;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use crate::event::UPLINE_RELATION;
pub use binding::Binding;
pub use error::{LearnError, RelationError};
pub use memory::{Learned, Lesson, MemoryHistory};
pub use presented::PresentedCoupon;
pub use quote::PricedQuote;
pub use standing::Standing;
pub use window::VolumeWindow;

/// What an event leaves out: the buyer's earlier orders, relations, volumes, tiers, quotes.
///
/// A host application with a database of its own implements it over that; [`MemoryHistory`] learns from a stream;
/// [`NoHistory`] knows nothing. Every answer is as of the moment before the event that asks.
///
/// ```
/// use fenrun::event::{Event, Expectations, RelationBound};
/// use fenrun::history::{History, Learned, MemoryHistory};
/// use fenrun_money::Currency;
///
/// let expect = Expectations::new(Currency::CNY);
/// let march = "2026-03-01T00:00:00Z".parse()?;
/// let mut history = MemoryHistory::new();
/// for (member, upline) in [("s1", "s2"), ("s2", "s3")] {
///     history.learn(&RelationBound::new("upline", member, upline, march, &expect)?.into(), &Learned::default())?;
/// }
/// let chain = history.chain("s1", 5, march);
/// assert_eq!(chain.iter().map(|link| link.to.as_str()).collect::<Vec<_>>(), ["s2", "s3"]);
///
/// let circle = RelationBound::new("upline", "s3", "s1", march, &expect)?;
/// assert_eq!(
///     history.learn(&circle.into(), &Learned::default()).unwrap_err().to_string(),
///     "`s3` cannot have `s1` as upline: `s1` is below `s3` (`s1` → `s2` → `s3`); \
///      hint: relations must not close a circle",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait History {
    /// How many orders this buyer has paid before.
    fn paid_orders(&self, buyer: &str) -> u64;

    /// The time of the buyer's latest paid order before.
    fn last_order_time(&self, buyer: &str) -> Option<Timestamp>;

    /// The binding of a party to its upline that is valid at a moment.
    fn upline(&self, party: &str, at: Timestamp) -> Option<Binding>;

    /// A buyer's bindings in all other relations (guide, store …) that are valid at a moment, in the order of the
    /// relations' names.
    fn bindings(&self, buyer: &str, at: Timestamp) -> Vec<Binding>;

    /// The goods paid before, in minor units, of orders with this party as the seller of record, in the window that
    /// holds the moment `at` in the time zone `zone`.
    fn volume(&self, party: &str, window: VolumeWindow, zone: &TimeZone, at: Timestamp) -> i64;

    /// The tier a party has reached.
    fn tier(&self, party: &str) -> Option<String>;

    /// A quote that was given and has not been paid; whether it has expired is for whoever asks to see.
    fn quote(&self, quote: &str) -> Option<Arc<PricedQuote>>;

    /// The id of the order that paid a quote, if one did. A quote is paid once.
    fn quote_paid_by(&self, quote: &str) -> Option<String> {
        let _ = quote;
        None
    }

    /// What is known of a party beside its tier: whether it may be paid, and its tags.
    fn standing(&self, party: &str) -> Standing {
        let _ = party;
        Standing::default()
    }

    /// What is known of a coupon that a buyer presents, if it can be used; what the quote with the id `quote` has reserved
    /// can. Without a ledger every coupon can, and nothing is known of it.
    ///
    /// # Errors
    ///
    /// Why it cannot be used, for whoever presented it.
    fn presented(
        &self,
        coupon: &str,
        buyer: &str,
        quote: Option<&str>,
        at: Timestamp,
    ) -> Result<PresentedCoupon, String> {
        let _ = (coupon, buyer, quote, at);
        Ok(PresentedCoupon::default())
    }

    /// What was spent of a budget, minor units; its key names the policy and the scope.
    fn spent(&self, budget: &str) -> i64 {
        let _ = budget;
        0
    }

    /// The seller's chain at a moment: the seller's binding to its upline, that one's to its own, and so on, at most
    /// `depth_max` of them. Ends before anybody would appear twice, so a store with a circle cannot trap the walk.
    fn chain(&self, seller: &str, depth_max: usize, at: Timestamp) -> Vec<Binding> {
        let mut chain: Vec<Binding> = Vec::new();
        while chain.len() < depth_max {
            let party = chain.last().map_or(seller, |link| link.to.as_str());
            let Some(link) = self.upline(party, at) else { break };
            if link.to == seller || chain.iter().any(|earlier| earlier.to == link.to) {
                break;
            }
            chain.push(link);
        }
        chain
    }
}

/// The history of a host application that puts everything into the event: nothing happened before.
///
/// ```
/// use fenrun::history::{History, NoHistory};
///
/// assert_eq!(NoHistory.paid_orders("b1"), 0);
/// assert_eq!(NoHistory.quote("Q1"), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoHistory;

impl History for NoHistory {
    fn paid_orders(&self, _buyer: &str) -> u64 {
        0
    }

    fn last_order_time(&self, _buyer: &str) -> Option<Timestamp> {
        None
    }

    fn upline(&self, _party: &str, _at: Timestamp) -> Option<Binding> {
        None
    }

    fn bindings(&self, _buyer: &str, _at: Timestamp) -> Vec<Binding> {
        Vec::new()
    }

    fn volume(&self, _party: &str, _window: VolumeWindow, _zone: &TimeZone, _at: Timestamp) -> i64 {
        0
    }

    fn tier(&self, _party: &str) -> Option<String> {
        None
    }

    fn quote(&self, _quote: &str) -> Option<Arc<PricedQuote>> {
        None
    }
}
