//! What the model knows, and what becomes of an event.
//!
//! Invariant: shares no code with the books: amounts are plain 128-bit integers, and every balance is one of them.

use std::collections::{BTreeMap, VecDeque};

use fenrun::books::Code;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;

use super::accounts::Accounts;
use super::closes::Closed;
use super::coupons::Coupon;
use super::money::Payout;
use super::orders::{Order, Quote};
use super::relations::Relations;

pub(super) fn text(event: &Value, key: &str) -> String {
    event[key].as_str().unwrap_or_else(|| panic!("{key} of {event}")).to_owned()
}

pub(super) fn number(event: &Value, key: &str) -> i128 {
    event[key].as_i64().unwrap_or_else(|| panic!("{key} of {event}")).into()
}

pub(super) fn time(event: &Value) -> Timestamp {
    text(event, "time").parse().unwrap()
}

/// `12.34` and `-12.34` in minor units.
pub(super) fn minor(text: &str) -> i128 {
    text.replace('.', "").parse().unwrap()
}

/// What the program in force says, where programs differ.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Percent, from the seller up.
    pub(super) levels: [i128; 3],
    /// Percent of the goods.
    pub(super) platform_cap: i128,
}

impl Rules {
    pub(super) fn of(program: u8) -> Self {
        match program {
            0 => Self { levels: [20, 5, 3], platform_cap: 25 },
            _ => Self { levels: [12, 7, 1], platform_cap: 35 },
        }
    }

    /// Percent by the volume of the month.
    pub(super) fn tier(volume: i128) -> i128 {
        if volume >= 30_000 { 6 } else { 2 }
    }
}

/// A buyer's places in the count.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    pub(super) paid: i128,
    pub(super) reserved: i128,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    pub(super) ineligible: bool,
    pub(super) frozen: bool,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Created,
    Noted,
    Refused,
    /// Whether it may be told again with another content.
    Held {
        own: bool,
    },
    /// It waits for this fact.
    Parked(String),
}

#[derive(Clone, Debug)]
enum Way {
    Told,
    TakenUp(String),
    Retried(Option<i128>),
}

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) zone: TimeZone,
    pub(super) rules: Rules,
    pub(super) accounts: Accounts,
    pub(super) orders: BTreeMap<String, Order>,
    pub(super) quotes: BTreeMap<String, Quote>,
    pub(super) buyers: BTreeMap<String, Places>,
    pub(super) merges: BTreeMap<String, String>,
    pub(super) standings: BTreeMap<String, Standing>,
    pub(super) relations: Relations,
    pub(super) coupons: BTreeMap<String, Coupon>,
    /// Who handed out an issue.
    pub(super) issues: BTreeMap<String, String>,
    pub(super) earned: BTreeMap<(String, String), i128>,
    pub(super) payouts: BTreeMap<String, Payout>,
    pub(super) closed: BTreeMap<String, Closed>,
    told: BTreeMap<String, (Value, Answer)>,
    /// By the fact they wait for.
    parked: BTreeMap<String, BTreeMap<String, Value>>,
    /// With the place in the count that an order has kept.
    held: BTreeMap<String, (Value, Option<i128>)>,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            zone: TimeZone::get("Asia/Shanghai").unwrap(),
            rules: Rules::of(0),
            accounts: Accounts::default(),
            orders: BTreeMap::new(),
            quotes: BTreeMap::new(),
            buyers: BTreeMap::new(),
            merges: BTreeMap::new(),
            standings: BTreeMap::new(),
            relations: Relations::default(),
            coupons: BTreeMap::new(),
            issues: BTreeMap::new(),
            earned: BTreeMap::new(),
            payouts: BTreeMap::new(),
            closed: BTreeMap::new(),
            told: BTreeMap::new(),
            parked: BTreeMap::new(),
            held: BTreeMap::new(),
        }
    }

    pub(super) fn day(&self, event: &Value) -> Date {
        self.zone.to_datetime(time(event)).date()
    }

    /// Who somebody is by now.
    pub(super) fn person(&self, name: &str) -> String {
        let mut name = name;
        while let Some(into) = self.merges.get(name) {
            name = into;
        }
        name.to_owned()
    }

    pub(super) fn was_told(&self, fact: &str) -> bool {
        self.told.contains_key(fact)
    }

    pub(super) fn is_final(&self, fact: &str) -> bool {
        let answer = self.told.get(fact).map(|(_, answer)| answer);
        matches!(answer, Some(Answer::Created | Answer::Noted | Answer::Refused))
    }

    /// Tells an event; answers what became of it, and of everything that was taken up after it.
    pub(super) fn tell(&mut self, fact: &str, event: &Value) -> Vec<Code> {
        let mut codes = Vec::new();
        let mut line = VecDeque::from([(fact.to_owned(), event.clone(), Way::Told)]);
        while let Some((fact, event, way)) = line.pop_front() {
            let code = self.take(&fact, &event, &way);
            codes.push(code);
            // Who waits for it is known at once, whatever comes to wait for it while others are taken up.
            line.extend(self.waiting(&fact, &event, code));
        }
        codes
    }

    fn waiting(&self, fact: &str, event: &Value, code: Code) -> Vec<(String, Value, Way)> {
        if !matches!(code, Code::Created | Code::Noted | Code::Refused) {
            return Vec::new();
        }
        if event["kind"] == "event.retried" {
            let held = text(event, "fact");
            let found = self.held.get(&held).filter(|_| code == Code::Noted);
            return found
                .map(|(event, place)| (held, event.clone(), Way::Retried(*place)))
                .into_iter()
                .collect();
        }
        let waiting = self.parked.get(fact).cloned().unwrap_or_default().into_iter();
        waiting.map(|(parked, event)| (parked, event, Way::TakenUp(fact.to_owned()))).collect()
    }

    fn take(&mut self, fact: &str, event: &Value, way: &Way) -> Code {
        match (self.told.get(fact), way) {
            (Some((before, _)), Way::Told) if before == event => return Code::Duplicate,
            (Some((_, answer)), Way::Told) if *answer != (Answer::Held { own: true }) => {
                return Code::Conflict;
            }
            _ => {}
        }
        if let Way::TakenUp(cause) = way {
            self.parked.get_mut(cause).unwrap().remove(fact);
        }
        self.held.remove(fact);
        let before = self.clone();
        let answer = match self.work(fact, event, way) {
            Answer::Parked(awaited) if self.was_refused(&awaited) => Answer::Refused,
            answer => answer,
        };
        if !matches!(answer, Answer::Created | Answer::Noted) {
            *self = before;
        }
        if let Answer::Held { own } = answer {
            let place = match way {
                Way::Retried(place) => *place,
                _ if own || event["kind"] != "order.paid" => None,
                _ => {
                    let buyer = self.person(&text(&event["buyer"], "id"));
                    let places = self.buyers.entry(buyer).or_default();
                    places.paid += 1;
                    Some(places.paid + places.reserved)
                }
            };
            self.held.insert(fact.to_owned(), (event.clone(), place));
        }
        if let Answer::Parked(awaited) = &answer {
            self.parked.entry(awaited.clone()).or_default().insert(fact.to_owned(), event.clone());
        }
        let code = match answer {
            Answer::Created => Code::Created,
            Answer::Noted => Code::Noted,
            Answer::Refused => Code::Refused,
            Answer::Held { .. } => Code::Held,
            Answer::Parked(_) => Code::Parked,
        };
        self.told.insert(fact.to_owned(), (event.clone(), answer));
        code
    }

    fn was_refused(&self, fact: &str) -> bool {
        self.told.get(fact).is_some_and(|(_, answer)| *answer == Answer::Refused)
    }

    fn work(&mut self, fact: &str, event: &Value, way: &Way) -> Answer {
        match text(event, "kind").as_str() {
            "order.priced" => self.priced(event),
            "order.paid" => {
                let kept = if let Way::Retried(place) = way { *place } else { None };
                self.paid(event, kept)
            }
            "order.completed" => self.completed(event),
            "order.cancelled" => self.cancelled(event),
            "order.refunded" => self.refunded(event),
            "refund.requested" => self.refund_asked(event),
            "refund.declined" => self.refund_declined(event),
            "dispute.opened" => self.dispute_opened(event),
            "dispute.won" => self.dispute_closed(event, false),
            "dispute.lost" => self.dispute_closed(event, true),
            "day.closed" => self.day_closed(event),
            "period.closed" => self.period_closed(event),
            "relation.bound" => self.bound(fact, event),
            "relation.unbound" => self.unbound(event),
            "relation.moved" => self.moved(event),
            "party.changed" => self.party_changed(event),
            "buyer.merged" => self.merged(event),
            "coupon.created" => self.coupon_created(event),
            "coupon.issued" => self.coupon_issued(event),
            "coupon.revoked" => self.coupon_revoked(event),
            "grant.given" => self.given(event),
            "grant.redeemed" => self.redeemed(event),
            "occasion.noted" => self.occasion(fact, event),
            "payout.requested" => self.payout(event),
            "payout.succeeded" => self.payout_told(event, "succeeded"),
            "payout.failed" => self.payout_told(event, "failed"),
            "payout.returned" => self.payout_told(event, "returned"),
            "payout.unknown" => self.payout_told(event, "unknown"),
            "receivable.written_off" => self.written_off(event),
            "balance.opened" => self.opened(event),
            "adjustment.made" => self.adjusted(event),
            "event.retried" if self.held.contains_key(&text(event, "fact")) => Answer::Noted,
            // Nobody's policies break here, so nobody is suspended.
            "event.retried" | "policy.resumed" => Answer::Refused,
            kind => panic!("the model does not know `{kind}`"),
        }
    }
}
