//! A commission of which others carry a part: a brand 60 %, the merchant the rest.
//!
//! The guide has all of it from the merchant, who is made whole by what the funders owe; what a refund takes back of the
//! commission, each funder gets back by its part. How much a funder pays at most is the budget of the policy in the
//! program.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct FundedShare {
    role: Role,
    rate: Rate,
    maximum_minor: Option<i64>,
    categories: List<Symbol, 16>,
    funders: List<(Role, Rate), FUNDERS_MAX>,
    merchant_steps_in: bool,
}

const FUNDERS_MAX: usize = 4;

impl Policy for FundedShare {
    fn configure(config: &Config) -> Configured<Self> {
        let funders: List<(Role, Rate), FUNDERS_MAX> =
            config.list("funders", |funder| Ok((funder.role("role")?, funder.rate("part")?)))?;
        let same = |role: Role| funders.iter().filter(move |(other, _)| *other == role);
        if funders.iter().any(|(role, _)| same(role).nth(1).is_some()) {
            return Err(Refusal::new("two funders have the same role"));
        }
        let all = funders.iter().try_fold(Rate::ZERO, |sum, (_, part)| sum.checked_add(part));
        if !all.is_ok_and(|all| !all.exceeds_one()) {
            return Err(Refusal::new("the funders carry more than the whole commission"));
        }
        Ok(Self {
            role: config.role("role")?,
            rate: config.rate("rate")?,
            maximum_minor: config.optional_amount("maximum"),
            categories: config.symbols("categories")?,
            funders,
            merchant_steps_in: config.choice("unnamed")? == 1,
        })
    }

    fn shares(&self, order: &Order) -> Decided<Share> {
        self.earned(order).into()
    }
}

impl FundedShare {
    fn earned(&self, order: &Order) -> Result<Option<Share>, &'static str> {
        let earner = order.only_party_of(self.role)?.filter(|party| party.is_eligible() && !party.is_buyer());
        let (goods, paid_minor) = order.goods_in(&self.categories);
        let Some(earner) = earner.filter(|_| paid_minor > 0) else { return Ok(None) };
        let funders = self.named(order)?;
        let terms = share(earner).of(goods.base(BaseKind::Paid)).at(self.rate);
        let terms = match self.maximum_minor {
            Some(maximum_minor) => terms.at_most(maximum_minor),
            None => terms,
        };
        let terms = funders.iter().fold(terms, |terms, (party, part)| terms.funded_by(party, part));
        Ok(Some(terms.because("a commission of which others carry a part")))
    }

    /// The funders that the order names. Looked for before anything is asked for: a refusal leaves nothing half done.
    fn named(&self, order: &Order) -> Result<List<(Party, Rate), FUNDERS_MAX>, &'static str> {
        let mut named = List::new();
        for (role, part) in &self.funders {
            match order.only_party_of(role)? {
                Some(party) if named.push((party, part)).is_err() => break,
                None if !self.merchant_steps_in => {
                    return Err("the order names nobody who carries the commission");
                }
                _ => {}
            }
        }
        Ok(named)
    }
}

policy!(FundedShare, hooks: [shares], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::FundedShare;
    use fenrun_sdk::testing::{Configuration, Facts, PartyField, configuration};

    /// The manifest's defaults, as the engine hands them over.
    fn sixty_forty() -> Configuration {
        configuration()
            .text("role", "guide")
            .rate("rate", "10%")
            .length("categories", 0)
            .length("funders", 1)
            .text("funders.0.role", "brand")
            .rate("funders.0.part", "60%")
            .number("unnamed", 0)
    }

    fn order(price_minor: i64) -> Facts {
        Facts::order("A1")
            .line_of("1", Some("tea"), 1, price_minor)
            .party("acme", "brand")
            .party("mei", "guide")
    }

    fn asked(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        let why = ", a commission of which others carry a part";
        let sentences = facts.shares::<FundedShare>(configuration).unwrap();
        sentences.iter().map(|told| told.strip_suffix(why).unwrap().to_owned()).collect()
    }

    #[test]
    fn the_brand_carries_its_part() {
        assert_eq!(asked(&order(10_000), &sixty_forty()), ["guide mei: 10% of paid, 60% carried by acme"]);
        let at_most = sixty_forty().number("maximum", 500);
        assert_eq!(
            asked(&order(10_000), &at_most),
            ["guide mei: 10% of paid, at most 500, 60% carried by acme"]
        );
    }

    #[test]
    fn several_carry_it_and_never_more_than_all() {
        let both = |part: &str| {
            sixty_forty().length("funders", 2).text("funders.1.role", "platform").rate("funders.1.part", part)
        };
        let order = order(10_000).party("mall", "platform");
        assert_eq!(
            asked(&order, &both("40%")),
            ["guide mei: 10% of paid, 60% carried by acme, 40% carried by mall"]
        );
        let problem = order.shares::<FundedShare>(&both("41%")).unwrap_err();
        assert_eq!(problem, "configure refused: the funders carry more than the whole commission");
        let twice = both("10%").text("funders.1.role", "brand");
        let problem = order.shares::<FundedShare>(&twice).unwrap_err();
        assert_eq!(problem, "configure refused: two funders have the same role");
    }

    #[test]
    fn without_a_funder_nobody_earns_unless_the_merchant_steps_in() {
        let alone = Facts::order("A1").line("1", 1, 10_000).party("mei", "guide");
        let problem = alone.shares::<FundedShare>(&sixty_forty()).unwrap_err();
        assert_eq!(problem, "refused: the order names nobody who carries the commission");
        assert_eq!(asked(&alone, &sixty_forty().number("unnamed", 1)), ["guide mei: 10% of paid"]);
        let two = order(10_000).party("other", "brand").shares::<FundedShare>(&sixty_forty()).unwrap_err();
        assert_eq!(two, "refused: the order names several parties of a role that one may have");
    }

    #[test]
    fn nobody_earns_on_the_own_order_or_where_nothing_was_paid() {
        let own = order(10_000).party_with(PartyField::IsBuyer, 1);
        assert!(asked(&own, &sixty_forty()).is_empty());
        assert!(asked(&order(0), &sixty_forty()).is_empty());
        let barred = order(10_000).party_with(PartyField::Eligible, 0);
        assert!(asked(&barred, &sixty_forty()).is_empty());
    }

    #[test]
    fn the_categories_count() {
        let tea = |word| sixty_forty().length("categories", 1).text("categories.0", word);
        assert_eq!(
            asked(&order(7_500), &tea("tea")),
            ["guide mei: 10% of paid of lines 1, 60% carried by acme"]
        );
        assert!(asked(&order(7_500), &tea("wine")).is_empty());
    }
}
