//! What an author relies on, tried with small policies over the native host.
#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test may stop")]

use fenrun_sdk::prelude::*;
use fenrun_sdk::testing::{Configuration, Facts, LineField, configuration};

fn asked<P: Policy>(facts: &Facts) -> Vec<String> {
    facts.discounts::<P>(&configuration()).unwrap()
}

/// Pairs the lines of a category across items.
#[derive(Clone, Copy)]
struct Pairs(Symbol);

impl Policy for Pairs {
    fn configure(config: &Config) -> Configured<Self> {
        Ok(Self(config.word("tea")))
    }

    fn discounts(&self, order: &Order) -> Decided<Discount> {
        pairs(
            order,
            |line| line.category() == self.0,
            |Units { line, units }| discount(line).free_units(units).because("two for one"),
        )
    }
}

#[test]
fn the_cheaper_one_of_each_pair_is_the_second() {
    let cart = Facts::order("A1")
        .line_of("1", Some("tea"), 1, 300)
        .line_of("2", Some("tea"), 3, 200)
        .line_of("3", Some("wine"), 2, 900);
    // 3, 2, 2, 2: the second and the fourth.
    assert_eq!(asked::<Pairs>(&cart), ["100% on 2 units of line 2, two for one"]);
    let one = Facts::order("A1").line_of("1", Some("tea"), 1, 300);
    assert!(asked::<Pairs>(&one).is_empty());
}

/// Reads a column of the lines, three at a time.
#[derive(Clone, Copy)]
struct Bulk;

impl Policy for Bulk {
    fn configure(_config: &Config) -> Configured<Self> {
        Ok(Self)
    }

    fn discounts(&self, order: &Order) -> Decided<Discount> {
        let (mut total_minor, mut first, mut buffer) = (0, 0, [0; 3]);
        loop {
            let paid = order.read_lines(LineField::Paid, first, &mut buffer);
            if paid.is_empty() {
                return discount(order.goods()).amount(total_minor).because("all of it").into();
            }
            total_minor += paid.iter().sum::<i64>();
            first += paid.len();
        }
    }
}

#[test]
fn lines_are_read_in_bulk_to_the_last() {
    for lines in 0..8 {
        let cart = (0..lines).fold(Facts::order("A1"), |cart, line| cart.line(&line.to_string(), 1, 100));
        assert_eq!(asked::<Bulk>(&cart), [format!("amount {} of all goods, all of it", lines * 100)]);
    }
}

/// Reads a table in a list in a table.
#[derive(Clone, Copy)]
struct Nested;

impl Policy for Nested {
    fn configure(config: &Config) -> Configured<Self> {
        let regions: List<i64, 11> = config.table("shop").list("regions", |region| {
            region.list::<_, 2>("rates", |rate| rate.rate("of"))?;
            // A value with a default of the policy's own: the refusal that it stands for is not the one to tell.
            Ok(region.integer("weight").unwrap_or(1))
        })?;
        if regions.iter().sum::<i64>() > 100 {
            Err(Refusal::new("the weights are above 100"))
        } else {
            Ok(Self)
        }
    }
}

fn problem(configuration: &Configuration) -> String {
    Facts::order("A1").shares::<Nested>(configuration).unwrap_err()
}

#[test]
fn a_refusal_names_the_whole_path() {
    let regions = configuration().length("shop.regions", 11);
    let rates = |configuration: Configuration, items| {
        (0..10).fold(configuration, |all, region| all.length(&format!("shop.regions.{region}.rates"), items))
    };
    assert_eq!(problem(&configuration()), "configure refused: the configuration has no list `shop.regions`");
    assert_eq!(
        problem(&rates(regions.clone(), 0)),
        "configure refused: the configuration has no list `shop.regions.10.rates`",
    );
    assert_eq!(
        problem(&rates(regions.clone(), 1)),
        "configure refused: the configuration has no rate `shop.regions.0.rates.0.of`",
    );
    assert_eq!(
        problem(&rates(regions, 3)),
        "configure refused: the configuration has no list that short, as `shop.regions.0.rates`",
    );
    let heavy = configuration()
        .length("shop.regions", 1)
        .length("shop.regions.0.rates", 0)
        .number("shop.regions.0.weight", 101);
    assert_eq!(problem(&heavy), "configure refused: the weights are above 100");
}
