//! Of the commission that a platform pays for an order, a part goes back to the buyer and a part to the promoter.
//!
//! The rule of a county courier whose users shop on big platforms through shared links. The commission is the margin of
//! the order: its lines cost what is passed on to the platform. Where a buyer may not be paid, points do the same.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct Rebate {
    base: BaseKind,
    buyer: Rate,
    promoter: Rate,
    role: Role,
    points: Option<Points>,
}

#[derive(Clone, Copy, Debug)]
struct Points {
    asset: Symbol,
    worth_minor: i64,
    /// Points for each minor unit of the commission.
    each: Rate,
    days: Option<u32>,
}

impl Policy for Rebate {
    fn configure(config: &Config) -> Configured<Self> {
        let (base, buyer) = (config.base("base")?, config.rate("buyer")?);
        let gives_points = config.choice("pays")? == 1;
        if gives_points && base == BaseKind::Left {
            return Err(Refusal::new(
                "points are not of what other shares left: they could not be taken back",
            ));
        }
        let worth_minor = config.optional_amount("point").unwrap_or(1);
        let each = Rate::new(1, worth_minor)
            .map_err(|_| Refusal::new("a point that is worth nothing has no number"))?
            .checked_mul(buyer)
            .map_err(|_| Refusal::new("the buyer's part is too fine for points of this worth"))?;
        let days = config.optional_integer("point_days").and_then(|days| u32::try_from(days).ok());
        let points = Points { asset: config.symbol("asset")?, worth_minor, each, days };
        Ok(Self {
            base,
            buyer,
            promoter: config.rate("promoter")?,
            role: config.role("role")?,
            points: gives_points.then_some(points),
        })
    }

    fn shares(&self, order: &Order) -> Decided<Share> {
        self.parts(order).into()
    }

    fn grants(&self, occasion: &Occasion) -> Decided<GrantsEffect> {
        let order = occasion.order().filter(|_| occasion.kind() == Kind::ORDER_PAID);
        let (Some(points), Some(order)) = (self.points, order) else { return Decided::none() };
        let Some(commission_minor) = order.amount(self.base) else {
            return Decided::refuse("the commission is not known: a line has no cost");
        };
        let units = units_for(commission_minor, self.buyer, points.worth_minor).filter(|units| *units > 0);
        units
            .map(|units| grant(points.asset, units).to_buyer())
            .map(|points_back| match points.days {
                Some(days) => points_back.expires_in(days),
                None => points_back,
            })
            .map(|points_back| points_back.because("the buyer's part of the commission"))
            .map(|points_back| points_back.earned_by(order.base(self.base), points.each))
            .into()
    }
}

impl Rebate {
    fn parts(&self, order: &Order) -> Result<impl Iterator<Item = Share>, &'static str> {
        let promoter = order.only_party_of(self.role)?.filter(|promoter| !promoter.is_buyer());
        let buyer = match self.points {
            None => order.parties_of(Role::CONSUMER).find(|party| party.is_buyer()),
            Some(_) => None,
        };
        let part = |party: Option<Party>, rate, reason| {
            let party = party.filter(|party| party.is_eligible());
            party.map(|party| share(party).of(order.base(self.base)).at(rate).because(reason))
        };
        let back = part(buyer, self.buyer, "the buyer's part of the commission");
        let earned = part(promoter, self.promoter, "the promoter's part of the commission");
        Ok(back.into_iter().chain(earned))
    }
}

policy!(Rebate, hooks: [shares, grants], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::Rebate;
    use fenrun_sdk::BaseKind;
    use fenrun_sdk::testing::{Configuration, Facts, OrderField, PartyField, configuration};

    const BACK: &str = "consumer b1: 50% of margin, the buyer's part of the commission";
    const EARNED: &str = "referrer r1: 20% of margin, the promoter's part of the commission";

    /// The manifest's defaults, as the engine hands them over.
    fn courier() -> Configuration {
        configuration()
            .base("base", BaseKind::Margin)
            .rate("buyer", "50%")
            .rate("promoter", "20%")
            .text("role", "referrer")
            .number("pays", 0)
            .text("asset", "points")
    }

    fn points() -> Configuration {
        courier().number("pays", 1)
    }

    fn bought(commission_minor: i64) -> Facts {
        let order = Facts::order("A1").line("1", 1, 10_000).with(OrderField::Margin, commission_minor);
        order.party("b1", "consumer").party_with(PartyField::IsBuyer, 1).party("r1", "referrer")
    }

    fn paid(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        facts.shares::<Rebate>(configuration).unwrap()
    }

    #[test]
    fn buyer_and_promoter_share_in_the_commission() {
        assert_eq!(paid(&bought(800), &courier()), [BACK, EARNED]);
        let alone = Facts::order("A1").line("1", 1, 10_000).party("r1", "referrer");
        assert_eq!(paid(&alone, &courier()), [EARNED], "the buyer is no party");
        let other = Facts::order("A1").party("b9", "consumer");
        assert!(paid(&other, &courier()).is_empty(), "a consumer who is not the buyer");
    }

    #[test]
    fn who_buys_through_the_own_link_has_the_rebate_and_no_more() {
        let own = bought(800).party_with(PartyField::IsBuyer, 1);
        assert_eq!(paid(&own, &courier()), [BACK]);
        let barred = bought(800).party_with(PartyField::Eligible, 0);
        assert_eq!(paid(&barred, &courier()), [BACK]);
    }

    #[test]
    fn points_in_place_of_money() {
        assert_eq!(paid(&bought(800), &points()), [EARNED]);
        let granted =
            |facts: Facts, configuration: &Configuration| facts.grants::<Rebate>(configuration).unwrap();
        assert_eq!(
            granted(bought(800), &points()),
            ["buyer: 400 points, 50% of margin, the buyer's part of the commission"]
        );
        assert_eq!(
            granted(bought(3), &points()),
            ["buyer: 1 points, 50% of margin, the buyer's part of the commission"]
        );
        assert!(granted(bought(1), &points()).is_empty(), "half a point is none");
        assert!(granted(bought(0), &points()).is_empty());
        assert!(granted(bought(800), &courier()).is_empty());
        let year = points().number("point", 10).number("point_days", 365);
        assert_eq!(
            granted(bought(800), &year),
            ["buyer: 40 points for 365 days, 5% of margin, the buyer's part of the commission"],
        );
        assert!(Facts::of_event("check_in").grants::<Rebate>(&points()).unwrap().is_empty());
    }

    #[test]
    fn a_commission_that_is_not_known_is_refused() {
        let unknown = Facts::order("A1").line("1", 1, 10_000).grants::<Rebate>(&points()).unwrap_err();
        let nothing = bought(800).grants::<Rebate>(&points().number("point", 0)).unwrap_err();
        assert_eq!(nothing, "configure refused: a point that is worth nothing has no number");
        assert_eq!(unknown, "refused: the commission is not known: a line has no cost");
    }
}
