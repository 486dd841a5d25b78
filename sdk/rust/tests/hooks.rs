//! The hooks `period` and `grants`, as an author sees them, tried natively.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

use fenrun_sdk::testing::{Facts, PeriodField, configuration};
use fenrun_sdk::{Window, prelude::*};

/// A month's bonuses: by the own volume, by the group's, a pool, a prize for the best three, and a tier.
#[derive(Clone, Copy)]
struct Month {
    gold: Symbol,
}

impl Policy for Month {
    fn configure(config: &Config) -> Configured<Self> {
        Ok(Self { gold: config.word("gold") })
    }

    fn period(&self, period: &Period) -> Decided<PeriodEffect> {
        if period.window() != Some(Window::Month) {
            return Decided::refuse("paid by the month");
        }
        let own = bonus()
            .of(PeriodBase::Volume)
            .at(Rate::percent(2))
            .plus(PeriodBase::GroupVolume)
            .between(100_000, i64::MAX, Rate::percent(1))
            .less(PeriodBase::Accrued)
            .at_most(50_000)
            .because("volume bonus");
        let decided = Decided::none().with(own);
        let best = period.rank().is_some_and(|rank| rank <= 3) && period.ranked() > 3;
        let decided = if best { decided.with(bonus().fixed(8_800).because("best three")) } else { decided };
        if period.volume() >= 500_000 && period.party().tier() != self.gold {
            return decided.with(tier(period.party(), self.gold).because("5,000 in a month"));
        }
        decided
    }
}

#[test]
fn a_month_closes() {
    let month = Facts::of_period("s1", "seller")
        .period_with(PeriodField::Volume, 500_000)
        .period_with(PeriodField::Ranked, 12);
    let volume = "seller s1: 2% of volume + 1% of group_volume above 100000 less 100% of accrued, \
                  at most 50000, volume bonus";
    let gold = "seller s1: tier gold, 5,000 in a month";
    assert_eq!(month.period::<Month>(&configuration()).unwrap(), [volume, gold]);
    let best = month.period_with(PeriodField::Rank, 3);
    assert_eq!(
        best.period::<Month>(&configuration()).unwrap(),
        [volume, "seller s1: fixed 8800, best three", gold],
    );
    let year = best.period_with(PeriodField::Window, i64::from(Window::Year.id()));
    assert_eq!(year.period::<Month>(&configuration()).unwrap_err(), "refused: paid by the month");
}

/// Stars for what a buyer does, and a tier for ten of them.
#[derive(Clone, Copy)]
struct Stars {
    stars: Symbol,
    streak: Symbol,
    silver: Symbol,
    review: Symbol,
}

impl Policy for Stars {
    fn configure(config: &Config) -> Configured<Self> {
        Ok(Self {
            stars: config.word("stars"),
            streak: config.word("streak"),
            silver: config.word("silver"),
            review: config.word("review.posted"),
        })
    }

    fn grants(&self, occasion: &Occasion) -> Decided<GrantsEffect> {
        match occasion.kind() {
            Kind::ORDER_PAID => self.for_order(occasion),
            Kind::RELATION_BOUND => {
                let guide = occasion.party().filter(|_| occasion.relation() == Some(Role::GUIDE));
                guide.map(|guide| grant(self.stars, 2).to(guide).because("a new customer")).into()
            }
            Kind::CHECK_IN => {
                let days = occasion.attribute(self.streak).number().unwrap_or(1);
                grant(self.stars, days).to_buyer().expires_in(90).because("checked in").into()
            }
            kind if kind == Kind::of(self.review) => {
                grant(self.stars, 5).to_buyer().because("a review").into()
            }
            _ => Decided::none(),
        }
    }
}

impl Stars {
    fn for_order(&self, occasion: &Occasion) -> Decided<GrantsEffect> {
        let Some(order) = occasion.order() else { return Decided::refuse("an order without an order") };
        let units = order.amount(BaseKind::Paid).unwrap_or(0) / 1_000;
        let decided = Decided::none().with(grant(self.stars, units).to_buyer().because("one for each 10"));
        let earned = occasion.buyer().earned(self.stars);
        let seller = occasion.party().filter(|seller| seller.held(self.stars) == 0 && earned >= 10);
        match seller {
            Some(seller) => decided.with(tier(seller, self.silver).because("a regular's seller")),
            None => decided,
        }
    }
}

fn granted(facts: &Facts) -> Vec<String> {
    facts.grants::<Stars>(&configuration()).unwrap()
}

#[test]
fn units_for_what_happened() {
    let order = Facts::order("A1").line("1", 1, 9_990).seller("s1");
    assert_eq!(granted(&order), ["buyer: 9 stars, one for each 10"]);
    let regular = order.buyer_holds("stars", 0, 10);
    assert_eq!(
        granted(&regular),
        ["buyer: 9 stars, one for each 10", "seller s1: tier silver, a regular's seller"]
    );
    assert_eq!(granted(&regular.clone().party_holds("stars", 1, 1)).len(), 1);

    let bound = Facts::of_event("relation.bound").party("g1", "guide").concerning("g1");
    assert!(granted(&bound).is_empty());
    assert_eq!(granted(&bound.bound_as("guide")), ["guide g1: 2 stars, a new customer"]);

    assert_eq!(granted(&Facts::of_event("check_in")), ["buyer: 1 stars for 90 days, checked in"]);
    assert_eq!(granted(&Facts::of_event("review.posted")), ["buyer: 5 stars, a review"]);
    assert!(granted(&Facts::of_event("day.closed")).is_empty());
}

#[test]
fn an_event_has_no_order_and_a_day_may_concern_nobody() {
    #[derive(Clone, Copy)]
    struct Looks;
    impl Policy for Looks {
        fn configure(_config: &Config) -> Configured<Self> {
            Ok(Self)
        }
        fn grants(&self, occasion: &Occasion) -> Decided<GrantsEffect> {
            match (occasion.order(), occasion.party(), occasion.has_buyer()) {
                (None, None, true) => Decided::refuse("somebody, no order, no party"),
                _ => Decided::none(),
            }
        }
    }
    let refused = Facts::of_event("day.closed").grants::<Looks>(&configuration()).unwrap_err();
    assert_eq!(refused, "refused: somebody, no order, no party");
    assert!(Facts::order("A1").seller("s1").grants::<Looks>(&configuration()).unwrap().is_empty());
}
