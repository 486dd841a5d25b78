//! Three-level distribution: the seller, its upline, and the upline's upline share in every sale.
//!
//! The rule of a liquor shop that recruits by share link: 20 % to the seller, 5 % to its upline, 3 % to the upline's
//! upline, of what was paid for the goods or of their margin. A missing level is paid to nobody.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct ThreeLevel {
    base: BaseKind,
    rates: List<Rate, 3>,
}

const REASONS: [&str; 3] = ["sold it", "is the seller's upline", "is the upline's upline"];

impl Policy for ThreeLevel {
    fn configure(config: &Config) -> Configured<Self> {
        Ok(Self { base: config.base("base")?, rates: config.rates("rates")? })
    }

    fn shares(&self, order: &Order) -> Decided<Share> {
        self.rates
            .iter()
            .zip(&REASONS)
            .zip(order.chain())
            .filter(|(_, party)| party.is_eligible())
            .map(|((rate, reason), party)| share(party).of(order.base(self.base)).at(rate).because(reason))
            .collect()
    }
}

policy!(ThreeLevel, hooks: [shares], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::ThreeLevel;
    use fenrun_sdk::BaseKind;
    use fenrun_sdk::testing::{Configuration, Facts, PartyField, configuration};

    const SELLER: &str = "seller s1: 20% of paid, sold it";
    const UPLINE: &str = "upline s2: 5% of paid, is the seller's upline";
    const UPLINES_UPLINE: &str = "upline s3: 3% of paid, is the upline's upline";

    /// The manifest's defaults, as the engine hands them over.
    fn liquor_shop() -> Configuration {
        configuration().base("base", BaseKind::Paid).rates("rates", &["20%", "5%", "3%"])
    }

    fn order() -> Facts {
        Facts::order("A1").line("1", 2, 9_900)
    }

    fn asked(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        facts.shares::<ThreeLevel>(configuration).unwrap()
    }

    #[test]
    fn each_level_of_the_chain_has_its_rate() {
        let (one, two) = (order().seller("s1"), order().seller("s1").upline("s2"));
        assert!(asked(&order(), &liquor_shop()).is_empty());
        assert_eq!(asked(&one, &liquor_shop()), [SELLER]);
        assert_eq!(asked(&two, &liquor_shop()), [SELLER, UPLINE]);
        assert_eq!(asked(&two.upline("s3"), &liquor_shop()), [SELLER, UPLINE, UPLINES_UPLINE]);
    }

    #[test]
    fn nobody_above_the_third_is_paid() {
        let chain = order().seller("s1").upline("s2").upline("s3").upline("s4").upline("s5");
        assert_eq!(asked(&chain, &liquor_shop()), [SELLER, UPLINE, UPLINES_UPLINE]);
        let problem = chain
            .shares::<ThreeLevel>(&liquor_shop().rates("rates", &["20%", "5%", "3%", "1%"]))
            .unwrap_err();
        assert_eq!(problem, "configure refused: the configuration has no list that short, as `rates`");
    }

    #[test]
    fn fewer_rates_pay_fewer_levels() {
        let chain = order().seller("s1").upline("s2").upline("s3");
        assert_eq!(asked(&chain, &liquor_shop().rates("rates", &["20%"])), [SELLER]);
    }

    #[test]
    fn the_part_of_who_may_not_be_paid_does_not_move_up() {
        let chain = order().seller("s1").upline("s2").party_with(PartyField::Eligible, 0).upline("s3");
        assert_eq!(asked(&chain, &liquor_shop()), [SELLER, UPLINES_UPLINE]);
    }

    #[test]
    fn parties_outside_the_chain_have_no_part() {
        let with_guide = order().seller("s1").party("g1", "guide").party("shop-7", "store");
        assert_eq!(asked(&with_guide, &liquor_shop()), [SELLER]);
        assert!(asked(&order().party("g1", "guide"), &liquor_shop()).is_empty());
    }

    #[test]
    fn the_base_is_configured() {
        let margin = liquor_shop().base("base", BaseKind::Margin);
        assert_eq!(asked(&order().seller("s1"), &margin), ["seller s1: 20% of margin, sold it"]);
    }

    #[test]
    fn missing_rates_are_refused() {
        let no_rates = configuration().base("base", BaseKind::Paid);
        let problem = order().shares::<ThreeLevel>(&no_rates).unwrap_err();
        assert_eq!(problem, "configure refused: the configuration has no list `rates`");
    }
}
