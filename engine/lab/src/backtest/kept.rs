//! One program with books of its own, for events of which only books know what follows.
//!
//! Invariant: what is told of an event is what the books posted; nothing is decided or worked out again here.

use std::collections::HashMap;

use fenrun::books::{Books, BooksError, Code, KeptShare, Posted, TakenBack};
use fenrun::event::Event;
use fenrun::{Decision, HoldCause};
use fenrun_ledger::AccountKind;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Date};

use super::earned::Earned;
use super::known::Told;
use super::plan::touched;
use super::side::{Back, Counted, Held, Item, Paid, Seen, count};
use super::tally::Totals;

/// An order of which something goes back later.
struct Open {
    /// Effects before the first share.
    discounts: usize,
    shares: usize,
    month: (i16, i8),
}

/// A program's books, and what they came to.
pub(super) struct Kept {
    books: Books,
    zone: TimeZone,
    currency: String,
    open: HashMap<Box<str>, Open>,
    parked: u64,
    totals: Totals,
    earned: Earned,
}

impl Kept {
    pub(super) fn new(mut books: Books) -> Kept {
        books.tell_kept();
        let definition = books.program().map(|program| program.definition().clone());
        let zone = definition.as_ref().map_or(TimeZone::UTC, |program| program.time_zone().clone());
        let currency = definition.map_or_else(String::new, |program| program.currency().code().to_owned());
        Kept {
            books,
            zone,
            currency,
            open: HashMap::new(),
            parked: 0,
            totals: Totals::default(),
            earned: Earned::default(),
        }
    }

    /// What it came to.
    pub(super) fn counted(self) -> Counted {
        Counted { totals: self.totals, earned: self.earned, still_waiting: self.parked }
    }

    /// Takes events as one batch.
    pub(super) fn take_all(&mut self, items: &[Item]) -> Result<Vec<Seen>, BooksError> {
        self.books.begin()?;
        let seen = items.iter().map(|item| self.take(item)).collect::<Result<Vec<_>, _>>()?;
        self.books.commit()?;
        Ok(seen)
    }

    fn take(&mut self, item: &Item) -> Result<Seen, BooksError> {
        let Item::Event { event, kept, last } = item else { return Ok(Seen::Other) };
        let posted = self.books.take(event)?;
        let order = touched(event);
        let closed = order.filter(|_| *last).map(Box::from);
        let because = || posted.because.clone().unwrap_or_default();
        match posted.code {
            Code::Duplicate => return Ok(Seen::Told(Told::Again, closed)),
            Code::Conflict => return Ok(Seen::Told(Told::Otherwise, closed)),
            Code::Parked => {
                self.parked = self.parked.saturating_add(1);
                return Ok(Seen::Waits);
            }
            Code::Refused => return Ok(Seen::Refused { because: because(), closed }),
            _ => {}
        }
        let waited = u64::try_from(posted.taken_up.len()).unwrap_or(u64::MAX);
        self.parked = self.parked.saturating_sub(waited);
        if let Some(cause) = &posted.held {
            return Ok(self.held(event, cause, *kept));
        }
        if let (Event::OrderPaid(_), Some(_)) = (event.as_ref(), &posted.decision) {
            return Ok(self.paid(posted, *kept));
        }
        let back = self.changed(event, order, &posted);
        for next in &posted.taken_up {
            self.changed(event, None, next);
        }
        let Some(order) = order else { return Ok(Seen::Other) };
        if *last {
            self.open.remove(order);
        }
        Ok(Seen::Back { order: order.into(), back, last: *last })
    }

    fn held(&mut self, event: &Event, cause: &HoldCause, kept: bool) -> Seen {
        self.earned.held(cause);
        let (Event::OrderPaid(_), Some(order)) = (event, event.order()) else { return Seen::Other };
        self.totals.hold(matches!(cause, HoldCause::Violations(_)));
        Seen::Held(Box::new(Held { order: order.id.clone(), because: cause.to_string(), kept }))
    }

    fn paid(&mut self, posted: Posted, kept: bool) -> Seen {
        let Posted { decision, taken_up, .. } = posted;
        let Some(decision) = decision else { return Seen::Other };
        let (mut paid, open) = self.count(*decision, kept);
        if kept || !taken_up.is_empty() {
            self.open.insert(paid.order.as_str().into(), open);
        }
        for next in &taken_up {
            let back = self.back(&paid.order.clone(), next);
            paid.backs.push(back);
        }
        if !kept {
            self.open.remove(paid.order.as_str());
        }
        Seen::Paid(Box::new(paid))
    }

    /// Counts what a paid order comes to.
    fn count(&mut self, mut decision: Decision, kept: bool) -> (Paid, Open) {
        let month = self.month(decision.time);
        let (merchant_net, effects) = count(&mut self.totals, &mut self.earned, &mut decision, month);
        let shares = effects.iter().filter(|effect| !effect.role.is_empty()).count();
        let open = Open { discounts: effects.len().saturating_sub(shares), shares, month };
        (Paid { order: decision.order, merchant_net, effects, kept, backs: Vec::new() }, open)
    }

    /// What an event that pays no order changes.
    fn changed(&mut self, event: &Event, order: Option<&str>, posted: &Posted) -> Back {
        if let (Some(decision), true) = (&posted.decision, posted.fact.starts_with("order.paid/")) {
            // Taken up by another event than its own: it counts, and is not compared one by one.
            self.count((**decision).clone(), false);
        }
        if let Some(order) = order {
            return self.back(order, posted);
        }
        let first = match event {
            Event::PeriodClosed(closed) => Some(closed.first_day()),
            _ => None,
        };
        for share in &posted.kept {
            self.bonus(share, first);
        }
        Back::default()
    }

    /// What went back of an order.
    fn back(&mut self, order: &str, posted: &Posted) -> Back {
        let (discounts, shares, month) = match self.open.get(order) {
            Some(open) => (open.discounts, open.shares, Some(open.month)),
            None => (0, 0, None),
        };
        let mut merchant = self.moved(posted, AccountKind::Merchant);
        let (mut clawbacks, mut clawed) = (Vec::new(), 0_i128);
        for share in &posted.kept {
            let less = i128::from(share.before_minor).saturating_sub(share.after_minor.into());
            if share.order.as_deref() != Some(order) || share.share >= shares {
                // Of what a close gave, the order's own figures know nothing.
                merchant = merchant.saturating_sub(less);
                self.bonus(share, None);
                continue;
            }
            clawed = clawed.saturating_add(less);
            clawbacks.push((
                discounts.saturating_add(share.share),
                share.before_minor.saturating_sub(share.after_minor),
            ));
            self.keep(share);
        }
        let mut taken = TakenBack::default();
        let whole = |minor: i128| i64::try_from(minor).unwrap_or(i64::MAX);
        taken.refund_minor = whole(self.moved(posted, AccountKind::Payments));
        taken.funders_minor = whole(self.moved(posted, AccountKind::Funding));
        self.totals.take_back(&taken, clawed);
        if let Some(month) = month {
            self.earned.month(month, merchant);
        }
        Back { merchant, clawbacks }
    }

    /// A bonus of a close, or what becomes of one.
    fn bonus(&mut self, share: &KeptShare, first: Option<Date>) {
        let more = self.keep(share);
        self.totals.bonuses = self.totals.bonuses.saturating_add(more);
        let month = match (share.paid_at, first) {
            (Some(paid_at), _) => Some(self.month(paid_at)),
            (None, first) => first.map(|first| (first.year(), first.month())),
        };
        if let Some(month) = month {
            self.earned.month(month, more.saturating_neg());
        }
    }

    /// Counts for policy and party how much more is kept.
    fn keep(&mut self, share: &KeptShare) -> i128 {
        let more = i128::from(share.after_minor).saturating_sub(share.before_minor.into());
        self.earned.policy(&share.policy, true, more);
        self.earned.party(&share.role, &share.party, more);
        more
    }

    /// What an event moved on the accounts of a kind, in the program's currency.
    fn moved(&self, posted: &Posted, kind: AccountKind) -> i128 {
        let postings = posted.transactions.iter().flat_map(|transaction| transaction.postings());
        let own = postings
            .filter(|posting| posting.account.kind() == kind && posting.asset.as_str() == self.currency);
        own.map(|posting| i128::from(posting.amount_minor)).fold(0, i128::saturating_add)
    }

    fn month(&self, at: Timestamp) -> (i16, i8) {
        let local = self.zone.to_datetime(at);
        (local.year(), local.month())
    }
}
