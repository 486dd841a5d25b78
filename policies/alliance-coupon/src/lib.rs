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
}

impl Policy for AllianceCoupon {
    fn configure(config: &Config) -> Configured<Self> {
        Ok(Self {
            off_minor: config.amount("off")?,
            from_minor: config.amount("from")?,
            role: config.role("role")?,
            pays_minor: config.amount("pays")?,
            rate: config.optional_rate("rate"),
        })
    }

    fn discounts(&self, order: &Order) -> Decided<Discount> {
        let counts = self.counts(order) && self.off_minor > 0;
        counts.then(|| discount(order.goods()).amount(self.off_minor).because("a partner's coupon")).into()
    }

    fn shares(&self, order: &Order) -> Decided<Share> {
        self.pay(order).into()
    }
}

impl AllianceCoupon {
    /// By list price, so that other discounts do not decide whether the partner is paid.
    fn counts(&self, order: &Order) -> bool {
        order.amount(BaseKind::List).unwrap_or(0) >= self.from_minor.max(1)
    }

    fn pay(&self, order: &Order) -> Result<Option<Share>, &'static str> {
        let partner =
            order.only_party_of(self.role)?.ok_or("the order does not say who handed the coupon out")?;
        // A partner who uses the own coupon has the discount and no pay.
        let earns = self.counts(order) && partner.is_eligible() && !partner.is_buyer();
        Ok(earns.then(|| {
            let pay = match self.rate {
                Some(rate) => share(partner).of(order.paid()).at(rate),
                None => share(partner).fixed(self.pays_minor),
            };
            pay.because("handed out the coupon of this order")
        }))
    }
}

policy!(AllianceCoupon, hooks: [discounts, shares], manifest: include_str!("../manifest.json"));

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
    fn a_coupon_of_nobody_is_refused() {
        let nobody = Facts::order("A1").line("1", 1, 10_000).shares::<AllianceCoupon>(&wine()).unwrap_err();
        assert_eq!(nobody, "refused: the order does not say who handed the coupon out");
    }
}
