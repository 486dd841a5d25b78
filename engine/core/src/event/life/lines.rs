//! What came back of one line of an order.
//!
//! Invariant: units or money, never both; each line once.

use fenrun_money::Currency;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::field::Field;
use crate::event::error::{EventError, EventErrorKind as Kind};
use crate::event::json::scalar::{AmountText, Text, WholeNumber};
use crate::event::place::Place;
use crate::event::shown::Shown;
use crate::event::{Expectations, check};

/// What came back of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundLine {
    /// The line's id in the order.
    pub id: String,
    /// What came back of it.
    pub what: RefundPart,
}

/// Units or money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundPart {
    /// So many units came back, at least 1: what was paid for them goes back.
    Units(u32),
    /// So much money goes back without units, in minor units, more than zero.
    Amount(i64),
}

/// What came back of one line: units, or money without units.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schemars(rename = "RefundLine")]
pub(in crate::event) struct RefundLineWire<'a> {
    /// The line's id in the order.
    #[serde(borrow)]
    id: Text<'a>,
    /// So many units came back: what was paid for them goes back.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    quantity: Option<WholeNumber<'a>>,
    /// So much money goes back without units, major units.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    amount: Option<AmountText<'a>>,
}

impl Field for Vec<RefundLine> {
    type Wire<'a> = Vec<RefundLineWire<'a>>;

    fn read(
        wire: Vec<RefundLineWire<'_>>,
        place: &Place<'_>,
        expect: &Expectations,
    ) -> Result<Self, EventError> {
        let line = |(index, wire): (usize, RefundLineWire<'_>)| {
            let place = place.index(index);
            let units = Option::<u32>::read(wire.quantity, &place.field("quantity"), expect)?;
            let amount = Option::<i64>::read(wire.amount, &place.field("amount"), expect)?;
            let what = match (units, amount) {
                (Some(units), None) => RefundPart::Units(units),
                (None, Some(amount)) => RefundPart::Amount(amount),
                (both, _) => {
                    let what = if both.is_some() { "both" } else { "neither" };
                    let problem = format!("a line of a refund with {what} of `quantity` and `amount`");
                    let remedy = "say how many units came back, or how much money went back without units";
                    return Err(EventError::at(&place, Kind::Contradiction { problem, remedy }));
                }
            };
            Ok(RefundLine { id: wire.id.0.into_owned(), what })
        };
        wire.into_iter().enumerate().map(line).collect()
    }

    fn check(&self, place: &Place<'_>, expect: &Expectations) -> Result<(), EventError> {
        check::count("lines", self.len(), expect.event_limits().lines_max, place)?;
        for (index, line) in self.iter().enumerate() {
            let place_of_line = place.index(index);
            check::text(&line.id, &place_of_line.field("id"), expect.event_limits())?;
            match line.what {
                RefundPart::Units(units) => units.check(&place_of_line.field("quantity"), expect)?,
                RefundPart::Amount(amount) => amount.check(&place_of_line.field("amount"), expect)?,
            }
            let before = self.iter().take(index).position(|other| other.id == line.id);
            if let Some(first) = before {
                let what = format!("line `{}`", Shown(&line.id));
                let remedy = "name every line once";
                return Err(check::repeated(&place_of_line.field("id"), what, &place.index(first), remedy));
            }
        }
        Ok(())
    }

    fn write(&self, currency: Currency) -> Vec<RefundLineWire<'_>> {
        let line = |line: &RefundLine| match line.what {
            RefundPart::Units(units) => (Some(WholeNumber::of(units)), None),
            RefundPart::Amount(amount) => (None, Some(written(amount, currency))),
        };
        self.iter()
            .map(|of| {
                let (quantity, amount) = line(of);
                RefundLineWire { id: Text::of(&of.id), quantity, amount }
            })
            .collect()
    }
}

fn written(amount: i64, currency: Currency) -> AmountText<'static> {
    let text = fenrun_money::decimal::format_minor(amount, currency.exponent()).to_string();
    AmountText(crate::event::json::scalar::Literal::Written(text))
}
