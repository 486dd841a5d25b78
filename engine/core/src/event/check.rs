//! What must be true of an event in itself, however it was made.
//!
//! Invariant: looks at the event alone; history, tenders against what is due, and rules are decided elsewhere.

use std::collections::{BTreeMap, HashMap};

use fenrun_money::Currency;
use fenrun_money::decimal::format_minor;

use super::error::{EventError, EventErrorKind as Kind, TextProblem};
use super::nearest::nearest;
use super::party::{SELLER, UPLINE};
use super::place::Place;
use super::shown::{Shown, is_unsafe, kept};
use super::{Attributes, EventLimits, Expectations, Line, Order, Party, Pricing, RelationBound};

type Checked = Result<(), EventError>;

/// Checks a paid order.
pub(super) fn paid(order: &Order, expect: &Expectations) -> Checked {
    let root = Place::Root;
    text(&order.id, &root.field("order"), expect.event_limits())?;
    if let Pricing::Quote(quote) = &order.pricing {
        text(quote, &root.field("pricing").field("quote"), expect.event_limits())?;
    }
    cart(order, expect)?;
    tenders(order, expect)
}

/// Checks a cart that is to be priced.
pub(super) fn priced(order: &Order, expect: &Expectations) -> Checked {
    let root = Place::Root;
    text(&order.id, &root.field("quote"), expect.event_limits())?;
    let not_yet = |field, problem: &str| {
        let remedy = "a cart is priced before it is paid; send it with `order.paid`";
        Err(EventError::at(&root.field(field), Kind::Contradiction { problem: problem.to_owned(), remedy }))
    };
    if !order.tenders.is_empty() {
        return not_yet("tenders", "a cart to be priced has no tenders yet");
    }
    if order.fees_minor.is_some() {
        return not_yet("fees", "a cart to be priced has no payment fees yet");
    }
    cart(order, expect)
}

/// Coupons of one order; more are a mistake or an attack on the store, which looks each of them up.
const COUPONS_MAX: usize = 16;

fn coupons(coupons: &[String], place: &Place<'_>, limits: &EventLimits) -> Checked {
    count("coupons", coupons.len(), COUPONS_MAX, place)?;
    for (index, coupon) in coupons.iter().enumerate() {
        text(coupon, &place.index(index), limits)?;
        if let Some(first) = coupons.iter().take(index).position(|other| other == coupon) {
            let what = format!("coupon `{}`", Shown(coupon));
            return Err(repeated(&place.index(index), what, &place.index(first), "present each coupon once"));
        }
    }
    Ok(())
}

/// A quote expires after it is given.
pub(super) fn expires(given: jiff::Timestamp, expires: Option<jiff::Timestamp>) -> Checked {
    if expires.is_none_or(|expires| expires > given) {
        return Ok(());
    }
    let problem = "the quote would expire before it is given".to_owned();
    let remedy = "leave `expires` out, or name a later moment";
    Err(EventError::at(&Place::Root.field("expires"), Kind::Contradiction { problem, remedy }))
}

/// Checks a relation.
pub(super) fn bound(bound: &RelationBound, expect: &Expectations) -> Checked {
    let (root, limits) = (Place::Root, expect.event_limits());
    text(&bound.relation, &root.field("relation"), limits)?;
    text(&bound.member, &root.field("member"), limits)?;
    text(&bound.to, &root.field("to"), limits)?;
    role(&bound.relation, "relation", &root.field("relation"), expect)
}

/// Checks what paid orders and carts have in common.
fn cart(order: &Order, expect: &Expectations) -> Checked {
    let (root, limits) = (Place::Root, expect.event_limits());
    currency(order.currency.code(), expect)?;
    let buyer = root.field("buyer");
    text(&order.buyer.id, &buyer.field("id"), limits)?;
    tags(&order.buyer.tags, &buyer.field("tags"), limits)?;
    attributes(&order.buyer.attributes, &buyer.field("attributes"), limits)?;
    if order.buyer.order_number == Some(0) {
        return Err(EventError::at(&buyer.field("order_number"), bad_number("0", "a whole number from 1")));
    }
    optional_text(order.seller.as_deref(), &root.field("seller"), limits)?;
    optional_text(order.source.as_deref(), &root.field("source"), limits)?;
    attributes(&order.attributes, &root.field("attributes"), limits)?;
    coupons(&order.coupons, &root.field("coupons"), limits)?;
    if let Some(parties) = &order.parties {
        check_parties(order, parties, expect)?;
    }
    check_lines(order, limits)
}

/// Refuses another currency than the expected one.
pub(super) fn currency(code: &str, expect: &Expectations) -> Checked {
    let expected = expect.expected_currency();
    if code == expected.code() {
        return Ok(());
    }
    Err(EventError::at(&Place::Root.field("currency"), Kind::WrongCurrency { found: kept(code), expected }))
}

fn check_lines(order: &Order, limits: &EventLimits) -> Checked {
    let root = Place::Root;
    let lines = root.field("lines");
    count("lines", order.lines.len(), limits.lines_max, &lines)?;
    if order.lines.is_empty() && !matches!(order.pricing, Pricing::Quote(_)) {
        let problem = "an order without a quote needs at least one line".to_owned();
        let remedy = "send the lines, or name the quote that has them";
        return Err(EventError::at(&lines, Kind::Contradiction { problem, remedy }));
    }
    let mut first_of = HashMap::with_capacity(order.lines.len());
    let mut totals = Totals::default();
    for (index, line) in order.lines.iter().enumerate() {
        let place = lines.index(index);
        check_line(line, order, &place, limits)?;
        totals.add(line).map_err(|what| EventError::at(&place, Kind::Overflow { what }))?;
        if let Some(first) = first_of.insert(line.id.as_str(), index) {
            let what = format!("line `{}`", Shown(&line.id));
            let remedy = "give every line of an order its own id";
            return Err(repeated(&place.field("id"), what, &lines.index(first), remedy));
        }
    }
    Ok(())
}

fn check_line(line: &Line, order: &Order, place: &Place<'_>, limits: &EventLimits) -> Checked {
    text(&line.id, &place.field("id"), limits)?;
    optional_text(line.item.as_deref(), &place.field("item"), limits)?;
    optional_text(line.category.as_deref(), &place.field("category"), limits)?;
    tags(&line.tags, &place.field("tags"), limits)?;
    attributes(&line.attributes, &place.field("attributes"), limits)?;
    if line.quantity == 0 || line.quantity > limits.quantity_max {
        let expected = format!("a whole number from 1 to {}", limits.quantity_max);
        return Err(EventError::at(
            &place.field("quantity"),
            bad_number(&line.quantity.to_string(), &expected),
        ));
    }
    let currency = order.currency;
    not_negative(Some(line.price_minor), currency, &place.field("price"))?;
    not_negative(line.cost_minor, currency, &place.field("cost"))?;
    not_negative(line.floor_minor, currency, &place.field("floor"))?;
    let list_minor = line.list_minor();
    let list_minor = list_minor.ok_or_else(|| overflow(place, "price × quantity"))?;
    at_most_list(line.tax_minor, list_minor, currency, &place.field("tax"))?;
    if line.paid_minor.is_some() && order.pricing != Pricing::Given {
        let problem = match order.pricing {
            Pricing::Quote(_) => "the quote says what each line costs, so a line cannot say it too",
            _ => "the engine decides what each line costs, so a line cannot say it",
        };
        let remedy = "leave `paid` out, or use `\"pricing\":\"given\"`";
        return Err(EventError::at(
            &place.field("paid"),
            Kind::Contradiction { problem: problem.to_owned(), remedy },
        ));
    }
    at_most_list(line.paid_minor, list_minor, currency, &place.field("paid"))
}

/// The sums over an order's lines, kept to prove that none leaves 64 bits.
#[derive(Default)]
struct Totals {
    list_minor: i64,
    cost_minor: i64,
    floor_minor: i64,
}

impl Totals {
    /// Adds a line, or says which sum does not fit. Paid and tax need no sum: neither exceeds the list amount.
    fn add(&mut self, line: &Line) -> Result<(), &'static str> {
        let quantity = i64::from(line.quantity);
        let add = |sum: i64, unit_minor: i64| sum.checked_add(unit_minor.checked_mul(quantity)?);
        self.list_minor = add(self.list_minor, line.price_minor).ok_or("the order's total")?;
        self.cost_minor =
            add(self.cost_minor, line.cost_minor.unwrap_or(0)).ok_or("the order's total cost")?;
        self.floor_minor =
            add(self.floor_minor, line.floor_minor.unwrap_or(0)).ok_or("the order's total floor")?;
        Ok(())
    }
}

fn check_parties(order: &Order, parties: &[Party], expect: &Expectations) -> Checked {
    let (root, limits) = (Place::Root, expect.event_limits());
    let list = root.field("parties");
    count("parties", parties.len(), limits.parties_max, &list)?;
    let mut first_of = BTreeMap::new();
    for (index, party) in parties.iter().enumerate() {
        let place = list.index(index);
        text(&party.id, &place.field("id"), limits)?;
        text(&party.role, &place.field("role"), limits)?;
        role(&party.role, "role", &place.field("role"), expect)?;
        optional_text(party.tier.as_deref(), &place.field("tier"), limits)?;
        tags(&party.tags, &place.field("tags"), limits)?;
        attributes(&party.attributes, &place.field("attributes"), limits)?;
        not_negative(party.volume_minor, order.currency, &place.field("volume"))?;
        check_depth(party, &place)?;
        if let Some(first) = first_of.insert((party.id.as_str(), party.role.as_str()), index) {
            let what = format!("`{}` as {}", Shown(&party.id), Shown(&party.role));
            return Err(repeated(&place, what, &list.index(first), "name a party once per role"));
        }
    }
    check_chain(order, parties, &list)
}

/// A seller stands at depth 0, an upline above, nobody else anywhere.
fn check_depth(party: &Party, place: &Place<'_>) -> Checked {
    let (problem, remedy) = match (party.role.as_str(), party.depth) {
        (SELLER, Some(0)) | (UPLINE, Some(1..)) => return Ok(()),
        (SELLER, _) => ("the seller stands at depth 0", "leave `depth` out, or use the role `upline`"),
        (UPLINE, Some(_)) => ("depth 0 is the seller's place", "an upline's depth starts at 1"),
        (UPLINE, None) => {
            ("an upline needs its depth", "1 is the seller's direct upline, 2 that one's upline")
        }
        (_, None) => return Ok(()),
        (_, Some(_)) => ("only `seller` and `upline` have a depth", "leave `depth` out"),
    };
    Err(EventError::at(&place.field("depth"), Kind::Contradiction { problem: problem.to_owned(), remedy }))
}

/// The chain has one party at each depth, no gap, no circle, and the seller the order names.
fn check_chain(order: &Order, parties: &[Party], list: &Place<'_>) -> Checked {
    let mut at_depth: BTreeMap<u32, usize> = BTreeMap::new();
    let mut members: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, party) in parties.iter().enumerate().filter(|(_, party)| party.in_chain()) {
        let place = list.index(index);
        let depth = party.depth.unwrap_or(0);
        if let Some(first) = at_depth.insert(depth, index) {
            let what = format!("depth {depth} of the chain");
            let remedy = "one party stands at each depth; a second seller needs an order of its own";
            return Err(repeated(&place.field("depth"), what, &list.index(first), remedy));
        }
        if let Some(first) = members.insert(&party.id, index) {
            let problem = format!("`{}` is already in the chain at {}", Shown(&party.id), list.index(first));
            let remedy = "nobody is their own upline";
            return Err(EventError::at(&place.field("id"), Kind::Contradiction { problem, remedy }));
        }
    }
    let seller = at_depth.get(&0).and_then(|index| Some((index, parties.get(*index)?)));
    if let (Some(named), Some((index, party))) = (&order.seller, seller)
        && *named != party.id
    {
        let problem = format!("the seller is `{}` here and `{}` in `seller`", Shown(&party.id), Shown(named));
        let remedy = "name one seller of record";
        return Err(EventError::at(&list.index(*index).field("id"), Kind::Contradiction { problem, remedy }));
    }
    if let Some(index) =
        order.seller.as_deref().filter(|_| seller.is_none()).and_then(|named| members.get(named))
    {
        let problem = "the seller of record is also an upline".to_owned();
        let remedy = "nobody is their own upline";
        return Err(EventError::at(&list.index(*index).field("id"), Kind::Contradiction { problem, remedy }));
    }
    let mut expected: u32 = if seller.is_none() && order.seller.is_some() { 1 } else { 0 };
    for (depth, index) in at_depth {
        if depth != expected {
            let problem = format!("the chain has nobody at depth {expected}, but `upline` at {depth}");
            let remedy = "name everybody up to the last one; who may not be paid has `\"eligible\":false`";
            let place = list.index(index);
            return Err(EventError::at(&place.field("depth"), Kind::Contradiction { problem, remedy }));
        }
        expected = expected.saturating_add(1);
    }
    Ok(())
}

fn tenders(order: &Order, expect: &Expectations) -> Checked {
    let root = Place::Root;
    let list = root.field("tenders");
    not_negative(order.fees_minor, order.currency, &root.field("fees"))?;
    count("tenders", order.tenders.len(), expect.event_limits().tenders_max, &list)?;
    let mut sum_minor = 0_i64;
    for (index, tender) in order.tenders.iter().enumerate() {
        let place = list.index(index);
        not_negative(Some(tender.amount_minor), order.currency, &place.field("amount"))?;
        sum_minor = sum_minor
            .checked_add(tender.amount_minor)
            .ok_or_else(|| overflow(&place.field("amount"), "the sum of the tenders"))?;
    }
    Ok(())
}

pub(super) fn role(role: &str, what: &'static str, place: &Place<'_>, expect: &Expectations) -> Checked {
    if expect.knows_role(role) {
        return Ok(());
    }
    Err(EventError::at(
        place,
        Kind::UnknownWord {
            what,
            found: kept(role),
            nearest: nearest(role, expect.roles()).map(str::to_owned),
            remedy: "name the role in the program, or use a well-known one",
        },
    ))
}

pub(super) fn tags(tags: &[String], place: &Place<'_>, limits: &EventLimits) -> Checked {
    count("tags", tags.len(), limits.tags_max, place)?;
    tags.iter().enumerate().try_for_each(|(index, tag)| text(tag, &place.index(index), limits))
}

fn attributes(attributes: &Attributes, place: &Place<'_>, limits: &EventLimits) -> Checked {
    count("attributes", attributes.len(), limits.attributes_max, place)?;
    for (key, value) in attributes {
        text(key, &place.field(key), limits)?;
        if let super::AttributeValue::Text(value) = value
            && !value.is_empty()
        {
            text(value, &place.field(key), limits)?;
        }
    }
    Ok(())
}

fn optional_text(found: Option<&str>, place: &Place<'_>, limits: &EventLimits) -> Checked {
    found.map_or(Ok(()), |found| text(found, place, limits))
}

/// A text is 1 to `text_bytes_max` bytes of safe characters. Spaces are kept as they are, also at the ends.
pub(super) fn text(found: &str, place: &Place<'_>, limits: &EventLimits) -> Checked {
    text_of(found, limits.text_bytes_max, place)
}

/// A text is 1 to `bytes_max` bytes of safe characters.
pub(super) fn text_of(found: &str, bytes_max: usize, place: &Place<'_>) -> Checked {
    let problem = if found.is_empty() {
        TextProblem::Empty
    } else if found.len() > bytes_max {
        TextProblem::TooLong { bytes: found.len(), bytes_max }
    } else if let Some(character) = found.chars().find(|character| is_unsafe(*character)) {
        TextProblem::UnsafeCharacter { character }
    } else {
        return Ok(());
    };
    Err(EventError::at(place, Kind::BadText { found: kept(found), problem }))
}

pub(super) fn count(what: &'static str, count: usize, count_max: usize, place: &Place<'_>) -> Checked {
    if count <= count_max {
        return Ok(());
    }
    Err(EventError::at(place, Kind::TooMany { what, count, count_max }))
}

fn not_negative(minor: Option<i64>, currency: Currency, place: &Place<'_>) -> Checked {
    match minor {
        Some(minor) if minor < 0 => {
            let found = format_minor(minor, currency.exponent()).to_string();
            let expected = "an amount that is not negative".to_owned();
            Err(EventError::at(place, Kind::AmountOutOfRange { found, expected }))
        }
        _ => Ok(()),
    }
}

fn at_most_list(minor: Option<i64>, list_minor: i64, currency: Currency, place: &Place<'_>) -> Checked {
    not_negative(minor, currency, place)?;
    match minor {
        Some(minor) if minor > list_minor => {
            let found = format_minor(minor, currency.exponent()).to_string();
            let list = format_minor(list_minor, currency.exponent());
            let expected = format!("at most the line's list amount `{list}`");
            Err(EventError::at(place, Kind::AmountOutOfRange { found, expected }))
        }
        _ => Ok(()),
    }
}

fn overflow(place: &Place<'_>, what: &'static str) -> EventError {
    EventError::at(place, Kind::Overflow { what })
}

pub(super) fn repeated(
    place: &Place<'_>,
    what: String,
    first: &Place<'_>,
    remedy: &'static str,
) -> EventError {
    EventError::at(place, Kind::Repeated { what, first: first.to_string(), remedy })
}

fn bad_number(found: &str, expected: &str) -> Kind {
    Kind::BadNumber { found: found.to_owned(), expected: expected.to_owned(), remedy: None }
}
