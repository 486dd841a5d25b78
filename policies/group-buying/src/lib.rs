//! The more people are in the group, the lower the price; the leader earns on the group.
//!
//! How many they are, the order says. A group that does not form is unwound by cancelling its orders.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct GroupBuying {
    attribute: Symbol,
    steps: List<(i64, Rate), 12>,
    categories: List<Symbol, 16>,
    role: Role,
    leader: Rate,
    base: BaseKind,
}

impl Policy for GroupBuying {
    fn configure(config: &Config) -> Configured<Self> {
        let steps: List<(i64, Rate), 12> =
            config.list("steps", |step| Ok((step.integer("size")?, step.rate("rate")?)))?;
        if !steps.as_slice().is_sorted_by(|(low, _), (high, _)| low < high) {
            return Err(Refusal::new("the sizes of the steps do not rise"));
        }
        Ok(Self {
            attribute: config.symbol("attribute")?,
            steps,
            categories: config.symbols("categories")?,
            role: config.role("role")?,
            leader: config.rate("leader")?,
            base: config.base("base")?,
        })
    }

    fn discounts(&self, order: &Order) -> Decided<Discount> {
        let (goods, price_minor) = order.goods_in(&self.categories);
        let rate = self.reached(order).filter(|_| price_minor > 0);
        rate.map(|rate| discount(goods).percent(rate).because("by the size of the group")).into()
    }

    fn shares(&self, order: &Order) -> Decided<Share> {
        self.led(order).into()
    }
}

impl GroupBuying {
    /// What is taken off for a group of this size; `None` where it has not formed.
    fn reached(&self, order: &Order) -> Option<Rate> {
        let size = order.attribute(self.attribute).number()?;
        self.steps.iter().rfind(|(from, _)| size >= *from).map(|(_, rate)| rate)
    }

    fn led(&self, order: &Order) -> Result<Option<Share>, &'static str> {
        let leader = order.only_party_of(self.role)?.filter(|leader| leader.is_eligible());
        let formed = leader.filter(|_| self.reached(order).is_some());
        Ok(formed
            .map(|leader| share(leader).of(order.base(self.base)).at(self.leader).because("leads the group")))
    }
}

policy!(GroupBuying, hooks: [discounts, shares], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::GroupBuying;
    use fenrun_sdk::BaseKind;
    use fenrun_sdk::testing::{Configuration, Facts, PartyField, configuration};

    /// The manifest's defaults, as the engine hands them over.
    fn village() -> Configuration {
        let start =
            configuration().text("attribute", "group_size").length("steps", 3).length("categories", 0);
        let steps =
            (0..).zip([(3, "10%"), (10, "20%"), (50, "30%")]).fold(start, |all, (place, (size, rate))| {
                all.number(&format!("steps.{place}.size"), size).rate(&format!("steps.{place}.rate"), rate)
            });
        steps.text("role", "leader").rate("leader", "10%").base("base", BaseKind::Paid)
    }

    fn order(size: i64) -> Facts {
        let fruit = Facts::order("A1").line_of("1", Some("fruit"), 1, 10_000);
        fruit.attribute_number("group_size", size).party("l1", "leader")
    }

    fn off(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        facts.discounts::<GroupBuying>(configuration).unwrap()
    }

    fn led(facts: &Facts) -> Vec<String> {
        facts.shares::<GroupBuying>(&village()).unwrap()
    }

    #[test]
    fn the_price_steps_with_the_size() {
        for (size, rate) in [(3, "10%"), (9, "10%"), (10, "20%"), (49, "20%"), (50, "30%"), (999, "30%")] {
            assert_eq!(
                off(&order(size), &village()),
                [format!("{rate} of all goods, by the size of the group")]
            );
        }
        for size in [0, 1, 2] {
            assert!(off(&order(size), &village()).is_empty() && led(&order(size)).is_empty());
        }
        let fruit = village().length("categories", 1).text("categories.0", "fruit");
        assert_eq!(off(&order(3), &fruit), ["10% of lines 1, by the size of the group"]);
    }

    #[test]
    fn the_leader_earns_once_the_group_has_formed() {
        assert_eq!(led(&order(3)), ["leader l1: 10% of paid, leads the group"]);
        assert!(led(&order(3).party_with(PartyField::Eligible, 0)).is_empty());
        let alone = Facts::order("A1").line("1", 1, 10_000).party("l1", "leader");
        assert!(led(&alone).is_empty() && off(&alone, &village()).is_empty(), "the order tells no group");
        let two = order(3).party("l2", "leader").shares::<GroupBuying>(&village()).unwrap_err();
        assert_eq!(two, "refused: the order names several parties of a role that one may have");
    }

    #[test]
    fn sizes_that_do_not_rise_are_refused() {
        let problem = order(3).discounts::<GroupBuying>(&village().number("steps.1.size", 3)).unwrap_err();
        assert_eq!(problem, "configure refused: the sizes of the steps do not rise");
    }
}
