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
    use fenrun_sdk::testing::{Facts, configuration};
    use fenrun_sdk::{BaseKind, Rate};

    #[test]
    fn pays_nobody_above_the_third() {
        let configuration =
            configuration().base("base", BaseKind::Margin).rates("rates", &["20%", "5%", "3%"]);
        let facts =
            Facts::order("A1").line("1", 2, 9_900).seller("s1").upline("s2").upline("s3").upline("s4");
        assert_eq!(
            facts.shares::<ThreeLevel>(&configuration).unwrap(),
            [
                "seller s1: 20% of margin, sold it",
                "upline s2: 5% of margin, is the seller's upline",
                "upline s3: 3% of margin, is the upline's upline",
            ]
        );
        assert!(Rate::percent(3) < Rate::percent(5));
    }
}
