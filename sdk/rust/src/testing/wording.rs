//! What was asked for, in words.
//!
//! Invariant: one sentence for each effect; an effect that was left open says so.

use std::string::String;

use fenrun_abi::{
    code::{Base, Scope, TextField},
    host::{Asked, DiscountAsked, EffectAsked, Facts, How, LineSet, ShareAsked, SharePart},
};
use fenrun_money::Rate;

pub(super) fn effects(facts: &Facts, asked: &Asked) -> Vec<String> {
    asked.effects.iter().map(|effect| sentence(facts, asked, effect)).collect()
}

fn sentence(facts: &Facts, asked: &Asked, effect: &EffectAsked) -> String {
    let (text, ended) = match effect {
        EffectAsked::Share(share, ended) => (share_words(facts, asked, share), ended),
        EffectAsked::Discount(discount, ended) => (discount_words(facts, asked, discount), ended),
    };
    match ended {
        1 => text,
        0 => format!("{text} (not returned)"),
        times => format!("{text} (returned {times} times)"),
    }
}

fn ratio(numerator: i64, denominator: i64) -> String {
    Rate::new(numerator, denominator)
        .map_or_else(|_| format!("{numerator}/{denominator}"), |rate| rate.to_string())
}

fn set(facts: &Facts, asked: &Asked, lines: LineSet) -> String {
    let id = |index: usize| facts.text(Scope::Line, index, TextField::Id).unwrap_or("?");
    match lines {
        LineSet::AllGoods => String::new(),
        LineSet::Shipping => " of shipping".into(),
        LineSet::Line(index) => format!(" of line {}", id(index)),
        LineSet::Group(number) => {
            let group = asked.groups.get(number);
            let members = (0..facts.line_count())
                .filter(|index| group.is_some_and(|group| group.contains(*index)))
                .map(id)
                .collect::<Vec<_>>();
            format!(" of lines {}", members.join(" "))
        }
        LineSet::Unknown(handle) => format!(" of unknown lines {handle}"),
    }
}

fn share_words(facts: &Facts, asked: &Asked, share: &ShareAsked) -> String {
    let party = |field| facts.text(Scope::Party, share.party, field).unwrap_or("?");
    let parts = share.parts.iter().map(|part| match *part {
        SharePart::Rate { lines, base, from, to, numerator, denominator } => {
            let base = Base::from_id(base).map_or("?", Base::name);
            let band = match (from, to) {
                (i64::MIN, i64::MAX) => String::new(),
                (from, i64::MAX) => format!(" above {from}"),
                (from, to) => format!(" from {from} to {to}"),
            };
            format!("{} of {base}{}{band}", ratio(numerator, denominator), set(facts, asked, lines))
        }
        SharePart::Fixed { lines, amount } => format!("fixed {amount}{}", set(facts, asked, lines)),
    });
    let mut text = format!(
        "{} {}: {}",
        party(TextField::Role),
        party(TextField::Id),
        parts.collect::<Vec<_>>().join(" + ")
    );
    for (word, limit) in [("at least", share.minimum), ("at most", share.maximum)] {
        if let Some(amount) = limit {
            text.push_str(&format!(", {word} {amount}"));
        }
    }
    text.push_str(&format!(", {}", share.reason));
    text
}

fn discount_words(facts: &Facts, asked: &Asked, discount: &DiscountAsked) -> String {
    let how = match discount.how {
        None => "nothing".into(),
        Some(How::Percent { numerator, denominator }) => ratio(numerator, denominator),
        Some(How::Amount(amount)) => format!("amount {amount}"),
        Some(How::Price(price)) => format!("unit price {price}"),
    };
    let units = discount.units.map_or_else(String::new, |units| format!(" on {units} units"));
    let lines = match discount.lines {
        LineSet::AllGoods => " of all goods".into(),
        other => set(facts, asked, other),
    };
    let funders = discount.funders.iter().map(|funder| {
        let who = facts.text(Scope::Party, funder.party, TextField::Id).unwrap_or("?");
        format!(", {} carried by {who}", ratio(funder.funding.numerator, funder.funding.denominator))
    });
    format!("{how}{units}{lines}{}, {}", funders.collect::<String>(), discount.reason)
}
