//! The second unit of the same item at half price, with and without mixing the items of one category.
//!
//! Units are counted from the dearest to the cheapest, so that of each pair the cheaper one is discounted. The same
//! item on two lines is one item.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct SecondHalfPrice {
    rate: Rate,
    every: i64,
    mix_category: bool,
    categories: List<Symbol, 16>,
}

impl Policy for SecondHalfPrice {
    fn configure(config: &Config) -> Configured<Self> {
        Ok(Self {
            rate: config.rate("rate")?,
            every: config.integer("every")?,
            mix_category: config.choice("mix")? == 1,
            categories: config.symbols("categories")?,
        })
    }

    fn discounts(&self, order: &Order) -> Decided<Discount> {
        let reason = match self.every {
            2 => "every second unit",
            3 => "every third unit",
            _ => "every nth unit",
        };
        nth_units(
            order,
            self.every,
            |line| self.counted_with(line),
            |Units { line, units }| discount(line).units(units).percent(self.rate).because(reason),
        )
    }
}

impl SecondHalfPrice {
    /// What tells the units that are counted together from all others; `None` for a line that does not take part.
    fn counted_with(&self, line: Line) -> Option<TextKey> {
        let takes_part = self.categories.is_empty() || self.categories.contains(line.category());
        if !takes_part || !line.is_goods() {
            None
        } else if self.mix_category {
            line.category_key()
        } else {
            Some(line.item_key())
        }
    }
}

policy!(SecondHalfPrice, hooks: [discounts], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::SecondHalfPrice;
    use fenrun_sdk::testing::{Configuration, Facts, LineField, configuration};

    /// The manifest's defaults, as the engine hands them over.
    fn half_price() -> Configuration {
        configuration().rate("rate", "50%").number("every", 2).number("mix", 0).length("categories", 0)
    }

    fn mixed() -> Configuration {
        half_price().number("mix", 1)
    }

    fn asked(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        facts.discounts::<SecondHalfPrice>(configuration).unwrap()
    }

    #[test]
    fn each_second_unit_of_an_item_is_at_half_price() {
        let cart = |quantity| Facts::order("A1").item("1", "wine", quantity, 8_000);
        assert!(asked(&cart(1), &half_price()).is_empty());
        assert_eq!(asked(&cart(2), &half_price()), ["50% on 1 units of line 1, every second unit"]);
        assert_eq!(asked(&cart(3), &half_price()), ["50% on 1 units of line 1, every second unit"]);
        assert_eq!(asked(&cart(5), &half_price()), ["50% on 2 units of line 1, every second unit"]);
        let most = asked(&cart(1_000_000_000), &half_price());
        assert_eq!(most, ["50% on 500000000 units of line 1, every second unit"]);
    }

    #[test]
    fn two_items_are_no_pair() {
        let cart = Facts::order("A1").item("1", "wine", 1, 8_000).item("2", "dates", 1, 6_000);
        assert!(asked(&cart, &half_price()).is_empty());
    }

    #[test]
    fn the_same_item_on_two_lines_is_a_pair_and_the_cheaper_one_is_discounted() {
        let cart = Facts::order("A1").item("1", "wine", 1, 7_000).item("2", "wine", 1, 8_000);
        assert_eq!(asked(&cart, &half_price()), ["50% on 1 units of line 1, every second unit"]);
        let equal = Facts::order("A1").item("1", "wine", 1, 8_000).item("2", "wine", 1, 8_000);
        assert_eq!(asked(&equal, &half_price()), ["50% on 1 units of line 2, every second unit"]);
    }

    #[test]
    fn stock_codes_are_told_apart_by_every_byte() {
        let long = "a".repeat(127);
        let pairs = [
            ("a", "a\0"),
            ("12345678", "123456789"),
            ("", "\0"),
            (&*format!("{long}1"), &*format!("{long}2")),
        ];
        for (one, other) in pairs {
            let cart = Facts::order("A1").item("1", one, 1, 8_000).item("2", other, 1, 8_000);
            assert!(asked(&cart, &half_price()).is_empty(), "{one:?} and {other:?}");
        }
    }

    #[test]
    fn lines_without_a_stock_code_count_by_themselves() {
        let cart = Facts::order("A1").line("1", 1, 8_000).line("2", 1, 8_000).line("3", 2, 8_000);
        assert_eq!(asked(&cart, &half_price()), ["50% on 1 units of line 3, every second unit"]);
    }

    #[test]
    fn items_of_one_category_mix_where_that_is_configured() {
        let cart = Facts::order("A1")
            .line_of("1", Some("tea"), 1, 3_000)
            .line_of("2", Some("wine"), 1, 9_000)
            .line_of("3", Some("tea"), 1, 5_000)
            .line_of("4", Some("tea"), 2, 4_000)
            .line_of("5", None, 2, 4_000);
        // Tea from the dearest: 50, 40, 40, 30. The second and the fourth are discounted: one of line 4, and line 1.
        assert_eq!(
            asked(&cart, &mixed()),
            ["50% on 1 units of line 1, every second unit", "50% on 1 units of line 4, every second unit"],
        );
        let tea_left_out = mixed().length("categories", 1).text("categories.0", "wine");
        assert!(asked(&cart, &tea_left_out).is_empty());
    }

    #[test]
    fn categories_that_are_listed_do_not_mix_with_each_other() {
        let both = mixed().length("categories", 2).text("categories.0", "tea").text("categories.1", "wine");
        let cart =
            Facts::order("A1").line_of("1", Some("tea"), 1, 3_000).line_of("2", Some("wine"), 1, 9_000);
        assert!(asked(&cart, &both).is_empty());
    }

    #[test]
    fn every_third_unit_can_be_free() {
        let third = half_price().number("every", 3).rate("rate", "100%");
        let cart = Facts::order("A1").item("1", "wine", 2, 8_000).item("2", "wine", 5, 6_000);
        assert_eq!(asked(&cart, &third), ["100% on 2 units of line 2, every third unit"]);
    }

    #[test]
    fn shipping_and_fees_are_no_units() {
        let cart = Facts::order("A1").item("1", "wine", 2, 8_000).line_with(LineField::Kind, 1);
        assert!(asked(&cart, &half_price()).is_empty());
    }

    #[test]
    fn an_order_with_too_many_lines_is_refused_and_the_longest_is_not() {
        let cart = |lines: usize| {
            (0..lines).fold(Facts::order("A1"), |cart, line| cart.item(&line.to_string(), "wine", 1, 8_000))
        };
        assert_eq!(asked(&cart(128), &half_price()).len(), 64);
        let problem = cart(129).discounts::<SecondHalfPrice>(&half_price()).unwrap_err();
        assert_eq!(problem, "refused: the order has more lines than can be counted together");
    }
}
