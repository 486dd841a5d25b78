//! From a typed event to its JSON form.
//!
//! Invariant: what is written is read back as the same event; amounts are written as strings, never as floats.

use fenrun_money::Currency;
use fenrun_money::decimal::format_minor;
use serde_json::value::{RawValue, to_raw_value};

use super::scalar::{AmountText, AttributesText, Literal, Text, WholeNumber};
use super::wire::{
    BuyerWire, LineWire, OrderPaidWire, OrderPricedWire, PartyWire, QuotePricingWire, RelationBoundWire,
    TenderWire,
};
use crate::event::{
    Attributes, Buyer, Event, Line, LineKind, Order, OrderPriced, Party, Pricing, RelationBound, Tender, life,
};

/// The event as one line of JSON.
pub(in crate::event) fn write(event: &Event) -> String {
    let kind = Text::of(event.kind());
    let json = match event {
        Event::OrderPriced(priced) => order_priced(kind, priced),
        Event::OrderPaid(paid) => order_paid(kind, paid.order()),
        Event::RelationBound(bound) => relation_bound(kind, bound),
        other => match life::of(other) {
            Some(event) => event.to_json(life::currency(other)),
            None => Ok(String::new()),
        },
    };
    // Writing to memory values whose keys are all texts cannot fail; a test writes every field.
    json.unwrap_or_default()
}

fn order_paid(kind: Text<'_>, order: &Order) -> serde_json::Result<String> {
    let pricing = pricing(&order.pricing)?;
    let time = order.time.to_string();
    serde_json::to_string(&OrderPaidWire {
        kind,
        order: Text::of(&order.id),
        time: Text::of(&time),
        currency: Text::of(order.currency.code()),
        pricing: pricing.as_deref(),
        buyer: buyer(&order.buyer),
        seller: order.seller.as_deref().map(Text::of),
        parties: parties(order),
        lines: filled(order.lines.iter().map(|line| self::line(line, order.currency)).collect()),
        tenders: filled(order.tenders.iter().map(|tender| self::tender(tender, order.currency)).collect()),
        fees: amount(order.fees_minor, order.currency),
        coupons: tags(&order.coupons),
        source: order.source.as_deref().map(Text::of),
        attributes: attributes(&order.attributes),
    })
}

fn order_priced(kind: Text<'_>, priced: &OrderPriced) -> serde_json::Result<String> {
    let order = priced.order();
    let time = order.time.to_string();
    let expires = priced.expires().map(|expires| expires.to_string());
    serde_json::to_string(&OrderPricedWire {
        kind,
        quote: Text::of(&order.id),
        time: Text::of(&time),
        currency: Text::of(order.currency.code()),
        expires: expires.as_deref().map(Text::of),
        buyer: buyer(&order.buyer),
        seller: order.seller.as_deref().map(Text::of),
        parties: parties(order),
        lines: order.lines.iter().map(|line| self::line(line, order.currency)).collect(),
        coupons: tags(&order.coupons),
        source: order.source.as_deref().map(Text::of),
        attributes: attributes(&order.attributes),
    })
}

fn relation_bound(kind: Text<'_>, bound: &RelationBound) -> serde_json::Result<String> {
    let time = bound.time().to_string();
    serde_json::to_string(&RelationBoundWire {
        kind,
        relation: Text::of(bound.relation()),
        member: Text::of(bound.member()),
        to: Text::of(bound.to()),
        time: Text::of(&time),
    })
}

fn pricing(pricing: &Pricing) -> serde_json::Result<Option<Box<RawValue>>> {
    match pricing {
        Pricing::Given => Ok(None),
        Pricing::Engine => to_raw_value("engine").map(Some),
        Pricing::Quote(quote) => to_raw_value(&QuotePricingWire { quote: Text::of(quote) }).map(Some),
    }
}

fn buyer(buyer: &Buyer) -> BuyerWire<'_> {
    BuyerWire {
        id: Text::of(&buyer.id),
        tags: tags(&buyer.tags),
        attributes: attributes(&buyer.attributes),
        order_number: buyer.order_number.map(WholeNumber::of),
        days_since_last_order: buyer.days_since_last_order.map(WholeNumber::of),
    }
}

/// The parties, also when there are none of them: an empty list says more than no list.
fn parties(order: &Order) -> Option<Vec<PartyWire<'_>>> {
    let parties = order.parties.as_ref()?;
    Some(parties.iter().map(|party| self::party(party, order.currency)).collect())
}

fn party(party: &Party, currency: Currency) -> PartyWire<'_> {
    PartyWire {
        id: Text::of(&party.id),
        role: Text::of(&party.role),
        depth: party.depth.map(WholeNumber::of),
        tier: party.tier.as_deref().map(Text::of),
        volume: amount(party.volume_minor, currency),
        tags: tags(&party.tags),
        attributes: attributes(&party.attributes),
        eligible: Some(party.eligible).filter(|eligible| !eligible),
    }
}

fn line(line: &Line, currency: Currency) -> LineWire<'_> {
    LineWire {
        id: Text::of(&line.id),
        kind: Some(line.kind).filter(|kind| *kind != LineKind::Goods).map(|kind| Text::of(kind.name())),
        item: line.item.as_deref().map(Text::of),
        category: line.category.as_deref().map(Text::of),
        quantity: WholeNumber::of(line.quantity),
        price: written(line.price_minor, currency),
        paid: amount(line.paid_minor, currency),
        cost: amount(line.cost_minor, currency),
        tax: amount(line.tax_minor, currency),
        floor: amount(line.floor_minor, currency),
        tags: tags(&line.tags),
        attributes: attributes(&line.attributes),
    }
}

fn tender(tender: &Tender, currency: Currency) -> TenderWire<'_> {
    let by_default = tender.kind.commissionable_by_default();
    TenderWire {
        kind: Text::of(tender.kind.name()),
        amount: written(tender.amount_minor, currency),
        commissionable: Some(tender.commissionable).filter(|commissionable| *commissionable != by_default),
    }
}

fn amount(minor: Option<i64>, currency: Currency) -> Option<AmountText<'static>> {
    minor.map(|minor| written(minor, currency))
}

fn written(minor: i64, currency: Currency) -> AmountText<'static> {
    AmountText(Literal::Written(format_minor(minor, currency.exponent()).to_string()))
}

fn tags(tags: &[String]) -> Option<Vec<Text<'_>>> {
    filled(tags.iter().map(|tag| Text::of(tag)).collect())
}

fn attributes(attributes: &Attributes) -> Option<AttributesText<'_>> {
    Some(attributes).filter(|attributes| !attributes.is_empty()).map(AttributesText::Written)
}

fn filled<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}
