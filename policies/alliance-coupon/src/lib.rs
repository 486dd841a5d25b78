//! A coupon that a partner hands out: an amount off for the buyer, and pay for the partner when it is used.
//!
//! The rule of shops that share their customers. The program names the coupon: the policy is asked only about orders that
//! present it, and the engine counts its uses and its budget.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct AllianceCoupon {
    off_minor: i64,
    from_minor: i64,
    role: Role,
    pays_minor: i64,
    rate: Option<Rate>,
    /// What the partner has in place of pay: one for each coupon that was used.
    swap: Option<Symbol>,
}

impl Policy for AllianceCoupon {
    fn configure(config: &Config) -> Configured<Self> {
        Ok(Self {
            off_minor: config.amount("off")?,
            from_minor: config.amount("from")?,
            role: config.role("role")?,
            pays_minor: config.amount("pays")?,
            rate: config.optional_rate("rate"),
            swap: config.optional_symbol("swap"),
        })
    }

    fn discounts(&self, order: &Order) -> Decided<Discount> {
        let counts = self.counts(order) && self.off_minor > 0;
        counts.then(|| discount(order.goods()).amount(self.off_minor).because("a partner's coupon")).into()
    }

    fn shares(&self, order: &Order) -> Decided<Share> {
        if self.swap.is_some() { Decided::none() } else { self.pay(order).into() }
    }

    fn grants(&self, occasion: &Occasion) -> Decided<GrantsEffect> {
        let order = occasion.order().filter(|_| occasion.kind() == Kind::ORDER_PAID);
        match (self.swap, order) {
            (Some(asset), Some(order)) => self.swapped(&order, asset).into(),
            _ => Decided::none(),
        }
    }
}

impl AllianceCoupon {
    /// By list price, so that other discounts do not decide whether the partner is paid.
    fn counts(&self, order: &Order) -> bool {
        order.amount(BaseKind::List).unwrap_or(0) >= self.from_minor.max(1)
    }

    /// The partner of an order that counts; a partner who uses the own coupon has the discount and no more.
    fn earner(&self, order: &Order) -> Result<Option<Party>, &'static str> {
        let partner =
            order.only_party_of(self.role)?.ok_or("the order does not say who handed the coupon out")?;
        let earns = self.counts(order) && partner.is_eligible() && !partner.is_buyer();
        Ok(earns.then_some(partner))
    }

    fn swapped(&self, order: &Order, asset: Symbol) -> Result<Option<GrantsEffect>, &'static str> {
        let earner = self.earner(order)?;
        Ok(earner
            .map(|partner| grant(asset, 1).to(partner).because("one coupon for one that was used").into()))
    }

    fn pay(&self, order: &Order) -> Result<Option<Share>, &'static str> {
        Ok(self.earner(order)?.map(|partner| {
            let paid_minor = order.amount(BaseKind::Paid).unwrap_or(0).max(0);
            let pay = match self.rate {
                Some(rate) => share(partner).of(order.paid()).at(rate),
                None if self.pays_minor <= paid_minor => share(partner).fixed(self.pays_minor),
                // Of an order of little, a set amount is all of it and no more.
                None => share(partner).fixed(self.pays_minor).at_most(paid_minor),
            };
            pay.because("handed out the coupon of this order")
        }))
    }
}

policy!(AllianceCoupon, hooks: [discounts, shares, grants], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::AllianceCoupon;
    use fenrun_sdk::testing::{Configuration, Facts, PartyField, configuration};

    /// The manifest's defaults, as the engine hands them over.
    fn wine() -> Configuration {
        configuration()
            .number("off", 2_000)
            .number("from", 10_000)
            .text("role", "partner")
            .number("pays", 500)
    }

    fn order(list_minor: i64) -> Facts {
        Facts::order("A1").line("1", 1, list_minor).party("tobacco-3", "partner")
    }

    fn off(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        facts.discounts::<AllianceCoupon>(configuration).unwrap()
    }

    fn pay(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        facts.shares::<AllianceCoupon>(configuration).unwrap()
    }

    #[test]
    fn the_buyer_has_a_discount_and_the_partner_pay() {
        let fixed = "partner tobacco-3: fixed 500, handed out the coupon of this order";
        assert_eq!(off(&order(10_000), &wine()), ["amount 2000 of all goods, a partner's coupon"]);
        assert_eq!(pay(&order(10_000), &wine()), [fixed]);
        assert_eq!(
            pay(&order(10_000), &wine().rate("rate", "3%")),
            ["partner tobacco-3: 3% of paid, handed out the coupon of this order"],
        );
    }

    #[test]
    fn below_the_least_there_is_neither() {
        assert!(off(&order(9_999), &wine()).is_empty() && pay(&order(9_999), &wine()).is_empty());
        assert!(off(&order(0), &wine().number("from", 0)).is_empty());
        assert!(off(&order(10_000), &wine().number("off", 0)).is_empty());
    }

    #[test]
    fn who_uses_the_own_coupon_or_may_not_be_paid_has_no_pay() {
        assert!(pay(&order(10_000).party_with(PartyField::IsBuyer, 1), &wine()).is_empty());
        assert!(pay(&order(10_000).party_with(PartyField::Eligible, 0), &wine()).is_empty());
    }

    #[test]
    fn a_set_amount_is_never_more_than_was_paid() {
        let free = wine().number("from", 0);
        assert_eq!(
            pay(&order(499), &free),
            ["partner tobacco-3: fixed 500, at most 499, handed out the coupon of this order"]
        );
        assert_eq!(
            pay(&order(500), &free),
            ["partner tobacco-3: fixed 500, handed out the coupon of this order"]
        );
    }

    #[test]
    fn one_coupon_is_swapped_for_one() {
        let swap = wine().text("swap", "wine-for-tobacco");
        let granted = |facts: &Facts| facts.grants::<AllianceCoupon>(&swap).unwrap();
        assert_eq!(
            granted(&order(10_000)),
            ["partner tobacco-3: 1 wine-for-tobacco, one coupon for one that was used"]
        );
        assert!(pay(&order(10_000), &swap).is_empty());
        assert!(granted(&order(9_999)).is_empty());
        assert!(order(10_000).grants::<AllianceCoupon>(&wine()).unwrap().is_empty());
    }

    #[test]
    fn a_coupon_of_nobody_is_refused() {
        let nobody = Facts::order("A1").line("1", 1, 10_000).shares::<AllianceCoupon>(&wine()).unwrap_err();
        assert_eq!(nobody, "refused: the order does not say who handed the coupon out");
    }
}
