//! The more a party has sold in the period, the higher its rate: tiers with cutoffs, marginal or whole.
//!
//! Decided order by order, from what was sold before it and with it. The close of the period trues up: it pays what the
//! rule comes to over all of the period's volume, less what its orders have given. How long a period is, the program
//! says.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct VolumeTiers {
    role: Role,
    base: BaseKind,
    marginal: bool,
    tiers: Tiers<12>,
}

impl Policy for VolumeTiers {
    fn configure(config: &Config) -> Configured<Self> {
        let cutoff = if config.choice("cutoff")? == 0 { Cutoff::Inclusive } else { Cutoff::Exclusive };
        let policy = Self {
            role: config.role("role")?,
            base: config.base("base")?,
            marginal: config.choice("mode")? == 0,
            tiers: Tiers::read(config, "tiers", cutoff)?,
        };
        if policy.marginal && policy.base != BaseKind::Paid {
            return Err(Refusal::new(
                "marginal tiers are cut by what was paid: use the base `paid`, or the mode `whole`",
            ));
        }
        Ok(policy)
    }

    fn shares(&self, order: &Order) -> Decided<Share> {
        let paid_minor = order.amount(BaseKind::Paid).unwrap_or(0);
        order
            .parties_of(self.role)
            .filter(|party| party.is_eligible())
            .filter_map(|party| self.share_of(party, order.base(self.base), paid_minor))
            .collect()
    }

    fn period(&self, period: &Period) -> Decided<PeriodEffect> {
        // What a period knows is what the party sold itself, in goods paid: nothing else can be reckoned again from it.
        let party = period.party();
        let is_known = self.role == Role::SELLER && self.base == BaseKind::Paid;
        if !is_known || party.role() != self.role || !party.is_eligible() {
            return Decided::none();
        }
        self.true_up(period.volume()).into()
    }
}

impl VolumeTiers {
    fn true_up(&self, volume_minor: i64) -> Option<Bonus> {
        let reached = self.tiers.reached(volume_minor)?;
        let owed = bonus().of(PeriodBase::Volume);
        let owed = if self.marginal { owed.by(&self.tiers, volume_minor) } else { owed.at(reached.rate) };
        Some(
            owed.less(PeriodBase::AccruedHere)
                .because("by the volume of the period, less what its orders gave"),
        )
    }

    fn share_of(&self, party: Party, base: Base, paid_minor: i64) -> Option<Share> {
        let before_minor = party.volume();
        let reached = self.tiers.reached(before_minor.saturating_add(paid_minor))?;
        Some(if self.marginal {
            share(party)
                .of(base)
                .by(&self.tiers, before_minor, paid_minor)
                .because("by the volume above each cutoff")
        } else {
            share(party).of(base).at(reached.rate).because("by the volume reached with this order")
        })
    }
}

policy!(VolumeTiers, hooks: [shares, period], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::VolumeTiers;
    use fenrun_sdk::BaseKind;
    use fenrun_sdk::testing::{Configuration, Facts, PartyField, PeriodField, configuration};

    fn tiers(of: &[(i64, &str)]) -> Configuration {
        let start = configuration()
            .text("role", "seller")
            .base("base", BaseKind::Paid)
            .number("mode", 0)
            .number("cutoff", 0)
            .length("tiers", of.len());
        of.iter().enumerate().fold(start, |all, (place, (from_minor, rate))| {
            all.number(&format!("tiers.{place}.from"), *from_minor).rate(&format!("tiers.{place}.rate"), rate)
        })
    }

    /// The manifest's defaults, as the engine hands them over: 10 % to 5,000.00, 12 % above.
    fn marginal() -> Configuration {
        tiers(&[(0, "10%"), (500_000, "12%")])
    }

    fn whole() -> Configuration {
        marginal().number("mode", 1)
    }

    fn exclusive() -> Configuration {
        whole().number("cutoff", 1)
    }

    fn order(before_minor: i64, paid_minor: i64) -> Facts {
        let facts = Facts::order("A1").line("1", 1, paid_minor).seller("s1");
        facts.party_with(PartyField::Volume, before_minor).upline("s2")
    }

    fn asked(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        facts.shares::<VolumeTiers>(configuration).unwrap()
    }

    /// What one seller is asked for, without the words around it.
    fn terms(facts: &Facts, configuration: &Configuration) -> String {
        let sentences = asked(facts, configuration);
        let [sentence] = &*sentences else { panic!("one share, not {sentences:?}") };
        let (_, terms) = sentence.split_once("seller s1: ").unwrap();
        terms.rsplit_once(", by").unwrap().0.to_owned()
    }

    /// Case C33: 400.00, 500.00 and 620.00.
    #[test]
    fn marginal_rates_apply_to_what_lies_above_each_cutoff() {
        let band = "10% of paid from 0 to 500000 + 12% of paid above 500000";
        for (paid_minor, expected) in [(400_000, "10% of paid"), (500_000, "10% of paid"), (600_000, band)] {
            assert_eq!(terms(&order(0, paid_minor), &marginal()), expected);
        }
    }

    #[test]
    fn an_order_that_crosses_a_cutoff_is_cut_there() {
        let (last, exact, one_above) = (order(499_999, 1), order(400_000, 100_000), order(400_000, 100_001));
        assert_eq!(terms(&last, &marginal()), "10% of paid");
        assert_eq!(terms(&exact, &marginal()), "10% of paid");
        assert_eq!(terms(&one_above, &marginal()), "10% of paid from 0 to 100000 + 12% of paid above 100000",);
        assert_eq!(terms(&order(500_000, 1), &marginal()), "12% of paid");
        assert_eq!(terms(&order(i64::MAX, i64::MAX), &marginal()), "12% of paid");
    }

    #[test]
    fn an_order_may_cross_several_cutoffs() {
        let steps = tiers(&[(0, "10%"), (10_000, "15%"), (20_000, "20%"), (90_000, "30%")]);
        assert_eq!(
            terms(&order(5_000, 30_000), &steps),
            "10% of paid from 0 to 5000 + 15% of paid from 5000 to 15000 + 20% of paid from 15000 to 85000",
        );
    }

    #[test]
    fn volume_below_the_first_cutoff_earns_nothing() {
        let from_thousand = tiers(&[(100_000, "5%")]);
        assert!(asked(&order(0, 99_999), &from_thousand).is_empty());
        assert_eq!(terms(&order(0, 100_001), &from_thousand), "5% of paid above 100000");
        assert_eq!(terms(&order(60_000, 50_000), &from_thousand), "5% of paid above 40000");
    }

    /// Case C35: 25.00, 75.00 and 200.00 at 10, 15 and 20 %.
    #[test]
    fn the_whole_order_has_the_rate_that_is_reached_with_it() {
        let steps = tiers(&[(0, "10%"), (5_000, "15%"), (10_000, "20%")]).number("mode", 1);
        for (paid_minor, rate) in [(2_500, "10%"), (7_500, "15%"), (20_000, "20%")] {
            assert_eq!(terms(&order(0, paid_minor), &steps), format!("{rate} of paid"));
        }
        assert_eq!(terms(&order(2_500, 2_500), &steps), "15% of paid");
    }

    /// Case C37: base rate 10 %, from 100.00 15 %, from 200.00 20 %.
    #[test]
    fn a_tier_holds_until_the_next_cutoff() {
        let steps = tiers(&[(0, "10%"), (10_000, "15%"), (20_000, "20%")]).number("mode", 1);
        assert_eq!(terms(&order(0, 5_000), &steps), "10% of paid");
        assert_eq!(terms(&order(0, 15_000), &steps), "15% of paid");
    }

    #[test]
    fn an_exact_cutoff_counts_as_configured() {
        for (paid_minor, inclusive, above) in
            [(499_999, "10%", "10%"), (500_000, "12%", "10%"), (500_001, "12%", "12%")]
        {
            assert_eq!(terms(&order(0, paid_minor), &whole()), format!("{inclusive} of paid"));
            assert_eq!(terms(&order(0, paid_minor), &exclusive()), format!("{above} of paid"));
        }
    }

    #[test]
    fn the_whole_rule_takes_any_base_and_the_marginal_rule_takes_paid() {
        let margin = whole().base("base", BaseKind::Margin);
        assert_eq!(terms(&order(0, 500_000), &margin), "12% of margin");
        let problem = order(0, 1).shares::<VolumeTiers>(&margin.number("mode", 0)).unwrap_err();
        assert_eq!(
            problem,
            "configure refused: marginal tiers are cut by what was paid: use the base `paid`, or the mode `whole`",
        );
    }

    #[test]
    fn each_party_of_the_role_earns_by_its_own_volume() {
        let uplines = order(0, 1_000).upline("s3").party_with(PartyField::Volume, 600_000);
        assert_eq!(
            asked(&uplines, &marginal().text("role", "upline")),
            [
                "upline s2: 10% of paid, by the volume above each cutoff",
                "upline s3: 12% of paid, by the volume above each cutoff",
            ],
        );
        let barred = order(0, 1_000).party_with(PartyField::Eligible, 0);
        assert!(asked(&barred, &marginal().text("role", "upline")).is_empty());
        assert!(asked(&barred, &marginal().text("role", "agent")).is_empty());
    }

    fn closed(volume_minor: i64, configuration: &Configuration) -> Vec<String> {
        let facts = Facts::of_period("s1", "seller").period_with(PeriodField::Volume, volume_minor);
        facts.period::<VolumeTiers>(configuration).unwrap()
    }

    #[test]
    fn the_close_owes_what_the_orders_did_not_give() {
        let why = "less 100% of accrued_here, by the volume of the period, less what its orders gave";
        assert_eq!(closed(600_000, &whole()), [format!("seller s1: 12% of volume {why}")]);
        assert_eq!(closed(500_000, &exclusive()), [format!("seller s1: 10% of volume {why}")]);
        assert_eq!(
            closed(600_000, &marginal()),
            [format!("seller s1: 10% of volume from 0 to 500000 + 12% of volume above 500000 {why}")],
        );
        assert_eq!(
            closed(500_000, &marginal()),
            [format!("seller s1: 10% of volume from 0 to 500000 {why}")]
        );
    }

    #[test]
    fn the_close_owes_nothing_that_it_cannot_know() {
        assert!(closed(99_999, &tiers(&[(100_000, "5%")])).is_empty());
        assert!(closed(600_000, &whole().base("base", BaseKind::Margin)).is_empty());
        assert!(closed(600_000, &whole().text("role", "upline")).is_empty());
        let month = |role| Facts::of_period("s1", role).period_with(PeriodField::Volume, 600_000);
        assert!(month("upline").period::<VolumeTiers>(&whole()).unwrap().is_empty());
        let barred = month("seller").party_with(PartyField::Eligible, 0);
        assert!(barred.period::<VolumeTiers>(&whole()).unwrap().is_empty());
    }

    #[test]
    fn cutoffs_that_do_not_rise_are_refused() {
        for cutoffs in [[(0, "10%"), (0, "12%")], [(5, "10%"), (4, "12%")]] {
            let problem = order(0, 1).shares::<VolumeTiers>(&tiers(&cutoffs)).unwrap_err();
            assert_eq!(problem, "configure refused: the cutoffs of the tiers do not rise");
        }
    }
}
