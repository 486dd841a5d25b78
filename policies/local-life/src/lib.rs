//! A local merchant gives the platform a part of each consumption by category; the promoter has a part of that.
//!
//! The rule of a local-life platform: 10 to 30 % of what a restaurant or a hairdresser takes, of what was paid or of the
//! margin, by contract. The rates are multiplied exactly; nothing is rounded before the share itself.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::{ShareTerms, prelude::*};

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct LocalLife {
    base: BaseKind,
    /// What the merchant gives by category; the last row, of no category, is for everything else.
    rows: List<Row, ROWS_MAX>,
    role: Role,
}

const ROWS_MAX: usize = 17;

/// Parts of a sale: all of what the merchant gives, and how that divides.
#[derive(Clone, Copy, Debug)]
struct Row {
    category: Option<Symbol>,
    given: Rate,
    promoter: Rate,
    platform: Rate,
}

impl Policy for LocalLife {
    fn configure(config: &Config) -> Configured<Self> {
        let promoter = config.rate("promoter")?;
        let role = config.role("role")?;
        if role == Role::PLATFORM {
            return Err(Refusal::new("the promoter is somebody else than the platform"));
        }
        let row = |config: &Config, category| {
            let given = config.rate("rate")?;
            let exact = |part: Rate| {
                given.checked_mul(part).map_err(|_| Refusal::new("two rates are too fine to multiply"))
            };
            let rest = promoter
                .complement()
                .map_err(|_| Refusal::new("the promoter's part is more than there is"))?;
            Ok(Row { category, given, promoter: exact(promoter)?, platform: exact(rest)? })
        };
        let listed: List<Row, 16> =
            config.list("categories", |listed| row(listed, Some(listed.symbol("category")?)))?;
        let mut rows = List::new();
        for row in listed.iter().chain([row(config, None)?]) {
            if rows.push(row).is_err() {
                break;
            }
        }
        Ok(Self { base: config.base("base")?, rows, role })
    }

    fn shares(&self, order: &Order) -> Decided<Share> {
        self.parts(order).into()
    }
}

impl LocalLife {
    fn parts(&self, order: &Order) -> Result<impl Iterator<Item = Share>, &'static str> {
        let platform = order.only_party_of(Role::PLATFORM)?.filter(|party| party.is_eligible());
        let promoter = order.only_party_of(self.role)?.filter(|party| party.is_eligible());
        let divided = platform.map(|platform| {
            let kept = |row: Row| if promoter.is_some() { row.platform } else { row.given };
            self.part(order, platform, kept, "the platform's part")
        });
        let earned = promoter.map(|promoter| {
            self.part(order, promoter, |row| row.promoter, "the promoter's part of what the merchant gives")
        });
        Ok(divided.into_iter().chain(earned).flatten())
    }

    /// One share with a term for each row that the order has goods of.
    fn part(&self, order: &Order, party: Party, rate: impl Fn(Row) -> Rate, reason: &str) -> Option<Share> {
        let mut terms: Option<ShareTerms> = None;
        for (place, row) in (0..).zip(&self.rows) {
            let is_of_row = |line: Line| self.row_of(line) == Some(place);
            if order.lines().any(is_of_row) {
                let base = order.group(is_of_row).base(self.base);
                let of = terms.map_or_else(|| share(party).of(base), |terms| terms.plus(base));
                terms = Some(of.at(rate(row)));
            }
        }
        terms.map(|terms| terms.because(reason))
    }

    fn row_of(&self, line: Line) -> Option<usize> {
        let category = line.is_goods().then(|| line.category())?;
        self.rows.iter().position(|row| row.category.is_none_or(|named| named == category))
    }
}

policy!(LocalLife, hooks: [shares], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::LocalLife;
    use fenrun_sdk::BaseKind;
    use fenrun_sdk::testing::{Configuration, Facts, LineField, PartyField, configuration};

    /// The manifest's defaults, as the engine hands them over.
    fn town() -> Configuration {
        configuration()
            .base("base", BaseKind::Paid)
            .rate("rate", "20%")
            .length("categories", 0)
            .rate("promoter", "30%")
            .text("role", "referrer")
    }

    fn by_category() -> Configuration {
        let meals = town().length("categories", 1).text("categories.0.category", "meal");
        meals.rate("categories.0.rate", "10%")
    }

    fn order() -> Facts {
        Facts::order("A1").line_of("1", Some("meal"), 1, 10_000).line_of("2", Some("hair"), 1, 5_000)
    }

    fn asked(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        let sentences = facts.shares::<LocalLife>(configuration).unwrap();
        sentences.iter().map(|told| told.rsplit_once(", ").unwrap().0.to_owned()).collect()
    }

    #[test]
    fn platform_and_promoter_divide_what_the_merchant_gives() {
        let both = order().party("town", "platform").party("r1", "referrer");
        assert_eq!(
            asked(&both, &town()),
            ["platform town: 14% of paid of lines 1 2", "referrer r1: 6% of paid of lines 1 2"],
        );
        assert_eq!(
            asked(&both, &by_category()),
            [
                "platform town: 7% of paid of lines 1 + 14% of paid of lines 2",
                "referrer r1: 3% of paid of lines 1 + 6% of paid of lines 2",
            ],
        );
    }

    #[test]
    fn without_a_promoter_the_platform_has_all_of_it() {
        let alone = order().party("town", "platform");
        assert_eq!(asked(&alone, &town()), ["platform town: 20% of paid of lines 1 2"]);
        let barred = alone.party("r1", "referrer").party_with(PartyField::Eligible, 0);
        assert_eq!(asked(&barred, &town()), ["platform town: 20% of paid of lines 1 2"]);
        assert_eq!(
            asked(&order().party("r1", "referrer"), &town()),
            ["referrer r1: 6% of paid of lines 1 2"]
        );
        assert!(asked(&order(), &town()).is_empty());
    }

    #[test]
    fn a_deposit_or_a_fee_gives_nothing() {
        let deposit =
            Facts::order("A1").line("1", 1, 10_000).line_with(LineField::Kind, 3).party("town", "platform");
        assert!(asked(&deposit, &town()).is_empty());
    }

    #[test]
    fn rates_are_multiplied_exactly() {
        let third = town().rate("rate", "1/3").rate("promoter", "1/3");
        let both = order().party("town", "platform").party("r1", "referrer");
        assert_eq!(
            asked(&both, &third),
            ["platform town: 2/9 of paid of lines 1 2", "referrer r1: 1/9 of paid of lines 1 2"],
        );
        let two = order().party("town", "platform").party("city", "platform").shares::<LocalLife>(&town());
        assert_eq!(two.unwrap_err(), "refused: the order names several parties of a role that one may have");
    }
}
