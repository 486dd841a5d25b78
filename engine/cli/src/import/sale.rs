//! From one row to one line and what it says of its order.
//!
//! Invariant: exact. An amount, a count or a time that is not one refuses the row; nothing is rounded, trimmed or guessed.

use fenrun::event::{AttributeValue, Attributes, Line, LineKind, QUANTITY_MAX};
use fenrun_money::decimal::{DecimalError, parse_minor};
use jiff::Timestamp;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::mapping::{Mapping, Price, kinds_listed, with_point};
use super::refusal::Refusal;
use super::rows::Row;
use super::shown::Shown;
use super::template::Template;

/// The attribute that keeps the number of units where a line's amount does not divide by it.
pub const COUNT_ATTRIBUTE: &str = "count";

/// What one row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sale {
    pub(super) time: Timestamp,
    pub(super) buyer: String,
    pub(super) seller: Option<String>,
    pub(super) source: Option<String>,
    pub(super) attributes: Attributes,
    /// Its id is empty where it is to be numbered within the order.
    pub(super) line: Line,
}

/// Reads the id of the order a row belongs to.
pub(super) fn order_id(row: &Row, mapping: &Mapping) -> Result<String, Refusal> {
    let empty = || Refusal::new("an order without an id", "the order's id is empty");
    mapping.order.id.fill_some(row).ok_or_else(empty)
}

/// Reads what a row says.
pub(super) fn sale(row: &Row, mapping: &Mapping) -> Result<Sale, Refusal> {
    let order = &mapping.order;
    let fill = |template: &Option<Template>| template.as_ref().and_then(|template| template.fill_some(row));
    let nobody = || {
        let message = "the buyer is empty; hint: say what to do with `buyer_when_empty`";
        Refusal::new("an order without a buyer", message)
    };
    Ok(Sale {
        time: time(row, mapping)?,
        buyer: order.buyer.fill_some(row).or_else(|| fill(&order.buyer_when_empty)).ok_or_else(nobody)?,
        seller: fill(&order.seller),
        source: fill(&order.source),
        attributes: attributes(row, &order.attributes),
        line: line(row, mapping)?,
    })
}

fn time(row: &Row, mapping: &Mapping) -> Result<Timestamp, Refusal> {
    let text = mapping.order.time.text.fill(row);
    let Some((format, zone)) = &mapping.order.time.format else {
        return text.parse().map_err(|_| {
            let message = format!(
                "`{}` is not a time with an offset; hint: say how it is written with `time_format`",
                Shown(&text)
            );
            Refusal::new("a time that is none", message)
        });
    };
    let misfit = || {
        let message = format!("`{}` is not a time written as `{}`", Shown(&text), Shown(format));
        Refusal::new("a time that does not fit its format", message)
    };
    let parsed = BrokenDownTime::parse(format, text.as_bytes()).map_err(|_| misfit())?;
    if let Ok(timestamp) = parsed.to_timestamp() {
        return Ok(timestamp);
    }
    let local = parsed.to_datetime().or_else(|_| Ok(parsed.to_date()?.at(0, 0, 0, 0)));
    let local = local.map_err(|_: jiff::Error| misfit())?;
    moment(local, zone).ok_or_else(|| {
        let name = zone.iana_name().unwrap_or("its zone");
        let message = format!("`{}` never was in {name}: the clocks were put forward", Shown(&text));
        Refusal::new("a time that never was", message)
    })
}

/// The moment at which the clocks of a zone showed a time; the earlier one where they showed it twice.
fn moment(local: jiff::civil::DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => None,
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => ambiguous.compatible().ok(),
    }
}

fn line(row: &Row, mapping: &Mapping) -> Result<Line, Refusal> {
    let from = &mapping.line;
    let amounts = Amounts { row, mapping };
    let fill = |template: &Option<Template>| template.as_ref().and_then(|template| template.fill_some(row));
    let quantity = quantity(&from.quantity.fill(row))?;
    let (units, price_minor) = match &from.price {
        Price::PerUnit(price) => (quantity, amounts.required(price, "price")?),
        Price::OfLine(amount) => divide(amounts.required(amount, "amount")?, quantity),
    };
    let mut line = Line::goods(fill(&from.id).unwrap_or_default(), "", units, price_minor);
    line.kind = kind(row, mapping)?;
    line.item = fill(&from.item);
    line.category = fill(&from.category);
    line.paid_minor = amounts.optional(&from.paid, "paid")?;
    line.cost_minor = amounts.optional(&from.cost, "cost")?;
    line.tax_minor = amounts.optional(&from.tax, "tax")?;
    line.floor_minor = amounts.optional(&from.floor, "floor")?;
    line.tags = from.tags.iter().filter_map(|tag| tag.fill_some(row)).collect();
    line.attributes = attributes(row, &from.attributes);
    if units != quantity {
        line = line.attribute(COUNT_ATTRIBUTE, i64::from(quantity));
    }
    Ok(line)
}

/// Units and unit price of a line with this amount: one unit of the whole where it does not divide.
fn divide(amount_minor: i64, quantity: u32) -> (u32, i64) {
    let count = i64::from(quantity);
    match (amount_minor.checked_rem(count), amount_minor.checked_div(count)) {
        (Some(0), Some(price_minor)) => (quantity, price_minor),
        _ => (1, amount_minor),
    }
}

fn quantity(text: &str) -> Result<u32, Refusal> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.filter(|number| (1..=QUANTITY_MAX).contains(number)).ok_or_else(|| {
        let message =
            format!("quantity: expected a whole number from 1 to {QUANTITY_MAX}, found `{}`", Shown(text));
        Refusal::new("a quantity that is none", message)
    })
}

fn kind(row: &Row, mapping: &Mapping) -> Result<LineKind, Refusal> {
    let text = mapping.line.kind.fill(row);
    mapping.line.kinds.find(&text).ok_or_else(|| {
        let message = format!(
            "kind: `{}` stands for no kind of line; hint: say with `kinds` which of {} it is",
            Shown(&text),
            kinds_listed()
        );
        Refusal::new("a kind of line that is none", message)
    })
}

fn attributes(row: &Row, from: &[(String, Template)]) -> Attributes {
    let filled = from.iter().filter_map(|(key, template)| Some((key, template.fill_some(row)?)));
    filled.map(|(key, text)| (key.clone(), AttributeValue::Text(text))).collect()
}

/// Reads the amounts of a row.
struct Amounts<'row> {
    row: &'row Row,
    mapping: &'row Mapping,
}

impl Amounts<'_> {
    fn required(&self, template: &Template, name: &str) -> Result<i64, Refusal> {
        let (text, currency) = (template.fill(self.row), self.mapping.order.currency);
        let read = parse_minor(&with_point(&text, self.mapping.line.decimal_comma), currency.exponent());
        let problem = match read {
            Ok(minor) if minor >= 0 => return Ok(minor),
            Ok(_) => "it is negative".to_owned(),
            Err(error) => error.to_string(),
        };
        let reason = match read {
            Err(DecimalError::TooManyDecimals { .. }) => "an amount with more decimals than its currency",
            _ => "an amount that is none",
        };
        Err(Refusal::new(
            reason,
            format!("{name}: `{}` is not an amount in {currency}: {problem}", Shown(&text)),
        ))
    }

    fn optional(&self, template: &Option<Template>, name: &str) -> Result<Option<i64>, Refusal> {
        let given = template.as_ref().filter(|template| !template.fill(self.row).is_empty());
        given.map(|template| self.required(template, name)).transpose()
    }
}
