//! One side of an adjustment.
//!
//! Invariant: an amount that is not zero, with its sign.

use fenrun_money::{Currency, decimal::format_minor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::field::Field;
use crate::event::error::{EventError, EventErrorKind as Kind};
use crate::event::json::scalar::{AmountText, Literal, Text};
use crate::event::json::values;
use crate::event::place::Place;
use crate::event::{Expectations, check};

/// Who gets how much by an adjustment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdjustmentMove {
    /// The party; `None` for the merchant.
    pub party: Option<String>,
    /// What it gets, minor units; less than zero where it is taken.
    pub amount_minor: i64,
}

/// Who gets how much by an adjustment.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schemars(rename = "AdjustmentMove")]
pub(in crate::event) struct AdjustmentMoveWire<'a> {
    /// The party; left out, the merchant.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    party: Option<Text<'a>>,
    /// What it gets, major units; less than zero where it is taken.
    #[serde(borrow)]
    #[schemars(with = "SignedAmount")]
    amount: AmountText<'a>,
}

/// Stands for an amount of either sign in the schema.
struct SignedAmount;

impl JsonSchema for SignedAmount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SignedAmount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "An exact amount in major units of the event's currency; may be less than zero.",
            "type": ["string", "number"],
            "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$",
        })
    }
}

/// The most moves of one adjustment.
const MOVES_MAX: usize = 1_000;

impl Field for Vec<AdjustmentMove> {
    type Wire<'a> = Vec<AdjustmentMoveWire<'a>>;

    fn read(
        wire: Vec<AdjustmentMoveWire<'_>>,
        place: &Place<'_>,
        expect: &Expectations,
    ) -> Result<Self, EventError> {
        let one = |(index, wire): (usize, AdjustmentMoveWire<'_>)| {
            let place = place.index(index);
            let amount_minor =
                values::amount(&wire.amount, expect.expected_currency(), &place.field("amount"))?;
            Ok(AdjustmentMove { party: wire.party.map(|party| party.0.into_owned()), amount_minor })
        };
        wire.into_iter().enumerate().map(one).collect()
    }

    fn check(&self, place: &Place<'_>, expect: &Expectations) -> Result<(), EventError> {
        check::count("moves", self.len(), MOVES_MAX, place)?;
        for (index, each) in self.iter().enumerate() {
            let place = place.index(index);
            if let Some(party) = &each.party {
                check::text(party, &place.field("party"), expect.event_limits())?;
            }
            if each.amount_minor == 0 {
                let (found, expected) = ("0".to_owned(), "an amount that is not zero".to_owned());
                return Err(EventError::at(
                    &place.field("amount"),
                    Kind::AmountOutOfRange { found, expected },
                ));
            }
        }
        Ok(())
    }

    fn write(&self, currency: Currency) -> Vec<AdjustmentMoveWire<'_>> {
        let amount = |each: &AdjustmentMove| format_minor(each.amount_minor, currency.exponent()).to_string();
        self.iter()
            .map(|each| AdjustmentMoveWire {
                party: each.party.as_deref().map(Text::of),
                amount: AmountText(Literal::Written(amount(each))),
            })
            .collect()
    }
}
