//! The JSON form of events: one type per object, from which reading, writing and the schema all come.
//!
//! Invariant: says only what may be written, never what it means; meaning is given in `read` and checked in `check`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::scalar::{AmountText, AttributesText, Text, WholeNumber};
use crate::event::life::LifeWire;

/// One fact, as one line of JSON.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Event", title = "Order event")]
#[expect(dead_code, reason = "only its schema is used; each kind is read by its own type")]
pub(super) enum EventWire<'a> {
    OrderPriced(OrderPricedWire<'a>),
    OrderPaid(OrderPaidWire<'a>),
    RelationBound(RelationBoundWire<'a>),
    Life(LifeWire<'a>),
}

/// An order was paid: shares are decided.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schemars(rename = "OrderPaid")]
pub(super) struct OrderPaidWire<'a> {
    /// `order.paid`.
    #[serde(borrow)]
    #[schemars(with = "String", extend("const" = "order.paid"))]
    pub(super) kind: Text<'a>,
    /// The order's id. An order is paid once: the id is the key by which a repeated event is recognised.
    #[serde(borrow)]
    pub(super) order: Text<'a>,
    /// When it was paid: RFC 3339 with an offset or a `[Zone]`.
    #[serde(borrow)]
    #[schemars(with = "TimeSchema")]
    pub(super) time: Text<'a>,
    /// The ISO 4217 code of every amount in the event.
    #[serde(borrow)]
    #[schemars(with = "CurrencySchema")]
    pub(super) currency: Text<'a>,
    /// Where the prices come from: `given` (default), `engine`, or a quote.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<PricingSchema>")]
    pub(super) pricing: Option<&'a RawValue>,
    /// Who bought.
    #[serde(borrow)]
    pub(super) buyer: BuyerWire<'a>,
    /// The seller of record. The chain above comes from the history when `parties` is absent.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) seller: Option<Text<'a>>,
    /// Who may be paid. When absent, the chain and the roles come from the history; when present, it is complete.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub(super) parties: Option<Vec<PartyWire<'a>>>,
    /// What was bought. May be left out when a quote says it.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub(super) lines: Option<Vec<LineWire<'a>>>,
    /// How it was paid.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub(super) tenders: Option<Vec<TenderWire<'a>>>,
    /// What the payment itself cost the merchant, major units.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) fees: Option<AmountText<'a>>,
    /// The coupons that the buyer presents.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    pub(super) coupons: Option<Vec<Text<'a>>>,
    /// The source of the touch, such as `live`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<Text<'a>>,
    /// Free attributes of the order.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) attributes: Option<AttributesText<'a>>,
}

/// A cart is to be priced: discounts are decided and a quote is given.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schemars(rename = "OrderPriced")]
pub(super) struct OrderPricedWire<'a> {
    /// `order.priced`.
    #[serde(borrow)]
    #[schemars(with = "String", extend("const" = "order.priced"))]
    pub(super) kind: Text<'a>,
    /// The id of the quote that is asked for.
    #[serde(borrow)]
    pub(super) quote: Text<'a>,
    /// When the cart is priced: RFC 3339 with an offset or a `[Zone]`.
    #[serde(borrow)]
    #[schemars(with = "TimeSchema")]
    pub(super) time: Text<'a>,
    /// The ISO 4217 code of every amount in the event.
    #[serde(borrow)]
    #[schemars(with = "CurrencySchema")]
    pub(super) currency: Text<'a>,
    /// When the quote expires; left out, when the program says.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<TimeSchema>")]
    pub(super) expires: Option<Text<'a>>,
    /// Who would buy.
    #[serde(borrow)]
    pub(super) buyer: BuyerWire<'a>,
    /// The seller of record. The chain above comes from the history when `parties` is absent.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) seller: Option<Text<'a>>,
    /// Who may be paid. When absent, the chain and the roles come from the history; when present, it is complete.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub(super) parties: Option<Vec<PartyWire<'a>>>,
    /// What is in the cart.
    #[serde(borrow)]
    #[schemars(length(min = 1, max = 1000))]
    pub(super) lines: Vec<LineWire<'a>>,
    /// The coupons that the buyer presents.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    pub(super) coupons: Option<Vec<Text<'a>>>,
    /// The source of the touch, such as `live`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<Text<'a>>,
    /// Free attributes of the order.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) attributes: Option<AttributesText<'a>>,
}

/// A member is bound to somebody from a moment on; the last touch wins.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schemars(rename = "RelationBound")]
pub(super) struct RelationBoundWire<'a> {
    /// `relation.bound`.
    #[serde(borrow)]
    #[schemars(with = "String", extend("const" = "relation.bound"))]
    pub(super) kind: Text<'a>,
    /// `upline` for the seller's chain, or a role such as `guide` or `store`.
    #[serde(borrow)]
    pub(super) relation: Text<'a>,
    /// Who is bound: a seller in `upline`, a buyer in every other relation.
    #[serde(borrow)]
    pub(super) member: Text<'a>,
    /// Whom the member is bound to: the upline, the guide …
    #[serde(borrow)]
    pub(super) to: Text<'a>,
    /// From when on: RFC 3339 with an offset or a `[Zone]`.
    #[serde(borrow)]
    #[schemars(with = "TimeSchema")]
    pub(super) time: Text<'a>,
}

/// Who bought.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schemars(rename = "Buyer")]
pub(super) struct BuyerWire<'a> {
    /// Identifies the buyer across orders.
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    /// Words a rule may look for.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub(super) tags: Option<Vec<Text<'a>>>,
    /// Free attributes of the buyer.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) attributes: Option<AttributesText<'a>>,
    /// Which paid order of this buyer this is, counted from 1. When absent, the history counts.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) order_number: Option<WholeNumber<'a>>,
    /// Full days since the buyer's last paid order. When absent, the history knows.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) days_since_last_order: Option<WholeNumber<'a>>,
}

/// Who may be paid for an order, in one role.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schemars(rename = "Party")]
pub(super) struct PartyWire<'a> {
    /// Identifies the party across orders.
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    /// A well-known role, such as `seller`, `upline` or `guide`, or one of the program's own.
    #[serde(borrow)]
    pub(super) role: Text<'a>,
    /// The place in the seller's chain: 0 for the seller (default), 1 for its direct upline. No other role has one.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) depth: Option<WholeNumber<'a>>,
    /// The party's tier.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) tier: Option<Text<'a>>,
    /// The party's volume in the running period before this order, major units.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) volume: Option<AmountText<'a>>,
    /// Words a rule may look for.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub(super) tags: Option<Vec<Text<'a>>>,
    /// Free attributes of the party.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) attributes: Option<AttributesText<'a>>,
    /// Whether the party may be paid at all; true by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) eligible: Option<bool>,
}

/// One line of an order.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schemars(rename = "Line")]
pub(super) struct LineWire<'a> {
    /// Unique within the order; lines are ordered by it when order matters.
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    /// What the line is for: `goods` (default), `shipping`, `fee` or `deposit`. Shares are counted on goods only.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<LineKindSchema>")]
    pub(super) kind: Option<Text<'a>>,
    /// The article, the same text wherever the same article is sold.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) item: Option<Text<'a>>,
    /// The article's category.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) category: Option<Text<'a>>,
    /// Units, from 1.
    #[serde(borrow)]
    #[schemars(range(min = 1))]
    pub(super) quantity: WholeNumber<'a>,
    /// Price of one unit before discounts, tax included, major units.
    #[serde(borrow)]
    pub(super) price: AmountText<'a>,
    /// What was paid for the whole line, major units; only with pricing `given`, where the list amount (price ×
    /// quantity) counts as paid when it is absent.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) paid: Option<AmountText<'a>>,
    /// Cost of one unit, major units.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) cost: Option<AmountText<'a>>,
    /// The tax contained in the whole line's list amount, major units.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) tax: Option<AmountText<'a>>,
    /// The lowest price one unit may be sold for, major units.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) floor: Option<AmountText<'a>>,
    /// Words a rule may look for.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub(super) tags: Option<Vec<Text<'a>>>,
    /// Free attributes of the line.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) attributes: Option<AttributesText<'a>>,
}

/// One means of payment and how much of it.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schemars(rename = "Tender")]
pub(super) struct TenderWire<'a> {
    /// The means: `money`, `gift_card`, `points`, `balance` or `earnings`.
    #[serde(borrow)]
    #[schemars(with = "TenderKindSchema")]
    pub(super) kind: Text<'a>,
    /// How much was paid with it, major units.
    #[serde(borrow)]
    pub(super) amount: AmountText<'a>,
    /// Whether shares are counted on it. By default true for `money` and `gift_card`, false for `points`, `balance`
    /// and `earnings`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) commissionable: Option<bool>,
}

/// The quote an order was priced by.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schemars(rename = "QuotePricing")]
pub(super) struct QuotePricingWire<'a> {
    /// The quote's id.
    #[serde(borrow)]
    pub(super) quote: Text<'a>,
}

/// Stands for `pricing` in the schema.
struct PricingSchema;

impl JsonSchema for PricingSchema {
    fn schema_name() -> Cow<'static, str> {
        "Pricing".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string", "enum": super::read::PRICINGS },
                generator.subschema_for::<QuotePricingWire<'static>>(),
            ]
        })
    }
}

/// Stands for a line's `kind` in the schema.
struct LineKindSchema;

impl JsonSchema for LineKindSchema {
    fn schema_name() -> Cow<'static, str> {
        "LineKind".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": crate::event::LineKind::ALL.map(crate::event::LineKind::name) })
    }
}

/// Stands for a tender's `kind` in the schema.
struct TenderKindSchema;

impl JsonSchema for TenderKindSchema {
    fn schema_name() -> Cow<'static, str> {
        "TenderKind".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": crate::event::TenderKind::ALL.map(crate::event::TenderKind::name) })
    }
}

/// Stands for a time in the schema.
pub(in crate::event) struct TimeSchema;

impl JsonSchema for TimeSchema {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "RFC 3339 with an offset (`2026-03-01T10:00:00+08:00`) or a time zone \
                            (`2026-03-01T10:00:00[Asia/Shanghai]`).",
            "type": "string",
            "examples": ["2026-03-01T10:00:00+08:00"],
        })
    }
}

/// Stands for a currency in the schema.
pub(in crate::event) struct CurrencySchema;

impl JsonSchema for CurrencySchema {
    fn schema_name() -> Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "An ISO 4217 code.", "type": "string", "pattern": "^[A-Z]{3}$" })
    }
}
