//! The coupons that a buyer presents, as facts, and who joins the order by them.
//!
//! Invariant: only coupons that can be used; sorted by id, so the order of presenting makes no difference.

use fenrun_abi::{
    ABSENT,
    field::{CouponField, OrderField},
    host::{CouponTexts, Facts},
};
use jiff::{Timestamp, civil::Date};

use super::{PartyFacts, number};
use crate::{history::PresentedCoupon, in_play::Coupons};

/// The role in which whoever issued a coupon joins an order.
pub(super) const ISSUER: &str = "merchant";

/// The role in which whoever handed a coupon out joins an order.
pub(super) const GIVER: &str = "partner";

const SECONDS_OF_DAY: i64 = 86_400;

/// Writes the coupons of an order into its facts; `today` is its local day.
pub(crate) fn set(facts: &mut Facts, coupons: &Coupons, parties: &[PartyFacts], at: Timestamp, today: Date) {
    facts.set_order(OrderField::CouponCount, number(coupons.len()));
    for (id, coupon) in coupons {
        let PresentedCoupon { kind, issuer, giver, .. } = coupon;
        let texts =
            CouponTexts { id, kind: kind.as_deref(), issuer: issuer.as_deref(), giver: giver.as_deref() };
        let place = facts.push_coupon(texts);
        let party = |who: &Option<String>| {
            let found = who.as_deref().and_then(|who| parties.iter().position(|party| *party.id == *who));
            found.map_or(ABSENT, number)
        };
        let days_left = coupon.expires.map(|last| i64::from(days_between(today, last)).max(0));
        let held = coupon.since.map(|since| {
            at.as_second().saturating_sub(since.as_second()).max(0).checked_div(SECONDS_OF_DAY).unwrap_or(0)
        });
        for (field, value) in [
            (CouponField::IssuerParty, party(issuer)),
            (CouponField::GiverParty, party(giver)),
            (CouponField::Amount, coupon.amount_minor.unwrap_or(ABSENT)),
            (CouponField::RateNumerator, coupon.rate.map_or(ABSENT, |rate| rate.numerator())),
            (CouponField::RateDenominator, coupon.rate.map_or(ABSENT, |rate| rate.denominator())),
            (CouponField::Minimum, coupon.minimum_minor.unwrap_or(ABSENT)),
            (CouponField::UsesLeft, coupon.uses_left.unwrap_or(ABSENT)),
            (CouponField::DaysLeft, days_left.unwrap_or(ABSENT)),
            (CouponField::DaysHeld, held.unwrap_or(ABSENT)),
        ] {
            facts.set_coupon(place, field, value);
        }
    }
}

/// Whole days from one day to another.
fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}
