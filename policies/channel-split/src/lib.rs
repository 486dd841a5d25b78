//! Each link between brand and member has its part of a sale, and nobody loses out where a link is missing.
//!
//! The rule of a brand that sells through agents, shops, guides and group leaders: every link has its rate, and the rate
//! of a missing link goes to the next one above, to the next one below, or stays with the brand.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct ChannelSplit {
    base: BaseKind,
    links: List<Link, LINKS_MAX>,
}

const LINKS_MAX: usize = 8;

#[derive(Clone, Copy, Debug)]
struct Link {
    role: Role,
    rate: Rate,
    missing: i64,
}

/// Places of the manifest's choices for `missing`; the third is the merchant.
const UP: i64 = 0;
const DOWN: i64 = 1;

/// Who is there, link by link.
type Present = [Option<Party>; LINKS_MAX];

impl Policy for ChannelSplit {
    fn configure(config: &Config) -> Configured<Self> {
        let links: List<Link, LINKS_MAX> = config.list("links", |link| {
            Ok(Link { role: link.role("role")?, rate: link.rate("rate")?, missing: link.choice("missing")? })
        })?;
        let same_role = |one: Link| links.iter().filter(move |other| other.role == one.role);
        if links.iter().any(|link| same_role(link).nth(1).is_some()) {
            return Err(Refusal::new("two links have the same role"));
        }
        Ok(Self { base: config.base("base")?, links })
    }

    fn shares(&self, order: &Order) -> Decided<Share> {
        self.present(order).map(|present| self.parts(order, present)).into()
    }
}

impl ChannelSplit {
    /// Who is there, in one pass over the parties.
    fn present(&self, order: &Order) -> Result<Present, &'static str> {
        let (mut named, mut present) = ([false; LINKS_MAX], [None; LINKS_MAX]);
        for party in order.parties() {
            let role = party.role();
            let Some(place) = self.links.iter().position(|link| link.role == role) else { continue };
            if named.get_mut(place).is_some_and(|named| core::mem::replace(named, true)) {
                return Err("the order names several parties of a role that one may have");
            }
            if let Some(slot) = present.get_mut(place).filter(|_| party.is_eligible()) {
                *slot = Some(party);
            }
        }
        Ok(present)
    }

    fn parts(&self, order: &Order, present: Present) -> impl Iterator<Item = Share> {
        let base = order.base(self.base);
        (0..).zip(&self.links).filter_map(move |(place, link)| {
            let own = share((*present.get(place)?)?).of(base).at(link.rate);
            let passed =
                (0..).zip(&self.links).filter(|(other, _)| self.receiver(&present, *other) == Some(place));
            // One share with a term for each link, so that it is rounded once.
            let terms = passed.fold(own, |terms, (_, missing)| terms.plus(base).at(missing.rate));
            Some(terms.because("its link of the chain, and what missing links pass to it"))
        })
    }

    /// Who has the part of a missing link.
    fn receiver(&self, present: &Present, place: usize) -> Option<usize> {
        let is_there = |place: &usize| present.get(*place).is_some_and(Option::is_some);
        match self.links.get(place)?.missing {
            _ if is_there(&place) => None,
            UP => (0..place).rev().find(is_there),
            DOWN => (place..self.links.len()).find(is_there),
            _ => None,
        }
    }
}

policy!(ChannelSplit, hooks: [shares], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::ChannelSplit;
    use fenrun_sdk::BaseKind;
    use fenrun_sdk::testing::{Configuration, Facts, PartyField, configuration};

    const LINKS: [(&str, &str, i64); 4] =
        [("channel", "10%", 1), ("store", "15%", 0), ("guide", "5%", 0), ("leader", "3%", 0)];

    fn links(missing: impl Fn(i64) -> i64) -> Configuration {
        let start = configuration().base("base", BaseKind::Paid).length("links", 4);
        (0..).zip(LINKS).fold(start, |all, (place, (role, rate, choice))| {
            all.text(&format!("links.{place}.role"), role)
                .rate(&format!("links.{place}.rate"), rate)
                .number(&format!("links.{place}.missing"), missing(choice))
        })
    }

    /// The manifest's defaults, as the engine hands them over.
    fn brand() -> Configuration {
        links(|choice| choice)
    }

    fn order(roles: &[&str]) -> Facts {
        let start = Facts::order("A1").line("1", 1, 20_000);
        roles.iter().fold(start, |order, role| order.party("p", role))
    }

    /// The rates by role, without the words around them.
    fn asked(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        let sentences = facts.shares::<ChannelSplit>(configuration).unwrap();
        let why = ", its link of the chain, and what missing links pass to it";
        sentences.iter().map(|told| told.strip_suffix(why).unwrap().replace(" of paid", "")).collect()
    }

    #[test]
    fn each_link_has_its_rate() {
        assert_eq!(
            asked(&order(&["channel", "guide", "leader", "store"]), &brand()),
            ["channel p: 10%", "store p: 15%", "guide p: 5%", "leader p: 3%"],
        );
    }

    #[test]
    fn a_missing_link_passes_its_part_up_or_down() {
        assert_eq!(
            asked(&order(&["channel", "leader", "store"]), &brand()),
            ["channel p: 10%", "store p: 15% + 5%", "leader p: 3%"],
        );
        assert_eq!(asked(&order(&["guide", "store"]), &brand()), ["store p: 15% + 10%", "guide p: 5% + 3%"],);
        assert_eq!(asked(&order(&["store"]), &brand()), ["store p: 15% + 10% + 5% + 3%"]);
        assert_eq!(asked(&order(&["leader"]), &brand()), ["leader p: 3% + 10%"], "nobody is above the store");
    }

    #[test]
    fn the_merchant_keeps_what_nobody_is_there_for() {
        assert!(asked(&order(&[]), &brand()).is_empty());
        let kept = links(|_| 2);
        assert_eq!(asked(&order(&["store"]), &kept), ["store p: 15%"]);
        let down = links(|_| 1);
        assert_eq!(asked(&order(&["store"]), &down), ["store p: 15% + 10%"], "nobody is below");
    }

    #[test]
    fn who_may_not_be_paid_counts_as_missing() {
        let left = order(&["store", "guide"]).party_with(PartyField::Eligible, 0);
        assert_eq!(asked(&left, &brand()), ["store p: 15% + 10% + 5% + 3%"]);
    }

    #[test]
    fn two_of_a_role_are_refused_rather_than_guessed_at() {
        let problem = order(&["store", "store"]).shares::<ChannelSplit>(&brand()).unwrap_err();
        assert_eq!(problem, "refused: the order names several parties of a role that one may have");
        let problem = order(&[]).shares::<ChannelSplit>(&brand().text("links.3.role", "store")).unwrap_err();
        assert_eq!(problem, "configure refused: two links have the same role");
    }
}
