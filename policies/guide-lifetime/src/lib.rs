//! A guide earns on every purchase of the customers bound to it, for as long as the binding lasts.
//!
//! The rule of a date seller whose shop guides bring the customers in: 5 % of what they pay, in every shop of the
//! brand, and if so configured a part for the store. Who is bound to whom is the engine's to know; the order names
//! the guide.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct GuideLifetime {
    role: Role,
    rate: Rate,
    base: BaseKind,
    from_order: i64,
    bound_days: Option<i64>,
    self_purchase: bool,
    store: Option<(Role, Rate)>,
}

impl Policy for GuideLifetime {
    fn configure(config: &Config) -> Configured<Self> {
        let store = config.table("store");
        Ok(Self {
            role: config.role("role")?,
            rate: config.rate("rate")?,
            base: config.base("base")?,
            from_order: config.integer("from_order")?,
            bound_days: config.optional_integer("bound_days"),
            self_purchase: config.flag("self_purchase")?,
            store: match store.optional_rate("rate") {
                Some(rate) => Some((store.role("role")?, rate)),
                None => None,
            },
        })
    }

    fn shares(&self, order: &Order) -> Decided<Share> {
        if order.buyer().order_number() < self.from_order {
            return Decided::none();
        }
        self.earners(order).into()
    }
}

impl GuideLifetime {
    fn earners(&self, order: &Order) -> Result<impl Iterator<Item = Share>, &'static str> {
        let guide = match order.only_party_of(self.role)? {
            Some(guide) if self.still_bound(guide)? => Some(guide),
            _ => None,
        };
        let store = match (guide, self.store) {
            (Some(_), Some((role, rate))) => order.only_party_of(role)?.map(|store| (store, rate)),
            _ => None,
        };
        let pays = |(party, rate), reason| share(party).of(order.base(self.base)).at(rate).because(reason);
        let guide = guide
            .filter(|guide| guide.is_eligible() && (self.self_purchase || !guide.is_buyer()))
            .map(|guide| pays((guide, self.rate), "the buyer is bound to this guide"));
        let store = store
            .filter(|(store, _)| store.is_eligible())
            .map(|store| pays(store, "the store of a guide's customer"));
        Ok(guide.into_iter().chain(store))
    }

    fn still_bound(&self, guide: Party) -> Result<bool, &'static str> {
        match (self.bound_days, guide.bound_days()) {
            (None, _) => Ok(true),
            (Some(lasts), Some(since)) => Ok(since < lasts),
            (Some(_), None) => Err("it is not known since when the buyer is bound"),
        }
    }
}

policy!(GuideLifetime, hooks: [shares], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::GuideLifetime;
    use fenrun_sdk::BaseKind;
    use fenrun_sdk::testing::{Configuration, Facts, PartyField, configuration};

    const EARNS: &str = "guide g1: 5% of paid, the buyer is bound to this guide";
    const STORE_EARNS: &str = "store shop-7: 2% of paid, the store of a guide's customer";

    /// The manifest's defaults, as the engine hands them over.
    fn date_seller() -> Configuration {
        configuration()
            .text("role", "guide")
            .rate("rate", "5%")
            .base("base", BaseKind::Paid)
            .number("from_order", 1)
            .flag("self_purchase", false)
    }

    fn with_store() -> Configuration {
        date_seller().text("store.role", "store").rate("store.rate", "2%")
    }

    fn order() -> Facts {
        Facts::order("A1").line("1", 2, 9_900).seller("s1").party("g1", "guide")
    }

    fn asked(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        facts.shares::<GuideLifetime>(configuration).unwrap()
    }

    #[test]
    fn the_guide_earns_on_the_first_purchase_and_on_the_thousandth() {
        for number in [1, 2, 1_000] {
            assert_eq!(asked(&order().order_number(number), &date_seller()), [EARNS]);
        }
    }

    #[test]
    fn from_which_order_on_is_configured() {
        let from_third = date_seller().number("from_order", 3);
        assert!(asked(&order().order_number(2), &from_third).is_empty());
        assert_eq!(asked(&order().order_number(3), &from_third), [EARNS]);
    }

    #[test]
    fn nobody_earns_on_a_buyer_who_is_not_bound() {
        let unbound = Facts::order("A1").line("1", 1, 9_900).seller("s1").party("shop-7", "store");
        assert!(asked(&unbound, &with_store()).is_empty());
    }

    #[test]
    fn a_binding_ends_when_its_days_are_over() {
        let year = with_store().number("bound_days", 365);
        let after = |days| order().party_with(PartyField::BoundDays, days).party("shop-7", "store");
        assert_eq!(asked(&after(0), &year), [EARNS, STORE_EARNS]);
        assert_eq!(asked(&after(364), &year), [EARNS, STORE_EARNS]);
        assert!(asked(&after(365), &year).is_empty());
        assert_eq!(asked(&after(36_500), &with_store()), [EARNS, STORE_EARNS]);
    }

    #[test]
    fn a_binding_of_unknown_age_is_refused_where_age_matters() {
        let problem = order().shares::<GuideLifetime>(&date_seller().number("bound_days", 365)).unwrap_err();
        assert_eq!(problem, "refused: it is not known since when the buyer is bound");
    }

    #[test]
    fn a_guide_who_buys_earns_only_where_that_is_allowed() {
        let own = order().party_with(PartyField::IsBuyer, 1).party("shop-7", "store");
        assert_eq!(asked(&own, &with_store()), [STORE_EARNS]);
        assert_eq!(asked(&own, &with_store().flag("self_purchase", true)), [EARNS, STORE_EARNS]);
    }

    #[test]
    fn who_may_not_be_paid_is_left_out() {
        let guide_left = order().party_with(PartyField::Eligible, 0).party("shop-7", "store");
        assert_eq!(asked(&guide_left, &with_store()), [STORE_EARNS]);
        let store_left = order().party("shop-7", "store").party_with(PartyField::Eligible, 0);
        assert_eq!(asked(&store_left, &with_store()), [EARNS]);
    }

    #[test]
    fn the_configuration_says_which_store_earns() {
        let both = order().party("shop-7", "store").party("home-1", "channel");
        assert_eq!(asked(&both, &with_store()), [EARNS, STORE_EARNS]);
        assert_eq!(
            asked(&both, &with_store().text("store.role", "channel")),
            [EARNS, "channel home-1: 2% of paid, the store of a guide's customer"],
        );
        assert_eq!(asked(&order(), &with_store()), [EARNS]);
    }

    #[test]
    fn one_person_who_sells_and_guides_earns_here_as_the_guide() {
        let same = Facts::order("A1").line("1", 1, 9_900).seller("g1").party("g1", "guide");
        assert_eq!(asked(&same, &date_seller()), [EARNS]);
    }

    #[test]
    fn two_guides_are_refused_rather_than_guessed_at() {
        let problem = order().party("g2", "guide").shares::<GuideLifetime>(&date_seller()).unwrap_err();
        assert_eq!(problem, "refused: the order names several parties of a role that one may have");
    }

    #[test]
    fn a_missing_rate_is_refused_with_its_path() {
        let problem = order().shares::<GuideLifetime>(&configuration().text("role", "guide")).unwrap_err();
        assert_eq!(problem, "configure refused: the configuration has no rate `rate`");
        let no_role = date_seller().rate("store.rate", "2%");
        let problem = order().shares::<GuideLifetime>(&no_role).unwrap_err();
        assert_eq!(problem, "configure refused: the configuration has no role `store.role`");
    }
}
