//! A member sells in the community: the platform's fee first, then the promoter, and the seller has the rest.
//!
//! The rest is what earlier shares left, to the last cent: what rounding leaves of fee and promoter is the seller's. A
//! crowdfunded product that misses its target is unwound by cancelling its orders.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct MemberSeller {
    fee: Rate,
    promoter: Rate,
    promoter_role: Role,
    seller_role: Role,
}

impl Policy for MemberSeller {
    fn configure(config: &Config) -> Configured<Self> {
        let (promoter_role, seller_role) = (config.role("promoter_role")?, config.role("seller_role")?);
        if promoter_role == seller_role || [promoter_role, seller_role].contains(&Role::PLATFORM) {
            return Err(Refusal::new("platform, promoter and seller are three roles"));
        }
        Ok(Self { fee: config.rate("fee")?, promoter: config.rate("promoter")?, promoter_role, seller_role })
    }

    fn shares(&self, order: &Order) -> Decided<Share> {
        self.parts(order).into()
    }
}

impl MemberSeller {
    fn parts(&self, order: &Order) -> Result<impl Iterator<Item = Share>, &'static str> {
        // Without one of these two, the other would have money that is not its own.
        let platform = order.only_party_of(Role::PLATFORM)?.ok_or("the order names no platform")?;
        let seller = order.only_party_of(self.seller_role)?.ok_or("the order names no member who sells")?;
        if !platform.is_eligible() || !seller.is_eligible() {
            return Err("the platform or the member who sells may not be paid");
        }
        let promoter = order.only_party_of(self.promoter_role)?;
        let earns = |promoter: &Party| promoter.is_eligible() && !promoter.is_buyer();
        let parts = [
            Some((platform, order.paid(), self.fee, "the platform's fee")),
            promoter
                .filter(earns)
                .map(|promoter| (promoter, order.paid(), self.promoter, "brought the buyer")),
            Some((seller, order.left(), Rate::ONE, "sold it: what is left")),
        ];
        Ok(parts
            .into_iter()
            .flatten()
            .map(|(party, base, rate, reason)| share(party).of(base).at(rate).because(reason)))
    }
}

policy!(MemberSeller, hooks: [shares], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::MemberSeller;
    use fenrun_sdk::testing::{Configuration, Facts, PartyField, configuration};

    const FEE: &str = "platform town: 10% of paid, the platform's fee";
    const BROUGHT: &str = "referrer r1: 5% of paid, brought the buyer";
    const REST: &str = "merchant m1: 100% of left, sold it: what is left";

    /// The manifest's defaults, as the engine hands them over.
    fn community() -> Configuration {
        let rates = configuration().rate("fee", "10%").rate("promoter", "5%");
        rates.text("promoter_role", "referrer").text("seller_role", "merchant")
    }

    fn order() -> Facts {
        Facts::order("A1").line("1", 1, 999).party("m1", "merchant").party("town", "platform")
    }

    fn asked(facts: &Facts) -> Result<Vec<String>, String> {
        facts.shares::<MemberSeller>(&community())
    }

    #[test]
    fn the_fee_comes_first_and_the_seller_has_the_rest() {
        assert_eq!(asked(&order()).unwrap(), [FEE, REST]);
        assert_eq!(asked(&order().party("r1", "referrer")).unwrap(), [FEE, BROUGHT, REST]);
    }

    #[test]
    fn a_promoter_who_buys_or_may_not_be_paid_leaves_the_part_to_the_seller() {
        let promoter = |field, value| order().party("r1", "referrer").party_with(field, value);
        assert_eq!(asked(&promoter(PartyField::IsBuyer, 1)).unwrap(), [FEE, REST]);
        assert_eq!(asked(&promoter(PartyField::Eligible, 0)).unwrap(), [FEE, REST]);
    }

    #[test]
    fn the_three_are_three_and_may_be_paid() {
        let barred = order().party_with(PartyField::Eligible, 0);
        assert_eq!(
            asked(&barred).unwrap_err(),
            "refused: the platform or the member who sells may not be paid"
        );
        for one in
            [community().text("seller_role", "platform"), community().text("promoter_role", "merchant")]
        {
            let problem = order().shares::<MemberSeller>(&one).unwrap_err();
            assert_eq!(problem, "configure refused: platform, promoter and seller are three roles");
        }
    }

    #[test]
    fn nobody_has_what_is_not_theirs() {
        let no_seller = Facts::order("A1").line("1", 1, 999).party("town", "platform");
        assert_eq!(asked(&no_seller).unwrap_err(), "refused: the order names no member who sells");
        let no_platform = Facts::order("A1").line("1", 1, 999).party("m1", "merchant");
        assert_eq!(asked(&no_platform).unwrap_err(), "refused: the order names no platform");
        let two = order().party("m2", "merchant");
        assert_eq!(
            asked(&two).unwrap_err(),
            "refused: the order names several parties of a role that one may have"
        );
    }
}
