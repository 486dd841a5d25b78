//! Units of the order's dearest or cheapest item are free: the first cup, the birthday cake.
//!
//! Usually asked for by a coupon: the program names it, and the engine counts its uses.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct FreeItem {
    units: i64,
    dearest: bool,
    categories: List<Symbol, 16>,
}

impl Policy for FreeItem {
    fn configure(config: &Config) -> Configured<Self> {
        Ok(Self {
            units: config.integer("units")?,
            dearest: config.choice("which")? == 1,
            categories: config.symbols("categories")?,
        })
    }

    fn discounts(&self, order: &Order) -> Decided<Discount> {
        let goods = order.lines().filter(|line| self.counts(*line));
        // The first of equal ones: `max_by_key` would take the last.
        let chosen = goods.min_by_key(|line| {
            if self.dearest { line.unit_price().saturating_neg() } else { line.unit_price() }
        });
        chosen
            .map(|line| {
                discount(line).free_units(self.units.min(line.quantity())).because("free with this order")
            })
            .into()
    }
}

impl FreeItem {
    fn counts(&self, line: Line) -> bool {
        line.is_goods() && (self.categories.is_empty() || self.categories.contains(line.category()))
    }
}

policy!(FreeItem, hooks: [discounts], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::FreeItem;
    use fenrun_sdk::testing::{Configuration, Facts, LineField, configuration};

    /// The manifest's defaults, as the engine hands them over.
    fn cup() -> Configuration {
        configuration().number("units", 1).number("which", 1).length("categories", 0)
    }

    fn order() -> Facts {
        let coffee =
            Facts::order("A1").line_of("1", Some("coffee"), 2, 2_800).line_of("2", Some("coffee"), 1, 3_200);
        coffee
            .line_of("3", Some("cake"), 1, 3_200)
            .line_of("4", Some("card"), 1, 9_900)
            .line_with(LineField::Kind, 2)
    }

    fn asked(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        facts.discounts::<FreeItem>(configuration).unwrap()
    }

    #[test]
    fn one_of_the_dearest_is_free_and_the_first_of_equal_ones() {
        assert_eq!(asked(&order(), &cup()), ["100% on 1 units of line 2, free with this order"]);
        assert_eq!(
            asked(&order(), &cup().number("which", 0)),
            ["100% on 1 units of line 1, free with this order"]
        );
    }

    #[test]
    fn no_more_units_than_there_are() {
        let three = cup().number("units", 3);
        assert_eq!(asked(&order(), &three), ["100% on 1 units of line 2, free with this order"]);
        let cheapest = three.number("which", 0);
        assert_eq!(asked(&order(), &cheapest), ["100% on 2 units of line 1, free with this order"]);
    }

    #[test]
    fn only_goods_of_the_categories_and_never_a_fee() {
        let only = |word| cup().length("categories", 1).text("categories.0", word);
        assert_eq!(asked(&order(), &only("cake")), ["100% on 1 units of line 3, free with this order"]);
        assert!(asked(&order(), &only("tea")).is_empty());
        assert!(asked(&order(), &only("card")).is_empty());
    }
}
