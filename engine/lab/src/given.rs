//! What was given, in a line a person can read.
//!
//! Invariant: only for reports; nothing is decided from it.

use fenrun::event::{Event, Expectations, Order};
use fenrun_money::decimal::format_minor;

/// An event in a line.
pub(crate) fn told(json: &str, expect: Option<&Expectations>) -> String {
    let event = expect.and_then(|expect| Event::parse(json, expect).ok());
    match event.as_ref().map(|event| (event, event.order())) {
        Some((event, Some(order))) => format!("{} {}", event.kind(), of_order(order)),
        Some((event, None)) => {
            let shown = compact(json);
            let kind = format!("\"kind\": \"{}\", ", event.kind());
            format!("{} {}", event.kind(), shown.replacen(&kind, "", 1))
        }
        None => compact(json),
    }
}

fn of_order(order: &Order) -> String {
    let show = |minor: i64| format_minor(minor, order.currency.exponent()).to_string();
    let mut told = format!("{}: {} buys", order.id, order.buyer.id);
    if let Some(number) = order.buyer.order_number {
        told = format!("{told} (order number {number})");
    }
    if let Some(seller) = order.seller_of_record() {
        told = format!("{told} from {seller}");
    }
    let lines = order.lines.iter().map(|line| {
        let what = [line.item.as_deref(), line.category.as_deref()];
        let what: String = what.into_iter().flatten().map(|word| format!(" {word}")).collect();
        let kind = if line.kind == fenrun::event::LineKind::Goods { "" } else { line.kind.name() };
        let joint = if kind.is_empty() { "" } else { " " };
        format!("{} × {}{what}{joint}{kind}", line.quantity, show(line.price_minor))
    });
    let lines: Vec<String> = lines.collect();
    told = format!("{told}: {}", lines.join(", "));
    let parties = order.parties.iter().flatten().filter(|party| party.depth != Some(0)).map(|party| {
        let depth = party.depth.map(|depth| format!(" {depth}")).unwrap_or_default();
        let eligible = if party.eligible { "" } else { ", not eligible" };
        let volume =
            party.volume_minor.map(|volume| format!(", volume {}", show(volume))).unwrap_or_default();
        format!("{} ({}{depth}{volume}{eligible})", party.id, party.role)
    });
    let parties: Vec<String> = parties.collect();
    if !parties.is_empty() {
        told = format!("{told} · parties {}", parties.join(", "));
    }
    let tenders =
        order.tenders.iter().map(|tender| format!("{} {}", show(tender.amount_minor), tender.kind.name()));
    let tenders: Vec<String> = tenders.collect();
    if !tenders.is_empty() {
        told = format!("{told} · paid with {}", tenders.join(", "));
    }
    if !order.coupons.is_empty() {
        told = format!("{told} · coupons {}", order.coupons.join(", "));
    }
    told
}

/// JSON on one line.
pub(crate) fn compact(json: &str) -> String {
    let mut shown = String::new();
    let mut quoted = false;
    let mut escaped = false;
    for character in json.chars() {
        if quoted || !character.is_whitespace() {
            shown.push(character);
        }
        if !quoted && matches!(character, ',' | ':') {
            shown.push(' ');
        }
        if character == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && character == '\\' && !escaped;
    }
    shown
}
