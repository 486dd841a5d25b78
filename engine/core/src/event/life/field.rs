//! The kinds of value that events of the ledger hold: how each is read, checked, shown and written.
//!
//! Invariant: exact or refused, with the place; what is written is read back as the same value.

use std::borrow::Cow;

use fenrun_money::{Currency, Rate, decimal::format_minor};
use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::error::{EventError, EventErrorKind as Kind};
use crate::event::json::scalar::{AmountText, Literal, Text, WholeNumber};
use crate::event::json::values;
use crate::event::place::Place;
use crate::event::shown::Shown;
use crate::event::{Expectations, check};

type Read<T> = Result<T, EventError>;

/// A value of an event.
pub(in crate::event) trait Field: Sized {
    /// Its form in JSON.
    type Wire<'a>;

    /// Its form in JSON as a value.
    fn read(wire: Self::Wire<'_>, place: &Place<'_>, expect: &Expectations) -> Read<Self>;

    /// Whether it makes sense by itself.
    fn check(&self, place: &Place<'_>, expect: &Expectations) -> Read<()>;

    /// The value in its form in JSON; `currency` is that of the event.
    fn write(&self, currency: Currency) -> Self::Wire<'_>;
}

impl<T: Field> Field for Option<T> {
    type Wire<'a> = Option<T::Wire<'a>>;

    fn read(wire: Self::Wire<'_>, place: &Place<'_>, expect: &Expectations) -> Read<Self> {
        wire.map(|wire| T::read(wire, place, expect)).transpose()
    }

    fn check(&self, place: &Place<'_>, expect: &Expectations) -> Read<()> {
        self.as_ref().map_or(Ok(()), |value| value.check(place, expect))
    }

    fn write(&self, currency: Currency) -> Self::Wire<'_> {
        self.as_ref().map(|value| value.write(currency))
    }
}

/// An id, a name, a reason.
impl Field for String {
    type Wire<'a> = Text<'a>;

    fn read(wire: Text<'_>, _: &Place<'_>, _: &Expectations) -> Read<Self> {
        Ok(wire.0.into_owned())
    }

    fn check(&self, place: &Place<'_>, expect: &Expectations) -> Read<()> {
        check::text(self, place, expect.event_limits())
    }

    fn write(&self, _: Currency) -> Text<'_> {
        Text::of(self)
    }
}

impl Field for Timestamp {
    type Wire<'a> = TimeText<'a>;

    fn read(wire: TimeText<'_>, place: &Place<'_>, _: &Expectations) -> Read<Self> {
        values::time_at(&wire.0.0, place)
    }

    fn check(&self, _: &Place<'_>, _: &Expectations) -> Read<()> {
        Ok(())
    }

    fn write(&self, _: Currency) -> TimeText<'_> {
        TimeText(Text(Cow::Owned(self.to_string())))
    }
}

impl Field for Date {
    type Wire<'a> = DateText<'a>;

    fn read(wire: DateText<'_>, place: &Place<'_>, _: &Expectations) -> Read<Self> {
        let text = &wire.0.0;
        let well_formed = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let date = if well_formed { text.parse().ok() } else { None };
        date.ok_or_else(|| no_date(text, place))
    }

    /// A year has four digits.
    fn check(&self, place: &Place<'_>, _: &Expectations) -> Read<()> {
        if self.year() >= 0 { Ok(()) } else { Err(no_date(&self.to_string(), place)) }
    }

    fn write(&self, _: Currency) -> DateText<'_> {
        DateText(Text(Cow::Owned(self.to_string())))
    }
}

fn no_date(found: &str, place: &Place<'_>) -> EventError {
    let problem = format!("`{}` is not a date", Shown(found));
    EventError::at(place, Kind::Contradiction { problem, remedy: "write it as `2026-03-01`" })
}

/// An amount in minor units, more than zero.
impl Field for i64 {
    type Wire<'a> = AmountText<'a>;

    fn read(wire: AmountText<'_>, place: &Place<'_>, expect: &Expectations) -> Read<Self> {
        values::amount(&wire, expect.expected_currency(), place)
    }

    fn check(&self, place: &Place<'_>, expect: &Expectations) -> Read<()> {
        if *self > 0 {
            return Ok(());
        }
        let found = format_minor(*self, expect.expected_currency().exponent()).to_string();
        let expected = "an amount of more than zero".to_owned();
        Err(EventError::at(place, Kind::AmountOutOfRange { found, expected }))
    }

    fn write(&self, currency: Currency) -> AmountText<'_> {
        AmountText(Literal::Written(format_minor(*self, currency.exponent()).to_string()))
    }
}

/// How many: at least one, and no more than a line may have units.
impl Field for u32 {
    type Wire<'a> = WholeNumber<'a>;

    fn read(wire: WholeNumber<'_>, place: &Place<'_>, expect: &Expectations) -> Read<Self> {
        values::how_many(&wire, expect.event_limits().quantity_max, place)
    }

    fn check(&self, place: &Place<'_>, expect: &Expectations) -> Read<()> {
        let most = expect.event_limits().quantity_max;
        if (1..=most).contains(self) {
            return Ok(());
        }
        let expected = format!("a whole number from 1 to {most}");
        Err(EventError::at(place, Kind::BadNumber { found: self.to_string(), expected, remedy: None }))
    }

    fn write(&self, _: Currency) -> WholeNumber<'_> {
        WholeNumber::of(*self)
    }
}

/// An exact rate, more than 0 and at most 100 %.
impl Field for Rate {
    type Wire<'a> = RateText<'a>;

    fn read(wire: RateText<'_>, place: &Place<'_>, _: &Expectations) -> Read<Self> {
        wire.0.0.parse().map_err(|_| no_rate(&wire.0.0, place))
    }

    fn check(&self, place: &Place<'_>, _: &Expectations) -> Read<()> {
        if self.is_zero() || self.exceeds_one() { Err(no_rate(&self.to_string(), place)) } else { Ok(()) }
    }

    fn write(&self, _: Currency) -> RateText<'_> {
        RateText(Text(Cow::Owned(self.to_string())))
    }
}

fn no_rate(found: &str, place: &Place<'_>) -> EventError {
    let problem = format!("`{}` is not a rate of more than 0 % and at most 100 %", Shown(found));
    EventError::at(place, Kind::Contradiction { problem, remedy: "write it as `20%` or `1/3`" })
}

impl Field for bool {
    type Wire<'a> = bool;

    fn read(wire: bool, _: &Place<'_>, _: &Expectations) -> Read<Self> {
        Ok(wire)
    }

    fn check(&self, _: &Place<'_>, _: &Expectations) -> Read<()> {
        Ok(())
    }

    fn write(&self, _: Currency) -> bool {
        *self
    }
}

impl Field for Currency {
    type Wire<'a> = CurrencyText<'a>;

    fn read(wire: CurrencyText<'_>, _: &Place<'_>, expect: &Expectations) -> Read<Self> {
        check::currency(&wire.0.0, expect)?;
        Ok(expect.expected_currency())
    }

    fn check(&self, _: &Place<'_>, expect: &Expectations) -> Read<()> {
        check::currency(self.code(), expect)
    }

    fn write(&self, _: Currency) -> CurrencyText<'_> {
        CurrencyText(Text(Cow::Owned(self.code().to_owned())))
    }
}

/// The most texts in one list: as many as a period may move at once, and as a party may have tags.
const TEXTS_MAX: usize = 10_000;

impl Field for Vec<String> {
    type Wire<'a> = Vec<Text<'a>>;

    fn read(wire: Vec<Text<'_>>, _: &Place<'_>, _: &Expectations) -> Read<Self> {
        Ok(wire.into_iter().map(|text| text.0.into_owned()).collect())
    }

    fn check(&self, place: &Place<'_>, expect: &Expectations) -> Read<()> {
        check::count("texts", self.len(), TEXTS_MAX, place)?;
        for (index, text) in self.iter().enumerate() {
            check::text(text, &place.index(index), expect.event_limits())?;
        }
        Ok(())
    }

    fn write(&self, _: Currency) -> Vec<Text<'_>> {
        self.iter().map(|text| Text::of(text)).collect()
    }
}

/// A moment: RFC 3339 with an offset or a `[Zone]`.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "crate::event::json::wire::TimeSchema")]
pub(in crate::event) struct TimeText<'a>(#[serde(borrow)] Text<'a>);

/// A calendar day.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "DateSchema")]
pub(in crate::event) struct DateText<'a>(#[serde(borrow)] Text<'a>);

/// An ISO 4217 code.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "crate::event::json::wire::CurrencySchema")]
pub(in crate::event) struct CurrencyText<'a>(#[serde(borrow)] Text<'a>);

/// An exact rate.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "RateSchema")]
pub(in crate::event) struct RateText<'a>(#[serde(borrow)] Text<'a>);

/// Stands for a rate in the schema.
struct RateSchema;

impl JsonSchema for RateSchema {
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "An exact rate of more than 0 % and at most 100 %.",
            "type": "string",
            "examples": ["20%", "1/3"],
        })
    }
}

/// Stands for a date in the schema.
struct DateSchema;

impl JsonSchema for DateSchema {
    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A calendar day.",
            "type": "string",
            "format": "date",
            "examples": ["2026-03-01"],
        })
    }
}
