//! At the close of a period the best sellers share a bonus pool, by rank or by volume.
//!
//! Who sold the same shares the places it takes up: two firsts have half of the first and the second part each, and the
//! next one is third. So the pool is never exceeded; what rounding and empty places leave stays with the merchant.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct Ranking {
    pool: Rate,
    by_rank: bool,
    parts: List<Rate, 32>,
    least_minor: i64,
}

impl Policy for Ranking {
    fn configure(config: &Config) -> Configured<Self> {
        let parts: List<Rate, 32> = config.rates("parts")?;
        let all = sum(parts.iter()).ok_or(Refusal::new("the parts of the pool are too fine to add up"))?;
        if all.exceeds_one() {
            return Err(Refusal::new("the parts of the pool are more than all of it"));
        }
        Ok(Self {
            pool: config.rate("pool")?,
            by_rank: config.choice("by")? == 0,
            parts,
            least_minor: config.amount("least")?,
        })
    }

    fn period(&self, period: &Period) -> Decided<PeriodEffect> {
        let party = period.party();
        let takes_part =
            party.role() == Role::SELLER && party.is_eligible() && period.volume() >= self.least_minor;
        period.rank().filter(|_| takes_part).and_then(|rank| self.bonus(period, rank)).into()
    }
}

fn sum(mut rates: impl Iterator<Item = Rate>) -> Option<Rate> {
    rates.try_fold(Rate::ZERO, |sum, rate| sum.checked_add(rate).ok())
}

impl Ranking {
    fn bonus(&self, period: &Period, rank: i64) -> Option<Bonus> {
        let place = usize::try_from(rank).ok()?.checked_sub(1)?;
        if !self.by_rank {
            // Parts of the pool by volume come to the pool where everybody has one, and never to more.
            self.parts.get(place)?;
            return Some(
                bonus()
                    .of(PeriodBase::Volume)
                    .at(self.pool)
                    .because("one of the best: its part of the pool by volume"),
            );
        }
        let tied = period.tied()?;
        let places = self.parts.iter().skip(place).take(usize::try_from(tied).ok()?);
        let part = sum(places)?.checked_mul(Rate::new(1, tied).ok()?).ok()?;
        let prize = part.checked_mul(self.pool).ok().filter(|prize| !prize.is_zero())?;
        let reason = if tied > 1 { "its place in the ranking, shared" } else { "its place in the ranking" };
        Some(bonus().of(PeriodBase::TotalVolume).at(prize).because(reason))
    }
}

policy!(Ranking, hooks: [period], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::Ranking;
    use fenrun_sdk::testing::{Configuration, Facts, PartyField, PeriodField, configuration};

    /// The manifest's defaults, as the engine hands them over.
    fn month() -> Configuration {
        configuration()
            .rate("pool", "2%")
            .number("by", 0)
            .rates("parts", &["50%", "30%", "20%"])
            .number("least", 0)
    }

    fn placed(rank: i64, tied: i64) -> Facts {
        let facts = Facts::of_period("s1", "seller").period_with(PeriodField::Volume, 500_000);
        facts.period_with(PeriodField::Rank, rank).period_with(PeriodField::Tied, tied)
    }

    fn asked(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        facts.period::<Ranking>(configuration).unwrap()
    }

    #[test]
    fn each_place_has_its_part_of_the_pool() {
        for (rank, rate) in [(1, "1%"), (2, "0.6%"), (3, "0.4%")] {
            let told = format!("seller s1: {rate} of total_volume, its place in the ranking");
            assert_eq!(asked(&placed(rank, 1), &month()), [told]);
        }
        assert!(asked(&placed(4, 1), &month()).is_empty());
        let nobody = Facts::of_period("s1", "seller");
        assert!(asked(&nobody, &month()).is_empty(), "who sold nothing has no place");
    }

    #[test]
    fn who_is_tied_shares_the_places_it_takes_up() {
        let shared = |rank, tied| asked(&placed(rank, tied), &month()).join("");
        let told = |rate| format!("seller s1: {rate} of total_volume, its place in the ranking, shared");
        // 50 and 30 for two; 30 and 20 for two; all of it for three or more.
        assert_eq!((shared(1, 2), shared(2, 2)), (told("0.8%"), told("0.5%")));
        assert_eq!((shared(1, 3), shared(1, 4)), (told("1/150"), told("0.5%")));
        assert_eq!(shared(3, 5), told("0.08%"));
        assert_eq!(shared(4, 9), "");
    }

    #[test]
    fn by_volume_each_of_the_best_has_what_it_sold_of_the_pool() {
        let by_volume = month().number("by", 1);
        let told = "seller s1: 2% of volume, one of the best: its part of the pool by volume";
        assert_eq!(asked(&placed(3, 1), &by_volume), [told]);
        assert!(asked(&placed(4, 1), &by_volume).is_empty());
    }

    #[test]
    fn who_sold_too_little_or_may_not_be_paid_takes_no_part() {
        assert_eq!(asked(&placed(1, 1), &month().number("least", 500_000)).len(), 1);
        assert!(asked(&placed(1, 1), &month().number("least", 500_001)).is_empty());
        assert!(asked(&placed(1, 1).party_with(PartyField::Eligible, 0), &month()).is_empty());
        let guide = Facts::of_period("g1", "guide").period_with(PeriodField::Rank, 1);
        assert!(asked(&guide, &month()).is_empty());
    }

    #[test]
    fn parts_of_more_than_all_are_refused() {
        let problem = placed(1, 1).period::<Ranking>(&month().rates("parts", &["60%", "41%"])).unwrap_err();
        assert_eq!(problem, "configure refused: the parts of the pool are more than all of it");
    }
}
