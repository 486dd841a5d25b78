//! Points for daily check-ins, more for a series of days; a welcome gift; points for bringing somebody in, capped.
//!
//! How long a series is, the books keep as units that are good until the next day: on its nth day somebody is given n of
//! them, the ones of the day before are gone the day after, and a break leaves none.
#![cfg_attr(target_arch = "wasm32", no_std)]

use fenrun_sdk::prelude::*;

/// The configured rule.
#[derive(Clone, Copy, Debug)]
pub struct CheckIn {
    points: Symbol,
    day: i64,
    series: List<(i64, i64), 12>,
    streak: Symbol,
    welcome: Symbol,
    welcome_days: u32,
    invite: Option<Invite>,
}

#[derive(Clone, Copy, Debug)]
struct Invite {
    asset: Symbol,
    units: i64,
    most: i64,
    days: u32,
}

fn days(config: &Config, name: &str) -> Result<u32, Refusal> {
    config.integer(name).map(|days| u32::try_from(days).unwrap_or(u32::MAX))
}

impl Policy for CheckIn {
    fn configure(config: &Config) -> Configured<Self> {
        let invite = config.table("invite");
        let series: List<(i64, i64), 12> =
            config.list("series", |gift| Ok((gift.integer("days")?, gift.integer("points")?)))?;
        if !series.as_slice().is_sorted_by(|(low, _), (high, _)| low < high) {
            return Err(Refusal::new("the days of the series do not rise"));
        }
        let (points, streak) = (config.symbol("points")?, config.symbol("streak")?);
        let welcome = config.symbol("welcome")?;
        let names = [Some(points), Some(streak), Some(welcome), invite.optional_symbol("asset")];
        let same = |one: Symbol| names.into_iter().flatten().filter(move |other| *other == one);
        if names.into_iter().flatten().any(|name| same(name).nth(1).is_some()) {
            return Err(Refusal::new(
                "points, series, welcome and invitation are kept under names of their own",
            ));
        }
        Ok(Self {
            points,
            day: config.integer("day")?,
            series,
            streak,
            welcome,
            welcome_days: days(config, "welcome_days")?,
            invite: match invite.optional_symbol("asset") {
                Some(asset) => {
                    let (units, most) = (invite.integer("units")?, invite.integer("most")?);
                    Some(Invite { asset, units, most, days: days(&invite, "days")? })
                }
                None => None,
            },
        })
    }

    fn grants(&self, occasion: &Occasion) -> Decided<GrantsEffect> {
        match occasion.kind() {
            Kind::CHECK_IN => self.checked_in(occasion.buyer()),
            Kind::RELATION_BOUND => self.welcomed(occasion),
            _ => Decided::none(),
        }
    }
}

impl CheckIn {
    fn checked_in(&self, buyer: Buyer) -> Decided<GrantsEffect> {
        let before = buyer.held(self.streak);
        let longest = self.series.as_slice().last().map_or(i64::MAX, |(days, _)| *days);
        let day = if before < longest { before.saturating_add(1) } else { 1 };
        let gift = self.series.iter().find(|(days, _)| *days == day);
        let streak = grant(self.streak, day).to_buyer().expires_in(1).because("the days of the series");
        let points = grant(self.points, self.day).to_buyer().because("checked in");
        let gift =
            gift.map(|(_, more)| grant(self.points, more).to_buyer().because("so many days without a break"));
        [streak, points].into_iter().chain(gift).collect()
    }

    fn welcomed(&self, occasion: &Occasion) -> Decided<GrantsEffect> {
        // Who was welcomed before is not new: neither the gift nor the inviter's units come twice.
        if occasion.buyer().earned(self.welcome) > 0 {
            return Decided::none();
        }
        let welcome = grant(self.welcome, 1).to_buyer().expires_in(self.welcome_days).because("welcome");
        let invited = self.invite.and_then(|invite| {
            let by = occasion.party().filter(|by| by.is_eligible() && !by.is_buyer())?;
            let room = invite.most.saturating_sub(by.held(invite.asset)).min(invite.units);
            let units = (room > 0).then(|| grant(invite.asset, room).to(by).expires_in(invite.days));
            units.map(|units| units.because("brought a new member in"))
        });
        [welcome].into_iter().chain(invited).collect()
    }
}

policy!(CheckIn, hooks: [grants], manifest: include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::CheckIn;
    use fenrun_sdk::testing::{Configuration, Facts, PartyField, configuration};

    /// The manifest's defaults, as the engine hands them over.
    fn club() -> Configuration {
        let start = configuration().text("points", "points").number("day", 1).length("series", 2);
        let series = (0..).zip([(3, 2), (7, 10)]).fold(start, |all, (place, (days, points))| {
            all.number(&format!("series.{place}.days"), days)
                .number(&format!("series.{place}.points"), points)
        });
        let words = series.text("streak", "check-in-days").text("welcome", "coupon/WELCOME");
        words.number("welcome_days", 30)
    }

    fn inviting() -> Configuration {
        let invite = club().text("invite.asset", "invite-points").number("invite.units", 10);
        invite.number("invite.most", 25).number("invite.days", 30)
    }

    fn checked_in(held: i64) -> Vec<String> {
        let facts = Facts::of_event("check_in").buyer_holds("check-in-days", held, held);
        facts.grants::<CheckIn>(&club()).unwrap()
    }

    fn bound(held: i64) -> Facts {
        let guide = Facts::of_event("relation.bound").party("g1", "guide").concerning("g1").bound_as("guide");
        guide.party_holds("invite-points", held, 90)
    }

    fn granted(facts: &Facts) -> Vec<String> {
        facts.grants::<CheckIn>(&inviting()).unwrap()
    }

    #[test]
    fn a_day_counts_one_and_a_series_more() {
        let day = |number: i64| format!("buyer: {number} check-in-days for 1 days, the days of the series");
        let (point, gift) = ("buyer: 1 points, checked in", "points, so many days without a break");
        assert_eq!(checked_in(0), [day(1), point.to_owned()]);
        assert_eq!(checked_in(1), [day(2), point.to_owned()]);
        assert_eq!(checked_in(2), [day(3), point.to_owned(), format!("buyer: 2 {gift}")]);
        assert_eq!(checked_in(6), [day(7), point.to_owned(), format!("buyer: 10 {gift}")]);
    }

    #[test]
    fn after_the_last_gift_the_series_begins_anew() {
        assert_eq!(checked_in(7), checked_in(0));
    }

    #[test]
    fn a_new_member_is_welcomed_once() {
        let welcome = "buyer: 1 coupon/WELCOME for 30 days, welcome";
        assert_eq!(bound(0).grants::<CheckIn>(&club()).unwrap(), [welcome]);
        let again = bound(0).buyer_holds("coupon/WELCOME", 0, 1);
        assert!(granted(&again).is_empty(), "nor is anybody given anything for it");
    }

    #[test]
    fn who_brings_somebody_in_has_units_up_to_the_most() {
        let invited = |held| granted(&bound(held)).into_iter().nth(1);
        let told = |units: i64| {
            Some(format!("guide g1: {units} invite-points for 30 days, brought a new member in"))
        };
        assert_eq!(
            [invited(0), invited(15), invited(16), invited(24), invited(25)],
            [told(10), told(10), told(9), told(1), None]
        );
        assert_eq!(granted(&bound(0).party_with(PartyField::Eligible, 0)).len(), 1);
        assert_eq!(granted(&bound(0).party_with(PartyField::IsBuyer, 1)).len(), 1);
    }

    #[test]
    fn nothing_else_counts_and_days_must_rise() {
        assert!(granted(&Facts::order("A1").line("1", 1, 9_900)).is_empty());
        let problem = bound(0).grants::<CheckIn>(&club().number("series.1.days", 3)).unwrap_err();
        assert_eq!(problem, "configure refused: the days of the series do not rise");
    }
}
