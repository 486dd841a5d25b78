//! Orders in the model: priced, paid, refunded, disputed, cancelled, released.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Span, Timestamp, civil::Date};
use serde_json::Value;

use super::accounts::{MONEY, spread};
use super::grants::Given;
use super::world::{Answer, Rules, World, minor, number, text, time};

/// One line with what came back: units, what is due, units back, money back.
#[derive(Clone, Debug)]
pub(super) struct Line {
    id: String,
    goods: bool,
    special: bool,
    list: i128,
    units: i128,
    due: i128,
    back: i128,
    given: i128,
}

impl Line {
    fn left(&self) -> i128 {
        (self.due * (self.units - self.back) / self.units - self.given).max(0)
    }

    fn units_left(&self) -> i128 {
        if self.left() == 0 && self.due > 0 { 0 } else { self.units - self.back }
    }
}

/// Whose cap a share counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Promoter,
    Partner,
    Platform,
}

/// A share: so much of so much of what is left of some lines.
#[derive(Clone, Debug)]
pub(super) struct Share {
    pub(super) policy: &'static str,
    pub(super) party: String,
    pub(super) class: Class,
    pub(super) rate: (i128, i128),
    /// Of the lines of the special category alone.
    pub(super) special: bool,
    pub(super) accrued: i128,
    pub(super) kept: i128,
    pub(super) released: bool,
    pub(super) period: Option<String>,
}

/// A coupon that was used, and where the use came from.
pub(super) type Use = (String, (&'static str, String, String));

#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) seller: String,
    buyer: String,
    pub(super) day: Date,
    pub(super) cancelled: bool,
    due: Option<Date>,
    frozen_by: BTreeSet<String>,
    disputes: BTreeMap<String, (Vec<Value>, bool)>,
    pub(super) lines: Vec<Line>,
    pub(super) shares: Vec<Share>,
    uses: Vec<Use>,
    pub(super) given: Option<Given>,
}

/// A quote with what it reserved.
#[derive(Clone, Debug)]
pub(super) struct Quote {
    named: String,
    buyer: String,
    seller: String,
    expires: Timestamp,
    lines: Vec<Line>,
    presented: Vec<String>,
    uses: Vec<Use>,
    paid: bool,
    lapsed: bool,
}

impl Order {
    pub(super) fn left(&self) -> i128 {
        self.lines.iter().map(Line::left).sum()
    }

    pub(super) fn goods_left(&self) -> i128 {
        self.base(false)
    }

    /// What is left of the goods, or of those of the special category alone.
    fn base(&self, special: bool) -> i128 {
        let counted = self.lines.iter().filter(|line| line.goods && (line.special || !special));
        counted.map(Line::left).sum()
    }
}

/// Cuts something off the goods, in proportion to their prices.
fn take_off(lines: &mut [Line], amount: i128) -> i128 {
    let weights: Vec<i128> = lines.iter().map(|line| if line.goods { line.due } else { 0 }).collect();
    let amount = amount.min(weights.iter().sum());
    for (line, part) in lines.iter_mut().zip(spread(amount, &weights)) {
        line.due -= part;
    }
    amount
}

fn lines(event: &Value) -> Vec<Line> {
    let line = |line: &Value| {
        let (units, list) = (number(line, "quantity"), minor(line["price"].as_str().unwrap()));
        Line {
            id: text(line, "id"),
            goods: line["kind"] == "goods",
            special: line["category"] == "a",
            list: units * list,
            units,
            due: units * list,
            back: 0,
            given: 0,
        }
    };
    let mut lines: Vec<Line> = event["lines"].as_array().unwrap().iter().map(line).collect();
    lines.sort_by(|one, other| one.id.cmp(&other.id));
    lines
}

fn goods(lines: &[Line], amount: impl Fn(&Line) -> i128) -> i128 {
    lines.iter().filter(|line| line.goods).map(amount).sum()
}

fn presented(event: &Value) -> Vec<String> {
    event["coupons"].as_array().into_iter().flatten().map(|id| id.as_str().unwrap().to_owned()).collect()
}

impl World {
    /// Takes the discounts off; answers the coupons that gave some.
    fn price(&self, lines: &mut [Line], usable: &BTreeMap<String, Use>, order_number: i128) -> Vec<Use> {
        let mut used = Vec::new();
        if let Some(spring) = usable.get("SPRING") {
            let percent = match order_number {
                1 => 20,
                2 => 10,
                _ => 0,
            };
            let base = goods(lines, |line| line.due);
            if take_off(lines, (2 * base * percent + 100) / 200) > 0 {
                used.push(spring.clone());
            }
        }
        if let Some(gift) = usable.get("GIFT") {
            let counts = goods(lines, |line| line.list) >= 1_000;
            if counts && take_off(lines, 300) > 0 {
                used.push(gift.clone());
            }
        }
        used
    }

    fn usable(&self, presented: &[String], buyer: &str, day: Date) -> BTreeMap<String, Use> {
        let found =
            presented.iter().filter_map(|id| Some((id.clone(), (id.clone(), self.use_of(id, buyer, day)?))));
        found.collect()
    }

    pub(super) fn priced(&mut self, event: &Value) -> Answer {
        let (id, named) = (text(event, "quote"), text(&event["buyer"], "id"));
        let (buyer, day) = (self.person(&named), self.day(event));
        let place = self.buyers.entry(buyer.clone()).or_default();
        let order_number = place.paid + place.reserved + 1;
        place.reserved += 1;
        let mut lines = lines(event);
        let presented = presented(event);
        let uses = self.price(&mut lines, &self.usable(&presented, &buyer, day), order_number);
        for (coupon, from) in &uses {
            self.use_up(coupon, &buyer, from, ("reserved", &id));
        }
        let expires = time(event) + jiff::SignedDuration::from_hours(24);
        let quote = Quote {
            named,
            buyer,
            seller: text(event, "seller"),
            expires,
            lines,
            presented,
            uses,
            paid: false,
            lapsed: false,
        };
        self.quotes.insert(id, quote);
        Answer::Created
    }

    /// `kept`: the place in the count that a held order has.
    pub(super) fn paid(&mut self, event: &Value, kept: Option<i128>) -> Answer {
        let (id, named, seller) = (text(event, "order"), text(&event["buyer"], "id"), text(event, "seller"));
        let (buyer, day, at) = (self.person(&named), self.day(event), time(event));
        let place = self.buyers.entry(buyer.clone()).or_default().clone();
        let quote_id = event["pricing"]["quote"].as_str();
        let quote = match quote_id.map(|quote| self.quotes.get(quote).cloned()) {
            None => None,
            Some(None) => return Answer::Held { own: true },
            Some(Some(quote)) => {
                let gone = quote.lapsed && !quote.uses.is_empty();
                if quote.paid || gone || quote.named != named || quote.expires < at || quote.seller != seller
                {
                    return Answer::Held { own: true };
                }
                Some(quote)
            }
        };
        let reserved: BTreeMap<String, Use> =
            quote.iter().flat_map(|quote| &quote.uses).map(|one| (one.0.clone(), one.clone())).collect();
        let asked = quote.as_ref().map_or_else(|| presented(event), |quote| quote.presented.clone());
        let mut usable = self.usable(&asked, &buyer, day);
        usable.extend(reserved.clone());
        let (lines, mut used) = match &quote {
            Some(quote) => (quote.lines.clone(), Vec::new()),
            None => {
                let mut lines = lines(event);
                let used = self.price(&mut lines, &usable, kept.unwrap_or(place.paid + place.reserved + 1));
                (lines, used)
            }
        };
        let shares = self.shares((&seller, &buyer), &lines, usable.get("GIFT"), (day, at));
        let goods_paid = goods(&lines, |line| line.due);
        let platform: i128 =
            shares.iter().filter(|share| share.class == Class::Platform).map(|share| share.kept).sum();
        if platform > goods_paid * self.rules.platform_cap / 100 {
            return Answer::Held { own: false };
        }
        let partner = shares.iter().any(|share| share.policy == "gift");
        if let Some(gift) = usable.get("GIFT").filter(|gift| partner && !used.contains(gift)) {
            used.push(gift.clone());
        }
        used.retain(|(coupon, _)| !reserved.contains_key(coupon));
        let given = self.stars(&id, &buyer, goods_paid);
        let holder = quote.as_ref().map_or_else(|| buyer.clone(), |quote| quote.buyer.clone());
        for (coupon, from) in &used {
            self.use_up(coupon, &buyer, from, ("redeemed", &id));
        }
        if let Some(quote_id) = quote_id {
            for coupon in reserved.keys() {
                self.redeem_reserved(coupon, &holder, (quote_id, &id));
            }
            let quote = self.quotes.get_mut(quote_id).unwrap();
            quote.paid = true;
            if !std::mem::replace(&mut quote.lapsed, true) {
                self.buyers.get_mut(&buyer).unwrap().reserved -= 1;
            }
        }
        if kept.is_none() {
            self.buyers.get_mut(&buyer).unwrap().paid += 1;
        }
        let uses = reserved.into_values().chain(used).collect();
        let order = Order {
            seller,
            buyer: holder,
            day,
            cancelled: false,
            due: None,
            frozen_by: BTreeSet::new(),
            disputes: BTreeMap::new(),
            lines,
            shares,
            uses,
            given,
        };
        let shared: i128 = order.shares.iter().map(|share| share.kept).sum();
        self.accounts.own("payments", -order.left());
        self.accounts.own("merchant", order.left() - shared);
        for share in &order.shares {
            self.accounts.add("held", (&share.party, &id), MONEY, share.kept);
        }
        self.orders.insert(id, order);
        Answer::Created
    }

    /// 20, 5 and 3 % or other rates up the chain, 10 % to whoever handed the coupon out, 40 % of special goods to the
    /// platform, 2 or 6 % by what the seller has sold in the month.
    fn shares(
        &self,
        (seller, buyer): (&str, &str),
        lines: &[Line],
        gift: Option<&Use>,
        (day, at): (Date, Timestamp),
    ) -> Vec<Share> {
        let eligible = |party: &str| !self.standings.get(party).is_some_and(|standing| standing.ineligible);
        let mut asked: Vec<(&'static str, String, Class, i128, bool)> = Vec::new();
        let counts = goods(lines, |line| line.list) >= 1_000;
        if let Some(partner) =
            gift.and_then(|(_, from)| self.giver(from)).filter(|partner| counts && eligible(partner))
        {
            asked.push(("gift", partner, Class::Partner, 10, false));
        }
        let mut party = Some(seller.to_owned());
        for rate in self.rules.levels {
            let Some(found) = party else { break };
            party = self.relations.above("upline", &found, at);
            if eligible(&found) {
                asked.push(("levels", found, Class::Promoter, rate, false));
            }
        }
        if let Some(platform) = self.relations.above("platform", buyer, at).filter(|party| eligible(party)) {
            asked.push(("contract", platform, Class::Platform, 40, true));
        }
        if eligible(seller) {
            let volume = self.volume(seller, day) + goods(lines, |line| line.due);
            asked.push(("tiers", seller.to_owned(), Class::Promoter, Rules::tier(volume), false));
        }
        let shares = asked.into_iter().map(|(policy, party, class, percent, special)| {
            let counted = lines.iter().filter(|line| line.goods && (line.special || !special));
            let kept = counted.map(|line| line.due).sum::<i128>() * percent / 100;
            let rate = (percent, 100);
            Share { policy, party, class, rate, special, accrued: kept, kept, released: false, period: None }
        });
        shares.filter(|share| share.kept > 0).collect()
    }

    /// What a seller has sold in the month of a day.
    pub(super) fn volume(&self, seller: &str, day: Date) -> i128 {
        let month =
            |order: &&Order| order.seller == seller && order.day.first_of_month() == day.first_of_month();
        self.orders.values().filter(month).map(Order::goods_left).sum()
    }

    pub(super) fn completed(&mut self, event: &Value) -> Answer {
        let (id, day) = (text(event, "order"), self.day(event));
        match self.orders.get_mut(&id) {
            None => Answer::Parked(format!("order.paid/{id}")),
            Some(order) if order.cancelled => Answer::Refused,
            Some(order) => {
                order.due = Some(day.checked_add(Span::new().days(7)).unwrap());
                Answer::Created
            }
        }
    }

    pub(super) fn cancelled(&mut self, event: &Value) -> Answer {
        let id = text(event, "order");
        let Some(before) = self.orders.get(&id).cloned() else {
            return Answer::Parked(format!("order.paid/{id}"));
        };
        if before.cancelled {
            return Answer::Refused;
        }
        let mut order = before.clone();
        order.lines.iter_mut().for_each(|line| line.back = line.units);
        order.cancelled = true;
        order.frozen_by.clear();
        self.go_back(&id, &before, &mut order);
        self.restate(&mut order, 0);
        for (coupon, from) in &order.uses {
            self.use_back(coupon, &order.buyer, from, ("redeemed", &id));
        }
        let who = self.person(&order.buyer);
        self.buyers.get_mut(&who).unwrap().paid -= 1;
        let day = order.day;
        self.orders.insert(id, order);
        self.close_again(day);
        Answer::Created
    }

    /// Takes lines back; `false` where more is asked for than is left.
    fn take_back(order: &mut Order, parts: &[Value]) -> bool {
        for part in parts {
            let Some(line) = order.lines.iter_mut().find(|line| part["id"] == *line.id) else { return false };
            match part["amount"].as_str().map(minor) {
                Some(amount) if amount <= line.left() => line.given += amount,
                None if number(part, "quantity") <= line.units_left() => {
                    line.back += number(part, "quantity")
                }
                _ => return false,
            }
        }
        true
    }

    pub(super) fn refunded(&mut self, event: &Value) -> Answer {
        let id = text(event, "order");
        let Some(before) = self.orders.get(&id).cloned() else {
            return Answer::Parked(format!("order.paid/{id}"));
        };
        let mut order = before.clone();
        if order.cancelled || !Self::take_back(&mut order, event["lines"].as_array().unwrap()) {
            return Answer::Refused;
        }
        order.frozen_by.remove(&format!("refund {}", text(event, "refund")));
        self.lose(id, &before, order);
        Answer::Created
    }

    /// What went back is posted, with all that follows.
    fn lose(&mut self, id: String, before: &Order, mut order: Order) {
        self.go_back(&id, before, &mut order);
        if let Some(kept) = order.given.is_some().then(|| order.goods_left()) {
            self.restate(&mut order, kept);
        }
        let day = order.day;
        self.orders.insert(id, order);
        self.close_again(day);
    }

    /// Each share is its formula over what is left; what then stands above a cap goes back as well, the last first.
    fn go_back(&mut self, id: &str, before: &Order, order: &mut Order) {
        let money = before.left() - order.left();
        self.accounts.own("payments", money);
        self.accounts.own("merchant", -money);
        let (all, special) = (order.base(false), order.base(true));
        for share in &mut order.shares {
            let base = if share.special { special } else { all };
            let kept = (base * share.rate.0 / share.rate.1).min(share.accrued).min(share.kept);
            self.claw(id, share, share.kept - kept);
        }
        let caps =
            [(Some(Class::Promoter), 50), (Some(Class::Platform), self.rules.platform_cap), (None, 100)];
        for (class, percent) in caps {
            let counts = |share: &Share| class.is_none_or(|class| share.class == class);
            let kept: i128 = order.shares.iter().filter(|share| counts(share)).map(|share| share.kept).sum();
            let mut excess = kept - all * percent / 100;
            for share in order.shares.iter_mut().rev().filter(|share| counts(share)) {
                let cut = excess.clamp(0, share.kept);
                self.claw(id, share, cut);
                excess -= cut;
            }
        }
    }

    pub(super) fn claw(&mut self, id: &str, share: &mut Share, amount: i128) {
        share.kept -= amount;
        self.accounts.own("merchant", amount);
        if share.released {
            self.accounts.debit(&share.party, amount);
        } else {
            self.accounts.add("held", (&share.party, id), MONEY, -amount);
        }
    }

    pub(super) fn refund_asked(&mut self, event: &Value) -> Answer {
        let (id, refund) = (text(event, "order"), text(event, "refund"));
        let made = self.is_final(&format!("order.refunded/{refund}"));
        match self.orders.get_mut(&id) {
            None => return Answer::Parked(format!("order.paid/{id}")),
            Some(_) if made => {}
            Some(order) => {
                order.frozen_by.insert(format!("refund {refund}"));
            }
        }
        Answer::Noted
    }

    pub(super) fn refund_declined(&mut self, event: &Value) -> Answer {
        let (id, refund) = (text(event, "order"), text(event, "refund"));
        match self.orders.get_mut(&id) {
            None => Answer::Parked(format!("order.paid/{id}")),
            Some(order) => {
                if order.frozen_by.remove(&format!("refund {refund}")) {
                    Answer::Noted
                } else {
                    Answer::Parked(format!("refund.requested/{refund}"))
                }
            }
        }
    }

    pub(super) fn dispute_opened(&mut self, event: &Value) -> Answer {
        let (id, dispute) = (text(event, "order"), text(event, "dispute"));
        let Some(order) = self.orders.get_mut(&id) else {
            return Answer::Parked(format!("order.paid/{id}"));
        };
        let about: Vec<Value> = event["lines"].as_array().cloned().unwrap_or_default();
        if about.iter().any(|part| !order.lines.iter().any(|line| part["id"] == *line.id)) {
            return Answer::Refused;
        }
        order.frozen_by.insert(format!("dispute {dispute}"));
        order.disputes.insert(dispute, (about, true));
        Answer::Noted
    }

    pub(super) fn dispute_closed(&mut self, event: &Value, lost: bool) -> Answer {
        let (id, dispute) = (text(event, "order"), text(event, "dispute"));
        let Some(before) = self.orders.get(&id).cloned() else {
            return Answer::Parked(format!("order.paid/{id}"));
        };
        let mut order = before.clone();
        let Some((about, open)) = order.disputes.get_mut(&dispute) else {
            return Answer::Parked(format!("dispute.opened/{dispute}"));
        };
        if !std::mem::replace(open, false) {
            return Answer::Refused;
        }
        let about = about.clone();
        order.frozen_by.remove(&format!("dispute {dispute}"));
        if !lost {
            self.orders.insert(id, order);
            return Answer::Noted;
        }
        // What went back meanwhile is not lost a second time (I6).
        for line in &mut order.lines {
            for part in about.iter().filter(|part| part["id"] == *line.id) {
                match part["amount"].as_str().map(minor) {
                    Some(amount) => line.given += amount.min(line.left()),
                    None => line.back += number(part, "quantity").min(line.units_left()),
                }
            }
            if about.is_empty() {
                line.back = line.units;
            }
        }
        self.lose(id, &before, order);
        Answer::Created
    }

    /// What is due is released, quotes lapse, units expire.
    pub(super) fn day_closed(&mut self, event: &Value) -> Answer {
        let day: Date = text(event, "date").parse().unwrap();
        for (id, order) in &mut self.orders {
            let free =
                !order.cancelled && order.frozen_by.is_empty() && order.due.is_some_and(|due| due <= day);
            for share in order.shares.iter_mut().filter(|share| free && !share.released) {
                share.released = true;
                self.accounts.add("held", (&share.party, id), MONEY, -share.kept);
                self.accounts.credit(&share.party, share.kept);
            }
        }
        let zone = self.zone.clone();
        let lapses = |quote: &Quote| !quote.lapsed && zone.to_datetime(quote.expires).date() <= day;
        let lapsed: Vec<String> =
            self.quotes.iter().filter(|(_, quote)| lapses(quote)).map(|(id, _)| id.clone()).collect();
        for id in lapsed {
            let quote = self.quotes.get_mut(&id).unwrap();
            quote.lapsed = true;
            let (buyer, uses) = (quote.buyer.clone(), quote.uses.clone());
            for (coupon, from) in &uses {
                self.use_back(coupon, &buyer, from, ("reserved", &id));
            }
            let who = self.person(&buyer);
            self.buyers.get_mut(&who).unwrap().reserved -= 1;
        }
        self.expire(day);
        Answer::Created
    }
}
