//! A star for each full 50 spent in all, tiers by stars, and coupons with the membership card.
//!
//! The rule of a coffee chain. Stars are counted over the total: 30 and 30 are one star. What was spent is kept as units
//! of its own, so a refund takes its spending back, what is too many stars over the total goes with it, and the next order
//! grants only what is lacking.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct MembershipStars {
    spent_minor: i64,
    star: Symbol,
    spending: Symbol,
    star_days: Option<u32>,
    tiers: List<(i64, Symbol), 12>,
    card: List<(Symbol, i64, u32), 8>,
}

fn days(number: i64) -> Option<u32> {
    u32::try_from(number).ok()
}

impl Policy for MembershipStars {
    fn configure(config: &Config) -> Configured<Self> {
        let tiers: List<(i64, Symbol), 12> =
            config.list("tiers", |tier| Ok((tier.integer("stars")?, tier.symbol("tier")?)))?;
        if !tiers.as_slice().is_sorted_by(|(low, _), (high, _)| low < high) {
            return Err(Refusal::new("the stars of the tiers do not rise"));
        }
        let (star, spending) = (config.symbol("star")?, config.symbol("spending")?);
        if star == spending {
            return Err(Refusal::new("stars and spending are two things, and have two names"));
        }
        Ok(Self {
            spent_minor: config.amount("spent")?,
            star,
            spending,
            star_days: config.optional_integer("star_days").and_then(days),
            tiers,
            card: config.list("card", |gift| {
                Ok((
                    gift.symbol("asset")?,
                    gift.integer("units")?,
                    days(gift.integer("days")?).unwrap_or(u32::MAX),
                ))
            })?,
        })
    }

    fn grants(&self, occasion: &Occasion) -> Decided<GrantsEffect> {
        let order = occasion.order().filter(|_| occasion.kind() == Kind::ORDER_PAID);
        order.map_or_else(Decided::none, |order| self.for_order(&order))
    }
}

impl MembershipStars {
    fn for_order(&self, order: &Order) -> Decided<GrantsEffect> {
        let buyer = order.buyer();
        let paid_minor = order.amount(BaseKind::Paid).unwrap_or(0);
        let (before_minor, stars) = (buyer.earned(self.spending), buyer.earned(self.star));
        let owed =
            units_for(before_minor.saturating_add(paid_minor), Rate::ONE, self.spent_minor).unwrap_or(0);
        let more = owed.saturating_sub(stars).max(0);

        let spent = (paid_minor > 0).then(|| {
            let spent = grant(self.spending, paid_minor).to_buyer().because("spent with this order");
            spent.earned_by(order.paid(), Rate::ONE)
        });
        let star = (more > 0).then(|| {
            let star = grant(self.star, more).to_buyer();
            let star = match self.star_days {
                Some(days) => star.expires_in(days),
                None => star,
            };
            star.because("what was spent in all").one_for_each(self.spent_minor, self.spending)
        });
        let decided: Decided<GrantsEffect> =
            spent.into_iter().chain(star).chain(self.with_card(order)).collect();
        match self.reached(order, stars.saturating_add(more)) {
            Some(change) => decided.with(change),
            None => decided,
        }
    }

    /// What the card gives, where this order buys one.
    fn with_card(&self, order: &Order) -> impl Iterator<Item = Grant> {
        let buys_card = order.lines().any(|line| line.kind() == Some(LineKind::Fee));
        let gifts = self.card.iter().filter(move |_| buys_card);
        gifts.map(|(asset, units, days)| {
            grant(asset, units).to_buyer().expires_in(days).because("with the card")
        })
    }

    /// The tier that so many stars have reached, where the buyer has not got it.
    fn reached(&self, order: &Order, stars: i64) -> Option<TierChange> {
        let party = order.buyer().party()?;
        let (_, reached) = self.tiers.iter().rfind(|(from, _)| stars >= *from)?;
        (party.tier() != reached).then(|| tier(party, reached).because("by the stars earned in all"))
    }
}

policy!(MembershipStars, hooks: [grants], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::MembershipStars;
    use fenrun_sdk::testing::{Configuration, Facts, LineField, OrderField, PartyField, configuration};

    /// The manifest's defaults, as the engine hands them over.
    fn coffee() -> Configuration {
        configuration()
            .number("spent", 5_000)
            .text("star", "stars")
            .text("spending", "spending")
            .length("tiers", 2)
            .number("tiers.0.stars", 5)
            .text("tiers.0.tier", "silver")
            .number("tiers.1.stars", 25)
            .text("tiers.1.tier", "gold")
            .length("card", 2)
            .text("card.0.asset", "coupon/FREE-CUP")
            .number("card.0.units", 1)
            .number("card.0.days", 30)
            .text("card.1.asset", "coupon/BUY-ONE-GET-ONE")
            .number("card.1.units", 3)
            .number("card.1.days", 90)
    }

    fn order(paid_minor: i64) -> Facts {
        Facts::order("A1").line("1", 1, paid_minor)
    }

    /// After so much was spent, and so many stars were given for it.
    fn after(spent_minor: i64, stars: i64, paid_minor: i64) -> Facts {
        order(paid_minor).buyer_holds("spending", spent_minor, spent_minor).buyer_holds("stars", stars, stars)
    }

    fn granted(facts: &Facts) -> Vec<String> {
        facts.grants::<MembershipStars>(&coffee()).unwrap()
    }

    fn stars(facts: &Facts) -> Option<String> {
        granted(facts).into_iter().find(|told| told.contains(" stars, "))
    }

    #[test]
    fn thirty_and_thirty_are_one_star() {
        assert_eq!(granted(&order(3_000)), ["buyer: 3000 spending, 100% of paid, spent with this order"]);
        assert_eq!(
            granted(&after(3_000, 0, 3_000)),
            [
                "buyer: 3000 spending, 100% of paid, spent with this order",
                "buyer: 1 stars, 1 for each 5000 spending, what was spent in all"
            ],
        );
    }

    #[test]
    fn each_full_fifty_counts_and_no_cent_less() {
        let one = Some("buyer: 1 stars, 1 for each 5000 spending, what was spent in all".to_owned());
        assert_eq!(
            (stars(&order(4_999)), stars(&order(5_000)), stars(&order(9_999))),
            (None, one.clone(), one)
        );
        assert_eq!(
            stars(&order(25_050)).unwrap(),
            "buyer: 5 stars, 1 for each 5000 spending, what was spent in all"
        );
        assert!(granted(&order(0)).is_empty());
    }

    #[test]
    fn after_a_cancelled_order_a_star_is_not_given_again() {
        // The first 30.00 were cancelled after the second brought a star: 30.00 are left, and one star.
        assert_eq!(stars(&after(3_000, 1, 2_000)), None);
        assert_eq!(
            stars(&after(3_000, 1, 7_000)).unwrap(),
            "buyer: 1 stars, 1 for each 5000 spending, what was spent in all"
        );
    }

    #[test]
    fn the_card_brings_coupons_and_its_fee_no_star() {
        let card =
            Facts::order("A1").line("1", 1, 9_900).line_with(LineField::Kind, 2).with(OrderField::Paid, 0);
        assert_eq!(
            granted(&card),
            [
                "buyer: 1 coupon/FREE-CUP for 30 days, with the card",
                "buyer: 3 coupon/BUY-ONE-GET-ONE for 90 days, with the card",
            ],
        );
    }

    #[test]
    fn stars_raise_the_tier_of_a_buyer_who_is_a_party() {
        let party = |facts: Facts| {
            facts.party("b1", "consumer").party_with(PartyField::IsBuyer, 1).with(OrderField::BuyerParty, 0)
        };
        let tier = |facts| granted(&facts).into_iter().find(|told| told.contains("tier"));
        assert_eq!(tier(party(after(20_000, 4, 4_999))), None);
        let silver = "consumer b1: tier silver, by the stars earned in all";
        assert_eq!(tier(party(after(20_000, 4, 5_000))).unwrap(), silver);
        assert_eq!(tier(party(after(0, 0, 125_000))).unwrap(), silver.replace("silver", "gold"));
        assert_eq!(tier(after(20_000, 4, 5_000)), None);
    }

    #[test]
    fn tiers_that_do_not_rise_are_refused() {
        let problem =
            order(5_000).grants::<MembershipStars>(&coffee().number("tiers.1.stars", 5)).unwrap_err();
        assert_eq!(problem, "configure refused: the stars of the tiers do not rise");
    }

    #[test]
    fn nothing_but_a_paid_order_counts() {
        assert!(granted(&Facts::of_event("check_in")).is_empty());
    }
}
