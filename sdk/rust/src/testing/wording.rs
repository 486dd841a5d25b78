//! What was asked for, in words.
//!
//! Invariant: one sentence for each effect; an effect that was left open says so.

use std::string::String;

use fenrun_abi::{
    code::{Base, PeriodBase, Scope, TextField},
    host::{
        Asked, DiscountAsked, EffectAsked, Facts, Funder, GrantAsked, How, LineSet, ShareAsked, SharePart,
        TierAsked,
    },
};
use fenrun_money::Rate;

pub(super) fn effects(facts: &Facts, asked: &Asked) -> Vec<String> {
    asked.effects.iter().map(|effect| sentence(facts, asked, effect)).collect()
}

fn sentence(facts: &Facts, asked: &Asked, effect: &EffectAsked) -> String {
    let text = match effect {
        EffectAsked::Share(share, _) => share_words(facts, asked, share),
        EffectAsked::Discount(discount, _) => discount_words(facts, asked, discount),
        EffectAsked::Grant(grant, _) => grant_words(facts, grant),
        EffectAsked::Tier(tier, _) => tier_words(facts, tier),
    };
    match effect.ended() {
        1 => text,
        0 => format!("{text} (not returned)"),
        times => format!("{text} (returned {times} times)"),
    }
}

fn ratio(numerator: i64, denominator: i64) -> String {
    if let Some(size) = numerator.checked_neg().filter(|size| *size > 0) {
        return format!("less {}", ratio(size, denominator));
    }
    Rate::new(numerator, denominator)
        .map_or_else(|_| format!("{numerator}/{denominator}"), |rate| rate.to_string())
}

fn set(facts: &Facts, asked: &Asked, lines: LineSet) -> String {
    let id = |index: usize| facts.text(Scope::Line, index, TextField::Id).unwrap_or("?");
    match lines {
        LineSet::AllGoods | LineSet::None => String::new(),
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

/// A party by role and id.
fn who(facts: &Facts, party: usize) -> String {
    let text = |field| facts.text(Scope::Party, party, field).unwrap_or("?");
    format!("{} {}", text(TextField::Role), text(TextField::Id))
}

fn grant_words(facts: &Facts, grant: &GrantAsked) -> String {
    let to = grant.to.map_or_else(|| "buyer".into(), |party| who(facts, party));
    let expiry = grant.expires_days.map_or_else(String::new, |days| format!(" for {days} days"));
    let terms = grant.terms.iter().map(|term| {
        let base = Base::from_id(term.base).map_or("?", Base::name);
        format!(", {} of {base}", ratio(term.numerator, term.denominator))
    });
    let counted =
        grant.counted.iter().map(|counted| format!(", 1 for each {} {}", counted.each, counted.asset));
    let from = terms.chain(counted).collect::<String>();
    format!("{to}: {} {}{expiry}{from}, {}", grant.units, grant.asset, grant.reason)
}

fn tier_words(facts: &Facts, tier: &TierAsked) -> String {
    format!("{}: tier {}, {}", who(facts, tier.party), tier.tier, tier.reason)
}

fn share_words(facts: &Facts, asked: &Asked, share: &ShareAsked) -> String {
    let parts = share.parts.iter().map(|part| match *part {
        SharePart::Rate { lines, base, from, to, numerator, denominator } => {
            let of_order = Base::from_id(base).map(Base::name);
            let base = of_order.or_else(|| PeriodBase::from_id(base).map(PeriodBase::name)).unwrap_or("?");
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
        "{}: {}",
        who(facts, share.party),
        parts.collect::<Vec<_>>().join(" + ").replace(" + less", " less")
    );
    for (word, limit) in [("at least", share.minimum), ("at most", share.maximum)] {
        if let Some(amount) = limit {
            text.push_str(&format!(", {word} {amount}"));
        }
    }
    text.push_str(&funder_words(facts, &share.funders));
    text.push_str(&format!(", {}{}", share.reason, coupon_words(facts, &share.coupons)));
    text
}

fn funder_words(facts: &Facts, funders: &[Funder]) -> String {
    let carried = funders.iter().map(|funder| {
        let who = facts.text(Scope::Party, funder.party, TextField::Id).unwrap_or("?");
        format!(", {} carried by {who}", ratio(funder.funding.numerator, funder.funding.denominator))
    });
    carried.collect()
}

fn coupon_words(facts: &Facts, coupons: &[usize]) -> String {
    let id = |coupon: &usize| facts.text(Scope::Coupon, *coupon, TextField::Id).unwrap_or("?");
    coupons.iter().map(|coupon| format!(", uses coupon {}", id(coupon))).collect()
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
    let funders = funder_words(facts, &discount.funders);
    let coupons = coupon_words(facts, &discount.coupons);
    format!("{how}{units}{lines}{funders}, {}{coupons}", discount.reason)
}
