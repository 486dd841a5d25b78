//! A designer or licensor has a rate of what its works sell, and at least a guarantee in each period.
//!
//! The rule of a toy maker whose fans' ideas become products: 1 % of the sales to whoever had the idea. A licensor has a
//! rate with a minimum guarantee: what the period's shares lack of it is added when the period closes.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::{ShareTerms, prelude::*};

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct Royalty {
    base: BaseKind,
    contracts: List<Contract, 16>,
}

#[derive(Clone, Copy, Debug)]
struct Contract {
    role: Role,
    rate: Rate,
    tag: Option<Symbol>,
    guarantee_minor: Option<i64>,
}

impl Contract {
    /// Whether a party is the one of this contract.
    fn binds(self, party: Party) -> bool {
        party.role() == self.role && self.tag.is_none_or(|tag| party.tagged(tag))
    }

    /// The first party of an order that is the one of this contract.
    fn party(self, order: &Order) -> Option<Party> {
        order.parties().find(|party| self.binds(*party))
    }

    /// What counts as its works; nothing where the order has none of them.
    fn works(self, order: &Order) -> Option<Goods> {
        let Some(tag) = self.tag else { return Some(order.goods()) };
        let is_work = |line: Line| line.is_goods() && line.tagged(tag);
        order.lines().any(is_work).then(|| order.group(is_work))
    }
}

impl Policy for Royalty {
    fn configure(config: &Config) -> Configured<Self> {
        let contracts = config.list("contracts", |contract| {
            Ok(Contract {
                role: contract.role("role")?,
                rate: contract.rate("rate")?,
                tag: contract.optional_symbol("tag"),
                guarantee_minor: contract.optional_amount("guarantee"),
            })
        })?;
        Ok(Self { base: config.base("base")?, contracts })
    }

    fn shares(&self, order: &Order) -> Decided<Share> {
        (0..)
            .zip(&self.contracts)
            .filter_map(|(place, contract)| self.royalty(order, place, contract))
            .collect()
    }

    fn period(&self, period: &Period) -> Decided<PeriodEffect> {
        let party = period.party();
        let own = self.contracts.iter().filter(|contract| contract.binds(party) && party.is_eligible());
        let guarantees = own.filter_map(|contract| contract.guarantee_minor);
        let guarantee_minor = guarantees.reduce(i64::saturating_add);
        let lacking = |amount_minor| bonus().fixed(amount_minor).less(PeriodBase::AccruedHere);
        guarantee_minor
            .map(|minor| lacking(minor).because("the guarantee, less what the period's sales gave"))
            .into()
    }
}

impl Royalty {
    /// The share of a contract's party: of all its contracts, so that it is paid once for each, and rounded once.
    fn royalty(&self, order: &Order, place: usize, contract: Contract) -> Option<Share> {
        let party = contract.party(order).filter(|party| party.is_eligible())?;
        let is_its = |other: &Contract| other.party(order) == Some(party);
        if self.contracts.iter().take(place).any(|earlier| is_its(&earlier)) {
            return None;
        }
        let mut terms: Option<ShareTerms> = None;
        for contract in self.contracts.iter().skip(place).filter(is_its) {
            if let Some(works) = contract.works(order) {
                let base = works.base(self.base);
                let of = terms.map_or_else(|| share(party).of(base), |terms| terms.plus(base));
                terms = Some(of.at(contract.rate));
            }
        }
        terms.map(|terms| terms.because("the royalty for its works"))
    }
}

policy!(Royalty, hooks: [shares, period], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::Royalty;
    use fenrun_sdk::BaseKind;
    use fenrun_sdk::testing::{Configuration, Facts, PartyField, configuration};

    /// The manifest's defaults, as the engine hands them over.
    fn toys() -> Configuration {
        configuration()
            .base("base", BaseKind::Paid)
            .length("contracts", 1)
            .text("contracts.0.role", "designer")
            .rate("contracts.0.rate", "1%")
    }

    /// Two works of two designers, and a mark on both.
    fn works() -> Configuration {
        let three = toys().text("contracts.0.tag", "robot").length("contracts", 3);
        let two = three.text("contracts.1.role", "designer").rate("contracts.1.rate", "2%");
        let mark = two.text("contracts.1.tag", "kite").text("contracts.2.role", "licensor");
        mark.rate("contracts.2.rate", "8%").number("contracts.2.guarantee", 1_000_000)
    }

    fn order() -> Facts {
        let robot = Facts::order("A1").line("1", 1, 10_000).line_tag("robot");
        robot.line("2", 1, 5_000).line_tag("kite").line("3", 1, 700)
    }

    fn asked(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        let why = ", the royalty for its works";
        let sentences = facts.shares::<Royalty>(configuration).unwrap();
        sentences.iter().map(|told| told.strip_suffix(why).unwrap().to_owned()).collect()
    }

    #[test]
    fn the_designer_has_a_rate_of_the_sale() {
        assert_eq!(asked(&order().party("d1", "designer"), &toys()), ["designer d1: 1% of paid"]);
        assert!(asked(&order(), &toys()).is_empty());
        assert!(
            asked(&order().party("d1", "designer").party_with(PartyField::Eligible, 0), &toys()).is_empty()
        );
    }

    #[test]
    fn each_has_a_rate_of_its_own_works() {
        let named =
            order().party("d1", "designer").party_tag("robot").party("d2", "designer").party_tag("kite");
        assert_eq!(
            asked(&named.clone().party("l1", "licensor"), &works()),
            [
                "designer d1: 1% of paid of lines 1",
                "designer d2: 2% of paid of lines 2",
                "licensor l1: 8% of paid"
            ],
        );
        let plain = Facts::order("A1").line("1", 1, 700).party("d1", "designer").party_tag("robot");
        assert!(asked(&plain, &works()).is_empty(), "none of its works was sold");
        assert!(
            asked(&order().party("d1", "designer"), &works()).is_empty(),
            "whose works they are is not said"
        );
    }

    #[test]
    fn who_has_several_contracts_has_one_share_of_them() {
        let both = works().text("contracts.2.role", "designer");
        let named = order().party("d1", "designer").party_tag("robot").party_tag("kite");
        assert_eq!(
            asked(&named, &both),
            ["designer d1: 1% of paid of lines 1 + 2% of paid of lines 2 + 8% of paid"]
        );
        let closed =
            Facts::of_period("d1", "designer").period::<Royalty>(&both.number("contracts.1.guarantee", 5));
        assert!(closed.unwrap()[0].starts_with("designer d1: fixed 1000000 less"), "it has not the tag");
    }

    #[test]
    fn what_the_sales_lack_of_the_guarantee_is_added_at_the_close() {
        let closed = |role| Facts::of_period("l1", role).period::<Royalty>(&works()).unwrap();
        assert_eq!(
            closed("licensor"),
            [
                "licensor l1: fixed 1000000 less 100% of accrued_here, the guarantee, less what the period's sales gave"
            ],
        );
        assert!(closed("designer").is_empty() && closed("seller").is_empty());
        let barred = Facts::of_period("l1", "licensor").party_with(PartyField::Eligible, 0);
        assert!(barred.period::<Royalty>(&works()).unwrap().is_empty());
    }
}
