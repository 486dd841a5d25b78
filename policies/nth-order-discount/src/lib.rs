//! A discount by the buyer's order number: the first order 20 % off, the second at half price.
//!
//! The rule of a date seller with a thousand shops, whose guides hand out a reason to come back. Which order it is
//! comes from the engine, which counts paid orders; an order number without a benefit is priced as it is.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct NthOrderDiscount {
    benefits: List<Benefit, 12>,
    categories: List<Symbol, 16>,
}

#[derive(Clone, Copy, Debug)]
struct Benefit {
    order: i64,
    rate: Rate,
    maximum_minor: Option<i64>,
}

impl Policy for NthOrderDiscount {
    fn configure(config: &Config) -> Configured<Self> {
        let benefits: List<Benefit, 12> = config.list("benefits", |benefit| {
            Ok(Benefit {
                order: benefit.integer("order")?,
                rate: benefit.rate("rate")?,
                maximum_minor: benefit.optional_amount("maximum"),
            })
        })?;
        let same_order = |one: Benefit| benefits.iter().filter(move |other| other.order == one.order);
        if benefits.iter().any(|benefit| same_order(benefit).nth(1).is_some()) {
            return Err(Refusal::new("two benefits are for the same order number"));
        }
        Ok(Self { benefits, categories: config.symbols("categories")? })
    }

    fn discounts(&self, order: &Order) -> Decided<Discount> {
        let number = order.buyer().order_number();
        let benefit = self.benefits.iter().find(|benefit| benefit.order == number);
        benefit.and_then(|benefit| self.take_off(order, benefit)).into()
    }
}

impl NthOrderDiscount {
    fn take_off(&self, order: &Order, benefit: Benefit) -> Option<Discount> {
        let (goods, price_minor) = self.goods(order);
        let start = (price_minor > 0).then(|| discount(goods))?;
        let terms = match benefit.maximum_minor {
            None => start.percent(benefit.rate),
            Some(maximum_minor) => start.percent_at_most(benefit.rate, price_minor, maximum_minor),
        };
        Some(terms.because(match benefit.order {
            1 => "the buyer's first order",
            2 => "the buyer's second order",
            3 => "the buyer's third order",
            _ => "this order number has a benefit",
        }))
    }

    /// The goods that are discounted, and what is left of their price.
    fn goods(&self, order: &Order) -> (Goods, i64) {
        if self.categories.is_empty() {
            return (order.goods(), order.amount(BaseKind::Paid).unwrap_or(0));
        }
        let mut price_minor = 0_i64;
        let goods = order.group(|line| {
            let belongs = line.is_goods() && self.categories.contains(line.category());
            if belongs {
                price_minor = price_minor.saturating_add(line.amount(BaseKind::Paid).unwrap_or(0));
            }
            belongs
        });
        (goods, price_minor)
    }
}

policy!(NthOrderDiscount, hooks: [discounts], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::NthOrderDiscount;
    use fenrun_sdk::testing::{Configuration, Facts, LineField, OrderField, configuration};

    /// The manifest's defaults, as the engine hands them over.
    fn date_seller() -> Configuration {
        configuration()
            .length("benefits", 2)
            .number("benefits.0.order", 1)
            .rate("benefits.0.rate", "20%")
            .number("benefits.1.order", 2)
            .rate("benefits.1.rate", "50%")
            .length("categories", 0)
    }

    fn only(category: &str) -> Configuration {
        date_seller().length("categories", 1).text("categories.0", category)
    }

    fn asked(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        facts.discounts::<NthOrderDiscount>(configuration).unwrap()
    }

    #[test]
    fn the_first_order_and_the_second_have_their_benefit_and_no_other() {
        let order = |number| Facts::order("A1").line("1", 1, 5_000).order_number(number);
        assert_eq!(asked(&order(1), &date_seller()), ["20% of all goods, the buyer's first order"]);
        assert_eq!(asked(&order(2), &date_seller()), ["50% of all goods, the buyer's second order"]);
        for number in [3, 4, 1_000] {
            assert!(asked(&order(number), &date_seller()).is_empty());
        }
    }

    #[test]
    fn benefits_need_not_be_in_order_nor_without_gaps() {
        let benefits = configuration()
            .length("benefits", 2)
            .number("benefits.0.order", 10)
            .rate("benefits.0.rate", "100%")
            .number("benefits.1.order", 5)
            .rate("benefits.1.rate", "1/3")
            .length("categories", 0);
        let order = |number| Facts::order("A1").line("1", 1, 5_000).order_number(number);
        assert_eq!(asked(&order(5), &benefits), ["1/3 of all goods, this order number has a benefit"]);
        assert_eq!(asked(&order(10), &benefits), ["100% of all goods, this order number has a benefit"]);
        assert!(asked(&order(1), &benefits).is_empty());
    }

    #[test]
    fn the_most_that_is_taken_off_counts_exactly() {
        let at_most = |minor| date_seller().number("benefits.0.maximum", minor);
        let order = Facts::order("A1").line("1", 1, 5_001);
        // 20 % of 50.01 is 10.002: more than 10.00, and not more than 10.01.
        assert_eq!(asked(&order, &at_most(1_000)), ["amount 1000 of all goods, the buyer's first order"]);
        assert_eq!(asked(&order, &at_most(1_001)), ["20% of all goods, the buyer's first order"]);
        let even = Facts::order("A1").line("1", 1, 5_000);
        assert_eq!(asked(&even, &at_most(1_000)), ["20% of all goods, the buyer's first order"]);
        let huge = Facts::order("A1").line("1", 1, i64::MAX);
        assert_eq!(asked(&huge, &at_most(1_000)), ["amount 1000 of all goods, the buyer's first order"]);
    }

    #[test]
    fn only_goods_of_the_categories_are_discounted() {
        let order = Facts::order("A1")
            .line_of("1", Some("dates"), 1, 3_000)
            .line_of("2", Some("nuts"), 1, 2_000)
            .line_of("3", Some("dates"), 1, 1_000);
        assert_eq!(asked(&order, &only("dates")), ["20% of lines 1 3, the buyer's first order"]);
        assert_eq!(
            asked(&order, &only("dates").number("benefits.0.maximum", 700)),
            ["amount 700 of lines 1 3, the buyer's first order"],
        );
        assert!(asked(&order, &only("wine")).is_empty());
        let fee = order.line_of("4", Some("wine"), 1, 100).line_with(LineField::Kind, 2);
        assert!(asked(&fee, &only("wine")).is_empty());
    }

    #[test]
    fn nothing_is_asked_for_where_nothing_is_left_to_pay() {
        let free = Facts::order("A1").line("1", 1, 5_000).with(OrderField::Paid, 0);
        assert!(asked(&free, &date_seller()).is_empty());
    }

    #[test]
    fn two_benefits_for_one_order_number_are_refused() {
        let twice = date_seller().number("benefits.1.order", 1);
        let problem = Facts::order("A1").discounts::<NthOrderDiscount>(&twice).unwrap_err();
        assert_eq!(problem, "configure refused: two benefits are for the same order number");
    }

    #[test]
    fn a_benefit_without_a_rate_is_refused_with_its_path() {
        let missing = date_seller().length("benefits", 3).number("benefits.2.order", 3);
        let problem = Facts::order("A1").discounts::<NthOrderDiscount>(&missing).unwrap_err();
        assert_eq!(problem, "configure refused: the configuration has no rate `benefits.2.rate`");
    }
}
