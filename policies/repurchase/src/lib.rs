//! A rate that depends on the buyer: order number, days since the last order, tag, and where the order came from.
//!
//! The rule of a merchant who makes most of the profit with existing customers: one rate for winning somebody, another
//! for somebody who comes back, a third for waking up who was gone. The first rule that is true of an order counts.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct Repurchase {
    role: Role,
    base: BaseKind,
    rules: List<Rule, 16>,
}

#[derive(Clone, Copy, Debug)]
struct Rule {
    rate: Rate,
    orders: Span,
    days: Option<Span>,
    tag: Option<Symbol>,
    source: Option<Symbol>,
}

/// From one number to another, both included.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: i64,
    to: i64,
}

impl Span {
    fn read(config: &Config, from: &str, to: &str) -> Option<Self> {
        let (from, to) = (config.optional_integer(from), config.optional_integer(to));
        let is_named = from.is_some() || to.is_some();
        is_named.then_some(Self { from: from.unwrap_or(0), to: to.unwrap_or(i64::MAX) })
    }

    fn holds(self, number: i64) -> bool {
        self.from <= number && number <= self.to
    }
}

impl Policy for Repurchase {
    fn configure(config: &Config) -> Configured<Self> {
        let rules = config.list("rules", |rule| {
            Ok(Rule {
                rate: rule.rate("rate")?,
                orders: Span::read(rule, "from_order", "to_order").unwrap_or(Span { from: 1, to: i64::MAX }),
                days: Span::read(rule, "from_days", "to_days"),
                tag: rule.optional_symbol("tag"),
                source: rule.optional_symbol("source"),
            })
        })?;
        Ok(Self { role: config.role("role")?, base: config.base("base")?, rules })
    }

    fn shares(&self, order: &Order) -> Decided<Share> {
        let party = order.only_party_of(self.role);
        let earns = |party: Option<Party>| self.part(order, party.filter(|party| party.is_eligible())?);
        party.map(earns).into()
    }
}

impl Repurchase {
    fn part(&self, order: &Order, party: Party) -> Option<Share> {
        let rule = self.rules.iter().find(|rule| rule.is_true_of(order))?;
        let reason =
            if order.buyer().order_number() > 1 { "the buyer came back" } else { "the buyer's first order" };
        Some(share(party).of(order.base(self.base)).at(rule.rate).because(reason))
    }
}

impl Rule {
    fn is_true_of(self, order: &Order) -> bool {
        let buyer = order.buyer();
        let since_last = |days: Span| buyer.days_since_last_order().is_some_and(|since| days.holds(since));
        self.orders.holds(buyer.order_number())
            && self.days.is_none_or(since_last)
            && self.source.is_none_or(|source| order.source() == source)
            && self.tag.is_none_or(|tag| buyer.tagged(tag))
    }
}

policy!(Repurchase, hooks: [shares], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::Repurchase;
    use fenrun_sdk::BaseKind;
    use fenrun_sdk::testing::{Configuration, Facts, OrderField, PartyField, configuration};

    /// The manifest's defaults, as the engine hands them over.
    fn shop() -> Configuration {
        configuration()
            .text("role", "seller")
            .base("base", BaseKind::Paid)
            .length("rules", 3)
            .rate("rules.0.rate", "10%")
            .number("rules.0.to_order", 1)
            .rate("rules.1.rate", "12%")
            .number("rules.1.from_days", 90)
            .rate("rules.2.rate", "5%")
    }

    fn order(number: i64) -> Facts {
        Facts::order("A1").line("1", 1, 10_000).order_number(number).seller("s1")
    }

    fn after(days: i64) -> Facts {
        order(2).with(OrderField::BuyerDaysSinceLastOrder, days)
    }

    fn asked(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        facts.shares::<Repurchase>(configuration).unwrap()
    }

    #[test]
    fn the_rate_goes_by_order_number_and_days() {
        assert_eq!(asked(&order(1), &shop()), ["seller s1: 10% of paid, the buyer's first order"]);
        for (days, rate) in [(0, "5%"), (89, "5%"), (90, "12%"), (900, "12%")] {
            assert_eq!(
                asked(&after(days), &shop()),
                [format!("seller s1: {rate} of paid, the buyer came back")]
            );
        }
        assert_eq!(
            asked(&order(2), &shop()),
            ["seller s1: 5% of paid, the buyer came back"],
            "days not known"
        );
    }

    #[test]
    fn both_ends_of_a_span_are_included() {
        let span = shop().length("rules", 1).number("rules.0.from_order", 2).number("rules.0.to_order", 3);
        let paid = |number| asked(&order(number), &span).len();
        assert_eq!([paid(1), paid(2), paid(3), paid(4)], [0, 1, 1, 0]);
        let week = shop().number("rules.1.from_days", 1).number("rules.1.to_days", 7).length("rules", 2);
        let paid = |days| asked(&after(days), &week).len();
        assert_eq!([paid(0), paid(1), paid(7), paid(8)], [0, 1, 1, 0]);
    }

    #[test]
    fn everything_that_a_rule_names_must_be_true() {
        let regulars =
            shop().text("rules.0.tag", "regular").text("rules.0.source", "group").length("rules", 1);
        let from = |source| Facts::order_from("A1", source).line("1", 1, 10_000).seller("s1");
        assert_eq!(asked(&from("group").buyer_tag("regular"), &regulars).len(), 1);
        assert!(asked(&from("group"), &regulars).is_empty());
        assert!(asked(&from("search").buyer_tag("regular"), &regulars).is_empty());
        assert!(asked(&order(1).buyer_tag("regular"), &regulars).is_empty());
    }

    #[test]
    fn nobody_is_paid_twice_or_by_guess() {
        let guides = shop().text("role", "guide");
        assert!(asked(&order(1), &guides).is_empty());
        assert!(asked(&order(1).party_with(PartyField::Eligible, 0), &shop()).is_empty());
        let two =
            order(1).party("g1", "guide").party("g2", "guide").shares::<Repurchase>(&guides).unwrap_err();
        assert_eq!(two, "refused: the order names several parties of a role that one may have");
    }
}
