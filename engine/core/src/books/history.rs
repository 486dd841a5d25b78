//! The ledger as the history that decisions ask.
//!
//! Invariant: answers are as of the event on the desk; trouble with the ledger is kept and told, never taken for "nothing".

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::de::DeserializeOwned;

use super::coupons;
use super::desk::{Desk, key, kind};
use super::records::{BuyerRecord, PartyRecord, QuoteRecord, Touches};
use super::stop::Stop;
use crate::event::{Event, Expectations};
use crate::history::{
    Binding, History, PresentedCoupon, PricedQuote, Standing, UPLINE_RELATION, VolumeWindow,
};

/// Merged identities are followed this far; a chain of merges is flattened when it is made.
const MERGES_MAX: usize = 64;

/// The history behind one event.
pub(crate) struct DeskHistory<'desk, 'ledger> {
    desk: RefCell<&'desk mut Desk<'ledger>>,
    expect: &'desk Expectations,
    zone: &'desk TimeZone,
    trouble: RefCell<Option<Stop>>,
}

impl<'desk, 'ledger> DeskHistory<'desk, 'ledger> {
    pub(crate) fn new(
        desk: &'desk mut Desk<'ledger>,
        expect: &'desk Expectations,
        zone: &'desk TimeZone,
    ) -> Self {
        Self { desk: RefCell::new(desk), expect, zone, trouble: RefCell::new(None) }
    }

    /// What went wrong while it was asked, if anything did.
    pub(crate) fn close(self) -> Result<(), Stop> {
        match self.trouble.into_inner() {
            Some(stop) => Err(stop),
            None => Ok(()),
        }
    }

    fn ask<T: Default>(&self, question: impl FnOnce(&mut Desk<'ledger>) -> Result<T, Stop>) -> T {
        match question(&mut self.desk.borrow_mut()) {
            Ok(answer) => answer,
            Err(stop) => {
                self.trouble.borrow_mut().get_or_insert(stop);
                T::default()
            }
        }
    }

    fn get<T: DeserializeOwned + Default>(&self, kind: &'static str, key: &str) -> T {
        self.ask(|desk| desk.get(kind, key))
    }

    fn priced(&self, quote: &str, record: QuoteRecord) -> Result<PricedQuote, Stop> {
        let event = Event::parse(&record.event, self.expect)
            .map_err(|error| Stop::Engine(format!("quote `{quote}` cannot be read back: {error}")))?;
        let Event::OrderPriced(priced) = event else {
            return Err(Stop::Engine(format!("quote `{quote}` is no quote")));
        };
        Ok(PricedQuote {
            quote: quote.to_owned(),
            order: priced.into_order(),
            lines_paid_minor: record.lines_paid,
            discounts: record.discounts,
            total_minor: record.total,
            expires: Some(record.expires),
        })
    }
}

/// Who a buyer is after all merges.
pub(crate) fn merged(desk: &mut Desk<'_>, buyer: &str) -> Result<String, Stop> {
    let mut buyer = buyer.to_owned();
    for _ in 0..MERGES_MAX {
        let record: BuyerRecord = desk.get(kind::BUYER, &buyer)?;
        match record.merged_into {
            Some(into) => buyer = into,
            None => break,
        }
    }
    Ok(buyer)
}

/// The touch that is valid at a moment.
pub(crate) fn valid(touches: &[super::records::Touch], at: Timestamp) -> Option<&super::records::Touch> {
    let count = touches.partition_point(|touch| touch.since <= at);
    count.checked_sub(1).and_then(|place| touches.get(place))
}

/// A seller's goods paid by local day, in one month.
pub(crate) type MonthVolume = BTreeMap<i8, i64>;

/// The key of a seller's volume in the month of a day. Months come first, so that all sellers of one are together.
pub(crate) fn volume_key(day: Date, party: &str) -> String {
    key(&[&month(day), party])
}

pub(crate) fn month(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// A seller's volume from one day until before another.
pub(crate) fn volume(desk: &mut Desk<'_>, party: &str, first: Date, after: Date) -> Result<i64, Stop> {
    let mut sum = 0_i64;
    let mut day = first.first_of_month();
    while day < after {
        let volumes: MonthVolume = desk.get(kind::VOLUME, &volume_key(day, party))?;
        for (number, amount) in volumes {
            let inside =
                Date::new(day.year(), day.month(), number).is_ok_and(|day| day >= first && day < after);
            if inside {
                sum = sum.checked_add(amount).ok_or(fenrun_money::Overflow)?;
            }
        }
        let Ok(next) = day.checked_add(1.month()) else { break };
        day = next;
    }
    Ok(sum)
}

impl History for DeskHistory<'_, '_> {
    fn paid_orders(&self, buyer: &str) -> u64 {
        let buyer = self.ask(|desk| merged(desk, buyer));
        let record: BuyerRecord = self.get(kind::BUYER, &buyer);
        record.paid.saturating_add(record.reserved)
    }

    fn last_order_time(&self, buyer: &str) -> Option<Timestamp> {
        let buyer = self.ask(|desk| merged(desk, buyer));
        self.get::<BuyerRecord>(kind::BUYER, &buyer).last
    }

    fn upline(&self, party: &str, at: Timestamp) -> Option<Binding> {
        let touches: Touches = self.get(kind::TOUCH, party);
        let touch = valid(touches.get(UPLINE_RELATION)?, at)?;
        let to = touch.to.clone()?;
        Some(Binding { relation: UPLINE_RELATION.into(), member: party.into(), to, since: touch.since })
    }

    fn bindings(&self, buyer: &str, at: Timestamp) -> Vec<Binding> {
        let buyer = self.ask(|desk| merged(desk, buyer));
        let touches: Touches = self.get(kind::TOUCH, &buyer);
        let found = touches.iter().filter(|(relation, _)| *relation != UPLINE_RELATION);
        let bound = found.filter_map(|(relation, touches)| {
            let touch = valid(touches, at)?;
            let to = touch.to.clone()?;
            Some(Binding { relation: relation.clone(), member: buyer.clone(), to, since: touch.since })
        });
        bound.collect()
    }

    fn volume(&self, party: &str, window: VolumeWindow, zone: &TimeZone, at: Timestamp) -> i64 {
        let day = |at: Timestamp| self.zone.to_datetime(at).date();
        let (start, end) = window.bounds(zone, at);
        self.ask(|desk| match (start, end) {
            (Some(start), Some(end)) => volume(desk, party, day(start), day(end)),
            _ => desk.get(kind::VOLUME, &key(&["all", party])),
        })
    }

    fn tier(&self, party: &str) -> Option<String> {
        self.get::<PartyRecord>(kind::PARTY, party).tier
    }

    fn standing(&self, party: &str) -> Standing {
        let record: PartyRecord = self.get(kind::PARTY, party);
        Standing { eligible: record.eligible.unwrap_or(true), tags: record.tags }
    }

    fn quote(&self, quote: &str) -> Option<Arc<PricedQuote>> {
        let record = self.ask(|desk| desk.find::<QuoteRecord>(kind::QUOTE, quote))?;
        if record.paid_by.is_some() {
            return None;
        }
        self.ask(|_| self.priced(quote, record).map(Some)).map(Arc::new)
    }

    fn quote_paid_by(&self, quote: &str) -> Option<String> {
        self.ask(|desk| desk.find::<QuoteRecord>(kind::QUOTE, quote))?.paid_by
    }

    fn presented(
        &self,
        coupon: &str,
        buyer: &str,
        quote: Option<&str>,
        at: Timestamp,
    ) -> Result<PresentedCoupon, String> {
        let day = self.zone.to_datetime(at).date();
        let answer = self.ask(|desk| coupons::presented(desk, coupon, buyer, quote, day).map(Some));
        answer.unwrap_or_else(|| Ok(PresentedCoupon::default()))
    }

    fn spent(&self, budget: &str) -> i64 {
        self.get(kind::BUDGET, budget)
    }
}
