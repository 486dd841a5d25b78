//! From the JSON form to typed values, each with its place in the event.
//!
//! Invariant: exact or refused; a value is never rounded, trimmed or replaced by a default it did not ask for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use fenrun_money::decimal::parse_minor;
use fenrun_money::{Currency, DecimalError};
use jiff::{Timestamp, Zoned};
use serde_json::value::RawValue;

use super::diagnosis::read_object;
use super::scalar::{AmountText, AttributesText, Literal, Text, WholeNumber};
use super::wire::{
    BuyerWire, LineWire, OrderPaidWire, OrderPricedWire, PartyWire, QuotePricingWire, RelationBoundWire,
    TenderWire,
};
use crate::event::error::{EventError, EventErrorKind as Kind};
use crate::event::nearest::nearest;
use crate::event::place::Place;
use crate::event::shown::kept;
use crate::event::{
    AttributeValue, Attributes, Buyer, Event, Expectations, Line, LineKind, Order, OrderPaid, OrderPriced,
    Party, Pricing, RelationBound, Tender, TenderKind, check,
};

/// The pricings that are a word; the other one is an object with a quote.
pub(super) const PRICINGS: [&str; 2] = ["given", "engine"];

type Read<T> = Result<T, EventError>;

pub(super) fn order_paid(wire: OrderPaidWire<'_>, expect: &Expectations) -> Read<Event> {
    let (root, currency) = (Place::Root, currency(&wire.currency, expect)?);
    let mut order = Order::new(wire.order.0, buyer(wire.buyer)?, time(&wire.time)?, currency);
    order.pricing = wire.pricing.map_or(Ok(Pricing::Given), pricing)?;
    order.seller = wire.seller.map(owned);
    order.parties = wire.parties.map(|list| parties(list, currency)).transpose()?;
    order.lines = lines(wire.lines.unwrap_or_default(), currency, expect)?;
    order.tenders =
        each(wire.tenders.unwrap_or_default(), "tenders", |wire, place| tender(wire, currency, place))?;
    order.fees_minor = optional_amount(wire.fees.as_ref(), currency, &root.field("fees"))?;
    order.coupons = tags(wire.coupons);
    order.source = wire.source.map(owned);
    order.attributes = attributes(wire.attributes, &root)?;
    OrderPaid::new(order, expect).map(Event::OrderPaid)
}

pub(super) fn order_priced(wire: OrderPricedWire<'_>, expect: &Expectations) -> Read<Event> {
    let (root, currency) = (Place::Root, currency(&wire.currency, expect)?);
    let mut order = Order::new(wire.quote.0, buyer(wire.buyer)?, time(&wire.time)?, currency);
    order.seller = wire.seller.map(owned);
    order.parties = wire.parties.map(|list| parties(list, currency)).transpose()?;
    order.lines = lines(wire.lines, currency, expect)?;
    order.coupons = tags(wire.coupons);
    order.source = wire.source.map(owned);
    order.attributes = attributes(wire.attributes, &root)?;
    let expires = wire.expires.map(|expires| time_at(&expires.0, &root.field("expires"))).transpose()?;
    OrderPriced::with_expiry(order, expires, expect).map(Event::OrderPriced)
}

pub(super) fn relation_bound(wire: RelationBoundWire<'_>, expect: &Expectations) -> Read<Event> {
    let time = time(&wire.time)?;
    RelationBound::new(wire.relation.0, wire.member.0, wire.to.0, time, expect).map(Event::RelationBound)
}

fn currency(code: &Text<'_>, expect: &Expectations) -> Read<Currency> {
    check::currency(&code.0, expect)?;
    Ok(expect.expected_currency())
}

fn buyer(wire: BuyerWire<'_>) -> Read<Buyer> {
    let root = Place::Root;
    let place = root.field("buyer");
    let mut buyer = Buyer::new(wire.id.0);
    buyer.tags = tags(wire.tags);
    buyer.attributes = attributes(wire.attributes, &place)?;
    buyer.order_number = optional_whole(wire.order_number.as_ref(), 1, &place.field("order_number"))?;
    buyer.days_since_last_order =
        optional_whole(wire.days_since_last_order.as_ref(), 0, &place.field("days_since_last_order"))?;
    Ok(buyer)
}

fn parties(list: Vec<PartyWire<'_>>, currency: Currency) -> Read<Vec<Party>> {
    each(list, "parties", |wire, place| {
        let mut party = Party::new(wire.id.0, wire.role.0);
        party.depth = optional_whole(wire.depth.as_ref(), 0, &place.field("depth"))?.or(party.depth);
        party.tier = wire.tier.map(owned);
        party.volume_minor = optional_amount(wire.volume.as_ref(), currency, &place.field("volume"))?;
        party.tags = tags(wire.tags);
        party.attributes = attributes(wire.attributes, place)?;
        party.eligible = wire.eligible.unwrap_or(true);
        Ok(party)
    })
}

fn lines(list: Vec<LineWire<'_>>, currency: Currency, expect: &Expectations) -> Read<Vec<Line>> {
    let quantity_max = expect.event_limits().quantity_max;
    each(list, "lines", |wire, place| {
        let quantity = quantity(&wire.quantity, quantity_max, &place.field("quantity"))?;
        let price_minor = amount(&wire.price, currency, &place.field("price"))?;
        let mut line = Line::goods(wire.id.0, "", quantity, price_minor);
        line.kind = wire.kind.map_or(Ok(LineKind::Goods), |kind| line_kind(&kind.0, &place.field("kind")))?;
        line.item = wire.item.map(owned);
        line.category = wire.category.map(owned);
        line.paid_minor = optional_amount(wire.paid.as_ref(), currency, &place.field("paid"))?;
        line.cost_minor = optional_amount(wire.cost.as_ref(), currency, &place.field("cost"))?;
        line.tax_minor = optional_amount(wire.tax.as_ref(), currency, &place.field("tax"))?;
        line.floor_minor = optional_amount(wire.floor.as_ref(), currency, &place.field("floor"))?;
        line.tags = tags(wire.tags);
        line.attributes = attributes(wire.attributes, place)?;
        Ok(line)
    })
}

fn tender(wire: TenderWire<'_>, currency: Currency, place: &Place<'_>) -> Read<Tender> {
    let place_of_kind = place.field("kind");
    let remedy = "use `money`, `gift_card`, `points`, `balance` or `earnings`";
    let kind =
        word(&wire.kind.0, TenderKind::ALL, TenderKind::name, ("kind of tender", remedy), &place_of_kind)?;
    let tender = Tender::new(kind, amount(&wire.amount, currency, &place.field("amount"))?);
    Ok(match wire.commissionable {
        Some(commissionable) => tender.commissionable(commissionable),
        None => tender,
    })
}

/// Reads every element of a list with its place.
fn each<W, T>(list: Vec<W>, name: &str, read: impl Fn(W, &Place<'_>) -> Read<T>) -> Read<Vec<T>> {
    let root = Place::Root;
    let place = root.field(name);
    list.into_iter().enumerate().map(|(index, wire)| read(wire, &place.index(index))).collect()
}

fn line_kind(found: &str, place: &Place<'_>) -> Read<LineKind> {
    let remedy = "use `goods`, `shipping`, `fee` or `deposit`";
    word(found, LineKind::ALL, LineKind::name, ("kind of line", remedy), place)
}

/// One of a fixed set of words, or an error that says what the word should name and how to mend it.
fn word<T: Copy>(
    found: &str,
    known: impl IntoIterator<Item = T> + Copy,
    name: fn(T) -> &'static str,
    (what, remedy): (&'static str, &'static str),
    place: &Place<'_>,
) -> Read<T> {
    known.into_iter().find(|candidate| name(*candidate) == found).ok_or_else(|| {
        let nearest = nearest(found, known.into_iter().map(name)).map(str::to_owned);
        EventError::at(place, Kind::UnknownWord { what, found: kept(found), nearest, remedy })
    })
}

fn pricing(raw: &RawValue) -> Read<Pricing> {
    let root = Place::Root;
    let place = root.field("pricing");
    match string(raw.get()) {
        Some(Ok(found)) => match found.as_ref() {
            "given" => Ok(Pricing::Given),
            "engine" => Ok(Pricing::Engine),
            _ => {
                let nearest = nearest(&found, PRICINGS).map(str::to_owned);
                let remedy = "use `given`, `engine`, or an object that names a quote";
                let found = kept(&found);
                Err(EventError::at(&place, Kind::UnknownWord { what: "pricing", found, nearest, remedy }))
            }
        },
        Some(Err(error)) => Err(EventError::at(&place, error)),
        None if raw.get().starts_with('{') => read_object::<QuotePricingWire<'_>>(raw.get())
            .map(|wire| Pricing::Quote(owned(wire.quote)))
            .map_err(|error| error.inside("pricing")),
        None => Err(wrong_type("`given`, `engine`, or an object that names a quote", raw.get(), &place)),
    }
}

fn time(text: &Text<'_>) -> Read<Timestamp> {
    time_at(&text.0, &Place::Root.field("time"))
}

pub(in crate::event) fn time_at(found: &str, place: &Place<'_>) -> Read<Timestamp> {
    let instant = if found.ends_with(']') {
        found.parse::<Zoned>().map(|zoned| zoned.timestamp())
    } else {
        found.parse()
    };
    instant.map_err(|_| EventError::at(place, Kind::BadTime { found: kept(found) }))
}

fn optional_amount(
    wire: Option<&AmountText<'_>>,
    currency: Currency,
    place: &Place<'_>,
) -> Read<Option<i64>> {
    wire.map(|wire| amount(wire, currency, place)).transpose()
}

/// Minor units, from a decimal string or a number literal.
pub(in crate::event) fn amount(
    AmountText(literal): &AmountText<'_>,
    currency: Currency,
    place: &Place<'_>,
) -> Read<i64> {
    let bad = |found: &str, reason: DecimalError| {
        EventError::at(place, Kind::BadAmount { found: kept(found), currency, reason })
    };
    let json = literal.text();
    match string(json) {
        Some(Ok(text)) => parse_minor(&text, currency.exponent()).map_err(|reason| bad(&text, reason)),
        Some(Err(error)) => Err(EventError::at(place, error)),
        None if is_number(json) => parse_minor(json, currency.exponent()).map_err(|reason| bad(json, reason)),
        None => Err(wrong_type("an amount as text or number", json, place)),
    }
}

fn quantity(WholeNumber(literal): &WholeNumber<'_>, quantity_max: u32, place: &Place<'_>) -> Read<u32> {
    let remedy = Some("tell what came back by `order.refunded`").filter(|_| literal.text().starts_with('-'));
    whole(literal, 1, quantity_max, remedy, place)
}

/// A number of at least one that is no quantity of a line.
pub(in crate::event) fn how_many(
    WholeNumber(literal): &WholeNumber<'_>,
    most: u32,
    place: &Place<'_>,
) -> Read<u32> {
    whole(literal, 1, most, None, place)
}

fn optional_whole(wire: Option<&WholeNumber<'_>>, minimum: u32, place: &Place<'_>) -> Read<Option<u32>> {
    wire.map(|WholeNumber(literal)| whole(literal, minimum, crate::event::QUANTITY_MAX, None, place))
        .transpose()
}

fn whole(
    literal: &Literal<'_>,
    minimum: u32,
    maximum: u32,
    remedy: Option<&'static str>,
    place: &Place<'_>,
) -> Read<u32> {
    let json = literal.text();
    let expected = || format!("a whole number from {minimum} to {maximum}");
    if !is_number(json) {
        return Err(wrong_type(&expected(), json, place));
    }
    json.parse().ok().filter(|number| (minimum..=maximum).contains(number)).ok_or_else(|| {
        EventError::at(place, Kind::BadNumber { found: kept(json), expected: expected(), remedy })
    })
}

fn tags(wire: Option<Vec<Text<'_>>>) -> Vec<String> {
    wire.into_iter().flatten().map(owned).collect()
}

fn attributes(wire: Option<AttributesText<'_>>, holder: &Place<'_>) -> Read<Attributes> {
    let place = holder.field("attributes");
    let mut attributes = BTreeMap::new();
    if let Some(AttributesText::Raw(entries)) = wire {
        for (key, raw) in entries {
            let value = attribute(raw.get(), &place.field(&key.0))?;
            if attributes.contains_key(key.0.as_ref()) {
                return Err(EventError::at(&place, Kind::RepeatedField { field: kept(&key.0) }));
            }
            attributes.insert(owned(key), value);
        }
    }
    Ok(attributes)
}

fn attribute(json: &str, place: &Place<'_>) -> Read<AttributeValue> {
    match (string(json), json) {
        (Some(Ok(text)), _) => Ok(AttributeValue::Text(text.into_owned())),
        (Some(Err(error)), _) => Err(EventError::at(place, error)),
        (None, "true") => Ok(AttributeValue::Boolean(true)),
        (None, "false") => Ok(AttributeValue::Boolean(false)),
        (None, number) if is_number(number) => number.parse().map(AttributeValue::Integer).map_err(|_| {
            let expected = "a whole number of 64 bits".to_owned();
            let remedy = Some("write amounts in minor units and other fractions as text");
            EventError::at(place, Kind::BadNumber { found: kept(number), expected, remedy })
        }),
        (None, other) => Err(wrong_type("a text, a whole number, true or false", other, place)),
    }
}

/// The content of a JSON string; `None` when the JSON is something else.
fn string(json: &str) -> Option<Result<Cow<'_, str>, Kind>> {
    let content = json.strip_prefix('"')?.strip_suffix('"')?;
    if !content.contains('\\') {
        return Some(Ok(Cow::Borrowed(content)));
    }
    Some(serde_json::from_str(json).map(Cow::Owned).map_err(|_| Kind::WrongType {
        expected: "a text of whole characters".to_owned(),
        found: "half a character".to_owned(),
    }))
}

fn is_number(json: &str) -> bool {
    json.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

fn wrong_type(expected: &str, json: &str, place: &Place<'_>) -> EventError {
    let found = match json.as_bytes().first() {
        Some(b'{') => "an object".to_owned(),
        Some(b'[') => "a list".to_owned(),
        Some(b'"') => "a text".to_owned(),
        Some(b't' | b'f') => format!("`{json}`"),
        Some(b'n') => "`null`".to_owned(),
        _ => "a number".to_owned(),
    };
    EventError::at(place, Kind::WrongType { expected: expected.to_owned(), found })
}

fn owned(text: Text<'_>) -> String {
    text.0.into_owned()
}
