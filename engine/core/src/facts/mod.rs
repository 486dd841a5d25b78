//! Builds the facts a policy may see from the event, the history and the prices.
//!
//! Invariant: pure; the same event and the same history give the same facts, however the lines were sent.

pub(crate) mod coupons;
mod parties;

use fenrun_abi::{
    ABSENT,
    code::{Base, Scope},
    field::{LineField, OrderField, PartyField},
    host::{Attribute, Facts, LineTexts, OrderTexts, PartyTexts},
};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    cart::{Bases, Cart},
    decision::LineBases,
    event::{AttributeValue, Attributes, Line, LineKind, Order},
    history::{History, VolumeWindow},
};

pub(crate) use parties::{PartyFacts, parties};

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn push_attributes(facts: &mut Facts, scope: Scope, index: usize, attributes: &Attributes) {
    for (key, value) in attributes {
        let value = match value {
            AttributeValue::Integer(number) => Attribute::Integer(*number),
            AttributeValue::Boolean(flag) => Attribute::Integer(i64::from(*flag)),
            AttributeValue::Text(text) => Attribute::Text(text),
        };
        facts.push_attribute(scope, index, key, value);
    }
}

fn line_kind(kind: LineKind) -> i64 {
    let code = match kind {
        LineKind::Goods => fenrun_abi::code::LineKind::Goods,
        LineKind::Shipping => fenrun_abi::code::LineKind::Shipping,
        LineKind::Fee => fenrun_abi::code::LineKind::Fee,
        LineKind::Deposit => fenrun_abi::code::LineKind::Deposit,
    };
    i64::from(code.id())
}

/// The facts of an order, without prices: [`set_prices`] adds them.
pub(crate) fn build(
    order: &Order,
    lines: &[Line],
    cart: &Cart,
    parties: &[PartyFacts],
    history: &dyn History,
    zone: &TimeZone,
) -> Facts {
    let texts = OrderTexts { id: &order.id, buyer: &order.buyer.id, source: order.source.as_deref() };
    let mut facts = Facts::new(texts);
    facts.reserve(lines.len(), parties.len());
    push_attributes(&mut facts, Scope::Order, 0, &order.attributes);
    push_attributes(&mut facts, Scope::Buyer, 0, &order.buyer.attributes);
    for tag in &order.buyer.tags {
        facts.push_tag(Scope::Buyer, 0, tag);
    }
    let mut sorted: Vec<&Line> = lines.iter().collect();
    sorted.sort_by(|one, other| one.id.cmp(&other.id));
    for (line, priced) in sorted.into_iter().zip(&cart.lines) {
        let texts =
            LineTexts { id: &line.id, category: line.category.as_deref(), item: line.item.as_deref() };
        let index = facts.push_line(texts);
        for (field, value) in [
            (LineField::Kind, line_kind(line.kind)),
            (LineField::Quantity, priced.quantity),
            (LineField::UnitPrice, priced.unit_price),
            (LineField::List, priced.list),
            (LineField::Cost, priced.cost.unwrap_or(ABSENT)),
            (LineField::Floor, priced.floor.unwrap_or(ABSENT)),
        ] {
            facts.set_line(index, field, value);
        }
        for tag in &line.tags {
            facts.push_tag(Scope::Line, index, tag);
        }
        push_attributes(&mut facts, Scope::Line, index, &line.attributes);
    }
    for party in parties {
        push_party(&mut facts, party);
    }
    set_order(&mut facts, order, cart, parties);
    set_buyer(&mut facts, order, parties, history);
    set_time(&mut facts, order.time, zone);
    facts
}

pub(crate) fn push_party(facts: &mut Facts, party: &PartyFacts) {
    let texts = PartyTexts { id: &party.id, role: &party.role, tier: party.tier.as_deref() };
    let index = facts.push_party(texts);
    for (field, value) in [
        (PartyField::Depth, party.depth.map_or(ABSENT, i64::from)),
        (PartyField::Volume, party.volume_minor),
        (PartyField::IsBuyer, i64::from(party.is_buyer)),
        (PartyField::Eligible, i64::from(party.eligible)),
        (PartyField::BoundDays, party.bound_days.unwrap_or(ABSENT)),
    ] {
        facts.set_party(index, field, value);
    }
    for tag in &party.tags {
        facts.push_tag(Scope::Party, index, tag);
    }
    push_attributes(facts, Scope::Party, index, &party.attributes);
}

fn set_order(facts: &mut Facts, order: &Order, cart: &Cart, parties: &[PartyFacts]) {
    let goods = || cart.lines.iter().filter(|line| line.is_goods());
    let sum = |amounts: &mut dyn Iterator<Item = i64>| amounts.fold(0, i64::saturating_add);
    let seller = parties.iter().position(|party| party.depth == Some(0));
    for (field, value) in [
        (OrderField::LineCount, number(cart.lines.len())),
        (OrderField::PartyCount, number(parties.len())),
        (OrderField::List, sum(&mut goods().map(|line| line.list))),
        (OrderField::Quantity, sum(&mut goods().map(|line| line.quantity))),
        (OrderField::CurrencyExponent, i64::from(order.currency.exponent())),
        (OrderField::Seller, seller.map_or(ABSENT, number)),
    ] {
        facts.set_order(field, value);
    }
}

const SECONDS_OF_DAY: i64 = 86_400;

fn set_buyer(facts: &mut Facts, order: &Order, parties: &[PartyFacts], history: &dyn History) {
    let buyer = &order.buyer;
    let order_number = match buyer.order_number {
        Some(number) => i64::from(number),
        None => i64::try_from(history.paid_orders(&buyer.id)).unwrap_or(i64::MAX).saturating_add(1),
    };
    let days = match buyer.days_since_last_order {
        Some(days) => i64::from(days),
        None => history.last_order_time(&buyer.id).map_or(ABSENT, |last| {
            order.time.as_second().saturating_sub(last.as_second()).checked_div(SECONDS_OF_DAY).unwrap_or(0)
        }),
    };
    let party = parties.iter().position(|party| party.is_buyer);
    facts.set_order(OrderField::BuyerOrderNumber, order_number);
    facts.set_order(OrderField::BuyerDaysSinceLastOrder, days);
    facts.set_order(OrderField::BuyerParty, party.map_or(ABSENT, number));
}

pub(crate) fn set_time(facts: &mut Facts, time: Timestamp, zone: &TimeZone) {
    let local = time.to_zoned(zone.clone());
    for (field, value) in [
        (OrderField::Time, time.as_second()),
        (OrderField::Year, i64::from(local.year())),
        (OrderField::Month, i64::from(local.month())),
        (OrderField::Day, i64::from(local.day())),
        (OrderField::Weekday, i64::from(local.weekday().to_monday_one_offset())),
        (OrderField::Hour, i64::from(local.hour())),
        (OrderField::Minute, i64::from(local.minute())),
    ] {
        facts.set_order(field, value);
    }
}

/// Writes the prices and bases as they stand into the facts.
pub(crate) fn set_prices(facts: &mut Facts, cart: &Cart, bases: &Bases) {
    let mut totals = [(OrderField::Discount, 0), (OrderField::Shipping, 0)];
    for (index, (line, base)) in cart.lines.iter().zip(&bases.lines).enumerate() {
        for (field, value) in [
            (LineField::Discount, line.discount),
            (LineField::Paid, base.paid),
            (LineField::ExTax, base.ex_tax),
            (LineField::Margin, base.margin.unwrap_or(ABSENT)),
            (LineField::Net, base.net),
            (LineField::Tax, base.tax),
        ] {
            facts.set_line(index, field, value);
        }
        let (slot, amount) = match line.kind {
            LineKind::Goods => (0, line.discount),
            LineKind::Shipping => (1, line.left()),
            LineKind::Fee | LineKind::Deposit => continue,
        };
        if let Some((_, total)) = totals.get_mut(slot) {
            *total = i64::saturating_add(*total, amount);
        }
    }
    for (field, value) in totals {
        facts.set_order(field, value);
    }
    let goods =
        || cart.lines.iter().zip(&bases.lines).filter(|(line, _)| line.is_goods()).map(|(_, base)| base);
    for (field, base) in [
        (OrderField::Paid, Base::Paid),
        (OrderField::ExTax, Base::ExTax),
        (OrderField::Margin, Base::Margin),
        (OrderField::Net, Base::Net),
    ] {
        let total = goods()
            .map(|row: &LineBases| row.amount(base))
            .try_fold(0_i64, |sum, amount| sum.checked_add(amount?));
        facts.set_order(field, total.unwrap_or(ABSENT));
    }
}

/// The window and the zone in which volumes are counted.
#[derive(Clone, Copy)]
pub(crate) struct Counting<'a> {
    pub(crate) window: VolumeWindow,
    pub(crate) zone: &'a TimeZone,
}
