//! The host of a session earns by the kind of session, by category and by item; the buyer's guide may earn beside.
//!
//! Which session it was, the source of the order says: a live show, a group, an article. That host and guide together
//! stay under a cap is the guard profile's.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct LiveSelling {
    base: BaseKind,
    sessions: List<Session, 16>,
    guide: Option<(Role, Rate)>,
}

#[derive(Clone, Copy, Debug)]
struct Session {
    source: Symbol,
    category: Option<Symbol>,
    item: Option<Symbol>,
    role: Role,
    rate: Rate,
}

impl Policy for LiveSelling {
    fn configure(config: &Config) -> Configured<Self> {
        let guide = config.table("guide");
        let sessions: List<Session, 16> = config.list("sessions", |session| {
            Ok(Session {
                source: session.symbol("source")?,
                category: session.optional_symbol("category"),
                item: session.optional_symbol("item"),
                role: session.role("role")?,
                rate: session.rate("rate")?,
            })
        })?;
        let guide = match guide.optional_rate("rate") {
            Some(rate) => Some((guide.role("role")?, rate)),
            None => None,
        };
        if guide.is_some_and(|(role, _)| sessions.iter().any(|session| session.role == role)) {
            return Err(Refusal::new("the guide is also the host of a session, and would be paid twice"));
        }
        Ok(Self { base: config.base("base")?, sessions, guide })
    }

    fn shares(&self, order: &Order) -> Decided<Share> {
        self.parts(order).into()
    }
}

impl LiveSelling {
    fn parts(&self, order: &Order) -> Result<impl Iterator<Item = Share>, &'static str> {
        let source = order.source();
        let mut hosts: List<(Party, Rate, usize), 16> = List::new();
        for (place, session) in (0..).zip(&self.sessions).filter(|(_, session)| session.source == source) {
            let host = order.only_party_of(session.role)?.filter(|host| host.is_eligible());
            if let Some(host) =
                host.filter(|_| order.lines().any(|line| self.row(source, line) == Some(place)))
                && hosts.push((host, session.rate, place)).is_err()
            {
                break;
            }
        }
        let guide = match self.guide {
            Some((role, rate)) => {
                order.only_party_of(role)?.filter(|guide| guide.is_eligible()).map(|guide| (guide, rate))
            }
            None => None,
        };
        let hosts = (0..hosts.len()).filter_map(move |at| hosts.get(at)).map(move |(host, rate, place)| {
            let goods = order.group(|line| self.row(source, line) == Some(place));
            share(host).of(goods.base(self.base)).at(rate).because("sold in the host's session")
        });
        let guide = guide.into_iter().map(|(guide, rate)| {
            share(guide).of(order.base(self.base)).at(rate).because("the buyer's guide")
        });
        Ok(hosts.chain(guide))
    }

    /// The row of the sessions that a line counts for.
    fn row(&self, source: Symbol, line: Line) -> Option<usize> {
        let category = line.is_goods().then(|| line.category())?;
        let counts = |session: Session| {
            session.category.is_none_or(|named| named == category)
                && session.item.is_none_or(|named| named == line.item())
        };
        self.sessions.iter().position(|session| session.source == source && counts(session))
    }
}

policy!(LiveSelling, hooks: [shares], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::LiveSelling;
    use fenrun_sdk::BaseKind;
    use fenrun_sdk::testing::{Configuration, Facts, PartyField, configuration};

    /// The manifest's defaults, as the engine hands them over.
    fn shop() -> Configuration {
        let rows = [("live", "streamer", "15%"), ("group", "leader", "10%"), ("content", "host", "8%")];
        let start = configuration().base("base", BaseKind::Paid).length("sessions", 3);
        (0..).zip(rows).fold(start, |all, (place, (source, role, rate))| {
            let row = |key| format!("sessions.{place}.{key}");
            all.text(&row("source"), source).text(&row("role"), role).rate(&row("rate"), rate)
        })
    }

    /// Snacks at 20 %, everything else at 15 %.
    fn by_category() -> Configuration {
        let snacks = shop().text("sessions.0.category", "snacks").rate("sessions.0.rate", "20%");
        let rest = snacks.text("sessions.1.source", "live").text("sessions.1.role", "streamer");
        rest.rate("sessions.1.rate", "15%")
    }

    fn with_guide(configuration: Configuration) -> Configuration {
        configuration.text("guide.role", "guide").rate("guide.rate", "5%")
    }

    fn order(source: &str) -> Facts {
        Facts::order_from("A1", source).line_of("1", Some("snacks"), 1, 6_000).line_of(
            "2",
            Some("tea"),
            1,
            4_000,
        )
    }

    fn named(source: &str) -> Facts {
        order(source).party("g1", "guide").party("h1", "host").party("l1", "leader").party("z1", "streamer")
    }

    fn asked(facts: &Facts, configuration: &Configuration) -> Vec<String> {
        let sentences = facts.shares::<LiveSelling>(configuration).unwrap();
        sentences.iter().map(|told| told.rsplit_once(", ").unwrap().0.to_owned()).collect()
    }

    #[test]
    fn the_host_of_this_kind_of_session_earns() {
        assert_eq!(asked(&named("live"), &shop()), ["streamer z1: 15% of paid of lines 1 2"]);
        assert_eq!(asked(&named("group"), &shop()), ["leader l1: 10% of paid of lines 1 2"]);
        assert_eq!(asked(&named("content"), &shop()), ["host h1: 8% of paid of lines 1 2"]);
        assert!(asked(&named("search"), &shop()).is_empty());
        assert!(asked(&Facts::order("A1").line("1", 1, 6_000).party("z1", "streamer"), &shop()).is_empty());
    }

    #[test]
    fn each_line_counts_for_one_row() {
        assert_eq!(
            asked(&named("live"), &by_category()),
            ["streamer z1: 20% of paid of lines 1", "streamer z1: 15% of paid of lines 2"],
        );
        let tea = Facts::order_from("A1", "live").line_of("1", Some("tea"), 1, 4_000).party("z1", "streamer");
        assert_eq!(asked(&tea, &by_category()), ["streamer z1: 15% of paid of lines 1"]);
    }

    #[test]
    fn host_and_guide_both_earn() {
        assert_eq!(
            asked(&named("live"), &with_guide(shop())),
            ["streamer z1: 15% of paid of lines 1 2", "guide g1: 5% of paid"],
        );
        assert_eq!(asked(&named("search"), &with_guide(shop())), ["guide g1: 5% of paid"]);
    }

    #[test]
    fn who_is_missing_or_may_not_be_paid_is_left_out() {
        assert!(asked(&order("live"), &with_guide(shop())).is_empty());
        let barred = order("live").party("z1", "streamer").party_with(PartyField::Eligible, 0);
        assert!(asked(&barred, &shop()).is_empty());
        let two =
            order("live").party("z1", "streamer").party("z2", "streamer").shares::<LiveSelling>(&shop());
        assert_eq!(two.unwrap_err(), "refused: the order names several parties of a role that one may have");
    }
}
