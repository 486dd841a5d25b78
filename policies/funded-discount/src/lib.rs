//! A discount of which others carry a part: a brand 60 %, the merchant the rest.
//!
//! The merchant is made whole by what the funders owe; what a refund brings back of the discount, each gets back by its
//! part. How much a funder pays at most is the budget of the policy in the program.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct FundedDiscount {
    rate: Rate,
    amount_minor: Option<i64>,
    maximum_minor: i64,
    from_minor: i64,
    categories: List<Symbol, 16>,
    funders: List<(Role, Rate), FUNDERS_MAX>,
    merchant_steps_in: bool,
}

const FUNDERS_MAX: usize = 4;

impl Policy for FundedDiscount {
    fn configure(config: &Config) -> Configured<Self> {
        let funders: List<(Role, Rate), FUNDERS_MAX> =
            config.list("funders", |funder| Ok((funder.role("role")?, funder.rate("part")?)))?;
        let same = |role: Role| funders.iter().filter(move |(other, _)| *other == role);
        if funders.iter().any(|(role, _)| same(role).nth(1).is_some()) {
            return Err(Refusal::new("two funders have the same role"));
        }
        let all = funders.iter().try_fold(Rate::ZERO, |sum, (_, part)| sum.checked_add(part));
        if !all.is_ok_and(|all| !all.exceeds_one()) {
            return Err(Refusal::new("the funders carry more than the whole discount"));
        }
        Ok(Self {
            rate: config.rate("rate")?,
            amount_minor: config.optional_amount("amount"),
            maximum_minor: config.optional_amount("maximum").unwrap_or(i64::MAX),
            from_minor: config.amount("from")?,
            categories: config.symbols("categories")?,
            funders,
            merchant_steps_in: config.choice("unnamed")? == 1,
        })
    }

    fn discounts(&self, order: &Order) -> Decided<Discount> {
        self.take_off(order).into()
    }
}

impl FundedDiscount {
    fn take_off(&self, order: &Order) -> Result<Option<Discount>, &'static str> {
        let (goods, price_minor) = order.goods_in(&self.categories);
        if price_minor < self.from_minor.max(1) {
            return Ok(None);
        }
        let funders = self.named(order)?;
        let terms = match self.amount_minor {
            Some(amount_minor) => discount(goods).amount(amount_minor),
            None => discount(goods).percent_at_most(self.rate, price_minor, self.maximum_minor),
        };
        let terms = funders.iter().fold(terms, |terms, (party, part)| terms.funded_by(party, part));
        Ok(Some(terms.because("a discount of which others carry a part")))
    }

    /// The funders that the order names. Looked for before anything is asked for: a refusal leaves nothing half done.
    fn named(&self, order: &Order) -> Result<List<(Party, Rate), FUNDERS_MAX>, &'static str> {
        let mut named = List::new();
        for (role, part) in &self.funders {
            match order.only_party_of(role)? {
                Some(party) if named.push((party, part)).is_err() => break,
                None if !self.merchant_steps_in => {
                    return Err("the order names nobody who carries the discount");
                }
                _ => {}
            }
        }
        Ok(named)
    }
}

policy!(FundedDiscount, hooks: [discounts], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::FundedDiscount;
    use fenrun_sdk::testing::{Configuration, Facts, OrderField, configuration};

    /// The manifest's defaults, as the engine hands them over.
    fn sixty_forty() -> Configuration {
        configuration()
            .rate("rate", "20%")
            .number("from", 0)
            .length("categories", 0)
            .length("funders", 1)
            .text("funders.0.role", "brand")
            .rate("funders.0.part", "60%")
            .number("unnamed", 0)
    }

    fn order(price_minor: i64) -> Facts {
        Facts::order("A1").line_of("1", Some("tea"), 1, price_minor).party("acme", "brand")
    }

    fn asked(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        let why = ", a discount of which others carry a part";
        let sentences = facts.discounts::<FundedDiscount>(configuration).unwrap();
        sentences.iter().map(|told| told.strip_suffix(why).unwrap().to_owned()).collect()
    }

    #[test]
    fn the_brand_carries_its_part() {
        assert_eq!(asked(&order(10_000), &sixty_forty()), ["20% of all goods, 60% carried by acme"]);
        assert_eq!(
            asked(&order(10_000), &sixty_forty().number("amount", 3_000)),
            ["amount 3000 of all goods, 60% carried by acme"],
        );
    }

    #[test]
    fn several_carry_it() {
        let both = sixty_forty()
            .length("funders", 2)
            .text("funders.1.role", "platform")
            .rate("funders.1.part", "40%");
        let order = order(10_000).party("mall", "platform");
        assert_eq!(asked(&order, &both), ["20% of all goods, 60% carried by acme, 40% carried by mall"]);
    }

    #[test]
    fn without_a_funder_there_is_no_discount_unless_the_merchant_steps_in() {
        let alone = Facts::order("A1").line("1", 1, 10_000);
        let problem = alone.discounts::<FundedDiscount>(&sixty_forty()).unwrap_err();
        assert_eq!(problem, "refused: the order names nobody who carries the discount");
        assert_eq!(asked(&alone, &sixty_forty().number("unnamed", 1)), ["20% of all goods"]);
        let two =
            order(10_000).party("other", "brand").discounts::<FundedDiscount>(&sixty_forty()).unwrap_err();
        assert_eq!(two, "refused: the order names several parties of a role that one may have");
    }

    #[test]
    fn exactly_the_least_is_enough() {
        let from = sixty_forty().number("from", 10_000);
        assert!(asked(&order(9_999), &from).is_empty());
        assert_eq!(asked(&order(10_000), &from).len(), 1);
        assert!(asked(&order(5_000).with(OrderField::Paid, 0), &sixty_forty()).is_empty());
    }

    #[test]
    fn the_most_and_the_categories_count() {
        let at_most = sixty_forty().number("maximum", 1_500);
        assert_eq!(asked(&order(7_500), &at_most), ["20% of all goods, 60% carried by acme"]);
        assert_eq!(asked(&order(7_501), &at_most), ["amount 1500 of all goods, 60% carried by acme"]);
        let tea = |word| sixty_forty().length("categories", 1).text("categories.0", word);
        assert_eq!(asked(&order(7_500), &tea("tea")), ["20% of lines 1, 60% carried by acme"]);
        assert!(asked(&order(7_500), &tea("wine")).is_empty());
    }
}
